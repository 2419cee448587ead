"""What a program asks of its pilots: switching requirements off, wording them, own ones, and gates."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.models import Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.by import Refused
from pilots.actions.change import require
from pilots.actions.playbook import (
    GateEdit,
    NewRequirement,
    RequirementEdit,
    add_requirement,
    edit_requirement,
    restore_requirement,
    set_gate,
)
from pilots.playbook import Gate
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.playbook import Asked, Book, GateAsked, read_book
from pilots.web.refusals import translating
from portfolio.desk.settings_playbook_forms import GateForm, RequirementForm, initial_of


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_playbook(request: UserRequest, slug: str) -> HttpResponseBase:
    """Show all that a program asks, gate by gate, and add a requirement of its own."""
    program = _find(request, slug)
    form = RequirementForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        new = NewRequirement(program=program, **form.cleaned_data)
        if carried_out(form, lambda: add_requirement(new, by=by_web(request))):
            messages.success(request, f"{program} asks for “{new.title}” now.")
            return redirect("desk:settings_playbook", slug=slug)
    context = {"program": program, "book": read_book(program), "form": form}
    return TemplateResponse(request, "desk/settings_playbook.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_requirement(request: UserRequest, slug: str, code: str) -> HttpResponseBase:
    """Word a requirement anew; one of the program's own may also matter elsewhere."""
    program = _find(request, slug)
    asked = _asked(read_book(program), code)
    form = RequirementForm(
        request.POST if request.method == "POST" else None, asked=asked, initial=initial_of(asked)
    )
    if form.is_valid():
        edit = RequirementEdit(program=program, code=code, fields=form.cleaned_data)
        if carried_out(form, lambda: edit_requirement(edit, by=by_web(request))):
            messages.success(request, f"“{form.cleaned_data['title'] or asked.title}” is saved.")
            return redirect("desk:settings_playbook", slug=slug)
    context = {"program": program, "asked": asked, "form": form}
    return TemplateResponse(request, "desk/settings_requirement.html", context)


@require_POST
@translating
def settings_requirement_off(request: UserRequest, slug: str, code: str) -> HttpResponseBase:
    """Ask for it no longer; what was brought for it stays."""
    program = _find(request, slug)
    asked = _asked(read_book(program), code)
    edit_requirement(
        RequirementEdit(program=program, code=code, fields={"is_used": False}), by=by_web(request)
    )
    messages.success(request, f"{program} asks for “{asked.title}” no longer. What was brought for it stays.")
    return redirect("desk:settings_playbook", slug=slug)


@require_POST
@translating
def settings_requirement_restore(request: UserRequest, slug: str, code: str) -> HttpResponseBase:
    """Let it be as the playbook has it; one of the program's own is asked for again."""
    program = _find(request, slug)
    asked = _asked(read_book(program), code)
    try:
        restore_requirement(program, code, by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        again = "is asked for again" if asked.is_own else "is as the playbook has it"
        messages.success(request, f"“{asked.title}” {again}.")
    return redirect("desk:settings_playbook", slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_gate(request: UserRequest, slug: str, gate: str) -> HttpResponseBase:
    """Say who has to agree to a gate, and whether it counts before go-live."""
    program = _find(request, slug)
    row = _gate(read_book(program), gate)
    form = GateForm(request.POST if request.method == "POST" else None, row=row)
    if form.is_valid():
        edit = GateEdit(program=program, gate=row.gate, **form.cleaned_data)
        if carried_out(form, lambda: set_gate(edit, by=by_web(request))):
            messages.success(request, f"{row.gate.value} {row.gate.label} is saved.")
            return redirect("desk:settings_playbook", slug=slug)
    context = {"program": program, "row": row, "form": form}
    return TemplateResponse(request, "desk/settings_gate.html", context)


def _find(request: UserRequest, slug: str) -> Program:
    """Return a program the reader sets up; 404 for one they may not know of."""
    program = get_object_or_404(Program.objects.visible_to(request.user), slug=slug)
    require(Deed.CONFIGURE, relation_to_program(request.user, program))
    return program


def _asked(book: Book, code: str) -> Asked:
    asked = book.get(code)
    if asked is None:
        raise Http404
    return asked


def _gate(book: Book, gate: str) -> GateAsked:
    if gate not in list(Gate):
        raise Http404
    return book.gate(Gate(gate))

"""The settings' first page: which programs there are, and opening and editing one."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_safe

from pilots.access.models import Membership, Program, Role, User
from pilots.access.naming import free_slug
from pilots.access.permissions import runs_the_site
from pilots.actions.account import add_member, create_programs, edit_program, require_administrator
from pilots.actions.by import By, Forbidden
from pilots.models import Pilot
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.desk.settings_forms import EditProgramForm, OpenProgramForm, propose_prefix


@dataclass(frozen=True)
class ProgramRow:
    """One program with how many pilots count in it and how many members it has."""

    program: Program
    pilots: int
    members: int


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings(request: UserRequest) -> HttpResponseBase:
    """Show the programs somebody runs, and open one."""
    if request.method == "POST":
        require_administrator(request.user, "open programs")
    programs = list(Program.objects.run_by(request.user).order_by("name", "pk"))
    if not programs and not runs_the_site(request.user):
        raise Forbidden("Settings are for administrators and for managers of a program.")
    form = None
    if runs_the_site(request.user):
        form = OpenProgramForm(request.POST if request.method == "POST" else None)
    if form and form.is_valid():
        opened: list[Program] = []
        if carried_out(form, lambda: opened.append(_open(form, by=by_web(request)))):
            messages.success(request, f"{opened[0]} is open.")
            return redirect("desk:settings_program", slug=opened[0].slug)
    context = {"rows": _rows(programs, request.user), "form": form, "proposed": form.proposed if form else ""}
    return TemplateResponse(request, "desk/settings.html", context)


def _open(form: OpenProgramForm, *, by: By) -> Program:
    cleaned = form.cleaned_data
    with transaction.atomic():
        program = Program(
            name=cleaned["name"],
            slug=free_slug(cleaned["name"], set(Program.objects.values_list("slug", flat=True))),
            prefix=cleaned["prefix"],
            zone=cleaned["zone"],
        )
        create_programs([program], by=by)
        if cleaned["manages"] and by.user:
            add_member(program=program, user=by.user, role=Role.MANAGER, by=by)
    return program


def _rows(programs: Iterable[Program], user: User) -> list[ProgramRow]:
    # As `countable(of=…)` counts in each single program, for all of them in one query.
    counted = Pilot.objects.visible_to(user).filter(program__in=programs, is_confidential=False)
    pilots = dict(counted.order_by().values_list("program").annotate(Count("pk", distinct=True)))
    named = Membership.objects.filter(program__in=programs)
    members = dict(named.order_by().values_list("program").annotate(Count("pk")))
    return [
        ProgramRow(program, pilots.get(program.pk, 0), members.get(program.pk, 0)) for program in programs
    ]


@require_safe
@translating
def settings_prefix(request: UserRequest) -> HttpResponseBase:
    """Say what the prefix would be if it is left empty. The answer may come late: it holds no field."""
    require_administrator(request.user, "open programs")
    name = request.GET.get("name", "")
    if not name.strip():
        return HttpResponse(status=204)
    context = {"proposed": propose_prefix(name)}
    return TemplateResponse(request, "desk/partials/settings_prefix.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_edit(request: UserRequest, slug: str) -> HttpResponseBase:
    """Give a program another name or time zone."""
    program = get_object_or_404(Program.objects.visible_to(request.user), slug=slug)
    require_administrator(request.user, "edit programs")
    form = EditProgramForm(
        request.POST if request.method == "POST" else None,
        initial={"name": program.name, "zone": program.zone},
    )
    if form.is_valid() and carried_out(
        form, lambda: edit_program(program, **form.cleaned_data, by=by_web(request))
    ):
        messages.success(request, f"{form.cleaned_data['name']} was saved.")
        return redirect("desk:settings_program", slug=program.slug)
    return TemplateResponse(request, "desk/settings_edit.html", {"program": program, "form": form})

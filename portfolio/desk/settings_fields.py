"""The custom fields of a program: setting them up, changing, ordering and retiring them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.models import Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.by import Refused
from pilots.actions.change import require
from pilots.actions.custom import FieldEdit, NewField, define_field, edit_field
from pilots.custom import FieldKind
from pilots.models import CustomField, Pilot
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.desk.settings_field_forms import EditFieldForm, NewFieldForm


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_fields(request: UserRequest, slug: str) -> HttpResponseBase:
    """Show the fields of a program in their order, and set one up."""
    program = _find(request, slug)
    form = NewFieldForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        cleaned = form.cleaned_data
        new = NewField(
            program=program,
            label=cleaned["label"],
            kind=FieldKind(cleaned["kind"]),
            choices=tuple(cleaned["choices"]),
        )
        if carried_out(form, lambda: define_field(new, by=by_web(request))):
            messages.success(request, f"{cleaned['label']} is a field of {program} now.")
            return redirect("desk:settings_fields", slug=slug)
    fields = list(program.custom_fields.in_order())
    context = {
        "program": program,
        "active": [field for field in fields if field.is_active],
        "retired": [field for field in fields if not field.is_active],
        "form": form,
    }
    return TemplateResponse(request, "desk/settings_fields.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_field(request: UserRequest, slug: str, code: str) -> HttpResponseBase:
    """Give a field another label or other choices, with how many pilots have a value in it."""
    field = _find_field(request, slug, code)
    form = EditFieldForm(
        request.POST if request.method == "POST" else None,
        kind=field.of_kind,
        initial={"label": field.label, "choices": "\n".join(field.choices), "version": field.version},
    )
    if form.is_valid() and carried_out(form, lambda: edit_field(_asked(field, form), by=by_web(request))):
        messages.success(request, f"{form.cleaned_data['label']} is saved.")
        return redirect("desk:settings_fields", slug=slug)
    visible = Pilot.objects.visible_to(request.user).filter(program=field.program)
    used = visible.filter(custom__has_key=field.code).count()
    if form.stale:
        field.refresh_from_db()
    context = {"program": field.program, "field": field, "form": form, "used": used}
    status = 409 if form.stale else 200
    return TemplateResponse(request, "desk/settings_field.html", context, status=status)


def _asked(field: CustomField, form: EditFieldForm) -> FieldEdit:
    fields = {name: value for name, value in form.cleaned_data.items() if name != "version"}
    return FieldEdit(field=field, fields=fields, version=form.cleaned_data["version"])


@require_POST
@translating
def settings_field_place(request: UserRequest, slug: str, code: str) -> HttpResponseBase:
    """Put a field one place further up or down among those in use."""
    field = _find_field(request, slug, code)
    active = list(field.program.custom_fields.in_use().in_order())
    place = active.index(field) if field in active else 0
    step = {"up": -1, "down": 1}.get(request.POST.get("to", ""), 0)
    beside = active[place + step] if 0 <= place + step < len(active) else field
    _edit(request, field, {"position": beside.position}, "")
    return redirect("desk:settings_fields", slug=slug)


@require_POST
@translating
def settings_field_retire(request: UserRequest, slug: str, code: str) -> HttpResponseBase:
    """Ask for a field no longer; what stands in it stays."""
    field = _find_field(request, slug, code)
    _edit(request, field, {"is_active": False}, f"{field} is retired. What stands in it stays.")
    return redirect("desk:settings_fields", slug=slug)


@require_POST
@translating
def settings_field_restore(request: UserRequest, slug: str, code: str) -> HttpResponseBase:
    """Ask for a retired field again."""
    field = _find_field(request, slug, code)
    _edit(request, field, {"is_active": True}, f"{field} is in use again.")
    return redirect("desk:settings_fields", slug=slug)


def _edit(request: UserRequest, field: CustomField, fields: Mapping[str, Any], said: str) -> None:
    try:
        edit_field(FieldEdit(field=field, fields=fields), by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        if said:
            messages.success(request, said)


def _find(request: UserRequest, slug: str) -> Program:
    """Return a program whose fields the reader sets up; 404 for one they may not know of."""
    program = get_object_or_404(Program.objects.visible_to(request.user), slug=slug)
    require(Deed.DEFINE_FIELDS, relation_to_program(request.user, program))
    return program


def _find_field(request: UserRequest, slug: str, code: str) -> CustomField:
    program = _find(request, slug)
    return get_object_or_404(program.custom_fields.select_related("program"), code=code)

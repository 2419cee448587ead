"""Edits what describes a pilot."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from pilots.access.permissions import Deed, may
from pilots.actions.change import require
from pilots.actions.pilot import Edit, edit_pilot
from pilots.forms.edit import EditForm, values_of
from pilots.views.attempt import carried_out
from pilots.views.conflict import merge
from pilots.views.find import find_pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating


@require_http_methods(["GET", "POST"])
@translating
def pilot_edit(request: UserRequest, key: str) -> HttpResponseBase:
    """Show the description, and write what is new in it."""
    pilot, relation = find_pilot(request, key)
    require(Deed.EDIT, relation)
    form = EditForm(
        request.POST or None,
        initial=values_of(pilot),
        may_mark_confidential=may(Deed.MARK_CONFIDENTIAL, relation),
        custom=list(pilot.program.custom_fields.in_use().in_order()),
    )
    form.ask_about_scope(pilot, at=by_web(request).at)
    if form.is_valid():
        edit = Edit(
            pilot=pilot,
            fields=form.values,
            scope_reason=form.why_scope,
            version=form.cleaned_data["version"],
        )
        if carried_out(form, lambda: edit_pilot(edit, by=by_web(request))):
            messages.success(request, f"{edit.fields['name']} is saved.")
            return redirect(pilot)
    context: dict[str, Any] = {"pilot": pilot, "form": form, "conflict": None}
    if form.stale:
        pilot.refresh_from_db()
        context["conflict"] = merge(form, pilot, form.stale)
    return TemplateResponse(request, "pilots/pilot_edit.html", context, status=409 if form.stale else 200)

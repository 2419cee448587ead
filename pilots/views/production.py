"""The production record of a pilot: seeing it, and saying how it is made to run."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_safe

from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.rollout import may_expand_early
from pilots.forms.design import DesignForm, design_of
from pilots.views.attempt import carried_out
from pilots.views.conflict import merge
from pilots.views.find import find_pilot
from pilots.web.designed import design_facts, tier_notice
from pilots.web.head import PilotHead
from pilots.web.http import UserRequest, by_web
from pilots.web.production import Production
from pilots.web.refusals import translating


@require_safe
@translating
def pilot_production(request: UserRequest, key: str) -> HttpResponseBase:
    """Show what it connects to, how it is let out, and which model it runs."""
    pilot, relation = find_pilot(request, key)
    head = PilotHead(pilot, relation, tab="pilots:pilot_production", reader=request.user)
    is_early = may_expand_early(pilot, head.today)
    context = {
        "pilot": pilot,
        "head": head,
        "record": Production(pilot, head.today, may_expand_early=is_early),
        "design": design_facts(pilot),
        "tier_notice": tier_notice(pilot),
        "may_edit": head.may_edit and not pilot.is_ended,
        "may_roll_out": head.may_correct and not pilot.is_ended,
    }
    return TemplateResponse(request, "pilots/pilot_production.html", context)


@require_http_methods(["GET", "POST"])
@translating
def production_design(request: UserRequest, key: str) -> HttpResponseBase:
    """Show how it is made to run, and write what is new in it."""
    pilot, relation = find_pilot(request, key)
    require(Deed.EDIT, relation)
    form = DesignForm(request.POST or None, initial=design_of(pilot))
    form.ask_about_scope(pilot, at=by_web(request).at)
    if form.is_valid():
        edit = Edit(
            pilot=pilot,
            fields=form.values,
            scope_reason=form.why_scope,
            version=form.cleaned_data["version"],
        )
        if carried_out(form, lambda: edit_pilot(edit, by=by_web(request))):
            messages.success(request, f"How {pilot} runs is saved.")
            return redirect("pilots:pilot_production", key=pilot.key)
    context = {"pilot": pilot, "form": form, "conflict": None}
    if form.stale:
        pilot.refresh_from_db()
        context["conflict"] = merge(form, pilot, form.stale)
    return TemplateResponse(
        request, "pilots/production_design.html", context, status=409 if form.stale else 200
    )

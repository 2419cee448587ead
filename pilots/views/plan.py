"""The plan of a pilot: seeing it, making it, and closing or reopening its phases."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_safe

from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.actions.plan import (
    PLANNED,
    ClosePhase,
    NewPlan,
    ReopenPhase,
    close_phase,
    make_plan,
    reopen_phase,
)
from pilots.columns import read_holds
from pilots.forms.change import ChangeForm
from pilots.forms.plan import CloseForm, PlanForm, ReopenForm
from pilots.models import Milestone, Phase, Pilot, Plan
from pilots.plans import Template, template_for
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.head import PilotHead
from pilots.web.http import UserRequest, by_web
from pilots.web.milestones import milestone_rows
from pilots.web.plan import Course, before, slip
from pilots.web.refusals import translating


@require_safe
@translating
def pilot_plan(request: UserRequest, key: str) -> HttpResponseBase:
    """Show the plan that counts, phase by phase, and those it replaced."""
    pilot, relation = find_pilot(request, key)
    head = PilotHead(pilot, relation, tab="pilots:pilot_plan", reader=request.user)
    plans = _plans(pilot)
    course = None
    if plans:
        phases = sorted(plans[0].phases.all(), key=lambda phase: phase.number)
        course = Course(pilot, plans[0], phases, read_holds([pilot.pk])[pilot.pk], head.today)
    context = {
        "pilot": pilot,
        "head": head,
        "course": course,
        "form": _close_form(pilot, head),
        "before": before(plans, head.today),
        "slip": slip(plans) if len(plans) > 1 else "",
        "may_make": head.may_plan and pilot.at_stage in PLANNED,
        "milestones": milestone_rows(pilot, _milestones(pilot), head.today),
    }
    return TemplateResponse(request, "pilots/pilot_plan.html", context)


@require_http_methods(["GET", "POST"])
@translating
def plan_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Make the first plan, or the next one in place of the one that counts."""
    pilot, relation = find_pilot(request, key)
    require(Deed.PLAN, relation)
    live = Plan.objects.live().filter(pilot=pilot).first()
    start = by_web(request).today(pilot.program)
    template = live.template if live else template_for(pilot.how_built, pilot.risk).value
    form = PlanForm(
        request.POST or None,
        is_first=live is None,
        initial={"version": pilot.version, "start": start, "template": template},
    )
    if form.is_valid():
        cleaned = form.cleaned_data
        new = NewPlan(
            pilot=pilot,
            start=cleaned["start"].first,
            template=Template(cleaned["template"]),
            reason=cleaned.get("reason", ""),
            version=cleaned["version"],
        )
        if carried_out(form, lambda: make_plan(new, by=by_web(request))):
            messages.success(request, f"{pilot} has a plan from {cleaned['start']}.")
            return redirect("pilots:pilot_plan", key=pilot.key)
    return form_page(request, "pilots/plan_new.html", pilot, form, live=live)


@require_http_methods(["GET", "POST"])
@translating
def phase_close(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask what is there now, and close the phase."""
    pilot, phase = _find_phase(request, key, row)
    today = by_web(request).today(pilot.program)
    form = CloseForm(request.POST or None, initial={"version": pilot.version, "finished_on": today})

    def close() -> Phase:
        cleaned = form.cleaned_data
        return close_phase(
            ClosePhase(
                phase=phase,
                note=cleaned["note"],
                finished_on=cleaned["finished_on"].first,
                version=cleaned["version"],
            ),
            by=by_web(request),
        )

    return _phase_page(request, "pilots/phase_close.html", form, phase, close, "is closed")


@require_http_methods(["GET", "POST"])
@translating
def phase_reopen(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask why, and take back that the phase was closed."""
    pilot, phase = _find_phase(request, key, row)
    form = ReopenForm(request.POST or None, initial={"version": pilot.version})

    def reopen() -> Phase:
        cleaned = form.cleaned_data
        return reopen_phase(
            ReopenPhase(phase=phase, reason=cleaned["reason"], version=cleaned["version"]),
            by=by_web(request),
        )

    return _phase_page(request, "pilots/phase_reopen.html", form, phase, reopen, "is open again")


def _milestones(pilot: Pilot) -> list[Milestone]:
    return list(pilot.milestones.by_day().select_related("owner", "phase"))


def _plans(pilot: Pilot) -> list[Plan]:
    plans = pilot.plans.select_related("pilot__program").prefetch_related("phases")
    return list(plans.order_by("-number"))


def _find_phase(request: UserRequest, key: str, row: int) -> tuple[Pilot, Phase]:
    pilot, relation = find_pilot(request, key)
    require(Deed.PLAN, relation)
    phases = Phase.objects.filter(plan__pilot=pilot).select_related("plan__pilot__program")
    return pilot, get_object_or_404(phases, pk=row)


def _close_form(pilot: Pilot, head: PilotHead) -> CloseForm:
    return CloseForm(initial={"version": pilot.version, "finished_on": head.today})


def _phase_page(
    request: UserRequest,
    template: str,
    form: ChangeForm,
    phase: Phase,
    act: Callable[[], Phase],
    done: str,
) -> HttpResponseBase:
    pilot = phase.plan.pilot
    if form.is_valid() and carried_out(form, act):
        messages.success(request, f"Phase {phase.number}, {phase.title}, {done}.")
        return redirect("pilots:pilot_plan", key=pilot.key)
    return form_page(request, template, pilot, form, phase=phase)

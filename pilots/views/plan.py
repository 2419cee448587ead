"""The plan of a pilot: seeing it, making it, and beginning, closing or reopening its phases."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.actions.phase import (
    ClosePhase,
    ReopenPhase,
    StartPhase,
    close_phase,
    reopen_phase,
    start_phase,
)
from pilots.actions.plan import PLANNED, NewPlan, make_plan
from pilots.forms.change import ChangeForm
from pilots.forms.plan import BeginForm, CloseForm, PlanForm, ReopenForm
from pilots.models import Evidence, Milestone, Phase, Pilot, Plan
from pilots.pauses import own_today
from pilots.plans import Template, template_for
from pilots.readiness import readiness_of
from pilots.shapes import shapes_of
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.criteria import Needs, criteria, ways_out
from pilots.web.head import PilotHead
from pilots.web.http import UserRequest, by_web
from pilots.web.milestones import milestone_rows
from pilots.web.plan import Course
from pilots.web.refusals import translating
from pilots.web.replanned import before, slip
from pilots.workdays import pauses_of


@require_safe
@translating
def pilot_plan(request: UserRequest, key: str) -> HttpResponseBase:
    """Show the plan that counts, phase by phase, what each still needs, and the plans it replaced."""
    pilot, relation = find_pilot(request, key)
    head = PilotHead(pilot, relation, tab="pilots:pilot_plan", reader=request.user)
    plans, milestones = _plans(pilot), _milestones(pilot)
    course = _course(pilot, plans, milestones, head.today) if plans else None
    context = {
        "pilot": pilot,
        "head": head,
        "course": course,
        "form": _close_form(pilot, head),
        "needs": _needs(pilot, course, milestones, head.today) if course else [],
        "before": before(plans, head.today),
        "slip": slip(plans) if len(plans) > 1 else "",
        "scope": list(pilot.scope_changes.select_related("made_by", "plan").order_by("-made_at", "-pk")),
        "may_make": head.may_plan and pilot.at_stage in PLANNED,
        "milestones": milestone_rows(pilot, milestones, head.today),
    }
    return TemplateResponse(request, "pilots/pilot_plan.html", context)


def _course(pilot: Pilot, plans: Sequence[Plan], milestones: Sequence[Milestone], today: date) -> Course:
    return Course(
        pilot,
        plans[0],
        _in_order(plans[0]),
        pauses_of(pilot),
        today,
        milestones=milestones,
        baseline=_in_order(plans[-1]) if len(plans) > 1 else [],
    )


def _needs(pilot: Pilot, course: Course, milestones: Sequence[Milestone], today: date) -> list[Needs]:
    """Return what each open phase needs, in their order."""
    if pilot.is_ended:
        return []
    readiness = readiness_of([pilot], at=timezone.now())[pilot.pk]
    return [
        Needs(row, criteria(pilot, row.phase, readiness, milestones, today))
        for row in course.rows
        if row.phase.finished_on is None
    ]


@require_http_methods(["GET", "POST"])
@translating
def plan_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Make the first plan, or the next one in place of the one that counts."""
    pilot, relation = find_pilot(request, key)
    require(Deed.PLAN, relation)
    live = Plan.objects.live().filter(pilot=pilot).prefetch_related("phases").first()
    phases = _in_order(live) if live else []
    form = PlanForm(
        request.POST or None,
        labels={template: shape.label for template, shape in shapes_of(pilot.program).items()},
        made_from=live.template if live else "",
        phases=phases,
        initial={
            "version": pilot.version,
            "start": live.start if live else by_web(request).today(pilot.program),
            "template": live.template if live else template_for(pilot.how_built, pilot.risk).value,
            **_last_days(pilot, live, phases, by_web(request).today(pilot.program)),
        },
    )
    if form.is_valid():
        cleaned = form.cleaned_data
        new = NewPlan(
            pilot=pilot,
            start=cleaned["start"].first,
            template=Template(cleaned["template"]),
            last_days=form.last_days,
            reason=cleaned.get("reason", ""),
            version=cleaned["version"],
        )
        if carried_out(form, lambda: make_plan(new, by=by_web(request))):
            messages.success(request, f"{pilot} has a plan from {cleaned['start']}.")
            return redirect("pilots:pilot_plan", key=pilot.key)
    return form_page(request, "pilots/plan_new.html", pilot, form, live=live)


def _last_days(pilot: Pilot, live: Plan | None, phases: Sequence[Phase], today: date) -> dict[str, date]:
    """Return the last day of each phase as the plan's page shows it, by the name of its field."""
    if live is None:
        return {}
    pauses, today = pauses_of(pilot), own_today(today, pilot.held_since)
    return {f"last_day_{row.number}": pauses.moved(row.planned_end, live.start, today) for row in phases}


@require_http_methods(["GET", "POST"])
@translating
def phase_start(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask when work on a phase began, where it did not wait for the phase before it."""
    pilot, phase = _find_phase(request, key, row)
    today = phase.started_on or by_web(request).today(pilot.program)
    form = BeginForm(request.POST or None, initial={"version": pilot.version, "started_on": today})

    def start() -> Phase:
        cleaned = form.cleaned_data
        return start_phase(
            StartPhase(phase=phase, started_on=cleaned["started_on"].first, version=cleaned["version"]),
            by=by_web(request),
        )

    return _phase_page(request, "pilots/phase_start.html", form, phase, start, "has begun")


@require_http_methods(["GET", "POST"])
@translating
def phase_close(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask what is there now, and close the phase; what it still needs stands beside that."""
    pilot, phase = _find_phase(request, key, row)
    by = by_web(request)
    today = by.today(pilot.program)
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
            by=by,
        )

    readiness = readiness_of([pilot], at=by.at)[pilot.pk]
    needs = criteria(pilot, phase, readiness, _milestones(pilot), today)
    template = "pilots/phase_close.html"
    return _phase_page(request, template, form, phase, close, "is closed", ways=ways_out(needs), needs=needs)


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


def _in_order(plan: Plan) -> list[Phase]:
    return sorted(plan.phases.all(), key=lambda phase: phase.number)


def _milestones(pilot: Pilot) -> list[Milestone]:
    standing = Prefetch("evidence", queryset=Evidence.objects.standing().order_by("dated", "pk"))
    return list(pilot.milestones.by_day().select_related("owner", "phase").prefetch_related(standing))


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
    *,
    ways: Mapping[str, tuple[str, str]] | None = None,
    **more: object,
) -> HttpResponseBase:
    pilot = phase.plan.pilot
    if form.is_valid() and carried_out(form, act, ways_out=ways):
        messages.success(request, f"Phase {phase.number}, {phase.title}, {done}.")
        return redirect("pilots:pilot_plan", key=pilot.key)
    return form_page(request, template, pilot, form, phase=phase, **more)

"""Reads the plans that pilots are judged by, and moves their days by what paused them."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from pilots.models.plan import Phase
from pilots.pauses import Pauses
from pilots.rules.facts import OpenPhase, RunningPlan


def read_phases(pilots: Iterable[int]) -> dict[int, list[Phase]]:
    """Return the phases of each pilot's running plan, in order; one query."""
    phases: dict[int, list[Phase]] = {}
    live = Phase.objects.filter(plan__pilot__in=list(pilots), plan__replaced_at__isnull=True)
    for phase in live.select_related("plan").order_by("plan__pilot", "number"):
        phases.setdefault(phase.plan.pilot_id, []).append(phase)
    return phases


def running_plan(phases: Sequence[Phase], pauses: Pauses, day: date) -> RunningPlan:
    """Return the plan with its days moved by what paused it since it began, as the page moves them."""
    start = phases[0].plan.start
    opened = next((phase for phase in phases if phase.finished_on is None), None)
    open_phase = None
    if opened is not None:
        first, last = (pauses.moved(on, start, day) for on in (opened.planned_start, opened.planned_end))
        open_phase = OpenPhase(opened.number, opened.title, first, last)
    began = start + timedelta(days=pauses.days(start, day))
    return RunningPlan(began, pauses.moved(phases[-1].planned_end, start, day), open_phase)

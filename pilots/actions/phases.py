"""Finds the phase of the plan that counts in which a day lies."""

from collections.abc import Iterable, Sequence
from datetime import date

from pilots.models import Milestone, Phase


def phases_that_count(pilots: Iterable[int]) -> dict[int, list[Phase]]:
    """Return the phases of each pilot's live plan, by pilot id; one query."""
    found: dict[int, list[Phase]] = {}
    phases = Phase.objects.filter(plan__pilot__in=list(pilots), plan__replaced_at__isnull=True)
    for phase in phases.select_related("plan").order_by("number"):
        found.setdefault(phase.plan.pilot_id, []).append(phase)
    return found


def phase_for(day: date | None, phases: Sequence[Phase]) -> Phase | None:
    """Return the phase in whose planned days a day lies, if it lies in any."""
    if day is None:
        return None
    return next((phase for phase in phases if phase.planned_start <= day <= phase.planned_end), None)


def find_phases_again(pilots: Iterable[int]) -> None:
    """Put the dated milestones of these pilots into the phases of the plan that counts now."""
    wanted = list(pilots)
    rows = list(Milestone.objects.filter(pilot__in=wanted, due_on__isnull=False).order_by("pk"))
    if not rows:
        return
    phases = phases_that_count(wanted)
    for row in rows:
        row.phase = phase_for(row.due_on, phases.get(row.pilot_id, []))
    Milestone.objects.bulk_update(rows, ["phase"], batch_size=500)

"""Finds the phase of the plan that counts in which a day lies. Its days are later by what paused it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pilots.models import Milestone, Phase, Pilot
from pilots.pauses import own_today
from pilots.workdays import read_pauses


@dataclass(frozen=True)
class Placed:
    """A phase with the day on which its last one falls, as the plan's page shows it."""

    phase: Phase
    last: date


def phases_that_count(pilots: Iterable[Pilot], *, at: datetime) -> dict[int, list[Placed]]:
    """Return the phases of each pilot's live plan, by pilot id; three queries at most.

    Each pilot comes with its `program`.
    """
    known = {pilot.pk: pilot for pilot in pilots}
    rows = Phase.objects.filter(plan__pilot__in=list(known), plan__replaced_at__isnull=True)
    phases = list(rows.select_related("plan").order_by("number"))
    pauses = read_pauses({pk: known[pk].program_id for pk in {row.plan.pilot_id for row in phases}})
    found: dict[int, list[Placed]] = {}
    for row in phases:
        pk = row.plan.pilot_id
        today = own_today(known[pk].program.today(at), known[pk].held_since)
        last = pauses[pk].moved(row.planned_end, row.plan.start, today, closed_on=row.finished_on)
        found.setdefault(pk, []).append(Placed(row, last))
    return found


def phase_for(day: date | None, phases: Sequence[Placed]) -> Phase | None:
    """Return the first phase that ends on a day or later; a day before or after the plan lies in none.

    Between a closed phase and the next a pause may leave days of neither: they lead to the next.
    """
    if day is None or not phases or day < phases[0].phase.plan.start:
        return None
    return next((placed.phase for placed in phases if day <= placed.last), None)


def find_phases_again(pilots: Sequence[Pilot], *, at: datetime) -> None:
    """Put the dated milestones of these pilots into the phases of the plan that counts now."""
    mine = Milestone.objects.filter(pilot__in=[pilot.pk for pilot in pilots], due_on__isnull=False)
    rows = list(mine.order_by("pk"))
    if not rows:
        return
    phases = phases_that_count(pilots, at=at)
    for row in rows:
        row.phase = phase_for(row.due_on, phases.get(row.pilot_id, []))
    Milestone.objects.bulk_update(rows, ["phase"], batch_size=500)

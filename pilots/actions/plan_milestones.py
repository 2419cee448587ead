"""Puts the milestones of a template on the plan of a pilot; those it has already move to the new days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from pilots.actions.milestone_rules import MOST_MILESTONES
from pilots.models import Milestone, Pilot
from pilots.plans import PlannedPhase, PlanShape, stretched

Moved = tuple[str, str, str]  # a title, its day before and its day now


@dataclass(frozen=True)
class Placing:
    """One pilot, what its plan is made from, the phases, and how many at the front are closed.

    `falls` returns the day on which a planned day falls, later by what paused the pilot.
    """

    pilot: Pilot
    shape: PlanShape
    phases: Sequence[PlannedPhase]
    closed: int
    falls: Callable[[date], date]


def place_milestones(placings: Sequence[Placing]) -> dict[int, list[Moved]]:
    """Add what is missing of each template; return by pilot id which open milestones moved.

    One that is done stays as it is, and so does whatever somebody added. A closed phase gets none.
    """
    there: dict[int, list[Milestone]] = {placing.pilot.pk: [] for placing in placings}
    for known in Milestone.objects.filter(pilot__in=list(there)).order_by("pk"):
        there[known.pilot_id].append(known)
    added, changed, moved = [], [], {pk: list[Moved]() for pk in there}
    for placing in placings:
        pilot = placing.pilot
        by_title = {row.title.casefold(): row for row in there[pilot.pk]}
        place = max((row.position for row in there[pilot.pk]), default=-1) + 1
        room = MOST_MILESTONES - len(by_title)
        for title, due, is_required in _wanted(placing):
            row = by_title.get(title.casefold())
            if row is None and room > 0:
                added.append(
                    Milestone(pilot=pilot, title=title, due_on=due, is_required=is_required, position=place)
                )
                place, room = place + 1, room - 1
            elif row is not None and row.done_on is None and row.due_on != due:
                was = row.due_on.isoformat() if row.due_on else "no day"
                moved[pilot.pk].append((row.title, was, due.isoformat()))
                row.due_on = due
                changed.append(row)
    Milestone.objects.bulk_create(added, batch_size=1000)
    Milestone.objects.bulk_update(changed, ["due_on"], batch_size=500)
    return moved


def _wanted(placing: Placing) -> list[tuple[str, date, bool]]:
    return [
        (item.title, placing.falls(stretched(item.day, placing.shape, placing.phases)), item.is_required)
        for phase in placing.shape.phases[placing.closed :]
        for item in phase.milestones
    ]

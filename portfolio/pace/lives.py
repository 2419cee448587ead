"""Reads how long the pilots of a cohort took to arrive, or to stop, or have been open (docs/flow-method.md).

The pilots are those that the funnel counts for the same filters and the same day: `inside`. Calendar days
from the first day in the entry stage, holds included; rough days count from the first day of their period.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q

from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import PilotQuerySet
from pilots.models.cohort import Cohort, Part
from portfolio.flow.lives import End, Lives


@dataclass(frozen=True)
class LivesRead:
    """The lives of a cohort. `unknown`: ended or arrived on a day nobody knows, so in no curve.

    `unknown_arrived` of them did arrive.
    """

    counts: Lives
    unknown: int
    unknown_arrived: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def ended(self, end: End) -> int:
        return sum(count for (_, how), count in self.counts.items() if how is end)


def inside(pilots: PilotQuerySet, cohort: Cohort) -> PilotQuerySet:
    """Keep the pilots of a cohort, placed (`Cohort.place`); start from `visible_to(user).countable(user)`."""
    return cohort.place(pilots).filter(Q(part=Part.INSIDE.value))


def read_lives(pilots: PilotQuerySet, cohort: Cohort, goal: Stage = Stage.PRODUCTION) -> LivesRead:
    """Return the lives from the entry of a cohort to a later stage; one query.

    Raises `ValueError` for a goal that does not come after the entry.
    """
    if MAIN_PATH.index(goal) <= MAIN_PATH.index(cohort.entry):
        raise ValueError(f"{goal.label} does not come after {cohort.entry.label}.")
    rows = (
        inside(pilots, cohort)
        .order_by()
        .values_list(
            F("entered_first"),
            F("path_mask"),
            F("stage_then"),
            cohort.reached_on(goal),
            cohort.reached_on(Stage.STOPPED),
        )
    )
    counts: Counter[tuple[int, End]] = Counter()
    unknown = unknown_arrived = 0
    for entered, mask, stage, arrived, stopped in rows.iterator():
        life = life_of(entered, arrived if mask >= goal.bit else None, stopped, stage, mask, goal, cohort.day)
        if life is None:
            unknown += 1
            unknown_arrived += mask >= goal.bit
        else:
            counts[life] += 1
    return LivesRead(counts, unknown, unknown_arrived)


def life_of(
    entered: date, arrived: date | None, stopped: date | None, stage: str, mask: int, goal: Stage, day: date
) -> tuple[int, End] | None:
    """Return the days and the end; None when the day of the end is not known or lies before the entry."""
    if mask >= goal.bit:
        until, end = arrived, End.ARRIVED
    elif stage == Stage.STOPPED.value:
        until, end = stopped, End.STOPPED
    else:
        until, end = day, End.OPEN
    if until is None or until < entered:
        return None
    return (until - entered).days, end

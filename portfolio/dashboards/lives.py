"""Reads how long the pilots of a cohort took to arrive, or to stop, or have been open (docs/flow-method.md).

The pilots are those that the funnel counts for the same filters and the same day: `inside`. Calendar days
from the first day in the entry stage, holds included; rough days count from the first day of their period.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import BooleanField, Case, CharField, Count, F, Q, Value, When
from django.db.models.lookups import LessThan

from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import PilotQuerySet
from pilots.models.cohort import Cohort, Part
from pilots.models.days import DaysBetween
from portfolio.dashboards.past import stood_then
from portfolio.dashboards.silence import followed_until, silent_days
from portfolio.flow.lives import End, Lives

# Days from the entry to the end, None where nobody knows; how it ended; whether nobody knows of it any more.
Life = tuple[int | None, End, bool]


@dataclass(frozen=True)
class LivesRead:
    """The lives of a cohort. `unknown`: ended or arrived on a day nobody knows, so in no curve.

    `unknown_arrived` of them did arrive. `lost` are open ones by their days of which nobody has spoken since
    a register named them: they count for as long as they were known, and nobody knows where they are now.
    """

    counts: Lives
    unknown: int
    unknown_arrived: int = 0
    lost: Mapping[int, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def open_ages(self) -> list[int]:
        """The days of each life that is known to be open on the day looked at, ascending."""
        return sorted(
            days
            for (days, end), count in self.counts.items()
            if end is End.OPEN
            for _ in range(count - self.lost.get(days, 0))
        )

    def ended(self, end: End) -> int:
        return sum(count for (_, how), count in self.counts.items() if how is end)


def inside(pilots: PilotQuerySet, cohort: Cohort) -> PilotQuerySet:
    """Keep the pilots of a cohort, placed (`Cohort.place`); start from `visible_to(user).countable(user)`."""
    return cohort.place(pilots).filter(Q(part=Part.INSIDE.value))


def read_lives(pilots: PilotQuerySet, cohort: Cohort, goal: Stage = Stage.PRODUCTION) -> LivesRead:
    """Return the lives from the entry of a cohort to a later stage; one query, four on a past day.

    Raises `ValueError` for a goal that does not come after the entry.
    """
    if MAIN_PATH.index(goal) <= MAIN_PATH.index(cohort.entry):
        raise ValueError(f"{goal.label} does not come after {cohort.entry.label}.")
    if not cohort.reads_history:
        return _told(_from_columns(cohort.place(pilots), cohort, goal))
    counts: Counter[Life] = Counter()
    if cohort.known_at is None:
        counts += _from_columns(cohort.place_settled(cohort.settled(pilots)), cohort, goal)
    silent = silent_days(pilots, cohort)
    for one in stood_then(pilots, cohort, (goal, Stage.STOPPED)):
        if one.part is not Part.INSIDE or one.entered is None:
            continue
        day = silent.get(one.pilot, cohort.day)
        arrived, stopped = one.reached
        life = life_of(one.entered, arrived, stopped, one.at, one.mask, goal, day)
        if life is None:
            counts[None, End.ARRIVED if one.mask >= goal.bit else End.STOPPED, False] += 1
        else:
            counts[*life, life[1] is End.OPEN and day < cohort.day] += 1
    return _told(counts)


def _told(counts: Mapping[Life, int]) -> LivesRead:
    """Part the lives from those whose day of the end is not known or lies before the entry."""
    lives: Counter[tuple[int, End]] = Counter()
    lost: Counter[int] = Counter()
    unknown = unknown_arrived = 0
    for (days, end, is_lost), count in counts.items():
        if days is None or days < 0:
            unknown += count
            unknown_arrived += count if end is End.ARRIVED else 0
        else:
            lives[days, end] += count
            if is_lost:
                lost[days] += count
    return LivesRead(lives, unknown, unknown_arrived, lost)


def _from_columns(placed: PilotQuerySet, cohort: Cohort, goal: Stage) -> Counter[Life]:
    """Count the lives by days and end in the database; a day it does not know gives None."""
    arrived, stopped = Q(path_mask__gte=goal.bit), Q(stage_then=Stage.STOPPED.value)
    end = Case(
        When(arrived, then=Value(End.ARRIVED.value)),
        When(stopped, then=Value(End.STOPPED.value)),
        default=Value(End.OPEN.value),
        output_field=CharField(),
    )
    followed = followed_until(cohort)
    until = Case(
        When(arrived, then=F(f"reached_{goal.value}_on")),
        When(stopped, then=F("reached_stopped_on")),
        default=followed,
    )
    is_lost = Case(
        When(arrived | stopped, then=Value(value=False)),
        When(LessThan(followed, Value(cohort.day)), then=Value(value=True)),
        default=Value(value=False),
        output_field=BooleanField(),
    )
    rows = (
        placed.filter(Q(part=Part.INSIDE.value))
        .order_by()
        .values(how=end, days=DaysBetween(F("entered_first"), until), is_lost=is_lost)
        .annotate(n=Count("pk"))
    )
    return Counter({(row["days"], End(row["how"]), bool(row["is_lost"])): row["n"] for row in rows})


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

"""Counts why the pilots of a cohort ended, and how long those that reached production have run.

Why is what somebody chose when a pilot was stopped or retired (`pilots.models.Ending`); imported ends tell
none. Running goes from the first day in production to the day it was retired; what still runs is counted as
at least so long. Source: requirement rows S1-28 and S4-12.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db.models import F, Q

from pilots.design import Cause
from pilots.lifecycle import ENDS, Stage
from pilots.models.ending import Ending
from portfolio.dashboards.silence import followed_until
from portfolio.flow.incidence import KaplanMeier, kaplan_meier
from portfolio.flow.lives import FEWEST, End, Lives
from portfolio.pace.reading import Reading

YEARS = (365, 1095)  # days: value held for a year, and the three years of requirement row S4-12


@dataclass(frozen=True)
class Causes:
    """Why pilots ended, by where they ended; `ended` counts all that did."""

    told: Mapping[tuple[Cause, Stage], int]
    ended: Mapping[Stage, int]

    @property
    def total(self) -> int:
        return sum(self.ended.values())

    @property
    def untold(self) -> int:
        """How many ended without a cause that somebody chose."""
        return self.total - sum(self.told.values())

    def of(self, cause: Cause) -> int:
        return sum(self.told.get((cause, stage), 0) for stage in ENDS)

    @property
    def ranked(self) -> list[tuple[Cause, int]]:
        """The causes that were told, the commonest first; ties in the order in which they are offered."""
        found = [(cause, self.of(cause)) for cause in Cause if self.of(cause)]
        return sorted(found, key=lambda item: -item[1])


@dataclass(frozen=True)
class Runs:
    """How long pilots ran in production. `unknown`: began or ended to run on a day nobody knows.

    `imported` of all came from a register, which lists those that survived. Of `lost` that run nobody has
    spoken since: they count as running to the day of their register and no further.
    """

    lives: Lives
    unknown: int
    imported: int = 0
    lost: int = 0

    @property
    def total(self) -> int:
        return sum(self.lives.values())

    @property
    def retired(self) -> int:
        return sum(count for (_, end), count in self.lives.items() if end is End.STOPPED)

    @property
    def is_enough(self) -> bool:
        return self.total >= FEWEST

    @cached_property
    def curve(self) -> KaplanMeier:
        """The estimated share that was retired by each day."""
        return kaplan_meier(self.lives, End.STOPPED)

    def running(self, day: int) -> tuple[float, float, float, int] | None:
        """Return which share still runs after a day, its band and the number watched; None below ten."""
        point = self.curve.at(day)
        if point.at_risk < FEWEST:
            return None
        return 1 - point.over, 1 - point.high, 1 - point.low, point.at_risk


def count_causes(reading: Reading) -> Causes:
    """Return the causes of the ended pilots of the cohort; two queries."""
    ended = {
        pk: Stage(stage)
        for pk, stage in reading.inside.filter(Q(stage_then__in=[stage.value for stage in ENDS]))
        .order_by()
        .values_list("pk", F("stage_then"))
    }
    cohort, rows = reading.cohort, Ending.objects.filter(transition__pilot__in=reading.inside.order_by())
    if cohort.reads_history:
        rows = rows.filter(transition__latest_on__lte=cohort.day)
    if cohort.known_at is not None:
        rows = rows.filter(transition__recorded_at__lte=cohort.known_at)
    told: dict[int, Cause] = {}
    columns = ("transition__pilot_id", "transition__to_stage", "cause")
    # What was said with a row that was corrected later stands; the last one said of the present end counts.
    for pk, stage, cause in rows.order_by("transition_id").values_list(*columns):
        if ended.get(pk) == stage:
            told[pk] = Cause(cause)
    return Causes(Counter((cause, ended[pk]) for pk, cause in told.items()), Counter(ended.values()))


def count_runs(reading: Reading) -> Runs:
    """Return how long the pilots of the cohort have run in production; one query."""
    cohort = reading.cohort
    rows = (
        reading.inside.filter(Q(path_mask__gte=Stage.PRODUCTION.bit))
        .order_by()
        .values_list(
            F("stage_then"),
            F("is_imported"),
            cohort.reached_on(Stage.PRODUCTION),
            cohort.reached_on(Stage.RETIRED),
            followed_until(cohort),
        )
    )
    counts: Counter[tuple[int, End]] = Counter()
    unknown = imported = lost = 0
    for stage, is_imported, began, retired, followed in rows.iterator():
        imported += is_imported
        is_retired = stage == Stage.RETIRED.value
        until = retired if is_retired else followed
        if began is None or until is None or until < began:
            unknown += 1
        else:
            counts[(until - began).days, End.STOPPED if is_retired else End.OPEN] += 1
            lost += not is_retired and until < cohort.day
    return Runs(counts, unknown, imported, lost)

"""The time to production of a cohort, counted once for the page, the API, a file and a pack."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pilots.lifecycle import Stage
from portfolio.dashboards.funnel import Funnel
from portfolio.dashboards.lives import LivesRead
from portfolio.flow.incidence import (
    Incidence,
    KaplanMeier,
    Point,
    Reached,
    cumulative_incidence,
    kaplan_meier,
)
from portfolio.flow.lives import End
from portfolio.pace.reading import Reading
from portfolio.pace.sections.counting import MONTH, day_of, whole_months

STEPS = (1, 2, 3, 6, 12, 24, 60, 120)  # months from one tick to the next
MOST_TICKS = 8


@dataclass(frozen=True)
class Mark:
    """The curves at the end of one day."""

    day: int
    point: Point
    alone: Reached

    @property
    def months(self) -> float:
        """The months since the entry, to a tenth."""
        return round(self.day / MONTH, 1)

    @property
    def open(self) -> float:
        """The share that has neither arrived nor stopped, 0 to 1."""
        return max(1 - self.point.arrived - self.point.stopped, 0.0)


class TimeCounted:
    """The lives of a cohort and their curves. `reading` has a goal."""

    def __init__(self, entry: Stage, lives: LivesRead, funnel: Funnel) -> None:
        self.entry = entry
        self.lives = lives
        self.funnel = funnel

    @cached_property
    def incidence(self) -> Incidence:
        return cumulative_incidence(self.lives.counts)

    @cached_property
    def alone(self) -> KaplanMeier:
        """Kaplan–Meier: stopped ones taken as pilots nobody watched any longer."""
        return kaplan_meier(self.lives.counts)

    @property
    def until(self) -> int:
        """The day on which the curves end: the last with ten pilots left to watch; 0 for none."""
        return self.incidence.last_day

    @property
    def in_months(self) -> bool:
        """Whether the curves are long enough to count in months, else in days."""
        return self.until >= day_of(2)

    @property
    def is_enough(self) -> bool:
        return self.incidence.is_enough and self.until > 0

    @cached_property
    def marks(self) -> list[Mark]:
        """The curves at the ticks of their axis, from the entry to their end."""
        if not self.in_months:
            return [self.at(0), self.at(self.until)]
        whole = whole_months(self.until)
        step = next((step for step in STEPS if whole <= step * MOST_TICKS), STEPS[-1])
        days = [day_of(month) for month in range(0, whole + 1, step)]
        # The end is always told; a tick too close to it gives way.
        days = [day for day in days if self.until - day > step * MONTH / 2]
        return [self.at(day) for day in (*days, self.until)]

    @property
    def end(self) -> Mark:
        return self.marks[-1]

    def at(self, day: int) -> Mark:
        return Mark(day, self.incidence.at(day), self.alone.at(day))

    def ended_by(self, end: End, day: int) -> int:
        """Return how many lives were seen to end so by a day."""
        return sum(count for (days, how), count in self.lives.counts.items() if how is end and days <= day)

    def first(self, end: End) -> int | None:
        """Return the days of the shortest life that ended so."""
        return min(
            (days for (days, how), count in self.lives.counts.items() if how is end and count), default=None
        )

    @property
    def half_of_stops(self) -> int | None:
        """The day by which half of the stopping that the curve tells had come; None without any."""
        wanted = self.end.point.stopped / 2
        if not wanted:
            return None
        return next(
            day
            for day, share in zip(self.incidence.days, self.incidence.stopped, strict=True)
            if share >= wanted * (1 - 1e-12)
        )

    def steps(
        self, shares: Sequence[float], days: Sequence[int], start: float = 0.0
    ) -> tuple[list[int], list[float]]:
        """Return a step curve from the entry to its end: days, and shares, `start` before the first step."""
        drawn = [(day, share) for day, share in zip(days, shares, strict=True) if day <= self.until]
        last = drawn[-1][1] if drawn else start
        return [0, *(day for day, _ in drawn), self.until], [start, *(share for _, share in drawn), last]


def count_time(reading: Reading) -> TimeCounted:
    """Count what a person asked for; only where `reading.goal` is one."""
    return TimeCounted(reading.cohort.entry, reading.lives, reading.funnel)

"""How many pilots came, went and were in progress, month by month. Plain counting, no database, no clock.

A pilot enters, reaches the steps of a way one after another up to the goal, or stops before it. A step
whose day nobody knows counts from the first later one whose day is known, which implies it; where there is
none it counts in no month. A pilot that left on an unknown day is from its entry on neither in progress nor
gone: it is `unplaced`. The method is in docs/flow-method.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate

from portfolio.flow.lives import End

LONGEST = 36  # months told apart; what was before is summed into the level they begin with
DAY = timedelta(days=1)
Lasting = tuple[date, date | None]  # the first day of a hold and the day it ended, None while it lasts


@dataclass(frozen=True)
class Month:
    """A month of the calendar, the last one up to the day looked at. Both days belong to it."""

    first: date
    last: date

    @property
    def is_whole(self) -> bool:
        return (self.last + DAY).day == 1


@dataclass(frozen=True, slots=True)
class Passage:
    """One pilot from its entry on.

    `reached`: the first known day in each step after the entry, up to the goal; None if never, or nobody
    knows. `far`: how many of these steps it reached, whenever. `end`: ARRIVED is having reached the goal.
    """

    entered: date
    reached: tuple[date | None, ...]
    far: int
    end: End
    stopped: date | None = None

    @property
    def known(self) -> tuple[date, ...]:
        """Return the days by which it had reached the first steps: its own, or those that imply them."""
        found: list[date] = []
        by: date | None = None
        for day in reversed(self.reached):
            if day is not None and day >= self.entered and (by is None or day < by):
                by = day
            if by is not None:
                found.append(by)
        return tuple(reversed(found))

    @property
    def left(self) -> date | None:
        """Return the day on which it arrived or stopped; None while it has not, or if nobody knows."""
        match self.end:
            case End.ARRIVED:
                day = self.reached[-1]
                return day if day is not None and day >= self.entered else None
            case End.STOPPED:
                if self.stopped is None or self.stopped < self.entered:
                    return None
                return max((self.stopped, *self.known[-1:]))
        return None

    @property
    def is_unplaced(self) -> bool:
        return self.end is not End.OPEN and self.left is None

    def is_in_progress(self, day: date) -> bool:
        """Return whether it had entered by the end of a day and had not left."""
        left = self.left
        return self.entered <= day and not self.is_unplaced and (left is None or left > day)


@dataclass(frozen=True)
class Level:
    """How things stood at the end of a day. ever[0] = arrived + stopped + unplaced + the sum of `at`.

    `ever`: entered, and reached each step, by a known day. `at`: in progress, by the furthest of these;
    one shorter than `ever`, for who reached the goal is in progress no longer.
    """

    day: date
    ever: tuple[int, ...]
    at: tuple[int, ...]
    arrived: int
    stopped: int
    unplaced: int
    on_hold: int = 0

    @property
    def entered(self) -> int:
        return self.ever[0]

    @property
    def in_progress(self) -> int:
        return sum(self.at)


@dataclass(frozen=True)
class Turn:
    """Who came and went in one month. `unplaced`: of those that came, who left on an unknown day."""

    month: Month
    came: int
    arrived: int
    stopped: int
    unplaced: int

    @property
    def left(self) -> int:
        return self.arrived + self.stopped


@dataclass(frozen=True)
class Flow:
    """The months from the oldest; `levels` has one more, first the end of the day before them.

    `unknown`: for the entry and each step, how many reached it on a day nobody knows. ever + unknown of the
    last level is everybody that reached it. `unknown_stopped` stopped so.
    """

    levels: tuple[Level, ...]
    turns: tuple[Turn, ...]
    unknown: tuple[int, ...]
    unknown_stopped: int

    @property
    def before(self) -> Level:
        return self.levels[0]

    @property
    def last(self) -> Level:
        return self.levels[-1]

    @property
    def unplaced(self) -> int:
        return self.last.unplaced


def months_up_to(day: date, count: int = LONGEST) -> list[Month]:
    """Return so many months from the oldest; the last one holds the day and ends with it."""
    found = []
    last = day
    for _ in range(count):
        found.append(Month(last.replace(day=1), last))
        last = last.replace(day=1) - DAY
    return found[::-1]


@dataclass
class Tally:
    """Counts passages one by one, in one sweep over any number of them.

    `steps` is how many there are after the entry, the goal among them. Place 0 of each row is before the
    first month. Where a program is a day ahead of the reader, its tomorrow counts as the last day.
    """

    day: date
    steps: int
    longest: int = LONGEST
    months: list[Month] = field(init=False)

    def __post_init__(self) -> None:
        self.months = months_up_to(self.day, self.longest)
        self._base = self._number(self.months[0].first)
        places = range(len(self.months) + 1)
        self._ever = [[0 for _ in places] for _ in range(self.steps + 1)]
        self._at = [[0 for _ in places] for _ in range(self.steps)]
        self._arrived, self._stopped, self._unplaced, self._held = ([0 for _ in places] for _ in range(4))
        self._unknown = [0] * (self.steps + 1)
        self._unknown_stopped = 0

    def add(self, passage: Passage) -> None:
        """Count one pilot."""
        known, left, entered = passage.known, passage.left, self._place(passage.entered)
        self._ever[0][entered] += 1
        for step, day in enumerate(known, start=1):
            self._ever[step][self._place(day)] += 1
        for step in range(len(known), passage.far):
            self._unknown[step + 1] += 1
        if passage.end is not End.OPEN and left is None:
            self._unplaced[entered] += 1
            self._unknown_stopped += passage.end is End.STOPPED
            return
        here = entered
        for step, day in enumerate(known[: self.steps - 1]):
            there = self._place(day)
            self._at[step][here] += 1
            self._at[step][there] -= 1
            here = there
        furthest = self._at[min(len(known), self.steps - 1)]
        furthest[here] += 1
        if left is not None:
            furthest[self._place(left)] -= 1
            gone = self._arrived if passage.end is End.ARRIVED else self._stopped
            gone[self._place(left)] += 1

    def add_holds(
        self, passage: Passage, holds: Sequence[tuple[date, date | None]], *, known_on: date
    ) -> None:
        """Count a pilot as on hold at each level where it was in progress and a hold lasted.

        A hold lasts from its first day to the day before its second, None while it lasts. Nobody knows of
        any after `known_on`: what lasted then lasts on.
        """
        for place, day in enumerate(self._days):
            seen = min(day, known_on)
            lasts = any(since <= seen and (until is None or until > seen) for since, until in holds)
            if lasts and passage.is_in_progress(day):
                self._held[place] += 1

    def flow(self) -> Flow:
        """Return what was counted. Months before the first arrival are left out."""
        came = self._ever[0]
        start = next((place for place, count in enumerate(came) if count), len(self.months))
        start = max(start - 1, 0)
        ever, at = ([list(accumulate(row)) for row in rows] for rows in (self._ever, self._at))
        arrived, stopped, unplaced = (
            list(accumulate(row)) for row in (self._arrived, self._stopped, self._unplaced)
        )
        levels = [
            Level(
                day=day,
                ever=tuple(row[place] for row in ever),
                at=tuple(row[place] for row in at),
                arrived=arrived[place],
                stopped=stopped[place],
                unplaced=unplaced[place],
                on_hold=self._held[place],
            )
            for place, day in enumerate(self._days)
        ]
        turns = [
            Turn(month, came[place], self._arrived[place], self._stopped[place], self._unplaced[place])
            for place, month in enumerate(self.months, start=1)
        ]
        return Flow(tuple(levels[start:]), tuple(turns[start:]), tuple(self._unknown), self._unknown_stopped)

    @property
    def _days(self) -> list[date]:
        return [self.months[0].first - DAY, *(month.last for month in self.months)]

    def _place(self, day: date) -> int:
        place = self._number(day) - self._base + 1
        return min(max(place, 0), len(self.months))

    @staticmethod
    def _number(day: date) -> int:
        return day.year * 12 + day.month

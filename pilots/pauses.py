"""On which days the clocks of a pilot stand still: held by itself, frozen with its program. Plain rules.

A day that is both counts once. A stretch runs from its first day up to, and not including, the day after:
what was day 20 on the day a pause began is day 20 on the day it ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

ONE = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """A hold as arithmetic sees it; `until` is None while it lasts."""

    since: date
    until: date | None
    review_on: date


@dataclass(frozen=True)
class Frozen:
    """A stretch in which a program changes nothing; both days belong to it."""

    first: date
    last: date


def own_today(today: date, held_since: date | None) -> date:
    """Return which day it is for a pilot: while it is held, the day the hold began."""
    return min(today, held_since) if held_since else today


def held_days(holds: Iterable[Period], since: date, until: date | None) -> int:
    """Return the days of ended holds between two days, the last one excluded."""
    total = 0
    for hold in holds:
        if hold.until is not None:
            start, end = max(hold.since, since), min(hold.until, until or hold.until)
            total += max((end - start).days, 0)
    return total


@dataclass(frozen=True)
class Pauses:
    """The ended holds of one pilot, and the freezes of its program."""

    holds: Sequence[Period] = ()
    freezes: Sequence[Frozen] = ()

    def days(self, since: date, until: date) -> int:
        """Return how many days from `since` to the day before `until` are held or frozen."""
        ended = [(hold.since, hold.until) for hold in self.holds if hold.until is not None]
        stretches = [*ended, *((frozen.first, frozen.last + ONE) for frozen in self.freezes)]
        total, counted = 0, since
        for first, after in sorted(stretches):
            start, end = max(first, counted), min(after, until)
            if end > start:
                total, counted = total + (end - start).days, end
        return total

    def held(self, since: date, until: date) -> int:
        return held_days(self.holds, since, until)

    def frozen(self, since: date, until: date) -> int:
        """Return how many days are frozen and not held as well: those are counted as held."""
        return self.days(since, until) - self.held(since, until)

    def plan_day(self, start: date, today: date) -> int:
        """Return which day of a plan it is, zero and less before it begins; `today` is the pilot's own."""
        return (today - start).days + 1 - self.days(start, today)

    def moved(self, day: date, since: date, today: date, *, closed_on: date | None = None) -> date:
        """Return when a planned day falls: later by the pauses since its plan began.

        A freeze that is still to come counts as soon as the day would lie in it or behind it. What was
        closed moves no more: `closed_on` is when.
        """
        if closed_on is not None:
            return day + timedelta(days=self.days(since, closed_on))
        behind, ahead = day + timedelta(days=self.days(since, today)), max(since, today)
        falls = behind
        while (next_falls := behind + timedelta(days=self.days(ahead, falls + ONE))) != falls:
            falls = next_falls
        return falls

    def planned(self, falls: date, since: date, today: date, *, closed_on: date | None = None) -> date:
        """Return the planned day that falls on a day somebody means; the reverse of `moved`.

        A day inside a freeze to come is none of the plan: the one before that freeze is taken.
        """
        paused = self.days(since, closed_on or today)
        if closed_on is None:
            paused += self.days(max(since, today), falls + ONE)
        return falls - timedelta(days=paused)

    def unheld(self, clock: date) -> date:
        """Return the day a clock began that was set later by the holds since; the reverse of holding it."""
        for hold in sorted(self.holds, key=lambda hold: hold.since, reverse=True):
            if hold.until is not None and clock < hold.until:
                clock -= hold.until - hold.since
        return clock

    def thawed(self, clock: date | None, today: date) -> date | None:
        """Return a clock, which the holds moved already, later by the frozen days up to today too."""
        if clock is None or not self.freezes:
            return clock
        began = self.unheld(clock)
        return clock + timedelta(days=self.frozen(began, today))

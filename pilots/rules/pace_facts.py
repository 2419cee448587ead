"""How long pilots stay in a stage, as those before them did. Plain functions.

Stays that still last are counted as what they are: at least so long. Percentiles of finished stays alone
would be too short, since the slow ones have not finished.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pilots.lifecycle import Stage

FEWEST = 10  # stays that ended by moving on
FINE = 10**9  # a step of a curve is rounded to this part of the whole, so that many stay small numbers
NEAR = Fraction(1, 10**6)  # and so a share is reached when this little is missing
# The stages whose stays are compared: before them nobody hurries, after them nobody is to leave.
PACED = (Stage.PILOTING, Stage.PROVEN, Stage.TRANSITION, Stage.LIMITED)

Stays = Mapping[tuple[int, bool], int]  # how many lasted so many days, and whether they ended by moving on


@dataclass(frozen=True, slots=True)
class Curve:
    """Which share is estimated to have moved on by which day: `over[n]`, 0 to 1, by `days[n]`, ascending.

    `at_risk[n]` stays had lasted until that day. `moved_on` stays ended so; `others` still last, or ended by
    going back or stopping: of those nobody knows when they would have moved on.
    """

    days: tuple[int, ...]
    over: tuple[Fraction, ...]
    at_risk: tuple[int, ...]
    moved_on: int
    others: int

    @property
    def is_enough(self) -> bool:
        return self.moved_on >= FEWEST

    def day_by(self, percent: int) -> int | None:
        """Return the day by which this share is estimated to have moved on.

        None where it was never reached, or only when fewer than ten stays still lasted: then each of the
        few that were left would move it by far.
        """
        wanted = Fraction(percent, 100) - NEAR
        place = bisect_left(self.over, wanted)
        if place == len(self.days) or self.at_risk[place] < FEWEST:
            return None
        return self.days[place]


def curve(stays: Stays) -> Curve:
    """Return the Kaplan–Meier estimate of how long stays last until they end by moving on.

    E. L. Kaplan and P. Meier, “Nonparametric estimation from incomplete observations”, J. Am. Stat. Assoc.
    53 (1958), 457–481. Whoever leaves on a day was at risk with those who are only known until that day.
    """
    at_risk = sum(stays.values())
    by_day: dict[int, list[int]] = {}
    for (days, has_moved), count in stays.items():
        by_day.setdefault(days, [0, 0])[0 if has_moved else 1] += count
    here, days_over, over, risks, moved_on = Fraction(1), [], [], [], 0
    for day in sorted(by_day):
        left, gone = by_day[day]
        if left:
            here = Fraction(round(here * Fraction(at_risk - left, at_risk) * FINE), FINE)
            days_over.append(day)
            over.append(1 - here)
            risks.append(at_risk)
            moved_on += left
        at_risk -= left + gone
    others = sum(stays.values()) - moved_on
    return Curve(tuple(days_over), tuple(over), tuple(risks), moved_on, others)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long others stayed in this pilot's stage: in its program, or where those are few on the whole site.

    None where they are few on the site too.
    """

    curve: Curve | None = None
    is_of_site: bool = False


def told_pace(found: Curve, percents: tuple[int, ...]) -> str:
    """Return “Moved on by estimate, stops left aside: 85 % by day 96, …”, or that history is thin."""
    if not found.is_enough:
        return f"History is thin ({found.moved_on} of {FEWEST} stays): the fixed limits stand."
    parts = []
    for percent in percents:
        day = found.day_by(percent)
        by = "a day nobody can tell yet" if day is None else f"day {day:,}"
        parts.append(f"{percent} % by {by}")
    of = counted(found.moved_on, found.others)
    return f"Moved on by estimate, stops left aside: {', '.join(parts)} ({of})."


def counted(moved_on: int, others: int) -> str:
    """Return on how much an estimate rests: “10 moved on, 200 have not or not yet”."""
    return f"{moved_on:,} moved on, {others:,} have not or not yet"

"""How long pilots stay in a stage, as those before them did. Plain functions.

Stays that still last are counted as what they are: at least so long. Percentiles of finished stays alone
would be too short, since the slow ones have not finished.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pilots.lifecycle import Stage
from pilots.rules.product_limit import day_by, product_limit

FEWEST = 10  # stays that ended by moving on
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
    over: tuple[float, ...]
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
        return day_by(percent, self.days, self.over, self.at_risk)


def curve(stays: Stays) -> Curve:
    """Return the Kaplan–Meier estimate of how long stays last until they end by moving on."""
    steps = list(product_limit(stays))
    moved_on = sum(step.ended for step in steps)
    return Curve(
        tuple(step.day for step in steps),
        tuple(1 - step.left for step in steps),
        tuple(step.at_risk for step in steps),
        moved_on,
        sum(stays.values()) - moved_on,
    )


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

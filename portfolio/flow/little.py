"""Little's law: where as many come as leave, time on the way = work in progress / leaving per month.

It holds for averages of a system that neither fills up nor drains (J. D. C. Little, Operations Research 9,
1961), so it is answered only for twelve months in which that is so.
"""

from dataclasses import dataclass

from portfolio.flow.lives import FEWEST
from portfolio.flow.months import Flow

MONTHS = 12
WITHIN = 0.2  # arrivals against departures, and the level at both ends, differ by no more than this share


@dataclass(frozen=True)
class Balance:
    """Twelve whole months: how many came and left, and how many were in progress on average."""

    came: int
    left: int
    began: int
    ended: int
    average: float

    @property
    def is_steady(self) -> bool:
        if min(self.came, self.left) < FEWEST:
            return False
        return _near(self.came, self.left) and _near(self.began, self.ended)

    @property
    def months_on_the_way(self) -> float | None:
        """Return the mean time in progress, in months; None where the law does not hold."""
        return self.average / (self.left / MONTHS) if self.is_steady else None


def balance(flow: Flow) -> Balance | None:
    """Return the last twelve whole months; None where there are not so many.

    Who left on an unknown day is in neither count: they are in no level either.
    """
    places = [place for place, turn in enumerate(flow.turns) if turn.month.is_whole][-MONTHS:]
    if len(places) < MONTHS:
        return None
    turns = [flow.turns[place] for place in places]
    levels = [flow.levels[place].in_progress for place in (*places, places[-1] + 1)]
    inner = sum(levels[1:-1]) + (levels[0] + levels[-1]) / 2
    return Balance(
        came=sum(turn.came - turn.unplaced for turn in turns),
        left=sum(turn.left for turn in turns),
        began=levels[0],
        ended=levels[-1],
        average=inner / MONTHS,
    )


def _near(one: int, other: int) -> bool:
    return abs(one - other) <= WITHIN * max(one, other)

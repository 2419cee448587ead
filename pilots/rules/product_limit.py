"""Which share is left after each day on which some of those still watched ended. Plain functions.

The one product-limit estimate: how long pilots stay in a stage (`pace_facts`) and how long they take to
production (portfolio/flow) are both counted with it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

FEWEST = 10  # at risk, below which no day is told: each of those few would move it by far
NEAR = 1e-9  # a share is reached when no more than rounding is missing


class Step(NamedTuple):
    """One day on which `ended` of the `at_risk` ended. `left_before` and `left`: shares, 0 to 1."""

    day: int
    ended: int
    at_risk: int
    left_before: float
    left: float


def product_limit(lasted: Mapping[tuple[int, bool], int]) -> Iterator[Step]:
    """Yield the steps, by ascending day, from how many lasted so many days and whether they ended then.

    Whoever did not end was watched only so long (right-censored). Whoever ended on a day was at risk together
    with those watched until that day: ends come before censorings. All ends of a day are one step.

    E. L. Kaplan and P. Meier, “Nonparametric estimation from incomplete observations”, J. Am. Stat. Assoc.
    53 (1958), 457–481.
    """
    by_day: dict[int, list[int]] = {}
    for (day, has_ended), count in lasted.items():
        by_day.setdefault(day, [0, 0])[0 if has_ended else 1] += count
    at_risk, left = sum(lasted.values()), 1.0
    for day in sorted(by_day):
        ended, unwatched = by_day[day]
        if ended:
            before, left = left, left * (at_risk - ended) / at_risk
            yield Step(day, ended, at_risk, before, left)
        at_risk -= ended + unwatched


def day_by(percent: int, days: Sequence[int], over: Sequence[float], at_risk: Sequence[int]) -> int | None:
    """Return the first of the `days` by which this share was over, 1 − `left`, given for each of them.

    None where it was never reached, or only when fewer than ten were still at risk.
    """
    place = bisect_left(over, percent / 100 - NEAR)
    if place == len(days) or at_risk[place] < FEWEST:
        return None
    return days[place]

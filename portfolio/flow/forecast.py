"""How many open lives will arrive in a stretch of time, as an interval. Plain functions, seeded."""

from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.flow.chance import window
from portfolio.flow.incidence import cumulative_incidence
from portfolio.flow.lives import Lives


@dataclass(frozen=True, slots=True)
class Interval:
    """So many will arrive, from `low` to `high`, with `middle` the median of all runs; whole lives.

    `chances` are those of the open lives in the order of their ages, None where history tells none: the
    `untold` of them are not in the interval, `of` are.
    """

    low: int
    middle: int
    high: int
    level: float
    runs: int
    chances: tuple[float | None, ...]

    @property
    def of(self) -> int:
        return len(self.chances) - self.untold

    @property
    def untold(self) -> int:
        return sum(one is None for one in self.chances)


def forecast(
    lives: Lives,
    ages: Sequence[int],
    first: int,
    last: int,
    *,
    seed: int,
    runs: int = 2000,
    level: float = 0.8,
) -> Interval:
    """Return how many of the open lives of these ages arrive from the `first` to the `last` day from now."""
    found = cumulative_incidence(lives)
    chances = tuple(window(found, age, first, last) for age in ages)
    middle = round(sum(one or 0.0 for one in chances))
    return Interval(middle, middle, middle, level, runs, chances)

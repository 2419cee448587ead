"""What is said of the open pilots: by their age as far as history reaches, by one rate for all beyond."""

from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.flow.constant import OneRate
from portfolio.flow.forecast import forecast
from portfolio.flow.lives import Lives

RUNS = 2_000
LEVEL = 0.8


@dataclass(frozen=True)
class Said:
    """From `low` to `high` of `of` pilots arrive, both included; `middle` is the median of all runs.

    `chances` are in the order of the ages. `untold` of them are older than history reaches, so they got
    `constant`, the chance each would have if age said nothing.
    """

    low: int
    middle: int
    high: int
    level: float
    runs: int
    chances: tuple[float, ...]
    untold: int
    constant: float

    @property
    def of(self) -> int:
        return len(self.chances)


def say(lives: Lives, ages: Sequence[int], first: int, last: int, *, seed: int) -> Said:
    """Forecast how many pilots of these ages arrive from the `first` to the `last` day from now."""
    rate = OneRate.of(lives)
    constant = rate.chance(first, last)
    found = forecast(
        lives, ages, first, last, seed=seed, runs=RUNS, level=LEVEL, of_untold=rate.draw(first, last)
    )
    return Said(
        found.low,
        found.middle,
        found.high,
        found.level,
        found.runs,
        tuple(constant if one is None else one for one in found.chances),
        found.untold,
        constant,
    )

"""What is said of the open pilots: by their age as far as history reaches, by one rate beyond."""

from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.flow.chance import untold
from portfolio.flow.constant import OneRate, constant_chance
from portfolio.flow.forecast import forecast
from portfolio.flow.incidence import cumulative_incidence
from portfolio.flow.lives import FEWEST, Lives

RUNS = 2_000
LEVEL = 0.8


@dataclass(frozen=True)
class Said:
    """From `low` to `high` of `of` pilots arrive, both included; `middle` is the median of all runs.

    `chances` are in the order of the ages. `untold` of them are older than history reaches, so they got one
    for all so old. At the age of `past` of them or later nobody arrived, `last_arrival` being the last day
    somebody did; fewer than ten were watched for longer than `thin` others, and nobody as long as the rest
    will be by the last day. `constant` is the chance each would have if age said nothing.
    """

    low: int
    middle: int
    high: int
    level: float
    runs: int
    chances: tuple[float, ...]
    untold: int
    constant: float
    past: int = 0
    thin: int = 0
    last_arrival: int | None = None

    @property
    def of(self) -> int:
        return len(self.chances)


def say(lives: Lives, ages: Sequence[int], first: int, last: int, *, seed: int) -> Said:
    """Forecast how many pilots of these ages arrive from the `first` to the `last` day from now."""
    found = cumulative_incidence(lives)
    so_old = {age for age in ages if untold(found, age, last)}
    past = {age for age in so_old if found.last_arrival is not None and found.last_arrival <= age}
    thin = {age for age in so_old - past if found.at_risk_on(age + 1) < FEWEST}
    rate = OneRate.beyond(lives, min(so_old, default=0))
    beyond = rate.chance(first, last)
    told = forecast(
        lives, ages, first, last, seed=seed, runs=RUNS, level=LEVEL, of_untold=rate.draw(first, last)
    )
    return Said(
        told.low,
        told.middle,
        told.high,
        told.level,
        told.runs,
        tuple(beyond if one is None else one for one in told.chances),
        told.untold,
        constant_chance(lives, first, last),
        past=sum(age in past for age in ages),
        thin=sum(age in thin for age in ages),
        last_arrival=found.last_arrival,
    )

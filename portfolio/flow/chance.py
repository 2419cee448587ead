"""The chance of one open life to arrive within so many days, given how old it is. Plain functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from pilots.rules.scorecard import wilson
from portfolio.flow.incidence import Incidence, cumulative_incidence
from portfolio.flow.lives import FEWEST, Lives
from portfolio.flow.resample import Aged, Grid, drawn_chances


def chance(incidence: Incidence, age: int, within: int) -> float | None:
    """Return the share of lives still open at this age that arrive within so many days more, 0 to 1.

    (F(age + within) − F(age)) / (1 − F(age) − S(age)), F and S the shares arrived and stopped. None where
    history cannot tell, which is not 0: `untold` says why.
    """
    return window(incidence, age, 1, within)


def window(incidence: Incidence, age: int, first: int, last: int) -> float | None:
    """Return the chance to arrive from the `first` to the `last` day from now, both included; as `chance`."""
    if untold(incidence, age, last):
        return None
    now = incidence.at(age)
    still = 1 - now.arrived - now.stopped
    grown = incidence.at(age + last).arrived - incidence.at(age + first - 1).arrived
    return min(max(grown / still, 0.0), 1.0)


def untold(incidence: Incidence, age: int, within: int) -> str:
    """Return in a sentence why history tells no chance of this life; "" where it does."""
    older = incidence.at_risk_on(age + 1)
    if not older:
        return f"Nobody was watched for longer than {age:,} days."
    if older < FEWEST:
        return f"Only {older} were watched for longer than {age:,} days; a chance is told from {FEWEST} on."
    if incidence.longest < age + within:
        return f"Nobody was watched for {age + within:,} days."
    last = incidence.last_arrival
    if last is None:
        return "Nobody has arrived yet."
    if last <= age:
        return f"Nobody has arrived after day {last:,} yet."
    return ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A chance, 0 to 1, and the ends of its interval: what it could be, history being a sample."""

    chance: float
    low: float
    high: float


def chances(
    lives: Lives, ages: Iterable[int], within: int, *, seed: int, runs: int = 1000, level: float = 0.8
) -> dict[int, Estimate | None]:
    """Return for each age the chance to arrive within so many days, with its interval; None as in `chance`.

    Histories are drawn as for the forecast. Where nobody arrived in the window, or everybody did, all drawn
    ones agree; how far the truth may be from that is then told by Wilson's 95 % interval of those watched for
    longer. Raises `ValueError` unless 0 < level < 1 and runs ≥ 100.
    """
    if not 0 < level < 1 or runs < 100:
        raise ValueError(f"No interval at level {level} in {runs} runs.")
    found = cumulative_incidence(lives)
    told = {age: chance(found, age, within) for age in sorted(set(ages))}
    known = [(age, one) for age, one in told.items() if one is not None]
    if not known:
        return dict.fromkeys(told)
    grid = Grid.of(lives, beyond=known[-1][0] + within)
    aged = [Aged(grid.place(age), one) for age, one in known]
    random = Random(seed)  # noqa: S311 -- chance for an interval, not for a secret
    drawn = zip(*drawn_chances(grid, aged, 1, within, random, runs), strict=True)
    estimates: dict[int, Estimate | None] = dict.fromkeys(told)
    tail = int(round((1 - level) / 2 * runs, 6))
    for (age, one), values in zip(known, drawn, strict=True):
        ends = sorted(values)
        low, high = min(ends[tail], one), max(ends[-1 - tail], one)
        older = found.at_risk_on(age + 1)
        if one <= 0:
            high = wilson(0, older).high
        elif one >= 1:
            low = wilson(older, older).low
        estimates[age] = Estimate(one, low, high)
    return estimates

"""How many open lives will arrive in a stretch of time, as an interval. Plain functions, seeded.

Two things are unknown and both are drawn in every run: what the chances really are, of which history is a
sample (`resample`), and how it falls out for each open life, given its chance. Sums are `fsum`: `sum` adds
floats otherwise from Python 3.12 on, and a stored forecast must come out again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from random import Random
from statistics import NormalDist

from portfolio.flow.chance import window
from portfolio.flow.incidence import cumulative_incidence
from portfolio.flow.lives import Lives
from portfolio.flow.percentile import percentile
from portfolio.flow.resample import Aged, Grid, drawn_chances

MANY = 25.0  # the variance from which the sum of many lives is drawn from a normal distribution


@dataclass(frozen=True, slots=True)
class Interval:
    """So many will arrive, from `low` to `high` both included, with `middle` the median; whole lives.

    `chances` are those of the open lives in the order of their ages, None where history tells none: the
    `untold` of them are not in the interval unless it was said how to draw theirs, `of` are.
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
    of_untold: Callable[[Random], float] | None = None,
) -> Interval:
    """Return how many of the open lives of these ages arrive from the `first` to the `last` day from now.

    Both days are included; 1 is tomorrow. `ages` are days as in `lives`. Lives that begin after today are not
    forecast. `of_untold` draws in each run the chance of each life of which history tells none; without it
    these are left out. The same seed gives the same answer on every machine. Raises `ValueError` unless
    1 ≤ first ≤ last, 0 < level < 1 and runs ≥ 100.
    """
    if not 1 <= first <= last or not 0 < level < 1 or runs < 100:
        raise ValueError(f"No forecast for days {first} to {last} at level {level} in {runs} runs.")
    found = cumulative_incidence(lives)
    by_age = {age: window(found, age, first, last) for age in set(ages)}
    chances = tuple(by_age[age] for age in ages)
    grid = Grid.of(lives, beyond=max(ages, default=0) + last)
    aged = _aged(grid, ages, by_age)
    random = Random(seed)  # noqa: S311 -- chance for a forecast, not for a secret
    normal = _normal(runs)
    random.shuffle(normal)
    counts = [one.count for one in aged]
    came = sorted(
        _outcome(counts, drawn, random, deviate)
        for drawn, deviate in zip(drawn_chances(grid, aged, first, last, random, runs), normal, strict=True)
    )
    if of_untold:
        came = _beside(came, sum(one is None for one in chances), of_untold, seed)
    tail = int(round((1 - level) / 2 * runs, 6))
    return Interval(came[tail], percentile(came, 50), came[-1 - tail], level, runs, chances)


def _aged(grid: Grid, ages: Iterable[int], by_age: dict[int, float | None]) -> list[Aged]:
    """Return the lives whose chance is known, by the end of a group that is nearest to their age."""
    known: dict[int, list[float]] = {}
    for age in ages:
        chance = by_age[age]
        if chance is not None:
            known.setdefault(grid.place(age), []).append(chance)
    return [Aged(place, fsum(told) / len(told), len(told)) for place, told in sorted(known.items())]


def _beside(came: Sequence[int], untold: int, of_untold: Callable[[Random], float], seed: int) -> list[int]:
    """Add to each run how many of the lives arrive of which history tells nothing, drawn by themselves."""
    random = Random(f"{seed} untold")  # noqa: S311 -- chance for a forecast, not for a secret
    runs, normal = list(came), _normal(len(came))
    random.shuffle(runs)
    random.shuffle(normal)
    return sorted(
        told + _outcome([untold], [of_untold(random)], random, deviate)
        for told, deviate in zip(runs, normal, strict=True)
    )


def _normal(runs: int) -> list[float]:
    """Return that many values of the standard normal, evenly spread over its probability.

    Six places, so that no machine's logarithm can make a difference.
    """
    spread = NormalDist()
    return [round(spread.inv_cdf((run + 0.5) / runs), 6) for run in range(runs)]


def _outcome(counts: Sequence[int], chances: Sequence[float], random: Random, deviate: float) -> int:
    """Return how many arrive: drawn life by life of few, from a normal distribution of many."""
    pairs = list(zip(counts, chances, strict=True))
    variance = fsum(count * chance * (1 - chance) for count, chance in pairs)
    if variance > MANY:
        mean = fsum(count * chance for count, chance in pairs)
        return min(max(round(mean + deviate * sqrt(variance)), 0), sum(counts))
    return sum(binomial(count, chance, random) for count, chance in pairs)


def binomial(count: int, chance: float, random: Random) -> int:
    """Return how many of `count` came, each with this chance; meant for a small variance."""
    if chance > 0.5:
        return count - binomial(count, 1 - chance, random)
    drawn = random.random()
    height = power(1 - chance, count)
    odds = chance / (1 - chance)
    came, total = 0, height
    while drawn >= total and came < count:
        height *= odds * (count - came) / (came + 1)
        came += 1
        total += height
    return came


def power(base: float, exponent: int) -> float:
    """Return base to a whole exponent by multiplying alone, so that every machine finds the same."""
    found = 1.0
    while exponent:
        if exponent & 1:
            found *= base
        base *= base
        exponent >>= 1
    return found

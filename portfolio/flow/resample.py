"""What the shares of lives could have been by chance: histories drawn anew from the one that was seen.

Every life is weighted by a number drawn from a Poisson distribution of mean one (the Poisson bootstrap:
J. A. Hanley and B. MacGibbon, Comput. Methods Programs Biomed. 83 (2006), 57–62). The weights of lives that
lasted about equally long and ended alike are drawn as one, their sum being Poisson too; so the work does not
grow with the number of lives. Only + − × ÷ and `random.Random` are used: the same seed gives the same numbers
on every machine.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from portfolio.flow.lives import End, Lives

WEEK = 7
GROUPS = 80  # at most; longer histories are grouped by more than a week
TINY = 1e-17  # probabilities below this part of the greatest are nothing


@dataclass(frozen=True, slots=True)
class Drawn:
    """The shares arrived and still open in one drawn history, at the end of day 0 and of every group.

    `arrived[n]` and `left[n]` at the end of day n × the width of a group.
    """

    arrived: Sequence[float]
    left: Sequence[float]


@dataclass(frozen=True, slots=True)
class Grid:
    """Lives by groups of whole weeks: day 0, days 1–7, 8–14 and so on; wider where history is long."""

    width: int
    counts: tuple[tuple[int, int, int], ...]  # arrived, stopped, open of each group

    @classmethod
    def of(cls, lives: Lives, beyond: int = 0) -> "Grid":
        """Return the groups up to the longest life or the day `beyond`, and two more to read between."""
        longest = max([beyond, *(day for day, _ in lives)])
        width = WEEK * max(-(-longest // (WEEK * GROUPS)), 1)
        counts = [[0, 0, 0] for _ in range(-(-longest // width) + 3)]
        order = list(End)
        for (day, end), count in lives.items():
            counts[-(-day // width)][order.index(end)] += count
        return cls(width, tuple((one[0], one[1], one[2]) for one in counts))

    def place(self, age: int) -> int:
        """Return the group at whose end lives are nearest to this age."""
        return (2 * age + self.width) // (2 * self.width)

    def draw(self, random: Random, runs: int) -> Iterator[Drawn]:
        """Yield `runs` drawn histories. One in which nobody was left to draw from keeps the shares it had."""
        counts = [count for group in self.counts for count in group]
        places = [place for place, count in enumerate(counts) if count]
        tables = [poisson(counts[place]) for place in places]
        weights = [0] * len(counts)
        uniform = random.random
        for _ in range(runs):
            for place, (least, table) in zip(places, tables, strict=True):
                weights[place] = least + bisect_right(table, uniform())
            yield _shares(weights)


def _shares(weights: Sequence[int]) -> Drawn:
    at_risk = sum(weights)
    share, left = 0.0, 1.0
    arrived_by, left_by = [], []
    groups = iter(weights)
    for arrived, stopped, unwatched in zip(groups, groups, groups, strict=True):
        ended = arrived + stopped
        if ended:
            share += left * arrived / at_risk
            left = left * (at_risk - ended) / at_risk
        at_risk -= ended + unwatched
        arrived_by.append(share)
        left_by.append(left)
    return Drawn(arrived_by, left_by)


def poisson(mean: int) -> tuple[int, list[float]]:
    """Return how to draw from a Poisson distribution: the least value, and what each value is not above.

    The draw is the least value and the place where a number from 0 to 1 falls into the list. It is built out
    from the most likely value, so no exponential is needed and no mean is too great.
    """
    below, above = [1.0], [1.0]
    least = mean
    while least and below[-1] > TINY:
        below.append(below[-1] * least / mean)
        least -= 1
    value = mean
    while above[-1] > TINY:
        value += 1
        above.append(above[-1] * mean / value)
    heights = list(accumulate([*reversed(below), *above[1:]]))
    # Without the last, every number from 0 to 1 falls to a value.
    return least, [height / heights[-1] for height in heights[:-1]]


@dataclass(frozen=True, slots=True)
class Aged:
    """`count` open lives of about one age: at this group's end, with this mean chance by the history seen."""

    place: int
    chance: float
    count: int = 1


def drawn_chances(
    grid: Grid, aged: Sequence[Aged], first: int, last: int, random: Random, runs: int
) -> Iterator[list[float]]:
    """Yield for each of `runs` drawn histories the chances of these lives to arrive in the window.

    Groups of days blur a chance a little. What the same groups give without drawing is therefore scaled to
    the chance counted by the day, and each drawn one with it. A history that had nobody left of that age
    tells nothing: there the chance seen stands.
    """
    at_start, at_end = _reader(grid.width, first - 1), _reader(grid.width, last)
    seen = _shares([count for group in grid.counts for count in group])
    scales = []
    for one in aged:
        blurred = _window(seen, one.place, at_start, at_end)
        scales.append(one.chance / blurred if blurred else None)
    for drawn in grid.draw(random, runs):
        chances = []
        for one, scale in zip(aged, scales, strict=True):
            told = None if scale is None else _window(drawn, one.place, at_start, at_end)
            chances.append(one.chance if told is None or scale is None else min(told * scale, 1.0))
        yield chances


Reader = tuple[int, float, float]  # how many groups further, and the parts of that one and of the next


def _reader(width: int, days: int) -> Reader:
    further, rest = divmod(days, width)
    return further, (width - rest) / width, rest / width


def _window(drawn: Drawn, place: int, start: Reader, end: Reader) -> float | None:
    left = drawn.left[place]
    if left <= 0:
        return None
    at, own, following = start
    arrived = drawn.arrived
    before = arrived[place + at] * own + arrived[place + at + 1] * following
    at, own, following = end
    return (arrived[place + at] * own + arrived[place + at + 1] * following - before) / left

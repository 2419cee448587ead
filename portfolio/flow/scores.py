"""How good forecasts were, once what they were about has happened. Plain functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum

from pilots.rules.scorecard import Interval as Between
from pilots.rules.scorecard import wilson


@dataclass(frozen=True, slots=True)
class Scored:
    """One forecast interval, both ends in it, and what came; all in pilots."""

    low: int
    high: int
    came: int

    @property
    def is_hit(self) -> bool:
        return self.low <= self.came <= self.high


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    hit: int
    of: int

    @property
    def share(self) -> float | None:
        return self.hit / self.of if self.of else None

    @property
    def interval(self) -> Between | None:
        """The 95 % interval of the share (Wilson); None of nothing."""
        return wilson(self.hit, self.of) if self.of else None


def coverage(scored: Iterable[Scored]) -> Share:
    """Return in how many of the forecasts what came lay inside the interval.

    Forecasts at a level of 80 % are well calibrated when about 80 % of them cover what came.
    """
    hits = [one.is_hit for one in scored]
    return Share(sum(hits), len(hits))


def brier(chances: Sequence[float], outcomes: Sequence[bool]) -> float:
    """Return the mean squared distance of chances from what came: 0 is perfect, 0.25 is always saying half.

    G. W. Brier, “Verification of forecasts expressed in terms of probability”, Mon. Weather Rev. 78 (1950),
    1–3, halved as is usual for yes and no. Raises `ValueError` without any, or when the numbers differ.
    """
    if not chances or len(chances) != len(outcomes):
        raise ValueError(f"{len(chances)} chances cannot be scored by {len(outcomes)} outcomes.")
    return fsum((chance - came) ** 2 for chance, came in zip(chances, outcomes, strict=True)) / len(chances)


def brier_skill(
    chances: Sequence[float], outcomes: Sequence[bool], plain_chances: Sequence[float]
) -> float | None:
    """Return by which part the chances are better than `plain_chances`, such as one chance for everybody.

    1 is perfect, 0 no better, below 0 worse. The plain ones must have been known when the chances were told,
    as the share of an earlier quarter; the share that came would be hindsight. None where they were perfect.
    Raises `ValueError` as `brier`.
    """
    plain = brier(plain_chances, outcomes)
    return 1 - brier(chances, outcomes) / plain if plain else None

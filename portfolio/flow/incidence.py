"""Which share of lives arrived and which stopped by each day, and how sure that is. Plain functions.

A life that stopped will not arrive any more, so arriving and stopping compete: `cumulative_incidence`
(Aalen–Johansen) answers “which share arrives by day 180”. `kaplan_meier` treats stops as lives nobody watched
any longer, and so answers “… if nothing were ever stopped”; it is never lower. docs/flow-method.md has both.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, expm1, log1p, sqrt

from pilots.rules.product_limit import day_by, product_limit
from pilots.rules.scorecard import Z, wilson
from portfolio.flow.lives import FEWEST, End, Lives

Band = tuple[float, float]  # low and high, 0 to 1

ROUNDING = 1e-12  # all have ended where no more than this is missing


@dataclass(frozen=True, slots=True)
class Watched:
    """How many were watched how long: `still[n]` lives lasted at least `until[n]` days, ascending."""

    until: tuple[int, ...]
    still: tuple[int, ...]

    @classmethod
    def of(cls, lives: Lives) -> "Watched":
        by_day: dict[int, int] = {}
        for (day, _), count in lives.items():
            by_day[day] = by_day.get(day, 0) + count
        days = sorted(day for day, count in by_day.items() if count)
        still, left = [], sum(by_day.values())
        for day in days:
            still.append(left)
            left -= by_day[day]
        return cls(tuple(days), tuple(still))

    def at_risk_on(self, day: int) -> int:
        """Return how many were still watched, and had neither arrived nor stopped, as this day began."""
        place = bisect_left(self.until, day)
        return self.still[place] if place < len(self.until) else 0

    @property
    def last_day(self) -> int:
        """The last day with at least ten at risk, to which a curve is drawn; 0 where there were never ten."""
        return max(
            (day for day, left in zip(self.until, self.still, strict=True) if left >= FEWEST), default=0
        )

    @property
    def longest(self) -> int:
        """The days of the longest life; 0 without any."""
        return self.until[-1] if self.until else 0


@dataclass(frozen=True, slots=True)
class Point:
    """Both shares at the end of a day, 0 to 1, with the ends of their 95 % bands."""

    arrived: float
    arrived_low: float
    arrived_high: float
    stopped: float
    stopped_low: float
    stopped_high: float
    at_risk: int


@dataclass(frozen=True, slots=True)
class Incidence:
    """The shares that arrived and that stopped by `days[n]`, ascending: the days on which any life ended.

    Step functions: each share holds from its day until the day before the next. `at_risk[n]` were at risk as
    the day began. Bands are pointwise, 95 %.
    """

    days: tuple[int, ...]
    arrived: tuple[float, ...]
    stopped: tuple[float, ...]
    at_risk: tuple[int, ...]
    arrived_band: tuple[Band, ...]
    stopped_band: tuple[Band, ...]
    total: int
    watched: Watched

    @property
    def is_enough(self) -> bool:
        """Whether there are lives enough to tell a curve of them."""
        return self.total >= FEWEST

    @property
    def last_day(self) -> int:
        return self.watched.last_day

    @property
    def longest(self) -> int:
        return self.watched.longest

    @property
    def last_arrival(self) -> int | None:
        """The last day on which any life arrived; None without any."""
        place = bisect_left(self.arrived, self.arrived[-1]) if self.arrived else 0
        return self.days[place] if self.arrived and self.arrived[-1] else None

    def at_risk_on(self, day: int) -> int:
        return self.watched.at_risk_on(day)

    def at(self, day: int) -> Point:
        """Return the shares at the end of a day; beyond the last step they stay what they were."""
        place = bisect_right(self.days, day) - 1
        at_risk = self.at_risk_on(day)
        if place < 0:
            high = _none_of(at_risk)[1]
            return Point(0.0, 0.0, high, 0.0, 0.0, high, at_risk)
        return Point(
            self.arrived[place],
            *self.arrived_band[place],
            self.stopped[place],
            *self.stopped_band[place],
            at_risk,
        )


def cumulative_incidence(lives: Lives) -> Incidence:
    """Return the Aalen–Johansen estimate of arriving and of stopping, each with a 95 % band.

    O. O. Aalen and S. Johansen, “An empirical transition matrix for non-homogeneous Markov chains based on
    censored observations”, Scand. J. Stat. 5 (1978), 141–150. The variance is the delta-method one of
    Greenwood's type, exact for several ends of both kinds on one day (E. Marubini and M. G. Valsecchi,
    “Analysing Survival Data from Clinical Trials and Observational Studies”, 1995, chapter 10).
    """
    steps = list(product_limit(_ending(lives, (End.ARRIVED, End.STOPPED))))
    shares, bands = {}, {}
    for end in (End.ARRIVED, End.STOPPED):
        here = 0
        share, ended_so, variances, watched = _Share(), [], [], []
        for step in steps:
            ended = lives.get((step.day, end), 0)
            share.take(ended, step.ended, step.at_risk, step.left_before)
            ended_so.append(share.value)
            variances.append(share.variance)
            # All these surely had not ended so: at risk, or ended otherwise before.
            watched.append(step.at_risk + here)
            here += step.ended - ended
        shares[end] = tuple(ended_so)
        bands[end] = _bands(ended_so, variances, watched)
    return Incidence(
        tuple(step.day for step in steps),
        shares[End.ARRIVED],
        shares[End.STOPPED],
        tuple(step.at_risk for step in steps),
        bands[End.ARRIVED],
        bands[End.STOPPED],
        sum(lives.values()),
        Watched.of(lives),
    )


class _Share:
    """One cumulative incidence and its variance, step by step.

    var F(t) = Σ (F(t) − F(i))² d/(n(n − d)) + Σ L² e(n − e)/n³ − 2 Σ (F(t) − F(i)) L e/n², over the steps i
    up to t: of n at risk d ended, e of them so, and L were left before. Each sum is carried forward by what F
    grew, so all steps together cost no more than their number.
    """

    def __init__(self) -> None:
        self.value = 0.0
        self._weights = self._apart = self._squares = 0.0  # of the first sum: Σ w, Σ (F−Fᵢ) w, Σ (F−Fᵢ)² w
        self._own = 0.0  # the second sum
        self._mixed = self._mixed_apart = 0.0  # of the third: Σ m, Σ (F−Fᵢ) m

    @property
    def variance(self) -> float:
        return max(self._squares + self._own - 2 * self._mixed_apart, 0.0)

    def take(self, ended: int, of_all: int, at_risk: int, left: float) -> None:
        """Add one step: of those at risk `of_all` ended, `ended` of them in the way looked at."""
        grown = left * ended / at_risk
        self.value += grown
        if self.value > 1 - ROUNDING:
            self.value = 1.0  # the formula of the band has no value there, and an absurd one beside it
        self._squares += 2 * grown * self._apart + grown * grown * self._weights
        self._apart += grown * self._weights
        self._mixed_apart += grown * self._mixed
        if of_all < at_risk:  # after the last at risk nothing follows that could differ from this step
            self._weights += of_all / (at_risk * (at_risk - of_all))
        self._own += left * left * ended * (at_risk - ended) / at_risk**3
        self._mixed += left * ended / at_risk**2


@dataclass(frozen=True, slots=True)
class Reached:
    """A Kaplan–Meier share at the end of a day, 0 to 1, with the ends of its 95 % band."""

    over: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """The share that would have ended so by `days[n]` if lives could end in no other way: `over[n]`."""

    days: tuple[int, ...]
    over: tuple[float, ...]
    at_risk: tuple[int, ...]
    band: tuple[Band, ...]
    total: int
    watched: Watched

    @property
    def is_enough(self) -> bool:
        return self.total >= FEWEST

    @property
    def last_day(self) -> int:
        return self.watched.last_day

    def at_risk_on(self, day: int) -> int:
        return self.watched.at_risk_on(day)

    def at(self, day: int) -> Reached:
        place = bisect_right(self.days, day) - 1
        at_risk = self.at_risk_on(day)
        if place < 0:
            return Reached(0.0, *_none_of(at_risk), at_risk)
        return Reached(self.over[place], *self.band[place], at_risk)

    def day_by(self, percent: int) -> int | None:
        """Return the day by which this share had ended so.

        None where it was never reached, or only when fewer than ten were at risk: each of those few would
        move the day by far.
        """
        return day_by(percent, self.days, self.over, self.at_risk)


def kaplan_meier(lives: Lives, end: End = End.ARRIVED) -> KaplanMeier:
    """Return the Kaplan–Meier estimate of ending so, other ends taken as lives nobody watched any longer.

    Greenwood's variance; the band on the log(−log) scale. Raises `ValueError` for `End.OPEN`.
    """
    if end is End.OPEN:
        raise ValueError("A life that is open has not ended.")
    steps = list(product_limit(_ending(lives, (end,))))
    over, variances, greenwood = [], [], 0.0
    for step in steps:
        over.append(1 - step.left)
        if step.ended < step.at_risk:
            greenwood += step.ended / (step.at_risk * (step.at_risk - step.ended))
        variances.append(step.left * step.left * greenwood)
    risks = tuple(step.at_risk for step in steps)
    return KaplanMeier(
        tuple(step.day for step in steps),
        tuple(over),
        risks,
        _bands(over, variances, risks),
        sum(lives.values()),
        Watched.of(lives),
    )


def _ending(lives: Lives, ends: Iterable[End]) -> dict[tuple[int, bool], int]:
    lasted: dict[tuple[int, bool], int] = {}
    for (day, end), count in lives.items():
        key = day, end in ends
        lasted[key] = lasted.get(key, 0) + count
    return lasted


def _bands(shares: Sequence[float], variances: Sequence[float], watched: Sequence[int]) -> tuple[Band, ...]:
    """Return the band of each step, on the complementary log-log scale, so that it stays inside 0 and 1.

    The scale has no value where nobody ended so yet, nor where all did. Of nobody among `watched` Wilson's
    interval tells how many it could yet be; where all did, the low end stays as it was a step before.
    """
    bands: list[Band] = []
    for share, variance, known in zip(shares, variances, watched, strict=True):
        if share <= 0:
            bands.append(_none_of(known))
        elif share >= 1:
            bands.append((bands[-1][0] if bands else wilson(known, known).low, 1.0))
        else:
            rate = -log1p(-share)
            reach = exp(Z * sqrt(variance) / ((1 - share) * rate))
            bands.append((-expm1(-rate / reach), -expm1(-rate * reach)))
    return tuple(bands)


def _none_of(known: int) -> Band:
    return 0.0, wilson(0, known).high if known else 1.0

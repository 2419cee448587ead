"""The scales of a run chart: which days and which values are drawn where. Plain: values in, places out."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = (1, 3, 6, 12, 24, 60, 120, 240)
RIGHT = 99.0  # per cent: the right edge
EDGE = 4.0  # per cent left free on either side, so that no symbol is cut


@dataclass(frozen=True)
class Days:
    """From `first` to `last`, as places from 0 to 100 along the chart."""

    first: date
    last: date

    @classmethod
    def of(cls, days: Sequence[date]) -> "Days":
        """Return a scale that holds these days; a single one stands in the middle."""
        first, last = min(days), max(days)
        if first == last:
            return cls(first - timedelta(days=15), last + timedelta(days=15))
        return cls(first, last)

    def place(self, day: date) -> float:
        share = (day - self.first).days / (self.last - self.first).days
        return EDGE + share * (100 - 2 * EDGE)

    def place_within(self, day: date) -> float:
        """Return the place of a day; what came after the last one stands at the right edge."""
        return min(self.place(day), RIGHT)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def months(self, most: int) -> list[date]:
        """Return at most so many first days of months between the ends, evenly apart."""
        for step in MONTHS:
            found = self._every(step)
            if len(found) <= most:
                return found
        return []

    def _every(self, step: int) -> list[date]:
        number = self.first.year * 12 + self.first.month - 1
        end = self.last.year * 12 + self.last.month - 1
        begins = range(number + (-number) % step, end + 1, step)
        days = [date(begin // 12, begin % 12 + 1, 1) for begin in begins]
        return [day for day in days if self.holds(day)]


@dataclass(frozen=True)
class Values:
    """From `low` to `high`, as pixels from the top; larger values stand higher."""

    low: float
    high: float
    top: float
    bottom: float

    @classmethod
    def of(cls, values: Iterable[float], *, top: float, bottom: float) -> "Values":
        """Return a scale that holds these values with some air; a single one stands in the middle."""
        known = list(values)
        low, high = min(known), max(known)
        air = (high - low) * 0.08 or max(abs(high) * 0.1, 1.0)
        return cls(low - air, high + air, top, bottom)

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)

    def ticks(self, most: int) -> list[float]:
        """Return at most so many round values, evenly apart."""
        step = _round_step((self.high - self.low) / most)
        first = math.ceil(self.low / step)
        last = math.floor(self.high / step)
        return [number * step for number in range(first, last + 1)][:most]


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20 … that is no smaller."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next((factor * power for factor in (1, 2, 5) if factor * power >= least), 10 * power)


def spread(places: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Return the places moved apart until `gap` is between any two, in their order, within the ends."""
    order = sorted(range(len(places)), key=lambda number: (places[number], number))
    moved = list(places)
    for before, number in zip([None, *order], order, strict=False):
        floor = low if before is None else moved[before] + gap
        moved[number] = max(moved[number], floor)
    ceiling = high
    for number in reversed(order):
        moved[number] = min(moved[number], ceiling)
        ceiling = moved[number] - gap
    return moved

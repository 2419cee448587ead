"""The plainest forecast there is, to hold others against: one rate for all, whatever their age."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import exp
from random import Random

from portfolio.flow.lives import End, Lives
from portfolio.flow.resample import poisson

LEAN = 0.5  # arrivals that a rate of few leans on the rate of all with
PLACES = 6  # of a drawn chance, so that no machine's exponential can make a difference


@dataclass(frozen=True, slots=True)
class OneRate:
    """How many arrived and stopped in so many days of watching all lives together.

    `supposed` arrivals stand beside those that were seen.
    """

    arrived: int
    stopped: float
    watched: float
    supposed: float = 0.0

    @classmethod
    def of(cls, lives: Lives) -> "OneRate":
        """A life that ended on its first day was watched for one."""
        ended = {end: sum(n for (_, how), n in lives.items() if how is end) for end in End}
        watched = sum(max(days, 1) * count for (days, _), count in lives.items())
        return cls(ended[End.ARRIVED], ended[End.STOPPED], watched)

    @classmethod
    def beyond(cls, lives: Lives, age: int) -> "OneRate":
        """Return the rate of lives once they are older than this age.

        Few or none arrived so late, which tells little; so half an arrival is supposed, with days and stops
        that go with it by the rate of all.
        """
        every = cls.of(lives)
        if not every.arrived:
            return every
        own = cls.of({(days - age, end): count for (days, end), count in lives.items() if days > age})
        part = LEAN / every.arrived
        return cls(own.arrived, own.stopped + part * every.stopped, own.watched + part * every.watched, LEAN)

    def chance(self, first: int, last: int) -> float:
        """Return the chance of an open life to arrive from the `first` to the `last` day from now, 0 to 1.

        Arriving and stopping have one rate each per day, so an open life lasts an exponential time:
        a / (a + s) · (e^−(a+s)(first−1) − e^−(a+s)last).
        """
        arrived = self.arrived + self.supposed
        if not arrived:
            return 0.0
        ended = arrived + self.stopped
        leaving = ended / self.watched
        return arrived / ended * (exp(-leaving * (first - 1)) - exp(-leaving * last))

    def draw(self, first: int, last: int) -> Callable[[Random], float]:
        """Return what draws the chance as another history of the same length might have had it.

        How many arrived is drawn from a Poisson distribution around how many did.
        """
        least, table = poisson(self.arrived)

        def drawn(random: Random) -> float:
            arrived = least + bisect_right(table, random.random())
            return round(replace(self, arrived=arrived).chance(first, last), PLACES)

        return drawn


def constant_chance(lives: Lives, first: int, last: int) -> float:
    """Return the chance of every open life if age said nothing; see `OneRate.chance`."""
    return OneRate.of(lives).chance(first, last)

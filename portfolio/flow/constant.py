"""The plainest forecast there is, to hold others against: one rate for all, whatever their age."""

from math import exp

from portfolio.flow.lives import End, Lives


def constant_chance(lives: Lives, first: int, last: int) -> float:
    """Return the chance of an open life to arrive from the `first` to the `last` day from now, 0 to 1.

    Arriving and stopping have one rate each per day watched, so an open life lasts an exponential time:
    a / (a + s) · (e^−(a+s)(first−1) − e^−(a+s)last). A life that ended on its first day was watched for one.
    """
    watched = sum(max(days, 1) * count for (days, _), count in lives.items())
    arrived = sum(count for (_, end), count in lives.items() if end is End.ARRIVED)
    stopped = sum(count for (_, end), count in lives.items() if end is End.STOPPED)
    if not arrived:
        return 0.0
    leaving = (arrived + stopped) / watched
    return arrived / (arrived + stopped) * (exp(-leaving * (first - 1)) - exp(-leaving * last))

"""How long pilots took until they arrived or ended, as numbers to count with. Plain functions.

A life is known as days and how it ended by the day looked at. One that still goes on is no failure and no
success: it lasted at least so long (right-censored).
"""

from collections.abc import Mapping
from enum import StrEnum

FEWEST = 10  # lives below which no share, curve, chance or interval is told (docs/flow-method.md)


class End(StrEnum):
    """How a life ended by the day looked at."""

    ARRIVED = "arrived"  # first reached the stage that is waited for, production unless another is said
    STOPPED = "stopped"  # ended before that
    OPEN = "open"  # neither: at work or on hold


Lives = Mapping[tuple[int, End], int]  # how many lasted so many days and ended so

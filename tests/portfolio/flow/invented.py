"""Lives to count with: from a published trial, and invented ones, the same for the same seed."""

from collections import Counter
from random import Random

from portfolio.flow.lives import End

# Weeks in remission of 21 patients under 6-mercaptopurine: E. J. Freireich et al., Blood 21 (1963), 699–716;
# as in E. A. Gehan, Biometrika 52 (1965), 203–223, and most textbooks since. Nine relapsed; 12 had not when
# the trial ended.
RELAPSED = (6, 6, 6, 7, 10, 13, 16, 22, 23)
IN_REMISSION = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
REMISSION = Counter(
    [*((week, End.ARRIVED) for week in RELAPSED), *((week, End.OPEN) for week in IN_REMISSION)]
)


def invented_lives(seed, count, span=None):
    """Return lives; a short `span` in days ties many of them."""
    random = Random(seed)
    span = span or random.choice((5, 30, 400, 2000))
    lives = Counter()
    for _ in range(count):
        arrives = int(random.expovariate(1 / span))
        stops = int(random.expovariate(1 / span))
        watched = random.randrange(2 * span)
        until = min(arrives, stops, watched)
        end = End.OPEN if until == watched else End.ARRIVED if until == arrives else End.STOPPED
        lives[until, end] += 1
    return lives


def one_by_one(lives):
    return [life for life, count in sorted(lives.items()) for _ in range(count)]

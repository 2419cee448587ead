"""Whether a difference between two rates could be chance. Plain rules.

A rate is a share of counted cases: 83 % of 400 files. Its interval is Wilson's (1927), the interval of a
difference is Newcombe's tenth method (1998), both at 95 %; `docs/kpi-method.md` names the sources. Where the
cases are not counted, or the number is no rate, the answer is None: not known, and never “significant”.
"""

from decimal import Context, Decimal, localcontext
from typing import NamedTuple

Z = Decimal("1.959964")  # leaves 2.5 % on either side of a normal distribution
PER_CENT = frozenset({"%", "percent", "per cent", "pct", "pct."})
_PRECISE = Context(prec=40)
_HUNDRED = Decimal(100)


class Interval(NamedTuple):
    """From `low` to `high`, both shares: 0.0524 is 5.24 %, and a difference of 5.24 points."""

    low: Decimal
    high: Decimal


def is_per_cent(unit: str) -> bool:
    """Return whether a KPI's unit is per cent, or per cent of something, so that its values are 0 to 100."""
    return " ".join(unit.split()).casefold().split(" of ")[0] in PER_CENT


def share_of(value: Decimal | None, unit: str) -> Decimal | None:
    """Return a value in per cent as a share of 1; None where it is no rate: other unit, beyond 0 to 100."""
    if value is None or not is_per_cent(unit) or not 0 <= value <= _HUNDRED:
        return None
    return value / _HUNDRED


def rate_interval(share: Decimal | None, cases: int | None) -> Interval | None:
    """Return between which shares the true rate lies, with 95 % confidence; None where it is not known."""
    if share is None or not cases or cases < 1 or not 0 <= share <= 1:
        return None
    with localcontext(_PRECISE):
        squared = Z * Z
        middle = (2 * cases * share + squared) / (2 * (cases + squared))
        reach = Z * (squared + 4 * cases * share * (1 - share)).sqrt() / (2 * (cases + squared))
        return Interval(max(middle - reach, Decimal(0)), min(middle + reach, Decimal(1)))


def difference_interval(
    new_share: Decimal | None, new_cases: int | None, old_share: Decimal | None, old_cases: int | None
) -> Interval | None:
    """Return between which shares the true `new - old` lies, with 95 % confidence; None where not known."""
    new, old = rate_interval(new_share, new_cases), rate_interval(old_share, old_cases)
    if new is None or old is None or new_share is None or old_share is None:
        return None
    with localcontext(_PRECISE):
        difference = new_share - old_share
        below = ((new_share - new.low) ** 2 + (old.high - old_share) ** 2).sqrt()
        above = ((new.high - new_share) ** 2 + (old_share - old.low) ** 2).sqrt()
        return Interval(difference - below, difference + above)


def difference_within_noise(
    old_share: Decimal | None, old_cases: int | None, new_share: Decimal | None, new_cases: int | None
) -> bool | None:
    """Return whether two rates may well be the same: the interval of their difference holds 0.

    It says the same when old and new change places. None where a rate or its cases are not known.
    """
    found = difference_interval(new_share, new_cases, old_share, old_cases)
    return None if found is None else found.low <= 0 <= found.high

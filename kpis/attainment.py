"""How far a KPI has come from its baseline to its target, whichever way is better. Plain rules.

The method, its limits and a worked table are in `docs/kpi-method.md`; its rows are tests. All numbers are
finite decimals in the KPI's own unit; None is what nobody knows, and it never becomes zero.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from kpis.terms import Direction

# A column holds 20 digits: differences of such numbers stay exact, and 60 digits of a quotient are kept.
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def attainment(
    actual: Decimal | None, *, baseline: Decimal | None, target: Decimal | None, low: Decimal | None = None
) -> Decimal | None:
    """Return 0 at the baseline and 1 at the target; below and beyond are said as they are.

    Dividing by the signed distance lets a target below the baseline (fewer errors, shorter waits) need no
    special case. None where a number is not known, or where baseline and target are the same.

    `low` makes it a range from `low` to `target`: inside is 1. Outside counts how much of the baseline's
    distance to the range is gone, and is None where the baseline is not known or lies inside.
    """
    if actual is None or target is None:
        return None
    with localcontext(EXACT):
        if low is not None:
            return _within(actual, baseline, low, target)
        if baseline is None or baseline == target:
            return None
        return (actual - baseline) / (target - baseline)


def is_better(
    new: Decimal | None,
    old: Decimal | None,
    *,
    direction: str,
    low: Decimal | None = None,
    high: Decimal | None = None,
) -> bool | None:
    """Return whether `new` is strictly better than `old`; None where that cannot be told.

    Within a range, given by `low` and `high`, the nearer to it is better, and all inside is equally good.
    """
    if new is None or old is None:
        return None
    match direction:
        case Direction.HIGHER:
            return new > old
        case Direction.LOWER:
            return new < old
        case Direction.RANGE if low is not None and high is not None:
            with localcontext(EXACT):
                return _distance(new, low, high) < _distance(old, low, high)
        case _:
            return None


def improvement(new: Decimal | None, old: Decimal | None, direction: str) -> Decimal | None:
    """Return by what share of `old` the newer value is better; below 0 it is worse.

    None where a value is not known, where `old` is 0, and where no way is better (a range).
    """
    if new is None or old is None or not old:
        return None
    with localcontext(EXACT):
        gain = _gain(new, old, direction)
        return None if gain is None else gain / abs(old)


def drop(demo: Decimal | None, real: Decimal | None, direction: str) -> Decimal | None:
    """Return by how much real data is worse than the demo, in the KPI's unit; below 0 it is better.

    None where a value is not known, and where no way is better (a range).
    """
    if demo is None or real is None:
        return None
    with localcontext(EXACT):
        return _gain(demo, real, direction)


def breaches(value: Decimal | None, *, threshold: Decimal | None, direction: str) -> bool | None:
    """Return whether a value is worse than the worst that is accepted; the threshold itself is accepted.

    None where one of them is not known, and where no way is better (a range).
    """
    if value is None or threshold is None:
        return None
    with localcontext(EXACT):
        gain = _gain(value, threshold, direction)
        return None if gain is None else gain < 0


def rounded(share: Decimal, *, places: int = 6) -> Decimal:
    """Return a share to so many places, half to even. For display only."""
    with localcontext(EXACT):
        return share.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN) + 0  # no “-0”


def percent(share: Decimal, *, places: int = 0) -> str:
    """Return “62 %” for 0.615: whole per cent, or so many places, half to even, with a real minus.

    For display only.
    """
    with localcontext(EXACT):
        shown = rounded(share * 100, places=places)
    return f"{shown:,f} %".replace("-", "−")


def _within(actual: Decimal, baseline: Decimal | None, low: Decimal, high: Decimal) -> Decimal | None:
    distance = _distance(actual, low, high)
    if not distance:
        return Decimal(1)
    start = None if baseline is None else _distance(baseline, low, high)
    return 1 - distance / start if start else None


def _distance(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    return max(low - value, value - high, Decimal(0))


def _gain(new: Decimal, old: Decimal, direction: str) -> Decimal | None:
    match direction:
        case Direction.HIGHER:
            return new - old
        case Direction.LOWER:
            return old - new
        case _:
            return None

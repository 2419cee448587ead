"""Return on what was spent, payback, the cost of waiting, and cost against use. Plain rules.

`docs/money.md` holds the formulas and a worked example; a test reads it. None is what cannot be told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from kpis.money.sums import CENT, EXACT, ONE, Total, month_after, month_of

DAYS_IN_MONTH = Decimal("30.44")  # S0-25
OVERSPENT = Decimal("0.10")  # the actual is more than 110 % of the plan


def roi(verified: Decimal, cost: Decimal) -> Decimal | None:
    """Return (verified benefit − actual cost) ÷ actual cost, such as 0.25 for 125 of 100; None at no cost."""
    if cost <= 0:
        return None
    with localcontext(EXACT):
        return (verified - cost) / cost


def roi_of(verified: Total, rejected: Total, cost: Total) -> Decimal | None:
    """Return ROI of sums; None while nobody has verified or rejected a benefit: unknown is not zero.

    None also while part of either sum it is made of has no rate: no exact number is true then.
    """
    if not verified.count + rejected.count:
        return None
    return roi(verified.amount, cost.amount) if verified.is_whole and cost.is_whole else None


def verified_share(verified: Decimal, unchecked: Decimal) -> Decimal | None:
    """Return how much of the claimed benefit somebody verified, 0 to 1; None where nothing is claimed.

    What was rejected is claimed no longer: it counts nowhere.
    """
    with localcontext(EXACT):
        claimed = verified + unchecked
        return verified / claimed if claimed > 0 else None


def verified_share_of(verified: Total, unchecked: Total) -> Decimal | None:
    """Return the verified share of two sums; None where part of what nobody checked has no rate."""
    return verified_share(verified.amount, unchecked.amount) if unchecked.is_whole else None


def payback_month(benefits: Mapping[date, Fraction], costs: Mapping[date, Fraction]) -> date | None:
    """Return the first month, by its first day, in which benefit so far is no less than cost so far.

    Both are money by month, as `sums.by_month` spreads it. None where it was not reached, or nothing spent.
    """
    benefit = cost = Fraction(0)
    for month in sorted({*benefits, *costs}):
        benefit += benefits.get(month, Fraction(0))
        cost += costs.get(month, Fraction(0))
        if cost > 0 and benefit >= cost:
            return month
    return None


def cost_of_delay(monthly: Decimal, days: int) -> Decimal:
    """Return expected monthly benefit × days waiting ÷ 30.44, to the cent (S0-25)."""
    with localcontext(EXACT):
        return (monthly * days / DAYS_IN_MONTH).quantize(CENT)


def months_covered(periods: Iterable[tuple[date, date]]) -> Fraction:
    """Return how many months some periods cover together, days in several counted once.

    A whole month of the calendar counts one, however many days it has; a part of one by its days.
    """
    months, covered = Fraction(0), None
    for first, last in sorted(periods):
        day = first if covered is None else max(first, covered + ONE)
        while day <= last:
            after = month_after(day)
            end = min(after, last + ONE)
            months += Fraction((end - day).days, (after - month_of(day)).days)
            day = end
        covered = last if covered is None else max(covered, last)
    return months


def a_month(amount: Decimal, months: Fraction) -> Decimal | None:
    """Return an amount by the month, to the cent; None for no time at all."""
    if months <= 0:
        return None
    with localcontext(EXACT):
        return (amount * months.denominator / months.numerator).quantize(CENT)


# --- Cost against use ----------------------------------------------------------------


@dataclass(frozen=True)
class Growth:
    """How much cost and volume grew from one month to the next: 4 for five times as much."""

    month: date
    cost: Decimal
    volume: Decimal

    @property
    def ratio(self) -> Decimal | None:
        """Return growth of cost ÷ growth of volume; None where volume did not grow: no number says that."""
        if self.volume <= 0:
            return None
        with localcontext(EXACT):
            return self.cost / self.volume

    def exceeds(self, limit: Decimal) -> bool:
        """Return whether cost grew, and more than `limit` times as fast as volume, if that grew at all."""
        if self.cost <= 0:
            return False
        return self.ratio is None or self.ratio > limit


def cost_growth(
    costs_by_month: Mapping[date, Fraction | Decimal],
    volume_by_month: Mapping[date, Fraction | Decimal],
    *,
    today: date,
) -> Growth | None:
    """Return how cost and volume grew over the last two whole months before `today` (R-78, S2-21).

    Months are given by their first day. None where a month is missing, or the earlier one was zero.
    """
    this_month = month_of(today)
    last = month_of(this_month - ONE)
    before = month_of(last - ONE)
    grown = [_growth(series, before, last) for series in (costs_by_month, volume_by_month)]
    cost, volume = grown
    return None if cost is None or volume is None else Growth(last, cost, volume)


def _growth(series: Mapping[date, Fraction | Decimal], before: date, last: date) -> Decimal | None:
    if before not in series or last not in series:
        return None
    old, new = Fraction(series[before]), Fraction(series[last])
    if old <= 0:
        return None
    growth = new / old - 1
    with localcontext(EXACT):
        return Decimal(growth.numerator) / Decimal(growth.denominator)

"""What waiting costs: the benefit that is expected and does not come yet. Plain rules.

The figure stands on assumptions, so it is never shown without them; where one is missing there is no
figure, and a sentence says what is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from kpis.money.roi import DAYS_IN_MONTH, a_month, cost_of_delay, months_covered
from kpis.money.sums import EXACT, LedgerLine, RateTable, total
from kpis.money.terms import Basis, LedgerKind, MoneyPhase
from kpis.money.words import apart_of, said_amount

NOTHING_EXPECTED = (
    "What it should bring in a month is not known: plan the benefits of running it, "
    "or say what one unit of its primary KPI is worth in a month."
)


@dataclass(frozen=True, kw_only=True)
class Wait:
    """How long a pilot that was shown to work waits for its first users, days on hold left out.

    `days` is None where it does not wait, or nobody knows since when: then `missing` says which. `is_over`:
    it waits no longer.
    """

    days: int | None
    is_over: bool = False
    missing: str = ""


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What a primary KPI promises: so many units better, each worth so much in a month."""

    name: str
    unit: str
    baseline: Decimal | None
    target: Decimal | None
    target_low: Decimal | None
    value_per_unit: Decimal | None
    value_currency: str


@dataclass(frozen=True, kw_only=True)
class Delay:
    """What waiting costs so far. `monthly` and `cost` are None where `missing` says what is not known."""

    currency: str
    days: int | None
    is_over: bool
    monthly: Decimal | None
    cost: Decimal | None
    assumptions: tuple[str, ...]
    missing: str = ""


def delay(
    wait: Wait, lines: Sequence[LedgerLine], kpi: Worth | None, table: RateTable, *, today: date
) -> Delay:
    """Return what a pilot's waiting costs, from its planned benefits or else from its primary KPI."""
    monthly, assumption, missing = expected_monthly(lines, kpi, table, today=today)
    cost = None
    assumptions = [assumption] if monthly is not None else []
    if wait.days is None:
        missing = wait.missing
    elif monthly is not None:
        cost = cost_of_delay(monthly, wait.days)
        waited = "It waited" if wait.is_over else "It has waited"
        days = "1 day" if wait.days == 1 else f"{wait.days:,} days"
        assumptions.append(
            f"{waited} {days} between being shown to work and its first users, days on hold left out; "
            f"a month has {DAYS_IN_MONTH} days."
        )
    return Delay(
        currency=table.currency,
        days=wait.days,
        is_over=wait.is_over,
        monthly=monthly,
        cost=cost,
        assumptions=tuple(assumptions),
        missing="" if cost is not None else missing,
    )


def expected_monthly(
    lines: Sequence[LedgerLine], kpi: Worth | None, table: RateTable, *, today: date
) -> tuple[Decimal | None, str, str]:
    """Return what is expected in a month, the assumption behind it, and else what is missing."""
    planned = [
        line
        for line in lines
        if line.kind is LedgerKind.BENEFIT and line.basis is Basis.PLANNED and line.phase is MoneyPhase.RUN
    ]
    if planned:
        return _from_plan(planned, table)
    if kpi is not None and kpi.value_per_unit is not None:
        return _from_kpi(kpi, kpi.value_per_unit, table, today)
    return None, "", NOTHING_EXPECTED


def _from_plan(planned: Sequence[LedgerLine], table: RateTable) -> tuple[Decimal | None, str, str]:
    summed = total(planned, table)
    if not summed.is_whole:
        return None, "", f"{apart_of(summed)} of its planned benefits has no rate: enter one for the program."
    # Rounded before it divides, so that the numbers the sentence shows come to each other.
    months = round(months_covered((line.period_from, line.period_to) for line in planned), 2)
    monthly = a_month(summed.amount, months)
    if monthly is None:
        return None, "", NOTHING_EXPECTED
    over = f"{float(months):,.2f}".rstrip("0").rstrip(".")
    noun = "month" if over == "1" else "months"
    assumption = (
        f"Its planned benefits of running come to {said_amount(summed.amount, table.currency)} over {over} "
        f"{noun}: {said_amount(monthly, table.currency)} a month."
    )
    return monthly, assumption, ""


def _from_kpi(kpi: Worth, value: Decimal, table: RateTable, today: date) -> tuple[Decimal | None, str, str]:
    distance = _distance(kpi)
    if distance is None:
        return None, "", f"“{kpi.name}” lacks a baseline or a target, so what it should bring is not known."
    with localcontext(EXACT):
        monthly = table.convert(distance * value, kpi.value_currency, today)
    if monthly is None:
        sentence = (
            f"“{kpi.name}” is worth {kpi.value_currency}, which has no rate: enter one for the program."
        )
        return None, "", sentence
    unit = f" {kpi.unit}" if kpi.unit else ""
    assumption = (
        f"“{kpi.name}” gets better by {_plain(distance)}{unit}, from its baseline to its target, and each is "
        f"worth {said_amount(value, kpi.value_currency)} a month: {said_amount(monthly, table.currency)}."
    )
    return monthly, assumption, ""


def _distance(kpi: Worth) -> Decimal | None:
    """Return how far it is from the baseline to the target, or to the nearer end of the range."""
    if kpi.baseline is None or kpi.target is None:
        return None
    with localcontext(EXACT):
        if kpi.target_low is not None:
            return max(kpi.target_low - kpi.baseline, kpi.baseline - kpi.target, Decimal(0))
        return abs(kpi.target - kpi.baseline)


def _plain(number: Decimal) -> str:
    return f"{number:,f}".rstrip("0").rstrip(".") if number % 1 else f"{number:,.0f}"

"""Adds money up in one currency, and names what has no rate instead of adding it. Plain rules.

An amount in another currency is converted with the newest rate entered on or before the last day of its
period, and rounded to the cent, half to even. So sums of parts come to the whole, in whatever order.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from typing import TypeVar

from kpis.money.terms import DEFAULT_CURRENCY, Basis, Commitment, Finding, LedgerKind, MoneyPhase

# An amount has up to 17 digits and a rate 16: their product stays exact before it is rounded.
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
CENT = Decimal("0.01")
ONE = timedelta(days=1)
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One entry of a ledger as arithmetic sees it; both days belong to its period."""

    kind: LedgerKind
    category: str
    phase: MoneyPhase
    basis: Basis
    amount: Decimal
    currency: str
    period_from: date
    period_to: date
    commitment: Commitment | None = None
    finding: Finding | None = None


@dataclass(frozen=True)
class RateTable:
    """What one unit of other currencies is worth in `currency`: (since, rate), in any order, by currency."""

    currency: str = DEFAULT_CURRENCY
    rates: Mapping[str, Sequence[tuple[date, Decimal]]] = field(default_factory=dict)

    def rate(self, currency: str, on: date) -> Decimal | None:
        """Return the newest rate entered for `on` or before, None where there is none."""
        if currency == self.currency:
            return Decimal(1)
        known = [row for row in self.rates.get(currency, ()) if row[0] <= on]
        return max(known)[1] if known else None

    def convert(self, amount: Decimal, currency: str, on: date) -> Decimal | None:
        """Return an amount in the table's currency, to the cent; None without a rate."""
        rate = self.rate(currency, on)
        if rate is None:
            return None
        with localcontext(EXACT):
            return (amount * rate).quantize(CENT)


@dataclass(frozen=True)
class Total:
    """So much in one currency, of `count` entries; `unconverted` could not be added, by currency."""

    amount: Decimal
    currency: str
    unconverted: Mapping[str, Decimal] = field(default_factory=dict)
    count: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether everything that was entered is in `amount`."""
        return not self.unconverted

    def __add__(self, other: "Total") -> "Total":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up.")
        with localcontext(EXACT):
            apart = dict(self.unconverted)
            for currency, amount in other.unconverted.items():
                apart[currency] = apart.get(currency, Decimal(0)) + amount
            return Total(
                self.amount + other.amount,
                self.currency,
                {currency: apart[currency] for currency in sorted(apart)},
                self.count + other.count,
            )


def nothing(currency: str) -> Total:
    return Total(Decimal(0), currency)


def total(lines: Iterable[LedgerLine], table: RateTable) -> Total:
    """Return the sum of some entries in the table's currency."""
    found = nothing(table.currency)
    for line in lines:
        found += total_of(line, table)
    return found


def total_of(line: LedgerLine, table: RateTable) -> Total:
    """Return one entry as a sum of its own."""
    amount = table.convert(line.amount, line.currency, line.period_to)
    if amount is None:
        return Total(Decimal(0), table.currency, {line.currency: line.amount}, 1)
    return Total(amount, table.currency, {}, 1)


def totals(lines: Iterable[LedgerLine], table: RateTable, key: Callable[[LedgerLine], K]) -> dict[K, Total]:
    """Return the sums of the groups that `key` parts the entries into."""
    found: dict[K, Total] = {}
    for line in lines:
        group = key(line)
        found[group] = found.get(group, nothing(table.currency)) + total_of(line, table)
    return found


@dataclass(frozen=True)
class PlannedActual:
    """What was planned for something, and what it came to."""

    planned: Total
    actual: Total

    @property
    def over(self) -> Decimal | None:
        """Return by which share of the plan the actual exceeds it: 0.75 for 35 of 20 (S2-19).

        Below zero is within the plan. None without a plan, or where part of the plan has no rate. Where part
        of the actual has none, it is at least that much.
        """
        if not self.planned.is_whole or self.planned.amount <= 0 or not self.actual.count:
            return None
        with localcontext(EXACT):
            return self.actual.amount / self.planned.amount - 1


def planned_actual(lines: Iterable[LedgerLine], table: RateTable) -> PlannedActual:
    rows = list(lines)
    return PlannedActual(
        *(
            total([row for row in rows if row.basis is basis], table)
            for basis in (Basis.PLANNED, Basis.ACTUAL)
        )
    )


# --- Over the months ---------------------------------------------------------------


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_after(day: date) -> date:
    """Return the first day of the month after the one of `day`."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def by_month(lines: Iterable[LedgerLine], table: RateTable, *, through: date) -> dict[date, Fraction]:
    """Return what falls into each month, by its first day, up to and including the day `through`.

    An entry is spread evenly over the days of its period. What has no rate is in no month. Fractions, so
    that a whole period comes to exactly the amount.
    """
    found: dict[date, Fraction] = {}
    for line in lines:
        amount = table.convert(line.amount, line.currency, line.period_to)
        if amount is None:
            continue
        days = (line.period_to - line.period_from).days + 1
        day, last = line.period_from, min(line.period_to, through)
        while day <= last:
            after = min(month_after(day), last + ONE)
            share = Fraction(amount) * (after - day).days / days
            found[month_of(day)] = found.get(month_of(day), Fraction(0)) + share
            day = after
    return dict(sorted(found.items()))

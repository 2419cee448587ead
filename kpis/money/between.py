"""The money of one pilot between two days, as a report shows and keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

from kpis.models import LedgerEntry
from kpis.money.read import line_of, tables_of
from kpis.money.sums import CENT, EXACT, LedgerLine, nothing, totals
from kpis.money.terms import Basis, Finding, LedgerKind
from kpis.money.words import said_amount
from pilots.models import Pilot


@dataclass(frozen=True)
class Between:
    """Actual amounts in the program's currency; `unconverted` by currency is what no rate was entered for.

    An entry counts with the share of its days that lie between. Amounts are kept as text in JSON.
    """

    currency: str
    cost: Decimal
    verified: Decimal
    claimed: Decimal
    unconverted: dict[str, Decimal] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        values["unconverted"] = {code: str(amount) for code, amount in self.unconverted.items()}
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> "Between":
        return cls(
            currency=values["currency"],
            cost=Decimal(values["cost"]),
            verified=Decimal(values["verified"]),
            claimed=Decimal(values["claimed"]),
            unconverted={code: Decimal(amount) for code, amount in values["unconverted"].items()},
        )

    def in_words(self) -> list[tuple[str, str]]:
        """Return label and amount of each; what could not be converted is said by itself."""
        rows = [
            ("Cost", self._said(self.cost)),
            ("Benefit, verified", self._said(self.verified)),
            ("Benefit, claimed and not checked", self._said(self.claimed)),
        ]
        left = ", ".join(said_amount(amount, code) for code, amount in sorted(self.unconverted.items()))
        return [*rows, ("Not added, no rate entered", left)] if left else rows

    def _said(self, amount: Decimal) -> str:
        return said_amount(amount, self.currency) if amount else "nothing written down"


def money_between(pilot: Pilot, first: date, last: date) -> Between:
    """Return what a pilot cost and brought from one day to another, both included; three queries."""
    table = tables_of([pilot.program_id])[pilot.program_id]
    entries = LedgerEntry.objects.filter(
        pilot=pilot, basis=Basis.ACTUAL.value, period_from__lte=last, period_to__gte=first
    ).exclude(finding=Finding.REJECTED.value)
    lines = [_within(line_of(entry), first, last) for entry in entries.order_by("pk")]
    sums = totals(lines, table, lambda line: (line.kind, line.finding))
    cost, verified, claimed = (
        sums.get(group, nothing(table.currency))
        for group in (
            (LedgerKind.COST, None),
            (LedgerKind.BENEFIT, Finding.VERIFIED),
            (LedgerKind.BENEFIT, None),
        )
    )
    apart = (cost + verified + claimed).unconverted
    return Between(table.currency, cost.amount, verified.amount, claimed.amount, dict(apart))


def _within(line: LedgerLine, first: date, last: date) -> LedgerLine:
    """Return the part of an entry that falls between, spread evenly over its days."""
    days = (line.period_to - line.period_from).days + 1
    within = (min(line.period_to, last) - max(line.period_from, first)).days + 1
    with localcontext(EXACT):
        return replace(line, amount=(line.amount * within / days).quantize(CENT))

"""What an entry of a ledger may be: kind, amount, currency, period, and the KPI it is about."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from kpis.models import LedgerEntry
from kpis.money.currencies import fault_of_currency
from kpis.money.sums import CENT
from kpis.money.terms import CATEGORIES, Basis, BenefitCategory, CostCategory, LedgerKind, MoneyPhase
from kpis.oneline import ALL_DIGITS
from pilots.actions.by import Reason, Refused
from pilots.actions.change import as_json
from pilots.actions.production_rules import faults_of_days, faults_of_texts, tidy
from pilots.calendar import Day, months_before

DECIMALS = 2
WHOLE_DIGITS = ALL_DIGITS - DECIMALS  # SQLite keeps a longer number as a float
LONGEST_YEARS = 10
AMOUNT_LIKE = f"Write an amount with at most {WHOLE_DIGITS} digits and {DECIMALS} decimals, such as 61000.50."
# What an entry is known by in events, in this order.
TOLD = (
    "kind",
    "category",
    "phase",
    "basis",
    "amount",
    "currency",
    "period_from",
    "period_to",
    "note",
    "kpi",
    "commitment",
    "decided_on",
    "decided_by",
    "decided_because",
    "finding",
    "checked_on",
    "checked_note",
)


def fault_of_amount(amount: Decimal) -> Reason | None:
    """Return why an amount of money cannot be kept; None for one that can."""
    if not amount.is_finite() or amount.adjusted() >= WHOLE_DIGITS or amount != amount.quantize(CENT):
        return Reason(AMOUNT_LIKE, "amount", "digits")
    if amount < 0:
        sentence = "An amount is no less than 0: what kind of money it is says which way it goes."
        return Reason(sentence, "amount", "negative")
    return None


def check_entry(row: LedgerEntry, *, today: date) -> list[Reason]:
    """Tidy an entry, and return every fault of it beside its field."""
    row.kind, row.phase = LedgerKind(row.kind).value, MoneyPhase(row.phase).value
    row.basis = Basis(row.basis).value
    tidy(row, ("note",))
    reasons = faults_of_texts(row, ("note",))
    if (fault := fault_of_amount(row.amount)) is not None:
        reasons.append(fault)
    else:
        row.amount = row.amount.quantize(CENT)
    if sentence := fault_of_currency(row.currency):
        reasons.append(Reason(sentence, "currency", "currency"))
    return [*reasons, *_faults_of_category(row), *_faults_of_period(row, today), *_faults_of_kpi(row)]


def _faults_of_category(row: LedgerEntry) -> list[Reason]:
    known = CATEGORIES[LedgerKind(row.kind)]
    reasons = []
    if row.category not in known:
        if row.kind == LedgerKind.BUDGET.value:
            sentence = "A budget has no category. Leave it out."
        else:
            noun, codes = (
                ("benefit", BenefitCategory)
                if row.kind == LedgerKind.BENEFIT.value
                else ("cost", CostCategory)
            )
            sentence = f"A {noun} is one of: {', '.join(code.value for code in codes)}."
        reasons.append(Reason(sentence, "category", "category"))
    if row.kind == LedgerKind.BUDGET.value and row.basis != Basis.PLANNED.value:
        sentence = "A budget is planned money. What was spent of it is a cost."
        reasons.append(Reason(sentence, "basis", "budget"))
    return reasons


def _faults_of_period(row: LedgerEntry, today: date) -> list[Reason]:
    reasons = faults_of_days(row, ("period_from", "period_to"), up_to=None)
    if reasons:
        return reasons
    if row.period_to < row.period_from:
        sentence = f"It begins on {Day(row.period_from)}. Choose that day or a later one."
        reasons.append(Reason(sentence, "period_to", "order"))
    elif months_before(row.period_to, 12 * LONGEST_YEARS) >= row.period_from:
        sentence = f"A period has at most {LONGEST_YEARS} years. Enter the money in parts."
        reasons.append(Reason(sentence, "period_to", "long"))
    if row.basis == Basis.ACTUAL.value and row.period_from > today:
        sentence = f"{Day(row.period_from)} has not come yet. Call it planned, or correct the day."
        reasons.append(Reason(sentence, "period_from", "future"))
    return reasons


def _faults_of_kpi(row: LedgerEntry) -> list[Reason]:
    if row.kpi is not None and row.kpi.pilot_id != row.pilot_id:
        sentence = f"“{row.kpi.name}” is a KPI of another pilot. Choose one of this pilot."
        return [Reason(sentence, "kpi", "other-pilot")]
    return []


def told_entry(row: LedgerEntry) -> dict[str, Any]:
    """Return an entry as events keep it: the amount as text, the KPI by its code, nothing unknown."""
    values: dict[str, Any] = {name: getattr(row, name) for name in TOLD}
    values["amount"] = f"{row.amount:.2f}"
    values["kpi"] = row.kpi.code if row.kpi else ""
    return {name: as_json(value) for name, value in values.items() if value not in (None, "")}


def clear(row: models.Model, names: Iterable[str]) -> None:
    """Empty some fields of a row, each as its column says nothing."""
    for name in names:
        field = row._meta.get_field(name)
        setattr(row, name, None if field.null else "")


def refuse(reasons: Iterable[Reason]) -> None:
    found = list(reasons)
    if found:
        raise Refused(found)

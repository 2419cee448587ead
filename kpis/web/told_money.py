"""What happened to a pilot's money, in sentences."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from kpis.money.terms import CATEGORIES, Basis, Commitment, Finding, LedgerKind, MoneyPhase
from kpis.money.words import said_amount
from pilots.access.models import Event
from pilots.web.told import Verb

# Codes of the ledger as people read them, for the fields that differ in an edit.
WORDS: dict[str, dict[str, str]] = {
    "category": {code: label for labels in CATEGORIES.values() for code, label in labels.items()},
    "basis": {basis.value: basis.label for basis in Basis},
    "commitment": {commitment.value: commitment.label for commitment in Commitment},
    "finding": {finding.value: finding.label for finding in Finding},
}
FOR_PHASE = {
    MoneyPhase.PILOT.value: "the pilot",
    MoneyPhase.PRODUCTION.value: "the way to production",
    MoneyPhase.RUN.value: "running it",
}


def _all(event: Event) -> dict[str, Any]:
    return {**event.before, **event.after}


def _amount(values: Mapping[str, Any]) -> str:
    try:
        return said_amount(Decimal(str(values.get("amount"))), str(values.get("currency", ""))).strip()
    except InvalidOperation:
        return "an amount"


def _money(values: Mapping[str, Any]) -> str:
    """Return such as “EUR 12,000 of compute for the pilot”."""
    category = WORDS["category"].get(str(values.get("category", "")), "") if values.get("category") else ""
    of = f" of {category.lower()}" if category else ""
    phase = FOR_PHASE.get(str(values.get("phase", "")))
    return f"{_amount(values)}{of}{f' for {phase}' if phase else ''}"


def _noun(values: Mapping[str, Any]) -> str:
    kind = str(values.get("kind", ""))
    if kind == LedgerKind.BUDGET.value:
        return "budget"
    planned = "planned " if values.get("basis") == Basis.PLANNED.value else ""
    return f"{planned}{kind or 'entry'}"


def _added(event: Event) -> str:
    return f"wrote down a {_noun(event.after)}: {_money(event.after)}"


def _edited(event: Event) -> str:
    was, now = event.before, event.after
    dropped = ""
    if was.get("finding") and not now.get("finding"):
        dropped = f"; that it was {was['finding']} counts no longer"
    if was.get("commitment") and not now.get("commitment"):
        dropped = f"; that it was {was['commitment']} counts no longer"
    return f"changed a {_noun(_all(event))}: {_money(_all(event))}{dropped}"


def _removed(event: Event) -> str:
    return f"removed a {_noun(event.before)}: {_money(event.before)}"


def _checked(event: Event) -> str:
    return f"{event.after.get('finding') or 'checked'} a benefit: {_money(_all(event))}"


def _decided(event: Event) -> str:
    values = _all(event)
    who = f", decided by {values['decided_by']}" if values.get("decided_by") else ""
    return f"{values.get('commitment') or 'decided about'} a budget: {_money(values)}{who}"


MONEY: dict[str, Verb] = {
    "ledger.added": Verb("plus", _added, words=lambda event: str(event.after.get("note", ""))),
    "ledger.edited": Verb("edit", _edited, shows=True),
    "ledger.removed": Verb("close", _removed),
    "ledger.checked": Verb("check", _checked, words=lambda event: str(event.after.get("checked_note", ""))),
    "ledger.decided": Verb(
        "decide", _decided, words=lambda event: str(event.after.get("decided_because", ""))
    ),
}

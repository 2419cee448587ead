"""Costs, benefits, budgets and entries of a pilot, row by row, in words."""

from dataclasses import dataclass
from datetime import date

from kpis.attainment import percent
from kpis.models import Kpi, LedgerEntry
from kpis.money.read import Benefits
from kpis.money.roi import OVERSPENT
from kpis.money.sums import PlannedActual, Total
from kpis.money.terms import CATEGORIES, Basis, Commitment, Finding, LedgerKind, MoneyPhase
from kpis.money.words import said
from pilots.calendar import Day, Precision
from pilots.web.spoken import brief, spoken

UNDECIDED = "Not decided"


@dataclass(frozen=True)
class State:
    """How far an entry is, in words; `kind` is "good", "bad", "open" or "" for the icon beside them."""

    words: str
    kind: str = ""


@dataclass(frozen=True)
class CostRow:
    """Planned against actual; `over` is “75 % over plan”, “within plan”, or why that cannot be told."""

    name: str
    planned: str
    actual: str
    over: str
    is_over: bool
    is_phase: bool = False


@dataclass(frozen=True)
class BenefitRow:
    name: str
    planned: str
    unchecked: str
    verified: str
    rejected: str


@dataclass(frozen=True)
class LimitRow:
    """What an answer may take or cost at most, and the newest reading on real data."""

    kpi: Kpi
    kind: str
    threshold: str
    latest: str
    state: State


@dataclass(frozen=True)
class EntryRow:
    """One entry; `may_check` leaves out those the reader wrote."""

    entry: LedgerEntry
    label: str
    what: str
    amount: str
    converted: str
    period: str
    state: State
    note: str
    may_check: bool
    may_decide: bool


def said_or_none(total: Total) -> str:
    return said(total) if total.count else "none"


def cost_row(name: str, cost: PlannedActual, *, is_phase: bool = False) -> CostRow:
    over = cost.over
    words, is_over = "", False
    if cost.actual.count and not cost.planned.count:
        words = "nothing planned"
    elif over is None:
        words = "not known" if cost.actual.count else ""
    elif over > 0:
        is_over = over > OVERSPENT
        words = f"{percent(over)} over plan" if percent(over) != "0 %" else "on plan"
    else:
        words = "within plan"
    return CostRow(
        name=name,
        planned=said_or_none(cost.planned),
        actual=said_or_none(cost.actual),
        over=words,
        is_over=is_over,
        is_phase=is_phase,
    )


def benefit_row(name: str, benefits: Benefits) -> BenefitRow:
    return BenefitRow(
        name=name,
        planned=said_or_none(benefits.planned),
        unchecked=said_or_none(benefits.unchecked),
        verified=said_or_none(benefits.verified),
        rejected=said_or_none(benefits.rejected),
    )


def period_words(entry: LedgerEntry, today: date) -> str:
    """Return “Nov 2026”, “2026”, “Jan to Mar 2026” or both days."""
    first, last = entry.period_from, entry.period_to
    if first == last:
        return spoken(first, today)
    whole = Day(date(first.year, first.month, 1), Precision.MONTH)
    if first.day == 1 and Day(last.replace(day=1), Precision.MONTH).latest == last:
        if (first.month, last.month, first.year) == (1, 12, last.year):
            return str(first.year)
        if whole.latest == last:
            return f"{first:%b} {first.year}"
        year = "" if first.year == last.year else f" {first.year}"
        return f"{first:%b}{year} to {last:%b} {last.year}"
    return f"{brief(Day(first), today)} to {brief(Day(last), today)}"


def label_words(entry: LedgerEntry) -> str:
    """Return “Cost: Compute, running it” or “Budget, running it”."""
    is_budget = entry.kind == LedgerKind.BUDGET.value
    return what_words(entry) if is_budget else f"{LedgerKind(entry.kind).label}: {what_words(entry)}"


def what_words(entry: LedgerEntry) -> str:
    """Return “Compute, running it”, “Cost saving, pilot” or “Budget, way to production”."""
    name = CATEGORIES[LedgerKind(entry.kind)][entry.category]
    return f"{name}, {MoneyPhase(entry.phase).label.lower()}"


def state_of(entry: LedgerEntry, today: date) -> State:
    """Return how far an entry is: planned or spent, checked or not, decided or not."""
    match entry.kind:
        case LedgerKind.BUDGET:
            return _commitment(entry, today)
        case LedgerKind.BENEFIT if entry.basis == Basis.ACTUAL.value:
            return _finding(entry, today)
        case LedgerKind.COST if entry.basis == Basis.ACTUAL.value:
            return State("Spent")
        case _:
            return State("Planned")


def _commitment(entry: LedgerEntry, today: date) -> State:
    if not entry.commitment or entry.decided_on is None:
        return State(UNDECIDED, "open")
    word = Commitment(entry.commitment).label
    by = f" by {entry.decided_by}" if entry.decided_by else ""
    because = f": {entry.decided_because}" if entry.decided_because else ""
    kind = "good" if entry.commitment == Commitment.COMMITTED.value else "bad"
    if entry.commitment == Commitment.RELEASED.value:
        kind = ""
    return State(f"{word} {spoken(entry.decided_on, today)}{by}{because}", kind)


def _finding(entry: LedgerEntry, today: date) -> State:
    if not entry.finding or entry.checked_on is None:
        return State("Claimed, not checked", "open")
    by = f" by {entry.checked_by}" if entry.checked_by else ""
    note = f": {entry.checked_note}" if entry.checked_note else ""
    kind = "good" if entry.finding == Finding.VERIFIED.value else "bad"
    return State(f"{Finding(entry.finding).label} {spoken(entry.checked_on, today)}{by}{note}", kind)

"""Writes down what a pilot costs, brings and may spend, and what somebody found or decided about it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count

from kpis.actions.ledger_rules import check_entry, clear, refuse, told_entry
from kpis.models import Kpi, LedgerEntry
from kpis.money.terms import Basis, Commitment, Finding, LedgerKind, MoneyPhase
from pilots.access.models import Event, Movement, User
from pilots.access.permissions import Deed
from pilots.actions.by import By, Forbidden, Reason, Refused
from pilots.actions.change import Change, changing
from pilots.actions.production_rules import (
    changed,
    faults_of_days,
    faults_of_texts,
    refuse_unknown,
    tidy,
    versions,
)
from pilots.models import Pilot

EDITABLE = (
    "category",
    "phase",
    "basis",
    "amount",
    "currency",
    "period_from",
    "period_to",
    "note",
    "kpi",
)
# What somebody checked or decided about: where it changes, they did so about something else.
CLAIMED = frozenset({"category", "basis", "amount", "currency", "period_from", "period_to"})
DECIDED = frozenset({"phase", "amount", "currency", "period_from", "period_to"})
KNOWN_BY = ("kind", "category", "phase", "amount", "currency")
FINDING = ("finding", "checked_by", "checked_on", "checked_note")
DECISION = ("commitment", "decided_on", "decided_by", "decided_because")
MOST_AT_ONCE = 500
MOST_ENTRIES = 5_000  # of one pilot


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """Money to write down; both days belong to the period. A budget has no category and is planned."""

    pilot: Pilot
    kind: LedgerKind
    phase: MoneyPhase
    amount: Decimal
    currency: str
    period_from: date
    period_to: date
    category: str = ""
    basis: Basis = Basis.PLANNED
    note: str = ""
    kpi: Kpi | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class EntryEdit:
    """New values for some of `EDITABLE`; what is not named stays."""

    entry: LedgerEntry
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class RemoveEntry:
    entry: LedgerEntry
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Check:
    """Somebody says of a claimed benefit that it came, or that it did not; then `note` says why."""

    entry: LedgerEntry
    finding: Finding
    note: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class BudgetDecision:
    """What became of a budget, who decided it and when; `because` is wanted unless it is committed."""

    entry: LedgerEntry
    commitment: Commitment
    decided_on: date
    decided_by: str
    because: str = ""
    version: int | None = None


class EntriesRefused(Refused):
    """`rows` maps the place of an entry, counted from 0, to what is wrong with it."""

    def __init__(self, rows: Mapping[int, Sequence[Reason]], *, sent: int) -> None:
        self.rows = rows
        super().__init__(
            Reason(
                reason.sentence if sent == 1 else f"Entry {place + 1}: {reason.sentence}",
                reason.field,
                reason.code,
            )
            for place, reasons in rows.items()
            for reason in reasons
        )


def add_entry(new: NewEntry, *, by: By) -> LedgerEntry:
    return add_entries([new], by=by)[0]


def add_entries(news: Sequence[NewEntry], *, by: By) -> list[LedgerEntry]:
    """Write down each entry, or none of them; SQLite takes 45 in one query, PostgreSQL all.

    Raises `EntriesRefused` with every fault, and `Refused` for too many at once.
    """
    if len(news) > MOST_AT_ONCE:
        sentence = f"At most {MOST_AT_ONCE} entries at a time; these are {len(news):,}. Send them in parts."
        raise Refused.because(sentence, code="too-many")
    read = {new.pilot.pk: new.version for new in news if new.version is not None}
    with changing([new.pilot for new in news], deed=Deed.ENTER_MONEY, by=by, versions=read) as change:
        rows = [_row(new, change) for new in news]
        faults = {place: check_entry(row, today=_today(row, change)) for place, row in enumerate(rows)}
        if found := {place: reasons for place, reasons in faults.items() if reasons}:
            raise EntriesRefused(found, sent=len(news))
        _refuse_too_many(rows)
        LedgerEntry.objects.bulk_create(rows)
        for row in rows:
            change.record(change.pilots[row.pilot_id], "ledger.added", after=_told(row))
    return rows


def edit_entry(edit: EntryEdit, *, by: By) -> LedgerEntry:
    """Write the named fields; what keeps its value leaves no trace.

    What was found of a benefit, or decided about a budget, was so of another amount, period or kind when
    one of these changes: it is taken back, and the event says so. Raises `LedgerEntry.DoesNotExist` for
    an entry that was removed meanwhile.
    """
    refuse_unknown(edit.fields, EDITABLE)
    with _changing(edit.entry, edit.version, Deed.ENTER_MONEY, by) as change:
        row = _locked(edit.entry)
        before = told_entry(row)
        for name, value in edit.fields.items():
            setattr(row, name, value)
        refuse(check_entry(row, today=_today(row, change)))
        moved = {name for name in EDITABLE if before.get(name) != told_entry(row).get(name)}
        if row.finding and moved & CLAIMED:
            clear(row, FINDING)
        if row.commitment and moved & DECIDED:
            clear(row, DECISION)
        if moved:
            row.save(update_fields=[*EDITABLE, *FINDING, *DECISION])
            _note(change, row, "ledger.edited", before)
    return row


def remove_entry(remove: RemoveEntry, *, by: By) -> None:
    """Take an entry out of the ledger; what it was stays in the events."""
    with _changing(remove.entry, remove.version, Deed.ENTER_MONEY, by) as change:
        row = _locked(remove.entry)
        change.record(change.pilots[row.pilot_id], "ledger.removed", before=_told(row))
        row.delete()


def check_benefit(check: Check, *, by: By) -> LedgerEntry:
    """Say of an actual benefit whether it came; only what was verified counts in ROI.

    Nobody checks what they wrote: raises `Forbidden` for whoever entered it, or changed what is claimed.
    """
    with _changing(check.entry, check.version, Deed.CHECK_BENEFIT, by) as change:
        row = _locked(check.entry)
        pilot = change.pilots[row.pilot_id]
        refuse_own(row, by.user)
        if row.kind != LedgerKind.BENEFIT.value or row.basis != Basis.ACTUAL.value:
            sentence = "Only a benefit that is said to have come can be checked."
            raise Refused.because(sentence, field="finding", code="not-claimed")
        before = told_entry(row)
        row.finding, row.checked_note = Finding(check.finding).value, check.note
        row.checked_by, row.checked_on = by.user, by.today(pilot.program)
        tidy(row, ("checked_note",))
        reasons = faults_of_texts(row, ("checked_note",))
        if row.finding == Finding.REJECTED.value and not row.checked_note:
            sentence = "Write why it is rejected, for whoever claimed it."
            reasons.append(Reason(sentence, "checked_note", "required"))
        refuse(reasons)
        if told_entry(row) != before:
            row.save(update_fields=list(FINDING))
            _note(change, row, "ledger.checked", before)
    return row


def decide_budget(decision: BudgetDecision, *, by: By) -> LedgerEntry:
    """Write down what was decided about a budget; a later decision takes the place of an earlier one."""
    with _changing(decision.entry, decision.version, Deed.CONCLUDE, by) as change:
        row = _locked(decision.entry)
        if row.kind != LedgerKind.BUDGET.value:
            sentence = "Only a budget can be committed, deferred, redirected or released."
            raise Refused.because(sentence, field="commitment", code="no-budget")
        before = told_entry(row)
        row.commitment, row.decided_on = Commitment(decision.commitment).value, decision.decided_on
        row.decided_by, row.decided_because = decision.decided_by, decision.because
        tidy(row, ("decided_by", "decided_because"))
        refuse(_faults_of_decision(row, today=_today(row, change)))
        if told_entry(row) != before:
            row.save(update_fields=list(DECISION))
            _note(change, row, "ledger.decided", before, movement=Movement.MOVED)
    return row


def _faults_of_decision(row: LedgerEntry, *, today: date) -> list[Reason]:
    reasons = faults_of_texts(row, ("decided_by", "decided_because"))
    reasons += faults_of_days(row, ("decided_on",), up_to=today)
    if not row.decided_by:
        reasons.append(Reason("Say who decided: a person or a committee.", "decided_by", "required"))
    if row.commitment != Commitment.COMMITTED.value and not row.decided_because:
        word = Commitment(row.commitment).label.lower()
        reasons.append(Reason(f"Write why it is {word}.", "decided_because", "required"))
    return reasons


# --- Steps they share --------------------------------------------------------------


def _changing(entry: LedgerEntry, version: int | None, deed: Deed, by: By) -> AbstractContextManager[Change]:
    return changing([entry.pilot], deed=deed, by=by, versions=versions(entry.pilot, version))


def _locked(wanted: LedgerEntry) -> LedgerEntry:
    """Return the row as it is now that its pilot is locked."""
    return LedgerEntry.objects.select_related("kpi").get(pk=wanted.pk, pilot=wanted.pilot_id)


def _row(new: NewEntry, change: Change) -> LedgerEntry:
    return LedgerEntry(
        pilot=change.pilots[new.pilot.pk],
        kind=new.kind,
        category=new.category,
        phase=new.phase,
        basis=new.basis,
        amount=new.amount,
        currency=new.currency,
        period_from=new.period_from,
        period_to=new.period_to,
        note=new.note,
        kpi=new.kpi,
        entered_by=change.by.user,
        entered_at=change.by.at,
    )


def _today(row: LedgerEntry, change: Change) -> date:
    return change.by.today(change.pilots[row.pilot_id].program)


def _refuse_too_many(rows: Sequence[LedgerEntry]) -> None:
    pilots = {row.pilot_id: row.pilot for row in rows}
    stored = LedgerEntry.objects.filter(pilot__in=list(pilots)).order_by()
    held = Counter(dict(stored.values_list("pilot_id").annotate(number=Count("pk"))))
    held.update(row.pilot_id for row in rows)
    for pk, pilot in pilots.items():
        if held[pk] > MOST_ENTRIES:
            sentence = f"{pilot.key} would have more than {MOST_ENTRIES:,} entries. Enter sums by month."
            raise Refused.because(sentence, code="too-many")


def refuse_own(row: LedgerEntry, user: User | None) -> None:
    """The system checks on somebody else's word; a person never their own: raises `Forbidden`."""
    if user is not None and row.pk in own_claims([row], user):
        raise Forbidden("Nobody checks what they entered themselves: ask another of those who may.")


def own_claims(rows: Sequence[LedgerEntry], user: User) -> set[int]:
    """Return the ids of those of a pilot's entries that somebody entered, or whose claim they changed."""
    found = {row.pk for row in rows if row.entered_by_id == user.pk}
    edits = Event.objects.filter(
        pilot_id__in={row.pilot_id for row in rows}, verb="ledger.edited", actor=user
    )
    return found | {event.after.get("entry") for event in edits.order_by("pk") if _claims(event)}


def _claims(event: Event) -> bool:
    return any(event.before.get(name) != event.after.get(name) for name in CLAIMED)


def _told(row: LedgerEntry) -> dict[str, Any]:
    return {"entry": row.pk, **told_entry(row)}


def _note(
    change: Change,
    row: LedgerEntry,
    verb: str,
    before: Mapping[str, Any],
    *,
    movement: Movement = Movement.NONE,
) -> None:
    """Record what changed of an entry, with what it is known by."""
    known = {name: told_entry(row).get(name) for name in KNOWN_BY}
    difference = changed(before, told_entry(row), known_by="kind")
    was, now = difference or ({}, {})
    named = {name: value for name, value in known.items() if value and name not in now}
    change.record(
        change.pilots[row.pilot_id],
        verb,
        before={"entry": row.pk, **named, **was},
        after={"entry": row.pk, **named, **now},
        movement=movement,
    )

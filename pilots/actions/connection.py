"""Lists what a pilot reads from and writes to, and says how far each connection is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing
from pilots.actions.production_rules import (
    changed,
    faults_of_days,
    faults_of_texts,
    refuse_ended,
    refuse_too_many,
    refuse_unknown,
    tidy,
    told,
    versions,
)
from pilots.design import ConnectionKind, ConnectionState
from pilots.models import Connection, Pilot

TEXTS = ("name", "owner", "origin", "transformations", "approved_by", "constraints")
DAYS = ("contract_agreed_on", "access_reviewed_on", "quality_checked_on", "tested_on")
EDITABLE = ("name", "kind", "state", "is_live", *TEXTS[1:], *DAYS, "freshness_hours")
MOST_HOURS = 87_600  # ten years


@dataclass(frozen=True, kw_only=True)
class NewConnection:
    """A connection to list. `fields` names any others of `EDITABLE`; what is not named is not known."""

    pilot: Pilot
    name: str
    kind: ConnectionKind
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class ConnectionEdit:
    """New values for some of `EDITABLE`; what is not named stays."""

    connection: Connection
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class RemoveConnection:
    connection: Connection
    version: int | None = None


def add_connection(new: NewConnection, *, by: By) -> Connection:
    """List a connection. A pilot that was said to stand alone does so no longer, and the event tells."""
    refuse_unknown(new.fields, EDITABLE)
    read = versions(new.pilot, new.version)
    with changing([new.pilot], deed=Deed.EDIT, by=by, versions=read) as change:
        pilot = change.pilots[new.pilot.pk]
        others = _there(pilot)
        row = Connection(pilot=pilot, **{**new.fields, "name": new.name, "kind": new.kind})
        refuse_too_many(len(others) + 1, "connections")
        _check(row, others, change)
        row.save(force_insert=True)
        before, _ = change.set(pilot, stands_alone_because="")
        change.record(pilot, "connection.added", before=before, after=told(row, EDITABLE))
    return row


def edit_connection(edit: ConnectionEdit, *, by: By) -> Connection:
    """Write the named fields; what keeps its value leaves no trace.

    Raises `Connection.DoesNotExist` for one that was removed meanwhile.
    """
    refuse_unknown(edit.fields, EDITABLE)
    pilot = edit.connection.pilot
    read = versions(pilot, edit.version)
    with changing([pilot], deed=Deed.EDIT, by=by, versions=read) as change:
        pilot = change.pilots[pilot.pk]
        row, others = _apart(_there(pilot), edit.connection)
        before = told(row, EDITABLE)
        for name, value in edit.fields.items():
            setattr(row, name, value)
        _check(row, others, change)
        if difference := changed(before, told(row, EDITABLE), known_by="name"):
            row.save(update_fields=list(EDITABLE))
            change.record(pilot, "connection.edited", before=difference[0], after=difference[1])
    return row


def remove_connection(remove: RemoveConnection, *, by: By) -> None:
    """Take a connection off the list; what it was stays in the events."""
    pilot = remove.connection.pilot
    read = versions(pilot, remove.version)
    with changing([pilot], deed=Deed.EDIT, by=by, versions=read) as change:
        pilot = change.pilots[pilot.pk]
        refuse_ended(pilot)
        row, _ = _apart(_there(pilot), remove.connection)
        change.record(pilot, "connection.removed", before=told(row, EDITABLE))
        row.delete()


# --- What a connection may be --------------------------------------------------------


def _check(row: Connection, others: Iterable[Connection], change: Change) -> None:
    pilot = change.pilots[row.pilot_id]
    refuse_ended(pilot)
    row.kind, row.state = ConnectionKind(row.kind).value, ConnectionState(row.state).value
    tidy(row, TEXTS)
    row.name = " ".join(row.name.split())
    reasons = [*faults_of_texts(row, TEXTS), *_faults_of_name(row, others)]
    reasons += faults_of_days(row, DAYS, up_to=change.by.today(pilot.program))
    reasons += _faults_of_state(row)
    if row.contract_agreed_on and not row.owner:
        sentence = "One side alone agrees on nothing: name who agreed on the other side."
        reasons.append(Reason(sentence, "owner", "one-sided"))
    if row.freshness_hours is not None and not 1 <= row.freshness_hours <= MOST_HOURS:
        sentence = f"Write hours from 1 to {MOST_HOURS:,}, or leave it empty."
        reasons.append(Reason(sentence, "freshness_hours", "range"))
    if reasons:
        raise Refused(reasons)


def _faults_of_name(row: Connection, others: Iterable[Connection]) -> list[Reason]:
    if not row.name:
        return [Reason("Say what it connects to.", "name", "required")]
    if any(other.name.casefold() == row.name.casefold() for other in others):
        sentence = f"It has a connection “{row.name}” already. Give this one another name."
        return [Reason(sentence, "name", "repeated")]
    return []


def _faults_of_state(row: Connection) -> list[Reason]:
    """A test is of the real thing and has a day (S4-17)."""
    if row.state != ConnectionState.TESTED.value:
        if row.tested_on is None:
            return []
        sentence = "It has a day of its test. Choose Tested, or empty the day."
        return [Reason(sentence, "tested_on", "not-tested")]
    reasons = []
    if row.tested_on is None:
        reasons.append(Reason("Write the day on which it was tested.", "tested_on", "required"))
    if row.is_live is not True:
        sentence = (
            "A test against a copy or a sandbox does not count. "
            "Say that it is the real thing, or leave it at Connected."
        )
        reasons.append(Reason(sentence, "is_live", "sandbox"))
    return reasons


# --- Steps they share --------------------------------------------------------------


def _there(pilot: Pilot) -> list[Connection]:
    """Return the connections of a pilot, now that it is locked."""
    return list(Connection.objects.filter(pilot=pilot).order_by("pk"))


def _apart(rows: list[Connection], wanted: Connection) -> tuple[Connection, list[Connection]]:
    found = next((row for row in rows if row.pk == wanted.pk), None)
    if found is None:
        raise Connection.DoesNotExist("The connection was removed meanwhile.")
    return found, [row for row in rows if row is not found]

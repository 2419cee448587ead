"""Remembers what a register said about pilots, so that the next import knows its rows again."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from pilots.access.models import Event
from pilots.access.permissions import Deed
from pilots.actions.by import By
from pilots.actions.change import require
from pilots.actions.event import event
from pilots.models import Pilot, RegisterEntry
from pilots.models.pilot import relations
from pilots.rows import insert_new, update_rows

COLUMNS = ("reference", "family", "digest", "as_of", "values")


@dataclass(frozen=True, kw_only=True)
class RegisterRow:
    """What one row of a register said about a pilot; `entry` is the id of the row it replaces, if any."""

    pilot: Pilot
    register: str
    reference: str
    family: str
    digest: str
    as_of: date
    values: Mapping[str, Any]
    entry: int | None = None


@contextmanager
def one_import_at_a_time() -> Iterator[None]:
    """Hold a transaction in which nobody else imports: whoever comes second waits, then sees the result.

    On SQLite every writing transaction is such a one. Reading goes on meanwhile on both engines.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f'LOCK TABLE "{RegisterEntry._meta.db_table}" IN SHARE ROW EXCLUSIVE MODE')
        yield


def remember_rows(
    rows: Sequence[RegisterRow],
    *,
    by: By,
    subject: str,
    counts: Mapping[str, int],
    batch: uuid.UUID,
) -> None:
    """Insert or renew the entry of each row, or of none; one event tells of the whole import."""
    with transaction.atomic():
        standing = relations(by.user, [row.pilot for row in rows])
        for row in rows:
            require(Deed.IMPORT, standing[row.pilot.pk])
        entries = [_entry(row) for row in rows]
        insert_new(RegisterEntry, [entry for entry in entries if entry.pk is None])
        update_rows(RegisterEntry, [entry for entry in entries if entry.pk is not None], COLUMNS)
        Event.objects.bulk_create(
            [event("register.imported", by=by, subject=subject, after=counts, batch=batch)]
        )


def put_back_rows(entries: Mapping[int, Mapping[str, Any] | None], *, register: str, by: By) -> None:
    """Let a register's entries of these pilots say what they said before; None where there was none.

    `entries` is by pilot id and holds `COLUMNS`, `as_of` as ISO text.
    """
    with transaction.atomic():
        rows = list(
            RegisterEntry.objects.filter(register=register, pilot__in=list(entries)).select_related("pilot")
        )
        standing = relations(by.user, [row.pilot for row in rows])
        gone, again = [], []
        for row in rows:
            require(Deed.IMPORT, standing[row.pilot_id])
            before = entries[row.pilot_id]
            if before is None:
                gone.append(row.pk)
                continue
            for name in COLUMNS:
                setattr(row, name, date.fromisoformat(before[name]) if name == "as_of" else before[name])
            again.append(row)
        RegisterEntry.objects.filter(pk__in=gone).delete()
        update_rows(RegisterEntry, again, COLUMNS)


def _entry(row: RegisterRow) -> RegisterEntry:
    return RegisterEntry(
        pk=row.entry,
        pilot=row.pilot,
        register=row.register,
        reference=row.reference,
        family=row.family,
        digest=row.digest,
        as_of=row.as_of,
        values=dict(row.values),
    )

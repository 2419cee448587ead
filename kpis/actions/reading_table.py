"""Takes in a table of readings: says what would become of each row, then records all of them or none."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from django.db import transaction

from kpis.actions.measurement import NewReading, Recorded, Unread, record_readings
from kpis.csv_readings import Fault, Row, read_table
from kpis.models import Kpi
from kpis.terms import Entry, Provenance
from pilots.actions.by import By, Reason

SOURCE = "table"  # of readings whose row names neither a source nor an id
_LONGEST_LABEL = 80


@dataclass(frozen=True)
class ReadingTable:
    """A table as it was read. `news` holds a reading, or why there is none, for each line in `numbers`.

    `faults` are of the table as a whole: then no row was read. `typed` is what stands in a line's cells
    for KPI, day and value.
    """

    numbers: Sequence[int]
    news: Sequence[NewReading | Unread]
    faults: Sequence[str] = ()
    typed: Mapping[int, Mapping[str, str]] = field(default_factory=dict)


def take_apart(
    text: str,
    *,
    kpis: Sequence[Kpi],
    zone: tzinfo,
    provenance: Provenance | None = None,
    is_meant: bool = False,
) -> ReadingTable:
    """Return the rows of a table; KPIs are named by code or by name.

    A row without an id is known by its KPI, day, provenance and version of the model: sent again it is the
    same reading, and with another number it replaces the first.
    """
    named = {name: kpi for kpi in kpis for name in (kpi.name, kpi.code)}
    found = read_table(text, kpis=named, zone=zone, provenance=provenance)
    if all(isinstance(one, Fault) and one.row == 1 for one in found):
        return ReadingTable((), (), [_sentence(one) for one in found if isinstance(one, Fault)])
    rows: dict[int, NewReading | Unread] = {}
    lines: dict[tuple[int, str, str], int] = {}
    typed: dict[int, Mapping[str, str]] = {}
    for one in found:
        if isinstance(one, Fault):
            typed[one.row] = one.typed
            before = rows.get(one.row)
            known = before.reasons if isinstance(before, Unread) else ()
            rows[one.row] = Unread((*known, Reason(_sentence(one), one.column, "unreadable")))
            continue
        typed[one.number] = one.typed
        new = _reading(one, is_meant=is_meant)
        first = lines.setdefault((new.kpi.pk, new.source, new.external_id), one.number)
        rows[one.number] = new if first == one.number else Unread((_repeated(one, first),))
    return ReadingTable(list(rows), list(rows.values()), typed=typed)


def look_through(table: ReadingTable, *, entry: Entry, by: By) -> list[Recorded]:
    """Return what would become of each row, by doing it and taking all of it back."""
    with transaction.atomic():
        found = record_readings(table.news, entry=entry, by=by, partial=True)
        transaction.set_rollback(True)
    return found


def seal_of(text: str, provenance: str, *, is_meant: bool) -> str:
    """Return what a table is known by, so that only what somebody looked at is saved."""
    return hashlib.sha256(f"{provenance}|{is_meant}|{text}".encode()).hexdigest()


def _reading(row: Row, *, is_meant: bool) -> NewReading:
    source, external_id = row.source, row.external_id
    if not external_id:
        parts = (row.measured_at.isoformat(), row.provenance.value, row.model_version[:_LONGEST_LABEL])
        source, external_id = source or SOURCE, " ".join(filter(None, parts))
    return NewReading(
        kpi=row.kpi,
        value=row.value,
        provenance=row.provenance,
        measured_at=row.measured_at,
        window_from=row.window_from,
        sample_size=row.sample_size,
        model_version=row.model_version or None,
        source=source,
        external_id=external_id,
        note=row.note,
        is_meant=is_meant,
    )


def _repeated(row: Row, first: int) -> Reason:
    if row.external_id:
        sentence = f"Row {first} has the same external_id. Give each reading its own."
    else:
        sentence = (
            f"Row {first} is of the same KPI, day and provenance. Leave one out, or give each an external_id."
        )
    return Reason(sentence, "external_id", "repeated")


def _sentence(fault: Fault) -> str:
    return f"{fault.column}: {fault.reason}" if fault.column else fault.reason

"""Records readings of KPIs, corrects them by a new revision, and withdraws them. None is ever changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kpis.actions.reading_rows import (
    Batch,
    NewReading,
    Outcome,
    Recorded,
    Unread,
    faults_of_pilot,
    told,
    write_rows,
)
from kpis.models import Measurement
from kpis.reading import MOST_READINGS, too_many
from kpis.terms import REAL, Entry
from pilots.access.models import Movement, Source
from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.actions.production_rules import refuse_unknown
from pilots.models import Pilot

__all__ = [
    "CORRECTABLE",
    "LONGEST_REASON",
    "MOST_READINGS",
    "Correction",
    "NewReading",
    "Outcome",
    "ReadingsRefused",
    "Recorded",
    "Unread",
    "WithdrawReading",
    "correct_reading",
    "record_readings",
    "refuse_gone",
    "withdraw_reading",
]

CORRECTABLE = ("value", "measured_at", "window_from", "sample_size", "provenance", "model_version", "note")
LONGEST_REASON = 500


class ReadingsRefused(Refused):
    """`rows` maps the place of a reading, counted from 0, to what is wrong with it."""

    def __init__(self, rows: Mapping[int, Sequence[Reason]], *, sent: int) -> None:
        self.rows = rows
        super().__init__(
            Reason(reason.sentence if sent == 1 else f"Row {place + 1}: {reason.sentence}", *_rest(reason))
            for place, reasons in rows.items()
            for reason in reasons
        )


def _rest(reason: Reason) -> tuple[str, str]:
    return reason.field, reason.code


def record_readings(
    news: Sequence[NewReading | Unread], *, entry: Entry, by: By, partial: bool = False
) -> list[Recorded]:
    """Record each reading, or none of them; with `partial` all but those that are refused.

    One that was sent before under the same source and external id is unchanged when it says the same, and
    a new revision when it says something else; both revisions stay. Costs the same number of queries for
    any number of readings. Raises `ReadingsRefused` with all that is wrong.
    """
    if len(news) > MOST_READINGS:
        raise Refused.because(too_many(len(news)), code="too-many")
    read = {place: new for place, new in enumerate(news) if isinstance(new, NewReading)}
    refused = {place: list(new.reasons) for place, new in enumerate(news) if isinstance(new, Unread)}
    with changing(_pilots(read.values()), deed=Deed.MEASURE, by=by) as change:
        batch = Batch(change, read, entry=entry)
        refused |= batch.refused()
        if refused and not partial:
            raise ReadingsRefused(dict(sorted(refused.items())), sent=len(news))
        found = batch.store({place: new for place, new in read.items() if place not in refused}, entry=entry)
        _tell(change, found.values(), entry=entry)
    return [
        Recorded(Outcome.REFUSED, None, tuple(refused[place])) if place in refused else found[place]
        for place in range(len(news))
    ]


def _pilots(news: Iterable[NewReading]) -> list[Pilot]:
    return [Pilot(pk=pk) for pk in {new.kpi.pilot_id for new in news}]


# --- What is told ------------------------------------------------------------------------


def _tell(change: Change, recorded: Iterable[Recorded], *, entry: Entry) -> None:
    """Note one event for each pilot of which anything was written."""
    written: dict[int, dict[int, list[Recorded]]] = {}
    for one in recorded:
        if one.measurement is not None and one.outcome is not Outcome.UNCHANGED:
            kpi = one.measurement.kpi
            written.setdefault(kpi.pilot_id, {}).setdefault(kpi.pk, []).append(one)
    by_person = entry is not Entry.API and change.by.source is Source.WEB
    for pilot_id, by_kpi in written.items():
        change.record(
            change.pilots[pilot_id],
            "measurement.recorded",
            after={"entry": entry.value, "kpis": [_summary(rows) for rows in by_kpi.values()]},
            movement=Movement.MOVED if by_person and _is_real(by_kpi.values()) else Movement.NONE,
            touches=False,
        )


def _is_real(recorded: Iterable[Sequence[Recorded]]) -> bool:
    """Return whether any of it is of real cases: a demo or a chosen set is no movement."""
    rows = (one.measurement for ones in recorded for one in ones)
    return any(row is not None and row.provenance in REAL for row in rows)


def _summary(recorded: Sequence[Recorded]) -> dict[str, Any]:
    """Return how many readings of one KPI there were, how many of them revised others, and the newest."""
    rows = [one.measurement for one in recorded if one.measurement is not None]
    newest = max(rows, key=lambda row: (row.measured_at, row.pk))
    revised = sum(one.outcome is Outcome.SUPERSEDED for one in recorded)
    return {
        "code": newest.kpi.code,
        "kpi": newest.kpi.name,
        "readings": len(rows),
        "revised": revised,
        **told(newest),
    }


# --- Corrections -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Correction:
    """New values for some of `CORRECTABLE`, and why; what is not named stays.

    The reason is of the event alone, and stands on the reading that was replaced.
    """

    measurement: Measurement
    reason: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    entry: Entry = Entry.FORM
    is_meant: bool = False


@dataclass(frozen=True, kw_only=True)
class WithdrawReading:
    """Somebody says that a reading does not hold."""

    measurement: Measurement
    reason: str


def correct_reading(correction: Correction, *, by: By) -> Measurement:
    """Put a new revision in a reading's place; both stay to be seen. What changes nothing leaves no trace.

    Raises `Refused` for one that was corrected or withdrawn before, and for what no reading may be.
    """
    refuse_unknown(correction.fields, CORRECTABLE)
    with changing([Pilot(pk=correction.measurement.kpi.pilot_id)], deed=Deed.MEASURE, by=by) as change:
        row = _current(correction.measurement, change)
        reasons = _faults_of_reason(correction.reason)
        kept = {name: getattr(row, name) for name in CORRECTABLE}
        new = NewReading(
            **{"kpi": row.kpi, **kept, **correction.fields},
            source=row.source,
            external_id=row.external_id,
            is_meant=correction.is_meant or correction.fields.get("value", row.value) == row.value,
        )
        batch = Batch(change, {0: new}, entry=correction.entry)
        if reasons := [*reasons, *batch.faults(new)]:
            raise Refused(reasons)
        revised = batch.row(new, entry=correction.entry, before=row)
        before, after = told(row), told(revised)
        changed = [name for name in CORRECTABLE if name != "note" and before.get(name) != after.get(name)]
        if not changed and ("note" not in correction.fields or revised.note == row.note):
            return row
        write_rows([revised])
        if "note" in correction.fields:
            changed.append("note")
        change.record(
            change.pilots[row.kpi.pilot_id],
            "measurement.corrected",
            before={**_known_by(row), **{name: before.get(name) for name in changed}},
            after={**_known_by(row), **{name: after.get(name) for name in changed}},
            reason=correction.reason.strip(),
            touches=False,
        )
    return revised


def withdraw_reading(withdrawal: WithdrawReading, *, by: By) -> Measurement:
    """Take a reading out of all figures; it stays to be seen, with who said so and why."""
    with changing([Pilot(pk=withdrawal.measurement.kpi.pilot_id)], deed=Deed.MEASURE, by=by) as change:
        row = _current(withdrawal.measurement, change)
        if reasons := _faults_of_reason(withdrawal.reason):
            raise Refused(reasons)
        row.is_current = False
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_because = by.at, by.user, withdrawal.reason.strip()
        row.save(update_fields=["is_current", "withdrawn_at", "withdrawn_by", "withdrawn_because"])
        change.record(
            change.pilots[row.kpi.pilot_id],
            "measurement.withdrawn",
            before={**_known_by(row), **told(row)},
            reason=row.withdrawn_because,
            touches=False,
        )
    return row


def _current(wanted: Measurement, change: Change) -> Measurement:
    """Return a reading as it is now that its pilot is locked; raise `Refused` for one that holds no more."""
    row = Measurement.objects.select_related("kpi", "model_version").get(pk=wanted.pk)
    row.kpi.pilot = pilot = change.pilots[row.kpi.pilot_id]
    if reasons := faults_of_pilot(pilot):
        raise Refused(reasons)
    refuse_gone(row)
    return row


def refuse_gone(row: Measurement) -> None:
    """Raise `Refused` for a reading that holds no longer."""
    if row.withdrawn_at is not None:
        raise Refused.because(f"It was withdrawn before: {row.withdrawn_because}", code="withdrawn")
    if not row.is_current:
        raise Refused.because(
            "It was corrected before. Take the reading that replaced it.", code="superseded"
        )


def _faults_of_reason(reason: str) -> list[Reason]:
    refuse_unstorable({"reason": reason})
    if not reason.strip():
        return [Reason("Say why it does not hold.", "reason", "reason")]
    if len(reason) > LONGEST_REASON:
        return [Reason(f"Write at most {LONGEST_REASON} characters.", "reason", "length")]
    return []


def _known_by(row: Measurement) -> dict[str, Any]:
    return {"code": row.kpi.code, "kpi": row.kpi.name, "measurement": row.pk, "unit": row.kpi.unit}

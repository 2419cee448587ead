"""Readings that are recorded together: whether each may be, and the rows they become."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from kpis.models import Kpi, Measurement
from kpis.reading import day_of, moment_of, plain, wrongs
from kpis.terms import Entry, Provenance
from pilots.actions.by import Reason
from pilots.actions.change import Change
from pilots.calendar import Day
from pilots.models import ModelVersion, Pilot
from pilots.rows import insert_known

MEANT = "To say so, send “is_meant”: true."


class Outcome(StrEnum):
    """What became of a reading that was sent."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewReading:
    """A reading to record.

    `measured_at` is the end of its window: a moment, a day (of noon there, in the program's zone), or None
    for now. `model_version` may be the label of one of the pilot's. `source` and `external_id` are the tool
    it comes from and what that tool calls it: sent again it is known again. `is_meant` answers the question
    whether 0.91 is 91 %.
    """

    kpi: Kpi
    value: Decimal
    provenance: Provenance | str
    measured_at: datetime | date | None = None
    window_from: date | None = None
    sample_size: int | None = None
    model_version: ModelVersion | str | None = None
    source: str = ""
    external_id: str = ""
    note: str = ""
    is_meant: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A row the door could not read as a reading; it stands among the others, so that all is said at once."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one reading; `measurement` is the stored one, None when it was refused."""

    outcome: Outcome
    measurement: Measurement | None = None
    reasons: tuple[Reason, ...] = ()


Key = tuple[int, str, str]


class Batch:
    """Readings that are recorded together: what their pilots and KPIs are now that they are locked."""

    def __init__(self, change: Change, news: Mapping[int, NewReading], *, entry: Entry) -> None:
        self.change, self.by, self.news, self.entry = change, change.by, news, entry
        self.kpis = {
            kpi.pk: kpi
            for kpi in Kpi.objects.filter(pk__in={new.kpi.pk for new in news.values()}).order_by("pk")
        }
        for new in news.values():
            if new.kpi.pk not in self.kpis:
                raise Kpi.DoesNotExist("A KPI is gone.")
        for kpi in self.kpis.values():
            kpi.pilot = change.pilots[kpi.pilot_id]
        self.zones = {pk: ZoneInfo(pilot.program.zone) for pk, pilot in change.pilots.items()}
        self.labels = self._labels()

    def _labels(self) -> dict[tuple[int, str], ModelVersion]:
        """Return the versions of these pilots' models by their labels, where a reading names one."""
        if not any(isinstance(new.model_version, str) and new.model_version for new in self.news.values()):
            return {}
        rows = ModelVersion.objects.filter(pilot__in=list(self.change.pilots)).order_by("pk")
        return {(row.pilot_id, row.label.casefold()): row for row in rows}

    # --- What a reading may be ---

    def refused(self) -> dict[int, list[Reason]]:
        closed = {pk: self._closed(kpi) for pk, kpi in self.kpis.items()}
        found: dict[int, list[Reason]] = {}
        for place, new in self.news.items():
            if reasons := [*closed[new.kpi.pk], *self.faults(new)]:
                found[place] = reasons
        for places in self._repeated():
            listed = ", ".join(str(place + 1) for place in places)
            sentence = f"Rows {listed} have the same external id. Give each reading its own."
            for place in places:
                found.setdefault(place, []).append(Reason(sentence, "external_id", "repeated"))
        return found

    def _closed(self, kpi: Kpi) -> list[Reason]:
        reasons = faults_of_pilot(kpi.pilot)
        if kpi.retired_on is not None:
            sentence = (
                f"{kpi.name} is measured no longer since {Day(kpi.retired_on)}. Take it into use again first."
            )
            reasons.append(Reason(sentence, "kpi", "retired"))
        return reasons

    def faults(self, new: NewReading) -> list[Reason]:
        kpi = self.kpis[new.kpi.pk]
        found = wrongs(new, kpi=kpi, zone=self.zones[kpi.pilot_id], now=self.by.at)
        is_asked = self.entry is Entry.API  # a form has a box to tick, a tool a field to send
        reasons = [
            Reason(
                f"{wrong.sentence} {MEANT}" if is_asked and wrong.code == "fraction" else wrong.sentence,
                wrong.field,
                wrong.code,
            )
            for wrong in found
        ]
        version = self.version_of(new)
        if new.model_version and version is None:
            sentence = f"{kpi.pilot.key} has no model version “{str(new.model_version)[:40]}”."
            reasons.append(Reason(sentence, "model_version", "unknown"))
        elif version is not None and version.pilot_id != kpi.pilot_id:
            reasons.append(
                Reason("That is a version of another pilot’s model.", "model_version", "other-pilot")
            )
        return reasons

    def version_of(self, new: NewReading) -> ModelVersion | None:
        named = new.model_version
        if isinstance(named, str):
            return self.labels.get((new.kpi.pilot_id, named.strip().casefold()))
        return named

    def _repeated(self) -> Iterator[list[int]]:
        places: dict[Key, list[int]] = {}
        for place, new in self.news.items():
            if new.external_id:
                places.setdefault(_key(new), []).append(place)
        return (same for same in places.values() if len(same) > 1)

    # --- What is written ---

    def store(self, news: Mapping[int, NewReading], *, entry: Entry) -> dict[int, Recorded]:
        """Write what is new, and return what became of each."""
        kept = self._kept(news.values())
        found: dict[int, Recorded] = {}
        rows = []
        for place, new in news.items():
            revisions = kept.get(_key(new), []) if new.external_id else []
            before = revisions[-1] if revisions else None
            if before is not None and any(self._says_the_same(new, row) for row in _said(revisions)):
                found[place] = Recorded(Outcome.UNCHANGED, before)
                continue
            row = self.row(new, entry=entry, before=before)
            rows.append(row)
            found[place] = Recorded(Outcome.SUPERSEDED if before else Outcome.CREATED, row)
        write_rows(rows)
        return found

    def _kept(self, news: Iterable[NewReading]) -> dict[Key, list[Measurement]]:
        """Return the newest revision of each reading that was sent before, withdrawn or not.

        Before it stand those that somebody corrected by hand.
        """
        named = [new for new in news if new.external_id]
        if not named:
            return {}
        rows = Measurement.objects.filter(
            Q(corrected_by__isnull=True) | Q(corrected_by__entry=Entry.FORM.value),
            kpi__in={new.kpi.pk for new in named},
            external_id__in={new.external_id.strip() for new in named},
        ).exclude(external_id="")
        found: dict[Key, list[Measurement]] = {}
        for row in rows.select_related("model_version").order_by("revision", "pk"):
            row.kpi = self.kpis[row.kpi_id]
            found.setdefault((row.kpi_id, row.source, row.external_id), []).append(row)
        return found

    def _says_the_same(self, new: NewReading, row: Measurement) -> bool:
        version = self.version_of(new)
        return (
            new.value == row.value
            and new.provenance == row.provenance
            and new.window_from == row.window_from
            and new.sample_size == row.sample_size
            and (version.pk if version else None) == row.model_version_id
            and self._is_of(new, row)
        )

    def _is_of(self, new: NewReading, row: Measurement) -> bool:
        """Return whether it is of the same moment; one sent without any does not say another."""
        if new.measured_at is None or isinstance(new.measured_at, datetime):
            return new.measured_at in (None, row.measured_at)
        return new.measured_at == day_of(row.measured_at, self.zones[new.kpi.pilot_id])

    def row(self, new: NewReading, *, entry: Entry, before: Measurement | None) -> Measurement:
        kpi, version = self.kpis[new.kpi.pk], self.version_of(new)
        # Only those there are: each relation that is set costs a tenth of the whole row.
        relations: dict[str, Any] = {"model_version": version} if version else {}
        if before:
            relations["corrects"] = before
        return Measurement(
            kpi=kpi,
            measured_at=moment_of(new.measured_at, zone=self.zones[kpi.pilot_id], now=self.by.at),
            window_from=new.window_from,
            value=new.value,
            sample_size=new.sample_size,
            provenance=Provenance(new.provenance).value,
            entry=entry.value,
            source=new.source.strip(),
            external_id=new.external_id.strip(),
            revision=before.revision + 1 if before else 1,
            note=new.note.strip(),
            recorded_at=self.by.at,
            recorded_by=self.by.user,
            **relations,
        )


def _key(new: NewReading) -> Key:
    return new.kpi.pk, new.source.strip(), new.external_id.strip()


def _said(revisions: Sequence[Measurement]) -> list[Measurement]:
    """Return the newest revision, and what the tool said last where that one was corrected by hand.

    A tool that sends the last month each night must not undo what a person put right.
    """
    newest = revisions[-1]
    if newest.entry != Entry.FORM.value:
        return [newest]
    sent = [row for row in revisions if row.entry != Entry.FORM.value]
    return [newest, *sent[-1:]]


def write_rows(rows: Sequence[Measurement]) -> None:
    """Insert readings and give them their ids; what they correct is current no longer."""
    replaced = [row.corrects_id for row in rows if row.corrects_id]
    if replaced:
        Measurement.objects.filter(pk__in=replaced, is_current=True).update(is_current=False)
    insert_known(Measurement, rows)


def faults_of_pilot(pilot: Pilot) -> list[Reason]:
    if not pilot.is_ended:
        return []
    sentence = f"{pilot.key} is {pilot.at_stage.label.lower()}, so its readings are closed."
    return [Reason(sentence, "", "ended")]


def told(row: Measurement) -> dict[str, Any]:
    """Return a reading as events keep it."""
    values = {
        "measurement": row.pk,
        "value": plain(row.value),
        "unit": row.kpi.unit,
        "measured_at": row.measured_at.isoformat(),
        "window_from": row.window_from.isoformat() if row.window_from else None,
        "sample_size": row.sample_size,
        "provenance": row.provenance,
        "model_version": row.model_version.label if row.model_version else None,
        "note": row.note,
    }
    return {name: value for name, value in values.items() if value not in (None, "")}

"""The readings of one KPI as a table: each with what it means, where it comes from, and whether it holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.urls import reverse

from kpis.actions.reading_table import SOURCE as TABLE_SOURCE
from kpis.attainment import percent
from kpis.models import Kpi, Measurement
from kpis.noise import Interval, is_per_cent, rate_interval, share_of
from kpis.standing import attainment_of
from kpis.terms import Entry, Provenance
from kpis.web.kpi_rows import Badge
from kpis.web.numbers import with_unit
from pilots.access.models import Event
from pilots.models import Pilot
from pilots.web.spoken import spoken

PER_PAGE = 50
MOST_DRAWN = 5_000


@dataclass(frozen=True)
class ReadingRow:
    """A reading in the table; `gone` says why it counts no more. The last two are "" where nobody may."""

    day: str
    window: str
    value: str
    attainment: str
    badge: Badge
    cases: str
    interval: str
    version: str
    entered: str
    note: str
    gone: str
    correct_url: str
    withdraw_url: str


def readings_newest_first(kpi: Kpi) -> QuerySet[Measurement]:
    """Return all readings of a KPI, those that hold no more included, with all a row names."""
    rows = Measurement.objects.filter(kpi=kpi).order_by("-measured_at", "-id")
    return rows.select_related("model_version", "recorded_by", "withdrawn_by", "corrected_by__recorded_by")


def reasons_of(readings: Iterable[Measurement], pilot: Pilot) -> dict[int, str]:
    """Return why those of these readings that were corrected are, by their ids, in one query."""
    gone = [row.pk for row in readings if not row.is_current and row.withdrawn_at is None]
    told = Event.objects.filter(
        pilot_id=pilot.pk, verb="measurement.corrected", before__measurement__in=gone
    ).order_by("pk")
    return {event.before["measurement"]: event.reason for event in told}


def reading_row(
    reading: Measurement, kpi: Kpi, pilot: Pilot, *, today: date, may_log: bool, reason: str = ""
) -> ReadingRow:
    """Return one reading in words, as `readings_newest_first` gives it; `reason` is why it was corrected."""
    share = attainment_of(kpi, reading)
    is_open = may_log and reading.is_current
    return ReadingRow(
        day=spoken(pilot.program.today(reading.measured_at), today),
        window=spoken(reading.window_from, today) if reading.window_from else "",
        value=with_unit(reading.value, kpi.unit),
        attainment="" if share is None else percent(share),
        badge=Badge(reading.provenance, Provenance(reading.provenance).label),
        cases="" if reading.sample_size is None else f"{reading.sample_size:,}",
        interval=interval_in_words(reading, kpi),
        version=reading.model_version.label if reading.model_version else "",
        entered=_entered(reading, pilot, today),
        note=reading.note,
        gone=_gone(reading, kpi, reason),
        correct_url=reverse("pilots:reading_correct", args=[pilot.key, reading.pk]) if is_open else "",
        withdraw_url=reverse("pilots:reading_withdraw", args=[pilot.key, reading.pk]) if is_open else "",
    )


def interval_in_words(reading: Measurement, kpi: Kpi) -> str:
    """Return “79.0 to 86.4 %”, "" for what is no rate or has no counted cases."""
    found = rate_interval(share_of(reading.value, kpi.unit), reading.sample_size)
    return "" if found is None or not is_per_cent(kpi.unit) else _interval(found)


def _interval(interval: Interval) -> str:
    return f"{_points(interval.low)} to {_points(interval.high)} %"


def _points(share: Decimal) -> str:
    return percent(share, places=1).removesuffix(" %")


def _entered(reading: Measurement, pilot: Pilot, today: date) -> str:
    """Return “By hand, Maren Holt, Mon 26 Oct” or “Through the API, mlflow, Mon 26 Oct”."""
    how = Entry(reading.entry).label
    # Readings of a table that names no source have it for one, so that they are known again.
    source = "" if reading.source == TABLE_SOURCE else reading.source
    who = reading.recorded_by.name if reading.recorded_by else ""
    day = spoken(pilot.program.today(reading.recorded_at), today)
    return ", ".join(filter(None, (f"{how[0].upper()}{how[1:]}", source, who, day)))


def _gone(reading: Measurement, kpi: Kpi, reason: str) -> str:
    if reading.is_current:
        return ""
    if reading.withdrawn_at is not None:
        who = f" by {reading.withdrawn_by.name}" if reading.withdrawn_by else ""
        return f"Withdrawn{who}: {reading.withdrawn_because}"
    revised = getattr(reading, "corrected_by", None)
    if revised is None:
        return "Counts no more."
    who = f" by {revised.recorded_by.name}" if revised.recorded_by else ""
    why = f" because: {reason}" if reason else ""
    return f"Corrected to {with_unit(revised.value, kpi.unit)}{who}{why}"

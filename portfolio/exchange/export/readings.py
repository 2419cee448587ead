"""The readings of a pilot as a file: every revision, and whether it still holds."""

from django.utils import timezone

from kpis.models import Measurement
from kpis.terms import Entry, Provenance
from pilots.access.models import Event
from pilots.models import Pilot
from portfolio.exchange.export.table import Column, Table, local, table_of

SHEET = "Readings"
PIECE = 1000


def readings_table(pilot: Pilot) -> Table:
    """Return a row for each reading, KPIs by their codes and each from its oldest reading on."""
    zone = timezone.get_current_timezone()
    corrected = _reasons(pilot)
    rows = Measurement.objects.filter(kpi__pilot=pilot).select_related("kpi", "model_version", "recorded_by")
    columns: list[Column[Measurement]] = [
        Column("KPI", lambda row: row.kpi.name),
        Column("Code", lambda row: row.kpi.code),
        Column("Measured", lambda row: local(row.measured_at, zone)),
        Column("Covers since", lambda row: row.window_from),
        Column("Value", lambda row: row.value),
        Column("Unit", lambda row: row.kpi.unit),
        Column("Measured in", lambda row: Provenance(row.provenance).label),
        Column("Cases", lambda row: row.sample_size),
        Column("Version of the model", lambda row: row.model_version.label if row.model_version else ""),
        Column("Holds", _holds),
        Column("Revision", lambda row: row.revision),
        Column("Corrected because", lambda row: corrected.get(row.pk, "")),
        Column("Withdrawn because", lambda row: row.withdrawn_because),
        Column("Note", lambda row: row.note),
        Column("Source", lambda row: row.source),
        Column("External id", lambda row: row.external_id),
        Column("Came", lambda row: Entry(row.entry).label),
        Column("Recorded", lambda row: local(row.recorded_at, zone)),
        Column("By", lambda row: str(row.recorded_by) if row.recorded_by else "Headway"),
    ]
    listed = rows.order_by("kpi__code", "measured_at", "pk")
    return table_of(SHEET, columns, listed.iterator(chunk_size=PIECE))


def _reasons(pilot: Pilot) -> dict[int, str]:
    """Return why readings were corrected, by the ids of those that hold no more."""
    told = Event.objects.filter(pilot_id=pilot.pk, verb="measurement.corrected").order_by("pk")
    return {event.before.get("measurement"): event.reason for event in told}


def _holds(row: Measurement) -> str:
    if row.is_current:
        return "yes"
    return "no, withdrawn" if row.withdrawn_at else "no, corrected"

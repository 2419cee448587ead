"""Where the data of pilots comes from, what is done to it, who allowed it, and what binds it (S1-21)."""

from pilots.design import ConnectionKind, ConnectionState
from pilots.models import Connection, PilotQuerySet
from pilots.web.production import lineage_known
from portfolio.exchange.export.table import Column, Table, table_of

SHEET = "Lineage"
PIECE = 1000


def lineage_table(pilots: PilotQuerySet) -> Table:
    """Return a row for each connection of a queryset that starts from `visible_to`, pilots by their keys."""
    rows = Connection.objects.filter(pilot__in=pilots.order_by().values("pk"))
    listed = rows.select_related("pilot__program").order_by("pilot__program__prefix", "pilot__number", "pk")
    return table_of(SHEET, COLUMNS, listed.iterator(chunk_size=PIECE))


def _parts(row: Connection) -> int | None:
    """Return how many of the four parts are known; None for what is no source of data."""
    return lineage_known(row)[0] if row.kind == ConnectionKind.SOURCE.value else None


def _real(row: Connection) -> str:
    return {True: "yes", False: "no", None: ""}[row.is_live]


COLUMNS: tuple[Column[Connection], ...] = (
    Column("Key", lambda row: row.pilot.key),
    Column("Pilot", lambda row: row.pilot.name),
    Column("Program", lambda row: row.pilot.program.name),
    Column("Connection", lambda row: row.name),
    Column("Kind", lambda row: ConnectionKind(row.kind).label),
    Column("State", lambda row: ConnectionState(row.state).label),
    Column("The real thing", _real),
    Column("Other side", lambda row: row.owner),
    Column("Origin", lambda row: row.origin),
    Column("Transformations", lambda row: row.transformations),
    Column("Use approved by", lambda row: row.approved_by),
    Column("Constraints", lambda row: row.constraints),
    Column("Lineage parts known of 4", _parts),
    Column("Contract agreed on", lambda row: row.contract_agreed_on),
    Column("Tested on", lambda row: row.tested_on),
    Column("Access reviewed on", lambda row: row.access_reviewed_on),
    Column("Quality checked on", lambda row: row.quality_checked_on),
    Column("Data at most, hours old", lambda row: row.freshness_hours),
    Column("Confidential", lambda row: "yes" if row.pilot.is_confidential else "no"),
)

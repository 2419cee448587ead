"""The ledger of pilots as rows: each entry in its own currency, and in the one its program adds up in."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from kpis.models import LedgerEntry
from kpis.money.read import tables_of
from kpis.money.terms import CATEGORIES, Basis, Commitment, Finding, LedgerKind, MoneyPhase
from pilots.models import PilotQuerySet
from portfolio.exchange.export.table import Column, Table, table_of

SHEET = "Money"
PIECE = 1000


@dataclass(frozen=True)
class Row:
    """An entry; `converted` is None where no rate is entered."""

    entry: LedgerEntry
    converted: Decimal | None
    currency: str


def money_table(pilots: PilotQuerySet) -> Table:
    """Return a row for each entry of a queryset that starts from `visible_to`, pilots by their keys."""
    return table_of(SHEET, COLUMNS, _rows(pilots))


def _rows(pilots: PilotQuerySet) -> Iterator[Row]:
    tables = tables_of(pilots.order_by().values_list("program_id", flat=True))
    found = LedgerEntry.objects.filter(pilot__in=pilots.order_by().values("pk"))
    rows = found.select_related("pilot__program", "kpi", "entered_by", "checked_by").order_by(
        "pilot__program__prefix", "pilot__number", "period_from", "period_to", "pk"
    )
    for entry in rows.iterator(chunk_size=PIECE):
        table = tables[entry.pilot.program_id]
        yield Row(entry, table.convert(entry.amount, entry.currency, entry.period_to), table.currency)


COLUMNS: tuple[Column[Row], ...] = (
    Column("Key", lambda row: row.entry.pilot.key),
    Column("Pilot", lambda row: row.entry.pilot.name),
    Column("Program", lambda row: row.entry.pilot.program.name),
    Column("Kind", lambda row: LedgerKind(row.entry.kind).label),
    Column("Category", lambda row: CATEGORIES[LedgerKind(row.entry.kind)][row.entry.category]),
    Column("Phase", lambda row: MoneyPhase(row.entry.phase).label),
    Column("Planned or actual", lambda row: Basis(row.entry.basis).label),
    Column("Amount", lambda row: row.entry.amount),
    Column("Currency", lambda row: row.entry.currency),
    Column("Converted", lambda row: row.converted),
    Column("Converted to", lambda row: row.currency),
    Column("From", lambda row: row.entry.period_from),
    Column("Up to", lambda row: row.entry.period_to),
    Column("KPI", lambda row: row.entry.kpi.name if row.entry.kpi else ""),
    Column("Note", lambda row: row.entry.note),
    Column("Finding", lambda row: Finding(row.entry.finding).label if row.entry.finding else ""),
    Column("Checked by", lambda row: str(row.entry.checked_by or "")),
    Column("Checked on", lambda row: row.entry.checked_on),
    Column("What was found", lambda row: row.entry.checked_note),
    Column("Decision", lambda row: Commitment(row.entry.commitment).label if row.entry.commitment else ""),
    Column("Decided by", lambda row: row.entry.decided_by),
    Column("Decided on", lambda row: row.entry.decided_on),
    Column("Decided because", lambda row: row.entry.decided_because),
    Column("Entered by", lambda row: str(row.entry.entered_by or "")),
    Column("Confidential", lambda row: "yes" if row.entry.pilot.is_confidential else "no"),
)

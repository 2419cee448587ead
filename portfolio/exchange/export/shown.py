"""The list of pilots as it is on screen: its rows, their order, and only the columns that are chosen.

What the screen says in words a file holds as a value: days as days, numbers as numbers. How long ago
something moved becomes the day on which it did.
"""

from collections.abc import Callable, Iterator, Sequence

from pilots.custom import FieldKind, as_text
from pilots.models import Pilot
from pilots.web.list_columns import ListColumn
from pilots.web.list_rows import Row, last_moved, rows_of
from pilots.web.listing import Listing
from portfolio.exchange.export.batches import batches
from portfolio.exchange.export.custom import as_value
from portfolio.exchange.export.table import Column, Table, Value, table_of

SHEET = "Pilots"
PARAMETER = "shown"

Getter = Callable[[Row], Value]


def shown_table(listing: Listing, keys: Sequence[str] | None = None) -> Table:
    """Return the pilots of a listing with its columns; only those of these keys where there are any."""
    columns = [Column(column.label, _getter(column)) for column in listing.columns]
    return table_of(SHEET, columns, _rows(listing, keys))


def _rows(listing: Listing, keys: Sequence[str] | None) -> Iterator[Row]:
    pilots = listing.pilots if keys is None else listing.pilots.filter(key__in=keys)
    for batch in batches(pilots):
        yield from rows_of(batch, listing.columns, now=listing.now)


def _getter(column: ListColumn) -> Getter:
    if column.name in DRAWN:
        return DRAWN[column.name]
    if column.fields:
        return _of_field(column)
    return lambda row: next(cell.text for cell in row.more if cell.name == column.name)


DRAWN: dict[str, Getter] = {
    "key": lambda row: row.pilot.key,
    "name": lambda row: row.pilot.name,
    "stage": lambda row: row.pilot.at_stage.label,
    "health": lambda row: row.pilot.get_health_display() if row.pilot.health else "",
    # As the screen: asked only while it is open.
    "decide_by": lambda row: row.pilot.decide_by if row.decide_by else None,
    "owner": lambda row: row.lead,
    "moved": lambda row: last_moved(row.pilot),
    "since": lambda row: row.pilot.since,
    "review": lambda row: row.pilot.hold_review_on,
}


def _of_field(column: ListColumn) -> Getter:
    kinds = {field.program_id: field.of_kind for field in column.fields}
    code = column.fields[0].code

    def value(row: Row) -> Value:
        pilot: Pilot = row.pilot
        kind: FieldKind | None = kinds.get(pilot.program_id)
        return as_value(kind, as_text(kind, pilot.custom.get(code))) if kind else None

    return value

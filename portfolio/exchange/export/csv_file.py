"""Writes a table as CSV, a piece at a time: UTF-8 with a byte order mark, so that Excel reads it as such."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from pilots.calendar import Day
from portfolio.exchange.export.table import Table, Value, day_text, number_text
from portfolio.exchange.formulas import harmless

PIECE = 64 * 1024  # characters, about


def csv_pieces(table: Table) -> Iterator[bytes]:
    """Yield the file; rows are taken as the pieces are."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)  # comma, quotes where needed, CR LF: RFC 4180
    text.write("\ufeff")
    writer.writerow([harmless(title) for title in table.header])
    for row in table.rows:
        writer.writerow([cell_text(value) for value in row])
        if text.tell() >= PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def cell_text(value: Value) -> str:
    match value:
        case str():
            return harmless(value)
        case None:
            return ""
        case Day():
            return day_text(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case int() | Decimal():
            return number_text(value)

"""Writes tables as a workbook: one row in memory at a time, and no text is ever taken for anything else."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from pilots.calendar import Day, Precision
from portfolio.exchange.export.table import Table, Value, day_text, number_text
from portfolio.exchange.formulas import harmless

# What the format holds; XlsxWriter leaves out what is beyond without a word.
LONGEST_TEXT, MOST_ROWS = 32_767, 1_048_576
# Digits a spreadsheet keeps of a number; a longer one is written as text, so that nothing is lost.
DIGITS = 15
WIDTH, WIDEST = 14, 60
SAFE = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class TooManyRows(ValueError):
    """The message says what to do instead."""


class Book:
    """A workbook being written to an open file; use it with `with`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._book = Workbook(file, SAFE)
        self.bold = self._book.add_format({"bold": True})
        self.day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self.as_text = self._book.add_format({"num_format": 49})  # “@”, text as it is typed
        self.wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def sheet(self, title: str, header: Sequence[str]) -> Worksheet:
        """Add a sheet with its header, bold and staying in sight."""
        sheet = self._book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(header):
            sheet.set_column(place, place, min(max(WIDTH, len(name) + 2), WIDEST))
            sheet.write_string(0, place, harmless(name), self.bold)
        return sheet

    def write(self, table: Table) -> None:
        """Add a sheet with these rows; raise `TooManyRows` when they do not fit."""
        sheet = self.sheet(table.title, table.header)
        for number, row in enumerate(table.rows, start=1):
            if number >= MOST_ROWS:
                raise TooManyRows(f"A sheet holds {MOST_ROWS:,} rows; these are more. Take the CSV.")
            for place, value in enumerate(row):
                if value is not None and value != "":
                    self._cell(sheet, number, place, value)

    def _cell(self, sheet: Worksheet, row: int, place: int, value: Value) -> None:
        match value:
            case str():
                sheet.write_string(row, place, _fitting(harmless(value)))
            case datetime():
                sheet.write_datetime(row, place, value, self.moment)
            case Day(precision=Precision.DAY):
                sheet.write_datetime(row, place, value.first, self.day)
            case Day():
                sheet.write_string(row, place, day_text(value))
            case date():
                sheet.write_datetime(row, place, value, self.day)
            case int() | Decimal():
                _number(sheet, row, place, value)


def _number(sheet: Any, row: int, place: int, number: int | Decimal) -> None:
    text = number_text(number)
    if sum(map(str.isdigit, text.lstrip("-0."))) > DIGITS:
        sheet.write_string(row, place, text)
    else:
        sheet.write_number(row, place, float(number))


def _fitting(text: str) -> str:
    """Cut what a cell cannot hold, counted as the format counts, and show that there was more."""
    if len(text) <= LONGEST_TEXT // 2 or len(text.encode("utf-16-le", "surrogatepass")) <= 2 * LONGEST_TEXT:
        return text
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * (LONGEST_TEXT - 1)]
    return units.decode("utf-16-le", "ignore") + "…"

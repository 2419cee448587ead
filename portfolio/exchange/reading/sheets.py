"""Reads the sheets of a workbook as text, once it was looked through and found no larger than it may be."""

import io
import zipfile
from collections.abc import Iterable
from typing import BinaryIO

import python_calamine as calamine

from portfolio.exchange.reading import notes, ods, xlsx
from portfolio.exchange.reading.archive import PROTECTED, Archive
from portfolio.exchange.reading.cell_text import Value, is_day, text_of
from portfolio.exchange.reading.seen import Places, Seen, address
from portfolio.exchange.reading.unreadable import BROKEN, Unreadable
from portfolio.exchange.workbook import Kind, Row, Sheet, Workbook

BINARY = "xl/workbook.bin"
# LibreOffice keeps copies of sheets in other files among its own, under the address of the file.
ELSEWHERE = "'file:"

Lines = dict[int, list[str]]


def read_sheets(stream: BinaryIO, *, digest: str) -> Workbook:
    """Read an XLSX or ODS workbook. Raises `Unreadable`."""
    archive = Archive(stream)
    kind = _kind(archive)
    checked = io.BytesIO()
    with zipfile.ZipFile(checked, "w") as into:
        seen = xlsx.look_through(archive, into) if kind is Kind.XLSX else ods.look_through(archive, into)
    checked.seek(0)
    try:
        sheets, said = _read(checked, seen)
    except calamine.PasswordError:
        raise Unreadable(PROTECTED) from None
    except calamine.CalamineError:
        raise Unreadable(BROKEN) from None
    if not any(sheet.rows for sheet in sheets):
        raise Unreadable("The workbook has no sheet with anything in its cells.")
    said += notes.of_archive(archive)
    return Workbook(kind, tuple(sheets), digest, notes=tuple(said))


def _kind(archive: Archive) -> Kind:
    if xlsx.book_of(archive):
        return Kind.XLSX
    if ods.is_ods(archive):
        return Kind.ODS
    if BINARY in archive:
        raise Unreadable("The file is a binary workbook (.xlsb). Save it as .xlsx and import that.")
    raise Unreadable(
        "The file is a zip archive and no workbook. Unpack it, and import the .xlsx, .ods or .csv file in it."
    )


def _read(checked: io.BytesIO, seen: list[tuple[str, Seen | None]]) -> tuple[list[Sheet], list[str]]:
    """Return the sheets and what is to be said about them."""
    sheets: list[Sheet] = []
    said: list[str] = []
    with calamine.load_workbook(checked) as book:
        if [meta.name for meta in book.sheets_metadata] != [name for name, _ in seen]:
            raise Unreadable(BROKEN)
        for place, (name, found) in enumerate(seen):
            if found is None:
                said.append(notes.not_read(name))
                continue
            lines = _lines(book.get_sheet_by_index(place), found)
            filled = _fill_down(lines, found)
            shows = book.sheets_metadata[place].visible == calamine.SheetVisibleEnum.Visible
            sheets.append(Sheet(name, _rows(lines), is_hidden=not shows or name.startswith(ELSEWHERE)))
            said += notes.of_sheet(found, filled)
    return sheets, said


def _lines(sheet: calamine.CalamineSheet, seen: Seen) -> Lines:
    """Return the cells of all rows that are not blank, by row number."""
    lines: Lines = {}
    before = [""] * (sheet.start[1] if sheet.start else 0)
    negative = _by_row(seen.negative)
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = before + [value if value.__class__ is str else text_of(value) for value in values]
        for column, text in negative.get(number, {}).items():
            if is_day(_at(values, column - 1 - len(before))):
                cells[column - 1] = text
                seen.early_dates.add(address((number, column)))
        if not _is_blank(cells):
            lines[number] = cells
    for (number, column), text in seen.instead.items():
        if text or number in lines:
            cells = lines.setdefault(number, [])
            cells += [""] * (column - len(cells))
            cells[column - 1] = text
    return {number: cells for number, cells in lines.items() if not _is_blank(cells)}


def _fill_down(lines: Lines, seen: Seen) -> Places:
    """Repeat a cell that is merged with those below it in each row that says something else too.

    A row with nothing of its own is no row of a register but the rest of a tall one, so it stays blank.
    """
    filled = Places()
    for (top, left), (bottom, right) in seen.merges:
        text = lines[top][left - 1] if top in lines and left <= len(lines[top]) else ""
        below = [
            number for number in range(top + 1, min(bottom, max(lines, default=0)) + 1) if number in lines
        ]
        if not text or not below:
            continue
        seen.spent.add(len(below), len(below) * len(text))
        for number in below:
            cells = lines[number]
            cells += [""] * (left - len(cells))
            cells[left - 1] = cells[left - 1] or text
        filled.add(f"{address((top, left))}:{address((bottom, right))}")
    return filled


def _rows(lines: Lines) -> tuple[Row, ...]:
    return tuple(Row(number, _trimmed(cells)) for number, cells in sorted(lines.items()))


def _trimmed(cells: list[str]) -> tuple[str, ...]:
    width = len(cells)
    while width and not cells[width - 1]:
        width -= 1
    return tuple(cells[:width])


def _is_blank(cells: Iterable[str]) -> bool:
    return not any(cell and not cell.isspace() for cell in cells)


def _by_row(texts: dict[tuple[int, int], str]) -> dict[int, dict[int, str]]:
    rows: dict[int, dict[int, str]] = {}
    for (row, column), text in texts.items():
        rows.setdefault(row, {})[column] = text
    return rows


def _at(values: list[Value], place: int) -> Value:
    return values[place] if 0 <= place < len(values) else ""

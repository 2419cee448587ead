"""Reads further sheets of a workbook: KPIs and milestones, each row with the pilot it belongs to."""

from collections import defaultdict
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import replace

from portfolio.exchange.findings import CellWarning
from portfolio.exchange.folding import fold, fold_name, fold_reference, one_line
from portfolio.exchange.formulas import as_meant
from portfolio.exchange.layout import row_on, sheet_called
from portfolio.exchange.mapping import Mapping, MoreSheet
from portfolio.exchange.more_cells import MoreCells
from portfolio.exchange.row_reader import Reading
from portfolio.exchange.understanding import column_places, header_keys
from portfolio.exchange.understood import Told, Understood, UnderstoodRow, digest_of
from portfolio.exchange.workbook import Row, Workbook


def add_more_sheets(workbook: Workbook, mapping: Mapping, understood: Understood, reading: Reading) -> None:
    """Put what further sheets say beside the rows of the first; warnings name the sheet before the column."""
    for more in mapping.more:
        said = _read(workbook, mapping, more, understood, reading)
        for place, told in said.items():
            row = understood.rows[place]
            for key in told.keys() & row.more.keys():
                reason = f"The row of {row.name} says this too; that is taken."
                understood.elsewhere.append(CellWarning(row.line, more.name, told[key].text, reason))
            fresh = {key: item for key, item in told.items() if key not in row.more}
            marks = [row.digest, sorted((key, item.text) for key, item in told.items())]
            understood.rows[place] = replace(row, more={**row.more, **fresh}, digest=digest_of(marks))


def _read(
    workbook: Workbook, mapping: Mapping, more: MoreSheet, understood: Understood, reading: Reading
) -> dict[int, dict[str, Told]]:
    """Return what is told by the place of the row it belongs to."""
    sheet = sheet_called(workbook, more.name)
    header = row_on(sheet, more.header) if more.header else 0
    places = column_places(header_keys(sheet.rows[header].cells), more.columns, f"“{more.name}”")
    by_mark = _marks(understood.rows)
    said: dict[int, dict[str, Told]] = defaultdict(dict)
    for row in sheet.rows[header + 1 :]:
        reader = _MoreRow(row, places, mapping, more, reading, understood.elsewhere)
        text = one_line(reader.cell(more.pilot))
        found = by_mark.get(fold_reference(text)) or by_mark.get(fold_name(text)) or []
        if len(found) != 1:
            reader.warn(more.pilot, text, _no_pilot(text, len(found)))
            continue
        for key, told in reader.read().items():
            if key in said[found[0]]:
                reader.warn("", told.text, "It stands in this sheet twice for one pilot; the first is taken.")
            else:
                said[found[0]][key] = told
    return said


def _no_pilot(text: str, found: int) -> str:
    if not text:
        return "It names no pilot, so it is left out."
    if found:
        return (
            f"{found} rows of the first sheet are called so, so it is left out. Write the identifier instead."
        )
    return "No row of the first sheet bears this identifier or name, so it is left out."


def _marks(rows: Sequence[UnderstoodRow]) -> dict[str, list[int]]:
    """Return the places of rows by their identifier and by their name."""
    marks: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        for mark in {row.reference, fold_name(row.name)} - {""}:
            marks[mark].append(place)
    return marks


class _MoreRow:
    """Reads one row of a further sheet."""

    def __init__(
        self,
        row: Row,
        places: AnyMapping[str, int],
        mapping: Mapping,
        more: MoreSheet,
        reading: Reading,
        warnings: list[CellWarning],
    ) -> None:
        self.row, self.places, self.mapping, self.more = row, places, mapping, more
        self.warnings = warnings
        self.cells = MoreCells(
            mapping,
            {},
            as_of=reading.as_of,
            is_sheet=True,
            cell=self.cell,
            warn=self.warn,
            refuse=lambda _: None,
        )

    def cell(self, column: str) -> str:
        place = self.places[column]
        text = as_meant(self.row.cells[place].strip()) if place < len(self.row.cells) else ""
        return "" if fold(text) in self.mapping.empty else text

    def warn(self, column: str, text: str, reason: str) -> None:
        named = f"{self.more.name}: {column}" if column else self.more.name
        self.warnings.append(CellWarning(self.row.line, named, text, reason))

    def read(self) -> dict[str, Told]:
        found: dict[str, Told] = {}
        if self.more.kpi:
            found |= self.cells.kpi(self.more.kpi)
        if self.more.milestone:
            found |= self.cells.milestone(self.more.milestone)
        return found

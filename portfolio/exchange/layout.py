"""Finds the register in its file: which sheet, which row is the header, which mapping knows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.exchange import mapping_reader as mappings
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.folding import fold
from portfolio.exchange.mapping import Mapping
from portfolio.exchange.standard import REGISTER, is_standard, standard_plain
from portfolio.exchange.workbook import Sheet, Workbook

HEADER_WITHIN = 30  # rows at the top of a sheet among which the header may stand


@dataclass(frozen=True)
class Place:
    """The sheet, and the place of the header among its rows."""

    sheet: Sheet
    header: int


def sheet_called(workbook: Workbook, name: str) -> Sheet:
    """Return a sheet by its name; raise `CannotImport` when there is none."""
    found = next((sheet for sheet in workbook.sheets if fold(sheet.name) == fold(name)), None)
    if found is None:
        names = ", ".join(f"“{sheet.name}”" for sheet in workbook.sheets[:5])
        raise CannotImport(f"The file has no sheet “{name}”. It has {names}.")
    return found


def row_on(sheet: Sheet, line: int) -> int:
    """Return the place of the row that begins on a line; raise `CannotImport` when that line is blank."""
    for place, row in enumerate(sheet.rows):
        if row.line == line:
            return place
    raise CannotImport(f"Line {line} is blank, so it is no header. Choose the line with the columns’ names.")


def recognise(workbook: Workbook, known: Sequence[Mapping], *, is_named: bool) -> tuple[Mapping, Place]:
    """Return the one mapping of these that knows the file, and where its header stands.

    Lists that Headway wrote itself need no mapping. `is_named` when somebody named the only one. Raises
    `CannotImport` for none, and for several.
    """
    for sheet in _candidates(workbook, known[0] if is_named else None):
        for place, row in enumerate(sheet.rows[:HEADER_WITHIN]):
            fitting = mappings.recognise(known, row.cells)
            if len(fitting) > 1:
                names = ", ".join(mapping.name for mapping in fitting)
                raise CannotImport(f"Several mappings fit this file: {names}. Name one with --mapping.")
            if fitting:
                return fitting[0], Place(sheet, _header(fitting[0], sheet, place))
            if not is_named and is_standard(row.cells):
                return mappings.from_plain(REGISTER, standard_plain(row.cells)), Place(sheet, place)
    if is_named:
        marks = ", ".join(f"“{mark}”" for mark in known[0].headers[:3])
        raise CannotImport(
            f"The file has no header with {marks}, by which the mapping {known[0].name} knows it."
        )
    raise CannotImport(
        "No mapping knows the header of this file. Import it in the browser, which asks what its columns "
        "mean, or write one as docs/mapping-file.md describes, and name it with --mapping."
    )


def _candidates(workbook: Workbook, named: Mapping | None) -> Sequence[Sheet]:
    if named and named.layout.sheet:
        return [sheet_called(workbook, named.layout.sheet)]
    return [sheet for sheet in workbook.sheets if not sheet.is_hidden] or workbook.sheets


def _header(mapping: Mapping, sheet: Sheet, found: int) -> int:
    return row_on(sheet, mapping.layout.header) if mapping.layout.header else found

"""A file somebody brought, as the pages that choose see it: its sheets, what was chosen, what is guessed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pilots.models import CustomField
from portfolio.exchange import runs
from portfolio.exchange.choices import Chosen, Sections
from portfolio.exchange.chosen import chosen_of, plain_of
from portfolio.exchange.formulas import as_meant
from portfolio.exchange.guessing import ColumnProfile, Proposal, profile, propose, shapes
from portfolio.exchange.guessing.rows import Layout
from portfolio.exchange.guessing.sheets import Read, read
from portfolio.exchange.models import Import
from portfolio.exchange.workbook import Row, Sheet, Workbook


@dataclass(frozen=True)
class Brought:
    """What stands in the file of one import, and how it is to be read as far as anybody said."""

    import_: Import

    @cached_property
    def workbook(self) -> Workbook:
        return runs.workbook_of(self.import_)

    @cached_property
    def custom(self) -> list[CustomField]:
        """The program's own fields; a file that names its programs fills none."""
        if self.import_.program is None:
            return []
        return list(CustomField.objects.filter(program=self.import_.program).in_use().in_order())

    @property
    def is_chosen(self) -> bool:
        """Whether somebody, or a mapping that was kept, said where the table lies and what columns mean."""
        return not self.import_.mapping.keys().isdisjoint({"file", "pilot"})

    @cached_property
    def chosen(self) -> Chosen:
        return chosen_of(self.import_.mapping) if self.is_chosen else self.proposal.chosen

    @cached_property
    def proposal(self) -> Proposal:
        """Return the guess for the sheet and the header that were chosen, or for those guessed."""
        if not self.is_chosen:
            return self.guess()
        return self.guess(sheet=self.chosen.sheet, header=self.chosen.header)

    @property
    def is_in_doubt(self) -> bool:
        """Whether nobody changed anything yet, and the guess of where the table lies should be looked at."""
        if not self.doubts_of_place:
            return False
        return not self.is_chosen or self.import_.mapping == self.plain(self.guess().chosen)

    @property
    def doubts_of_place(self) -> list[str]:
        """What is in doubt about the sheet, the header and the titles between the rows."""
        places = (shapes.SHEET, shapes.HEADER, shapes.SECTIONS)
        return [doubt for place in places for doubt in self.proposal.at(place)]

    def guess(self, *, sheet: str = "", header: int = 0) -> Proposal:
        custom = [(field.code, field.label) for field in self.custom]
        return propose(self.workbook, custom=custom, sheet=sheet, header=header)

    @cached_property
    def sheet(self) -> Sheet:
        return self.sheet_named(self.chosen.sheet)

    def sheet_named(self, name: str) -> Sheet:
        found = (sheet for sheet in self.workbook.sheets if sheet.name == name)
        return next(found, self.workbook.first_visible)

    @cached_property
    def _read(self) -> Read:
        return read(self.sheet, self.chosen.header)

    @cached_property
    def columns(self) -> tuple[ColumnProfile, ...]:
        return tuple(contents.profile for contents in self._read.columns)

    @property
    def layout(self) -> Layout:
        """The rows below the header: what may be pilots, titles between them, totals."""
        return self._read.layout

    @cached_property
    def lines(self) -> list[int]:
        """The lines of the rows that are taken for pilots."""
        rows = self.layout.body
        if self.chosen.sections is Sections.ROWS:
            rows = (*rows, *self.layout.titles)
        return sorted(row.line for row in rows)

    def column_of(self, code: str) -> str:
        """Return the key of the column that means something, or ""."""
        return next(iter(self.columns_of(code)), "")

    def columns_of(self, code: str) -> list[str]:
        return [key for key, meant in self.chosen.columns.items() if meant == code]

    def profile_of(self, key: str) -> ColumnProfile | None:
        return next((column for column in self.columns if column.key == key), None)

    @cached_property
    def names(self) -> Mapping[int, str]:
        """The pilots' names by line, for examples."""
        column = self.profile_of(self.column_of("name"))
        return {cell.line: cell.text for cell in column.cells} if column else {}

    def plain(self, chosen: Chosen) -> dict[str, Any]:
        """Return the mapping that says what was chosen. Raises `BadChoice`."""
        kept = self.import_.mapping
        is_here = chosen.sheet == self.sheet.name and chosen.header == self.chosen.header
        columns = self.columns if is_here else profile(self.sheet_named(chosen.sheet), chosen.header)
        return plain_of(
            chosen,
            title=kept["title"],
            register=kept["register"],
            header=[column.key for column in columns],
            keeps=kept,
        )


def cells_of(row: Row) -> Iterator[str]:
    """Yield the texts of a row as they were meant."""
    return (as_meant(cell).strip() for cell in row.cells)

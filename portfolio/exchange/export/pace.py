"""The tables under the charts of Pace as rows, with what was counted: filters, day, reader, denominator."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from portfolio.dashboards.beside import told_as_of
from portfolio.dashboards.figures import Cell, Chart
from portfolio.dashboards.figures import Table as Shown
from portfolio.exchange.export.asked import filters_told
from portfolio.exchange.export.table import Table, Value
from portfolio.exchange.export.xlsx_file import Book
from portfolio.pace.reading import Reading
from portfolio.pace.sections.section import Section

LONGEST_TITLE = 31  # characters a spreadsheet allows for the name of a sheet
_NUMBER = re.compile(r"-?\d[\d,]*(\.\d+)?")
_SHARE = re.compile(rf"({_NUMBER.pattern})\s?%")


class PaceFile:
    """The tables of some sections, each counted once. A chart without a table has none in the file."""

    def __init__(self, reading: Reading, sections: Sequence[Section]) -> None:
        self.reading = reading
        shown = [(section, chart) for section in sections for chart in section.shown(reading).charts]
        self.charts: list[tuple[Section, Chart]] = [
            (section, chart) for section, chart in shown if chart.table
        ]
        self.refused = [(section, chart) for section, chart in shown if not chart.table]

    @property
    def rows(self) -> int:
        return sum(len(chart.table.rows) for _, chart in self.charts if chart.table)

    def about(self) -> list[list[Value]]:
        """Return what the numbers are of, a line each."""
        funnel, cohort = self.reading.funnel, self.reading.cohort
        told: list[list[Value]] = [
            ["As of", told_as_of(cohort)],
            ["As seen by", str(self.reading.user)],
            ["Entry stage", cohort.entry.label],
            *filters_told(self.reading.filters),
            ["Pilots counted", funnel.denominator],
            ["Without a day of entry", funnel.undated],
        ]
        if cohort.matured_months:
            told.append(["Entered too recently", funnel.young])
        told += [[chart.finding, chart.refused] for _, chart in self.refused if chart.refused]
        return told

    def table(self) -> Table:
        """Return all of it as one table, for a file that holds one: a title over each."""
        return Table("Pace", ["Pace"], self._lines())

    def _lines(self) -> Iterator[Sequence[Value]]:
        yield from self.about()
        for section, chart in self.charts:
            assert chart.table  # noqa: S101 -- `charts` are those with a table
            yield []
            yield [section.label, chart.finding]
            yield from _rows(chart.table)

    def fill(self, book: Book) -> None:
        """Write a sheet about all of it, and one for each table."""
        book.write(Table("Pace", ["Pace", ""], self.about()))
        taken = {"pace"}
        for section, chart in self.charts:
            assert chart.table  # noqa: S101 -- `charts` are those with a table
            head, *rows = _rows(chart.table)
            title = _free(section.label, taken)
            book.write(Table(title, [str(name) for name in head], rows))


def _free(label: str, taken: set[str]) -> str:
    """Return a title no sheet has yet; spreadsheets see no difference between large and small letters."""
    title, number = label[:LONGEST_TITLE], 1
    while title.lower() in taken:
        number += 1
        title = f"{label[: LONGEST_TITLE - 3]} {number}"
    taken.add(title.lower())
    return title


def _rows(table: Shown) -> Iterator[list[Value]]:
    """Yield the head and the rows; a share becomes a number, and the head of its column says “%”."""
    shares = {place for row in table.rows for place, cell in enumerate(row) if _share(cell) is not None}
    yield [f"{name}, %" if place in shares else name for place, name in enumerate(table.head)]
    for row in table.rows:
        yield [_value(cell) for cell in row]


def _value(cell: Cell) -> Value:
    share = _share(cell)
    if share is not None:
        return share
    if _NUMBER.fullmatch(cell.text):
        return Decimal(cell.text.replace(",", ""))
    return "" if cell.text == "–" else cell.text


def _share(cell: Cell) -> Decimal | None:
    found = _SHARE.fullmatch(cell.text) if cell.is_number else None
    return Decimal(found[1].replace(",", "")) if found else None

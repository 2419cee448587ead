"""The tables under the funnel as rows: the same numbers, shares in percent."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from portfolio.dashboards.beside import told_as_of
from portfolio.dashboards.compare import Compared
from portfolio.dashboards.comparison import Comparison
from portfolio.dashboards.funnel import Median
from portfolio.dashboards.page import FunnelPage, Row
from portfolio.exchange.export.asked import filters_told
from portfolio.exchange.export.table import Column, Table, Value, table_of
from portfolio.exchange.export.xlsx_file import Book


class FunnelFile:
    """The numbers of the page, or the cohorts that it compares, with what was counted over or beside them."""

    def __init__(self, page: FunnelPage) -> None:
        self._page = page
        by = page.comparison.by
        self.what = f"funnel-by-{by}" if by else "funnel"
        self._numbers = _comparison_table(page.comparison) if by else _funnel_table(page)
        self.rows = len(page.comparison.compared if by else page.rows)
        self.asked = page.address.query

    def about(self) -> list[list[Value]]:
        """Return what the numbers are of, a line each."""
        funnel, cohort = self._page.funnel, self._page.cohort
        told: list[list[Value]] = [
            ["As of", told_as_of(cohort)],
            ["As seen by", str(self._page.user)],
            ["Entry stage", cohort.entry.label],
            *filters_told(self._page.filters),
            ["Pilots counted", funnel.denominator],
        ]
        if funnel.goal:
            told.append(["Undecided", funnel.still_open])
        told.append(["Without a day of entry", funnel.undated])
        if cohort.matured_months:
            told.append(["Entered too recently", funnel.young])
        return told

    def table(self) -> Table:
        """Return all of it as one table, for a file that holds one."""
        return Table("Funnel", ["Funnel"], self._lines())

    def _lines(self) -> Iterator[Sequence[Value]]:
        yield from self.about()
        yield []
        yield list(self._numbers.header)
        yield from self._numbers.rows

    def fill(self, book: Book) -> None:
        """Write a sheet about the numbers, and one of them."""
        book.write(Table("About", ["Funnel", ""], self.about()))
        book.write(self._numbers)


def _funnel_table(page: FunnelPage) -> Table:
    """Return a row for each bar; whoever sums up the stages finds all pilots open, on hold or ended once."""
    columns = [
        Column(f"Of the {page.everyone.said}, %", column.value) if column is OF_ENTRY else column
        for column in COLUMNS
    ]
    return table_of("Funnel", columns, page.rows)


def _comparison_table(comparison: Comparison) -> Table:
    """Return a row for each cohort that is compared."""
    columns: list[Column[Compared]] = [
        Column(comparison.head, lambda row: row.label),
        Column("Pilots", lambda row: row.denominator),
        Column(comparison.goal or "Reached", lambda row: row.reached),
        Column("Still open", lambda row: row.still_open),
        Column("Ended", lambda row: row.ended),
        Column("Rate, %", lambda row: _of_hundred(row.rate)),
        Column("95 % interval from, %", lambda row: _of_hundred(row.interval.low if row.interval else None)),
        Column("95 % interval to, %", lambda row: _of_hundred(row.interval.high if row.interval else None)),
    ]
    return table_of("Cohorts", columns, comparison.compared)


def _of_hundred(share: float | None) -> Decimal | None:
    return None if share is None else _percent(Decimal(str(share)))


def _percent(share: Decimal | None) -> Decimal | None:
    return None if share is None else (share * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _days(median: Median | None) -> Value:
    return Decimal(str(median.days)) if median else None


# Under the number of pilots it is a share of, as on the page.
OF_ENTRY: Column[Row] = Column("Of all, %", lambda row: _percent(row.bar.from_entry))
COLUMNS: tuple[Column[Row], ...] = (
    Column("Stage", lambda row: row.name),
    Column("Ever", lambda row: row.bar.reached),
    Column("Here or later", lambda row: row.bar.there_now),
    Column("Moved on", lambda row: row.bar.moved_on),
    Column("Still open", lambda row: row.bar.open),
    Column("On hold", lambda row: row.bar.on_hold),
    Column("Ended", lambda row: row.bar.ended),
    Column("Of previous, %", lambda row: _percent(row.bar.from_previous)),
    OF_ENTRY,
    Column("Median days", lambda row: _days(row.bar.median)),
    Column("Median of how many", lambda row: row.bar.median.of if row.bar.median else None),
    Column("Only deployed", lambda row: row.bar.deployed),
)

"""The tables under the funnel as rows: the same numbers, shares in percent."""

from decimal import ROUND_HALF_UP, Decimal

from portfolio.dashboards.compare import Compared
from portfolio.dashboards.comparison import Comparison
from portfolio.dashboards.funnel import Median
from portfolio.dashboards.page import FunnelPage, Row
from portfolio.exchange.export.table import Column, Table, Value, table_of


def funnel_table(page: FunnelPage) -> Table:
    """Return a row for each bar; whoever sums up the stages finds all pilots open, on hold or ended once."""
    return table_of("Funnel", COLUMNS, page.rows)


def comparison_table(comparison: Comparison) -> Table:
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


COLUMNS: tuple[Column[Row], ...] = (
    Column("Stage", lambda row: row.name),
    Column("Ever", lambda row: row.bar.reached),
    Column("There now", lambda row: row.bar.there_now),
    Column("Moved on", lambda row: row.bar.moved_on),
    Column("Still open", lambda row: row.bar.open),
    Column("On hold", lambda row: row.bar.on_hold),
    Column("Ended", lambda row: row.bar.ended),
    Column("Of previous, %", lambda row: _percent(row.bar.from_previous)),
    Column("Of all, %", lambda row: _percent(row.bar.from_entry)),
    Column("Median days", lambda row: _days(row.bar.median)),
    Column("Median of how many", lambda row: row.bar.median.of if row.bar.median else None),
    Column("Only deployed", lambda row: row.bar.deployed),
)

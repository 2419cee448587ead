"""The scorecard as rows: a rule each, with the numbers of the page; of too few pilots no share."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from pilots.rules.scorecard import Fate, Interval, Side
from portfolio.desk.stalled.scorecard import ScorecardPage, ScoreWords
from portfolio.exchange.export.table import Column, Table, Value, table_of

FATES = {Fate.MOVED_ON: "moved on", Fate.ENDED: "stopped or retired", Fate.STILL_THERE: "still there"}


def scorecard_table(page: ScorecardPage) -> Table:
    days = (
        Column[ScoreWords]("Index day", lambda _: page.card.day),
        Column[ScoreWords]("Followed to", lambda _: page.card.until),
    )
    return table_of("Scorecard", (*COLUMNS, *days), page.rows)


def _percent(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(str(share * 100)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _low(interval: Interval | None) -> Decimal | None:
    return _percent(interval.low) if interval else None


def _high(interval: Interval | None) -> Decimal | None:
    return _percent(interval.high) if interval else None


def _columns(name: str, side: Callable[[ScoreWords], Side]) -> list[Column[ScoreWords]]:
    def told(fate: Fate) -> list[Column[ScoreWords]]:
        return [
            Column(f"{name}: {FATES[fate]}", lambda row: side(row).counts[fate]),
            Column(f"{name}: {FATES[fate]}, %", lambda row: _percent(side(row).share(fate))),
            Column(f"{name}: {FATES[fate]}, from %", lambda row: _low(side(row).interval(fate))),
            Column(f"{name}: {FATES[fate]}, to %", lambda row: _high(side(row).interval(fate))),
        ]

    return [Column(name, lambda row: side(row).of), *(column for fate in Fate for column in told(fate))]


def _lead(row: ScoreWords) -> Value:
    days = row.score.lead_days
    return None if days is None else Decimal(str(days))


COLUMNS: tuple[Column[ScoreWords], ...] = (
    Column("Rule", lambda row: row.rule.key),
    Column("Title", lambda row: row.rule.title),
    *_columns("Flagged", lambda row: row.score.flagged),
    *_columns("Not flagged", lambda row: row.score.spared),
    Column("Left out", lambda row: row.score.unplaced),
    Column("Rule failed", lambda row: row.score.failed),
    Column("What it says", lambda row: row.verdict),
    Column("Median days to move or end", _lead),
    Column("Median of how many that left", lambda row: row.score.lead_of),
    Column("Flags opened", lambda row: row.score.opened),
    Column("Flags disputed", lambda row: row.score.disputed),
)

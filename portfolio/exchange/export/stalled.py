"""What is stuck as rows: a pilot each, with its worst flag in words."""

from collections.abc import Iterator

from pilots.rules.registry import Pattern
from portfolio.desk.stalled.page import StalledPage
from portfolio.desk.stalled.rows import BLOCKED, NO_PATTERN, Row, under
from portfolio.exchange.export.batches import batches
from portfolio.exchange.export.table import Column, Table, table_of


def stalled_table(page: StalledPage) -> Table:
    return table_of("Stalled", COLUMNS, _rows(page))


def _rows(page: StalledPage) -> Iterator[Row]:
    for batch in batches(page.everything):
        yield from page.rows_of(batch)


def _pattern(row: Row) -> str:
    code = row.lead.flag.pattern if row.lead and row.lead.is_asleep else under(row.pilot)
    if code == BLOCKED:
        return NO_PATTERN[BLOCKED][0]
    return Pattern(code).label if code else ""


COLUMNS: tuple[Column[Row], ...] = (
    Column("Key", lambda row: row.pilot.key),
    Column("Name", lambda row: row.pilot.name),
    Column("Program", lambda row: row.pilot.program.name),
    Column("Health", lambda row: row.pilot.get_health_display()),
    Column("Pattern", _pattern),
    Column("Rule", lambda row: row.lead.title if row.lead else ""),
    Column("Severity", lambda row: row.lead.severity if row.lead else ""),
    Column("Reason", lambda row: row.fact),
    Column("In their words", lambda row: row.words),
    Column("Said by", lambda row: row.words_by),
    Column("Days", lambda row: row.days),
    Column("Flagged on", lambda row: row.pilot.program.today(row.lead.flag.opened_at) if row.lead else None),
    Column("Limit passed", lambda row: row.lead.limit if row.lead else ""),
    Column("Clears when", lambda row: row.lead.clears_when if row.lead else ""),
    Column("Next action", lambda row: row.next_action),
    Column("Who can take it", lambda row: row.who),
    Column("Other flags", lambda row: row.others),
    Column("Snoozed or disputed", lambda row: row.lead.rest if row.lead else ""),
    Column("Confidential", lambda row: "yes" if row.pilot.is_confidential else "no"),
)

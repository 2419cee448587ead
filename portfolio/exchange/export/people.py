"""Contacts as rows: who they are, and whether mail reaches them."""

from collections.abc import Iterator

from portfolio.desk.people.page import PeoplePage, Row
from portfolio.exchange.export.batches import batches
from portfolio.exchange.export.table import Column, Table, table_of


def people_table(page: PeoplePage) -> Table:
    return table_of("People", COLUMNS, _rows(page))


def _rows(page: PeoplePage) -> Iterator[Row]:
    for batch in batches(page.everybody):
        yield from page.rows_of(batch)


COLUMNS: tuple[Column[Row], ...] = (
    Column("Name", lambda row: row.owner.name),
    # "" where the reader may not know it: `OwnerQuerySet.with_address_for`.
    Column("E-mail", lambda row: getattr(row.owner, "address")),  # noqa: B009 -- annotated
    Column("Person or team", lambda row: row.owner.kind),
    Column("Job title", lambda row: row.owner.job_title),
    Column("Function", lambda row: row.owner.function),
    Column("In use", lambda row: "yes" if row.owner.is_active else "no"),
    Column("Program", lambda row: row.owner.program.name),
    Column("Mail", lambda row: row.standing.words),
    Column("Active pilots", lambda row: row.pilots),
)

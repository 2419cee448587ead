"""Proposes how a file nobody here has seen is to be read. Plain functions: no database, no clock."""

from collections.abc import Iterable

from portfolio.exchange.choices import Chosen
from portfolio.exchange.guessing.profiles import profile
from portfolio.exchange.guessing.shapes import Proposal
from portfolio.exchange.workbook import Workbook


def propose(
    workbook: Workbook, *, custom: Iterable[tuple[str, str]] = (), sheet: str = "", header: int = 0
) -> Proposal:
    """Return a guess for every choice; `sheet` and `header` are what a person has chosen already.

    `custom` are codes and labels of the program's own fields.
    """
    found = workbook.first_visible
    line = header or (found.rows[0].line if found.rows else 1)
    columns = {column.key: "" for column in profile(found, line)}
    return Proposal(chosen=Chosen(sheet=found.name, header=line, columns=columns))

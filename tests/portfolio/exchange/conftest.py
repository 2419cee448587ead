from datetime import UTC, date, datetime

import pytest

from pilots.access.models import Source
from pilots.actions.by import By
from portfolio.exchange import importing
from portfolio.exchange.importing import Order
from tests.portfolio.exchange.importer import Importer
from tests.portfolio.exchange.twin import HEADER_TOOLS, TOOLS, write

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


@pytest.fixture
def by_import() -> By:
    return By(user=None, at=NOW, source=Source.IMPORT)


@pytest.fixture
def tools_mapping(tmp_path):
    """Write the mapping of the workshop, with lines put before it; return its path."""

    def make(before: str = "", **replacements: str):
        text = f"{before}\n{TOOLS}"
        for old, new in replacements.items():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "tools.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return make


@pytest.fixture
def run(tmp_path, db, by_import):
    """Import rows of a shipped register; return the outcome."""

    def go(rows, *, header=None, apply=True, by=by_import, as_of=None, mapping="", program=""):
        path = tmp_path / "register.csv"
        write(path, rows, **({"header": header} if header else {}))
        order = Order(file=path, mapping=mapping, program=program, as_of=as_of)
        prepared = importing.prepare(order, user=by.user, today=NOW.date(), say=lambda _: None)
        if not apply:
            return importing.preview(prepared, by=by)
        return importing.apply(prepared, by=by, say=lambda _: None)

    return go


@pytest.fixture
def run_tools(run, program, tools_mapping):
    """Import rows of the workshop's list into the program Claims AI, as of a day in 2026."""

    def go(rows, as_of=date(2026, 6, 30), before="", **more):
        return run(
            rows,
            header=HEADER_TOOLS,
            as_of=as_of,
            mapping=tools_mapping(before),
            program=more.pop("program", "Claims AI"),
            **more,
        )

    return go


@pytest.fixture
def importer(tmp_path, manager, program) -> Importer:
    """The manager of Claims AI, who imports into it."""
    return Importer(tmp_path, manager, program)

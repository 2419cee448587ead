import io

import pytest

from portfolio.exchange.reading import recognise


@pytest.fixture
def read():
    """Read a file in this process, as the child does."""

    def go(content, *, encoding=""):
        stream = io.BytesIO(content if isinstance(content, bytes) else content.encode())
        return recognise.read(stream, encoding=encoding)

    return go


@pytest.fixture
def rows_of(read):
    """Read a workbook and return the rows of its first sheet by number."""

    def go(content):
        return {row.line: row.cells for row in read(content).sheets[0].rows}

    return go

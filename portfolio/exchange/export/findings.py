"""What an import has to say, as a file to take along: safe to open, whatever stood in the register."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import StreamingHttpResponse
from django.utils import timezone

from portfolio.exchange.export.answer import FileKind, answer, file_name
from portfolio.exchange.export.table import Column, table_of


@dataclass(frozen=True)
class ReportLine:
    """One finding. `line` is the line or row of the file, None where it is about all of it."""

    line: int | None
    column: str
    text: str
    reason: str
    kind: str


COLUMNS: tuple[Column[ReportLine], ...] = (
    Column("Line", lambda found: found.line),
    Column("Column", lambda found: found.column),
    Column("Text", lambda found: found.text),
    Column("Reason", lambda found: found.reason),
    Column("Kind", lambda found: found.kind),
)


def write_findings(rows: Iterable[ReportLine], kind: FileKind, *, program: str = "") -> StreamingHttpResponse:
    """Return the findings as a file; `program` is a slug, for its name. Rows are read as they are sent."""
    name = file_name("import-report", kind, on=timezone.localdate(), program=program)
    return answer(table_of("Import report", COLUMNS, rows), kind, name)

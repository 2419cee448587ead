"""The file to fill in: its columns are those of the export, so it is imported without any mapping."""

from collections.abc import Sequence

from django.http import StreamingHttpResponse
from django.utils import timezone
from xlsxwriter.worksheet import Worksheet

from pilots.access.models import Program
from pilots.lifecycle import Stage
from pilots.models import CustomField, HowBuilt, RiskTier
from portfolio.exchange.columns import STANDARD_COLUMNS, StandardColumn, for_custom_field
from portfolio.exchange.export.answer import FileKind, answer, file_name, workbook
from portfolio.exchange.export.custom import title_of
from portfolio.exchange.export.table import Table
from portfolio.exchange.export.xlsx_file import Book

SHEET, HELP_SHEET = "Pilots", "How to fill it in"
HELP_HEADER = ("Column", "What it means, and what may stand in it")
MOST_ROWS = 10_000  # rows below the header whose cells offer the words they may hold
WORDS: dict[str, Sequence[str]] = {
    "stage": [stage.label for stage in Stage],
    "risk": [tier.label for tier in RiskTier],
    "how_built": [item.label for item in HowBuilt],
    "confidential": ["yes", "no"],
}
ONE_DAY = frozenset({"decide_by", "milestone_due", "milestone_done"})
NUMBERS = frozenset({"kpi_baseline", "kpi_target"})


def template_columns(program: Program | None = None) -> tuple[StandardColumn, ...]:
    """Return the columns of the template, with those a program keeps of its own."""
    standard = [column for column in STANDARD_COLUMNS if column.in_template]
    fields = CustomField.objects.in_use().filter(program=program).in_order() if program else ()
    return (*standard, *(_own(field) for field in fields))


def _own(field: CustomField) -> StandardColumn:
    explained = f"A field of {field.program}: {field.of_kind.label.lower()}."
    if field.choices:
        explained = f"A field of {field.program}; one of: {', '.join(field.choices)}."
    return for_custom_field(field.code, title_of(field), explained)


def template_response(kind: FileKind, program: Program | None = None) -> StreamingHttpResponse:
    """Return the file to download: a header and nothing else, and as XLSX a second sheet that explains it."""
    columns = template_columns(program)
    slug = program.slug if program else ""
    name = file_name("template", kind, on=timezone.localdate(), program=slug)
    if kind is FileKind.CSV:
        return answer(Table(SHEET, [column.title for column in columns], ()), kind, name)
    return workbook(lambda book: _fill(book, columns), name)


def _fill(book: Book, columns: Sequence[StandardColumn]) -> None:
    sheet = book.sheet(SHEET, [column.title for column in columns])
    for place, column in enumerate(columns):
        _prepare(book, sheet, place, column)
    explained = book.sheet(HELP_SHEET, HELP_HEADER)
    explained.set_column(0, 0, 24, book.wrapped)
    explained.set_column(1, 1, 100, book.wrapped)
    for row, column in enumerate(columns, start=1):
        explained.write_string(row, 0, column.title, book.wrapped)
        explained.write_string(row, 1, column.explained, book.wrapped)


def _prepare(book: Book, sheet: Worksheet, place: int, column: StandardColumn) -> None:
    """Give a column its form. Where a day may be a month, a spreadsheet must not make a day of `2026-10`."""
    width = max(14, len(column.title) + 2)
    if column.meaning in ONE_DAY:
        sheet.set_column(place, place, width, book.day)
    elif column.meaning not in NUMBERS:
        sheet.set_column(place, place, width, book.as_text)
    if words := WORDS.get(column.meaning):
        rule = {"validate": "list", "source": list(words), "error_type": "warning"}
        sheet.data_validation(1, place, MOST_ROWS, place, rule)

"""Turns a table into a file to download."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import partial
from typing import IO

from django.core.exceptions import BadRequest
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header

from portfolio.exchange.export.csv_file import csv_pieces
from portfolio.exchange.export.table import Table
from portfolio.exchange.export.xlsx_file import Book

PARAMETER = "format"


class FileKind(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"

    @property
    def content_type(self) -> str:
        return {
            "csv": "text/csv; charset=utf-8",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }[self.value]


def wanted_kind(asked: Mapping[str, str]) -> FileKind:
    """Return the format an address asks for, CSV where it names none; raise `BadRequest` for others."""
    try:
        return FileKind(asked.get(PARAMETER) or FileKind.CSV)
    except ValueError:
        raise BadRequest("A list is exported as csv or as xlsx.") from None


def file_name(what: str, kind: FileKind, *, on: date, program: str = "") -> str:
    """Return such as `headway-pilots-claims-2026-11-21.csv`; `program` is a slug."""
    return f"{'-'.join(filter(None, ['headway', what, program, on.isoformat()]))}.{kind.value}"


def answer(table: Table, kind: FileKind, name: str) -> StreamingHttpResponse:
    """Send a table as a file of this name, its rows read as they are sent (CSV) or written (XLSX)."""
    if kind is FileKind.CSV:
        return downloaded(StreamingHttpResponse(_in_zone(csv_pieces(table))), kind, name)
    return workbook(partial(Book.write, table=table), name)


def workbook(fill: Callable[[Book], None], name: str) -> StreamingHttpResponse:
    """Send what `fill` writes into a workbook. It grows in a file without a name, never in memory."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- the response closes it
    try:
        with Book(file) as book:
            fill(book)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return downloaded(FileResponse(file), FileKind.XLSX, name)


def downloaded(response: StreamingHttpResponse, kind: FileKind, name: str) -> StreamingHttpResponse:
    """Let a response be saved under this name, and kept by nobody on the way."""
    response.headers["Content-Type"] = kind.content_type
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    patch_cache_control(response, private=True, no_store=True)
    return response


def _in_zone(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Make each piece in the reader's zone, which is put away by the time pieces are asked for."""
    zone = timezone.get_current_timezone()

    def made() -> Iterator[bytes]:
        while True:
            with timezone.override(zone):
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece

    return made()

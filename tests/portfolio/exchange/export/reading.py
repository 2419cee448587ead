"""Reads exported files back with readers that are not ours."""

import csv
import io

from python_calamine import CalamineWorkbook


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheets(content: bytes) -> dict[str, list[list]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def records(rows) -> list[dict]:
    header, *rest = rows
    return [dict(zip(header, row, strict=True)) for row in rest]

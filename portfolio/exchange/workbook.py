"""What was read from a file: sheets of rows of text, and what reading could not carry over.

Nothing here imports Django, because the child process that reads files uses it too.
"""

import json
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOST_UNPACKED = 400 * 1024 * 1024
FORM = 1


class Kind(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    ODS = "ods"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of cells; `line` is the line of the file on which it begins, or the sheet's row number."""

    line: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True)
class Sheet:
    """One sheet, blank rows left out; a CSV file is one sheet without a name."""

    name: str
    rows: tuple[Row, ...]
    is_hidden: bool = False


@dataclass(frozen=True)
class Workbook:
    """All of a file as text.

    `digest` is the SHA-256 of the file's bytes, in hex. `encoding` and `delimiter` are words for people,
    and "" where the file is no CSV. `notes` are sentences about what could not be carried over.
    """

    kind: Kind
    sheets: tuple[Sheet, ...]
    digest: str
    encoding: str = ""
    delimiter: str = ""
    notes: tuple[str, ...] = ()

    @property
    def first_visible(self) -> Sheet:
        """Return the first sheet that people see and that holds something, else the first of all."""
        shown = (sheet for sheet in self.sheets if sheet.rows and not sheet.is_hidden)
        return next(shown, self.sheets[0])


def pack(workbook: Workbook) -> bytes:
    """Return the workbook as compressed JSON, to be piped or stored."""
    sheets = [
        [sheet.name, sheet.is_hidden, [row.line for row in sheet.rows], [row.cells for row in sheet.rows]]
        for sheet in workbook.sheets
    ]
    form = {
        "form": FORM,
        "kind": workbook.kind.value,
        "digest": workbook.digest,
        "encoding": workbook.encoding,
        "delimiter": workbook.delimiter,
        "notes": workbook.notes,
        "sheets": sheets,
    }
    text = json.dumps(form, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"), level=1)


def unpack(packed: bytes) -> Workbook:
    """Return what `pack` was given. Raises `ValueError` for anything else."""
    form = _form(packed)
    return Workbook(
        kind=Kind(form["kind"]),
        sheets=tuple(
            Sheet(
                name,
                tuple(Row(line, tuple(cells)) for line, cells in zip(lines, rows, strict=True)),
                is_hidden,
            )
            for name, is_hidden, lines, rows in form["sheets"]
        ),
        digest=form["digest"],
        encoding=form["encoding"],
        delimiter=form["delimiter"],
        notes=tuple(form["notes"]),
    )


def _form(packed: bytes) -> dict[str, Any]:
    unzip = zlib.decompressobj()
    try:
        text = unzip.decompress(packed, MOST_UNPACKED)
    except zlib.error as error:
        raise ValueError(f"This is no packed workbook: {error}.") from None
    if not unzip.eof:
        raise ValueError("This packed workbook is cut off or too large.")
    form = json.loads(text.decode("utf-8", "surrogatepass"))
    if not isinstance(form, dict) or form.get("form") != FORM:
        raise ValueError("This packed workbook has another form than this release reads.")
    return form

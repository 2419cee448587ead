"""Looks through an ODS workbook: which sheets there are, and what stands in their cells.

The names of elements are those of OpenDocument 1.3, part 3, chapters 5, 6 and 9. A cell or a row can
say that it is repeated, and most empty ones do, up to the end of the sheet.
"""

import re
import zipfile

from portfolio.exchange.reading import limits
from portfolio.exchange.reading.archive import PROTECTED, Archive
from portfolio.exchange.reading.markup import walk
from portfolio.exchange.reading.numerals import is_long, percent, plain
from portfolio.exchange.reading.seen import Seen, Spent, address
from portfolio.exchange.reading.unreadable import BROKEN, Unreadable

MARK = "mimetype"
MEDIA_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
CONTENT = "content.xml"
MANIFEST = "META-INF/manifest.xml"
SPACES, PARAGRAPH, COMMENT = "s", "p", "annotation"
BREAKS = {"tab": "\t", "line-break": "\n"}
# What a formula shows that found no value; older programs say it in words only.
_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)|Err:\d+")

# The library reads a time of day only.
_LONG = re.compile(r"PT(2[4-9]|[3-9]\d|\d{3,9})H(\d\d?)M(\d\d?)(?:[.,]\d*)?S")


def is_ods(archive: Archive) -> bool:
    return MARK in archive and b"".join(archive.chunks(MARK)).startswith(MEDIA_TYPE)


def look_through(archive: Archive, into: zipfile.ZipFile) -> list[tuple[str, Seen | None]]:
    """Look through all parts that will be read, and write them anew as they were seen.

    Raises `Unreadable`.
    """
    for _ in archive.copy(MARK, into):
        pass
    if MANIFEST in archive:
        walk(archive.copy(MANIFEST, into), ManifestWalk())
    content = ContentWalk()
    walk(archive.copy(CONTENT, into), content)
    return [(seen.name, seen) for seen in content.sheets]


class ManifestWalk:
    """Refuses a workbook whose parts are encrypted."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "encryption-data":
            raise Unreadable(PROTECTED)

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


class ContentWalk:
    """Walks through all sheets, which stand one after another in one part."""

    def __init__(self) -> None:
        self.sheets: list[Seen] = []
        self._spent = Spent()
        self._seen: Seen | None = None
        self._row = self._column = self._rows = 0
        self._down = self._across = 0
        self._is_row_hidden = False
        self._cell: dict[str, str] | None = None
        self._comments = 0
        self._is_text = self._has_breaks = False
        self._parts: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._cell is not None:
            self._start_in_cell(name, attributes)
        elif name == "table":
            self._begin_sheet(attributes)
        elif self._seen is None:
            return  # what was deleted but is kept to be undone stands outside of all sheets
        elif name == "table-row":
            self._begin_row(self._seen, attributes)
        elif name in {"table-cell", "covered-table-cell"}:
            self._begin_cell(self._seen, attributes)
        elif name == "table-column":
            self._add_column(self._seen, attributes)

    def end(self, name: str) -> None:
        if name == PARAGRAPH:
            self._is_text = False
        elif name == COMMENT:
            self._comments -= 1
        elif name in {"table-cell", "covered-table-cell"} and self._seen is not None:
            if self._cell is not None:
                self._end_cell(self._seen, self._cell)
            self._cell = None
        elif name == "table":
            self._seen = None

    def text(self, text: str) -> None:
        if self._is_text:
            self._add(text)

    def _add(self, text: str, *, length: int = 0) -> None:
        self._length += length or len(text)
        if self._seen is not None:
            self._seen.check_length((self._row, self._column), self._length)
        self._parts.append(text)

    def _begin_sheet(self, attributes: dict[str, str]) -> None:
        if self._seen is not None or len(self.sheets) == limits.MOST_PARTS:
            raise Unreadable(BROKEN)
        self._seen = Seen(attributes.get("table:name", ""), self._spent)
        self.sheets.append(self._seen)
        self._row = self._column = self._rows = 0
        self._down = self._across = 1

    def _add_column(self, seen: Seen, attributes: dict[str, str]) -> None:
        count = _times(attributes, "table:number-columns-repeated")
        if attributes.get("table:visibility", "visible") != "visible":
            seen.hidden_columns.append((self._column + 1, self._column + count))
        self._column += count

    def _begin_row(self, seen: Seen, attributes: dict[str, str]) -> None:
        self._rows += 1
        seen.check_marks(self._rows)
        self._row += self._down
        self._down = _times(attributes, "table:number-rows-repeated")
        self._is_row_hidden = attributes.get("table:visibility", "visible") != "visible"
        self._column, self._across = 0, 1

    def _begin_cell(self, seen: Seen, attributes: dict[str, str]) -> None:
        self._column += self._across
        self._across = _times(attributes, "table:number-columns-repeated")
        self._cell = attributes
        self._comments = 0
        self._has_breaks = False
        self._parts.clear()
        self._length = 0
        down = _times(attributes, "table:number-rows-spanned")
        across = _times(attributes, "table:number-columns-spanned")
        place = (self._row, self._column)
        seen.merge(place, (place[0] + down - 1, place[1] + across - 1))

    def _start_in_cell(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            raise Unreadable(BROKEN)
        if name == COMMENT and self._seen is not None:
            self._comments += 1
            self._seen.comments.add(address((self._row, self._column)))
        if self._comments:
            return
        if name == PARAGRAPH:
            if self._parts:
                self._add("\n")
            self._is_text = True
        elif name == SPACES:
            count = _times(attributes, "text:c")
            self._add(" " * min(count, limits.MOST_IN_CELL), length=count)
        elif name in BREAKS:
            self._add(BREAKS[name])
            self._has_breaks = True

    def _end_cell(self, seen: Seen, cell: dict[str, str]) -> None:
        place, text = (self._row, self._column), "".join(self._parts)
        told = cell.get("office:string-value")
        if _is_error(cell, text):
            seen.errors.add(f"{address(place)} ({text[:20]})")
            self._read_instead(seen, "")
        elif text or told or "office:value-type" in cell:
            seen.fill(place, max(len(text), len(told or "")), down=self._down, across=self._across)
            if self._is_row_hidden:
                seen.hidden_rows.add(str(self._row))
                self._is_row_hidden = False
            self._read_exactly(seen, cell, text)
        elif "table:formula" in cell:
            seen.unfinished.add(address(place))

    def _read_exactly(self, seen: Seen, cell: dict[str, str], text: str) -> None:
        kind, value = cell.get("office:value-type"), cell.get("office:value", "")
        if kind == "percentage":
            self._read_instead(seen, percent(value))
        elif kind == "time" and (lasts := _LONG.match(cell.get("office:time-value", ""))):
            hours, minutes, seconds = (int(part) for part in lasts.groups())
            self._read_instead(seen, f"{hours}:{minutes:02}:{seconds:02}")
        elif kind == "float" and is_long(value):
            seen.long_numbers.add(address((self._row, self._column)))
            self._read_instead(seen, plain(value))
        elif (
            kind == "float" and text.startswith("0") and text.isdecimal() and text.lstrip("0") == plain(value)
        ):
            self._read_instead(seen, text)
        if self._has_breaks and "office:string-value" not in cell:
            self._read_instead(seen, text)

    def _read_instead(self, seen: Seen, text: str) -> None:
        for row in range(self._row, self._row + self._down):
            for column in range(self._column, self._column + self._across):
                seen.instead[row, column] = text


def _is_error(cell: dict[str, str], text: str) -> bool:
    if cell.get("calcext:value-type") == "error":
        return True
    return (
        "table:formula" in cell and cell.get("office:value-type") == "string" and bool(_ERROR.fullmatch(text))
    )


def _times(attributes: dict[str, str], name: str) -> int:
    """Return how often something is repeated, 1 where that is not said. Raises `Unreadable`."""
    text = attributes.get(name)
    if text is None:
        return 1
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) == 0:
        raise Unreadable(BROKEN)
    return int(text)

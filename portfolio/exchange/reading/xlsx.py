"""Looks through the parts of an XLSX workbook: which sheets there are, and what stands in their cells.

The names of elements are those of ECMA-376, part 1, chapter 18.
"""

import posixpath
import zipfile
from array import array
from dataclasses import dataclass, field

from portfolio.exchange.reading import limits
from portfolio.exchange.reading.archive import Archive
from portfolio.exchange.reading.markup import walk
from portfolio.exchange.reading.number_formats import Formats, Styles
from portfolio.exchange.reading.numerals import is_long, plain
from portfolio.exchange.reading.seen import Place, Seen, Spent, address, column_number
from portfolio.exchange.reading.unreadable import BROKEN, Unreadable

ROOT = "_rels/.rels"
# Where the library looks for the parts there are one of; some programs call them otherwise.
BOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
SHARED = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
ROOT_TEXT = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="xl/workbook.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/>'
    "</Relationships>"
)
DIGITS = "0123456789"
MOST_NUMBER = 1_048_576  # the last row of a sheet of Excel


@dataclass
class Parts:
    """The sheets a workbook lists, and the parts its relations name, which are told from a folder."""

    folder: str = "xl"
    sheets: list[tuple[str, str]] = field(default_factory=list)
    targets: dict[str, tuple[str, str]] = field(default_factory=dict)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.sheets.append((attributes.get("name", ""), relation))
        elif name == "Relationship":
            kind = attributes.get("Type", "").rpartition("/")[2]
            path = posixpath.normpath(posixpath.join("/", self.folder, attributes.get("Target", "")))
            self.targets[attributes.get("Id", "")] = (kind, path.lstrip("/"))

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass

    def part(self, kind: str) -> str:
        """Return the path of the part of a kind there is one of, or ""."""
        return next((path for found, path in self.targets.values() if found == kind), "")


def book_of(archive: Archive) -> str:
    """Return the path of the part that lists the sheets, or "" for an archive that is no XLSX workbook."""
    if ROOT not in archive:
        return ""
    root = Parts(folder="")
    walk(archive.chunks(ROOT), root)
    path = root.part("officeDocument")
    return path if path.endswith(".xml") and path.startswith("xl/") and path in archive else ""


class SharedTexts:
    """How long each text is that cells point to, with the notes on how it is pronounced."""

    def __init__(self) -> None:
        self.lengths = array("L")
        self._length = 0
        self._is_text = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self._is_text = True
        elif name == "si":
            self._length = 0

    def end(self, name: str) -> None:
        if name == "t":
            self._is_text = False
        elif name == "si":
            self.lengths.append(self._length)

    def text(self, text: str) -> None:
        if self._is_text:
            self._length += len(text)
            if self._length > limits.MOST_IN_CELL:
                raise Unreadable(f"A cell has more than {limits.MOST_IN_CELL:,} characters. Shorten it.")


class SheetWalk:
    """Walks through one sheet and fills `Seen`."""

    def __init__(self, seen: Seen, shared: "array[int]", formats: Formats) -> None:
        self._seen, self._shared, self._formats = seen, shared, formats
        self._row = self._column = self._rows = 0
        self._kind = self._style = ""
        self._has_formula = self._is_inside = self._is_value = False
        self._is_row_hidden = False
        self._parts: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._begin_cell(attributes)
        elif name == "v" or name == "t":
            self._is_value = self._is_inside
        elif name == "row":
            self._begin_row(attributes)
        elif name == "f":
            self._has_formula = True
        elif name == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            self._seen.merge(_place(first), _place(last or first))
        elif name == "col" and _is_true(attributes.get("hidden", "")):
            columns = _number(attributes.get("min", "")), _number(attributes.get("max", ""))
            self._seen.hidden_columns.append(columns)

    def end(self, name: str) -> None:
        if name == "v" or name == "t":
            self._is_value = False
        elif name == "c":
            self._end_cell()

    def text(self, text: str) -> None:
        if self._is_value:
            self._parts.append(text)
            self._length += len(text)
            if self._length > limits.MOST_IN_CELL:
                self._seen.check_length((self._row, self._column), self._length)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._rows += 1
        self._seen.check_marks(self._rows)
        self._row = _number(attributes["r"]) if "r" in attributes else self._row + 1
        self._column = 0
        self._is_row_hidden = _is_true(attributes.get("hidden", ""))

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip(DIGITS)
            self._column = column_number(letters)
            self._row = _number(reference[len(letters) :])
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "")
        self._is_inside = True
        self._has_formula = False
        self._parts.clear()
        self._length = 0

    def _end_cell(self) -> None:
        self._is_inside = False
        seen, place = self._seen, (self._row, self._column)
        text = "".join(self._parts)
        length = self._length_of(text)
        if self._kind == "e":
            seen.errors.add(f"{address(place)} ({text[:20]})")
        elif length:
            seen.fill(place, length)
            if self._is_row_hidden:
                seen.hidden_rows.add(str(self._row))
                self._is_row_hidden = False
            if self._kind == "n":
                self._number(place, text)
        elif self._has_formula and self._kind != "str":
            seen.unfinished.add(address(place))

    def _length_of(self, text: str) -> int:
        if self._kind != "s" or not text:
            return len(text)
        try:
            return self._shared[int(text)]
        except (ValueError, IndexError):
            raise Unreadable(BROKEN) from None

    def _number(self, place: Place, text: str) -> None:
        shown = self._formats.get(self._style)
        if is_long(text):
            self._seen.long_numbers.add(address(place))
            self._seen.instead[place] = plain(text)
        if shown is not None:
            self._seen.instead[place] = shown(text)
        elif text.startswith("-") and self._style:
            self._seen.negative[place] = plain(text)


def look_through(archive: Archive, into: zipfile.ZipFile) -> list[tuple[str, Seen | None]]:
    """Look through all parts that will be read, and write them anew as they were seen.

    The library then opens an archive of nothing but what was checked. Returns all sheets in order, with
    None where one holds no cells but a chart or a macro. Raises `Unreadable`.
    """
    into.writestr(ROOT, ROOT_TEXT)
    parts, shared, styles = Parts(), SharedTexts(), Styles()
    book = book_of(archive)
    folder, name = posixpath.split(book)
    walk(archive.copy(book, into, under=BOOK), parts)
    walk(archive.copy(f"{folder}/_rels/{name}.rels", into, under=RELATIONS), parts)
    one_of = (("sharedStrings", SHARED, shared), ("styles", STYLES, styles))
    for kind, under, by in one_of:
        if parts.part(kind):
            walk(archive.copy(parts.part(kind), into, under=under), by)
    spent, formats = Spent(), styles.formats()
    sheets: list[tuple[str, Seen | None]] = []
    paths: set[str] = set()
    for name, relation in parts.sheets:
        kind, path = parts.targets.get(relation, ("", ""))
        if kind != "worksheet":
            sheets.append((name, None))
            continue
        if path in paths:
            raise Unreadable(BROKEN)
        paths.add(path)
        seen = Seen(name, spent)
        walk(archive.copy(path, into), SheetWalk(seen, shared.lengths, formats))
        sheets.append((name, seen))
    return sheets


def _place(reference: str) -> Place:
    letters = reference.rstrip(DIGITS)
    return _number(reference[len(letters) :]), column_number(letters)


def _number(digits: str) -> int:
    """Return the number of a row or a column. Raises `Unreadable` for what is none."""
    try:
        number = int(digits)
    except ValueError:
        number = 0
    if not 0 < number <= MOST_NUMBER:
        raise Unreadable(BROKEN)
    return number


def _is_true(text: str) -> bool:
    return text in {"1", "true"}

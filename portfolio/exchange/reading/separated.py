"""Reads separated values: finds out the encoding and the delimiter, and keeps the true line of each row.

Every limit is checked while the file streams by, so a file made to fill the memory is refused before
it does.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO, TextIO

from portfolio.exchange.reading import limits
from portfolio.exchange.reading.unreadable import Unreadable
from portfolio.exchange.workbook import Kind, Row, Sheet, Workbook

CHUNK = 256 * 1024
MOST_IN_SAMPLE = 64 * 1024
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

_BOMS = [
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
]
# Alphabets whose bytes are all defined in Windows-1252 too, where they would read as nonsense.
_OTHER_ALPHABETS = [
    "cp1251",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp932",
    "gb18030",
    "big5",
    "euc_kr",
    "koi8_r",
    "mac_roman",
]


def read_separated(stream: BinaryIO, *, digest: str, encoding: str = "") -> Workbook:
    """Read a file of separated values; `encoding` is the one a mapping names, else it is found out.

    Raises `Unreadable`.
    """
    codec, words = _encoding(stream, encoding)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=codec, newline="")
    try:
        rows, delimiter = _parse(_lines(text))
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise Unreadable(f"The file is not {words}: byte {byte:#04x} has no meaning there.") from None
    except UnicodeError:  # such as a UTF-16 without its byte order mark
        raise Unreadable(f"The file is not {words}.") from None
    finally:
        text.detach()
    return Workbook(Kind.CSV, (Sheet("", rows),), digest, encoding=words, delimiter=delimiter)


def _encoding(stream: BinaryIO, named: str) -> tuple[str, str]:
    """Return Python's name of the file's encoding and a name for people."""
    stream.seek(0)
    head = stream.read(4)
    for bom, codec, words in _BOMS:
        if head.startswith(bom):
            return codec, words
    is_utf8, sample = _walk(stream)
    if named:
        return named, f"{named}, as the mapping says"
    if is_utf8:
        return "utf-8", "UTF-8"
    return "cp1252", _western(sample)


def _walk(stream: BinaryIO) -> tuple[bool, bytes]:
    """Return whether the whole file is UTF-8, and some of its lines beyond ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, sample = True, bytearray()
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        if is_utf8:
            is_utf8 = _goes_on(decoder, chunk)
        if len(sample) < MOST_IN_SAMPLE:
            sample += b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())
    return is_utf8 and _goes_on(decoder, b"", final=True), bytes(sample[:MOST_IN_SAMPLE])


def _goes_on(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _western(sample: bytes) -> str:
    """Say that the file is read as Windows-1252, or refuse where that would be a guess."""
    import charset_normalizer  # noqa: PLC0415 -- rarely needed, and it would slow the start of every child

    likely = charset_normalizer.from_bytes(sample, cp_isolation=["cp1252", *_OTHER_ALPHABETS])
    names = [name for match in likely for name in match.could_be_from_charset]
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        names = [name for name in names if name != "cp1252"] or ["another encoding"]
    if names and "cp1252" not in names:
        raise Unreadable(
            f"The file is neither UTF-8 nor Windows-1252; it may be {names[0]}. "
            "Save it as UTF-8, or name its encoding in the mapping."
        )
    return "Windows-1252 (it is not UTF-8)"


def _lines(stream: TextIO) -> Iterator[str]:
    """Yield lines with their ends; a line that never ends cannot fill the memory."""
    number = 0
    while line := stream.readline(limits.MOST_IN_LINE + 1):
        number += 1
        if len(line) > limits.MOST_IN_LINE:
            raise Unreadable(f"Line {number} has millions of characters and no end, so this is no table.")
        if "\x00" in line:
            raise Unreadable(
                f"Line {number} holds a NUL byte, so this is no text file. Save the sheet as CSV in UTF-8."
            )
        yield line


def _parse(lines: Iterator[str]) -> tuple[tuple[Row, ...], str]:
    """Return all rows and the delimiter in words."""
    first = list(islice(lines, 200))
    told = re.fullmatch(r"sep=(.)\s*", first[0]) if first else None
    delimiter = told[1] if told else _delimiter(first)
    start = 1 if told else 0
    rows: list[Row] = []
    for row in _rows(chain(first[start:], lines), delimiter, start):
        if len(rows) > limits.MOST_ROWS:
            raise Unreadable(f"The file has more than {limits.MOST_ROWS:,} rows. Split it.")
        rows.append(row)
    if not rows:
        raise Unreadable("The file holds nothing but white space.")
    return tuple(rows), DELIMITERS.get(delimiter, delimiter)


def _rows(lines: Iterable[str], delimiter: str, start: int) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = start + 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(_malformed(line, error)) from None
        row = Row(line, tuple(cells))
        line = start + reader.line_num + 1
        if not row.is_blank:
            _check_row(row)
            yield row


def _malformed(line: int, error: csv.Error) -> str:
    if "field limit" in str(error):
        return _too_long(line)
    if "end of data" in str(error):
        return f"The row that begins on line {line} opens a quotation mark that is never closed."
    return f"The row that begins on line {line} has a quotation mark inside a quoted cell; write it twice."


def _check_row(row: Row) -> None:
    if len(row.cells) > limits.MOST_COLUMNS:
        raise Unreadable(
            f"Line {row.line} has {len(row.cells):,} columns; a register may have {limits.MOST_COLUMNS}."
        )
    if any(len(cell) > limits.MOST_IN_CELL for cell in row.cells):
        raise Unreadable(_too_long(row.line))


def _too_long(line: int) -> str:
    return (
        f"The row that begins on line {line} has a cell of more than {limits.MOST_IN_CELL:,} characters. "
        "Shorten it, or look for a quotation mark that is never closed."
    )


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter under which the first rows are most alike, the widest if several are."""

    def fit(delimiter: str) -> tuple[float, int]:
        try:
            rows = [len(row) for row in islice(csv.reader(lines, delimiter=delimiter), 20) if row]
        except csv.Error:
            return (0.0, 0)
        widths = rows[:-1] if len(rows) > 2 else rows
        if not widths or widths[0] < 2:
            return (0.0, 0)
        return (widths.count(widths[0]) / len(widths), widths[0])

    best = max(DELIMITERS, key=fit)
    return best if fit(best) > (0.0, 0) else ","

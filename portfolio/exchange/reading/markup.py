"""Walks through XML as it streams by. No entity is ever expanded: a document type is refused."""

from collections.abc import Generator
from contextlib import closing
from typing import NoReturn, Protocol
from xml.parsers import expat

from portfolio.exchange.reading.unreadable import BROKEN, Unreadable

BUFFER = 64 * 1024


class Walk(Protocol):
    """What is done on the way; names come without the prefix of their namespace."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


def walk(chunks: Generator[bytes, None, None], by: Walk) -> None:
    """Walk through a document. Raises `Unreadable` where it is not well-formed, and what `by` raises."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = BUFFER
    start, end = by.start, by.end

    def started(name: str, attributes: dict[str, str]) -> None:
        start(name if ":" not in name else name.partition(":")[2], attributes)

    def ended(name: str) -> None:
        end(name if ":" not in name else name.partition(":")[2])

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = by.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        with closing(chunks):  # what is read or written on the way must not stay open
            for chunk in chunks:
                parser.Parse(chunk)
        parser.Parse(b"", True)  # noqa: FBT003 -- it takes no names
    except (expat.ExpatError, LookupError, ValueError):  # the last two: an encoding that is none
        raise Unreadable(BROKEN) from None


def _refuse(*_: object) -> NoReturn:
    raise Unreadable(
        "The workbook declares a document type, which no spreadsheet program writes. "
        "Open it in one, save it anew as .xlsx, and import that."
    )

"""Finds out from its first bytes what kind of file it is, and has it read; its name proves nothing."""

import hashlib
from io import BufferedIOBase

from portfolio.exchange.reading.separated import read_separated
from portfolio.exchange.reading.unreadable import Unreadable
from portfolio.exchange.workbook import Workbook

_OTHER_FILES = [
    (b"PK\x03\x04", "a workbook or a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old Excel"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
]


def read(stream: BufferedIOBase, *, encoding: str = "") -> Workbook:
    """Read a file from its beginning, in this process. Raises `Unreadable`."""
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    head = stream.read(16)
    for magic, what in _OTHER_FILES:
        if head.startswith(magic):
            raise Unreadable(f"The file is {what}. Save the sheet as CSV and import that.")
    return read_separated(stream, digest=digest, encoding=encoding)

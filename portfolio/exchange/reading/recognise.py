"""Finds out from its first bytes what kind of file it is, and has it read; its name proves nothing."""

import hashlib
from typing import BinaryIO

from portfolio.exchange.reading.archive import PROTECTED
from portfolio.exchange.reading.separated import read_separated
from portfolio.exchange.reading.unreadable import Unreadable
from portfolio.exchange.workbook import Workbook

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
OLE = b"\xd0\xcf\x11\xe0"
_OTHER_FILES = [
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"{\\rtf", "a text document"),
]
# Some programs give a web page or XML the name of a workbook.
_MARKUP = (b"<?xml", b"<html", b"<!doctype", b"<table", b"<workbook")
LONGEST_MARK = 64
CHUNK = 1024 * 1024


def read(stream: BinaryIO, *, encoding: str = "") -> Workbook:
    """Read a file from its beginning, in this process. Raises `Unreadable`."""
    digest = _digest(stream)
    stream.seek(0)
    head = stream.read(LONGEST_MARK)
    if head.startswith(ZIP):
        # Reading CSV should not wait for a library it does not need.
        from portfolio.exchange.reading.sheets import read_sheets  # noqa: PLC0415

        return read_sheets(stream, digest=digest)
    if head.startswith(OLE):
        raise Unreadable(_old(stream))
    for magic, what in _OTHER_FILES:
        if head.startswith(magic):
            raise Unreadable(f"The file is {what}. Save the sheet as .xlsx or CSV and import that.")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP):
        raise Unreadable(
            "The file is a web page or XML, whatever its name says. "
            "Open it in a spreadsheet program, save it as .xlsx, and import that."
        )
    return read_separated(stream, digest=digest, encoding=encoding)


def _digest(stream: BinaryIO) -> str:
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _old(stream: BinaryIO) -> str:
    """Say what a file of Microsoft's older container is: a protected workbook looks like an old one."""
    stream.seek(0)
    if "EncryptedPackage".encode("utf-16-le") in stream.read():
        return PROTECTED
    return "The file is a workbook of an old Excel (.xls). Save it as .xlsx and import that."

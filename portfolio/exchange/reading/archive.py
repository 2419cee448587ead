"""Looks into a zip archive before anything is unpacked, and unpacks a part piece by piece.

The directory of an archive may lie about sizes. Python stops a part at the size it declares and then
compares the checksum, so the sum of the declared sizes bounds what can come out.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Generator
from typing import BinaryIO

from portfolio.exchange.reading import limits
from portfolio.exchange.reading.unreadable import BROKEN, Unreadable

CHUNK = 256 * 1024
END = struct.Struct("<4s4H2LH")  # the record that closes a zip archive
ENCRYPTED = 0x1
PROTECTED = (
    "The workbook is protected by a password. Open it in a spreadsheet program, "
    "save it as .xlsx without a password, and import that."
)


# What the zip module raises of bytes that are no sound archive. NotImplementedError is its word, not ours: it
# is how it refuses a compression or version it does not know, and a file may name any.
UNSOUND = (zipfile.BadZipFile, ValueError, NotImplementedError)


class Archive:
    """A zip archive whose directory was found to be sound; parts are named without regard to case."""

    def __init__(self, stream: BinaryIO) -> None:
        """Raise `Unreadable` for an archive that is broken, too large, or built to mislead."""
        _check_end(stream)
        try:
            self._zip = zipfile.ZipFile(stream)
        except UNSOUND:
            raise Unreadable(BROKEN) from None
        parts = self._zip.infolist()
        _check_parts(parts)
        self._parts = {part.filename.lower(): part for part in parts}
        if len(self._parts) < len(parts):
            raise Unreadable(BROKEN)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def names(self) -> list[str]:
        return list(self._parts)

    def chunks(self, name: str) -> Generator[bytes, None, None]:
        """Yield what a part holds, checked against its checksum at the end. Raises `Unreadable`."""
        try:
            with self._zip.open(self._parts[name.lower()]) as part:
                while chunk := part.read(CHUNK):
                    yield chunk
        except (KeyError, EOFError, zlib.error, *UNSOUND):
            raise Unreadable(BROKEN) from None

    def copy(self, name: str, into: zipfile.ZipFile, *, under: str = "") -> Generator[bytes, None, None]:
        """Yield what a part holds while it is written into another archive, perhaps under another name."""
        with into.open(under or name, "w") as target:
            for chunk in self.chunks(name):
                target.write(chunk)
                yield chunk


def _check_end(stream: BinaryIO) -> None:
    """Refuse a long directory before it is read: an archive of 50 MB can list a million parts."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - END.size - 0xFFFF))
    tail = stream.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + END.size:
        raise Unreadable(BROKEN)
    _, _, _, _, count, length, _, _ = END.unpack_from(tail, place)
    if count > limits.MOST_PARTS or length > limits.MOST_DIRECTORY:
        raise Unreadable(
            f"The file is an archive of more than {limits.MOST_PARTS} parts; no register has that."
        )


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > limits.MOST_PARTS:
        raise Unreadable(
            f"The file is an archive of more than {limits.MOST_PARTS} parts; no register has that."
        )
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise Unreadable(PROTECTED)
    for part in parts:
        goes_elsewhere = part.filename.startswith("/") or ".." in part.filename.split("/")
        if goes_elsewhere or part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Unreadable(BROKEN)
    unzipped, zipped = (
        sum(sizes) for sizes in zip(*((p.file_size, p.compress_size) for p in parts), strict=True)
    )
    if unzipped > limits.MOST_UNZIPPED:
        raise Unreadable(
            f"The workbook unpacks to {unzipped / 1024 / 1024:,.0f} MB; "
            f"{limits.MOST_UNZIPPED // 1024 // 1024} may be. Split it, or leave out columns."
        )
    if unzipped > limits.MOST_RATIO * max(1, zipped):
        raise Unreadable(
            f"The workbook unpacks to more than {limits.MOST_RATIO} times its size, "
            "which is not as spreadsheet programs write. Save the sheet as CSV and import that."
        )

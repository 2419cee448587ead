"""Builds files made to fill a reader's memory or to keep it busy; each is small on disk and built fast."""

import random
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache

from tests.portfolio.exchange.reading.books import (
    MAIN,
    archive,
    cell,
    line,
    ods,
    ods_parts,
    row,
    shared,
    sheet,
    table,
    text,
    xlsx,
    xlsx_parts,
)

MB = 1024 * 1024
ENTITIES = (
    '<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {now} "{f"&{before};" * 10}">' for before, now in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


@dataclass(frozen=True)
class Repeated:
    """Text in which `block` stands `times` over; only one block is ever compressed."""

    before: str
    block: str
    times: int
    after: str
    declared: int | None = None


@lru_cache
def deflated(content: Repeated) -> tuple[bytes, int, int]:
    """Return compressed bytes, checksum and size."""
    pack = zlib.compressobj(6, zlib.DEFLATED, -15)
    before, block, after = (text.encode() for text in (content.before, content.block, content.after))
    packed = pack.compress(before) + pack.flush(zlib.Z_FULL_FLUSH)
    packed += (pack.compress(block) + pack.flush(zlib.Z_FULL_FLUSH)) * content.times
    packed += pack.compress(after) + pack.flush()
    checksum = zlib.crc32(before)
    for _ in range(content.times):
        checksum = zlib.crc32(block, checksum)
    size = len(before) + len(block) * content.times + len(after)
    return packed, zlib.crc32(after, checksum), size


def forged(
    parts: dict[str, str | bytes | Repeated],
    *,
    flags: int = 0,
    count: int | None = None,
    comment: bytes = b"",
) -> bytes:
    """Write an archive by hand, so that it can declare what it does not have.

    `flags` and `comment` are those of each part, `count` is how many parts the archive claims to have.
    """
    body, directory = bytearray(), bytearray()
    for name, content in parts.items():
        if not isinstance(content, Repeated):
            content = Repeated(content if isinstance(content, str) else content.decode(), "", 0, "")
        packed, checksum, size = deflated(content)
        size = size if content.declared is None else content.declared
        fields = struct.pack("<5H3L2H", 20, flags, 8, 0, 33, checksum, len(packed), size, len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + fields
        directory += struct.pack("<3H2L", len(comment), 0, 0, 0, len(body)) + name.encode() + comment
        body += b"PK\x03\x04" + fields + name.encode() + packed
    count = min(len(parts), 0xFFFF) if count is None else count
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def with_sheet(content: Repeated | str, **more: str) -> bytes:
    return forged({**xlsx_parts("", **more), "xl/worksheets/sheet1.xml": content})


def with_picture(content: Repeated | str, **more: str) -> bytes:
    """Return a workbook that is large beside its sheet, so that it does not unpack to a suspicious size."""
    picture = random.Random(7).randbytes(MB).decode("latin-1")
    return forged(
        {**xlsx_parts("", **more), "xl/worksheets/sheet1.xml": content, "xl/media/image1.png": picture}
    )


def repeated_rows(block: str, times: int, *, declared: int | None = None) -> Repeated:
    before, after = sheet("!").split("!")
    return Repeated(before, block, times, after, declared)


def one_huge_cell() -> bytes:
    return with_sheet(repeated_rows("x" * MB, 300))


def one_huge_cell_that_lies() -> bytes:
    before, after = sheet(f"<row>{text('A1', '!')}</row>").split("!")
    return with_sheet(Repeated(before, "x" * MB, 300, after, declared=MB))


def one_far_cell() -> bytes:
    return xlsx(sheet(row(1, "name") + f'<row r="1048576">{text("XFD1048576", "x")}</row>'))


def two_million_rows() -> bytes:
    return with_picture(repeated_rows("<row><c><v>1</v></c></row>" * 1000, 2000))


def two_million_blank_rows() -> bytes:
    return with_sheet(repeated_rows("<row/>" * 1000, 2000))


def lying_sizes() -> bytes:
    return with_sheet(repeated_rows("<row><c><v>1</v></c></row>" * 1000, 1, declared=500))


def many_parts() -> bytes:
    return forged({f"xl/{number}": "" for number in range(100_000)})


def nested_archives() -> bytes:
    inner = archive({"zeros": b"\0" * MB})
    for _ in range(5):
        inner = archive({f"lib {number}.zip": inner for number in range(16)})
    return inner


def nested_entities() -> bytes:
    return xlsx(sheet(f"<row>{text('A1', '&i;')}</row>").replace("<worksheet", f"{ENTITIES}<worksheet"))


def nested_entities_of_shared_texts() -> bytes:
    return xlsx(sheet(row(1, "x")), shared=shared("&i;").replace("<sst", f"{ENTITIES}<sst"))


def nested_entities_of_ods() -> bytes:
    parts = ods_parts(table(line(cell("&i;"))))
    content = str(parts["content.xml"])
    return archive(
        {**parts, "content.xml": content.replace("<office:document", f"{ENTITIES}<office:document", 1)}
    )


def one_text_in_many_cells() -> bytes:
    block = '<row><c t="s"><v>0</v></c></row>' * 1000
    return with_picture(repeated_rows(block, 40), shared=shared("x" * 32_000))


def many_sheets_of_one_part() -> bytes:
    parts = xlsx_parts(sheet(row(1, "x")))
    book = str(parts["xl/workbook.xml"])
    listed = "".join(
        f'<sheet name="{number}" sheetId="{number}" r:id="rId1"/>' for number in range(2, 10_000)
    )
    return archive({**parts, "xl/workbook.xml": book.replace("</sheets>", f"{listed}</sheets>")})


def repeated_cells() -> bytes:
    filled = cell("x", 'office:value-type="string" table:number-columns-repeated="16384"')
    return ods(table(line(filled, told='table:number-rows-repeated="1048576"')))


def repeated_spaces() -> bytes:
    spaces = '<text:s text:c="30000"/>' * 100_000
    return archive(ods_parts(table(line(cell(f"x{spaces}")))), packed=False)


def deep_markup() -> bytes:
    return with_picture(f'<worksheet xmlns="{MAIN}">{"<a>" * 200_000}{"</a>" * 200_000}</worksheet>')


def squeezed() -> bytes:
    return with_sheet(repeated_rows(" " * MB, 20))

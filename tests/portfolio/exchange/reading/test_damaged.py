import random
from collections import Counter

import pytest

from portfolio.exchange.reading import Unreadable
from portfolio.exchange.reading.unreadable import BROKEN
from tests.portfolio.exchange.reading.books import (
    archive,
    cell,
    line,
    ods_parts,
    row,
    shared,
    sheet,
    styles,
    table,
    xlsx,
    xlsx_parts,
)

WORDS = [
    b"",
    b'"',
    b"<",
    b"/",
    b"&amp;",
    b"-1",
    b"0",
    b"1e999",
    b"NaN",
    b"18446744073709551616",
    b"XFD1048577",
]
SOUND = [
    xlsx_parts(
        sheet(
            row(1, "name", "day") + '<row r="2"><c t="s"><v>0</v></c><c s="1"><v>45720</v></c></row>',
            after='<mergeCells><mergeCell ref="A1:A2"/></mergeCells>',
        ),
        shared=shared("Triage"),
        styles=styles("yyyy-mm-dd", "0%"),
    ),
    ods_parts(
        table(
            line(cell("name"), cell("7", 'office:value-type="float" office:value="7"'))
            + line(cell("4.3.", 'office:value-type="date" office:date-value="2025-03-04"'))
        )
    ),
]


def damaged(chance: random.Random) -> bytes:
    parts = dict(chance.choice(SOUND))
    name = chance.choice([name for name in parts if name != "mimetype"])
    content = bytearray(str(parts[name]).encode())
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(content))
        content[place : place + chance.randrange(12)] = chance.choice(WORDS)
    packed = bytearray(archive({**parts, name: bytes(content)}, packed=False))
    if chance.random() < 0.3:
        packed[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
    return bytes(packed)


def test_a_damaged_workbook_is_read_or_refused_in_words(read):
    chance = random.Random(7)
    seen = Counter()

    for _ in range(400):
        try:
            read(damaged(chance))
        except Unreadable as refusal:
            seen[str(refusal) == BROKEN] += 1
        else:
            seen["read"] += 1

    assert seen["read"] > 20  # some damage matters to nobody, so the files were workbooks
    assert seen[True] > 100


@pytest.mark.parametrize("encoding", ["F-8", "shift_jis", "rot13"])
def test_an_encoding_that_is_none_is_refused(read, encoding):
    with pytest.raises(Unreadable) as refusal:
        read(xlsx(sheet(row(1, "name")).replace("UTF-8", encoding)))

    assert str(refusal.value) == BROKEN

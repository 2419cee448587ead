import io
import zipfile

import pytest

from portfolio.exchange.reading import Unreadable
from portfolio.exchange.reading.archive import PROTECTED
from portfolio.exchange.reading.unreadable import BROKEN
from tests.portfolio.exchange.reading.bombs import forged
from tests.portfolio.exchange.reading.books import archive, row, sheet, xlsx, xlsx_parts

PARTS = xlsx_parts(sheet(row(1, "name")))
TOO_MANY = "The file is an archive of more than 200 parts; no register has that."
MANY = {**PARTS, **{f"docs/{number}": "" for number in range(300)}}


def packed_by(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as into:
        for name, content in PARTS.items():
            into.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(forged(PARTS), id="forged"),
        pytest.param(archive(PARTS, packed=False), id="not packed"),
        pytest.param(xlsx(sheet(row(1, "name"))), id="packed"),
    ],
)
def test_a_sound_archive_is_opened(rows_of, content):
    assert rows_of(content) == {1: ("name",)}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(forged(PARTS, count=201), TOO_MANY, id="claims many parts"),
        pytest.param(forged(MANY, count=3), TOO_MANY, id="claims few parts and has many"),
        pytest.param(forged({**PARTS, "docs/x": ""}, comment=b"x" * 60_000), TOO_MANY, id="long directory"),
        pytest.param(forged(PARTS, flags=1), PROTECTED, id="encrypted"),
        pytest.param(forged({**PARTS, "/etc/passwd": "x"}), BROKEN, id="absolute name"),
        pytest.param(forged({**PARTS, "xl/../../x": "x"}), BROKEN, id="name that leads elsewhere"),
        pytest.param(forged({**PARTS, "XL/Workbook.xml": "x"}), BROKEN, id="a part twice"),
        pytest.param(packed_by(zipfile.ZIP_BZIP2), BROKEN, id="bzip2"),
        pytest.param(packed_by(zipfile.ZIP_LZMA), BROKEN, id="LZMA"),
        pytest.param(forged(PARTS)[:-30], BROKEN, id="cut off"),
        pytest.param(b"PK\x03\x04", BROKEN, id="nothing but a beginning"),
        pytest.param(
            archive({"xl/workbook.bin": b""}),
            "The file is a binary workbook (.xlsb). Save it as .xlsx and import that.",
            id="binary workbook",
        ),
        pytest.param(
            archive({"register.csv": "a,b\n1,2\n"}),
            "The file is a zip archive and no workbook. "
            "Unpack it, and import the .xlsx, .ods or .csv file in it.",
            id="zipped CSV",
        ),
        pytest.param(
            xlsx(sheet("")), "The workbook has no sheet with anything in its cells.", id="empty workbook"
        ),
    ],
)
def test_an_archive_that_misleads_is_refused(read, content, sentence):
    with pytest.raises(Unreadable) as refusal:
        read(content)

    assert str(refusal.value) == sentence


def test_a_part_whose_checksum_is_wrong_is_refused(read):
    content = bytearray(archive(PARTS, packed=False))
    place = content.index(b"<t>name</t>")
    content[place + 3 : place + 7] = b"NAME"

    with pytest.raises(Unreadable) as refusal:
        read(bytes(content))

    assert str(refusal.value) == BROKEN

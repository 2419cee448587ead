import json
import zlib

import pytest

from portfolio.exchange.workbook import Kind, Row, Sheet, Workbook, pack, unpack

BOOK = Workbook(
    Kind.XLSX,
    (
        Sheet("Lists", (Row(3, ("a", "", "é\n🧪")),), is_hidden=True),
        Sheet("Blank", ()),
        Sheet("Pilots", (Row(1, ("name", "stage")), Row(50_000, ("", "x")))),
        Sheet("Second", (Row(1, ("name",)),)),
    ),
    "f00d",
    notes=("One.", "Two."),
)


def test_a_workbook_is_unpacked_as_it_was_packed():
    table = Workbook(Kind.CSV, (Sheet("", (Row(1, ("a",)),)),), "f00d", encoding="UTF-8", delimiter="comma")

    assert unpack(pack(BOOK)) == BOOK
    assert unpack(pack(table)) == table


def test_a_text_that_is_no_unicode_survives():
    lone = Workbook(Kind.CSV, (Sheet("", (Row(1, ("\ud800",)),)),), "f00d")

    assert unpack(pack(lone)) == lone


@pytest.mark.parametrize(
    ("packed", "sentence"),
    [
        (b"nothing", "This is no packed workbook"),
        (pack(BOOK)[:-9], "This packed workbook is cut off or too large."),
        (zlib.compress(json.dumps({"form": 9}).encode()), "another form than this release reads."),
        (zlib.compress(b"[]"), "another form than this release reads."),
    ],
)
def test_anything_else_is_refused(packed, sentence):
    with pytest.raises(ValueError, match=sentence):
        unpack(packed)


def test_the_first_sheet_people_see_is_not_hidden_and_not_blank():
    assert BOOK.first_visible.name == "Pilots"
    assert Workbook(Kind.ODS, BOOK.sheets[:2], "").first_visible.name == "Lists"


@pytest.mark.parametrize(("cells", "is_blank"), [((), True), ((" ", "\t"), True), ((" ", "x"), False)])
def test_a_row_of_white_space_is_blank(cells, is_blank):
    assert Row(1, cells).is_blank is is_blank

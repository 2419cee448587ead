import io
from datetime import date, datetime

import pytest
import xlsxwriter

from portfolio.exchange.reading import Unreadable, limits, sheets
from portfolio.exchange.reading.notes import FIFTEEN, SAVE
from portfolio.exchange.reading.unreadable import BROKEN
from portfolio.exchange.workbook import Kind
from tests.portfolio.exchange.reading.books import (
    archive,
    relations,
    row,
    shared,
    sheet,
    styles,
    text,
    xlsx,
    xlsx_parts,
)

CODES = ["0%", "000000", '"R-"0000', "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "h:mm", "[h]:mm", '0 "% of all"']
CODES += ["#,##0.00", "[$€-407] 0.0", '"yes";;"no"']
PERCENT, SIX, PREFIXED, DAY, MOMENT, CLOCK, HOURS, LITERAL, MONEY, CURRENCY, CHOICE = range(1, len(CODES) + 1)


def by_writer(fill, **options) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, options) as book:
        fill(book)
    return out.getvalue()


@pytest.mark.parametrize(
    ("number", "style", "shown"),
    [
        pytest.param("1", 0, "1", id="whole"),
        pytest.param("-0", 0, "0", id="zero below zero"),
        pytest.param("1200.50", 0, "1200.5", id="decimals"),
        pytest.param("0.30000000000000004", 0, "0.3", id="binary noise"),
        pytest.param("1E-07", 0, "0.0000001", id="small"),
        pytest.param("1E+20", 0, "100000000000000000000", id="large"),
        pytest.param("123456789012345", 0, "123456789012345", id="15 digits"),
        pytest.param("12345678901234567", 0, "12345678901234567", id="17 digits"),
        pytest.param("0.25", PERCENT, "25%", id="percent"),
        pytest.param("0.285", PERCENT, "28.5%", id="percent with more digits than shown"),
        pytest.param("42", SIX, "000042", id="identifier filled with zeros"),
        pytest.param("-42", SIX, "-42", id="below zero is no identifier"),
        pytest.param("42", PREFIXED, "R-0042", id="identifier with letters"),
        pytest.param("42", LITERAL, "42", id="percent sign as a word"),
        pytest.param("1200.5", MONEY, "1200.5", id="thousands"),
        pytest.param("1200.5", CURRENCY, "1200.5", id="currency"),
        pytest.param("1", CHOICE, "1", id="words for numbers"),
        pytest.param("45720", DAY, "2025-03-04", id="day"),
        pytest.param("45720.4375", DAY, "2025-03-04 10:30", id="time under a format of days"),
        pytest.param("45720.4305555556", MOMENT, "2025-03-04 10:20", id="time a little before its minute"),
        pytest.param("45720.43761574", MOMENT, "2025-03-04 10:30:10", id="seconds"),
        pytest.param("45720.999999", MOMENT, "2025-03-05", id="midnight but for a breath"),
        pytest.param("2024", DAY, "1905-07-16", id="a year typed into a column of days"),
        pytest.param("-5", DAY, "-5", id="before 1900"),
        pytest.param("0.4375", CLOCK, "10:30", id="time of day"),
        pytest.param("1.5", HOURS, "36:00:00", id="duration"),
    ],
)
def test_numbers_are_read_as_people_see_them(rows_of, number, style, shown):
    cell = f'<row r="1"><c r="A1" s="{style}"><v>{number}</v></c></row>'

    assert rows_of(xlsx(sheet(cell), styles=styles(*CODES))) == {1: (shown,)}


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        pytest.param('<c r="A1" t="b"><v>1</v></c>', "yes", id="true"),
        pytest.param('<c r="A1" t="b"><v>0</v></c>', "no", id="false"),
        pytest.param('<c r="A1" t="str"><f>B1</f><v>two words</v></c>', "two words", id="formula"),
        pytest.param('<c r="A1"><f>1+1</f><v>2</v></c>', "2", id="formula of a number"),
        pytest.param('<c r="A1" t="d"><v>2025-03-04T00:00:00</v></c>', "2025-03-04", id="ISO date"),
        pytest.param(text("A1", "two\nlines"), "two\nlines", id="lines"),
        pytest.param(text("A1", "two_x000D_\nlines"), "two\r\nlines", id="escaped return"),
        pytest.param(text("A1", "say _x005F_x000D_"), "say _x000D_", id="escaped escape"),
        pytest.param(text("A1", "=1+1"), "=1+1", id="text that looks like a formula"),
        pytest.param('<c r="A1" t="s"><v>1</v></c>', "rich text", id="rich text without its sounds"),
        pytest.param("<c><v>7</v></c>", "7", id="cell without a reference"),
        pytest.param('<x:c xmlns:x="urn:x" r="A1"><x:v>8</x:v></x:c>', "8", id="with a prefix"),
    ],
)
def test_cells_are_read_as_text(rows_of, cell, shown):
    rich = '<r><t>rich</t></r><r><t xml:space="preserve"> text</t></r><rPh><t>sound</t></rPh>'
    texts = shared(f"plain</t></si><si>{rich}</si><si><t>")

    assert rows_of(xlsx(sheet(f"<row>{cell}</row>"), shared=texts)) == {1: (shown,)}


def test_rows_and_columns_keep_their_places(read):
    rows = f'<row r="3">{text("C3", "name")}{text("E3", "stage")}</row>{row(7, "", "   ")}{row(9, "one")}'

    workbook = read(xlsx(sheet(rows)))

    assert (workbook.kind, workbook.encoding, workbook.delimiter) == (Kind.XLSX, "", "")
    assert [(row.line, row.cells) for row in workbook.sheets[0].rows] == [
        (3, ("", "", "name", "", "stage")),
        (9, ("one",)),
    ]
    assert workbook.notes == ()


def test_both_date_systems_tell_the_same_day(rows_of):
    def fill(book):
        day = book.add_format({"num_format": "d mmm yy"})
        book.add_worksheet().write_datetime("A1", date(2025, 3, 4), day)

    assert rows_of(by_writer(fill)) == rows_of(by_writer(fill, date_1904=True)) == {1: ("2025-03-04",)}


def test_hidden_sheets_are_marked_and_charts_are_told(read):
    def fill(book):
        book.add_worksheet("Read me").hide()
        book.add_worksheet("Lists").very_hidden()
        book.add_worksheet("Blank")
        pilots = book.add_worksheet("Pilots")
        pilots.write("A1", "name")
        pilots.activate()
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Pilots!$A$1:$A$3"})
        book.add_chartsheet("Trend").set_chart(chart)

    workbook = read(by_writer(fill))

    assert [(sheet.name, sheet.is_hidden, len(sheet.rows)) for sheet in workbook.sheets] == [
        ("Read me", True, 0),
        ("Lists", True, 0),
        ("Blank", False, 0),
        ("Pilots", False, 1),
    ]
    assert workbook.first_visible.name == "Pilots"
    assert workbook.notes == ("Sheet “Trend” holds no cells but a chart or a macro, so it is not read.",)


def test_what_gets_lost_is_said_with_its_places(read):
    def fill(book):
        pilots = book.add_worksheet("Pilots")
        pilots.write_row("A1", ["name", "cost", "identifier", "start"])
        pilots.write("A2", "Triage")
        pilots.write_formula("B2", "=NA()", None, "#N/A")
        pilots.write_number("C2", 1234567890123456)
        pilots.write_number("D2", -3, book.add_format({"num_format": "yyyy-mm-dd"}))
        pilots.write("A3", "Search")
        for place in ("B3", "B4", "B5", "B6", "C6"):
            pilots.write_formula(place, "=1/0", None, "#DIV/0!")
        pilots.write_formula("C3", "=1+1", None, "")
        pilots.write_formula("D3", '=""', None, "")
        pilots.write("A6", "Hidden")
        pilots.write_comment("A3", "ask Ada")
        pilots.set_row(5, None, None, {"hidden": True})
        pilots.set_row(20, None, None, {"hidden": True})
        pilots.set_column("C:XFD", None, None, {"hidden": True})

    workbook = read(by_writer(fill))

    errors = "B2 (#N/A), B3 (#DIV/0!), B4 (#DIV/0!)"
    assert [row.cells for row in workbook.sheets[0].rows] == [
        ("name", "cost", "identifier", "start"),
        ("Triage", "", "1234567890123456", "-3"),
        ("Search",),
        ("Hidden",),
    ]
    assert workbook.notes == (
        f"Sheet “Pilots”: 6 cells hold an error, read as blank: {errors} and 3 more.",
        f"Sheet “Pilots”: 2 cells hold a formula without its result, read as blank: C3, D3. {SAVE}",
        f"Sheet “Pilots”: 1 cell holds a number of more than 15 digits: C2. {FIFTEEN}",
        "Sheet “Pilots”: 1 cell holds a date before 1900, read as a number: D2.",
        "Sheet “Pilots”: hidden rows are read too: 6.",
        "Sheet “Pilots”: hidden columns are read too: C to D.",
        "Comments on cells are not read.",
    )


def test_a_formula_that_gives_an_empty_text_is_no_loss(read):
    rows = f'<row r="1">{text("A1", "name")}<c r="B1" t="str"><f>""</f><v></v></c></row>'

    assert read(xlsx(sheet(rows))).notes == ()


def test_cells_merged_downwards_are_filled_where_a_row_says_more(read):
    rows = (
        f'<row r="1">{text("A1", "All pilots")}</row>'
        f"{row(3, 'Claims', 'Triage')}{row(4, '', 'Search')}{row(5, 'Own', 'Letters')}{row(7, '', 'Mail')}"
        f"{row(8, 'Sales', 'Offers')}"
    )
    merges = "".join(f'<mergeCell ref="{place}"/>' for place in ("A1:D2", "A3:A7", "A8:A1048576"))

    workbook = read(xlsx(sheet(rows, after=f"<mergeCells>{merges}</mergeCells>")))

    assert [(row.line, row.cells) for row in workbook.sheets[0].rows] == [
        (1, ("All pilots",)),
        (3, ("Claims", "Triage")),
        (4, ("Claims", "Search")),
        (5, ("Own", "Letters")),
        (7, ("Claims", "Mail")),
        (8, ("Sales", "Offers")),
    ]
    assert workbook.notes == ("Sheet “S1”: merged cells were filled down: A3:A7.",)


def test_the_parts_may_have_other_names_and_places(rows_of):
    parts = xlsx_parts(sheet('<row><c t="s"><v>0</v></c></row>'), shared=shared("name"))
    moved = {
        "_rels/.rels": relations(("officeDocument", "/xl/workbook2.xml")),
        "xl/workbook2.xml": parts["xl/workbook.xml"],
        "xl/_rels/workbook2.xml.rels": relations(
            ("worksheet", "/xl/worksheets/sheet1.xml"), ("sharedStrings", "texts.xml")
        ),
        "XL/Texts.xml": parts["xl/sharedStrings.xml"],
        "xl/worksheets/Sheet1.xml": parts["xl/worksheets/sheet1.xml"],
    }

    assert rows_of(archive(moved)) == {1: ("name",)}


def test_the_largest_sheet_that_may_be_is_read(rows_of, monkeypatch):
    monkeypatch.setattr(limits, "MOST_ROWS", 3)

    assert rows_of(xlsx(sheet(row(1, "name") + row(4, "x" * limits.MOST_IN_CELL)))).keys() == {1, 4}
    with pytest.raises(Unreadable, match=r"^Sheet “S1” has something in cell A5; a register may have 3 rows"):
        rows_of(xlsx(sheet(row(1, "name") + row(5, "x"))))


def test_all_sheets_together_may_hold_so_much(read, monkeypatch):
    monkeypatch.setattr(limits, "MOST_CELLS", 3)
    monkeypatch.setattr(limits, "MOST_TEXT", 10)

    read(xlsx(sheet(row(1, "12345", "1")), sheet(row(1, "1234"))))
    with pytest.raises(Unreadable, match=r"^The workbook has more than 3 filled cells\."):
        read(xlsx(sheet(row(1, "1", "1")), sheet(row(1, "1", "1"))))
    with pytest.raises(Unreadable, match=r"^The workbook has more than 10 characters\."):
        read(xlsx(sheet(row(1, "12345")), sheet(row(1, "123456"))))


def test_cells_filled_down_count(read, monkeypatch):
    monkeypatch.setattr(limits, "MOST_TEXT", 10)
    rows = row(1, "12345", "1") + row(2, "", "1") + row(3, "", "1")

    read(xlsx(sheet(rows)))
    with pytest.raises(Unreadable, match=r"^The workbook has more than 10 characters\."):
        read(xlsx(sheet(rows, after='<mergeCells><mergeCell ref="A1:A3"/></mergeCells>')))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param('<row><c r="A0"><v>1</v></c></row>', id="row 0"),
        pytest.param('<row><c r="A9999999"><v>1</v></c></row>', id="row beyond all sheets"),
        pytest.param('<row><c r="AAAA1"><v>1</v></c></row>', id="column beyond all sheets"),
        pytest.param('<row><c r="?1"><v>1</v></c></row>', id="no column"),
        pytest.param('<row r="x"><c><v>1</v></c></row>', id="no row"),
        pytest.param('<row><c t="s"><v>7</v></c></row>', id="no such shared text"),
        pytest.param("<row><c><v>1</v></row>", id="no XML"),
    ],
)
def test_sheets_that_no_program_writes_are_refused(read, content):
    with pytest.raises(Unreadable) as refusal:
        read(xlsx(sheet(content)))

    assert str(refusal.value) == BROKEN


def test_a_cell_of_shared_text_may_be_as_long_as_any_other(read):
    cell = '<row><c t="s"><v>0</v></c></row>'
    read(xlsx(sheet(cell), shared=shared("x" * limits.MOST_IN_CELL)))

    with pytest.raises(Unreadable, match=r"^A cell has more than 32,768 characters\."):
        read(xlsx(sheet(cell), shared=shared("x" * (limits.MOST_IN_CELL + 1))))


@pytest.mark.parametrize(
    ("limit", "rows", "after", "sentence"),
    [
        ("MOST_ROW_MARKS", "<row/>" * 4, "", "Sheet “S1” has more rows than a sheet can have."),
        (
            "MOST_MERGES",
            "",
            '<mergeCell ref="A1:A3"/>' * 4,
            "Sheet “S1” has more than 3 merged cells.",
        ),
    ],
)
def test_marks_without_cells_are_counted(read, monkeypatch, limit, rows, after, sentence):
    monkeypatch.setattr(limits, limit, 3)

    with pytest.raises(Unreadable) as refusal:
        read(xlsx(sheet(row(9, "x") + rows, after=f"<mergeCells>{after}</mergeCells>")))

    assert str(refusal.value).startswith(sentence)


def test_a_sheet_that_was_not_looked_through_is_not_read(read, monkeypatch):
    look_through = sheets.xlsx.look_through
    monkeypatch.setattr(sheets.xlsx, "look_through", lambda *parts: look_through(*parts)[:1])

    with pytest.raises(Unreadable) as refusal:
        read(xlsx(sheet(row(1, "name")), sheet(row(1, "name"))))

    assert str(refusal.value) == BROKEN


def test_a_time_before_midnight_belongs_to_its_day(rows_of):
    def fill(book):
        format_ = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        book.add_worksheet().write_datetime("A1", datetime(2025, 3, 4, 23, 59), format_)

    assert rows_of(by_writer(fill)) == {1: ("2025-03-04 23:59",)}

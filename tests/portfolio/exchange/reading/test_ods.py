import pytest

from portfolio.exchange.reading import Unreadable
from portfolio.exchange.reading.notes import FIFTEEN, SAVE
from portfolio.exchange.reading.unreadable import BROKEN
from portfolio.exchange.workbook import Kind
from tests.portfolio.exchange.reading.books import archive, cell, line, ods, ods_parts, table

BLANK = "<table:table-cell/>"
TO_THE_END = line(BLANK, told='table:number-rows-repeated="1048500"')


def of(kind: str, **more: str) -> str:
    told = " ".join(f'{name.replace("__", ":").replace("_", "-")}="{value}"' for name, value in more.items())
    return f'office:value-type="{kind}" {told}'


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        pytest.param(cell("1,5", of("float", office__value="1.5")), "1.5", id="number"),
        pytest.param(cell("7", of("float", office__value="7")), "7", id="whole"),
        pytest.param(
            cell("1", of("float", office__value="12345678901234567")), "12345678901234567", id="long"
        ),
        pytest.param(cell("000042", of("float", office__value="42")), "000042", id="filled with zeros"),
        pytest.param(cell("25%", of("percentage", office__value="0.25")), "25%", id="percent"),
        pytest.param(cell("12 €", of("currency", office__value="12")), "12", id="currency"),
        pytest.param(cell("4.3.", of("date", office__date_value="2025-03-04")), "2025-03-04", id="day"),
        pytest.param(
            cell("4.3.", of("date", office__date_value="2025-03-04T10:30:00")),
            "2025-03-04 10:30",
            id="moment",
        ),
        pytest.param(cell("10:30", of("time", office__time_value="PT10H30M00S")), "10:30", id="time of day"),
        pytest.param(cell("36:00", of("time", office__time_value="PT36H00M00S")), "36:00:00", id="duration"),
        pytest.param(cell("WAHR", of("boolean", office__boolean_value="true")), "yes", id="true"),
        pytest.param(cell("two</text:p><text:p>lines"), "two\nlines", id="paragraphs"),
        pytest.param(
            cell('a<text:s text:c="2"/>b<text:tab/>c<text:line-break/><text:span>d</text:span>'),
            "a  b\tc\nd",
            id="white space",
        ),
        pytest.param(
            cell("said", 'office:value-type="string" office:string-value="meant"'),
            "meant",
            id="value of a text",
        ),
    ],
)
def test_cells_are_read_as_text(rows_of, content, shown):
    assert rows_of(ods(table(line(content)))) == {1: (shown,)}


def test_rows_keep_their_numbers_and_repeated_cells_are_told_in_full(read):
    rows = (
        line(
            cell("name"), BLANK, cell("stage", 'office:value-type="string" table:number-columns-repeated="2"')
        )
        + line(BLANK, told='table:number-rows-repeated="3"')
        + line(
            cell("same"),
            '<table:table-cell table:number-columns-repeated="16380"/>',
            told='table:number-rows-repeated="2"',
        )
        + f"<table:table-row-group>{line(cell('last'))}</table:table-row-group>"
        + TO_THE_END
    )
    workbook = read(ods(table(rows), table(line(cell("x")), name="Lists", told='table:style-name="hidden"')))

    assert workbook.kind is Kind.ODS
    assert [(row.line, row.cells) for row in workbook.sheets[0].rows] == [
        (1, ("name", "", "stage", "stage")),
        (5, ("same",)),
        (6, ("same",)),
        (7, ("last",)),
    ]
    assert [(sheet.name, sheet.is_hidden) for sheet in workbook.sheets] == [("T1", False), ("Lists", True)]
    assert workbook.notes == ()


def test_what_gets_lost_is_said_with_its_places(read):
    formula = 'table:formula="of:=NA()"'
    comment = "<office:annotation><text:p>ask Ada</text:p></office:annotation>"
    rows = (
        "<table:table-column/>"
        '<table:table-column table:visibility="collapse" table:number-columns-repeated="16383"/>'
        + line(
            cell(
                "#N/A",
                f'{formula} office:value-type="string" office:string-value="" calcext:value-type="error"',
            ),
            cell("Err:508", f'{formula} office:value-type="string"'),
            cell("", formula),
            cell("1", of("float", office__value="12345678901234567")),
            f'<table:table-cell office:value-type="string">{comment}<text:p>text</text:p></table:table-cell>',
            told='table:visibility="filter"',
        )
    )

    workbook = read(ods(table(rows)))

    assert workbook.sheets[0].rows[0].cells == ("", "", "", "12345678901234567", "text")
    assert workbook.notes == (
        "Sheet “T1”: 2 cells hold an error, read as blank: A1 (#N/A), B1 (Err:508).",
        f"Sheet “T1”: 1 cell holds a formula without its result, read as blank: C1. {SAVE}",
        f"Sheet “T1”: 1 cell holds a number of more than 15 digits: D1. {FIFTEEN}",
        "Sheet “T1”: comments on cells are not read: E1.",
        "Sheet “T1”: hidden rows are read too: 1.",
        "Sheet “T1”: hidden columns are read too: B to E.",
    )


def test_cells_merged_downwards_are_filled(read):
    rows = line(cell("Claims", of("string", table__number_rows_spanned="2")), cell("Triage")) + line(
        "<table:covered-table-cell/>", cell("Search")
    )

    workbook = read(ods(table(rows)))

    assert [row.cells for row in workbook.sheets[0].rows] == [("Claims", "Triage"), ("Claims", "Search")]
    assert workbook.notes == ("Sheet “T1”: merged cells were filled down: A1:A2.",)


def test_a_long_value_beside_a_short_text_is_refused(read):
    told = f'office:value-type="string" office:string-value="{"x" * 32_769}"'

    with pytest.raises(Unreadable, match=r"^Cell A1 of sheet “T1” has more than 32,768 characters\."):
        read(ods(table(line(cell("x", told)))))


def test_copies_of_sheets_in_other_files_are_hidden(read):
    workbook = read(ods(table(line(cell("x")), name="'file:///tmp/a.ods'#$S1"), table(line(cell("y")))))

    assert [sheet.is_hidden for sheet in workbook.sheets] == [True, False]


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param(
            [table(line(f"<table:table-cell>{table(line(cell('x')))}</table:table-cell>"))], id="cell"
        ),
        pytest.param([table(table(line(cell("x"))))], id="in a table"),
        pytest.param([table(line(cell("x")))] * 201, id="many"),
        pytest.param([table(line(cell("x", 'table:number-columns-repeated="-1"')))], id="no number"),
        pytest.param([table(line(cell("x", of("float", office__value="seven"))))], id="no value"),
    ],
)
def test_sheets_that_no_program_writes_are_refused(read, tables):
    with pytest.raises(Unreadable) as refusal:
        read(ods(*tables))

    assert str(refusal.value) == BROKEN


def test_cells_that_were_deleted_but_are_kept_are_not_read(rows_of):
    deleted = f"<table:tracked-changes>{line(cell('gone'))}</table:tracked-changes>"

    assert rows_of(ods(deleted, table(line(cell("here"))))) == {1: ("here",)}


def test_a_protected_workbook_is_refused(read):
    parts = ods_parts(table(line(cell("x"))))
    parts["META-INF/manifest.xml"] = "<manifest><file-entry><encryption-data/></file-entry></manifest>"

    with pytest.raises(Unreadable, match=r"^The workbook is protected by a password\."):
        read(archive(parts))

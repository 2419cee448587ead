"""Tables of readings, pasted or from a file, without a database."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from kpis.csv_readings import NO_TABLE, Fault, Row, read_table
from kpis.reading import MOST_READINGS
from kpis.terms import Provenance

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Named:
    name: str
    unit: str


TIME, SHARE = Named("Handling time", "min"), Named("Sorted right", "%")
BOTH = {"CLM-1/handling-time": TIME, "handling-time": TIME, "CLM-1/sorted-right": SHARE}


def read(text, kpis=BOTH, **options):
    return read_table(text, kpis=kpis, zone=BERLIN, **options)


def time_only(text):
    return read(text, {"handling-time": TIME}, provenance=Provenance.SHADOW)


@pytest.mark.parametrize("sign", ["\t", ";", ","], ids=["tabs", "semicolons", "commas"])
def test_a_whole_table_in_any_order(sign):
    header = ["Note", "KPI", "measured_at", "Value", "PROVENANCE", "Sample size", "window-from"]
    header += ["model version", "source", "external_id"]
    cells = ["Two teams", "clm-1/HANDLING-TIME", "26 Oct 2026", "9.4", "Live", "412", "2026-10-20"]
    cells += ["v3", "warehouse", "2026-W43"]

    assert read("\n".join(sign.join(line) for line in (header, cells))) == [
        Row(
            number=2,
            kpi=TIME,
            value=Decimal("9.4"),
            provenance=Provenance.LIVE,
            measured_at=date(2026, 10, 26),
            window_from=date(2026, 10, 20),
            sample_size=412,
            model_version="v3",
            source="warehouse",
            external_id="2026-W43",
            note="Two teams",
        )
    ]


def test_with_one_kpi_and_a_usual_provenance_date_and_value_are_enough():
    assert time_only("date,value\n2026-10-26,9.4\n\n,\n2026-11-02 08:30,8 min\n") == [
        Row(
            number=2,
            kpi=TIME,
            value=Decimal("9.4"),
            provenance=Provenance.SHADOW,
            measured_at=date(2026, 10, 26),
        ),
        Row(
            number=5,
            kpi=TIME,
            value=Decimal(8),
            provenance=Provenance.SHADOW,
            measured_at=datetime(2026, 11, 2, 7, 30, tzinfo=UTC),
        ),
    ]


@pytest.mark.parametrize("again", [str, str.upper, str.lower])
@pytest.mark.parametrize("where", ["Measured in", "Provenance"])
def test_the_words_of_the_page_are_columns(where, again):
    header = f"Day;KPI;Value;{where};Cases;Since;Version;Note"

    (row,) = read(f"{again(header)}\n2026-10-26;handling-time;9.4;live;412;2026-10-20;v3;Two teams\n")

    assert (row.measured_at, row.value, row.provenance) == (
        date(2026, 10, 26),
        Decimal("9.4"),
        Provenance.LIVE,
    )
    assert (row.sample_size, row.window_from, row.model_version, row.note) == (
        412,
        date(2026, 10, 20),
        "v3",
        "Two teams",
    )


def test_what_is_known_is_said_once_for_all_wrong_columns():
    found = time_only("colour,worth,date\n1,2,3\n")

    assert [(fault.column, "Known: date, kpi" in fault.reason) for fault in found] == [
        ("colour", False),
        ("worth", True),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffdate;value\r\n2026-10-26;9,4\r\n",
        'date,value\n2026-10-26,"9,4"',
        "date\tvalue\r2026-10-26\t9,4 MIN",
        "\n\ndate, value ,\n2026-10-26 , 9.40,",
    ],
    ids=["as Excel saves it", "quoted", "old line ends", "spaces and an empty column"],
)
def test_files_as_programs_write_them(text):
    (row,) = time_only(text)

    assert (row.value, row.measured_at) == (Decimal("9.4"), date(2026, 10, 26))


@pytest.mark.parametrize(
    ("cell", "column", "shown", "reason"),
    [
        ("03/04/2026,9", "date", "03/04/2026", "can be 4 Mar 2026 or 3 Apr 2026"),
        (",9", "date", "", "Write the day on which it was measured."),
        ("soon,9", "date", "soon", "not a day Headway can read"),
        ('2026-10-26,"1,234"', "value", "1,234", "can be read in two ways. Write 1234, or 1.234."),
        ("2026-10-26,", "value", "", "Write the number."),
        ("2026-10-26,9.4 h", "value", "9.4 h", "is measured in min, not in “h”"),
        ("2026-10-26,NaN", "value", "NaN", "is no number"),
        (f"2026-10-26,{'9' * 40}", "value", "9" * 40, "at most 14 digits"),
        ("2026-10-26,1e400", "value", "1e400", "“1e400” is no number Headway can read."),
    ],
)
def test_a_cell_nobody_can_be_sure_of_is_named(cell, column, shown, reason):
    (fault,) = time_only(f"date,value\n2026-10-25,9\n{cell}\n")[1:]

    assert (fault.row, fault.column, fault.text) == (3, column, shown)
    assert reason in fault.reason


def test_every_fault_of_every_row_is_named():
    text = (
        "date;kpi;value;provenance;sample_size;window_from\n"
        "2026-10-26;letters;x;guess;1,2;October\n"
        "2026-10-26;;9;;;\n"
        "2026-10-26;handling-time;9;live;4;\n"
    )

    found = read(text)

    assert [(one.row, one.column, one.text) for one in found if isinstance(one, Fault)] == [
        (2, "kpi", "letters"),
        (2, "value", "x"),
        (2, "provenance", "guess"),
        (2, "window_from", "October"),
        (2, "sample_size", "1,2"),
        (3, "kpi", ""),
        (3, "provenance", ""),
    ]
    assert [one.number for one in found if isinstance(one, Row)] == [4]


@pytest.mark.parametrize(
    ("header", "faults"),
    [
        ("date,value,colour", [("colour", "This column is not known.")]),
        ("date,day,value", [("date", "The column date is there twice.")]),
        ("value", [("date", "The column date is missing.")]),
        ("2026-10-26,9.4", [("2026-10-26", "not known"), ("9.4", "not known")]),
        ("date,,value", [("", "This column is not known.")]),
    ],
)
def test_a_header_that_names_no_columns_is_refused_alone(header, faults):
    found = time_only(f"{header}\n2026-10-26,9.4\n")

    assert [(fault.row, fault.column) for fault in found] == [(1, column) for column, _ in faults]
    for fault, (_, reason) in zip(found, faults, strict=True):
        assert reason in fault.reason


def test_what_several_kpis_and_no_usual_provenance_need():
    assert [fault.column for fault in read("date,value\n2026-10-26,9")] == ["kpi", "provenance"]


@pytest.mark.parametrize("text", ["", " \n\n", "date,value\n", "date,value\n,\n"])
def test_nothing_is_said_to_be_nothing(text):
    assert time_only(text) == [Fault(1, "", "", NO_TABLE)]


def test_a_number_with_a_comma_between_commas_is_not_taken_apart():
    (fault,) = time_only("date,value\n2026-10-26,9,4\n")

    assert (fault.row, fault.column) == (2, "")
    assert "It has 3 cells, the header 2." in fault.reason


def test_a_quotation_mark_that_never_ends_is_named():
    first, fault = time_only('date,value\n2026-10-26,9\n2026-10-27,"9\n')

    assert (first.number, fault.column) == (2, "")
    assert "quotation marks" in fault.reason


def test_a_cell_as_long_as_a_book_is_a_fault():
    (fault,) = time_only(f"date,value\n2026-10-26,{'9' * 200_000}\n")

    assert "This row cannot be taken apart" in fault.reason


def test_more_rows_than_are_taken_at_a_time_are_refused_without_any():
    text = "date,value\n" + "2026-10-26,9\n" * (MOST_READINGS + 1)

    (fault,) = time_only(text)

    assert (fault.row, fault.reason) == (
        MOST_READINGS + 2,
        "A table has at most 5,000 readings. Send the rest as another one.",
    )
    assert len(time_only("date,value\n" + "2026-10-26,9\n" * MOST_READINGS)) == MOST_READINGS

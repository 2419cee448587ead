from datetime import date

import pytest

from pilots.access.models import Program
from pilots.calendar import Day, Precision, month
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from portfolio.exchange import mapping_reader as mapping
from portfolio.exchange.findings import CellWarning, Refusal
from portfolio.exchange.history import Step
from portfolio.exchange.reading import read_workbook
from portfolio.exchange.row_reader import Reading
from portfolio.exchange.understanding import Unmapped, header_keys, understand
from tests.portfolio.exchange.twin import (
    ABBREVIATION,
    BEGAN,
    BUILT,
    BUREAU,
    HEADER_2024,
    HEADER_TOOLS,
    IMPACT,
    IMPLEMENTED,
    INITIATED,
    NAME,
    PURPOSE,
    RETIRED,
    STAGE,
    TOOLS,
    row_2024,
    tool,
    write,
)

AS_OF = date(2024, 12, 16)
SHORTEN = "Shorten it in the file, or say that such texts are shortened."


@pytest.fixture
def read(tmp_path):
    """Write rows of the later register and understand them by its shipped mapping."""

    def go(*rows, header=HEADER_2024, by="us-federal-2024", into=None, **file):
        path = write(tmp_path / "register.csv", list(rows), header=header, **file)
        sheet = read_workbook(path).first_visible
        keys = header_keys(sheet.rows[0].cells)
        return understand(sheet.rows[1:], keys, mapping.find(by), Reading(as_of=AS_OF, into=into))

    return go


@pytest.fixture
def tools(tmp_path):
    def make(before=""):
        path = tmp_path / "tools.toml"
        path.write_text(f"{before}\n{TOOLS}", encoding="utf-8")
        return str(path)

    return make


def test_repeated_headers_are_told_apart():
    assert header_keys(["Why", " why ", "", "Other\n", "Why"]) == (
        "Why",
        "why (2)",
        "column 3",
        "Other",
        "Why (3)",
    )
    assert [key for key in header_keys(HEADER_2024) if key.startswith("If Other")] == [
        "If Other, please explain.",
        *(f"If Other, please explain. ({number})" for number in range(2, 9)),
    ]


def test_a_row_is_understood_whole(read):
    found = read(
        row_2024(
            "  Hail\nforecast ",
            "Operation and  Maintenance ",
            agency="Ministry of Weather ",
            bureau="N/A",
            purpose="Warns growers.  \r\n\r\n\r\n\r\nSaves fruit.",
            impact="Rights-Impacting\n",
            initiated="1/5/2022",
            began="22-Jul",
            implemented="3/1/2024",
            retired="N/A ",
            built="Developed in-house.",
            contract="NA",
            others=["ignored"] * 8,
        ),
        encoding="cp1252",
    )

    assert (found.read, found.warnings, found.refused) == (1, [], [])
    row = found.rows[0]
    assert row.texts() == {
        "name": "Hail forecast",
        "problem": "Warns growers.\n\nSaves fruit.",
        "unit": "",
        "vendor": "",
        "contract": "",
        "risk": RiskTier.HIGH,
        "how_built": HowBuilt.OWN,
    }
    assert (row.line, row.agency, row.prefix) == (2, "Ministry of Weather", "MOW")
    assert (row.stage, row.stage_is_assumed) == (Stage.PRODUCTION, False)
    assert row.steps == (
        Step(Stage.IDEA, Day(date(2022, 1, 5)), date(2022, 1, 5)),
        Step(Stage.PILOTING, month(2022, 7), date(2022, 7, 31)),
        Step(Stage.PRODUCTION, Day(date(2024, 3, 1)), date(2024, 3, 1)),
    )


def test_implemented_means_limited_where_the_row_still_assesses(read):
    row = read(row_2024("Hail", "Implementation and Assessment", implemented="3/1/2024")).rows[0]

    assert row.steps == (Step(Stage.LIMITED, Day(date(2024, 3, 1)), date(2024, 3, 1)),)


@pytest.mark.parametrize(
    ("column", "cells", "reason"),
    [
        (INITIATED, {"initiated": "7/16/1905"}, "It looks like the year 2024 that a spreadsheet"),
        (INITIATED, {"initiated": "10/12023"}, "It is no date that can be read, so"),
        (INITIATED, {"initiated": "Pre-2021"}, "It says only before when it was, which is no date, so"),
        (INITIATED, {"initiated": "Q4FY25"}, "It lies after Mon 16 Dec 2024, the day the register"),
        (INITIATED, {"initiated": "3/1/2020 or 4/1/2020"}, "It names more than one date, so"),
        (BEGAN, {"began": "Ongoing"}, "It is no date that can be read, so"),
        (BEGAN, {"began": "1/1/2023"}, "It would mean Piloting, but the row says Idea, so"),
        (IMPLEMENTED, {"implemented": "TBD"}, "It is no date that can be read, so"),
        (RETIRED, {"retired": "N/A - went into another tool"}, "It is no date that can be read, so"),
    ],
)  # fmt: skip
def test_a_doubtful_date_is_a_warning_and_stays_unknown(read, column, cells, reason):
    found = read(row_2024("Hail", "Initiated", **cells))

    assert [(item.row, item.column, item.text) for item in found.warnings] == [(2, column, *cells.values())]
    assert found.warnings[0].reason.startswith(reason)
    assert found.warnings[0].reason.endswith("so the date stays unknown.")
    assert found.rows[0].steps == (Step(Stage.IDEA, None, AS_OF),)


def test_a_quarter_of_the_fiscal_year_is_a_quarter(read):
    row = read(row_2024("Hail", "Initiated", initiated="Q4FY23")).rows[0]

    assert row.steps == (Step(Stage.IDEA, Day(date(2023, 7, 1), Precision.QUARTER), date(2023, 9, 30)),)


def test_implemented_before_initiated_leaves_both_unknown_and_the_stage(read):
    found = read(row_2024("Hail", "Operation and Maintenance", initiated="5/1/2024", implemented="4/1/2024"))

    assert found.warnings == [
        CellWarning(
            2, INITIATED, "5/1/2024", "It comes after “Date Implemented”, so both dates stay unknown."
        ),
        CellWarning(
            2, IMPLEMENTED, "4/1/2024", "It comes before “Date Initiated”, so both dates stay unknown."
        ),
    ]
    assert found.rows[0].steps == (Step(Stage.PRODUCTION, None, AS_OF),)


def test_a_blank_stage_is_what_the_mapping_says_and_said_so(read):
    found = read(row_2024("Hail", ""))

    said = "The stage is blank; the mapping says Idea."
    assert found.warnings == [CellWarning(2, STAGE, "", said, is_noted=True)]
    assert (found.rows[0].stage, found.rows[0].stage_is_assumed) == (Stage.IDEA, True)


def test_a_blank_stage_without_a_decision_is_refused(read, tools):
    found = read(tool("A-1", state="n/a"), header=HEADER_TOOLS, by=tools(), into=Program(name="X"))

    assert found.refused == [Refusal(2, "Its stage is blank, and the mapping does not say what that means.")]
    assert found.rows == []


def test_rows_no_pilot_can_be_made_of_are_refused_with_every_reason(read):
    found = read(
        row_2024(" ", "Somewhere", agency="N/A"),
        row_2024("Hail", "Somewhere else"),
        row_2024("=1+1", "Initiated"),
    )

    assert found.refused == [
        Refusal(
            2,
            "The mapping does not say which stage “Somewhere” is. "
            "“Agency” is blank, so it belongs to no program. It has no name.",
        ),
        Refusal(3, "The mapping does not say which stage “Somewhere else” is."),
    ]
    assert [row.name for row in found.rows] == ["=1+1"]


def test_an_agency_too_long_for_a_program_is_refused(read):
    found = read(row_2024("Hail", agency="x" * 201))

    assert found.refused == [Refusal(2, "“Agency” has more than 200 characters.")]


def test_an_identifier_too_long_to_keep_is_refused(read, tools):
    found = read(tool("x" * 201), header=HEADER_TOOLS, by=tools(), into=Program(name="X"))

    assert found.refused == [Refusal(2, "Its identifier has more than 200 characters.")]


def test_an_exports_guard_before_a_formula_goes_and_nothing_else(read):
    found = read(row_2024("'=1+1"), row_2024("'tis hail"), row_2024("''=x"))

    assert [row.name for row in found.rows] == ["=1+1", "'tis hail", "'=x"]


def test_unlisted_words_stay_unknown_with_a_warning_and_listed_unknowns_without(read):
    found = read(
        row_2024("Hail", impact="Perhaps", built="By elves"),
        row_2024("Rain", impact="Case-by-case assessment"),
    )

    reason = "The mapping does not say what it means, so it stays unknown."
    assert found.warnings == [
        CellWarning(2, IMPACT, "Perhaps", reason),
        CellWarning(2, BUILT, "By elves", reason),
    ]
    assert [(row.risk, row.how_built) for row in found.rows] == [(None, None), (None, None)]


def test_a_blank_problem_is_what_the_mapping_says(read):
    found = read(row_2024("Hail", purpose="n/a"))

    assert found.rows[0].problem == "The register does not say."
    assert found.warnings == [
        CellWarning(
            2, PURPOSE, "", "It is blank; the mapping says “The register does not say.”", is_noted=True
        )
    ]


def test_a_blank_problem_without_a_decision_waits_for_whether_the_pilot_is_known(read, tools):
    found = read(tool("A-1", why=""), header=HEADER_TOOLS, by=tools(), into=Program(name="X"))

    assert (found.refused, found.rows[0].problem, found.rows[0].problem_is_assumed) == ([], "", True)


def test_a_long_name_is_shortened_in_the_open_and_kept_whole(read):
    name = "Hail " * 45

    found = read(row_2024(name, purpose="Warns."))

    row = found.rows[0]
    assert row.name == "Hail " * 38 + "Hail…"
    assert row.problem == f"{name.strip()}\n\nWarns."
    assert row.full == {"name": name.strip()}
    assert [item.reason for item in found.warnings] == [
        "It has 224 characters and was shortened to 200; the whole of it opens the problem statement."
    ]


def test_a_long_text_is_refused_unless_the_mapping_shortens(read, tools):
    rows = [tool("A-1", name="x" * 201), tool("A-2", why="y" * 4001), tool("A-3", room="z" * 201)]

    found = read(*rows, header=HEADER_TOOLS, by=tools(), into=Program(name="X"))

    assert [(item.row, item.reason) for item in found.refused] == [
        (2, f"“Tool” has 201 characters; 200 fit. {SHORTEN}"),
        (3, f"“Why” has 4,001 characters; 4,000 fit. {SHORTEN}"),
        (4, f"“Room” has 201 characters; 200 fit. {SHORTEN}"),
    ]


def test_a_word_of_5000_characters_is_cut_at_its_limit(read, tools):
    found = read(
        tool("A-1", name="x" * 5000),
        header=HEADER_TOOLS,
        by=tools('too_long = "shorten"'),
        into=Program(name="X"),
    )

    assert found.rows[0].name == "x" * 199 + "…"
    assert len(found.rows[0].problem) == 4000
    assert found.rows[0].full["name"] == "x" * 5000


def test_lost_characters_are_said_and_kept(read):
    found = read(row_2024("Hail \ufffd forecast", purpose="Warns."))

    assert found.rows[0].name == "Hail \ufffd forecast"
    assert [(item.column, item.text) for item in found.warnings] == [(NAME, "Hail \ufffd forecast")]


def test_emoji_and_right_to_left_names_stay_as_they_are(read):
    found = read(row_2024("🧪 بحث"), row_2024("‫שלום‬"))

    assert [row.name for row in found.rows] == ["🧪 بحث", "‫שלום‬"]


def test_equal_rows_are_both_kept_and_paired(read):
    found = read(row_2024("Hail"), row_2024("Rain"), row_2024("Hail"))

    assert len(found.rows) == 3
    assert found.twins == {4: 2}
    assert found.warnings == []


def test_rows_of_other_widths_are_said_or_refused(read):
    short, long, padded = row_2024("Short"), row_2024("Long"), row_2024("Padded")

    found = read(short[:12], [*long, "", "x"], [*padded, "", ""])

    assert [item.reason for item in found.warnings] == [
        "The row has 12 cells, but the header has 21 columns; the rest is blank."
    ]
    assert found.refused == [
        Refusal(
            3, "It has 23 cells, but the header has 21 columns. Look for a delimiter in an unquoted cell."
        )
    ]
    assert [row.name for row in found.rows] == ["Short", "Padded"]


def test_lines_are_those_of_the_file(read):
    found = read(row_2024("One", purpose="two\nlines"), row_2024("Two", ""), row_2024("Three", "?"))

    assert [row.line for row in found.rows] == [2, 4]
    assert [item.row for item in found.warnings] == [4]
    assert [item.row for item in found.refused] == [5]


def test_rows_the_mapping_leaves_out_are_said(read, tools):
    by = tools()
    with open(by, "a") as file:  # noqa: PTH123 -- appends a table
        file.write('\n[[leave_out]]\ncolumn = "Tool"\nwords = ["Hall 2"]\n')

    found = read(tool("", name=" HALL 2", state=""), tool("A-1"), header=HEADER_TOOLS, by=by, into=Program())

    assert (found.read, found.left_out, len(found.rows), found.refused) == (2, 1, 1, [])
    assert [item.reason for item in found.warnings] == ["The mapping leaves such rows out."]


def test_identifiers_are_compared_without_stray_separators(read, tools):
    rows = [tool("A-1 "), tool("a_2"), tool("A -- 3-")]

    found = read(*rows, header=HEADER_TOOLS, by=tools(), into=Program(name="X"))

    assert [row.reference for row in found.rows] == ["a-1", "a-2", "a-3"]


def test_families_ignore_case_white_space_and_punctuation_but_not_the_agency(read):
    rows = [
        row_2024("Hail, forecast"),
        row_2024(" hail  FORECAST."),
        row_2024("Hail forecast", agency="Other"),
    ]

    found = read(*rows)

    assert found.rows[0].family == found.rows[1].family != found.rows[2].family


def test_content_is_compared_in_all_columns_but_not_in_white_space(read):
    plain, spaced, other = row_2024("Hail"), row_2024(" Hail "), row_2024("Hail", others=["more"])

    found = read(plain, spaced, other)

    assert found.rows[0].digest == found.rows[1].digest != found.rows[2].digest


def test_a_chosen_program_keeps_the_agency_in_the_unit(read):
    found = read(row_2024("Hail"), row_2024("Rain", agency="weather ai"), into=Program(name="Weather AI"))

    assert [row.unit for row in found.rows] == ["Ministry of Weather, Forecasts", "Forecasts"]


def test_a_column_the_mapping_names_must_be_there(read):
    header = [name for name in HEADER_2024 if name not in {IMPACT, BUREAU}]

    with pytest.raises(Unmapped) as refusal:
        read(header=header)

    assert str(refusal.value) == (
        f"The file has no column “Bureau”, “{IMPACT}”, which the mapping us-federal-2024 names."
    )


def test_several_columns_become_one_text(read, tools):
    found = read(
        tool("A-1", why="Fingers.", what_for="Sawing."), header=HEADER_TOOLS, by=tools(), into=Program()
    )

    assert found.rows[0].problem == "Fingers.\n\nSawing."
    assert ABBREVIATION not in found.rows[0].problem

"""Where things lie in a file: the sheet, the header, titles between rows, further sheets."""

import pytest

from portfolio.exchange.choices import Sections
from portfolio.exchange.guessing import profile, propose
from portfolio.exchange.guessing.rows import lay_out
from tests.portfolio.exchange.guessing.tables import sheet, workbook

HEADER = ("Project", "Status", "Description", "Owner")
CHAT = ("Chat", "Live", "People wait at night.", "Ann Lee")
SCAN = ("Scan", "Pilot", "Forms are typed by hand.", "Bo Ek")
ALONE = ("", "", "")


def rows(*table):
    return sheet("Pilots", *table).rows


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ([HEADER, CHAT, SCAN], 1),
        ([("Our AI projects", *ALONE), HEADER, CHAT], 2),
        ([("", *ALONE)] * 3 + [("As of 3 May 2026", *ALONE), HEADER, CHAT], 5),
        ([("General", "", "People", ""), HEADER, CHAT], 2),
        ([("Project list", "Status report", "", ""), HEADER, CHAT, SCAN], 2),
        ([("Name", "A", "B", "C"), CHAT, SCAN], 1),
        ([CHAT], 1),
    ],
)
def test_the_row_with_the_titles_is_found(table, line):
    assert lay_out(rows(*table)).header.line == line


def test_a_header_that_stands_again_is_told():
    says = [doubt.says for doubt in lay_out(rows(HEADER, CHAT, HEADER, SCAN)).doubts]

    assert says == ["The header stands again in line 3. Take that row out of the file."]


def test_rows_are_told_apart():
    layout = lay_out(rows(HEADER, ("Claims", *ALONE), CHAT, SCAN, ("", "", "", "2"), ("Total", "2", "", "")))

    assert [row.line for row in layout.titles] == [2]
    assert [row.line for row in layout.body] == [3, 4]
    assert [row.line for row in layout.totals] == [5, 6]


def test_a_list_of_two_columns_has_no_titles_between_its_rows():
    layout = lay_out(rows(("Project", "Status"), ("Chat", ""), ("Scan", "Live")))

    assert [row.line for row in layout.body] == [2, 3]


@pytest.mark.parametrize(
    ("titles", "sections"),
    [
        (("Finance", "Human Resources"), Sections.UNIT),
        (("Claims department", "Underwriting"), Sections.UNIT),
        (("Finance", "Finance"), Sections.LEAVE_OUT),
        (("Wave 1", "Wave 2"), Sections.LEAVE_OUT),
        (("Finance is late with these:", "See also 2025."), Sections.LEAVE_OUT),
    ],
)
def test_what_titles_between_the_rows_are(titles, sections):
    table = (HEADER, (titles[0], *ALONE), CHAT, (titles[1], *ALONE), SCAN)

    assert propose(workbook(sheet("Pilots", *table))).chosen.sections is sections


def test_all_titles_are_counted_where_two_are_named():
    titles = [(name, *ALONE) for name in ("Finance", "Human Resources", "Legal")]
    table = (HEADER, *(row for title in titles for row in (title, CHAT, SCAN)))

    (doubt,) = propose(workbook(sheet("Pilots", *table))).at("sections")

    assert "“Finance” and “Human Resources” (lines 2 and 5) and 1 more stand alone" in doubt


def test_titles_are_no_units_where_a_column_holds_units():
    header, claims = (*HEADER, "Department"), (*CHAT, "Claims")

    proposal = propose(workbook(sheet("Pilots", header, ("Finance", *ALONE, ""), claims, claims)))

    assert proposal.chosen.sections is Sections.LEAVE_OUT


def test_the_sheet_that_looks_like_a_register_is_read_and_its_rival_named():
    notes = sheet("Notes", ("Read me", "first"), ("Fill in", "all"))
    archive = sheet("Archive", HEADER, CHAT, SCAN)

    proposal = propose(workbook(notes, archive, sheet("Pilots", HEADER, CHAT, SCAN)))

    assert proposal.chosen.sheet == "Pilots"
    assert "“Archive” may be a register too. “Pilots” is read" in proposal.at("sheet")[0]


def test_a_workbook_of_hidden_sheets_is_read_all_the_same():
    hidden = sheet("Pilots", HEADER, CHAT, SCAN, is_hidden=True)

    assert propose(workbook(hidden)).chosen.columns["Project"] == "name"


def test_a_further_sheet_that_points_at_no_pilot_is_not_read():
    kpis = sheet("KPIs", ("Project", "KPI", "Target"), ("Stranger", "Time", "9"))

    proposal = propose(workbook(sheet("Pilots", HEADER, CHAT, SCAN), kpis))

    assert proposal.chosen.more == ()
    assert proposal.at("sheet") == ("“KPIs” is not read.",)


def test_a_profile_counts_words_as_they_are_spelt_most_and_leaves_titles_out():
    table = sheet("Pilots", HEADER, ("Finance", *ALONE), CHAT, SCAN, ("Talk", "live ", "", ""), CHAT)

    status = profile(table, 1)[1]

    assert (status.words, status.blank, status.distinct) == ({"Live": 3, "Pilot": 1}, 0, 2)
    assert status.samples == ("Live", "Pilot", "live")
    assert [cell.line for cell in status.cells] == [3, 4, 5, 6]

"""What one column is taken for depends on its cells and on the others."""

import pytest

from portfolio.exchange.guessing import propose
from tests.portfolio.exchange.guessing.tables import sheet, workbook

NAMES = ("Name", "Chat", "Scan", "Talk")


def guess(*columns, name="Pilots"):
    """Return the proposal for a sheet of these columns; each begins with its title."""
    return propose(workbook(sheet(name, *zip(*columns, strict=True))))


def codes(*columns):
    return list(guess(*columns).chosen.columns.values())


@pytest.mark.parametrize(
    ("column", "code"),
    [
        (("Status", "Green", "Red", "Green"), ""),
        (("Status", "Live", "On hold", "Stuck"), "stage"),
        (("Status", "1/2/2024", "2/2/2024", "3/2/2024"), ""),
        (("Supplier", "Yes", "No", "Yes"), ""),
        (("Owner", "ann@x.org", "bo@x.org", "cy@x.org"), "owner_email:production_owner"),
        (("Owner", "Ann <ann@x.org>", "bo@x.org", "Cy <cy@x.org>"), "owner:production_owner"),
        (("Start", "soon", "later", "never"), ""),
        (("Key figures", "KPI one", "KPI two", "KPI three"), ""),
        (("Success metric", "Time 14 → 9 min", "Errors 5 to 3 %", "n/a"), "kpi_line"),
        (("Success metric", "shorter time", "fewer errors", "n/a"), ""),
        (("Target", "9", "3", "7"), ""),
        (("Milestone due", "2026-05-01", "2026-06-01", "2026-07-01"), "milestone_due"),
        (("Confidential", "x", "", "x"), "confidential"),
        (("ID", "AB-1", "AB- 2", "AB_3"), "reference"),
        (("ID", "AB-1", "", ""), ""),
        (("ID", "AB-1", "AB_1 ", "AB-3"), ""),
        (("ID", "1", "2", "3"), ""),
        (("ID", "7", "2", "3"), "reference"),
    ],
)
def test_what_a_column_is_taken_for_beside_the_names(column, code):
    if column[0].startswith("Milestone"):
        assert codes(NAMES, ("Milestone", "Go", "See", "End"), column)[-1] == code
    else:
        assert codes(NAMES, column)[-1] == code


def test_a_pilot_has_one_production_owner_so_a_second_column_is_left_to_the_person():
    proposal = guess(NAMES, ("Owner", "Ann", "Bo", "Cy"), ("Project lead", "Di", "Ed", "Flo"))

    assert list(proposal.chosen.columns.values())[1:] == ["owner:production_owner", ""]
    assert proposal.at("column:Project lead") == (
        "It could be “Production owner” too, but “Owner” is more plainly that.",
    )


def test_addresses_whose_title_says_nothing_are_taken_once_only():
    first, second = (
        ("a1", "ann@x.org", "bo@x.org", "cy@x.org"),
        ("Sponsor e-mail", "d@x.org", "e@x.org", "f@x.org"),
    )

    assert codes(NAMES, first, second)[1:] == ["", "owner_email:sponsor"]


def test_units_of_measure_are_no_business_units():
    kpi = (("KPI", "Time", "Errors", "Cost"), ("Baseline", "9", "8", "7"), ("Target", "5", "4", "3"))

    assert codes(NAMES, *kpi, ("Unit", "min", "%", "€"))[-1] == "kpi_unit"
    assert codes(NAMES, *kpi, ("Unit", "HR", "Claims", "IT"))[-1] == "unit"


def test_a_column_of_short_forms_is_the_programs_abbreviation_only_where_each_fits_one():
    agency = ("Department", "Ministry of Trees", "Ministry of Rain", "Ministry of Trees")

    assert codes(NAMES, agency, ("Department code", "MT", "MR", "MT"))[1:] == ["program", "prefix"]
    assert codes(NAMES, agency, ("Department code", "MT", "MT", "MR"))[1:] == ["unit", ""]


def test_a_summary_names_the_pilots_where_nothing_else_does():
    summary = ("Summary", "Chat for claims", "Scan of mails", "Talk to callers")
    key = ("Issue key", "AI-1", "AI-2", "AI-3")

    assert codes(key, summary) == ["reference", "name"]
    assert codes(key, summary, NAMES) == ["reference", "problem", "name"]


def test_the_tier_of_the_act_goes_before_any_other_risk():
    found = codes(
        NAMES, ("Risk", "High", "High", "High"), ("EU AI Act risk class", "Limited", "High", "Minimal")
    )

    assert found[1:] == ["", "risk"]


def test_na_beside_other_regions_is_kept():
    proposal = guess(NAMES, ("Department", "NA", "EMEA", "APAC"), ("Vendor", "n/a", "Bigsoft", "-"))

    assert proposal.chosen.empty == ("-", "n/a")
    assert proposal.at("column:Department") == (
        "“NA” stands beside other regions in “Department”; is it North America?",
    )


def test_days_beside_a_comment_or_an_update_are_left_without_a_doubt():
    days = ("2026-01-01", "2026-01-02", "2026-01-03")

    assert guess(NAMES, ("Last update", *days)).at("column:Last update") == ()
    assert guess(NAMES, ("Workshop", *days)).at("column:Workshop") == (
        "It holds days, but its title does not say of what. It is not imported.",
    )


def test_a_footnote_among_departments_makes_titles_of_them_all():
    table = (("Name", "Status", "Owner"), ("Finance", "", ""), ("Chat", "Live", "Ann"), ("Legal", "", ""))

    proposal = propose(workbook(sheet("Pilots", *table)))

    assert proposal.chosen.sections == "leave-out"


def test_an_archive_is_not_read_before_the_list_itself():
    header, chat = ("Name", "Status"), ("Chat", "Live")
    archive = sheet("Archive", (*header, "Description"), (*chat, "People wait."), (*chat, "They do."))

    assert propose(workbook(archive, sheet("Q3", header, chat, chat))).chosen.sheet == "Q3"

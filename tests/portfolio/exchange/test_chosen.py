import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilots.lifecycle import Stage
from portfolio.exchange.cells import ShortMonth, Slashes
from portfolio.exchange.choices import Chosen, Decimal, MoreSheet, Sections
from portfolio.exchange.chosen import BadChoice, chosen_of, complaints, plain_of
from portfolio.exchange.mapping_reader import SHIPPED, from_plain
from portfolio.exchange.meanings import meanings, meanings_of_more

KNOWN = meanings([("cost-centre", "Cost centre")])
SMALL = Chosen(
    columns={"Tool": "name", "Why": "problem", "State": "stage", "Remarks": ""},
    stages={"Trial": "piloting", "Paused": "refuse"},
)


def plain(chosen, header=None, **more):
    return plain_of(chosen, title="Tools", register="tools", header=header or list(chosen.columns), **more)


def test_choices_become_a_mapping_that_says_only_what_was_chosen():
    assert plain(SMALL) == {
        "title": "Tools",
        "register": "tools",
        "recognised_by": ["Tool", "Why", "State"],
        "file": {"header": 1, "ignored": ["Remarks"]},
        "pilot": {"name": "Tool", "problem": ["Why"]},
        "stage": {"column": "State", "values": {"Trial": "piloting", "Paused": "refuse"}},
    }


def test_a_roles_names_and_addresses_go_together_and_further_names_follow():
    chosen = Chosen(
        columns={
            "Lead": "owner:technical_lead",
            "Lead mail": "owner_email:technical_lead",
            "Second": "owner:technical_lead",
            "Sponsor mail": "owner_email:sponsor",
        }
    )

    assert plain(chosen)["owner"] == [
        {"role": "technical_lead", "name": "Lead", "email": "Lead mail"},
        {"role": "technical_lead", "name": "Second"},
        {"role": "sponsor", "email": "Sponsor mail"},
    ]


def test_several_columns_of_one_meaning_stand_in_the_order_of_the_sheet():
    chosen = Chosen(columns={"Benefit": "problem", "Purpose": "problem"})

    assert plain(chosen, header=["Purpose", "Benefit"])["pilot"]["problem"] == ["Purpose", "Benefit"]


def test_a_register_is_known_again_by_titles_that_stand_in_its_header():
    header = ["Tool", "Why", "Why (2)", "column 4"]
    chosen = Chosen(columns={"Tool": "name", "Why": "problem", "Why (2)": "problem", "column 4": "stage"})

    assert plain(chosen, header=header)["recognised_by"] == ["Tool", "Why"]


def test_a_planned_go_live_becomes_a_milestone_of_that_name():
    assert plain(Chosen(columns={"Planned": "go_live_due"}))["milestone"] == [
        {"called": "Go-live", "due": "Planned"}
    ]


def test_one_meaning_given_to_two_columns_is_refused_with_both_names():
    chosen = Chosen(columns={"State": "stage", "Phase": "stage"})

    with pytest.raises(BadChoice, match="“State” and “Phase” are both “Stage”"):
        plain(chosen)


@pytest.mark.parametrize(
    ("columns", "more", "says"),
    [
        ({}, (), "No column is the pilot’s name. Choose one."),
        (
            {"A": "name"},
            (),
            "No column is the problem statement. Choose one, or say what stands where there is none.",
        ),
        ({"A": "kpi_target"}, (), "There are figures of a KPI, but no column names it."),
        ({"A": "kpi_name"}, (), "A KPI needs a target."),
        ({"A": "milestone_due"}, (), "There are days of a milestone, but no column names it."),
        ({}, ({"A": "kpi_line"},), "Sheet “More”: No column says which pilot a row belongs to."),
        ({}, ({"A": "pilot"},), "Sheet “More”: No column is a KPI or a milestone."),
        ({}, ({"A": "pilot", "B": "pilot"},), "Sheet “More”: “A” and “B” are both"),
        (
            {},
            ({"A": "kpi_line", "B": "kpi_name"},),
            "Sheet “More”: A sheet tells its KPIs in one",
        ),
    ],
)
def test_complaints_name_what_is_missing(columns, more, says):
    sheets = tuple(MoreSheet(sheet="More", columns=columns) for columns in more)

    assert any(line.startswith(says) for line in complaints(Chosen(columns=columns, more=sheets)))


def test_a_sentence_for_all_rows_stands_for_a_column():
    chosen = Chosen(columns={"Tool": "name"}, problem_when_blank="Nobody said.", stage_when_blank="idea")

    assert complaints(chosen) == ()
    assert from_plain("tools", plain(chosen)).problem_when_blank == "Nobody said."


def test_nothing_is_missing_from_choices_a_mapping_can_be_made_of():
    assert complaints(SMALL) == ()
    assert from_plain("tools", plain(SMALL)).title_column == "Tool"


def test_choices_without_complaints_make_a_mapping_with_every_meaning_there_is():
    columns = {f"Column {place}": meaning.code for place, meaning in enumerate(KNOWN)}
    more = {"Which": "pilot", "Line": "kpi_line", "Other": "", "Mark": "milestone_title"}
    chosen = Chosen(
        sheet="Pilots",
        header=3,
        columns=columns,
        stages={"Trial": "piloting"},
        risks={"low": "minimal"},
        how_builts={"make": "own"},
        more=(MoreSheet(sheet="More", header=2, columns=more),),
    )

    mapping = from_plain("all", plain(chosen))

    assert complaints(chosen) == ()
    assert set(mapping.columns) == set(columns)
    assert mapping.more[0].columns == ("Which", "Line", "Mark")


def test_what_only_a_mapping_can_say_is_kept():
    shipped = tomllib.loads((SHIPPED / "us-federal-2024.toml").read_text())
    chosen = chosen_of(shipped)

    again = plain(chosen, keeps=shipped) | {"title": shipped["title"], "register": shipped["register"]}

    assert again["as_of"] == shipped["as_of"]
    assert {"column": "Date Implemented", "enters": "production", "instead": {"limited": "limited"}} in again[
        "dates"
    ]["column"]
    theirs, ours = from_plain("x", shipped), from_plain("x", again)
    assert ours.dates == theirs.dates
    assert ours.stage == theirs.stage


def test_a_column_given_another_meaning_is_not_kept_in_its_old_one():
    kept = {"kpi": [{"called": "Handling time", "target": "Goal"}, {"called": "Errors", "target": "Remarks"}]}
    chosen = Chosen(columns={"Goal": "problem", "Remarks": ""})

    again = plain(chosen, keeps=kept)

    assert again["kpi"] == [{"called": "Errors", "target": "Remarks"}]
    assert "ignored" not in again["file"]


words = st.dictionaries(
    st.text(min_size=1, max_size=3), st.sampled_from([*map(str, Stage), "refuse"]), max_size=2
)


@st.composite
def columns(draw, known):
    codes = draw(st.lists(st.sampled_from([*(meaning.code for meaning in known), ""]), max_size=8))
    many = {meaning.code for meaning in known if meaning.many} | {""}
    once = [code for place, code in enumerate(codes) if code in many or code not in codes[:place]]
    keys = draw(
        st.lists(st.text(min_size=1, max_size=3), min_size=len(once), max_size=len(once), unique=True)
    )
    return dict(zip(keys, once, strict=True))


@st.composite
def choices(draw):
    given = draw(columns(KNOWN))
    has = set(given.values())
    return Chosen(
        sheet=draw(st.text(max_size=3)),
        header=draw(st.integers(1, 30)),
        sections=draw(st.sampled_from(Sections)),
        columns=given,
        stages=draw(words) if "stage" in has else {},
        stage_when_blank=draw(st.sampled_from(["", *map(str, Stage)])),
        problem_when_blank=draw(st.sampled_from(["", "Nobody said."])),
        risks={"low": "minimal"} if "risk" in has else {},
        how_builts={"make": "own"} if "how_built" in has else {},
        empty=draw(st.sampled_from([(), ("n/a", "-")])),
        yes=draw(st.sampled_from([(), ("ja",)])),
        slashes=draw(st.sampled_from([None, *Slashes])),
        short_months=draw(st.frozensets(st.sampled_from(ShortMonth))),
        serials=draw(st.booleans()),
        fiscal_year_begins=draw(st.sampled_from([0, 10])),
        decimal=draw(st.sampled_from([None, *Decimal])),
        shorten=draw(st.booleans()),
        more=tuple(
            MoreSheet(
                sheet=name, header=2, columns={"Which": "pilot", **draw(columns(meanings_of_more()[1:]))}
            )
            for name in draw(st.lists(st.text(min_size=1, max_size=3), max_size=1))
        ),
    )


@settings(max_examples=60, deadline=None)
@given(choices())
def test_choices_come_back_as_they_went(chosen):
    codes = {code for sheet in chosen.more for code in sheet.columns.values() if code.startswith("kpi_")}
    if "kpi_line" in codes and len(codes) > 1:
        with pytest.raises(BadChoice):
            plain(chosen)
    else:
        assert chosen_of(plain(chosen)) == chosen

from datetime import date

import pytest

from pilots.lifecycle import Stage
from portfolio.exchange import mapping_reader as mapping
from portfolio.exchange.mapping import Ambiguous, TooLong
from portfolio.exchange.mapping_reader import BadMapping
from tests.portfolio.exchange.twin import HEADER_2023, HEADER_2024, HEADER_TOOLS, TOOLS


def load(tmp_path, text):
    path = tmp_path / "tools.toml"
    path.write_text(text, encoding="utf-8")
    return mapping.load(path)


def test_shipped_mappings_are_sound_and_know_their_headers():
    shipped = mapping.shipped()

    assert [item.name for item in shipped] == ["us-federal-2023", "us-federal-2024"]
    assert {item.register for item in shipped} == {"us-federal-inventory"}
    assert [item.name for item in mapping.recognise(shipped, HEADER_2024)] == ["us-federal-2024"]
    assert [item.name for item in mapping.recognise(shipped, HEADER_2023)] == ["us-federal-2023"]
    assert mapping.recognise(shipped, HEADER_TOOLS) == []


def test_header_is_recognised_whatever_its_case_and_white_space(tmp_path):
    tools = load(tmp_path, TOOLS)

    assert mapping.recognise([tools], [" IDENT", "tool ", "more", "State\n"]) == [tools]
    assert mapping.recognise([tools], ["Ident", "Tool"]) == []


def test_the_mapping_with_more_marks_wins():
    few, many = mapping.find("us-federal-2023"), mapping.find("us-federal-2024")

    assert mapping.recognise([few, many], [*HEADER_2024, *HEADER_2023]) == [many]


def test_mapping_file_is_read_whole(tmp_path):
    tools = load(tmp_path, TOOLS)

    assert (tools.register, tools.reference, tools.unit) == ("workshop", "Ident", ("Room",))
    assert tools.stage.meanings["first users"] is Stage.LIMITED
    assert tools.stage.when_blank is None
    assert tools.risk is not None
    assert tools.risk.meanings == {"low": "minimal", "high": "high", "not rated": None}
    assert (tools.ambiguous, tools.too_long, tools.as_of) == (Ambiguous.REFUSE, TooLong.REFUSE, None)
    assert tools.columns == (
        "Ident", "Tool", "State", "Room", "Why", "What for", "Maker", "Risk", "Trial since", "Live since",
    )  # fmt: skip


def test_mapping_found_by_path_or_refused_by_name(tmp_path):
    load(tmp_path, TOOLS)

    assert mapping.find(str(tmp_path / "tools.toml")).title == "Tool list of the workshop"
    with pytest.raises(BadMapping) as refusal:
        mapping.find("nowhere")
    assert str(refusal.value) == (
        "There is no mapping “nowhere”. Name a file, or one of us-federal-2023, us-federal-2024."
    )


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('register = "workshop"', "", "register is missing"),
        ('name = "Tool"', "", "pilot.name is missing"),
        ('problem = ["Why", "What for"]', "problem = 3", "pilot.problem must be a text or a list of texts"),
        ('"Trial" = "piloting"', '"Trial" = "pilot"', "stage.values.“Trial” is “pilot”, which is none of"),
        ('column = "State"', 'column = "State"\nblank = "idea"', "stage.blank is not a key"),
        ('column = "State"', 'column = "State"\nwhen_blank = "x"', "stage.when_blank is “x”, which is"),
        ('slashes = "day-first"', 'slashes = "iso"', "dates.slashes is “iso”, which is none of"),
        ('enters = "piloting"', 'enters = "trial"', "dates.column[1].enters is “trial”, which is"),
        ('enters = "piloting"', 'enters = "production"', "dates.column says twice when a pilot comes to"),
        (
            'enters = "production"',
            'enters = "production"\ninstead = { here = "limited" }',
            "dates.column[2].instead names “here”, which is no stage",
        ),
        ('register = "workshop"', 'register = "workshop"\nas_of = "2024"', "as_of must be a day"),
        ('register = "workshop"', 'register = "workshop"\nencoding = "klingon"', "encoding is “klingon”"),
        ('register = "workshop"', 'register = "workshop"\nambiguous = "guess"', "ambiguous is “guess”"),
        ('slashes = "day-first"', "fiscal_year_begins = 13", "dates.fiscal_year_begins must be one of 1"),
        ('"low" = "minimal"', '"low" = 1', "risk.values must be a table of texts"),
        ("title =", "title :", "is no TOML file"),
    ],
)  # fmt: skip
def test_a_faulty_mapping_is_refused_by_key(tmp_path, old, new, complaint):
    assert old in TOOLS

    with pytest.raises(BadMapping) as refusal:
        load(tmp_path, TOOLS.replace(old, new, 1))

    assert complaint in str(refusal.value)
    assert str(refusal.value).startswith("The mapping tools.toml ")


def test_a_day_is_a_day(tmp_path):
    dated = load(
        tmp_path, TOOLS.replace('register = "workshop"', 'register = "workshop"\nas_of = 2026-03-31')
    )

    assert dated.as_of == date(2026, 3, 31)

import tomllib
from datetime import date

import pytest

from portfolio.exchange.mapping_file import as_toml
from portfolio.exchange.mapping_reader import SHIPPED, from_plain


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_a_mapping_comes_back_from_its_file_as_it_was(path):
    plain = tomllib.loads(path.read_text(encoding="utf-8"))

    assert tomllib.loads(as_toml(plain)) == plain


def test_a_day_is_written_as_a_day():
    assert tomllib.loads(as_toml({"as_of": "2026-06-30"})) == {"as_of": date(2026, 6, 30)}


def test_the_file_tells_first_what_it_is_and_keeps_every_key():
    text = as_toml({"unheard": 1, "stage": {"column": "State"}, "pilot": {"name": "Tool"}, "title": "Tools"})

    assert list(tomllib.loads(text)) == ["title", "unheard", "pilot", "stage"]


def test_words_with_quotation_marks_line_breaks_and_other_scripts_come_back():
    words = {'sagte "ja"\n\t\\': "piloting", "試験": "idea", "a = b # c": "refuse", "\x01": "stopped"}

    assert tomllib.loads(as_toml({"stage": {"values": words}}))["stage"]["values"] == words


def test_a_written_file_is_a_mapping():
    plain = {
        "title": "Tools",
        "register": "tools",
        "recognised_by": ["Tool"],
        "pilot": {"name": "Tool", "problem": ["Why"]},
        "stage": {"column": "State", "values": {"Trial": "piloting"}},
        "sheet": [{"name": "KPIs", "pilot": "Tool", "kpi": {"name": "KPI", "target": "Target"}}],
    }

    assert from_plain("tools", tomllib.loads(as_toml(plain))) == from_plain("tools", plain)

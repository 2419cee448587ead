"""Names leave what people wrote, and nothing else: a name can be a stage, a year, a month or two letters."""

import pytest

from portfolio.steering.out.limits import Field, limited, without_pilots
from portfolio.steering.out.said import compose
from portfolio.steering.out.unnamed import COUNT, SHORTEST
from tests.portfolio.steering.content import PERSON, SECRET, content, frozen

TWO = "Ola Berg"


def told(left):
    return "\n".join(compose(frozen(left)).texts())


def called(name, question, *, people=(PERSON,)):
    """Return the pack with its secret pilot under another name."""
    given = content(title=f"Steering on {name}")
    for line in (*given["decisions"], *given["stalled"], *given["changes"][0]["pilots"][:1]):
        line["name"] = name
    given["age"]["numbers"]["oldest"][0]["name"] = name
    given["decisions"][0] |= {"question": question, "decider": people[0]}
    given["stalled"][0]["owners"] = list(people)
    return given


@pytest.mark.parametrize("name", ["Piloting", "2026", "Production", "claims", "11"])
def test_a_pilot_named_like_a_stage_or_a_year_changes_no_code_no_day_and_no_count(name):
    given = called(name, f"Shall {name} go on?")
    [left] = limited([given], [Field.DECISIONS])
    is_short = len(name) < SHORTEST
    assert left["decisions"][0]["question"] == ("(left out)" if is_short else "Shall a pilot go on?")

    [left] = without_pilots([given], {1})
    assert left["title"] == ("Steering pack" if is_short else "Steering on a pilot")
    for part in ("as_of", "known_at", "filters", "query", "funnel", "definitions", "time", "forecast"):
        assert left[part] == given[part]
    assert left["age"]["numbers"]["stages"] == given["age"]["numbers"]["stages"]
    assert "As of: Wed 18 Nov 2026" in told(left)


def test_a_person_named_like_a_month_leaves_the_days_alone():
    given = called("Bot", "Shall May go on?", people=("May", "Nov"))
    given["forecast"]["findings"][0]["finding"] = "1 to 4 by May 2027"
    [left] = limited([given], [Field.NAMES, Field.DECISIONS])
    assert left["decisions"][0]["question"] == "Shall somebody go on?"
    assert "1 to 4 by May 2027" in told(left)


def test_everybody_of_several_who_answer_is_taken_out():
    given = called("Bot", f"Shall {PERSON} hand over to {TWO}?", people=(PERSON, TWO))
    [left] = limited([given], [Field.DECISIONS])
    assert left["decisions"][0]["question"] == "Shall somebody hand over to somebody?"
    assert f"{PERSON} or {TWO}" in told(given)


def test_a_short_name_takes_its_sentence_with_it_and_the_pack_says_so():
    given = called("HR", "Keep it? Shall HR go on, and Hradec too? Li asks.", people=("Li", "Ola Berg"))
    given["decisions"][0]["options"] = ["Yes", "Ask Li"]
    [left] = limited([given], [Field.DECISIONS])
    [line] = left["decisions"]
    assert (line["question"], line["options"], line[COUNT]) == ("Keep it?", ["Yes"], 3)
    assert "4 sentences are left out: each holds a name that is not shown here" in told(left)

    [left] = limited([called("HR", "Shall HR go on?")], [Field.DECISIONS])
    assert left["decisions"][0]["question"] == "(left out)"
    [left] = limited([called("Bot", "Shall Bot go on?")], [Field.DECISIONS])
    assert "left out" not in told(left)


def test_what_is_left_out_twice_is_counted_twice():
    given = called("HR", "Shall HR go on? Li asks. Go?", people=("Li",))
    given["decisions"][0] |= {"pilot": 2, "name": "=2+5", "key": "CLM-2"}
    [left] = limited(without_pilots([given], {1}), [Field.DECISIONS])
    assert left["decisions"][0]["question"] == "Go?"
    assert left["decisions"][0][COUNT] == 2


def test_a_program_asked_about_is_no_pilot():
    given = content()
    given["decisions"][0] |= {"pilot": None, "key": "", "name": "Claims AI", "question": "Close Claims AI?"}
    [left] = limited([given], [Field.DECISIONS])
    assert left["decisions"][0]["question"] == "Close Claims AI?"


def test_a_name_leaves_the_names_of_people_too():
    given = called("Merger desk", "Go?", people=("Merger desk lead", PERSON))
    [left] = limited([given], [Field.OWNERS, Field.DECISIONS])
    assert left["stalled"][0]["owners"] == ["a pilot lead", PERSON]
    assert SECRET not in told(left)

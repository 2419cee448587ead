from datetime import date

import pytest

from pilots.lifecycle import Stage
from portfolio.exchange.identity import How, KnownEntry, match, numbered
from portfolio.exchange.understood import UnderstoodRow

FAMILY = "f" * 64


def row(line, digest, *, reference="", family=FAMILY, unit=""):
    return UnderstoodRow(
        line=line, agency="A", prefix="", unit=unit, name="Chat", problem="p", vendor="", contract="",
        risk=None, how_built=None, stage=Stage.IDEA, stage_is_assumed=False, steps=(), reference=reference,
        family=family, digest=digest, full={},
    )  # fmt: skip


def entry(pk, digest, *, reference="", family=FAMILY, unit=""):
    return KnownEntry(
        id=pk, pilot=pk, key=f"A-{pk}", program=1, reference=reference or numbered(family, pk),
        family=family, digest=digest, as_of=date(2024, 1, 1), values={"unit": unit}, present={},
        present_stage="idea", version=1, is_visible=True,
    )  # fmt: skip


def said(matching):
    return (
        [(item.line, known.id, how) for item, known, how in matching.known],
        [(item.line, reference) for item, reference in matching.new],
        [item.row.line for item in matching.ambiguous],
    )


def test_identifier_decides_before_anything_else():
    known = [entry(1, "x", reference="a-1"), entry(2, "y", reference="a-2")]

    assert said(match([row(5, "y", reference="a-1"), row(6, "z", reference="a-3")], known)) == (
        [(5, 1, How.REFERENCE)],
        [(6, "a-3")],
        [],
    )


def test_an_identifier_that_stands_twice_is_ambiguous():
    found = match([row(5, "x", reference="a-1"), row(6, "y", reference="a-1")], [])

    assert said(found) == ([], [], [5, 6])
    assert found.ambiguous[0].reason == "Its identifier “a-1” stands in row 6 too."


def test_a_row_that_got_an_identifier_is_known_by_its_name():
    assert said(match([row(5, "x", reference="a-1")], [entry(1, "y")])) == ([(5, 1, How.NAME)], [], [])


def test_a_row_with_another_identifier_is_another_thing():
    found = match([row(5, "x", reference="a-2")], [entry(1, "y", reference="a-1")])

    assert said(found) == ([], [(5, "a-2")], [])


def test_content_decides_inside_a_family_and_the_one_left_is_changed():
    found = match([row(5, "x"), row(6, "new")], [entry(1, "old"), entry(2, "x")])

    assert said(found) == ([(5, 2, How.CONTENT), (6, 1, How.NAME)], [], [])


def test_the_unit_tells_namesakes_apart():
    found = match(
        [row(5, "a", unit="North"), row(6, "b", unit="South"), row(7, "c", unit="East")],
        [entry(1, "x", unit="south"), entry(2, "y", unit=" NORTH ")],
    )

    assert said(found) == (
        [(5, 2, How.NAME_AND_UNIT), (6, 1, How.NAME_AND_UNIT)],
        [(7, numbered(FAMILY, 3))],
        [],
    )


@pytest.mark.parametrize(("rows", "entries"), [(2, 1), (1, 2), (2, 2)])
def test_what_nothing_tells_apart_is_ambiguous(rows, entries):
    found = match(
        [row(number, f"r{number}") for number in range(rows)],
        [entry(number, f"e{number}") for number in range(1, entries + 1)],
    )

    assert said(found) == ([], [], list(range(rows)))


def test_another_family_is_new():
    assert said(match([row(5, "x", family="g" * 64)], [entry(1, "x")])) == (
        [],
        [(5, numbered("g" * 64, 1))],
        [],
    )


def test_numbers_in_a_family_follow_content_and_not_the_order_of_rows():
    rows = [row(5, "c"), row(6, "a"), row(7, "b"), row(8, "a")]

    forward = {item.line: reference for item, reference in match(rows, []).new}
    backward = {item.line: reference for item, reference in match(rows[::-1], []).new}

    assert forward == backward
    assert forward == {6: f"{FAMILY}:1", 8: f"{FAMILY}:2", 7: f"{FAMILY}:3", 5: f"{FAMILY}:4"}


def test_word_for_word_twins_match_one_each():
    found = match([row(5, "x"), row(6, "x"), row(7, "x")], [entry(1, "x"), entry(2, "x")])

    assert said(found) == ([(5, 1, How.CONTENT), (6, 2, How.CONTENT)], [(7, numbered(FAMILY, 3))], [])

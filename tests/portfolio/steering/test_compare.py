"""The comparison of two packs, and their bars, as arithmetic."""

from dataclasses import astuple

from portfolio.steering.bars import Part, bar_rows
from portfolio.steering.compare import Number, compare
from portfolio.steering.compared import HEADS, words_of
from portfolio.steering.out.document import Rows
from portfolio.steering.out.said import compared_part


def stage(code, reached, **rest):
    return {
        "stage": code,
        "name": code.title(),
        "reached": reached,
        "open": 0,
        "on_hold": 0,
        "ended": 0,
        "conversion_from_previous": None,
        "conversion_from_entry": 1.0,
        "rest": "",
        **rest,
    }


def content(*, piloting, production, decisions=(), filters=(("Entered", "Piloting"),), **more):
    funnel = {
        "denominator": piloting,
        "goal": "production",
        "arrived": production,
        "undecided": piloting - production,
        "ended": 0,
        "stages": [stage("piloting", piloting), stage("production", production)],
    }
    lines = [{"id": pk, "question": f"Question {pk}"} for pk in decisions]
    return {
        "funnel": funnel,
        "decisions": lines,
        "decisions_total": more.get("total", len(lines)),
        "stalled_total": more.get("stalled", 0),
        "frozen_on": "2026-11-18",
        "since": {"on": more.get("since", "2026-10-19")},
        "filters": [list(pair) for pair in filters],
    }


def test_numbers_then_and_now_and_what_became_of_the_questions():
    then = content(piloting=30, production=3, decisions=(1, 2), stalled=4)
    now = content(piloting=36, production=6, decisions=(2, 3), stalled=1)
    found = compare(then, now)
    assert [(number.label, number.then, number.now, number.change) for number in found.numbers] == [
        ("Piloting", 30, 36, 6),
        ("Production", 3, 6, 3),
        ("Undecided", 27, 30, 3),
        ("Stopped or retired", 0, 0, 0),
        ("Of all, reached production", 0.1, 0.1667, 0.0667),
        ("Decisions waiting", 2, 2, 0),
        ("Newly stalled in 30 days", 4, 1, -3),
    ]
    assert [line["id"] for line in found.gone] == [1]
    assert [line["id"] for line in found.waiting] == [2]
    assert found.differs == ""


def test_page_and_paper_word_a_comparison_alike():
    then = content(piloting=30, production=3, stalled=4)
    now = content(piloting=36, production=3, stalled=1)
    then["funnel"]["undecided"] = None
    rows = [astuple(words_of(number)) for number in compare(then, now).numbers]
    assert rows == [
        ("Piloting", "30", "36", "+6"),
        ("Production", "3", "3", "same"),
        ("Undecided", "not counted", "33", "–"),
        ("Stopped or retired", "0", "0", "same"),
        ("Of all, reached production", "10.0\N{NO-BREAK SPACE}%", "8.3\N{NO-BREAK SPACE}%", "−1.7 points"),
        ("Decisions waiting", "0", "0", "same"),
        ("Newly stalled in 30 days", "4", "1", "−3"),
    ]
    part = compared_part(then, now)
    assert part.title == "Piloting: 30 in the last pack, 36 now"
    [table] = [block for block in part.blocks if isinstance(block, Rows)]
    assert (tuple(table.head), [tuple(row) for row in table.rows]) == (HEADS, rows)


def test_what_cannot_be_compared_is_said_and_not_counted():
    then = content(piloting=0, production=0, filters=(("Entered", "Proven"), ("Vendor", "Acme")))
    then["funnel"] |= {"goal": "sustained", "undecided": None, "stages": [stage("proven", 4)]}
    now = content(piloting=3, production=0)
    found = compare(then, now)
    assert found.differs == (
        "The two packs are not of the same pilots. Entered: Proven, now Piloting; Vendor: Acme, now any."
    )
    assert found.numbers[0] == Number("Piloting", None, 3)
    assert (found.numbers[0].is_known, found.numbers[0].change) == (False, None)
    assert found.numbers[2] == Number("Undecided", None, 3)
    assert found.numbers[4] == Number("Of all, reached production", None, 0.0, is_share=True)


def test_of_a_list_that_was_cut_no_question_is_said_to_have_gone():
    then = content(piloting=1, production=0, decisions=(1,))
    assert compare(then, content(piloting=1, production=0, decisions=(2,), total=201)).gone == []


def test_parts_of_a_bar_lie_side_by_side_and_narrow_ones_carry_no_number():
    funnel = content(piloting=40, production=1)["funnel"]
    funnel["stages"] = [
        stage("piloting", 40, open=10, on_hold=1, ended=9, conversion_from_previous=None),
        stage("production", 20, ended=20, conversion_from_previous=0.5, conversion_from_entry=0.5),
    ]
    first, second = bar_rows(funnel)
    assert first.parts == [
        Part("moved_on", "moved on", 20, 0, 50),
        Part("open", "still open here", 10, 50, 25),
        Part("on_hold", "on hold", 1, 75, 2.5),
        Part("ended", "ended", 9, 77.5, 22.5),
    ]
    assert [part.is_labelled for part in first.parts] == [True, True, False, True]
    assert (first.of_previous, second.of_previous, second.of_entry) == (
        "",
        "50\N{NO-BREAK SPACE}%",
        "50\N{NO-BREAK SPACE}%",
    )
    assert [part.kind for part in second.parts] == ["ended"]
    assert bar_rows({"denominator": 0, "stages": [stage("piloting", 0)]}) == []


def test_what_stalled_in_another_time_is_no_less():
    month = content(piloting=3, production=0, stalled=2)
    for day, window in (("2026-11-18", "less than a day"), ("2026-11-11", "7 days")):
        since = content(piloting=3, production=0, since=day)
        found = next(number for number in compare(month, since).numbers if "stalled" in number.label)
        assert found.label == f"Newly stalled: in 30 days then, in {window} now"
        assert (found.then, found.now, found.change) == (2, 0, None)
        assert words_of(found).change == "–"
        assert compared_part(month, since).title == "Nothing differs from the last pack"

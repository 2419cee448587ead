"""Which row is which, where rules cannot tell: the questions, the answers, and what holds without anybody."""

from dataclasses import replace
from datetime import date

import pytest

from pilots.lifecycle import Stage
from portfolio.exchange.identity import Doubtful, How, KnownEntry, Matching
from portfolio.exchange.mapping import Ambiguous
from portfolio.exchange.settling import settle
from portfolio.exchange.understood import UnderstoodRow


def row(line, name="Hail", *, digest="", family="", reference=""):
    return UnderstoodRow(
        line=line, agency="", prefix="", unit="", name=name, problem="", vendor="", contract="", risk=None,
        how_built=None, stage=Stage.IDEA, stage_is_assumed=False, steps=(), reference=reference,
        family=family or f"family of {name}", digest=digest or f"digest {line}", full={},
    )  # fmt: skip


def entry(pilot, name="Hail", *, is_visible=True):
    return KnownEntry(
        id=0, pilot=pilot, key=f"CLM-{pilot}", program=1, reference="", family="", digest="", as_of=date.min,
        values={}, present={"name": name}, present_stage="idea", version=1, is_visible=is_visible,
    )  # fmt: skip


def settled(matching, *, strangers=(), twins=None, answers=None, ambiguous=Ambiguous.REFUSE):
    return settle(
        matching, strangers=strangers, references=(), ambiguous=ambiguous, twins=twins or {}, answers=answers
    )


def new(*rows):
    return Matching(new=[(item, f"{item.family}:{item.line}") for item in rows])


def lines(pairs):
    return [item[0].line for item in pairs]


# --- Look-alikes -------------------------------------------------------------------


def test_a_pilot_called_the_same_is_asked_about():
    found = settled(
        new(row(5, "Hail-damage!"), row(6, "Rain")), strangers=[entry(3, "hail damage")], answers={}
    )

    (question,) = found.questions
    assert (question.line, question.says) == (5, "CLM-3 is called the same and did not come from this list.")
    assert [choice.answer for choice in question.choices] == ["CLM-3", "new", "leave-out"]
    assert lines(found.new) == [5, 6]


@pytest.mark.parametrize(
    ("here", "there", "asks"),
    [
        ("Invoice triage", "Triage of invoices", True),
        ("Invoice triage", "Invoices: triage (pilot)", True),
        ("Invoice triage", "Invoice routing", False),
        ("Assistant", "The assistants", False),
        ("Copilot", "Copilots", False),
    ],
)
def test_names_of_the_same_words_are_asked_about(here, there, asks):
    found = settled(new(row(5, there)), strangers=[entry(3, here)], answers={})

    said = "CLM-3 is called much the same and did not come from this list."
    assert [question.says for question in found.questions] == ([said] if asks else [])


@pytest.mark.parametrize(
    ("answer", "known", "fresh", "left_out"),
    [("CLM-3", [(5, "CLM-3", How.ANSWER)], [6], 0), ("new", [], [5, 6], 0), ("leave-out", [], [6], 1)],
)
def test_the_answer_about_a_look_alike_holds(answer, known, fresh, left_out):
    matching = new(row(5), row(6, "Rain"))
    (question,) = settled(matching, strangers=[entry(3)], answers={}).questions

    found = settled(matching, strangers=[entry(3)], answers={question.key: answer})

    assert [(item.line, one.key, how) for item, one, how in found.known] == known
    assert lines(found.new) == fresh
    assert found.left_out == left_out


def test_a_pilot_of_somebody_elses_name_is_not_offered():
    """An answer names only what the question offered: a key from elsewhere chooses nothing."""
    matching = new(row(5))
    (question,) = settled(matching, strangers=[entry(3)], answers={}).questions

    found = settled(matching, strangers=[entry(3)], answers={question.key: "CLM-9"})

    assert found.questions[0].answer({question.key: "CLM-9"}) == ""
    assert (found.known, lines(found.new)) == ([], [5])


def test_without_anybody_a_look_alike_is_new_and_said():
    found = settled(new(row(5)), strangers=[entry(3)])

    assert (lines(found.new), found.questions) == ([5], [])
    assert [item.reason for item in found.warnings] == [
        "CLM-3 is called the same. It is logged as another pilot."
    ]


# --- Rows of one name --------------------------------------------------------------


def test_rows_of_one_name_are_asked_about_once():
    cars = replace(row(4), problem="Counts cars", unit="Claims")
    found = settled(new(replace(row(2), problem="Counts dents"), row(3, "Rain"), cars, row(9)), answers={})

    (question,) = found.questions
    assert question.says == "3 rows are called the same: lines 2, 4 in Claims, 9."
    assert (question.here, question.there) == ("Line 2: Counts dents", "Line 4: Counts cars")
    assert lines(settled(new(row(2), row(4)), answers={"twin:*": "both"}).new) == [2, 4]
    first = settled(new(row(2), row(4)), answers={"twin:*": "first"})
    assert (lines(first.new), first.left_out) == ([2], 1)
    assert [item.row for item in first.warnings] == [4]


def test_rows_that_say_the_same_word_for_word_are_called_so():
    (question,) = settled(new(row(2, digest="d"), row(4, digest="d")), answers={}).questions
    assert question.says == "2 rows say the same, word for word: lines 2, 4."


def test_rows_with_identifiers_of_their_own_are_different_pilots():
    assert settled(new(row(2, reference="a"), row(3, reference="b")), answers={}).questions == []


def test_without_anybody_equal_rows_are_both_taken_and_said():
    found = settled(new(row(2, digest="d"), row(4, digest="d")), twins={4: 2})

    assert lines(found.new) == [2, 4]
    assert [(item.row, item.reason) for item in found.warnings] == [
        (4, "It is the same as row 2, word for word; both are imported.")
    ]


# --- One of several ----------------------------------------------------------------


def doubtful(*candidates):
    return Matching(ambiguous=[Doubtful(row(7), "Nobody can tell.", candidates)])


def test_one_of_several_is_asked_about_and_waits():
    found = settled(doubtful(entry(1), entry(2, is_visible=False)), answers={})

    (question,) = found.questions
    assert [choice.answer for choice in question.choices] == ["CLM-1", "new", "leave-out"]
    assert (found.known, found.new, found.refused) == ([], [], [])


def test_two_rows_cannot_be_one_pilot():
    matching = Matching(ambiguous=[Doubtful(row(line), "Nobody can tell.", (entry(1),)) for line in (7, 8)])
    found = settled(matching, answers={"ambiguous:*": "CLM-1"})

    assert [(item.row, item.reason) for item in found.refused] == [
        (8, "Lines 7, 8 are all CLM-1. Give all but one another answer.")
    ]


@pytest.mark.parametrize(
    ("rule", "refused", "left_out"), [(Ambiguous.REFUSE, 1, 0), (Ambiguous.LEAVE_OUT, 0, 1)]
)
def test_without_anybody_the_mapping_decides(rule, refused, left_out):
    found = settled(doubtful(entry(1)), ambiguous=rule)
    assert (len(found.refused), found.left_out, len(found.warnings)) == (refused, left_out, left_out)


def test_an_answer_of_its_own_goes_before_that_for_all():
    matching = new(row(2), row(4))
    (question,) = settled(matching, answers={}).questions
    found = settled(matching, answers={"twin:*": "first", question.key: "both"})
    assert lines(found.new) == [2, 4]


def test_a_question_keeps_its_key_while_the_row_stays_the_same():
    key = settled(new(row(5)), strangers=[entry(3)], answers={}).questions[0].key
    other = replace(row(5), digest="other words")
    assert settled(new(row(5)), strangers=[entry(3)], answers={}).questions[0].key == key
    assert settled(new(other), strangers=[entry(3)], answers={}).questions[0].key != key

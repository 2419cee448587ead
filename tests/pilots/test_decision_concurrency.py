"""Two deciders at once, one question asked twice at once, two answers of one person at once."""

import pytest

from pilots.access.models import Event
from pilots.actions.answer import GivenAnswer, give_answer, settle_answer
from pilots.actions.by import Refused
from pilots.actions.decision import NewDecision, Settlement, ask_decision, decide
from pilots.models import Answer, AnswerKind, Decision, LogEntry
from tests.pilots.test_concurrency import at_once

ROUNDS = 8

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_deciders_one_wins_and_the_other_is_told(make_pilot, by):
    pilot = make_pilot()
    for round_number in range(ROUNDS):
        decision = ask_decision(NewDecision(pilot=pilot, question=f"Go on, {round_number}?"), by=by)

        results = at_once(
            lambda asked=decision: decide(Settlement(decision=asked, choice="Go on"), by=by),
            lambda asked=decision: decide(Settlement(decision=asked, choice="Stop"), by=by),
        )

        won = [result for result in results if isinstance(result, Decision)]
        lost = [result for result in results if isinstance(result, Refused)]
        assert (len(won), len(lost)) == (1, 1), results
        assert str(lost[0]) == f"Maren has decided it already: “{won[0].choice}”."
    assert Event.objects.filter(verb="decision.decided").count() == ROUNDS


def test_a_question_asked_twice_at_once_waits_once(make_pilot, by_system):
    pilot = make_pilot()
    new = NewDecision(pilot=pilot, question="Go on?", origin="flag:1")

    results = at_once(*[lambda: ask_decision(new, by=by_system)] * 4)

    assert {result.pk for result in results} == {Decision.objects.get().pk}


def test_answers_at_once_leave_one_request_and_one_settlement(make_pilot, contributor, by, by_system):
    pilot = make_pilot()
    kinds = (AnswerKind.MOVING, AnswerKind.STOP, AnswerKind.NOT_MINE)

    def give(kind):
        given = GivenAnswer(pilot=pilot, person=contributor, kind=kind)
        return lambda: give_answer(given, by=by_system)

    results = at_once(*[give(kind) for kind in kinds])
    assert [type(result) for result in results] == [Answer] * 3
    answer = Answer.objects.get()

    results = at_once(*[lambda: settle_answer(answer, accept=True, by=by)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["Answer", "Refused"]
    assert LogEntry.objects.count() + Decision.objects.count() <= 1

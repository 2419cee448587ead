from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.actions.decision import NewDecision, Settlement, ask_decision, decide


def titles(response):
    return [line.decision.question for line in response.context["page"].decisions]


@pytest.fixture
def pilot(make_pilot):
    return make_pilot("Invoice triage")


def test_decisions_for_the_reader_stand_after_the_sentence_nearest_first(
    pilot, program, by, manager, executive, visit
):
    ask_decision(NewDecision(pilot=pilot, question="Whenever?"), by=by)
    ask_decision(NewDecision(pilot=pilot, question="Later?", needed_by=date(2099, 5, 4)), by=by)
    ask_decision(NewDecision(pilot=pilot, question="Soon?", needed_by=date(2026, 11, 20)), by=by)
    ask_decision(NewDecision(program=program, question="Of the board?", decider=executive), by=by)
    done = ask_decision(NewDecision(pilot=pilot, question="Done?"), by=by)
    decide(Settlement(decision=done, choice="Go on"), by=by)

    response = visit(manager, "/funnel/")

    assert titles(response) == ["Soon?", "Later?", "Whenever?"]
    page = response.content.decode()
    assert page.index('class="state"') < page.index("Decisions for you") < page.index('class="controls"')
    assert titles(visit(executive, "/funnel/")) == ["Of the board?"]


def test_who_is_asked_nothing_sees_no_section(pilot, by, viewer, stranger, visit):
    ask_decision(NewDecision(pilot=pilot, question="Go on?"), by=by)

    for user in (viewer, stranger):
        assert "Decisions for you" not in visit(user, "/funnel/").content.decode()


def test_one_programs_funnel_asks_for_that_programs_decisions(
    pilot, make_pilot, other_program, by, by_system, executive, visit
):
    other = make_pilot("Ledger", program=other_program)
    ask_decision(NewDecision(pilot=pilot, question="Here?", decider=executive), by=by)
    ask_decision(NewDecision(pilot=other, question="There?", decider=executive), by=by_system)

    assert titles(visit(executive, "/funnel/?program=claims")) == ["Here?"]
    assert sorted(titles(visit(executive, "/funnel/"))) == ["Here?", "There?"]


def test_more_than_five_are_counted_and_cost_one_query_more(pilot, by, manager, visit):
    def queries(count):
        for number in range(count):
            ask_decision(NewDecision(pilot=pilot, question=f"Number {number}?"), by=by)
        with CaptureQueriesContext(connection) as found:
            response = visit(manager, "/funnel/")
        return len(found), response

    few, _ = queries(1)
    many, response = queries(100)

    assert len(titles(response)) == 5
    assert "96 more wait on the pages of their pilots." in response.content.decode()
    assert many <= few + 1

from datetime import date, timedelta

import pytest

from pilots.actions.decision import NewDecision, Settlement, ask_decision, decide
from pilots.models import Pilot
from portfolio.digests.notices import DECISION_ASKED
from portfolio.outbox.drain import drain_events
from portfolio.outbox.kinds import Letter, Skip, write
from portfolio.outbox.models import Message
from tests.conftest import NOW

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def pilot(make_pilot):
    return make_pilot("Invoice triage")


@pytest.fixture
def decision(pilot, by, executive):
    new = NewDecision(
        pilot=pilot, question="Extend to 26 weeks?", decider=executive, needed_by=date(2026, 11, 20)
    )
    return ask_decision(new, by=by)


@pytest.fixture
def message(decision):
    drain_events(LATER)
    return Message.objects.get(kind=DECISION_ASKED)


def test_the_named_decider_is_written_once(decision, message, executive):
    assert (message.person, message.ref) == (executive, str(decision.pk))
    drain_events(LATER)
    assert Message.objects.filter(kind=DECISION_ASKED).count() == 1

    letter = write(message, LATER)
    assert isinstance(letter, Letter)
    assert letter.to == "exe@example.com"
    assert letter.subject == "Decision for you: CLM-1 Invoice triage: Extend to 26 weeks?"
    for words in (
        "Extend to 26 weeks?",
        "About CLM-1 Invoice triage. Asked by Maren.",
        "Needed by Fri 20 Nov.",
        "- Go on\n- Extend\n- Stop\n",
        "/d/",
        f"/decisions/{decision.pk}/",
    ):
        assert words in letter.text


def test_nobody_is_written_where_any_manager_or_the_asker_decides(pilot, by, manager):
    ask_decision(NewDecision(pilot=pilot, question="Go on?"), by=by)
    ask_decision(NewDecision(pilot=pilot, question="Go on?", decider=manager), by=by)

    drain_events(LATER)
    assert not Message.objects.exists()


def test_a_free_question_about_a_program_is_written_too(program, by, executive):
    new = NewDecision(program=program, question="One contact?", options=[], decider=executive)
    ask_decision(new, by=by)
    drain_events(LATER)

    letter = write(Message.objects.get(), LATER)
    assert isinstance(letter, Letter)
    assert "About Claims AI." in letter.text
    assert "choose from" not in letter.text
    assert "Needed by" not in letter.text


def test_nothing_is_sent_about_what_was_decided_or_hidden_meanwhile(decision, message, pilot, by):
    decide(Settlement(decision=decision, choice="Go on"), by=by)
    assert write(message, LATER) == Skip("It is decided already.")

    Pilot.objects.update(is_confidential=True)
    skipped = write(message, LATER)
    assert skipped == Skip("The decision is gone, or they may no longer see it.")

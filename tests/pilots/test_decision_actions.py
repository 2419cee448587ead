from dataclasses import replace
from datetime import date, timedelta

import pytest

from pilots.access.models import Event, Membership, Movement, Role, Source
from pilots.access.models.user import Reach
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.decision import NewDecision, Settlement, ask_decision, ask_decisions, decide, may_decide
from pilots.lifecycle import Stage
from pilots.models import Decision, Owner, Ownership, Pilot
from tests.conftest import NOW, TODAY

LATER = NOW + timedelta(hours=2)


def web(user, at=NOW):
    return By(user=user, at=at, source=Source.WEB)


def faults(refused):
    return [(reason.field, reason.code) for reason in refused.value.reasons]


@pytest.fixture
def pilot(make_pilot):
    return make_pilot()


@pytest.fixture
def waiting(pilot, by):
    return ask_decision(NewDecision(pilot=pilot, question="Extend to 26 weeks?"), by=by)


def own(pilot, user):
    owner = Owner.objects.create(program=pilot.program, name=user.name, email=user.email, user=user)
    Ownership.objects.create(
        pilot=pilot, owner=owner, role="sponsor", since=date(2026, 9, 1), accepted_on=date(2026, 9, 1)
    )


# --- Asking ------------------------------------------------------------------------


def test_asking_keeps_the_question_and_records_it(pilot, by, executive):
    new = NewDecision(
        pilot=pilot, question=" Extend to 26 weeks? ", decider=executive, needed_by=date(2026, 11, 19)
    )
    decision = ask_decision(new, by=by)

    decision.refresh_from_db()
    assert (decision.program, decision.pilot, decision.question) == (
        pilot.program,
        pilot,
        "Extend to 26 weeks?",
    )
    assert decision.options == ["Go on", "Extend", "Stop"]
    assert (decision.decider, decision.asked_by, decision.asked_at) == (executive, by.user, NOW)
    assert not decision.is_decided
    event = Event.objects.get(verb="decision.asked")
    assert (event.actor, event.pilot_key, event.movement) == (by.user, pilot.key, "")
    assert event.after == {
        "decision": decision.pk,
        "question": "Extend to 26 weeks?",
        "options": ["Go on", "Extend", "Stop"],
        "decider": "Exe",
        "needed_by": "2026-11-19",
    }


def test_asking_is_no_movement(pilot, waiting):
    before = (pilot.moved_at, pilot.heard_at, pilot.silence_clock_on)
    pilot.refresh_from_db()

    assert (pilot.moved_at, pilot.heard_at, pilot.silence_clock_on) == before


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"question": "  "}, ("question", "required")),
        ({"question": "x" * 301}, ("question", "length")),
        ({"question": "a\x00b"}, ("question", "null-character")),
        ({"options": ["Go on"]}, ("options", "too-few")),
        ({"options": ["Go on", " "]}, ("options", "required")),
        ({"options": ["Go on", "go on "]}, ("options", "repeated")),
        ({"options": ["Go on", "x" * 201]}, ("options", "length")),
        ({"options": ["Go on", "a\x00b"]}, ("options", "null-character")),
        ({"options": [str(number) for number in range(9)]}, ("options", "too-many")),
        ({"needed_by": TODAY - timedelta(days=1)}, ("needed_by", "past")),
    ],
)
def test_a_question_nobody_could_settle_is_refused(pilot, by, fields, fault):
    with pytest.raises(Refused) as refused:
        ask_decision(replace(NewDecision(pilot=pilot, question="Go on?"), **fields), by=by)

    assert faults(refused) == [fault]
    assert not Decision.objects.exists()
    assert not Event.objects.filter(verb="decision.asked").exists()


def test_today_is_not_too_late_and_a_free_answer_needs_no_options(pilot, by):
    decision = ask_decision(
        NewDecision(pilot=pilot, question="Who pays?", options=[], needed_by=TODAY), by=by
    )

    assert (decision.options, decision.needed_by) == ([], TODAY)


def test_the_decider_must_see_the_pilot(make_pilot, by, executive, stranger, make_user):
    hidden = make_pilot("Hidden", is_confidential=True)
    closed = make_user("closed@example.com", is_executive=True, is_active=False)
    for pilot, decider in ((hidden, executive), (make_pilot("Open"), stranger), (make_pilot("Also"), closed)):
        with pytest.raises(Refused) as refused:
            ask_decision(NewDecision(pilot=pilot, question="Go on?", decider=decider), by=by)
        assert faults(refused) == [("decider", "cannot-see")]
    assert str(refused.value) == "Closed cannot see this pilot. Name somebody who can."


def test_contributors_managers_and_owners_ask(pilot, contributor, manager, make_user):
    owner = make_user("olga@example.com")
    own(pilot, owner)

    for user in (contributor, manager, owner):
        assert ask_decision(NewDecision(pilot=pilot, question="Go on?"), by=web(user)).asked_by == user


def test_viewers_executives_and_administrators_do_not_ask(pilot, viewer, executive, administrator):
    for user in (viewer, executive, administrator):
        with pytest.raises(Forbidden, match="You may not ask for decisions here"):
            ask_decision(NewDecision(pilot=pilot, question="Go on?"), by=web(user))
    assert not Decision.objects.exists()


def test_strangers_do_not_learn_of_the_pilot(pilot, stranger):
    with pytest.raises(Pilot.DoesNotExist):
        ask_decision(NewDecision(pilot=pilot, question="Go on?"), by=web(stranger))


def test_the_system_asks_once_while_its_question_waits(pilot, by, by_system):
    new = NewDecision(pilot=pilot, question="Four weeks unchanged. Go on?", origin="flag:7")
    first = ask_decision(new, by=by_system)
    assert ask_decision(replace(new, question="Five weeks?"), by=by_system) == first
    assert ask_decision(replace(new, origin="flag:8"), by=by_system) != first

    decide(Settlement(decision=first, choice="Go on"), by=by)
    assert ask_decision(new, by=by_system) != first
    assert Event.objects.filter(verb="decision.asked").count() == 3


def test_people_may_ask_the_same_twice(pilot, by):
    new = NewDecision(pilot=pilot, question="Go on?")

    assert ask_decision(new, by=by) != ask_decision(new, by=by)


def test_several_questions_are_asked_or_none(make_pilot, by):
    news = [NewDecision(pilot=make_pilot(name), question="Go on?") for name in ("One", "Two")]
    assert [decision.pilot.name for decision in ask_decisions(news, by=by)] == ["One", "Two"]

    with pytest.raises(Refused):
        ask_decisions([news[0], replace(news[1], question="")], by=by)
    assert Decision.objects.count() == 2


# --- About a program ---------------------------------------------------------------


def test_a_program_has_decisions_of_its_own(program, by, executive):
    new = NewDecision(program=program, question="One legal contact for all?", decider=executive)
    decision = ask_decision(new, by=by)

    assert (decision.pilot, decision.program) == (None, program)
    assert Event.objects.get(verb="decision.asked").program == program
    decided = decide(Settlement(decision=decision, choice="Go on", authority="Board"), by=web(executive))
    assert (decided.choice, decided.authority, decided.decided_by) == ("Go on", "Board", executive)
    event = Event.objects.get(verb="decision.decided")
    assert (event.program, event.pilot_id, event.movement) == (program, None, "")


def test_a_program_is_asked_about_by_its_members_only(program, viewer, stranger, other_program, make_user):
    with pytest.raises(Forbidden):
        ask_decision(NewDecision(program=program, question="Go on?"), by=web(viewer))
    with pytest.raises(type(program).DoesNotExist):
        ask_decision(NewDecision(program=program, question="Go on?"), by=web(stranger))


def test_a_programs_question_with_an_origin_waits_once(program, by_system):
    new = NewDecision(program=program, question="Go on?", origin="line:R-10")

    assert ask_decision(new, by=by_system) == ask_decision(new, by=by_system)


def test_the_decider_of_a_program_must_see_it(program, by, stranger):
    with pytest.raises(Refused, match="Stranger cannot see this program"):
        ask_decision(NewDecision(program=program, question="Go on?", decider=stranger), by=by)


def test_a_question_is_about_something(db, by):
    with pytest.raises(Refused, match="Say which pilot or program it is about"):
        ask_decision(NewDecision(question="Go on?"), by=by)


# --- Deciding ----------------------------------------------------------------------


def test_deciding_keeps_who_what_why_and_counts_as_movement(pilot, waiting, by):
    moment = By(user=by.user, at=LATER, source=Source.WEB)
    settlement = Settlement(
        decision=waiting, choice="extend ", reason=" Legal is late. ", authority=" Steering meeting "
    )
    decision = decide(settlement, by=moment)

    decision.refresh_from_db()
    assert (decision.choice, decision.reason, decision.authority) == (
        "Extend",
        "Legal is late.",
        "Steering meeting",
    )
    assert (decision.decided_on, decision.decided_at, decision.decided_by) == (TODAY, LATER, by.user)
    pilot.refresh_from_db()
    assert (pilot.moved_at, pilot.silence_clock_on, pilot.moved_clock_on) == (LATER, TODAY, TODAY)
    event = Event.objects.get(verb="decision.decided")
    assert (event.movement, event.reason) == (Movement.MOVED.value, "Legal is late.")
    assert event.before == {"question": "Extend to 26 weeks?"}
    assert event.after == {
        "decision": decision.pk,
        "choice": "Extend",
        "authority": "Steering meeting",
        "decided_on": "2026-11-18",
    }


def test_deciding_to_stop_stops_nothing(pilot, waiting, by):
    decide(Settlement(decision=waiting, choice="Stop"), by=by)

    pilot.refresh_from_db()
    assert pilot.at_stage is Stage.PILOTING


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"choice": ""}, ("choice", "choice")),
        ({"choice": "Perhaps"}, ("choice", "choice")),
        ({"choice": "Go\x00"}, ("choice", "null-character")),
        ({"reason": "x" * 4001}, ("reason", "length")),
        ({"authority": "x" * 201}, ("authority", "length")),
        ({"decided_on": TODAY + timedelta(days=1)}, ("decided_on", "out-of-range")),
        ({"decided_on": TODAY - timedelta(days=1)}, ("decided_on", "out-of-range")),
    ],
)
def test_a_decision_that_says_nothing_sensible_is_refused(waiting, by, fields, fault):
    with pytest.raises(Refused) as refused:
        decide(replace(Settlement(decision=waiting, choice="Go on"), **fields), by=by)

    assert faults(refused) == [fault]
    waiting.refresh_from_db()
    assert not waiting.is_decided


def test_a_free_answer_is_kept_as_written(pilot, by):
    decision = ask_decision(NewDecision(pilot=pilot, question="Who pays?", options=[]), by=by)

    assert decide(Settlement(decision=decision, choice="Operations"), by=by).choice == "Operations"
    with pytest.raises(Refused, match="has decided it already"):
        decide(Settlement(decision=decision, choice=""), by=by)


def test_a_free_answer_is_not_empty(pilot, by):
    decision = ask_decision(NewDecision(pilot=pilot, question="Who pays?", options=[]), by=by)

    with pytest.raises(Refused, match="Write what is decided"):
        decide(Settlement(decision=decision, choice=" "), by=by)


def test_who_comes_second_is_told_who_decided_what(pilot, waiting, by, make_user):
    other = make_user("max@example.com")
    Membership.objects.create(user=other, program=pilot.program, role=Role.MANAGER)
    decide(Settlement(decision=waiting, choice="Extend"), by=by)

    with pytest.raises(Refused) as refused:
        decide(Settlement(decision=waiting, choice="Stop"), by=web(other))

    assert str(refused.value) == "Maren has decided it already: “Extend”."
    assert [reason.code for reason in refused.value.reasons] == ["decided"]
    assert Event.objects.filter(verb="decision.decided").count() == 1


def test_the_named_decider_and_managers_decide(pilot, by, executive, manager):
    named = NewDecision(pilot=pilot, question="Go on?", decider=executive)

    for user in (executive, manager):
        decision = ask_decision(named, by=by)
        assert may_decide(decision, user)
        assert decide(Settlement(decision=decision, choice="Go on"), by=web(user)).decided_by == user


def test_nobody_else_decides(pilot, waiting, viewer, contributor, executive, administrator, make_user):
    sponsor = make_user("sven@example.com")
    own(pilot, sponsor)
    for user in (viewer, contributor, executive, administrator, sponsor):
        assert not may_decide(waiting, user)
        with pytest.raises(Forbidden, match="You may not decide this"):
            decide(Settlement(decision=waiting, choice="Go on"), by=web(user))
    waiting.refresh_from_db()
    assert not waiting.is_decided


def test_the_named_decider_who_lost_sight_of_the_pilot_cannot_decide(pilot, by, executive, stranger):
    decision = ask_decision(NewDecision(pilot=pilot, question="Go on?", decider=executive), by=by)
    Pilot.objects.filter(pk=pilot.pk).update(is_confidential=True)

    for user in (executive, stranger):
        with pytest.raises(Decision.DoesNotExist):
            decide(Settlement(decision=decision, choice="Go on"), by=web(user))


def test_a_token_for_other_pilots_decides_nothing(pilot, waiting, manager):
    manager.reach = Reach(pilots=frozenset())

    with pytest.raises(Decision.DoesNotExist):
        decide(Settlement(decision=waiting, choice="Go on"), by=web(manager))

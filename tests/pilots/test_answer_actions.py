from dataclasses import replace
from datetime import date, timedelta

import pytest

from pilots.access.models import Event, Movement, Source
from pilots.actions.answer import GivenAnswer, give_answer, settle_answer
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.stage import Move, move_pilot
from pilots.health import Health
from pilots.lifecycle import Stage
from pilots.models import Answer, AnswerKind, Decision, LogEntry, Owner, Ownership, Pilot
from tests.conftest import NOW, TODAY

LATER = NOW + timedelta(hours=2)
NOBODY = By(user=None, at=LATER, source=Source.WEB)


def web(user, at=LATER):
    return By(user=user, at=at, source=Source.WEB)


@pytest.fixture
def pilot(make_pilot):
    return make_pilot()


@pytest.fixture
def owner(pilot, make_user):
    user = make_user("olga@example.com")
    row = Owner.objects.create(program=pilot.program, name=user.name, email=user.email, user=user)
    Ownership.objects.create(
        pilot=pilot, owner=row, role="legal", since=date(2026, 9, 1), accepted_on=date(2026, 9, 1)
    )
    return user


def answered(pilot, person, kind=AnswerKind.MOVING, **fields):
    return GivenAnswer(pilot=pilot, person=person, kind=kind, **fields)


def columns(pilot):
    return Pilot.objects.filter(pk=pilot.pk).values().get()


# --- Without a session -------------------------------------------------------------


@pytest.mark.parametrize("kind", AnswerKind)
def test_without_a_session_only_a_request_is_kept(pilot, owner, kind):
    before = columns(pilot)
    given = answered(pilot, owner, kind, text=" We met. ", named=" S. Keller ")
    answer = give_answer(given, by=NOBODY)

    answer.refresh_from_db()
    assert (answer.kind, answer.text, answer.named) == (kind.value, "We met.", "S. Keller")
    assert (answer.person, answer.was_signed_in, answer.given_at) == (owner, False, LATER)
    assert answer.settled_at is None
    assert columns(pilot) == before
    assert not LogEntry.objects.exists()
    assert not Decision.objects.exists()
    event = Event.objects.get(verb="answer.given")
    assert (event.actor, event.source, event.subject, event.movement) == (None, "reply", "Olga", "")
    assert event.after == {
        "answer": answer.pk,
        "person": "Olga",
        "kind": kind.value,
        "named": "S. Keller",
        "text": "We met.",
        "waits": True,
    }


def test_the_session_of_somebody_else_is_no_session(pilot, owner, manager):
    answer = give_answer(answered(pilot, owner, signed_in=True), by=web(manager))

    assert (answer.was_signed_in, answer.settled_at) == (False, None)
    assert Event.objects.get(verb="answer.given").actor is None


def test_a_second_answer_replaces_the_one_that_waits(pilot, owner):
    first = give_answer(answered(pilot, owner), by=NOBODY)
    second = give_answer(answered(pilot, owner, AnswerKind.STOP, text="No use."), by=NOBODY)

    assert second.pk == first.pk
    assert Answer.objects.get().kind == "stop"


def test_a_request_rewritten_by_its_link_is_told_once_an_hour(pilot, owner, manager):
    for minute in range(0, 120, 4):
        by = replace(NOBODY, at=LATER + timedelta(minutes=minute))
        answer = give_answer(answered(pilot, owner, text=f"Word {minute}."), by=by)

    assert (answer.text, answer.given_at) == ("Word 116.", LATER + timedelta(minutes=116))
    told = Event.objects.filter(verb="answer.given")
    assert [event.after["text"] for event in told.order_by("pk")] == ["Word 0.", "Word 60."]
    settle_answer(answer, accept=False, by=web(manager, LATER + timedelta(hours=3)))
    assert Event.objects.get(verb="answer.settled").before["text"] == "Word 116."


def test_a_request_the_person_makes_their_own_is_told_at_once(pilot, owner):
    give_answer(answered(pilot, owner), by=NOBODY)
    give_answer(answered(pilot, owner, AnswerKind.NOT_MINE, signed_in=True), by=web(owner))
    give_answer(answered(pilot, owner), by=NOBODY)

    assert Event.objects.filter(verb="answer.given").count() == 3


def test_the_same_answer_again_is_noted_once(pilot, owner):
    for _ in range(3):
        give_answer(answered(pilot, owner), by=NOBODY)

    assert Answer.objects.count() == 1
    assert Event.objects.filter(verb="answer.given").count() == 1


def test_two_people_have_a_request_each(pilot, owner, contributor):
    give_answer(answered(pilot, owner), by=NOBODY)
    give_answer(answered(pilot, contributor), by=NOBODY)

    assert Answer.objects.unconfirmed().count() == 2


def test_who_lost_sight_of_the_pilot_answers_nothing(pilot, owner, make_user):
    Ownership.objects.update(until=TODAY)
    closed = make_user("closed@example.com", is_executive=True, is_active=False)

    for person in (owner, closed):
        with pytest.raises(Pilot.DoesNotExist):
            give_answer(answered(pilot, person), by=NOBODY)
    assert not Answer.objects.exists()


def test_an_ended_pilot_asks_nothing(pilot, owner, by):
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="No use."), by=by)

    with pytest.raises(Refused, match="It is stopped meanwhile") as refused:
        give_answer(answered(pilot, owner), by=NOBODY)
    assert refused.value.reasons[0].code == "ended"
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"kind": AnswerKind.BLOCKED, "named": "  "}, ("named", "required")),
        ({"named": "x" * 201}, ("named", "length")),
        ({"text": "x" * 4001}, ("text", "length")),
        ({"text": "a\x00b"}, ("text", "null-character")),
        ({"named": "a\x00b"}, ("named", "null-character")),
    ],
)
def test_an_answer_that_cannot_be_kept_is_refused(pilot, owner, fields, fault):
    with pytest.raises(Refused) as refused:
        give_answer(replace(answered(pilot, owner), **fields), by=NOBODY)

    assert [(reason.field, reason.code) for reason in refused.value.reasons] == [fault]
    assert not Answer.objects.exists()


# --- Signed in ---------------------------------------------------------------------


def test_moving_is_a_check_in_at_once(pilot, owner):
    answer = give_answer(answered(pilot, owner, text="Phase 2 is done.", signed_in=True), by=web(owner))

    line = LogEntry.objects.get()
    assert (line.kind, line.going, line.text, line.author) == (
        "check_in",
        "moving",
        "Phase 2 is done.",
        owner,
    )
    answer.refresh_from_db()
    assert (answer.was_signed_in, answer.is_accepted, answer.settled_by) == (True, True, owner)
    event = Event.objects.get(verb="pilot.checked_in")
    assert (event.actor, event.source, event.movement) == (owner, "reply", "heard")
    pilot.refresh_from_db()
    assert (pilot.heard_at, pilot.moved_at) == (LATER, None)


def test_moving_needs_no_words_and_clears_a_block(pilot, owner):
    blocked = answered(pilot, owner, AnswerKind.BLOCKED, named="Legal", signed_in=True)
    give_answer(blocked, by=web(owner))
    pilot.refresh_from_db()
    assert (pilot.blocked_on, pilot.blocked_by, pilot.health) == (TODAY, "Legal", Health.BLOCKED.value)

    give_answer(answered(pilot, owner, signed_in=True), by=web(owner))
    pilot.refresh_from_db()
    assert (pilot.blocked_on, pilot.blocked_by) == (None, "")


def test_blocked_is_a_check_in_that_names_who(pilot, owner):
    given = answered(pilot, owner, AnswerKind.BLOCKED, text="Since May.", named="Legal", signed_in=True)
    give_answer(given, by=web(owner))

    assert (LogEntry.objects.get().going, LogEntry.objects.get().text) == ("blocked", "Since May.")
    after = Event.objects.get(verb="pilot.checked_in").after
    assert after == {"going": "blocked", "text": "Since May.", "blocked_by": "Legal"}


def test_stop_asks_the_managers_and_stops_nothing(pilot, owner):
    given = answered(pilot, owner, AnswerKind.STOP, text="Nobody uses it.", signed_in=True)
    answer = give_answer(given, by=web(owner))

    decision = Decision.objects.get()
    assert decision.question == "Stop it? Olga proposes it. Nobody uses it."
    assert (decision.pilot, decision.decider, decision.asked_by) == (pilot, None, owner)
    assert decision.origin == f"answer:{answer.pk}"
    pilot.refresh_from_db()
    assert (pilot.at_stage, pilot.heard_at, pilot.moved_at) == (Stage.PILOTING, LATER, None)


def test_a_long_reason_to_stop_is_shortened_in_the_question_only(pilot, owner):
    given = answered(pilot, owner, AnswerKind.STOP, text="x" * 4000, signed_in=True)
    answer = give_answer(given, by=web(owner))

    assert len(Decision.objects.get().question) == 300
    assert Decision.objects.get().question.endswith("x…")
    assert len(answer.text) == 4000


def test_not_mine_waits_for_a_manager_even_when_signed_in(pilot, owner):
    before = columns(pilot)
    given = answered(pilot, owner, AnswerKind.NOT_MINE, named="Ben", signed_in=True)
    answer = give_answer(given, by=web(owner))

    assert (answer.was_signed_in, answer.settled_at, answer.named) == (True, None, "Ben")
    event = Event.objects.get(verb="answer.given")
    assert (event.actor, event.source, event.movement) == (owner, "reply", "")
    assert columns(pilot) == before


def test_who_is_signed_in_but_may_not_check_in_only_requests(pilot, executive):
    answer = give_answer(answered(pilot, executive, signed_in=True), by=web(executive))

    assert (answer.was_signed_in, answer.settled_at) == (True, None)
    assert not LogEntry.objects.exists()


def test_an_answer_with_a_session_closes_the_request_before_it(pilot, owner):
    request = give_answer(answered(pilot, owner, AnswerKind.STOP), by=NOBODY)
    answer = give_answer(answered(pilot, owner, signed_in=True), by=web(owner))

    assert answer.pk == request.pk
    assert not Answer.objects.unconfirmed().exists()
    assert not Decision.objects.exists()


def test_a_settled_answer_makes_room_for_another(pilot, owner, by):
    settle_answer(give_answer(answered(pilot, owner), by=NOBODY), accept=False, by=by)
    give_answer(answered(pilot, owner), by=NOBODY)

    assert Answer.objects.count() == 2


# --- Settling ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "going", "words"),
    [
        (AnswerKind.MOVING, "moving", "Olga answered by mail: moving. We met."),
        (AnswerKind.BLOCKED, "blocked", "Olga answered by mail: blocked by Legal. We met."),
    ],
)
def test_confirming_checks_in_as_the_manager(pilot, owner, manager, kind, going, words):
    answer = give_answer(answered(pilot, owner, kind, text="We met.", named="Legal"), by=NOBODY)
    settle_answer(answer, accept=True, by=web(manager))

    line = LogEntry.objects.get()
    assert (line.going, line.text, line.author) == (going, words, manager)
    answer.refresh_from_db()
    assert (answer.is_accepted, answer.settled_by, answer.settled_at) == (True, manager, LATER)
    pilot.refresh_from_db()
    assert (pilot.heard_at, pilot.moved_at) == (LATER, None)
    assert pilot.blocked_by == ("Legal" if going == "blocked" else "")
    event = Event.objects.get(verb="answer.settled")
    assert (event.actor, event.source, event.movement) == (manager, "web", Movement.HEARD.value)
    assert event.after == {"answer": answer.pk, "accepted": True}
    assert (event.before["person"], event.before["kind"]) == ("Olga", kind.value)


def test_confirming_a_proposal_to_stop_asks_the_managers(pilot, owner, manager):
    answer = give_answer(answered(pilot, owner, AnswerKind.STOP), by=NOBODY)
    settle_answer(answer, accept=True, by=web(manager))

    decision = Decision.objects.get()
    assert (decision.question, decision.asked_by) == ("Stop it? Olga proposes it.", manager)
    pilot.refresh_from_db()
    assert (pilot.at_stage, pilot.heard_at) == (Stage.PILOTING, LATER)


def test_confirming_not_mine_ends_nobodys_role(pilot, owner, manager):
    before = columns(pilot)
    answer = give_answer(answered(pilot, owner, AnswerKind.NOT_MINE, named="Ben"), by=NOBODY)
    settle_answer(answer, accept=True, by=web(manager))

    assert Ownership.objects.get().until is None
    after = columns(pilot)
    changed = {name for name, value in after.items() if value != before[name]}
    assert changed == {"version", "updated_at"}


def test_setting_aside_only_closes(pilot, owner, manager):
    before = columns(pilot)
    answer = give_answer(answered(pilot, owner), by=NOBODY)
    settle_answer(answer, accept=False, by=web(manager))

    answer.refresh_from_db()
    assert (answer.is_accepted, answer.settled_by) == (False, manager)
    assert not LogEntry.objects.exists()
    after = columns(pilot)
    assert {name for name, value in after.items() if value != before[name]} == {"version", "updated_at"}
    assert Event.objects.get(verb="answer.settled").movement == ""


def test_an_answer_is_settled_once(pilot, owner, manager):
    answer = give_answer(answered(pilot, owner), by=NOBODY)
    settle_answer(answer, accept=False, by=web(manager))

    with pytest.raises(Refused, match="Maren has set it aside already"):
        settle_answer(answer, accept=True, by=web(manager))
    assert not LogEntry.objects.exists()


def test_an_answer_given_anew_is_read_before_it_is_settled(pilot, owner, manager):
    read = give_answer(answered(pilot, owner), by=NOBODY)
    later = By(user=None, at=LATER + timedelta(minutes=1), source=Source.WEB)
    give_answer(answered(pilot, owner, AnswerKind.STOP), by=later)

    with pytest.raises(Refused, match="Olga has answered anew"):
        settle_answer(read, accept=True, by=web(manager), given_at=read.given_at)
    assert Answer.objects.unconfirmed().count() == 1


def test_an_answer_on_a_pilot_that_ended_can_only_be_set_aside(pilot, owner, by, manager):
    answer = give_answer(answered(pilot, owner), by=NOBODY)
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="No use."), by=by)

    with pytest.raises(Refused, match="Set the answer aside"):
        settle_answer(answer, accept=True, by=web(manager))
    assert settle_answer(answer, accept=False, by=web(manager)).is_accepted is False


def test_only_managers_settle(pilot, owner, viewer, contributor, executive, administrator, stranger):
    answer = give_answer(answered(pilot, owner), by=NOBODY)

    for user in (owner, viewer, contributor, executive, administrator):
        with pytest.raises(Forbidden, match="You may not confirm answers"):
            settle_answer(answer, accept=True, by=web(user))
    with pytest.raises(Pilot.DoesNotExist):
        settle_answer(answer, accept=True, by=web(stranger))
    assert Answer.objects.unconfirmed().count() == 1

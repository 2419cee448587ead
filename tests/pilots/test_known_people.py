"""What is read of a pilot's people: from the rows, as of a past day, in the same queries for any number."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pilots.access.models import Event, Source
from pilots.access.roles import OwnerRole
from pilots.actions.by import By
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.plan import NewPlan, make_plan
from pilots.actions.waiver import NewWaiver, Revocation, revoke_waiver, waive
from pilots.facts import facts_on, facts_today
from pilots.floors import FLOORS
from pilots.lifecycle import Stage
from pilots.models import Decision, Freeze, Owner, OwnerKind, Ownership, Pilot
from pilots.rules.people_facts import Holder, People, Question
from tests.conftest import NOW, TODAY

FLOOR = frozenset({People})
LEAD, RUN, LEGAL = OwnerRole.PRODUCTION_OWNER, OwnerRole.RUN_OWNER, OwnerRole.LEGAL
INES, RUI = Contact(name="Ines"), Contact(name="Rui")


def day(ago: int) -> date:
    return TODAY - timedelta(days=ago)


def at(ago: int, by: By) -> By:
    return replace(by, at=NOW - timedelta(days=ago))


def known(pilot, on: date | None = None) -> People:
    pilots = Pilot.objects.filter(pk=pilot.pk)
    [found] = facts_on(pilots, on, floors=FLOOR) if on else facts_today(pilots, at=NOW, floors=FLOOR)
    return found.known_to(People)


def named(pilot, role, by, contact=INES, ago=50, **terms) -> Ownership:
    row = add_owner(NewOwnership(pilot=pilot, role=role, contact=contact), by=at(ago, by))
    Ownership.objects.filter(pk=row.pk).update(**terms)
    return row


@pytest.fixture
def pilot(make_pilot, by_system):
    return make_pilot(stage=Stage.TRANSITION, since=day(100), by=at(100, by_system))


def test_nothing_is_read_of_pilots_that_rest(make_pilot, django_assert_num_queries):
    stopped = make_pilot(stage=Stage.STOPPED)
    facts = facts_today(Pilot.objects.all(), at=NOW, floors=())

    with django_assert_num_queries(0):
        assert FLOORS[People](facts, {stopped.pk: TODAY}) == {}
    assert known(stopped) == People()


def test_pilot_of_which_nobody_is_written_down_has_no_people(pilot):
    assert known(pilot) == People()


def test_role_is_read_with_what_was_agreed_and_by_its_days(pilot, by_system):
    terms = {
        "authority": "Ships it",
        "budget_authority": "20 k€",
        "deliverable": "A pipeline",
        "reason": "Two",
    }
    row = named(pilot, LEAD, by_system, **terms)
    team = Contact(name="Platform", kind=OwnerKind.TEAM)
    gone = named(pilot, RUN, by_system, contact=team, until=day(20))
    holder = Holder(
        role=LEAD,
        owner_id=row.owner_id,
        since=day(50),
        reason="Two",
        has_authority=True,
        has_budget=True,
        has_deliverable=True,
    )
    run = Holder(role=RUN, owner_id=gone.owner_id, since=day(50), is_person=False)

    assert (known(pilot).holders, known(pilot).run_left_on) == ((holder,), day(20))
    assert (known(pilot, day(21)).holders, known(pilot, day(21)).run_left_on) == ((holder, run), None)
    assert known(pilot, day(51)).holders == ()


def test_deputy_holds_nothing_and_stands_in(pilot, by_system):
    row = named(pilot, RUN, by_system)
    rui = named(pilot, OwnerRole.BUILDER, by_system, contact=RUI)
    Ownership.objects.filter(pk=rui.pk).update(role=RUN.value, deputises=row, ends_on=day(-5))

    [holder] = known(pilot).holders

    assert (holder.owner_id, holder.has_deputy) == (row.owner_id, True)


@pytest.mark.parametrize("gone", ["contact", "account"])
def test_contact_who_went_is_not_there(pilot, by_system, make_user, gone):
    row = named(pilot, LEAD, by_system)
    user = make_user("ines@example.com", is_active=gone != "account")
    Owner.objects.filter(pk=row.owner_id).update(user=user, is_active=gone != "contact")

    assert known(pilot).lead.is_there is False


def test_owner_was_here_when_they_signed_in_or_did_something(pilot, by_system, make_user):
    row = named(pilot, LEAD, by_system)
    user = make_user("ines@example.com")
    Owner.objects.filter(pk=row.owner_id).update(user=user)
    Event.objects.create(at=NOW - timedelta(days=40), actor=user, source=Source.WEB, verb="pilot.edited")
    assert known(pilot).lead_seen_on is None  # an account that nobody ever signed in to tells nothing

    user.last_login = NOW - timedelta(days=45)
    user.save()

    assert known(pilot).lead_seen_on == day(40)
    assert known(pilot, day(42)).lead_seen_on == day(45)
    Freeze.objects.create(program=pilot.program, reason="Year end", first_on=day(30), last_on=day(26))
    assert known(pilot).lead_seen_on == day(35)
    assert known(pilot).lead_paused == 5
    user.last_login = NOW - timedelta(days=3)
    user.save()
    assert known(pilot).lead_seen_on == day(3)
    assert known(pilot, day(10)).lead_seen_on is None  # a sign-in since says nothing of that day


def test_person_leads_what_is_active_and_no_secret_across_programs(
    pilot, make_pilot, other_program, by_system, make_user
):
    row = named(pilot, LEAD, by_system)
    user = make_user("ines@example.com")
    Owner.objects.filter(pk=row.owner_id).update(user=user)
    for ago, fields in (
        (40, {"stage": Stage.PILOTING}),
        (39, {"stage": Stage.IDEA, "since": None}),
        (38, {"is_confidential": True}),
        (37, {"stage": Stage.STOPPED}),
        (30, {"program": other_program}),
    ):
        more = {"since": day(90)} | fields
        stage = more.pop("stage", Stage.PILOTING)
        is_confidential = more.pop("is_confidential", False)
        other = make_pilot(f"P{ago}", by=at(80, by_system), **more)
        named(other, LEAD, by_system, ago=ago)
        Pilot.objects.filter(pk=other.pk).update(stage=stage.value, is_confidential=is_confidential)
    Owner.objects.filter(program=other_program).update(user=user)

    assert known(pilot).lead_loads == (day(50), day(40), day(30))
    assert known(pilot, day(31)).lead_loads == (day(50), day(40))


def test_waivers_hold_for_their_days_and_the_first_seat_stays(pilot, by_system):
    def let(subject, ago):
        return waive(
            NewWaiver(pilot=pilot, subject=subject, reason="Not needed.", until=day(5)), by=at(ago, by_system)
        )

    let("run-owner", 30)
    legal = let("seat:legal", 20)

    assert known(pilot, day(10)).let_pass == {"run-owner", "seat:legal"}
    assert known(pilot, day(25)).let_pass == {"run-owner"}
    assert (known(pilot).let_pass, known(pilot).seats_since) == (frozenset(), day(20))
    assert known(pilot, day(25)).seats_since is None
    revoke_waiver(Revocation(waiver=legal), by=at(12, by_system))
    assert known(pilot, day(10)).let_pass == {"run-owner"}
    named(pilot, LEGAL, by_system, ago=45)
    assert known(pilot).seats_since == day(45)


def test_question_waits_until_it_is_decided_whoever_asked_but_headway(pilot, by_system):
    ask_decision(NewDecision(pilot=pilot, question="Go on?", needed_by=day(20)), by=at(40, by_system))
    asked = {"program": pilot.program, "pilot": pilot, "asked_at": NOW - timedelta(days=35)}
    Decision.objects.create(question="Stalled. What now?", origin="flag:1", **asked)
    Decision.objects.create(
        question="Which?",
        decided_on=day(30),
        decided_at=NOW - timedelta(days=30),
        choice="This",
        **asked,
    )

    assert known(pilot).questions == (Question(asked_on=day(40), needed_by=day(20)),)
    assert len(known(pilot, day(31)).questions) == 2
    Freeze.objects.create(program=pilot.program, reason="Year end", first_on=day(9), last_on=day(5))
    assert known(pilot).questions == (Question(asked_on=day(35), needed_by=day(15)),)


def test_plan_and_production_are_read_by_their_days(pilot, by_system):
    assert not known(pilot).has_plan
    make_plan(NewPlan(pilot=pilot), by=at(20, by_system))
    assert known(pilot).has_plan
    assert not known(pilot, day(21)).has_plan
    Pilot.objects.update(reached_production_on=day(7))
    assert (known(pilot).production_on, known(pilot, day(8)).production_on) == (day(7), None)


@pytest.mark.parametrize("count", [1, 30])
def test_reading_costs_the_same_for_any_number(
    make_pilot, by_system, make_user, django_assert_num_queries, count
):
    owners = [Contact(name=f"Owner {n}", email=f"o{n}@x.example") for n in range(count)]
    pilots = [
        make_pilot(f"P{n}", stage=Stage.TRANSITION, since=day(20), owner=owner)
        for n, owner in enumerate(owners)
    ]
    user = make_user("ines@example.com", last_login=NOW - timedelta(days=40))
    Owner.objects.filter(name="Owner 0").update(user=user)
    found = facts_today(Pilot.objects.all(), at=NOW, floors=())

    with django_assert_num_queries(8):
        read = FLOORS[People](found, dict.fromkeys((pilot.pk for pilot in pilots), TODAY))
    assert len(read) == count

"""Handing a role over, standing in for somebody, and what owners may decide and deliver."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError

from pilots.access.models import Event, Source
from pilots.access.permissions import Deed, OwnerRole, may
from pilots.actions import hand_over as hand_over_module
from pilots.actions.by import By, Forbidden, Refused, Stale
from pilots.actions.hand_over import HandOver, NewDeputy, end_deputies, hand_over, name_deputy
from pilots.actions.milestone import NewMilestone, add_milestone
from pilots.actions.owner import Contact, NewOwnership, accept_ownership, add_owner
from pilots.actions.owner_end import end_ownership
from pilots.actions.owner_set import OwnersOf, set_owners
from pilots.actions.owner_terms import OwnershipEdit, edit_ownership
from pilots.actions.stage import missing_beforehand
from pilots.facts import facts_today
from pilots.lifecycle import Stage
from pilots.models import Milestone, Owner, Ownership, Pilot
from pilots.models.pilot import relations
from pilots.web.pilot_order import leads_of
from portfolio.exchange.export.pilots import roles_of
from portfolio.jobs import RULES
from tests.conftest import NOW, TODAY

LEAD = OwnerRole.PRODUCTION_OWNER
INES, RUI = Contact(name="Ines"), Contact(name="Rui")


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot(owner=INES)


@pytest.fixture
def row(pilot) -> Ownership:
    return pilot.ownerships.select_related("pilot").get()


@pytest.fixture
def holder(row, make_user) -> By:
    """Ines, who accepted."""
    user = make_user("ines@example.com")
    Owner.objects.filter(pk=row.owner_id).update(user=user)
    Ownership.objects.filter(pk=row.pk).update(accepted_on=date(2026, 10, 1))
    return By(user=user, at=NOW, source=Source.WEB)


def active(pilot: Pilot) -> list[tuple[str, str, date | None]]:
    rows = Ownership.objects.active().filter(pilot=pilot).order_by("pk")
    return list(rows.values_list("owner__name", "role", "accepted_on"))


def last_event(verb: str) -> Event:
    return Event.objects.filter(verb=verb).latest("id")


def test_role_is_handed_over_in_one_step_and_waits_for_agreement(pilot, row, by):
    add_milestone(NewMilestone(pilot=pilot, title="Shadow run", owner=INES), by=by)
    add_milestone(NewMilestone(pilot=pilot, title="Cut over", owner=Contact(name="Else")), by=by)
    Ownership.objects.filter(pk=row.pk).update(
        authority="Accuracy trade-offs", deliverable="Runbook", due_on=TODAY
    )

    new = hand_over(HandOver(ownership=row, to=RUI, reason=" Ines moves on ", with_milestones=True), by=by)

    row.refresh_from_db()
    assert (row.until, active(pilot)) == (TODAY, [("Rui", "production_owner", None)])
    assert (new.deliverable, new.due_on, new.authority) == ("Runbook", TODAY, "")
    assert dict(Milestone.objects.values_list("title", "owner__name")) == {
        "Shadow run": "Rui",
        "Cut over": "Else",
    }
    told, moved = last_event("owner.handed_over"), last_event("milestone.edited")
    assert (told.before["owner"], told.after["owner"], told.reason) == ("Ines", "Rui", "Ines moves on")
    assert told.batch == moved.batch is not None
    assert (moved.before, moved.after) == (
        {"title": "Shadow run", "owner": "Ines"},
        {"title": "Shadow run", "owner": "Rui"},
    )


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"reason": "  "}, "reason", "required"),
        ({"reason": "x" * 501}, "reason", "length"),
        ({"to": INES}, "owner", "same-owner"),
        ({"to": Contact(name="Bea")}, "exception", "builder-as-owner"),
        ({"to": Contact(name="Gone")}, "owner", "inactive"),
    ],
)
def test_hand_over_is_refused_in_words_and_changes_nothing(pilot, row, by, program, change, field, code):
    add_owner(NewOwnership(pilot=pilot, contact=Contact(name="Bea"), role=OwnerRole.BUILDER), by=by)
    gone = Owner.objects.create(program=program, name="Gone", is_active=False)
    if change.get("to") == Contact(name="Gone"):
        change = {"to": gone}
    version = Pilot.objects.get(pk=pilot.pk).version

    with pytest.raises(Refused) as refused:
        hand_over(replace(HandOver(ownership=row, to=RUI, reason="Moves on"), **change), by=by)

    assert [(reason.field, reason.code) for reason in refused.value.reasons] == [(field, code)]
    assert active(pilot)[0][0] == "Ines"
    assert Pilot.objects.get(pk=pilot.pk).version == version


def test_builder_takes_over_with_a_reason(pilot, row, by):
    add_owner(NewOwnership(pilot=pilot, contact=RUI, role=OwnerRole.BUILDER), by=by)

    hand_over(HandOver(ownership=row, to=RUI, reason="Moves on", exception="Nobody else knows it"), by=by)

    assert Ownership.objects.active().get(role=LEAD).reason == "Nobody else knows it"


def test_only_managers_and_whoever_accepted_hand_over(row, holder, contributor, make_user, pilot):
    asked = HandOver(ownership=row, to=RUI, reason="Moves on")
    for user in (contributor,):
        with pytest.raises(Forbidden, match="hand this over"):
            hand_over(asked, by=replace(holder, user=user))
    with pytest.raises(Pilot.DoesNotExist):
        hand_over(asked, by=replace(holder, user=make_user("else@example.com")))
    Ownership.objects.filter(pk=row.pk).update(accepted_on=None)
    with pytest.raises(Pilot.DoesNotExist):
        hand_over(asked, by=holder)
    Ownership.objects.filter(pk=row.pk).update(accepted_on=TODAY)

    hand_over(asked, by=holder)

    assert active(pilot) == [("Rui", "production_owner", None)]


def test_what_was_read_too_long_ago_is_not_handed_over(pilot, row, by):
    with pytest.raises(Stale):
        hand_over(HandOver(ownership=row, to=RUI, reason="Moves on", version=pilot.version + 1), by=by)
    hand_over(HandOver(ownership=row, to=RUI, reason="Moves on", version=pilot.version), by=by)

    with pytest.raises(Refused, match=r"Ines ended meanwhile\. Rui is production owner now\."):
        hand_over(HandOver(ownership=row, to=Contact(name="Ana"), reason="Moves on"), by=by)


# --- Deputies ----------------------------------------------------------------------


def deputise(row: Ownership, by: By, to: Contact = RUI, until: date = TODAY) -> Ownership:
    return name_deputy(NewDeputy(ownership=row, to=to, until=until), by=by)


@time_machine.travel(NOW, tick=False)
def test_deputy_has_the_rights_once_accepted_and_is_not_the_owner(pilot, row, holder, make_user):
    stand_in = make_user("rui@example.com")
    deputy = deputise(row, holder)
    Owner.objects.filter(pk=deputy.owner_id).update(user=stand_in)

    assert not may(Deed.MOVE, relations(stand_in, [pilot])[pilot.pk])
    accept_ownership(deputy, by=replace(holder, user=stand_in))

    assert may(Deed.MOVE, relations(stand_in, [pilot])[pilot.pk])
    assert Pilot.objects.visible_to(stand_in).movable_by(stand_in).get() == pilot
    with pytest.raises(Forbidden):  # a deputy acts for the owner, and hands nothing over
        hand_over(
            HandOver(ownership=row, to=Contact(name="Ana"), reason="x"), by=replace(holder, user=stand_in)
        )
    Owner.objects.filter(pk=row.owner_id).update(is_active=False)
    assert not Pilot.objects.led().exists()
    assert not facts_today(Pilot.objects.all())[0].has_production_owner


def test_deputy_counts_nowhere_as_the_owner(pilot, row, by):
    """Ines has gone and Rui only stands in: lists, exports, moves and imports find nobody accountable."""
    deputise(row, by)
    Owner.objects.filter(pk=row.owner_id).update(is_active=False)

    Pilot.objects.filter(pk=pilot.pk).update(stage=Stage.PROVEN.value)
    pilot.refresh_from_db()
    faults = missing_beforehand(pilot, Stage.TRANSITION, at=NOW)
    assert "production-owner" in [fault.code for fault in faults]
    assert leads_of([pilot]) == {}
    assert roles_of(Pilot.objects.all()) == []


def test_register_that_names_the_same_owner_leaves_the_deputy_and_another_ends_both(pilot, row, by):
    deputise(row, by)
    lead = OwnersOf(pilot=pilot, role=LEAD, contacts=(INES,))

    set_owners([lead], by=by)
    assert [name for name, _, _ in active(pilot)] == ["Ines", "Rui"]

    set_owners([replace(lead, contacts=(RUI,))], by=by)
    assert active(pilot) == [("Rui", "production_owner", None)]


def test_deputy_takes_over_for_good_and_stands_in_no_longer(pilot, row, by):
    deputy = deputise(row, by)

    hand_over(HandOver(ownership=row, to=RUI, reason="Moves on"), by=by)

    deputy.refresh_from_db()
    assert (deputy.until, active(pilot)) == (TODAY, [("Rui", "production_owner", None)])


def test_deputy_ends_with_whom_they_stand_in_for(pilot, row, by):
    deputise(row, by)

    end_ownership(row, by=by)

    assert active(pilot) == []
    told = (
        Event.objects.filter(verb="owner.ended").order_by("id").values_list("before__owner", "before__deputy")
    )
    assert list(told) == [("Rui", True), ("Ines", None)]


def test_owner_ends_their_own_deputy_and_nobody_elses_row(row, holder):
    deputy = deputise(row, holder)

    end_ownership(deputy, by=holder)

    with pytest.raises(Forbidden, match="name owners"):
        end_ownership(row, by=holder)


@pytest.mark.parametrize(
    ("to", "until", "field", "code"),
    [
        (INES, TODAY, "owner", "same-owner"),
        (Contact(name="The team", kind="team"), TODAY, "owner", "team"),
        (RUI, TODAY - timedelta(days=1), "until", "past"),
        (RUI, TODAY + timedelta(days=367), "until", "far"),
    ],
)
def test_deputy_is_refused_in_words(row, by, program, to, until, field, code):
    Owner.objects.create(program=program, name="The team", kind="team")

    with pytest.raises(Refused) as refused:
        deputise(row, by, Contact(name=to.name), until)

    assert [(reason.field, reason.code) for reason in refused.value.reasons] == [(field, code)]


def test_one_deputy_at_a_time_and_none_of_a_deputy(row, by):
    deputy = deputise(row, by)

    for of, code in ((row, "second-deputy"), (deputy, "deputy")):
        with pytest.raises(Refused) as refused:
            deputise(of, by, Contact(name="Ana"))
        assert refused.value.reasons[0].code == code


@pytest.mark.parametrize(
    ("zone", "at", "is_over"),
    [
        ("Pacific/Tongatapu", datetime(2026, 11, 18, 10, 59, tzinfo=UTC), False),
        ("Pacific/Tongatapu", datetime(2026, 11, 18, 11, 0, tzinfo=UTC), True),
        ("Pacific/Honolulu", datetime(2026, 11, 19, 9, 59, tzinfo=UTC), False),
        ("Pacific/Honolulu", datetime(2026, 11, 19, 10, 0, tzinfo=UTC), True),
    ],
)
def test_deputy_stands_in_to_the_end_of_the_last_day_where_the_program_is(
    row, by, program, zone, at, is_over
):
    deputy = deputise(row, by)
    type(program).objects.filter(pk=program.pk).update(zone=zone)

    ended = end_deputies(By(user=None, at=at, source=Source.JOB))

    deputy.refresh_from_db()
    assert (ended, deputy.until) == ((1, TODAY) if is_over else (0, None))


def test_hourly_job_ends_deputies_and_says_so(pilot, row, by):
    deputise(row, by)

    outcome = RULES.work(NOW + timedelta(days=1))

    assert outcome["deputies"] == 1
    assert RULES.words(outcome).endswith(" Deputies whose last day is over: 1.")
    assert [name for name, _, _ in active(pilot)] == ["Ines"]
    assert last_event("owner.ended").source == Source.JOB.value


def test_what_keeps_one_deputy_from_ending_keeps_no_other_and_no_pilot_from_being_judged(
    row, make_pilot, by, monkeypatch
):
    deputise(row, by)
    other = make_pilot("Other")
    named = NewOwnership(pilot=other, contact=Contact(name="Ada"), role=OwnerRole.PRODUCTION_OWNER)
    deputise(add_owner(named, by=by), by)
    monkeypatch.setattr("pilots.actions.hand_over.ENDED_AT_ONCE", 1)
    update = hand_over_module.update_rows

    def fail_once(*args):
        monkeypatch.setattr(hand_over_module, "update_rows", update)
        raise DatabaseError("locked")

    monkeypatch.setattr(hand_over_module, "update_rows", fail_once)

    outcome = RULES.work(NOW + timedelta(days=1))

    assert (outcome["pilots"], outcome["deputies"]) == (2, 1)
    assert RULES.work(NOW + timedelta(days=1))["deputies"] == 1


# --- What they may decide, and what they deliver -------------------------------------


def test_what_an_owner_may_decide_and_delivers_is_written_down(row, by):
    fields = {"authority": " Trade-offs ", "deliverable": "Review", "due_on": TODAY}
    edit_ownership(OwnershipEdit(ownership=row, fields=fields), by=by)
    edit_ownership(OwnershipEdit(ownership=row, fields=fields), by=by)

    row.refresh_from_db()
    assert (row.authority, row.deliverable, row.due_on) == ("Trade-offs", "Review", TODAY)
    told = Event.objects.get(verb="ownership.edited")
    assert told.after == {
        "owner": "Ines",
        "role": "production_owner",
        "authority": "Trade-offs",
        "deliverable": "Review",
        "due_on": "2026-11-18",
    }


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"delivered_on": TODAY}, "deliverable", "required"),
        ({"due_on": TODAY}, "deliverable", "required"),
        ({"deliverable": "Review", "delivered_on": TODAY + timedelta(days=1)}, "delivered_on", "future"),
        ({"authority": "x" * 501}, "authority", "length"),
        ({"budget_authority": "a\x00b"}, "budget_authority", "null-character"),
    ],
)
def test_what_cannot_be_written_down_is_refused_beside_its_field(row, by, fields, field, code):
    with pytest.raises(Refused) as refused:
        edit_ownership(OwnershipEdit(ownership=row, fields=fields), by=by)

    assert [(reason.field, reason.code) for reason in refused.value.reasons] == [(field, code)]


def test_owner_says_what_is_delivered_and_not_what_they_may_decide(row, holder, contributor):
    edit_ownership(OwnershipEdit(ownership=row, fields={"deliverable": "Review"}), by=holder)

    for user, fields in ((holder.user, {"authority": "All"}), (contributor, {"deliverable": "Other"})):
        with pytest.raises(Forbidden, match="a manager can"):
            edit_ownership(OwnershipEdit(ownership=row, fields=fields), by=replace(holder, user=user))

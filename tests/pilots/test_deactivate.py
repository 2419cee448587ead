"""Somebody goes: all they hold moves in one step, or nothing does."""

from dataclasses import replace

import pytest

from pilots.access.models import Event, Role, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.contact import OwnerEdit, edit_owner
from pilots.actions.deactivate import (
    MILESTONES,
    Closing,
    Deactivation,
    Heirs,
    close_account,
    deactivate_owner,
)
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.hand_over import NewDeputy, name_deputy
from pilots.actions.milestone import NewMilestone, add_milestone
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.lifecycle import Stage
from pilots.models import Decision, Milestone, Owner, Ownership, Pilot
from tests.conftest import NOW, TODAY

LEAD, LEGAL, BUILDER = OwnerRole.PRODUCTION_OWNER, OwnerRole.LEGAL, OwnerRole.BUILDER
INES, RUI, ANA = Contact(name="Ines"), Contact(name="Rui"), Contact(name="Ana")


@pytest.fixture
def ines(program, make_user) -> Owner:
    return Owner.objects.create(program=program, name="Ines", user=make_user("ines@example.com"))


@pytest.fixture
def held(make_pilot, by, ines):
    """Ines leads two pilots, is legal on the first, sees to a milestone, and is asked a question."""
    first, second = make_pilot(owner=INES), make_pilot("Second", owner=INES, is_confidential=True)
    add_owner(NewOwnership(pilot=first, contact=INES, role=LEGAL), by=by)
    Ownership.objects.filter(owner=ines).update(accepted_on=TODAY)
    add_milestone(NewMilestone(pilot=second, title="Cut over", owner=INES), by=by)
    ask_decision(NewDecision(pilot=first, question="Go on?", decider=ines.user), by=by)
    return first, second


def now() -> list[tuple[str, str, str]]:
    rows = Ownership.objects.active().order_by("pilot", "role")
    return list(rows.values_list("pilot__key", "role", "owner__name"))


def test_everything_moves_in_one_batch(held, ines, by):
    heirs = Heirs(by_role={LEGAL: ANA, MILESTONES: ANA}, everything=RUI)

    deactivate_owner(Deactivation(owner=ines, heirs=heirs, reason="Left"), by=by)

    assert now() == [
        ("CLM-1", "legal", "Ana"),
        ("CLM-1", "production_owner", "Rui"),
        ("CLM-2", "production_owner", "Rui"),
    ]
    assert Milestone.objects.get().owner.name == "Ana"
    assert Decision.objects.get().decider is None  # Rui cannot sign in: any manager
    assert not Owner.objects.get(pk=ines.pk).is_active
    told = Event.objects.get(verb="owner.deactivated")
    assert (told.after, told.reason) == ({"roles": 3, "milestones": 1, "decisions": 1}, "Left")
    batch = Event.objects.filter(batch=told.batch).order_by("verb").values_list("verb", flat=True)
    assert list(batch) == [
        "decision.passed_on",
        "milestone.edited",
        "owner.deactivated",
        *["owner.handed_over"] * 3,
    ]


def test_question_goes_to_whoever_takes_over_and_can_see_it(held, ines, by, program, make_user, by_system):
    user = make_user("rui@example.com")
    add_member(program=program, user=user, role=Role.VIEWER, by=by_system)
    Owner.objects.create(program=program, name="Rui", user=user)

    deactivate_owner(Deactivation(owner=ines, heirs=Heirs(everything=RUI)), by=by)

    assert Decision.objects.get().decider == user


def test_nothing_is_left_without_saying_so(held, ines, by):
    events = Event.objects.count()

    with pytest.raises(Refused) as refused:
        deactivate_owner(Deactivation(owner=ines, heirs=Heirs(by_role={LEGAL: ANA})), by=by)

    assert [(reason.field, reason.sentence) for reason in refused.value.reasons] == [
        (
            "production_owner",
            "They are production owner of CLM-1 and 1 more. Name who takes over, or say that nobody does.",
        ),
        (
            "milestones",
            "They see to 1 open milestone. Name who takes over, or say that nobody does.",
        ),
    ]
    assert (Event.objects.count(), Owner.objects.get(pk=ines.pk).is_active) == (events, True)
    assert not Owner.objects.filter(name="Ana").exists()

    deactivate_owner(Deactivation(owner=ines, heirs=Heirs(by_role={LEGAL: ANA}, leave=True)), by=by)

    assert now() == [("CLM-1", "legal", "Ana")]
    assert Milestone.objects.get().owner is None


@pytest.mark.parametrize("builder_first", [True, False])
def test_what_cannot_move_is_said(held, ines, by, builder_first):
    role, kept = (LEAD, BUILDER) if builder_first else (BUILDER, LEAD)
    pilot = held[0]
    if not builder_first:
        Ownership.objects.filter(pilot=pilot, role=LEAD.value).delete()
        add_owner(NewOwnership(pilot=pilot, contact=INES, role=BUILDER), by=by)
    add_owner(NewOwnership(pilot=pilot, contact=RUI, role=kept), by=by)

    with pytest.raises(Refused, match="Rui would build CLM-1 and bring it into production") as refused:
        deactivate_owner(Deactivation(owner=ines, heirs=Heirs(by_role={role: RUI}, leave=True)), by=by)

    assert [(reason.field, reason.code) for reason in refused.value.reasons] == [(role, "builder-as-owner")]
    assert ("CLM-1", role.value, "Ines") in now()


@pytest.mark.parametrize(
    ("who", "code"), [(INES, "same-owner"), (Contact(name="Gone", email="gone@example.com"), "inactive")]
)
def test_who_goes_or_is_gone_takes_nothing_over(held, ines, by, program, who, code):
    Owner.objects.create(program=program, name="Gone", email="gone@example.com", is_active=False)

    with pytest.raises(Refused) as refused:
        deactivate_owner(Deactivation(owner=ines, heirs=Heirs(everything=who)), by=by)

    assert [(reason.field, reason.code) for reason in refused.value.reasons] == [("everything", code)]


def test_deputies_and_rows_of_ended_pilots_only_end(held, ines, by, make_pilot):
    past = make_pilot("Past", owner=INES)
    Pilot.objects.filter(pk=past.pk).update(stage=Stage.STOPPED.value)
    row = Ownership.objects.select_related("pilot").get(pilot=held[0], role=LEAD.value)
    name_deputy(NewDeputy(ownership=row, to=RUI, until=TODAY), by=by)
    other = make_pilot("Other", owner=ANA).ownerships.select_related("pilot").get()
    name_deputy(NewDeputy(ownership=other, to=INES, until=TODAY), by=by)

    deactivate_owner(Deactivation(owner=ines, heirs=Heirs(everything=RUI)), by=by)

    assert not past.ownerships.active().exists()
    assert [row for row in now() if row[0] in {"CLM-1", "CLM-4"}] == [
        ("CLM-1", "legal", "Rui"),
        ("CLM-1", "production_owner", "Rui"),
        ("CLM-4", "production_owner", "Ana"),
    ]


def test_other_door_is_shut_while_they_hold_something(held, ines, by):
    with pytest.raises(Refused, match="Deactivate them where it says who takes over"):
        edit_owner(OwnerEdit(owner=ines, fields={"is_active": False}), by=by)


def test_only_a_manager_deactivates_and_once(held, ines, by, contributor, administrator):
    asked = Deactivation(owner=ines, heirs=Heirs(leave=True))
    for user in (contributor, administrator):
        with pytest.raises(Forbidden):
            deactivate_owner(asked, by=replace(by, user=user))
    deactivate_owner(asked, by=by)
    with pytest.raises(Refused, match="not active already"):
        deactivate_owner(asked, by=by)


# --- Accounts ----------------------------------------------------------------------


def test_account_is_closed_and_what_lies_beyond_is_counted_and_said(
    held, ines, administrator, manager, program, by_system
):
    """Not even an administrator reads there what they do not manage: a number is all they get."""
    by = By(user=administrator, at=NOW, source=Source.WEB)

    with pytest.raises(Refused, match="They answer for 5 more things in programs you do not manage"):
        close_account(Closing(user=ines.user, heirs=Heirs(everything=RUI)), by=by)
    close_account(Closing(user=ines.user, leave_beyond=True), by=by)

    ines.user.refresh_from_db()
    assert (ines.user.is_active, {name for _, _, name in now()}) == (False, {"Ines"})
    assert Decision.objects.get().decider == ines.user


def test_administrator_who_manages_moves_it_all(held, ines, administrator, program, by_system):
    add_member(program=program, user=administrator, role=Role.MANAGER, by=by_system)
    by = By(user=administrator, at=NOW, source=Source.WEB)

    close_account(Closing(user=ines.user, heirs=Heirs(everything=RUI)), by=by)

    ines.user.refresh_from_db()
    assert (ines.user.is_active, {name for _, _, name in now()}) == (False, {"Rui"})
    assert not Owner.objects.get(pk=ines.pk).is_active
    assert Decision.objects.get().decider is None


def test_refused_closing_moves_nothing(held, administrator, program, by_system):
    add_member(program=program, user=administrator, role=Role.MANAGER, by=by_system)
    own = Owner.objects.create(program=program, name="Ada", user=administrator)
    add_owner(NewOwnership(pilot=held[0], owner=own, role=OwnerRole.SPONSOR), by=by_system)
    by = By(user=administrator, at=NOW, source=Source.WEB)

    with pytest.raises(Refused, match="cannot close your own account"):
        close_account(Closing(user=administrator, heirs=Heirs(everything=RUI)), by=by)

    assert Owner.objects.get(pk=own.pk).is_active
    assert ("CLM-1", "sponsor", "Ada") in now()

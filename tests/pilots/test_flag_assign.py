"""Who sees to a flag: named, passed on, freed; it bears on nothing else."""

from datetime import timedelta

import pytest

from pilots.access.models import Event, Role, Source
from pilots.actions.account import add_member, deactivate_user, remove_member
from pilots.actions.assign import assign_flags
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.deactivate import Closing, Heirs, close_account
from pilots.actions.owner import Contact
from pilots.models import Flag, Owner, Pilot
from tests.conftest import NOW


@pytest.fixture
def flag(make_pilot, make_flag):
    return make_flag(make_pilot("Stuck"), health="stalled")


def told() -> list[tuple]:
    rows = Event.objects.filter(verb="flag.assigned").order_by("pk")
    return [(row.pilot_key, row.before["assignee"], row.after["assignee"]) for row in rows]


def test_flag_is_seen_to_by_whom_one_names_and_nothing_else_changes(flag, by, contributor, make_flag):
    Flag.objects.update(snoozed_until=NOW - timedelta(minutes=1), snooze_reason="x")
    Pilot.objects.update(health="not_known", pattern="")  # a scan is due; to assign is none
    before = Pilot.objects.values().get()

    [given] = assign_flags([flag], to=contributor, by=by)

    assert given.assignee == Flag.objects.get().assignee == contributor
    assert Pilot.objects.values().get() == before
    event = Event.objects.get(verb="flag.assigned")
    assert (event.subject, event.movement, event.after) == (
        "Proven, no users",
        "",
        {"rule": "R-01", "severity": "high", "assignee": str(contributor)},
    )
    assign_flags([flag], to=contributor, by=by)  # theirs already: no news
    assign_flags([flag], to=None, by=by)
    assert told() == [("CLM-1", "", str(contributor)), ("CLM-1", str(contributor), "")]
    assert Flag.objects.get().assignee is None


def test_several_are_given_in_one_batch_or_none(flag, by, contributor, make_pilot, make_flag):
    hidden = make_flag(make_pilot("Hidden", is_confidential=True))
    with pytest.raises(Refused) as refused:
        assign_flags([flag, hidden], to=contributor, by=by)
    assert [(reason.code, reason.sentence) for reason in refused.value.reasons] == [
        ("cannot-see", f"{contributor} cannot see CLM-2. Name somebody who can.")
    ]
    assert told() == []

    Pilot.objects.update(is_confidential=False)
    assign_flags([flag, hidden], to=contributor, by=by)
    assert Event.objects.filter(verb="flag.assigned").values("batch").distinct().count() == 1
    assert Flag.objects.filter(assignee=contributor).count() == 2


def test_closed_flag_and_closed_account_are_refused(flag, by, contributor):
    contributor.is_active = False
    contributor.save()
    Flag.objects.update(closed_at=NOW)

    with pytest.raises(Refused) as refused:
        assign_flags([flag], to=contributor, by=by)

    assert [reason.code for reason in refused.value.reasons] == ["cleared", "inactive"]


def test_whoever_may_snooze_may_assign(flag, manager, contributor, viewer, stranger):
    for user in (manager, contributor):
        assign_flags([flag], to=viewer, by=By(user=user, at=NOW, source=Source.WEB))
    with pytest.raises(Forbidden):
        assign_flags([flag], to=viewer, by=By(user=viewer, at=NOW, source=Source.WEB))
    with pytest.raises(Pilot.DoesNotExist):
        assign_flags([flag], to=viewer, by=By(user=stranger, at=NOW, source=Source.WEB))


# --- Who goes ---------------------------------------------------------------------------


def test_closed_account_leaves_no_flag_behind(flag, by, contributor, administrator):
    assign_flags([flag], to=contributor, by=by)

    deactivate_user(contributor, by=By(user=administrator, at=NOW, source=Source.WEB))

    assert Flag.objects.get().assignee is None
    assert told()[-1] == ("CLM-1", str(contributor), "")


@pytest.mark.parametrize("sees", [True, False])
def test_heir_takes_over_the_flags_they_can_see(
    flag, by, contributor, administrator, program, make_user, by_system, sees
):
    heir = make_user("heir@example.com")
    if sees:
        add_member(program=program, user=heir, role=Role.VIEWER, by=by_system)
    add_member(program=program, user=administrator, role=Role.MANAGER, by=by_system)
    Owner.objects.create(program=program, name="Con", user=contributor)
    Owner.objects.create(program=program, name="Heir", email=heir.email, user=heir)
    assign_flags([flag], to=contributor, by=by)

    closing = Closing(user=contributor, heirs=Heirs(everything=Contact(name="Heir", email=heir.email)))
    close_account(closing, by=By(user=administrator, at=NOW, source=Source.WEB))

    assert Flag.objects.get().assignee == (heir if sees else None)


def test_former_member_keeps_what_they_still_see(flag, by, contributor, make_pilot, make_flag, program):
    mine = make_flag(make_pilot("Mine", owner=Contact(name="Con", email=contributor.email)))
    Owner.objects.filter(email=contributor.email).update(user=contributor)
    mine.pilot.ownerships.update(accepted_on=NOW.date())
    assign_flags([flag, mine], to=contributor, by=by)

    remove_member(contributor.memberships.get(program=program), by=by)

    assert [row.assignee for row in Flag.objects.order_by("pk")] == [None, contributor]
    assert told()[2:] == [("CLM-1", str(contributor), "")]

"""Who sees to a flag: named, passed on, freed; it bears on nothing else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Program, Role, Source, User
from pilots.actions.account import add_member, change_role, deactivate_user, remove_member
from pilots.actions.assign import assign_flags
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.deactivate import Closing, Heirs, close_account
from pilots.actions.flag_giving import free_unseen
from pilots.actions.judge import scan
from pilots.actions.owner import Contact
from pilots.actions.owner_end import end_ownership
from pilots.actions.pilot import Edit, edit_pilot
from pilots.lifecycle import Stage
from pilots.models import Flag, Owner, Pilot
from pilots.rules import RULES
from pilots.web.told import tell
from tests.conftest import NOW, TODAY


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


# --- Who sees a pilot no longer -----------------------------------------------------------


def accept(pilot, user):
    Owner.objects.filter(email=user.email).update(user=user)
    pilot.ownerships.update(accepted_on=NOW.date())


@pytest.mark.parametrize("confidential", [True, False])
@pytest.mark.parametrize("in_sample", [True, False])
def test_who_does_not_see_a_flag_is_found_as_each_person_would_find_it(
    make_pilot, make_flag, make_user, program, by_system, confidential, in_sample
):
    pilot = make_pilot("Seen", is_confidential=confidential, owner=Contact(name="O", email="o@example.com"))
    program.is_sample = in_sample
    program.save()
    roles = {role.value: make_user(f"{role.value}@example.com") for role in Role}
    for role, user in roles.items():
        add_member(program=program, user=user, role=Role(role), by=by_system)
    people = [
        *roles.values(),
        make_user("o@example.com"),
        make_user("none@example.com"),
        make_user("executive@example.com", is_executive=True),
        make_user("administrator@example.com", is_administrator=True),
        make_user("demo@example.com", is_executive=True, is_sample=True),
        make_user("gone@example.com", is_executive=True, is_active=False),
    ]
    accept(pilot, people[len(roles)])
    for user, rule in zip(people, RULES, strict=False):
        make_flag(pilot, rule=rule.key, assignee=user)
    make_flag(pilot, rule=list(RULES)[-1].key)  # nobody's

    unseen = {flag.assignee for flag in Flag.objects.unseen_by_assignee()}

    seen = Pilot.objects.filter(pk=pilot.pk)
    assert unseen == {user for user in people if not user.is_active or not seen.visible_to(user).exists()}


def test_flag_is_freed_at_once_where_its_person_sees_the_pilot_no_longer(
    flag, by, contributor, program, make_pilot, make_flag, make_user, by_system
):
    second = make_user("second@example.com")
    add_member(program=program, user=second, role=Role.MANAGER, by=by_system)
    hidden = make_flag(make_pilot("Hidden", is_confidential=True))
    owned = make_flag(make_pilot("Owned", owner=Contact(name="O", email="o@example.com")))
    owner = make_user("o@example.com")
    accept(owned.pilot, owner)
    for given, to in ((flag, contributor), (hidden, second), (owned, owner)):
        assign_flags([given], to=to, by=by)

    change_role(second.memberships.get(program=program), Role.VIEWER, by=by)
    edit_pilot(Edit(pilot=flag.pilot, fields={"is_confidential": True}), by=by)
    end_ownership(owned.pilot.ownerships.get(), by=by)

    assert not Flag.objects.filter(assignee__isnull=False).exists()
    freed = Event.objects.filter(verb="flag.assigned", after__assignee="").order_by("pk")
    assert [(row.pilot_key, row.before["assignee"], row.actor) for row in freed] == [
        ("CLM-2", str(second), by.user),
        ("CLM-1", str(contributor), by.user),
        ("CLM-3", str(owner), by.user),
    ]
    assert {tell(row).words for row in freed} == {"Whoever saw to it does not see this pilot any longer."}


def test_scan_frees_what_nobody_freed_in_one_statement_for_all(
    make_pilot, make_flag, viewer, contributor, django_assert_num_queries
):
    for number in range(3):
        pilot = make_pilot(f"Pilot {number}", stage=Stage.PROVEN, since=TODAY - timedelta(days=136))
        make_flag(pilot, assignee=contributor)
    by = By(user=None, at=NOW, source=Source.JOB)
    with django_assert_num_queries(1):
        assert free_unseen(by=by) == 0
    kept = Flag.objects.order_by("pk").last()
    Pilot.objects.exclude(pk=kept.pilot_id).update(is_confidential=True)

    with CaptureQueriesContext(connection) as two:
        assert free_unseen(by=by) == 2
    Flag.objects.update(assignee=viewer)
    Pilot.objects.filter(pk=kept.pilot_id).update(is_confidential=True)
    with CaptureQueriesContext(connection) as three:
        assert free_unseen(by=by) == 3
    assert len(two) == len(three)

    Flag.objects.update(assignee=viewer)
    scan(at=NOW)
    assert not Flag.objects.filter(assignee__isnull=False).exists()
    assert Event.objects.filter(verb="flag.assigned", source="job", actor=None).count() == 8


def test_pilots_are_locked_before_programs_and_accounts(
    flag, by, contributor, administrator, program, monkeypatch
):
    """As the scan and every change lock them; SQLite locks nothing, so what is asked for is what counts."""
    assign_flags([flag], to=contributor, by=by)
    asked = []
    real = QuerySet.select_for_update
    monkeypatch.setattr(
        QuerySet,
        "select_for_update",
        lambda rows, *args, **more: (asked.append(rows.model), real(rows, *args, **more))[1],
    )

    change_role(contributor.memberships.get(program=program), Role.VIEWER, by=by)
    assert asked == [Pilot, Program]
    asked.clear()
    deactivate_user(contributor, by=By(user=administrator, at=NOW, source=Source.WEB))

    assert asked[:2] == [Pilot, User]
    assert Flag not in asked

"""Today of whoever has a seat or sees to milestones: what waits for them, in the order of its weight."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.milestone import NewMilestone, add_milestone
from pilots.actions.waiting import NewWait, wait_for
from pilots.lifecycle import Stage
from pilots.models import Approving, Evidence, GateSetting, Hold, Milestone, Owner, Ownership, Pilot
from tests.conftest import NOW, TODAY


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


def seat(pilot, user, role=OwnerRole.LEGAL):
    owner, _ = Owner.objects.get_or_create(program=pilot.program, user=user, defaults={"name": user.name})
    Ownership.objects.create(
        pilot=pilot, owner=owner, role=role.value, since=date(2026, 9, 1), accepted_on=date(2026, 9, 1)
    )


def lines(client) -> dict[str, list[tuple[str, str, str]]]:
    return {
        chapter.title: [(line.title, line.key, line.when) for line in chapter.lines]
        for chapter in client.get("/").context["agenda"].chapters
    }


MINE = "Decisions and gates only you can settle"


def test_what_waits_for_a_seat_comes_after_what_has_a_day(client, viewer, make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION)
    seat(pilot, viewer)
    wait_for(
        NewWait(pilot=pilot, requirement="lineage", on_role=OwnerRole.LEGAL, since=date(2026, 11, 2)), by=by
    )
    other = make_pilot("Of somebody else", stage=Stage.TRANSITION)
    wait_for(NewWait(pilot=other, requirement="lineage", on_role=OwnerRole.LEGAL), by=by)
    ask_decision(
        NewDecision(pilot=pilot, question="Extend?", decider=viewer, needed_by=date(2026, 11, 20)), by=by
    )
    client.force_login(viewer)

    chapter = client.get("/").context["agenda"].chapters[0]

    assert (chapter.title, chapter.count) == (MINE, 2)
    assert [(line.key, line.when) for line in chapter.lines] == [
        ("CLM-1", "needed by Fri 20 Nov"),
        ("CLM-1", "since Mon 2 Nov, 16 days"),
    ]
    assert chapter.lines[1].url == "/pilots/CLM-1/readiness/#lineage"


@pytest.mark.parametrize("brought_by", ["manager", "viewer"])
def test_a_gate_waits_for_approval_but_never_of_own_evidence(
    request, client, viewer, program, make_pilot, brought_by
):
    pilot = make_pilot(stage=Stage.PROVEN)
    seat(pilot, viewer)
    GateSetting.objects.create(program=program, gate="G3", approving=Approving.ALL.value, roles=["legal"])
    Evidence.objects.create(
        stage="piloting",
        pilot=pilot,
        requirement="evaluation",
        kind="test",
        dated=TODAY,
        text="Scored nightly",
        brought_by=request.getfixturevalue(brought_by),
        brought_at=NOW,
    )
    client.force_login(viewer)

    found = lines(client).get(MINE, [])

    assert [title for title, _, _ in found] == (["G3 Evaluation"] if brought_by == "manager" else [])


def test_milestones_are_late_or_due_by_the_day_of_their_program(client, viewer, make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION)
    seat(pilot, viewer, OwnerRole.PRODUCTION_OWNER)
    early = By(user=by.user, at=NOW - timedelta(days=30), source=by.source)
    for title, due in (("Late", 16), ("Today", 18), ("Soon", 25), ("Later", 26)):
        add_milestone(NewMilestone(pilot=pilot, title=title, due_on=date(2026, 11, due)), by=early)
    Milestone.objects.create(pilot=pilot, title="Done", due_on=date(2026, 11, 1), done_on=TODAY, position=9)
    client.force_login(viewer)

    shown = lines(client)

    assert shown["Your overdue milestones"] == [("Late", "CLM-1", "Mon 16 Nov, 2 days late")]
    assert shown["Milestones due in 7 days"] == [
        ("Today", "CLM-1", "Wed 18 Nov, today"),
        ("Soon", "CLM-1", "Wed 25 Nov"),
    ]
    Hold.objects.create(pilot=pilot, since=TODAY, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1))
    Pilot.objects.update(held_since=TODAY)
    assert "Your overdue milestones" not in lines(client)


def test_a_milestone_of_somebody_else_is_not_mine(client, viewer, manager, make_pilot, by):
    pilot = make_pilot(stage=Stage.TRANSITION)
    seat(pilot, viewer)
    seat(pilot, manager)
    early = By(user=by.user, at=NOW - timedelta(days=30), source=by.source)
    add_milestone(NewMilestone(pilot=pilot, title="Late", due_on=date(2026, 11, 16)), by=early)
    Milestone.objects.update(owner=Owner.objects.get(user=manager))
    client.force_login(viewer)

    assert "Your overdue milestones" not in lines(client)


@pytest.mark.parametrize("count", [1, 30])
def test_seats_and_milestones_cost_the_same_for_any_number(client, viewer, program, make_pilot, by, count):
    GateSetting.objects.create(program=program, gate="G3", approving=Approving.ALL.value, roles=["legal"])
    for number in range(count):
        pilot = make_pilot(f"Pilot {number}", stage=Stage.TRANSITION)
        seat(pilot, viewer)
        wait_for(NewWait(pilot=pilot, requirement="lineage", on_role=OwnerRole.LEGAL), by=by)
        Milestone.objects.create(pilot=pilot, title="Late", due_on=date(2026, 11, 1), position=0)
    client.force_login(viewer)

    with CaptureQueriesContext(connection) as queries:
        client.get("/")

    assert len(queries) == 54


@pytest.mark.parametrize(("role", "is_theirs"), [("legal", False), ("production_owner", True)])
def test_a_milestone_without_an_owner_is_for_whoever_leads_the_pilot(
    client, viewer, make_pilot, by, role, is_theirs
):
    pilot = make_pilot(stage=Stage.TRANSITION)
    seat(pilot, viewer, OwnerRole(role))
    early = By(user=by.user, at=NOW - timedelta(days=30), source=by.source)
    add_milestone(NewMilestone(pilot=pilot, title="Late", due_on=date(2026, 11, 16)), by=early)
    client.force_login(viewer)

    assert ("Your overdue milestones" in lines(client)) is is_theirs

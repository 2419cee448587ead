"""What is read of a pilot's course: from its rows, as of a past day, in the same queries for any number."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from pilots.actions.by import By
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.judge import scan
from pilots.actions.plan import NewPlan, make_plan, make_plans
from pilots.actions.rollout import NewStep, add_step
from pilots.design import Complexity, RolloutKind
from pilots.facts import facts_on, facts_today
from pilots.floors import FLOORS
from pilots.lifecycle import Stage
from pilots.models import Flag, Freeze, Phase, Pilot, ScopeChange
from pilots.plans import AGAIN, Template
from pilots.rules.course_facts import Course, Held, Move
from tests.conftest import NOW, TODAY

FLOOR = frozenset({Course})


def day(ago: int) -> date:
    return TODAY - timedelta(days=ago)


def at(ago: int, by: By) -> By:
    moment: datetime = NOW - timedelta(days=ago)
    return replace(by, at=moment)


def known(pilot, on: date | None = None) -> Course:
    pilots = Pilot.objects.filter(pk=pilot.pk)
    [found] = facts_on(pilots, on, floors=FLOOR) if on else facts_today(pilots, at=NOW, floors=FLOOR)
    return found.known_to(Course)


@pytest.fixture
def planned(make_pilot, by_system):
    """A pilot whose plan was made and began a hundred days ago; it ended eleven days ago."""
    pilot = make_pilot(stage=Stage.TRANSITION, since=day(100), by=at(100, by_system))
    make_plan(NewPlan(pilot=pilot, start=day(100)), by=at(100, by_system))
    return pilot


def anew(pilot, ago, by, *, later=0, **more):
    """Plan a pilot anew so many days ago, to end so many days later than the template's ninety."""
    ends = [14, 44, 74, 89 + later]
    last_days = tuple(day(100) + timedelta(days=end) for end in ends)
    return make_plan(
        NewPlan(pilot=pilot, last_days=last_days, reason="The vendor is late.", **more), by=at(ago, by)
    )


def test_pilot_without_a_plan_or_a_hold_is_not_read(make_pilot, django_assert_num_queries):
    pilot = make_pilot(stage=Stage.TRANSITION, since=day(100))
    [found] = facts_today(Pilot.objects.filter(pk=pilot.pk), at=NOW, floors=())

    with django_assert_num_queries(0):
        assert FLOORS[Course]([found], {pilot.pk: TODAY}) == {}


def test_end_that_was_put_off_is_read_by_the_day_it_was(planned, by_system):
    anew(planned, 60, by_system, later=10)
    anew(planned, 40, by_system, later=10)  # nothing moved
    anew(planned, 20, by_system, later=35)

    assert known(planned).moves == (Move(day(60), 10), Move(day(20), 25))
    assert known(planned, day(20)).moves == (Move(day(60), 10), Move(day(20), 25))
    assert known(planned, day(21)).moves == (Move(day(60), 10),)


def test_plan_is_planned_in_its_first_fortnight_and_begins_anew_when_the_pilot_came_again(planned, by_system):
    anew(planned, 86, by_system, later=30)
    assert known(planned).moves == ()
    anew(planned, 85, by_system, later=50)
    assert known(planned).moves == (Move(day(85), 20),)

    planned.plans.filter(number=3).update(reason=AGAIN)

    assert known(planned).moves == ()


def test_what_paused_a_pilot_puts_nothing_off(planned, by_system):
    planned.holds.create(since=day(60), until=day(50), review_on=day(45), reason="Budget", agreed_by="Board")

    anew(planned, 40, by_system, later=12)  # as its page shows it: ten of these days were on hold

    assert known(planned).moves == (Move(day(40), 2),)


def test_result_waits_from_the_end_of_integration_or_from_what_came_later(planned, by_system):
    planned_end = day(26)  # day 75
    assert known(planned).staged_since is None

    step = add_step(
        NewStep(
            pilot=planned,
            kind=RolloutKind.SHADOW,
            share_percent=0,
            starts_on=day(40),
            ends_on=day(30),
        ),
        by=at(40, by_system),
    )
    assert known(planned).staged_since == planned_end
    assert known(planned, day(41)).staged_since is None
    type(step).objects.update(starts_on=day(12), ends_on=day(10))
    assert known(planned).staged_since == day(12)
    Phase.objects.filter(code="integrate").update(finished_on=day(20))
    assert known(planned).staged_since == day(20)
    Freeze.objects.create(program=planned.program, reason="Year end", first_on=day(9), last_on=day(5))
    assert known(planned).staged_since == day(15)


def test_changes_of_scope_are_those_of_the_plan_that_runs(planned, by_system):
    def change(plan, ago):
        ScopeChange.objects.create(
            pilot=planned, plan=plan, day=20, what="the use case", made_at=NOW - timedelta(days=ago)
        )

    change(planned.plans.get(), 70)
    plan = anew(planned, 60, by_system)
    change(plan, 30)
    change(plan, 50)

    assert known(planned).scope_changes == (day(50), day(30))
    assert known(planned, day(31)).scope_changes == (day(50),)


def test_hold_is_read_with_how_many_there_were(make_pilot, by_system):
    pilot = make_pilot(since=day(120), by=at(90, by_system))

    def hold(since, review):
        new = NewHold(pilot=pilot, reason="Budget", agreed_by="Board", review_on=day(review))
        hold_pilot(new, by=at(since, by_system))

    hold(60, 40)
    resume_pilot(Resume(pilot=pilot), by=at(30, by_system))
    hold(25, 20)
    resume_pilot(Resume(pilot=pilot), by=at(25, by_system))  # on the same day: a mistake, no hold
    hold(10, 5)
    Freeze.objects.create(program=pilot.program, reason="Year end", first_on=day(4), last_on=day(3))

    assert known(pilot) == Course(hold=Held(day(8), day(3)), holds=2)
    assert known(pilot, day(31)) == Course(hold=Held(day(60), day(40)), holds=1)
    assert known(pilot, day(27)) == Course()


def test_hardness_is_read(planned):
    assert not known(planned).is_hard
    Pilot.objects.update(complexity=Complexity.HIGH.value)
    assert known(planned).is_hard


def test_pilot_that_hides_on_hold_is_flagged_and_stays_on_hold(make_pilot, by_system, client, manager):
    pilot = make_pilot(stage=Stage.PROVEN, since=day(200), by=at(90, by_system))
    new = NewHold(pilot=pilot, reason="Budget", agreed_by="Board", review_on=day(2))
    hold_pilot(new, by=at(20, by_system))
    Flag.objects.create(  # from before the hold, and about to close
        pilot=pilot,
        rule="R-01",
        kind="stall",
        pattern="purgatory",
        severity="high",
        since=day(200),
        crossed_on=day(60),
        limit_name="high",
        limit=135,
        next_action="Go on.",
        opened_at=NOW - timedelta(days=30),
    )
    client.force_login(manager)
    shown = client.get("/pilots/CLM-1/").context["head"].why
    assert not shown.is_shown

    scan(at=NOW)

    pilot.refresh_from_db()
    assert list(Flag.objects.open().values_list("rule", "severity")) == [("R-09", "warning")]
    assert (pilot.health, pilot.health_since, pilot.pattern) == ("on_hold", None, "")
    why = client.get("/pilots/CLM-1/").context["head"].why
    assert [row.title for row in why.rows] == ["Hiding on hold"]
    assert "CLM-1" not in client.get("/stalled/").content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_reading_costs_the_same_for_any_number(make_pilot, by_system, django_assert_num_queries, count):
    pilots = [make_pilot(f"P{n}", stage=Stage.TRANSITION, since=day(20)) for n in range(count)]
    make_plans([NewPlan(pilot=pilot, template=Template.BUILT) for pilot in pilots], by=by_system)
    found = facts_today(Pilot.objects.all(), at=NOW, floors=())

    with django_assert_num_queries(7):
        assert len(FLOORS[Course](found, dict.fromkeys((pilot.pk for pilot in pilots), TODAY))) == count

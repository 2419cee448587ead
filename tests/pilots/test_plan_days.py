"""Which day of its plan a pilot is on, wherever it is: the page, the facts and the rule count alike."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from pilots.access.models import Program, Source
from pilots.actions.by import By
from pilots.actions.calendar import NewFreeze, NewHoliday, add_freeze, add_holiday, set_working_days
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.milestone import NewMilestone, add_milestone
from pilots.actions.phases import phase_for, phases_that_count
from pilots.actions.plan import NewPlan, make_plan
from pilots.facts import facts_on, facts_today
from pilots.lifecycle import Stage
from pilots.models import Milestone, Phase, Pilot
from pilots.plans import day_of
from pilots.rules import RULES
from pilots.rules.registry import Look
from pilots.web.plan import Course
from pilots.workdays import pauses_of

START = date(2026, 10, 12)  # phase 1 ends on Mon 26 Oct
RULE = RULES.get("R-03")
ZONES = ["Pacific/Apia", "Pacific/Tongatapu", "Pacific/Honolulu", "Europe/Berlin", "America/New_York"]


def _by(at: datetime) -> By:
    return By(user=None, at=at, source=Source.COMMAND)


@pytest.fixture
def planned(make_pilot):
    def make(start: date = START, *, zone: str = "UTC") -> Pilot:
        pilot = make_pilot(stage=Stage.TRANSITION, by=_by(datetime(2026, 9, 1, tzinfo=UTC)))
        Program.objects.filter(pk=pilot.program_id).update(zone=zone)
        made_at = datetime(start.year, start.month, start.day, 12, tzinfo=ZoneInfo(zone))
        pilot = Pilot.objects.select_related("program").get(pk=pilot.pk)
        make_plan(NewPlan(pilot=pilot, start=start), by=_by(made_at))
        return pilot

    return make


def _again(pilot: Pilot) -> Pilot:
    return Pilot.objects.select_related("program").get(pk=pilot.pk)


def _course(pilot: Pilot, at: datetime) -> Course:
    pilot = _again(pilot)
    plan = pilot.plans.get(replaced_at=None)
    phases = list(plan.phases.order_by("number"))
    return Course(pilot, plan, phases, pauses_of(pilot), pilot.program.today(at))


def _morning(day: date, zone: str = "UTC") -> datetime:
    return datetime(day.year, day.month, day.day, 0, 0, 1, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("number", "phase"), [(1, 1), (15, 1), (16, 2), (45, 2), (46, 3), (75, 3), (76, 4), (90, 4), (91, None)]
)
def test_day_begins_at_midnight_of_the_program(number, phase, zone):
    """Plain: from the first to the last second of a day it is that day, and in no other zone's day."""
    program = Program(zone=zone)
    day = START + timedelta(days=number - 1)
    first = _morning(day, zone)

    for at in (first, first + timedelta(hours=22)):
        assert day_of(START, program.today(at.astimezone(UTC))) == number
    assert day_of(START, program.today(first.astimezone(UTC) - timedelta(seconds=2))) == number - 1


@pytest.mark.parametrize(
    ("zone", "start", "day", "number"),
    [
        pytest.param("Europe/Berlin", date(2026, 10, 12), date(2026, 10, 25), 14, id="an hour more"),
        pytest.param("Europe/Berlin", date(2027, 3, 15), date(2027, 3, 28), 14, id="an hour less"),
        pytest.param("Pacific/Honolulu", date(2028, 2, 20), date(2028, 2, 29), 10, id="leap day"),
        pytest.param("Pacific/Apia", date(2028, 2, 20), date(2028, 3, 1), 11, id="after it"),
    ],
)
def test_clocks_that_change_and_leap_days_move_no_day(planned, zone, start, day, number):
    pilot = planned(start, zone=zone)

    assert [_course(pilot, _morning(day, zone) + timedelta(hours=hours)).day for hours in (0, 22)] == [
        number,
        number,
    ]


@pytest.mark.parametrize(
    ("at", "title", "sub"),
    [
        (date(2026, 10, 28), "Plan 1, day 17 of 90", "until Tue 19 Jan 2027. 8 days of a freeze to come are"),
        (
            date(2026, 11, 2),
            "Plan 1, day 20 of 90",
            "2 days frozen are taken out. 6 days of a freeze to come",
        ),
        (date(2026, 11, 20), "Plan 1, day 30 of 90", "10 days frozen are taken out."),
    ],
)
def test_page_takes_frozen_days_out_and_says_so(planned, by, at, title, sub):
    pilot = planned()
    freeze = NewFreeze(
        program=pilot.program, first_on=date(2026, 10, 31), last_on=date(2026, 11, 9), reason="Fair"
    )
    add_freeze(freeze, by=by)

    course = _course(pilot, _morning(at))

    assert course.last_day == date(2027, 1, 19)
    assert course.title == title


def test_page_and_rule_count_the_same_days_whatever_pauses_them(planned, by):
    pilot = planned()
    held = By(user=by.user, at=_morning(date(2026, 10, 20)), source=by.source)
    hold_pilot(NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1)), by=held)
    resume_pilot(Resume(pilot=pilot), by=By(user=by.user, at=_morning(date(2026, 10, 30)), source=by.source))
    freeze = NewFreeze(
        program=pilot.program, first_on=date(2026, 10, 26), last_on=date(2026, 11, 4), reason="Fair"
    )
    add_freeze(freeze, by=by)

    found = []
    for offset in range(0, 90, 5):
        day = date(2026, 10, 30) + timedelta(days=offset)
        course = _course(pilot, _morning(day))
        [facts] = facts_today(Pilot.objects.all(), at=_morning(day))
        [past] = facts_on(Pilot.objects.all(), day)
        hit = RULE.judge(facts, Look(day, RULE.default_limits))
        late = "over" in course.rows[0].state
        found.append(
            (
                course.day == day_of(facts.plan.start, day) == day_of(past.plan.start, day),
                (course.spans[0].first, course.spans[0].last)
                == (facts.plan.open_phase.start, facts.plan.open_phase.end),
                facts.plan == past.plan,
                hit is None or late,
            )
        )
    assert found == [(True, True, True, True)] * 18
    assert _course(pilot, _morning(date(2026, 11, 20))).day == 40 - 16


def test_clocks_stand_still_in_a_freeze_today_and_on_a_past_day(planned, by):
    pilot = planned()
    before = facts_today(Pilot.objects.all(), at=_morning(date(2026, 12, 20)))[0]
    freeze = NewFreeze(
        program=pilot.program, first_on=date(2026, 12, 1), last_on=date(2026, 12, 7), reason="Fair"
    )
    add_freeze(freeze, by=by)

    day = date(2026, 12, 20)
    [today], [past] = facts_today(Pilot.objects.all(), at=_morning(day)), facts_on(Pilot.objects.all(), day)

    week = timedelta(days=7)
    assert today.silence_clock - before.silence_clock == today.moved_clock - before.moved_clock == week
    assert (today.silence_clock, today.moved_clock) == (past.silence_clock, past.moved_clock)
    half = facts_today(Pilot.objects.all(), at=_morning(date(2026, 12, 3)))[0]
    assert half.silence_clock - before.silence_clock == timedelta(days=2)


def test_on_a_past_day_in_a_hold_its_end_was_not_known(planned, by):
    pilot = planned()
    hold = NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1))
    hold_pilot(hold, by=By(user=by.user, at=_morning(date(2026, 10, 20)), source=by.source))
    resume_pilot(Resume(pilot=pilot), by=By(user=by.user, at=_morning(date(2026, 10, 30)), source=by.source))

    starts = [
        facts_on(Pilot.objects.all(), day)[0].plan.start for day in (date(2026, 10, 25), date(2026, 11, 5))
    ]

    assert starts == [START, START + timedelta(days=10)]


@pytest.mark.parametrize(
    ("weekdays", "holiday", "first"),
    [
        pytest.param((1, 2, 3, 4, 5), None, date(2026, 10, 30), id="as it comes"),
        pytest.param((1, 2, 3, 4, 5), date(2026, 10, 28), date(2026, 10, 31), id="a holiday"),
        pytest.param((1, 2), None, date(2026, 11, 4), id="two days a week"),
    ],
)
def test_grace_counts_the_working_days_of_the_program(planned, by, weekdays, holiday, first):
    pilot = planned()
    set_working_days(pilot.program, weekdays, by=by)
    if holiday:
        add_holiday(NewHoliday(program=pilot.program, day=holiday, name="Fair"), by=by)

    hits = []
    for offset in range(12):
        day = date(2026, 10, 26) + timedelta(days=offset)
        [facts] = facts_today(Pilot.objects.all(), at=_morning(day))
        if RULE.judge(facts, Look(day, {**RULE.default_limits, "over_percent": 1000})):
            hits.append(day)
    assert hits[0] == first


# --- After a hold ------------------------------------------------------------------


HELD_ON, RESUMED_ON = date(2026, 10, 20), date(2026, 11, 9)  # twenty days


@pytest.fixture
def after_hold(planned, by) -> Pilot:
    pilot = planned()
    hold = NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1))
    hold_pilot(hold, by=By(user=by.user, at=_morning(HELD_ON), source=by.source))
    resume_pilot(Resume(pilot=pilot), by=By(user=by.user, at=_morning(RESUMED_ON), source=by.source))
    return _again(pilot)


def _shown(pilot: Pilot, day: date) -> list[date]:
    return [span.last for span in _course(pilot, _morning(day)).spans]


@pytest.mark.parametrize(
    ("start", "typed"),
    [
        pytest.param(START, date(2026, 12, 28), id="same day 1"),
        pytest.param(date(2026, 10, 26), date(2026, 12, 28), id="day 1 in the hold"),
        pytest.param(date(2026, 11, 12), date(2026, 12, 28), id="day 1 after the hold"),
    ],
)
def test_day_somebody_types_is_the_day_that_is_shown(after_hold, by, start, typed):
    new = NewPlan(pilot=after_hold, start=start, last_days=(None, typed, None, None), reason="Storm")
    make_plan(new, by=By(user=by.user, at=_morning(date(2026, 11, 12)), source=by.source))

    assert _shown(after_hold, date(2026, 11, 12))[1] == typed


def test_planning_anew_with_the_days_of_the_form_changes_no_day(after_hold, by, manager, client):
    client.force_login(manager)
    before = _shown(after_hold, date(2026, 11, 12))
    with time_machine.travel(_morning(date(2026, 11, 12)), tick=False):
        form = client.get(f"/pilots/{after_hold.key}/plan/new/").context["form"]
        days = {name: value for name, value in form.initial.items() if name.startswith("last_day_")}
        last_days = tuple(days.values())
        make_plan(
            NewPlan(pilot=after_hold, last_days=last_days, reason="Storm"),
            by=_by(_morning(date(2026, 11, 12))),
        )

    assert before == list(last_days) == _shown(after_hold, date(2026, 11, 12))
    assert before[0] == date(2026, 11, 15)


def test_planning_anew_after_a_hold_moves_what_is_open_and_keeps_what_is_closed(after_hold, by):
    later = _by(_morning(date(2026, 11, 12)))
    first = Milestone.objects.by_day().first()
    due, title = first.due_on, first.title
    closed = Phase.objects.get(number=1)
    Phase.objects.filter(pk=closed.pk).update(finished_on=date(2026, 10, 18))
    shown = _shown(after_hold, date(2026, 11, 12))

    make_plan(NewPlan(pilot=after_hold, reason="Storm"), by=later)

    assert _shown(after_hold, date(2026, 11, 12)) == shown
    assert shown[:2] == [date(2026, 10, 26), date(2026, 12, 15)]
    assert Milestone.objects.get(title=title).due_on == due
    opened = Milestone.objects.filter(phase__number=2).by_day()
    assert [row.due_on for row in opened][-1] == date(2026, 12, 15)


def test_milestone_lies_in_the_phase_whose_shown_days_hold_it(after_hold):
    """Phase 1 ends on 26 Oct as planned, and on 15 Nov as shown; day 1 is in it though its bar moved."""
    at = _by(_morning(date(2026, 11, 12)))
    days = [date(2026, 10, 11), START, date(2026, 11, 15), date(2026, 11, 16), date(2027, 1, 30)]
    rows = [
        add_milestone(NewMilestone(pilot=_again(after_hold), title=str(day), due_on=day), by=at)
        for day in days[1:4]
    ]

    assert [row.phase.number for row in rows] == [1, 1, 2]
    phases = phases_that_count([_again(after_hold)], at=at.at)[after_hold.pk]
    assert [phase_for(day, phases) and phase_for(day, phases).number for day in days] == [None, 1, 1, 2, None]


def test_timeline_and_page_draw_the_same_days(after_hold, by, manager, client):
    """Held, frozen, one phase closed before that and one begun early: every bar lies on the same days."""
    freeze = NewFreeze(
        program=after_hold.program, first_on=date(2026, 11, 20), last_on=date(2026, 11, 26), reason="Fair"
    )
    add_freeze(freeze, by=by)
    Phase.objects.filter(number=1).update(finished_on=date(2026, 10, 18))
    Phase.objects.filter(number=3).update(started_on=date(2026, 11, 10))
    client.force_login(manager)

    with time_machine.travel(_morning(date(2026, 12, 1)), tick=False):
        listing = client.get("/pilots/timeline/").context["listing"]
    course = _course(after_hold, _morning(date(2026, 12, 1)))

    drawn = []
    for row, span in zip(course.rows, course.spans, strict=True):
        drawn.append(listing.axis.bar("planned", span.first, span.last))
        drawn += [listing.axis.bar("actual", *span.actual)] if row.actual else []
        drawn += [listing.axis.bar("over", *span.beyond)] if row.over else []
    assert listing.lanes[0].bars == drawn
    assert " ".join(bar.kind for bar in drawn) == "planned actual planned actual planned actual planned"
    assert listing.lanes[0].day == f"day {course.day} of 90"
    assert [(span.first, span.last) for span in course.spans[:2]] == [
        (date(2026, 10, 12), date(2026, 10, 26)),
        (date(2026, 11, 23), date(2026, 12, 22)),
    ]

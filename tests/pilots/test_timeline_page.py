from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.owner import Contact
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.plan import NewPlan, make_plan
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Freeze, Milestone, Phase, Pilot
from pilots.web.timeline import Axis
from tests.conftest import NOW, TODAY

TIMELINE = "/pilots/timeline/"


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def plan(make_pilot, by):
    def make(name: str, start: date, **fields) -> Pilot:
        pilot = make_pilot(name, stage=Stage.TRANSITION, since=start, owner=Contact(name="Tomasz"), **fields)
        make_plan(NewPlan(pilot=pilot, start=start, reason="begun"), by=by)
        return pilot

    return make


def lanes(response) -> dict[str, object]:
    return {lane.pilot.key: lane for lane in response.context["listing"].lanes}


def test_nearest_end_stands_on_top_and_who_has_no_plan_is_counted(client, plan, make_pilot):
    plan("Later", date(2026, 11, 2))
    plan("Nearest", date(2026, 10, 1))
    make_pilot("Without")
    make_pilot("Live", stage=Stage.PRODUCTION)

    response = client.get(TIMELINE)

    shown = lanes(response)
    assert [(key, lane.ends, lane.ended_by, lane.day) for key, lane in shown.items()] == [
        ("CLM-2", "Tue 29 Dec", "in 41 days", "day 49 of 90"),
        ("CLM-1", "Sat 30 Jan 2027", "in 73 days", "day 17 of 90"),
    ]
    assert response.context["listing"].beside == "2 have no plan: not drawn."
    assert "2 have no plan: not drawn." in response.content.decode()


def test_plan_of_a_pilot_that_went_on_is_counted_beside(client, plan):
    plan("Goes on", date(2026, 8, 3))
    gone = plan("Went on", date(2026, 3, 2))
    Pilot.objects.filter(pk=gone.pk).update(stage="production")

    assert client.get(TIMELINE).context["listing"].beside == "1 is past its own: not drawn."


def test_phase_that_is_over_is_said_and_drawn(client, plan):
    plan("Over", date(2026, 10, 26))

    lane = lanes(client.get(TIMELINE))["CLM-1"]

    assert (lane.phase, lane.over) == ("Phase 1, Scope and define", "9 days over")
    assert [bar.kind for bar in lane.bars] == ["planned", "actual", "over", "planned", "planned", "planned"]


def test_plan_without_an_open_phase_is_late_for_nobody(client, plan):
    plan("Closed", date(2026, 8, 3))
    Phase.objects.update(finished_on=date(2026, 11, 1))
    plan("Running", date(2026, 10, 1))

    shown = lanes(client.get(TIMELINE))
    lane = shown["CLM-1"]

    assert list(shown) == ["CLM-2", "CLM-1"]  # what runs stands first, however late it ends
    assert (lane.phase, lane.over, lane.ended_by) == ("All phases closed on Sun 1 Nov", "", "")
    assert lane.day == "all phases closed"


def test_holds_and_freezes_move_the_end_as_on_the_page_of_the_plan(client, plan, program, by):
    pilot = plan("Held", date(2026, 10, 1))
    Freeze.objects.create(
        program=program, first_on=date(2026, 10, 5), last_on=date(2026, 10, 11), reason="audit"
    )
    hold = NewHold(pilot=pilot, reason="no budget", agreed_by="S. Keller", review_on=date(2026, 12, 1))
    hold_pilot(hold, by=by)
    with time_machine.travel("2026-11-28T09:00:00Z", tick=False):
        held = lanes(client.get(TIMELINE))["CLM-1"]
        later = type(by)(user=by.user, at=NOW.replace(day=28), source=by.source)
        resume_pilot(Resume(pilot=pilot), by=later)
        resumed = lanes(client.get(TIMELINE))["CLM-1"]

    assert (held.day, held.ends) == ("day 42 of 90", "Tue 5 Jan 2027")
    assert (resumed.day, resumed.ends) == ("day 42 of 90", "Fri 15 Jan 2027")


def test_slip_is_counted_against_the_first_plan(client, plan, by):
    pilot = plan("Again", date(2026, 9, 1))
    make_plan(NewPlan(pilot=pilot, start=date(2026, 9, 11), reason="data late"), by=by)
    make_plan(NewPlan(pilot=pilot, start=date(2026, 9, 21), reason="later still"), by=by)

    lane = lanes(client.get(TIMELINE))["CLM-1"]

    assert lane.slip == "planned anew two times, ends 20 days later than first planned"


def test_milestones_are_drawn_done_due_and_late(client, plan):
    pilot = plan("Marked", date(2026, 10, 1))
    Milestone.objects.all().delete()
    days = {"Done": date(2026, 10, 10), "Late": date(2026, 11, 1), "Due": date(2026, 12, 1), "None": None}
    for title, due in days.items():
        done = due if title == "Done" else None
        Milestone.objects.create(pilot=pilot, title=title, due_on=due, done_on=done)

    lane = lanes(client.get(TIMELINE))["CLM-1"]

    assert sorted(dot.kind for dot in lane.dots) == ["done", "due", "late"]
    assert (lane.milestones, lane.late) == ("1 of 4 done", "1 milestone late")


def test_axis_begins_with_the_first_day_and_marks_today(client, plan):
    plan("Only", date(2026, 10, 1))

    axis = client.get(TIMELINE).context["listing"].axis

    assert (axis.first, axis.end) == (date(2026, 10, 1), date(2026, 12, 30))
    assert [tick.label for tick in axis.ticks] == ["Oct 2026", "Nov", "Dec"]
    assert (axis.now.x, axis.now.anchor) == ("54.44%", "middle")
    assert [tick.anchor for tick in axis.ticks] == ["start", "middle", "middle"]
    year = Axis(date(2026, 1, 20), date(2026, 12, 3), TODAY)
    assert [(tick.label, tick.anchor, tick.is_extra) for tick in year.ticks] == [
        ("Feb 2026", "start", False),
        ("Apr", "middle", True),
        ("Jun", "middle", False),
        ("Aug", "middle", True),
        ("Oct", "middle", False),
        ("Dec", "end", True),
    ]


def test_table_repeats_what_is_drawn(client, plan):
    plan("Told", date(2026, 10, 1))

    html = client.get(TIMELINE).content.decode()

    assert "<td>day 49 of 90</td>" in html
    assert "<td>Tue 29 Dec, in 41 days</td>" in html


def test_timeline_narrows_as_the_list_does(client, plan):
    plan("Ours", date(2026, 10, 1), vendor="Acme")
    plan("Theirs", date(2026, 10, 2))

    assert list(lanes(client.get(f"{TIMELINE}?vendor=acme"))) == ["CLM-1"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "as_of=2026-10-01",
            "Plans cannot be shown as they were on a past day: they are drawn as they stand today.",
        ),
        ("page=2", "There is no page “2”. There is one page only."),
        ("colour=red", "This list has no filter “colour”."),
    ],
)
def test_what_the_address_cannot_mean_is_said(client, plan, query, sentence):
    plan("Secret of the timeline", date(2026, 10, 1))

    response = client.get(f"{TIMELINE}?{query}")

    assert [problem.sentence for problem in response.context["listing"].problems] == [sentence]
    assert "Secret of the timeline" not in response.content.decode()


def test_nothing_planned_is_said(client, make_pilot):
    make_pilot()

    html = client.get(TIMELINE).content.decode()

    assert "None of these pilots goes by a plan" in html
    assert "1 has no plan: not drawn." in html


@pytest.mark.parametrize("count", [1, 100])
def test_timeline_costs_the_same_for_any_number(client, program, by_system, by, count):
    news = [
        NewPilot(program=program, name=f"P{n}", problem="…", stage=Stage.TRANSITION, since=Day(TODAY))
        for n in range(count)
    ]
    for pilot in log_pilots(news, by=by_system):
        make_plan(NewPlan(pilot=pilot, start=TODAY), by=by)

    with CaptureQueriesContext(connection) as queries:
        response = client.get(TIMELINE)

    assert len(lanes(response)) == min(count, 50)
    assert len(queries) == 17

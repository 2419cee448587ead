from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.phase import ClosePhase, close_phase
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.plan import NewPlan, make_plan
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Phase, Pilot, Plan
from tests.conftest import NOW
from tests.passing import settle_phase


@pytest.fixture(autouse=True)
def nothing_is_asked(monkeypatch):
    """What a phase has to show before it is closed is proved in test_phase_criteria."""
    monkeypatch.setattr("pilots.actions.phase.open_criteria", lambda phase, pilot, *, by: [])


PLAN, NEW = "/pilots/CLM-1/plan/", "/pilots/CLM-1/plan/new/"
START = date(2026, 10, 12)


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot, by, by_system) -> Pilot:
    """It came to its 90-day plan on Mon 12 Oct 2026; today is day 38."""
    pilot = make_pilot(stage=Stage.PROVEN)
    add_owner(
        NewOwnership(pilot=pilot, contact=Contact(name="Tomasz"), role=OwnerRole.PRODUCTION_OWNER),
        by=by_system,
    )
    move_pilot(Move(pilot=pilot, to=Stage.TRANSITION, happened=Day(START), reason="Go"), by=by)
    return Pilot.objects.get(pk=pilot.pk)


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return lambda url=PLAN: client.get(url)


def _phase(number) -> Phase:
    return Phase.objects.select_related("plan__pilot__program").get(
        number=number, plan__replaced_at__isnull=True
    )


def _address(number, verb="close") -> str:
    return f"{PLAN}phases/{_phase(number).pk}/{verb}/"


def _rows(response) -> list[tuple[str, str, str]]:
    return [(row.phase.title, row.state, row.kind) for row in response.context["course"].rows]


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def _messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_page_tells_day_and_phases(page, pilot):
    response = page()

    course = response.context["course"]
    assert (course.title, course.sub) == (
        "Plan 1, day 38 of 90",
        "Built here, 90 days, until Sat 9 Jan 2027.",
    )
    assert _rows(response) == [
        ("Scope and define", "open, 23 days over", "over"),
        ("Build the pipeline", "open", "later"),
        ("Integrate and test", "not begun", "later"),
        ("Ship and measure", "not begun", "later"),
    ]
    assert [(row.days, row.dates) for row in course.rows] == [
        ("days 1–15", "12 Oct – 26 Oct"),
        ("days 16–45", "27 Oct – 25 Nov"),
        ("days 46–75", "26 Nov – 25 Dec"),
        ("days 76–90", "26 Dec – 9 Jan 2027"),
    ]


def test_drawing_puts_planned_actual_over_and_today_on_one_scale(page, pilot):
    course = page().context["course"]

    first = course.rows[0]
    assert (first.planned.x, first.planned.width) == ("0.00%", "16.67%")
    assert (first.actual.x, first.actual.width) == ("0.00%", "16.67%")
    assert (first.over.x, first.over.width) == ("16.67%", "25.56%")
    assert (course.now.x, course.now.anchor) == ("42.22%", "middle")
    assert [tick.label for tick in course.ticks] == ["12 Oct", "2 Nov", "23 Nov", "14 Dec"]
    assert [(row.actual, row.over) for row in course.rows[1:]] == [(None, None)] * 3


def test_closed_phase_shows_its_day_and_note(page, pilot, by):
    close_phase(
        ClosePhase(phase=_phase(1), note="Three KPIs <b>", finished_on=date(2026, 11, 2)),
        by=by,
    )

    response = page()

    assert _rows(response)[:3] == [
        ("Scope and define", "closed Mon 2 Nov, 7 days over", "closed"),
        ("Build the pipeline", "open", "now"),
        ("Integrate and test", "not begun", "later"),
    ]
    assert "Three KPIs &lt;b&gt;" in response.content.decode()
    second = response.context["course"].rows[1]
    assert (second.actual.x, second.actual.width, second.over) == ("24.44%", "17.78%", None)


def test_days_on_hold_are_taken_out(page, pilot, manager, by):
    start = datetime(2026, 10, 20, 9, tzinfo=UTC)
    early = By(user=manager, at=start, source=by.source)
    hold_pilot(NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1)), by=early)
    assert page().context["course"].title == "Plan 1, day 9 of 90"
    resume_pilot(Resume(pilot=pilot), by=By(user=manager, at=start + timedelta(days=10), source=by.source))

    course = page().context["course"]

    assert (course.title, course.sub) == (
        "Plan 1, day 28 of 90",
        "Built here, 90 days, until Tue 19 Jan 2027. 10 days on hold are taken out.",
    )
    assert _rows(page())[0] == ("Scope and define", "open, 13 days over", "over")
    assert "day 28 of 90" in page().content.decode()


def test_stepper_tells_the_day_of_the_plan(page, pilot):
    step = next(step for step in page("/pilots/CLM-1/").context["head"].road.steps if step.state == "now")

    assert (step.label, step.note, step.share) == ("90-day plan", "day 38 of 90", 42)


@pytest.mark.parametrize(
    ("at", "title"),
    [
        (date(2026, 10, 12), "Plan 1, day 1 of 90"),
        (date(2027, 1, 9), "Plan 1, day 90 of 90"),
        (date(2027, 1, 10), "Plan 1, day 91, 1 day over its 90"),
    ],
)
def test_title_at_the_ends_of_the_plan(client, page, manager, pilot, at, title):
    with time_machine.travel(datetime(at.year, at.month, at.day, 9, tzinfo=UTC), tick=False):
        client.force_login(manager)
        assert page().context["course"].title == title


def test_plan_that_has_not_begun(page, pilot, by):
    make_plan(NewPlan(pilot=pilot, start=date(2026, 12, 1), reason="New team"), by=by)

    assert page().context["course"].title == "Plan 2, begins Tue 1 Dec"


def test_replaced_plans_are_shown_with_the_slip(page, pilot, by):
    make_plan(NewPlan(pilot=pilot, start=date(2026, 11, 2), reason="New team"), by=by)

    response = page()

    assert response.context["slip"] == "Planned anew once; it ends 21 days later than plan 1 said."
    [old] = response.context["before"]
    assert (old.number, old.dates, old.replaced, old.reason) == (
        1,
        "Mon 12 Oct – Sat 9 Jan 2027",
        "Wed 18 Nov",
        "New team",
    )


def test_pilot_that_left_the_plan_is_not_late(page, pilot, by):
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="No budget"), by=by)

    response = page()

    assert response.context["course"].title == "Plan 1"
    assert _rows(response)[0] == ("Scope and define", "not closed", "later")
    assert "Close the phase" not in response.content.decode()
    assert response.context["course"].now is None


def test_tab_is_there_from_the_plan_on(page, make_pilot):
    make_pilot()
    make_pilot("Later", stage=Stage.TRANSITION)

    labels = [
        [tab.label for tab in page(url).context["head"].tabs] for url in ("/pilots/CLM-1/", "/pilots/CLM-2/")
    ]

    assert ["Plan" in shown for shown in labels] == [False, True]


def test_empty_page_offers_the_plan_to_those_who_may(client, page, make_pilot, viewer):
    make_pilot(stage=Stage.TRANSITION)
    assert "Make the plan" in page().content.decode()

    client.force_login(viewer)
    shown = client.get(PLAN).content.decode()

    assert "It has no plan yet" in shown
    assert "Make the plan" not in shown


def test_first_plan_is_made(client, page, make_pilot):
    make_pilot(stage=Stage.TRANSITION)

    shown = page(NEW)
    response = client.post(NEW, {"start": "12 Oct 2026", "template": "bought", "version": "1"}, follow=True)

    assert "reason" not in shown.context["form"].fields
    assert _messages(response) == ["Claims triage has a plan from Mon 12 Oct 2026."]
    assert Plan.objects.values_list("number", "start", "template").get() == (1, START, "bought")


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"reason": ""}, {"reason": ["Say why it is planned anew: the old plan stays to be seen."]}),
        ({"start": ""}, {"start": ["Choose the first day of the plan."]}),
        ({"template": "own"}, {"template": ["There is no such template. Choose one of these."]}),
        ({"start": "2026"}, {"start": ["2026 names no single day. Write one such as Thu 31 Dec 2026."]}),
    ],
)
def test_planning_anew_is_refused_in_words(client, page, pilot, fields, errors):
    sent = {"start": "18 Nov 2026", "template": "built", "reason": "New team", "version": str(pilot.version)}

    response = client.post(NEW, sent | fields) if page() else None

    assert (_errors(response), Plan.objects.count()) == (errors, 1)


def test_phase_is_closed_and_reopened(client, page, pilot):
    settle_phase(_phase(1))
    assert "Close phase 1, Scope and define" in page(_address(1)).content.decode()
    pilot.refresh_from_db()

    closed = client.post(
        _address(1),
        {"note": "Three KPIs are signed.", "finished_on": "Mon 2 Nov 2026", "version": str(pilot.version)},
        follow=True,
    )
    reopened = client.post(
        _address(1, "reopen"), {"reason": "One was withdrawn", "version": str(pilot.version + 1)}, follow=True
    )

    assert _messages(closed) == ["Phase 1, Scope and define, is closed."]
    assert _messages(reopened) == ["Phase 1, Scope and define, is open again."]
    told = [told.what for told in page("/pilots/CLM-1/history/").context["told"]]
    assert told[:2] == [
        "opened phase 1, Scope and define again",
        "closed phase 1, Scope and define, dated Mon 2 Nov 2026",
    ]


def test_closing_is_refused_beside_its_field(client, page, pilot):
    page()
    settle_phase(_phase(1))
    pilot.refresh_from_db()
    sent = {"note": "", "finished_on": "19 Nov 2026", "version": str(pilot.version)}

    assert _errors(client.post(_address(1), sent)) == {
        "note": ["Say what is there now: two lines or a link."]
    }
    assert _errors(client.post(_address(1), sent | {"note": "Defined."})) == {
        "finished_on": ["Thu 19 Nov 2026 has not come yet."]
    }
    assert _errors(client.post(_address(2), sent | {"note": "Built.", "finished_on": "18 Nov 2026"})) == {
        "__all__": ["Phase 1, Scope and define, is still open. Close it first."]
    }


def test_stale_version_is_a_conflict(client, page, pilot, by):
    edit_pilot(Edit(pilot=pilot, fields={"vendor": "Northlight"}), by=by)
    page()

    for url in (NEW, _address(1), _address(1, "reopen")):
        sent = {
            "note": "Defined.",
            "reason": "x",
            "start": "18 Nov 2026",
            "template": "built",
            "finished_on": "18 Nov 2026",
            "version": str(pilot.version),
        }
        response = client.post(url, sent)
        assert response.status_code == 409
        assert f'name="version" value="{pilot.version + 1}"' in response.content.decode()
    assert (Plan.objects.count(), _phase(1).finished_on) == (1, None)


def test_phase_of_another_pilot_is_not_found(page, pilot, make_pilot):
    make_pilot("Other", stage=Stage.TRANSITION)

    assert page(_address(1).replace("CLM-1", "CLM-2")).status_code == 404


@pytest.mark.parametrize(("who", "status"), [("contributor", 403), ("viewer", 403), ("stranger", 404)])
def test_others_may_not_plan(request, client, pilot, who, status):
    client.force_login(request.getfixturevalue(who))

    assert {client.get(url).status_code for url in (NEW, _address(1), _address(1, "reopen"))} == {status}
    assert client.get(PLAN).status_code == (404 if status == 404 else 200)


def test_page_costs_the_same_for_any_number_of_plans(page, pilot, by, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries():
        with CaptureQueriesContext(connection) as caught:
            page()
        return len(caught)

    page()
    one = queries()
    for number in range(100):
        make_plan(NewPlan(pilot=pilot, start=START, reason=f"Reason {number}"), by=by)

    assert queries() == one

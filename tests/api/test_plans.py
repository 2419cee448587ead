from datetime import date

import pytest
import time_machine

from pilots.access.models import Event
from pilots.actions.plan import NewPlan, make_plan
from pilots.lifecycle import Stage
from pilots.models import Phase, Pilot, Plan
from tests.conftest import NOW
from tests.passing import settle_phase

NEW = {"pilot": "CLM-1", "start": "2026-10-12", "template": "built"}


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot(stage=Stage.TRANSITION)


@pytest.fixture
def plan(pilot, by) -> Plan:
    return make_plan(NewPlan(pilot=pilot, start=date(2026, 10, 12)), by=by)


def _phase(number: int) -> Phase:
    return Phase.objects.get(plan__replaced_at__isnull=True, number=number)


def test_plan_is_made_and_read(api, pilot, manager):
    answer = api.post("plans/", NEW)

    plan = Plan.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"http://testserver/api/v1/plans/{plan.pk}/"
    phases = answer.data.pop("phases")
    assert answer.data == {
        "id": plan.pk,
        "pilot": "CLM-1",
        "number": 1,
        "template": "built",
        "start": "2026-10-12",
        "reason": None,
        "made_at": "2026-11-18T09:00:00Z",
        "made_by": {"id": manager.pk, "name": "Maren"},
        "replaced_at": None,
        "slip_days": 0,
        "scope_changes": [],
    }
    assert phases[0] == {
        "id": _phase(1).pk,
        "plan": plan.pk,
        "pilot": "CLM-1",
        "number": 1,
        "code": "scope",
        "title": "Scope and define",
        "planned_start": "2026-10-12",
        "planned_end": "2026-10-26",
        "started_on": None,
        "finished_on": None,
        "finished_by": None,
        "note": None,
    }
    assert [phase["number"] for phase in phases] == [1, 2, 3, 4]
    assert api.get(f"plans/{plan.pk}/").data["phases"] == phases


def test_plan_begins_today_by_the_template_that_fits_when_nothing_is_said(api, pilot):
    made = api.post("plans/", {"pilot": "CLM-1"}).data

    assert (made["start"], made["template"]) == ("2026-11-18", "built")


def test_planning_anew_needs_a_reason(api, plan):
    refused = api.post("plans/", NEW | {"start": "2026-11-18"})
    made = api.post("plans/", NEW | {"start": "2026-11-18", "reason": "New team"})

    assert (refused.status_code, refused.data["errors"][0]["pointer"]) == (409, "/reason")
    assert (made.status_code, made.data["number"], made.data["reason"]) == (201, 2, "New team")
    assert (made.data["slip_days"], api.get(f"plans/{plan.pk}/").data["slip_days"]) == (37, 0)
    assert [row["number"] for row in api.get("plans/?pilot=CLM-1&live=true").data["results"]] == [2]
    assert [row["number"] for row in api.get("plans/?live=false").data["results"]] == [1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start", "2026-10"),
        ("start", None),
        ("template", "own"),
        ("pilot", "CLM-9"),
        ("reason", "x" * 501),
        ("number", 1),
    ],
)
def test_plan_is_read_strictly(api, pilot, field, value):
    answer = api.post("plans/", NEW | {field: value})

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, f"/{field}")
    assert Plan.objects.count() == 0


def test_phase_is_closed_and_reopened(api, plan, manager):
    refused = api.post(f"phases/{_phase(1).pk}/close/", {"note": "Defined.", "finished_on": "2026-11-02"})
    assert (refused.status_code, [error["code"] for error in refused.data["errors"]][-2:]) == (
        409,
        ["privacy-regime", f"milestone-{plan.pilot.milestones.earliest('due_on').pk}"],
    )

    settle_phase(_phase(1))
    closed = api.post(f"phases/{_phase(1).pk}/close/", {"note": "Defined.", "finished_on": "2026-11-02"})

    assert (closed.status_code, closed.data["finished_on"], closed.data["note"]) == (
        200,
        "2026-11-02",
        "Defined.",
    )
    assert closed.data["finished_by"] == {"id": manager.pk, "name": "Maren"}
    assert closed["ETag"] == f'"v{Pilot.objects.get().version}"'
    assert api.get(f"phases/{_phase(1).pk}/").data == closed.data

    reopened = api.post(f"phases/{_phase(1).pk}/reopen/", {"reason": "Not done"})
    assert (reopened.status_code, reopened.data["finished_on"], reopened.data["note"]) == (200, None, None)
    assert list(
        Event.objects.filter(verb__startswith="phase.").order_by("id").values_list("verb", flat=True)
    ) == [
        "phase.closed",
        "phase.reopened",
    ]


def test_day_left_out_is_today(api, plan):
    settle_phase(_phase(1))
    assert api.post(f"phases/{_phase(1).pk}/close/", {"note": "Defined."}).data["finished_on"] == "2026-11-18"


@pytest.mark.parametrize(
    ("number", "body", "status", "pointer"),
    [
        (1, {}, 400, "/note"),
        (1, {"note": "x", "finished_on": "soon"}, 400, "/finished_on"),
        (1, {"note": "x", "finished_on": "2026-11-19"}, 409, "/finished_on"),
        (2, {"note": "x"}, 409, ""),
    ],
)
def test_closing_is_refused(api, plan, number, body, status, pointer):
    settle_phase(_phase(1))
    answer = api.post(f"phases/{_phase(number).pk}/close/", body)

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (status, pointer)
    assert Phase.objects.filter(finished_on__isnull=False).count() == 0


def test_older_version_is_a_failed_precondition(api, plan):
    answer = api.post(f"phases/{_phase(1).pk}/close/", {"note": "Defined."}, If_Match='"v1"')

    assert (answer.status_code, _phase(1).finished_on) == (412, None)


@pytest.mark.parametrize(("who", "status"), [("contributor", 403), ("viewer", 403), ("stranger", 404)])
def test_others_may_not_plan(request, make_api, plan, who, status):
    other = make_api(request.getfixturevalue(who))

    assert other.post(f"phases/{_phase(1).pk}/close/", {"note": "x"}).status_code == status
    assert other.post(f"phases/{_phase(1).pk}/reopen/", {"reason": "x"}).status_code == status
    assert other.post("plans/", NEW | {"reason": "x"}).status_code == (400 if status == 404 else 403)
    assert len(other.get("plans/").data["results"]) == (0 if status == 404 else 1)
    assert len(other.get("phases/").data["results"]) == (0 if status == 404 else 4)


def test_phases_are_filtered(api, plan):
    settle_phase(_phase(1))
    api.post(f"phases/{_phase(1).pk}/close/", {"note": "Defined."})

    def numbers(query):
        return [row["number"] for row in api.get(f"phases/?{query}").data["results"]]

    assert numbers("pilot=CLM-1&open=true&ordering=planned_end") == [2, 3, 4]
    assert numbers(f"plan={plan.pk}&open=false") == [1]
    assert numbers("live=false") == []


@pytest.mark.parametrize("path", ["plans/?limit=100", "phases/?limit=100"])
def test_lists_cost_the_same_for_any_number(api, make_pilot, by, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries():
        with CaptureQueriesContext(connection) as caught:
            assert api.get(path).status_code == 200
        return len(caught)

    def plans(count):
        for number in range(count):
            pilot = make_pilot(f"Pilot {number}", stage=Stage.TRANSITION)
            make_plan(NewPlan(pilot=pilot, start=date(2026, 10, 12)), by=by)

    plans(1)
    queries()
    one = queries()
    plans(30)

    assert queries() == one


def test_last_days_are_said_phase_by_phase(api, plan):
    ends = ["2026-11-20", None, "2026-12-30", "2027-01-20"]
    made = api.post("plans/", {"pilot": "CLM-1", "last_days": ends, "reason": "The data came late"})
    wrong = api.post(
        "plans/", {"pilot": "CLM-1", "last_days": ["2026-12-30", "2026-12-01", None, None], "reason": "x"}
    )

    assert [phase["planned_end"] for phase in made.data["phases"]] == [
        "2026-11-20",
        "2026-11-25",
        "2026-12-30",
        "2027-01-20",
    ]
    assert (made.data["start"], made.data["slip_days"]) == ("2026-10-12", 11)
    assert (wrong.status_code, [error["pointer"] for error in wrong.data["errors"]]) == (
        409,
        ["/last_days/1"],
    )


def test_a_phase_is_begun_before_the_one_before_it_is_closed(api, plan):
    begun = api.post(f"phases/{_phase(2).pk}/start/", {"started_on": "2026-11-02"})
    future = api.post(f"phases/{_phase(3).pk}/start/", {"started_on": "2026-11-19"})

    assert (begun.status_code, begun.data["started_on"]) == (200, "2026-11-02")
    assert (future.status_code, future.data["errors"][0]["pointer"]) == (409, "/started_on")

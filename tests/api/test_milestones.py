from datetime import date

import pytest
import time_machine

from pilots.access.models import Event, Movement
from pilots.actions.milestone import (
    CloseMilestone,
    NewMilestone,
    add_milestone,
    add_milestones,
    close_milestone,
)
from pilots.actions.owner import Contact
from pilots.models import Milestone, Pilot
from tests.conftest import NOW

NEW = {"pilot": "CLM-1", "title": "Shadow run", "due_on": "2026-12-01", "owner": "Ines"}


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


@pytest.fixture
def milestone(pilot, by) -> Milestone:
    new = NewMilestone(pilot=pilot, title="Shadow run", owner=Contact(name="Ines"))
    return add_milestone(new, by=by)


def _tag() -> str:
    return f'"v{Pilot.objects.get(key="CLM-1").version}"'


def test_a_milestone_is_added_and_read(api, pilot):
    answer = api.post("milestones/", NEW)

    row = Milestone.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"http://testserver/api/v1/milestones/{row.pk}/"
    assert answer.data == {
        "id": row.pk,
        "pilot": "CLM-1",
        "title": "Shadow run",
        "due_on": "2026-12-01",
        "done_on": None,
        "owner": {"id": row.owner_id, "name": "Ines"},
        "phase": None,
        "is_required": False,
        "evidence": [],
    }
    read = api.get(f"milestones/{row.pk}/")
    assert (read.data, read["ETag"], answer["ETag"]) == (answer.data, _tag(), _tag())


def test_the_same_request_adds_one(api, pilot):
    first = api.post("milestones/", NEW, Idempotency_Key="a")
    again = api.post("milestones/", NEW, Idempotency_Key="a")

    assert (again.status_code, again.data) == (201, first.data)
    assert Milestone.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"pilot": "CLM-9"}, "/pilot"),
        ({"title": ""}, "/title"),
        ({"title": "x" * 201}, "/title"),
        ({"title": 5}, "/title"),
        ({"due_on": "2026-12"}, "/due_on"),
        ({"due_on": "2101-01-01"}, "/due_on"),
        ({"owner": "ines@"}, "/owner"),
        ({"phase": 1}, "/phase"),
    ],
)
def test_a_milestone_is_read_strictly(api, pilot, fields, pointer):
    answer = api.post("milestones/", NEW | fields)

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, pointer)
    assert not Milestone.objects.exists()


def test_refusals_name_the_field(api, milestone):
    repeated = api.post("milestones/", NEW)
    future = api.post(f"milestones/{milestone.pk}/done/", {"done_on": "2026-11-19"})

    assert (repeated.status_code, repeated.data["errors"]) == (
        409,
        [
            {
                "pointer": "/title",
                "code": "repeated",
                "detail": "It has a milestone “Shadow run” already. Give this one another title.",
            }
        ],
    )
    assert (future.status_code, future.data["errors"][0]["pointer"]) == (409, "/done_on")


def test_only_what_is_sent_changes(api, milestone):
    address = f"milestones/{milestone.pk}/"
    first = api.patch(address, {"due_on": "2026-12-01"}, If_Match=_tag())
    stale = api.patch(address, {"title": "Other"}, If_Match='"v1"')
    second = api.patch(address, {"title": "Alerting", "owner": None})
    unknown = api.patch(address, {"done_on": "2026-11-01"})

    assert (first.status_code, first.data["due_on"], first.data["owner"]["name"]) == (
        200,
        "2026-12-01",
        "Ines",
    )
    assert (second.data["title"], second.data["owner"], second.data["due_on"]) == (
        "Alerting",
        None,
        "2026-12-01",
    )
    assert second["ETag"] == _tag()
    assert stale.status_code == 412
    assert (unknown.status_code, unknown.data["errors"][0]["pointer"]) == (400, "/done_on")


def test_done_and_open_again(api, milestone):
    address = f"milestones/{milestone.pk}/"
    done = api.post(f"{address}done/", {}, If_Match=_tag())
    again = api.post(f"{address}done/")
    reopened = api.post(f"{address}reopen/", {"reason": "Not so"})

    assert (done.status_code, done.data["done_on"]) == (200, "2026-11-18")
    assert Event.objects.get(verb="milestone.done").movement == Movement.MOVED
    assert again.status_code == 409
    assert (reopened.status_code, reopened.data["done_on"], reopened["ETag"]) == (200, None, _tag())
    assert api.post(f"{address}reopen/", {}).data["errors"][0]["pointer"] == "/reason"


def test_removing_says_which_version_was_read(api, milestone):
    address = f"milestones/{milestone.pk}/"
    assert api.send("DELETE", address).status_code == 428
    assert api.send("DELETE", address, If_Match='"v1"').status_code == 412
    assert Milestone.objects.exists()

    assert api.send("DELETE", address, If_Match=_tag()).status_code == 204
    assert api.get(address).status_code == 404


def test_filters(api, pilot, make_pilot, other_program, by, by_system):
    other = make_pilot("Other")
    make_pilot("Foreign", program=other_program)
    titles = {"Late": date(2026, 11, 1), "Later": date(2026, 12, 1), "None": None}
    news = [NewMilestone(pilot=pilot, title=title, due_on=due) for title, due in titles.items()]
    rows = add_milestones([*news, NewMilestone(pilot=other, title="Else")], by=by)
    foreign = Pilot.objects.get(key="FIN-1")
    add_milestone(NewMilestone(pilot=foreign, title="Unseen"), by=by_system)
    close_milestone(CloseMilestone(milestone=rows[0]), by=by)

    def found(query: str) -> list[str]:
        return [row["title"] for row in api.get(f"milestones/?{query}").data["results"]]

    assert found("") == ["Late", "Later", "None", "Else"]
    assert found("pilot=CLM-2") == ["Else"]
    assert found("program=claims&limit=1") == ["Late"]
    assert found("is_done=true") == ["Late"]
    assert found("is_done=false") == ["Later", "None", "Else"]
    assert found("due_before=2026-12-01") == ["Late"]
    assert api.get("milestones/?is_done=yes").status_code == 400
    assert api.get("milestones/?pilot=FIN-1").status_code == 400


@pytest.mark.parametrize("count", [1, 60])
def test_queries_do_not_grow(count, api, pilot, by, django_assert_max_num_queries):
    news = [
        NewMilestone(pilot=pilot, title=f"M{number}", owner=Contact(name=f"O{number}"))
        for number in range(count)
    ]
    add_milestones(news, by=by)
    with django_assert_max_num_queries(7):
        assert len(api.get("milestones/?limit=100").data["results"]) == count

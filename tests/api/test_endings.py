"""Stopping well and extending a hold through the API: the same actions, the same sentences."""

import json
from datetime import date

import pytest
import time_machine
from django.test import Client

from pilots.actions.account import create_token
from pilots.actions.hold import NewHold, hold_pilot
from pilots.models import Ending, Hold, Pilot
from tests.conftest import NOW


@pytest.fixture
def send(manager, by_system):
    secret = create_token(user=manager, name="t", scopes={"read", "write"}, by=by_system)[1]
    caller = Client(headers={"Authorization": f"Bearer {secret}"})

    def post(path, body):
        with time_machine.travel(NOW, tick=False):
            return caller.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")

    post.get = lambda path: caller.get(f"/api/v1/{path}").json()
    return post


WHOLE = {
    "reason": "Too few cases",
    "cause": "data",
    "released_amount": "61000.50",
    "released_currency": "EUR",
}


def test_stopping_keeps_what_is_left_to_the_cent(send, make_pilot):
    make_pilot()

    answer = send("pilots/CLM-1/stop/", WHOLE)

    assert (answer.status_code, answer.json()["stage"]) == (200, "stopped")
    (row,) = (row for row in send.get("transitions/")["results"] if row["to"] == "stopped")
    assert row["ending"] == {
        "cause": "data",
        "lessons": None,
        "reusable": None,
        "decided_by": None,
        "released_amount": "61000.50",
        "released_currency": "EUR",
    }


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        pytest.param({"cause": "boredom"}, 400, "cause", id="unknown-cause"),
        pytest.param({"released_amount": 61000.5}, 400, "released_amount", id="a-float"),
        pytest.param({"released_currency": None}, 409, "released_currency", id="no-currency"),
        pytest.param({"released_amount": "0.001"}, 409, "released_amount", id="too-fine"),
    ],
)
def test_a_refused_stop_writes_nothing(send, make_pilot, fields, status, field):
    make_pilot()

    answer = send("pilots/CLM-1/stop/", WHOLE | fields)

    assert (answer.status_code, field in answer.content.decode()) == (status, True)
    assert (Pilot.objects.get().stage, Ending.objects.count()) == ("piloting", 0)


def test_a_hold_is_extended_in_one_step(send, make_pilot, by):
    pilot = make_pilot()
    hold_pilot(NewHold(pilot=pilot, reason="Storm", agreed_by="M.", review_on=date(2026, 12, 1)), by=by)

    done = send("pilots/CLM-1/hold/extend/", {"review_on": "2027-01-05", "reason": "No budget"})
    again = send("pilots/CLM-1/hold/extend/", {"review_on": "2026-12-20", "reason": "No budget"})

    assert (done.status_code, done.json()["hold_review_on"]) == (200, "2027-01-05")
    assert (again.status_code, "extending moves the review on" in again.content.decode()) == (409, True)
    assert Hold.objects.get().review_on == date(2027, 1, 5)

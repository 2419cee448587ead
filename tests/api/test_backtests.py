from datetime import timedelta

import pytest
import time_machine

from pilots.actions.backtest_run import DIED, work_off_backtests
from pilots.models import Backtest, RuleSetting
from tests.conftest import NOW, TODAY

BODY = {"program": "claims", "limits": {"warning": 50, "high": 200}, "days": 100}
ALL = "rules/R-08/backtests/"


@pytest.fixture(autouse=True)
def at_that_hour():
    with time_machine.travel(NOW, tick=False):
        yield


def faults(response):
    return [(fault["pointer"], fault["code"]) for fault in response.data["errors"]]


def test_limits_are_tried_and_read_until_they_are_done(api, make_pilot, program):
    old, new = (
        make_pilot(name, since=TODAY - timedelta(days=days)) for name, days in (("Old", 120), ("New", 70))
    )

    asked = api.post(ALL, BODY)

    row = Backtest.objects.get()
    assert (asked.status_code, asked.headers["Location"]) == (
        202,
        f"http://testserver/api/v1/rules/R-08/backtests/{row.pk}/",
    )
    assert asked.data == {
        "id": row.pk,
        "rule": "R-08",
        "program": "claims",
        "limits": {"warning": 50, "high": 200},
        "in_force": {"warning": 90, "high": 180},
        "first_on": "2026-08-11",
        "last_on": "2026-11-18",
        "asked_by": {"name": "Maren"} | asked.data["asked_by"],
        "asked_at": "2026-11-18T09:00:00Z",
        "finished_at": None,
        "state": "waiting",
        "percent": 0,
        "says": None,
        "error": None,
        "result": None,
    }
    work_off_backtests(lambda: NOW)
    done = api.get(asked.headers["Location"]).data
    assert (done["state"], done["percent"], done["finished_at"]) == ("done", 100, "2026-11-18T09:00:00Z")
    assert done["says"].startswith("By these limits 2 of 2 pilots would have been flagged, 1 more than")
    assert done["result"]["newly"] == [{"pilot": new.key, "since": "2026-10-30", "became": "open"}]
    assert done["result"]["proposed"]["flagged"] == 2
    assert [row["id"] for row in api.get(ALL).data["results"]] == [row.pk]
    assert "result" not in api.get(ALL).data["results"][0]
    assert not RuleSetting.objects.exists()
    assert old.key != new.key


@pytest.mark.parametrize(
    ("change", "status", "found"),
    [
        ({"limits": {"high": 20}}, 409, [("/limits/high", "order")]),
        ({"limits": {"often": 20}}, 409, [("/limits/often", "unknown")]),
        ({"limits": {"high": "20"}}, 400, [("/limits/high", "invalid")]),
        ({"days": 5}, 409, [("/days", "days")]),
        ({"program": "nowhere"}, 400, [("/program", "does_not_exist")]),
        ({"sooner": True}, 400, [("/sooner", "unknown")]),
    ],
)
def test_what_cannot_be_tried_is_named(api, program, change, status, found):
    answer = api.post(ALL, BODY | change)

    assert (answer.status_code, [pointer for pointer, _ in faults(answer)]) == (
        status,
        [pointer for pointer, _ in found],
    )
    assert not Backtest.objects.exists()


def test_who_may_not_set_limits_tries_none_and_reads_none(api, make_api, viewer, program):
    row = api.post(ALL, BODY).data["id"]
    other = make_api(viewer)

    assert other.post(ALL, BODY).status_code == 403
    assert other.get(ALL).data["results"] == []
    assert other.get(f"{ALL}{row}/").status_code == 404
    assert api.post(ALL, BODY | {"program": None}).status_code == 403
    assert api.get("rules/R-01/backtests/").data["results"] == []
    assert api.get(f"rules/R-01/backtests/{row}/").status_code == 404
    assert api.get("rules/R-999/backtests/").status_code == 404


def test_failure_is_told(api, program):
    row = api.post(ALL, BODY).data["id"]
    Backtest.objects.update(finished_at=NOW, error=DIED)

    found = api.get(f"{ALL}{row}/").data

    assert (found["state"], found["error"], found["result"]) == ("failed", DIED, None)

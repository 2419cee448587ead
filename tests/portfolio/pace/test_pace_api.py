"""Pace by the API: its shape, one view of it, refusals, who counts, and no more queries for more pilots."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pilots.actions.account import create_token
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, log_pilots
from pilots.calendar import Day
from pilots.models import Pilot
from portfolio.api.description import description
from portfolio.dashboards.filters import PARAMETERS

NOBODY = {
    "stays": 0,
    "moved_on": 0,
    "ended": 0,
    "gone_back": 0,
    "still_there": 0,
    "day_not_known": 0,
    "day_by_50": None,
    "day_by_85": None,
    "day_by_95": None,
    "enough": False,
}


@pytest.fixture
def ask(today, by_system):
    """Return what the API answers somebody."""

    def get(user, query="", **limits):
        _, secret = create_token(user=user, name="test", scopes={"read"}, by=by_system, **limits)
        return Client().get(f"/api/v1/pace/{query}", headers={"Authorization": f"Bearer {secret}"})

    return get


@pytest.fixture
def open_pilots(program, by_system):
    def log(count, since=date(2026, 1, 1)):
        news = [
            NewPilot(program=program, name=f"Pilot {number}", problem="Slow.", since=Day(since))
            for number in range(count)
        ]
        return log_pilots(news, by=by_system)

    return log


def test_answer_has_the_promised_shape(open_pilots, manager, ask):
    open_pilots(12)

    answer = ask(manager)

    whole = answer.json()
    views = whole.pop("sections")
    assert whole == {
        "as_of": "2026-11-18",
        "as_seen_by": "Maren",
        "entry": "piloting",
        "denominator": 12,
        "undated": 0,
        "young": 0,
    }
    assert {"time", "stages"} <= views.keys()
    curve, steps = views["time"].pop("curve"), views["time"].pop("steps")
    assert views["time"] == {
        "goal": "production",
        "enough": True,
        "n": 12,
        "arrived": 0,
        "stopped": 0,
        "open": 12,
        "end_not_known": 0,
        "arrived_day_not_known": 0,
        "imported": 0,
    }
    told = ("arrived", "stopped", "kaplan_meier")
    nobody = {f"{name}{end}": 0 for name in told for end in ("", "_low")}
    high = {f"{name}_high": pytest.approx(0.2425, abs=1e-4) for name in told}
    assert curve[0] == {"month": 0, "day": 0, "at_risk": 12, **nobody, **high}
    assert (curve[-1]["day"], curve[-1]["month"], curve[-1]["at_risk"]) == (321, 10.5, 12)
    assert [step["day"] for step in steps] == [0, 321]
    assert steps[0] == {key: curve[0][key] for key in steps[0]}
    assert views["stages"]["stages"] == [
        {"stage": "piloting", **NOBODY, "stays": 12, "still_there": 12},
        *({"stage": stage, **NOBODY} for stage in ("proven", "transition", "limited")),
    ]


def test_one_view_may_be_asked_for(open_pilots, manager, ask):
    open_pilots(1)

    assert list(ask(manager, "?view=stages").json()["sections"]) == ["stages"]
    assert ask(manager, "?view=time").json()["sections"]["time"]["curve"] == []
    assert ask(manager, "?view=time&entry=production").json()["sections"]["time"]["goal"] is None


def test_nobody_is_not_told_as_somebody_on_hold(open_pilots, manager, ask):
    open_pilots(1)

    answer = ask(manager, "?view=age&vendor=Nobody").json()

    assert (answer["denominator"], answer["sections"]["age"]["finding"]) == (0, "No pilot fits")
    assert ask(manager, "?view=age").json()["sections"]["age"]["finding"].startswith("One open pilot, and")


@pytest.mark.parametrize(
    ("query", "pointer", "detail"),
    [
        ("?view=speed", "?view", "“speed” is no view. Known: age, time, "),
        ("?as_of=2026-11-19", "?as_of", "Thu 19 Nov 2026 has not come yet. Choose a day up to today."),
        ("?program=finance", "?program", "There is no program “finance” that you can see."),
        ("?now=open", "?now", "“now” is no parameter."),
        ("?view=time&view=age", "?view", "“view” was sent 2 times. Send it once."),
    ],
)
def test_wrong_parameter_is_a_problem_that_names_it(other_program, manager, ask, query, pointer, detail):
    answer = ask(manager, query)

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    fault = answer.json()["errors"][0]
    assert fault["pointer"] == pointer
    assert fault["detail"].startswith(detail)


def test_confidential_pilot_is_counted_for_nobody_and_others_not_for_strangers(
    make_pilot, other_program, program, manager, executive, ask, by
):
    secret = make_pilot("Secret")
    make_pilot("Theirs", program=other_program)
    edit_pilot(Edit(pilot=secret, fields={"is_confidential": True}), by=by)

    assert ask(manager, "?view=time").json()["denominator"] == 0
    assert ask(executive, "?view=time").json()["sections"]["time"]["n"] == 1
    assert ask(executive, "?view=time", programs=[program]).json()["denominator"] == 0
    assert Client().get("/api/v1/pace/").status_code == 401


def test_queries_do_not_grow_with_pilots(open_pilots, manager, ask, client):
    def cost(path):
        client.force_login(manager)
        client.get(path)  # what is remembered between requests
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    paths = [
        f"{where}view={view}{day}"
        for where in ("/pace/?", "/api/v1/pace/?")
        for view in ("time", "stages")
        for day in ("", "&as_of=2026-11-01")
    ]
    open_pilots(1)
    few = [cost(path) for path in paths]
    open_pilots(99)

    assert [cost(path) for path in paths] == few
    assert Pilot.objects.count() == 100


def test_description_names_every_parameter():
    described = description()["paths"]["/api/v1/pace/"]["get"]

    assert {parameter["name"] for parameter in described["parameters"]} == {*PARAMETERS, "view"}

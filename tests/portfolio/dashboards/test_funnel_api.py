from datetime import date

import pytest
from django.test import Client

from pilots.actions.account import create_token
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, log_pilots
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from portfolio.api.description import description
from portfolio.dashboards.filters import PARAMETERS


@pytest.fixture
def ask(today, by_system):
    """Return what the API answers somebody."""

    def get(user, query="", **limits):
        _, secret = create_token(user=user, name="test", scopes={"read"}, by=by_system, **limits)
        return Client().get(f"/api/v1/funnel/{query}", headers={"Authorization": f"Bearer {secret}"})

    return get


def test_answer_has_the_promised_shape(make_pilot, manager, ask, by):
    make_pilot("Open")
    shown = make_pilot("Shown", since=date(2026, 9, 1))
    move_pilot(Move(pilot=shown, to=Stage.PROVEN, happened=Day(date(2026, 9, 11)), evidence="91 %"), by=by)
    make_pilot("Nobody knows when", since=None)

    answer = ask(manager)

    assert answer.status_code == 200
    nothing = {"reached": 0, "there_now": 0, "open": 0, "on_hold": 0, "ended": 0, "median_days": None}
    nothing |= {"moved_on": 0, "median_of": 0}
    deployed = {"production": 0}
    assert answer.json() == {
        "as_of": "2026-11-18",
        "as_seen_by": "Maren",
        "denominator": 2,
        "undated": 1,
        "young": 0,
        "undecided": 2,
        "sentence": "None of two reached production yet; all are undecided",
        "estimate": None,
        "stages": [
            {
                "stage": "piloting",
                "reached": 2,
                "there_now": 2,
                "moved_on": 1,
                "open": 1,
                "on_hold": 0,
                "ended": 0,
                "deployed": None,
                "conversion_from_previous": None,
                "conversion_from_entry": 1.0,
                "median_days": None,
                "median_of": 0,
            },
            {
                "stage": "proven",
                "reached": 1,
                "there_now": 1,
                "moved_on": 0,
                "open": 1,
                "on_hold": 0,
                "ended": 0,
                "deployed": None,
                "conversion_from_previous": 0.5,
                "conversion_from_entry": 0.5,
                "median_days": 10.0,
                "median_of": 1,
            },
            *(
                {
                    "stage": stage,
                    **nothing,
                    "deployed": deployed.get(stage),
                    "conversion_from_previous": previous,
                    "conversion_from_entry": 0.0,
                }
                for stage, previous in (("limited", 0.0), ("production", None), ("sustained", None))
            ),
        ],
        "benchmarks": [],
    }


def test_nothing_to_count_is_no_rate(program, manager, ask):
    answer = ask(manager).json()

    assert answer["denominator"] == 0
    assert (answer["sentence"], answer["estimate"]) == ("No pilot has entered Piloting yet", None)
    assert [bar["conversion_from_entry"] for bar in answer["stages"]] == [None] * 5


def test_base_rate_comes_with_its_caveat(program, manager, ask, by_system):
    started = Day(date(2025, 6, 1))
    news = [
        NewPilot(program=program, name=f"Pilot {number}", problem="Slow.", since=started)
        for number in range(10)
    ]
    log_pilots(news, by=by_system)

    compared = ask(manager, "?matured_months=8").json()["benchmarks"]

    assert [(rate["code"], rate["value"], rate["year"], rate["verified"]) for rate in compared] == [
        ("pilot-to-production", 0.12, None, False)
    ]
    assert "disputed" in compared[0]["caveat"]
    assert ask(manager).json()["benchmarks"] == []


@pytest.mark.parametrize(
    ("query", "pointer", "detail"),
    [
        ("?as_of=20026-01-01", "?as_of", "This is not a day. Write it like 2026-10-05."),
        ("?as_of=2026-11-19", "?as_of", "Thu 19 Nov 2026 has not come yet. Choose a day up to today."),
        ("?matured_months=-1", "?matured_months", "Write a whole number of months, from 1 to 600."),
        ("?known_at=yesterday", "?known_at", "This is not a moment. Write it like 2026-10-05T08:00:00Z."),
        ("?program=finance", "?program", "There is no program “finance” that you can see."),
        ("?limit=10", "?limit", "“limit” is no parameter."),
        ("?now=open", "?now", "“now” is no parameter."),
        ("?vendor=a&vendor=b", "?vendor", "“vendor” was sent 2 times. Send it once."),
    ],
)
def test_wrong_parameter_is_a_problem_that_names_it(
    make_pilot, other_program, manager, ask, query, pointer, detail
):
    make_pilot()

    answer = ask(manager, query)

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    fault = answer.json()["errors"][0]
    assert fault["pointer"] == pointer
    assert fault["detail"].startswith(detail)


def test_answer_reaches_as_far_as_the_token(make_pilot, other_program, program, executive, ask):
    make_pilot("Ours")
    make_pilot("Theirs", program=other_program)

    assert ask(executive).json()["denominator"] == 2
    assert ask(executive, programs=[program]).json()["denominator"] == 1


def test_confidential_pilot_is_counted_for_nobody(make_pilot, manager, ask, by):
    secret = make_pilot("Secret")
    assert ask(manager).json()["denominator"] == 1

    edit_pilot(Edit(pilot=secret, fields={"is_confidential": True}), by=by)

    assert ask(manager).json()["denominator"] == 0


def test_stranger_is_turned_away(client):
    assert client.get("/api/v1/funnel/").status_code == 401


def test_description_names_every_parameter():
    described = description()["paths"]["/api/v1/funnel/"]["get"]

    assert [parameter["name"] for parameter in described["parameters"]] == sorted([*PARAMETERS, "by"])


def test_description_says_the_same_of_a_parameter_as_the_list_does():
    paths = description()["paths"]
    of_list, of_funnel = (
        {found["name"]: found["schema"] for found in paths[f"/api/v1/{name}/"]["get"]["parameters"]}
        for name in ("pilots", "funnel")
    )
    of_funnel.pop("by")

    assert of_funnel == {name: of_list[name] for name in PARAMETERS}
    assert of_funnel["matured_months"] == {"type": "integer", "minimum": 1, "maximum": 600}

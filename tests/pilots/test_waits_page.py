from datetime import date, timedelta

import pytest
import time_machine

from pilots.lifecycle import Stage
from pilots.models import Waiting
from pilots.web.waits import took
from tests.conftest import NOW, TODAY

PAGE = "/pilots/waiting/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return lambda url=PAGE: client.get(url)


def wait(pilot, requirement="kpi-signed", on_role="legal", since=date(2026, 11, 3), **fields):
    return Waiting.objects.create(
        pilot=pilot, requirement=requirement, on_role=on_role, since=since, **fields
    )


def _told(response) -> list[tuple]:
    return [
        (function.role.value, function.count, [(row.pilot.key, row.title, row.days) for row in function.rows])
        for function in response.context["page"].functions
    ]


def test_what_waits_stands_by_function_longest_first(page, make_pilot):
    first, second = make_pilot(), make_pilot("Letters")
    wait(first)
    wait(second, since=date(2026, 10, 19), note="ticket 4711")
    wait(second, "evaluation", "security", since=TODAY)
    response = page()

    assert _told(response) == [
        (
            "legal",
            2,
            [
                ("CLM-2", "The business owner’s signature under the KPI", 30),
                ("CLM-1", "The business owner’s signature under the KPI", 15),
            ],
        ),
        ("security", 1, [("CLM-2", "An evaluation on every change", 0)]),
    ]
    content = response.content.decode()
    assert "Three requirements wait for somebody." in content
    assert "since Mon 19 Oct, 30 days" in content
    assert "ticket 4711" in content
    assert 'href="/pilots/?waiting=legal"' in content


def test_what_is_over_ended_hidden_or_elsewhere_is_not_there(page, make_pilot, other_program):
    wait(make_pilot(), until=date(2026, 11, 5))
    wait(make_pilot("Over", stage=Stage.STOPPED))
    wait(make_pilot("Hidden", is_confidential=True))
    wait(make_pilot("Elsewhere", program=other_program))
    response = page()

    assert _told(response) == []
    assert "Nothing waits for anybody." in response.content.decode()


@pytest.mark.parametrize(
    ("ended", "sentence"),
    [
        ([], "None has ended within a year, so nothing can be said of how long it takes."),
        ([3], "One has ended within a year: too few to say how long it takes."),
        ([3] * 9, "Nine have ended within a year: too few to say how long it takes."),
        ([1] * 5 + [4] * 5, "Half of the 10 that ended within a year took 2.5 days or less."),
        ([1] * 11, "Half of the 11 that ended within a year took 1 day or less."),
    ],
)
def test_how_long_it_takes_is_said_from_ten_on(ended, sentence):
    assert took(ended) == sentence


@pytest.mark.parametrize("count", [1, 100])
def test_the_page_costs_the_same_for_any_number(page, make_pilot, count, django_assert_num_queries):
    pilot = make_pilot()
    Waiting.objects.bulk_create(
        Waiting(pilot=pilot, requirement=f"r{number}", on_role="legal", since=TODAY - timedelta(days=number))
        for number in range(count)
    )
    page("/people/")
    with django_assert_num_queries(10):
        response = page()
    assert len(response.context["page"].functions[0].rows) == min(count, 20)

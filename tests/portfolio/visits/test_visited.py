from datetime import date

import pytest

from portfolio.visits.actions import seen_before, visited
from portfolio.visits.models import Visit

MONDAY, TUESDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 20)


def test_first_visit_has_none_before_it(manager):
    assert visited(manager, "funnel", MONDAY) is None
    assert visited(manager, "funnel", MONDAY) is None
    assert seen_before(manager, "funnel", MONDAY) is None


def test_visits_of_one_day_keep_the_day_before_them(manager, executive):
    visited(manager, "funnel", MONDAY)

    assert [visited(manager, "funnel", day) for day in (TUESDAY, TUESDAY, FRIDAY, FRIDAY)] == [
        MONDAY,
        MONDAY,
        TUESDAY,
        TUESDAY,
    ]
    assert visited(executive, "funnel", FRIDAY) is None
    assert visited(manager, "pace", FRIDAY) is None


def test_clock_that_went_back_loses_nothing(manager):
    for day in (MONDAY, FRIDAY):
        visited(manager, "funnel", day)

    assert visited(manager, "funnel", TUESDAY) == MONDAY
    assert Visit.objects.get(user=manager).last_on == FRIDAY


@pytest.mark.parametrize(
    ("method", "headers", "notes"),
    [
        pytest.param("get", {}, True, id="opened"),
        pytest.param("head", {}, False, id="head"),
        pytest.param("get", {"Sec-Purpose": "prefetch;prerender"}, False, id="prefetch"),
        pytest.param("get", {"Purpose": "prefetch"}, False, id="older-prefetch"),
        pytest.param("get", {"HX-Request": "true"}, False, id="swap"),
    ],
)
def test_only_a_page_that_somebody_opened_is_a_visit(client, manager, method, headers, notes):
    client.force_login(manager)

    assert getattr(client, method)("/funnel/", headers=headers).status_code == 200
    assert Visit.objects.exists() is notes
    assert client.get("/funnel/?vendor=a&vendor=b").status_code == 200  # cannot be read, shows no number
    assert Visit.objects.exists() is notes


def test_swap_tells_the_same_days_without_a_visit(client, manager):
    visited(manager, "funnel", MONDAY)
    client.force_login(manager)

    swap = client.get("/funnel/", headers={"HX-Request": "true"})

    assert "What changed since your last visit" in swap.content.decode()
    assert seen_before(manager, "funnel", FRIDAY) == MONDAY

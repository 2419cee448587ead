from datetime import date
from unittest.mock import patch

import pytest
from django.db import OperationalError, connection

from portfolio.visits.actions import PATIENCE, note, seen_before, visited
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


def test_visit_that_cannot_be_noted_costs_no_page(client, manager, caplog):
    """Another writer holds the lock for longer than the page waits."""
    visited(manager, "funnel", MONDAY)
    client.force_login(manager)

    with patch.object(Visit.objects, "get_or_create", side_effect=OperationalError("database is locked")):
        page = client.get("/funnel/")

    assert page.status_code == 200
    assert "What changed since your last visit" in page.content.decode()
    assert "A visit of funnel was not noted." in caplog.text
    assert Visit.objects.get(user=manager).last_on == MONDAY
    client.get("/funnel/")
    assert Visit.objects.get(user=manager).previous_on == MONDAY


def test_noting_waits_for_a_moment_only(manager):
    if connection.vendor != "sqlite":
        pytest.skip("Only on SQLite do writers queue for the whole file.")

    def patience():
        with connection.cursor() as cursor:
            return cursor.execute("PRAGMA busy_timeout").fetchone()[0]

    usual, seen = patience(), []
    with patch("portfolio.visits.actions.visited", side_effect=lambda *_: seen.append(patience())):
        note(manager, "funnel", MONDAY)

    assert (seen, patience()) == ([PATIENCE], usual)


def test_swap_tells_the_same_days_without_a_visit(client, manager):
    visited(manager, "funnel", MONDAY)
    client.force_login(manager)

    swap = client.get("/funnel/", headers={"HX-Request": "true"})

    assert "What changed since your last visit" in swap.content.decode()
    assert seen_before(manager, "funnel", FRIDAY) == MONDAY

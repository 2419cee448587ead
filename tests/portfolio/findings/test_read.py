"""Findings as one reader gets them: on the page, for machines, at a fixed cost."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Source
from pilots.actions.account import create_token
from pilots.actions.by import By
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.replays import Then
from pilots.web.scope import Scope
from portfolio.benchmarks.actions import switch_benchmark
from portfolio.benchmarks.catalogue import PILOT_TO_PRODUCTION
from portfolio.dashboards.benchmarks import LEFT_OUT
from portfolio.findings.read import month_ends, read_conversion, read_findings, read_waits
from portfolio.findings.rules import Finding, NotKnown
from tests.conftest import NOW

TODAY = date(2026, 11, 18)


@pytest.fixture(autouse=True)
def at_that_hour():
    with time_machine.travel(NOW, tick=False):
        yield


def test_month_ends_are_the_last_ones_that_are_over():
    assert month_ends(date(2026, 3, 31), 3) == [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)]


def test_waits_are_those_of_each_month_end(make_pilot):
    make_pilot("Waits", stage=Stage.PROVEN, since=date(2026, 9, 10))
    make_pilot("Live", stage=Stage.LIMITED, since=date(2026, 7, 1))
    make_pilot("Unknown", stage=Stage.PROVEN, since=None)

    assert read_waits(Pilot.objects.all(), TODAY) == {
        date(2026, 7, 31): [],
        date(2026, 8, 31): [],
        date(2026, 9, 30): [20],
        date(2026, 10, 31): [51],
    }


def test_waits_are_read_some_at_a_time_and_come_to_the_same(make_pilot, monkeypatch):
    for number in range(5):
        make_pilot(f"Waits {number}", stage=Stage.PROVEN, since=date(2026, 8, 1 + number))
    at_once = read_waits(Pilot.objects.all(), TODAY)
    monkeypatch.setattr("pilots.chunks.CHUNK", 2)
    sizes = []
    monkeypatch.setattr(
        "portfolio.findings.read.Then",
        lambda some, **named: sizes.append(some.count()) or Then(some, **named),
    )

    assert read_waits(Pilot.objects.all(), TODAY) == at_once
    assert sizes == [2, 2, 1]


@pytest.fixture
def stuck(make_pilot, make_flag):
    def make(count, *, is_quiet=False, **fields):
        for number in range(count):
            make_flag(make_pilot(f"Stuck {number}", **fields), "R-08", health="stalled")
        Pilot.objects.update(quiet_until=TODAY if is_quiet else None)

    return make


def test_page_and_api_say_the_same_of_what_one_sees(client, viewer, stranger, by_system, stuck):
    stuck(3)
    client.force_login(viewer)

    page = client.get("/stalled/").content.decode()
    answers = []
    for user in (viewer, stranger):
        _, secret = create_token(user=user, name="test", scopes={"read"}, by=by_system)
        bearer = {"Authorization": f"Bearer {secret}"}
        answers.append(Client().get("/api/v1/findings/", headers=bearer).json())

    assert [(one["code"], one["sentence"]) for one in answers[0]["found"]] == [
        ("R-94", "Never proven: 3 pilots.")
    ]
    assert "Never proven: 3 pilots." in page
    assert [one["code"] for one in answers[0]["not_known"]] == ["R-90"]
    assert answers[1] == {"found": [], "not_known": []}


def test_confidential_pilots_are_in_no_finding(executive, stuck):
    stuck(3)
    Pilot.objects.update(is_confidential=True)

    found = read_findings(Scope(executive).counted, at=NOW)

    assert (found.found, found.not_known) == ([], [])


def test_quiet_days_hold_no_blocker(executive, stuck):
    stuck(3, is_quiet=True)

    assert read_findings(Scope(executive).counted, at=NOW).found == []


def test_a_published_figure_that_is_left_out_compares_nothing(make_pilot, administrator):
    for number in range(10):
        make_pilot(f"Pilot {number}", since=date(2025, 1, 6))
    assert isinstance(read_conversion(Pilot.objects.all(), TODAY), Finding)

    by = By(user=administrator, at=NOW, source=Source.WEB)
    switch_benchmark(PILOT_TO_PRODUCTION, is_on=False, by=by)

    told = read_conversion(Pilot.objects.all(), TODAY)
    assert isinstance(told, NotKnown)
    assert LEFT_OUT in told.sentence


def test_any_number_of_pilots_costs_the_same(viewer, stuck):
    costs = []
    for count in (1, 9):
        stuck(count, stage=Stage.PROVEN, since=date(2026, 3, 1))
        with CaptureQueriesContext(connection) as queries:
            read_findings(Scope(viewer).counted, at=NOW)
        costs.append(len(queries))

    assert costs[0] == costs[1] <= 22

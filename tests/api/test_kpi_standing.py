"""Where a KPI stands, through the API: its newest readings and its attainment, numbers as text."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.measurement import NewReading, record_readings
from kpis.models import Kpi
from kpis.oneline import read_kpi
from kpis.terms import Entry, Provenance


@pytest.fixture
def kpi(make_pilot, by) -> Kpi:
    return define_kpi(NewKpi(pilot=make_pilot(), line=read_kpi("Handling time 14 → 9 min")), by=by)


@pytest.fixture
def measure(by):
    def measure(kpi, value, day, provenance, cases=None):
        at = datetime(2026, 10, day, 12, tzinfo=UTC)
        new = NewReading(
            kpi=kpi, value=Decimal(value), provenance=provenance, measured_at=at, sample_size=cases
        )
        return record_readings([new], entry=Entry.API, by=by)[0].measurement

    return measure


def test_a_kpi_without_readings_stands_nowhere(api, kpi):
    shown = api.get("kpis/CLM-1/handling-time/").data

    assert (shown["latest"], shown["latest_real"], shown["attainment"]) == (None, None, None)


def test_attainment_is_that_of_the_newest_real_reading(api, kpi, measure):
    real = measure(kpi, "12.5", 1, Provenance.SHADOW, cases=400)
    demo = measure(kpi, "9", 2, Provenance.DEMO)

    shown = api.get("kpis/CLM-1/handling-time/").data

    assert shown["attainment"] == "0.3"
    assert shown["latest_real"] == {
        "id": real.pk,
        "value": "12.5",
        "measured_at": "2026-10-01T12:00:00Z",
        "provenance": "shadow",
        "sample_size": 400,
        "model_version": None,
    }
    assert (shown["latest"]["id"], shown["latest"]["provenance"]) == (demo.pk, "demo")


def test_attainment_has_six_places(api, kpi, by, measure):
    measure(define_kpi(NewKpi(pilot=kpi.pilot, line=read_kpi("Answers 0 → 3 a day")), by=by), "1", 1, "live")

    assert api.get("kpis/CLM-1/answers/").data["attainment"] == "0.333333"


def test_a_list_reads_all_standings_at_once(api, kpi, by, measure):
    measure(kpi, "12.5", 1, Provenance.SHADOW)
    with CaptureQueriesContext(connection) as one:
        api.get("kpis/")
    for number in range(20):
        new = NewKpi(pilot=kpi.pilot, line=read_kpi(f"Number {number} letters 9 → 1"))
        measure(define_kpi(new, by=by), "5", 1, Provenance.LIVE)

    with CaptureQueriesContext(connection) as many:
        answer = api.get("kpis/")

    assert len(many) == len(one)
    assert [row["attainment"] for row in answer.data["results"]] == ["0.3", *["0.5"] * 20]

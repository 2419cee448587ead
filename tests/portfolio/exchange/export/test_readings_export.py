import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.measurement import (
    Correction,
    NewReading,
    WithdrawReading,
    correct_reading,
    record_readings,
    withdraw_reading,
)
from kpis.oneline import read_kpi
from kpis.terms import Entry, Provenance
from pilots.access.models import Event
from pilots.actions.model_version import NewModelVersion, add_model_version
from tests.conftest import NOW, TODAY

ADDRESS = "/pilots/CLM-1/kpis/readings/export/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kpi(make_pilot, by):
    pilot = make_pilot()
    return define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)


@pytest.fixture
def record(kpi, by):
    def record(value="9.4", day=1, **fields):
        at = datetime(2026, 11, day, 12, tzinfo=UTC)
        new = NewReading(
            kpi=kpi, value=Decimal(value), provenance=Provenance.SHADOW, measured_at=at, **fields
        )
        return record_readings([new], entry=Entry.FORM, by=by)[0].measurement

    return record


@pytest.fixture
def rows(client, manager):
    client.force_login(manager)

    def rows() -> list[dict]:
        content = b"".join(client.get(ADDRESS).streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(content)))

    return rows


def test_export_tells_everything_of_a_reading(rows, record, kpi, by):
    version = add_model_version(NewModelVersion(pilot=kpi.pilot, label="=v3", changed_on=TODAY), by=by)
    record(
        window_from=date(2026, 10, 25),
        sample_size=412,
        model_version=version,
        note="@first",
        source="a",
        external_id="r1",
    )

    assert rows() == [
        {
            "KPI": "Handling time",
            "Code": "handling-time",
            "Measured": "2026-11-01 12:00",
            "Covers since": "2026-10-25",
            "Value": "9.4",
            "Unit": "min",
            "Measured in": "Shadow",
            "Cases": "412",
            "Version of the model": "'=v3",
            "Holds": "yes",
            "Revision": "1",
            "Corrected because": "",
            "Withdrawn because": "",
            "Note": "'@first",
            "Source": "a",
            "External id": "r1",
            "Came": "by hand",
            "Recorded": "2026-11-18 09:00",
            "By": "Maren",
        }
    ]


def test_what_holds_no_more_is_there_and_marked(rows, record, by):
    wrong, gone = record("1", day=2), record("2", day=3)
    record("3", day=4)
    correct_reading(Correction(measurement=wrong, fields={"value": Decimal(9)}, reason="Typo"), by=by)
    withdraw_reading(WithdrawReading(measurement=gone, reason="Test data"), by=by)

    told = ("Value", "Holds", "Revision", "Corrected because", "Withdrawn because")
    assert [tuple(row[name] for name in told) for row in rows()] == [
        ("1", "no, corrected", "1", "Typo", ""),
        ("9", "yes", "2", "", ""),
        ("2", "no, withdrawn", "1", "", "Test data"),
        ("3", "yes", "1", "", ""),
    ]


def test_workbook_holds_the_same(exported_sheet, record):
    record()

    [row] = exported_sheet(ADDRESS)
    assert (row["Code"], row["Measured"], row["Value"], row["Measured in"]) == (
        "handling-time",
        datetime(2026, 11, 1, 12),
        9.4,
        "Shadow",
    )


def test_export_is_written_down_and_costs_the_same_for_any_number(client, manager, record, rows):
    counts = []
    for number in (1, 30):
        for day in range(number):
            record(day=day % 17 + 1)
        with CaptureQueriesContext(connection) as asked:
            rows()
        counts.append(len(asked))

    assert counts[0] == counts[1]
    event = Event.objects.filter(verb="list.exported").latest("id")
    assert (event.subject, event.after) == ("readings", {"rows": 31, "format": "csv", "asked": "clm-1"})


def test_export_is_for_whoever_sees_the_pilot(client, viewer, stranger, kpi):
    client.force_login(viewer)
    assert client.get(ADDRESS).status_code == 200
    client.force_login(stranger)
    assert client.get(ADDRESS).status_code == 404

"""Thirty days with a few users: measured, looked back on, concluded, and taken along to the next move."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from playwright.sync_api import expect

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.measurement import NewReading, record_readings
from kpis.models import Report
from kpis.oneline import read_kpi
from kpis.terms import Entry, Provenance
from pilots.actions.owner import Contact
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.journeys.conftest import acting, fill, press
from tests.passing import ALL_GATES, waive_gates

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

SEEN = "Handling time 14 to 10 min for 31 days, no complaint."


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 11, 18, 9, 30, tzinfo=UTC)) as traveller:
        yield traveller


@pytest.fixture
def pilot(make_pilot, manager):
    """In limited use for 31 days, and measured in them; once before, in the shadow."""
    owner = Contact(name="Marguerite Delacroix-Fontaine")
    pilot = make_pilot(
        "Glass-repair invoice check", stage=Stage.LIMITED, since=date(2026, 10, 18), owner=owner
    )
    kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=acting(manager))
    readings = (
        ("8", Provenance.SHADOW, date(2026, 10, 10)),
        ("11", Provenance.LIMITED, date(2026, 10, 30)),
        ("10", Provenance.LIMITED, date(2026, 11, 13)),
    )
    news = [
        NewReading(kpi=kpi, value=Decimal(value), provenance=provenance, measured_at=day, sample_size=180)
        for value, provenance, day in readings
    ]
    record_readings(news, entry=Entry.FORM, by=acting(manager))
    waive_gates(pilot, *ALL_GATES)
    return pilot


def test_thirty_days_are_concluded_and_lead_to_production(visitor, manager, pilot):
    visitor.sign_in(manager.email)
    page = visitor.open("/pilots/CLM-1/kpis/")
    page.get_by_role("link", name="Begin a report").click()
    page.get_by_label("30-day measurement").check()
    visitor.look()
    press(page, "Begin it")

    figures = page.get_by_role("table", name="Each KPI in the days of this report")
    row = figures.get_by_role("row").filter(has_text="Handling time")
    for words in ("14 min", "10 min", "9 min", "80 %", "180 cases", "2 readings"):
        expect(row).to_contain_text(words)  # the shadow run is none of them
    visitor.look()
    fill(page, {"Incidents": "One hour without answers on 2 Nov."})
    press(page, "Save the draft")
    expect(page.get_by_text("The draft is saved.")).to_be_visible()

    page.get_by_label("Expand").check()
    press(page, "Publish it")
    expect(page.get_by_text("Say in a sentence why: what was seen against the baseline.")).to_be_visible()
    expect(page.get_by_label("Expand")).to_be_checked()
    visitor.look()
    assert Report.objects.get().published_at is None
    fill(page, {"What was seen": SEEN})
    press(page, "Publish it")
    expect(page.get_by_role("heading", name="Expand")).to_be_visible()
    expect(page.get_by_text("nothing in it changes any more")).to_be_visible()
    visitor.look()

    page.get_by_role("link", name="Move it to In production…").click()
    expect(page.get_by_label("Evidence")).to_have_value(f"30-day measurement: {SEEN}")
    press(page, "Move on to In production")
    page.wait_for_url("**/pilots/CLM-1/")
    assert Pilot.objects.get().at_stage is Stage.PRODUCTION
    page = visitor.open("/pilots/CLM-1/kpis/")
    expect(page.locator("#reports")).to_contain_text("Published Wed 18 Nov by Maren")
    expect(page.locator("#reports")).to_contain_text("Expand")

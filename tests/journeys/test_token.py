"""A tool of one's own: a token for the readings of one pilot, made, used by a shell, and good for no more."""

import re
import subprocess
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.models import Measurement
from kpis.oneline import read_kpi
from pilots.access.models import ApiToken
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.journeys.conftest import acting, press

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def in_a_shell(line: str) -> str:
    """Run a line as somebody who copied it would; return what it prints."""
    ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30, check=True)
    return ran.stdout


def test_line_of_the_page_sends_a_reading_and_nothing_else(
    visitor, live_server, settings, manager, make_pilot
):
    settings.SITE_URL = live_server.url
    pilot = make_pilot("Glass-repair invoice check", stage=Stage.TRANSITION)
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=acting(manager))
    visitor.sign_in(manager.email)

    page = visitor.open("/pilots/CLM-1/kpis/")
    page.get_by_role("link", name="Send from a tool").click()
    visitor.look()
    press(page, "Make the token")
    expect(page.get_by_role("heading", name="The token is made")).to_be_visible()
    visitor.look()
    line = page.locator("#line").inner_text()
    secret = page.locator("#secret").inner_text()
    assert ApiToken.objects.get().pilot_ids == [pilot.pk]

    answer = in_a_shell(line.replace('"12345"', '"11.5"').replace("demo", "shadow"))
    assert '"11.5"' in answer
    assert Measurement.objects.get().value == Decimal("11.5")
    page = visitor.open("/pilots/CLM-1/kpis/handling-time/")
    row = page.locator("#readings tbody tr")
    expect(row).to_contain_text("11.5 min")
    expect(row).to_contain_text("Shadow")
    expect(row).to_contain_text("Through the API")

    address = f"{live_server.url}/api/v1/pilots/CLM-1/move/"
    headers = f"-H 'Authorization: Bearer {secret}' -H 'Content-Type: application/json'"
    moved = in_a_shell(f"""curl -s -w ' %{{http_code}}' {address} {headers} -d '{{"to": "stopped"}}'""")
    assert moved.endswith(" 403"), moved
    assert Pilot.objects.get().at_stage is Stage.TRANSITION

    page = visitor.open("/accounts/tokens/")
    expect(page.get_by_role("table")).to_contain_text("Readings of CLM-1")
    page.get_by_role("link", name=re.compile("^Revoke")).click()
    visitor.look()
    press(page, "Revoke it")
    refused = in_a_shell(f"{line} -s -o /dev/null -w '%{{http_code}}'")
    assert refused == "401"
    assert Measurement.objects.count() == 1

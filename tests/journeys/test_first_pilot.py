"""From signing in to the funnel: the way of a program manager on the first day."""

import re

import pytest
from playwright.sync_api import expect

from pilots.access.models import Event
from pilots.models import Pilot
from tests.journeys.conftest import PHONE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def log_a_pilot(page):
    page.get_by_role("link", name="Log pilot").first.click()
    page.get_by_label("Name").fill("Glass-repair invoice check")
    page.get_by_label(re.compile("^Problem")).fill("It takes 14 minutes to check one windscreen invoice.")
    page.get_by_label(re.compile("^Owner")).fill("Marguerite Delacroix-Fontaine")
    page.get_by_label(re.compile("^In this stage since")).fill("October 2026")
    page.get_by_label(re.compile("^The number that should move")).fill("Handling time 14 → 9 min")
    page.get_by_role("button", name="Log pilot").click()
    page.wait_for_url("**/pilots/CLM-1/")


def test_sign_in_log_a_pilot_move_it_and_see_it_in_the_funnel(visitor, manager):
    visitor.sign_in("maren@example.com")
    visitor.look()
    page = visitor.page
    visitor.open("/pilots/new/")
    log_a_pilot(page)
    visitor.look()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Glass-repair invoice check")
    assert Pilot.objects.get().kpis.get().name == "Handling time"

    page.get_by_role("link", name=re.compile("^Move")).first.click()
    visitor.look()
    page.get_by_role("link", name="On to Proven").click()
    page.get_by_role("button", name=re.compile("^Move")).click()
    expect(page.get_by_text("Say how it was measured").first).to_be_visible()
    visitor.look()
    page.get_by_label(re.compile("measured|Evidence", re.IGNORECASE)).fill("91 % of 400 invoices, read twice")
    page.get_by_role("button", name=re.compile("^Move")).click()
    page.wait_for_url("**/pilots/CLM-1/")
    assert Pilot.objects.get().stage == "proven"
    assert set(Event.objects.values_list("verb", flat=True)) >= {
        "pilot.created",
        "pilot.moved",
        "kpi.defined",
    }

    visitor.open("/funnel/")
    row = page.get_by_role("row", name=re.compile("^Proven"))
    expect(row.get_by_role("link").first).to_have_text("1")
    row.get_by_role("link").first.click()
    expect(page.get_by_role("link", name="Glass-repair invoice check")).to_be_visible()
    visitor.look()


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (None, "dark")])
def test_every_page_holds_on_a_phone_and_in_the_dark(make_visitor, manager, make_pilot, viewport, scheme):
    pilot = make_pilot()
    visitor = make_visitor(scheme=scheme, **({"viewport": viewport} if viewport else {}))
    visitor.sign_in("maren@example.com")

    for path in ("/", "/pilots/", "/pilots/new/", "/funnel/"):
        visitor.open(path)
    for tab in ("", "move/", "hold/", "check-in/", "edit/", "people/", "history/"):
        visitor.open(f"/pilots/{pilot.key}/{tab}")
        width = visitor.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert width <= 0, f"{tab} scrolls sideways by {width} px"


def test_pages_work_without_javascript(make_visitor, manager):
    visitor = make_visitor(java_script_enabled=False)
    page = visitor.page
    page.goto(visitor.address + "/accounts/login/")
    page.get_by_label("E-mail").fill("maren@example.com")
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Sign in", exact=True).click()
    log_a_pilot(page)

    page.goto(visitor.address + "/pilots/?search=invoice")
    expect(page.get_by_role("link", name="Glass-repair invoice check")).to_be_visible()
    page.goto(visitor.address + "/funnel/")
    expect(page.get_by_role("row", name=re.compile("^Piloted"))).to_be_visible()

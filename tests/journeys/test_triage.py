"""Monday's triage of what is stuck, by keyboard alone: counted, so that forty of them stay ten minutes."""

import re
import time

import pytest
from playwright.sync_api import expect

from pilots.access.models import Event
from pilots.models import Flag, Pilot
from pilots.rules.registry import Severity
from tests.journeys.conftest import PHONE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

FOCUS = "() => document.activeElement.id"
REASON = "Budget comes in January."


@pytest.fixture
def stuck(make_pilot, make_flag):
    """Six pilots, one flag each, worst first by number."""
    for number in range(1, 7):
        severity = Severity.CRITICAL if number < 3 else Severity.HIGH
        make_flag(make_pilot(f"Pilot {number}"), severity=severity, health="stalled")
    Pilot.objects.update(quiet_until=None)
    return {flag.pilot.key: flag.pk for flag in Flag.objects.select_related("pilot")}


def on(page, place):
    """Wait until the focus is on a pilot of the list."""
    expect(page.locator(f"#{place}")).to_be_focused()


def test_list_is_gone_through_without_a_mouse(stuck, make_visitor, manager, contributor):
    visitor = make_visitor()
    visitor.sign_in(manager.email)
    page = visitor.open("/stalled/?rule=R-01")
    page.add_init_script("addEventListener('pointerdown', () => console.error('A mouse was used.'), true)")
    keys = page.keyboard

    keys.press("j")
    keys.press("ArrowDown")
    keys.press("k")
    on(page, "pilot-CLM-1")

    # Two keys and a reason for each: s, the reason, Enter. Then the focus is on the next one.
    begun = time.monotonic()
    for number in (1, 2):
        keys.press("s")
        expect(page.get_by_label("Why")).to_be_focused()
        keys.type(REASON)  # s, k, j and ? are letters here
        keys.press("Enter")
        page.wait_for_url(f"**/stalled/?rule=R-01#pilot-CLM-{number + 1}")
        on(page, f"pilot-CLM-{number + 1}")
    each = (time.monotonic() - begun) / 2
    assert each < 5, f"{each:.1f} s of waiting for each of forty flags is too long."

    # Somebody else sees to it; it stays, and the focus goes on all the same.
    keys.press("a")
    expect(page.get_by_label("Who sees to it")).to_be_focused()
    visitor.look()
    keys.type(contributor.name)
    keys.press("Tab")
    keys.press("Enter")
    on(page, "pilot-CLM-4")
    expect(page.get_by_role("listitem").filter(has_text="CLM-3")).to_contain_text(contributor.name)

    # Left as it is: back to the same one.
    keys.press("s")
    page.wait_for_url("**/snooze/**")
    page.get_by_role("link", name="Cancel").press("Enter")
    on(page, "pilot-CLM-4")

    # Three at once, with one reason and four weeks.
    for key in ("x", "j", "x", "j", "x", "s"):
        keys.press(key)
    page.wait_for_url("**/stalled/flags/snooze/**")
    keys.type(REASON)
    keys.press("Tab")
    keys.press("ArrowDown")
    keys.press("Enter")
    on(page, "pilot-CLM-3")

    assert Event.objects.filter(verb="flag.snoozed", reason=REASON).count() == 5
    days = {key: Flag.objects.get(pk=pk).snoozed_until for key, pk in stuck.items()}
    assert days.pop("CLM-3") is None
    assert (days["CLM-6"] - days["CLM-1"]).days == 14
    assert Flag.objects.get(pk=stuck["CLM-3"]).assignee == contributor

    keys.press("o")
    page.wait_for_url("**/pilots/CLM-3/")


def test_keys_are_told_and_can_be_switched_off(stuck, make_visitor, manager):
    visitor = make_visitor(scheme="dark")
    visitor.sign_in(manager.email)
    page = visitor.open("/stalled/")

    page.keyboard.press("?")
    expect(page.get_by_text("snooze it, or the ticked ones")).to_be_visible()
    visitor.look()
    page.get_by_label(re.compile("^Use single keys")).uncheck()
    page.keyboard.press("j")
    page.keyboard.press("n")
    assert page.evaluate(FOCUS) == ""
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate(FOCUS) == ""
    page.locator("[data-triage-help] summary").press("Enter")
    page.get_by_label(re.compile("^Use single keys")).check()
    page.keyboard.press("j")
    on(page, "pilot-CLM-1")

    phone = make_visitor(viewport=PHONE)
    phone.sign_in(manager.email)
    for path in ("/stalled/", "/stalled/flags/assign/?pilot=CLM-1"):
        phone.open(path)
        width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert phone.page.evaluate(width) <= 0


def test_strange_fragment_and_empty_list_break_nothing(stuck, make_visitor, manager):
    visitor = make_visitor()
    visitor.sign_in(manager.email)
    page = visitor.open("/stalled/#%")
    faults = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))

    page.reload()
    page.keyboard.press("j")
    on(page, "pilot-CLM-1")
    # A box that is ticked is no field that is typed into, for these keys and for those of every page alike.
    page.keyboard.press("x")
    page.locator("[data-triage] .check").first.focus()
    page.keyboard.press("/")
    expect(page.get_by_label("Search pilots")).to_be_focused()

    page.add_init_script(
        "addEventListener('readystatechange', () => "
        "document.querySelectorAll('[data-triage-row]').forEach((row) => row.remove()), true)"
    )
    page.goto(page.url.split("#")[0] + "#first")
    page.reload()
    page.keyboard.press("j")
    assert faults == []

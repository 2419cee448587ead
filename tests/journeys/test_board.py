"""A manager moves pilots on the board by keyboard and by pointer; a refusal stands on the card."""

import pytest
from playwright.sync_api import expect

from pilots.actions.owner import Contact
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.journeys.conftest import PHONE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_board_by_keyboard_and_by_pointer(make_visitor, manager, make_pilot):
    make_pilot(stage=Stage.PROVEN, owner=Contact(name="Tomasz"))
    make_pilot("Letters")
    visitor = make_visitor()
    visitor.sign_in(manager.email)
    page = visitor.open("/pilots/board/")
    says, plan, proven = (
        page.locator(place)
        for place in ("[data-board-says]", "[data-column=transition]", "[data-column=proven]")
    )

    # With Shift the arrow is the browser's; alone, two keys: the arrow chooses, Enter moves.
    page.locator("#card-CLM-1").get_by_role("link", name="Claims triage").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(says).to_have_text("")
    page.keyboard.press("ArrowRight")
    expect(says).to_have_text("On to 90-day plan. Press Enter to move it.")
    page.keyboard.press("Enter")
    expect(plan.locator("#card-CLM-1")).to_be_visible()
    expect(says).to_have_text("Claims triage moved to 90-day plan.")
    expect(page.locator("#card-CLM-1 a.t")).to_be_focused()
    assert Pilot.objects.get(key="CLM-1").stage == "transition"

    # A refusal stands on the card, and the card where it was.
    page.locator("#card-CLM-2").drag_to(proven)
    refusal = page.locator("#card-CLM-2").get_by_role("alert")
    expect(refusal).to_contain_text("Say how it was measured: a link or a sentence with the figure.")
    expect(page.locator("[data-column=piloting] #card-CLM-2")).to_be_visible()
    visitor.look()
    refusal.get_by_role("link", name="Move it with all that it needs").click()
    page.wait_for_url("**/pilots/CLM-2/move/?to=proven")
    assert Pilot.objects.get(key="CLM-2").stage == "piloting"


def test_board_on_a_phone_in_the_dark(make_visitor, manager, make_pilot):
    make_pilot()
    visitor = make_visitor(viewport=PHONE, scheme="dark")
    visitor.sign_in(manager.email)
    page = visitor.open("/pilots/board/")

    page.locator("#card-CLM-1 summary").click()
    page.get_by_label("Where CLM-1 goes").select_option("stopped")
    page.get_by_role("button", name="Move it").click()

    expect(page.get_by_role("alert")).to_contain_text("Say why it is stopped: the next team learns from it.")
    visitor.look()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

"""What people do every week, by keyboard alone; counted, so that it stays quick."""

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.models import Measurement, Report
from kpis.oneline import read_kpi
from pilots.access.permissions import OwnerRole
from pilots.actions.milestone import NewMilestone, add_milestone
from pilots.actions.waiting import NewWait, wait_for
from pilots.lifecycle import Stage
from pilots.models import LogEntry, Milestone, Pilot
from tests.journeys.conftest import PHONE, acting

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

FOCUSED = """() => {
  const now = document.activeElement;
  const labels = now.labels ? [...now.labels].map((label) => label.innerText).join(" ") : "";
  return [now.ariaLabel, labels, now.innerText, now.name, now.id]
    .filter(Boolean).map((words) => words.replace(/\\s+/g, " ").trim()).join(" | ");
}"""
SEEN = """() => {
  const now = document.activeElement;
  if (now === document.body) return true;
  const box = now.getBoundingClientRect();
  const style = getComputedStyle(now);
  const around = now.closest("label") ? getComputedStyle(now.closest("label")) : style;
  return box.bottom > 0 && box.top < innerHeight && [style, around].some(
    (drawn) => drawn.outlineStyle !== "none" || drawn.boxShadow !== "none");
}"""


@dataclass
class Hands:
    """Two hands on a keyboard: every key is counted, typed text as one answer in a field."""

    page: Page
    keys: int = 0
    deeds: int = 0  # links followed, buttons pressed, answers chosen: the clicks of somebody with a mouse
    typed: int = 0
    fields: int = 0
    begun: float = field(default_factory=time.monotonic)

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
        self.keys += times
        self.deeds += times if key in {"Enter", "Space"} else 0

    def to(self, name: str, most: int = 80) -> None:
        """Press Tab until the focus is on what is called that; it has to be seen there."""
        for _ in range(most):
            self.press("Tab")
            if re.search(name, self.page.evaluate(FOCUSED)):
                assert self.page.evaluate(SEEN), f"Nobody sees the focus on “{name}”."
                return
        raise AssertionError(f"Tab never came to “{name}”: it is on “{self.page.evaluate(FOCUSED)}”.")

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.typed += len(text)
        self.fields += 1

    def go(self) -> None:
        self.press("Enter")
        self.page.wait_for_load_state("load")

    def at(self, place: str) -> None:
        """Wait for the page whose address ends like that; what leads into a page stays behind it."""
        self.page.wait_for_url(lambda address: address.partition("#")[0].endswith(place))

    def skip(self) -> None:
        """Begin with the page itself, past what is above every page."""
        self.press("Tab")
        assert "Skip to the page" in self.page.evaluate(FOCUSED)
        self.press("Enter")
        self.deeds -= 1  # nobody with a mouse has to

    def told(self, what: str, *, deeds: int, fields: int) -> None:
        """Print what it took; a click or a field more than agreed fails."""
        seconds = time.monotonic() - self.begun
        counted = f"{self.deeds} clicks or {self.keys} keys, {self.fields} fields of {self.typed} letters"
        sys.stdout.write(f"\n{what}: {counted}, {seconds:.1f} s\n")
        assert (self.deeds, self.fields) == (deeds, fields)


@pytest.fixture
def no_mouse(make_visitor) -> Callable[..., Hands]:
    """Somebody signed in whose mouse is gone: a click of it fails the test."""

    def sign_in(user, **options) -> Hands:
        visitor = make_visitor(**options)
        visitor.sign_in(user.email)
        visitor.page.add_init_script(
            "addEventListener('pointerdown', () => console.error('A mouse was used.'), true)"
        )
        return Hands(visitor.page)

    return sign_in


def test_pilot_is_logged_by_keyboard(no_mouse, manager):
    hands = no_mouse(manager)
    hands.to("Log pilot")
    hands.go()
    hands.at("/pilots/new/")
    assert "name" in hands.page.evaluate(FOCUSED)  # the first field has the focus already
    hands.type("Glass-repair invoice check")
    hands.to("Problem")
    hands.type("It takes 14 minutes to check one windscreen invoice.")
    hands.to("Owner")
    hands.type("Maren Holt")
    hands.to("In this stage since")
    hands.type("October 2026")
    hands.to("The number that should move")
    hands.type("Handling time 14 → 9 min")
    hands.go()
    hands.at("/pilots/CLM-1/")
    hands.told("Log a pilot", deeds=2, fields=5)
    assert Pilot.objects.get().kpis.get().target == 9


def test_check_in_by_keyboard_on_a_phone(no_mouse, manager, make_pilot):
    make_pilot()
    hands = no_mouse(manager, viewport=PHONE)
    hands.page.goto(hands.page.url.rstrip("/") + "/pilots/CLM-1/")
    hands.begun = time.monotonic()
    hands.skip()
    hands.to("^Check in")
    hands.go()
    hands.at("/check-in/")
    hands.skip()
    hands.to("Moving")
    hands.press("Space")
    hands.to("In a sentence")
    hands.type("The interface is agreed.")
    hands.to("Send check-in")
    hands.go()
    hands.at("/pilots/CLM-1/")
    hands.told("Check in", deeds=3, fields=1)
    entry = LogEntry.objects.get()
    assert (entry.kind, entry.text) == ("check_in", "The interface is agreed.")


def test_milestone_is_closed_by_keyboard(no_mouse, manager, make_pilot, by_system):
    add_milestone(NewMilestone(pilot=make_pilot(), title="Shadow run"), by=by_system)
    hands = no_mouse(manager)
    hands.page.goto(hands.page.url.rstrip("/") + "/pilots/CLM-1/plan/")
    hands.begun = time.monotonic()
    hands.skip()
    hands.to("Done… Shadow run")
    hands.go()
    hands.at("/done/")
    hands.skip()
    hands.to("It is done")
    hands.go()
    hands.at("/plan/")
    expect(hands.page.get_by_text("“Shadow run” is done.")).to_be_visible()
    hands.told("Close a milestone", deeds=2, fields=0)
    assert Milestone.objects.get().done_on is not None


def test_card_is_moved_on_the_board_by_keyboard(no_mouse, manager, make_pilot):
    make_pilot(stage=Stage.PROVEN, owner=None)
    make_pilot("Letters", stage=Stage.CHARTERED)
    hands = no_mouse(manager)
    hands.page.goto(hands.page.url.rstrip("/") + "/pilots/board/")
    hands.begun = time.monotonic()
    hands.skip()
    hands.to("^Letters")
    hands.press("ArrowRight")
    expect(hands.page.locator("[data-board-says]")).to_have_text("On to Piloting. Press Enter to move it.")
    hands.go()
    expect(hands.page.locator("[data-column=piloting] #card-CLM-2")).to_be_visible()
    expect(hands.page.locator("#card-CLM-2 a.t")).to_be_focused()
    hands.told("Move a card", deeds=1, fields=0)

    hands.to("^Claims triage")  # it has no owner: refused on the card, and the focus stays there
    hands.press("ArrowRight")
    hands.go()
    refusal = hands.page.locator("#card-CLM-1").get_by_role("alert")
    expect(refusal).to_contain_text("Name a production owner first.")
    hands.to("Move it with all that it needs", most=6)
    hands.go()
    hands.at("/pilots/CLM-1/move/?to=transition")


@pytest.fixture
def measured(make_pilot, manager) -> Pilot:
    """With users for more than thirty days, and a number that should move."""
    pilot = make_pilot(stage=Stage.LIMITED)
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=acting(manager))
    return pilot


def test_reading_is_logged_by_keyboard(no_mouse, manager, measured):
    hands = no_mouse(manager)
    hands.page.goto(hands.page.url.rstrip("/") + "/pilots/CLM-1/")
    hands.begun = time.monotonic()
    hands.skip()
    hands.to("^Log a reading")
    hands.go()
    hands.at("/readings/new/")
    hands.skip()
    hands.to("Reading")
    hands.type("10.4")
    hands.go()
    hands.at("/pilots/CLM-1/kpis/")
    expect(hands.page.get_by_text("Handling time: 10.4 min, limited is logged.")).to_be_visible()
    hands.told("Log a reading", deeds=2, fields=1)
    assert Measurement.objects.get().value == Decimal("10.4")


def test_report_is_published_by_keyboard(no_mouse, manager, measured):
    hands = no_mouse(manager)
    hands.page.goto(hands.page.url.rstrip("/") + "/pilots/CLM-1/kpis/")
    hands.begun = time.monotonic()
    hands.skip()
    hands.to("^Begin a report")
    hands.go()
    hands.at("/reports/new/")
    hands.skip()
    hands.to("30-day measurement")
    hands.press("Space")
    hands.to("^Begin it")
    hands.go()
    hands.page.wait_for_url(re.compile(r"/reports/\d+/(#|$)"))  # it begins past the tabs, as the page before
    hands.to("Expand")
    hands.press("Space")
    hands.to("What was seen")
    hands.type("Four minutes less, and nobody wants it back.")
    hands.to("^Publish it")
    hands.go()
    expect(hands.page.get_by_role("heading", name="Expand")).to_be_visible()
    hands.told("Publish a report", deeds=5, fields=1)
    assert Report.objects.get().verdict == "expand"


def test_what_waits_for_legal_is_found_by_keyboard(no_mouse, manager, make_pilot, by_system):
    for name in ("Claims triage", "Letters", "Photos"):
        pilot = make_pilot(name, stage=Stage.PROVEN)
        if name != "Photos":
            wait_for(
                NewWait(pilot=pilot, requirement="privacy-regime", on_role=OwnerRole.LEGAL), by=by_system
            )
    hands = no_mouse(manager)
    hands.begun = time.monotonic()
    hands.to("^Stalled")
    hands.go()
    hands.at("/stalled/")
    hands.to("^Waiting")
    hands.go()
    hands.at("/pilots/waiting/")
    legal = hands.page.locator("section", has=hands.page.get_by_role("heading", name="Legal"))
    expect(legal.get_by_role("link", name=re.compile("^(Claims triage|Letters)$"))).to_have_count(2)
    expect(hands.page.get_by_text("Photos")).to_have_count(0)
    hands.told("Find everything waiting on legal", deeds=2, fields=0)
    hands.to("^Its pilots")
    hands.go()
    hands.at("/pilots/?waiting=legal")
    expect(hands.page.get_by_text("2 of 3 pilots")).to_be_visible()

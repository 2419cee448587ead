"""A pilot is stopped well, waits on hold and comes back, and goes from one person to the next."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from pilots.access.models import Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.invitation import accept_invitation, invite_owners
from pilots.actions.milestone import NewMilestone, add_milestone
from pilots.actions.owner import Contact, NewOwnership, accept_ownership, add_owner
from pilots.models import Ending, Hold, Milestone, Ownership, Pilot

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY) as traveller:
        yield traveller


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state("load")


def test_pilot_is_stopped_well(clock, visitor, manager, make_pilot):
    make_pilot()
    visitor.sign_in(manager.email)
    page = visitor.open("/pilots/CLM-1/move/?to=stopped")
    page.get_by_label("What was learned").fill("The letters come on paper: nothing to read them from.")
    page.get_by_label("Money released").fill("sixty thousand")
    press(page, "Stop it")
    for sentence in ("Say why it is stopped", "Choose what came between: the next team looks for it."):
        expect(page.get_by_text(sentence).first).to_be_visible()
    expect(page.get_by_label("Money released")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("What was learned")).to_have_value(re.compile("^The letters come on paper"))
    visitor.look()
    assert Pilot.objects.get().stage == "piloting"

    page.get_by_label(re.compile("^Why")).fill("Scanning costs more than it would save.")
    page.get_by_label("What came between").select_option(index=2)
    page.get_by_label("Money released").fill("61000")
    page.get_by_label("Currency").fill("EUR")
    press(page, "Stop it")
    page.wait_for_url("**/pilots/CLM-1/")
    expect(page.get_by_role("main")).to_contain_text("EUR 61,000")
    expect(page.get_by_role("main")).to_contain_text("The letters come on paper: nothing to read them from.")
    visitor.look()
    assert Ending.objects.get().released_amount == 61_000

    visitor.open("/pilots/CLM-1/history/")
    told = "said why it ended: the data is not there or not good enough, EUR 61,000 released."
    expect(page.locator(".log-list.told")).to_contain_text(told)
    page = visitor.open("/pilots/CLM-1/move/")
    expect(page.get_by_text("It is stopped, so it cannot move.")).to_be_visible()


def test_pilot_waits_on_hold_longer_than_thought_and_comes_back(clock, visitor, manager, make_pilot):
    make_pilot()
    visitor.sign_in(manager.email)
    page = visitor.open("/pilots/CLM-1/hold/")
    page.get_by_label("Why").fill("The new claims system comes first.")
    page.get_by_label("Agreed by").fill("Steering, 23 Nov")
    page.get_by_label("Look again on").fill("27 Nov 2026")
    press(page, "Put on hold")
    expect(page.get_by_text("is on hold until Fri 27 Nov 2026.")).to_be_visible()
    visitor.look()

    page.goto(visitor.address + "/pilots/CLM-1/move/?to=proven")
    page.get_by_label("Evidence").fill("91 % of 400")
    press(page, "Move on to Proven")
    expect(page.get_by_text("It is on hold. Resume it first, or stop it.").first).to_be_visible()

    clock.shift(timedelta(days=4))
    page.goto(visitor.address + "/pilots/CLM-1/hold/extend/")
    page.get_by_label("Look again on").fill("25 Nov 2026")
    page.get_by_label("Why it stays on hold").fill("It comes a week later.")
    press(page, "Extend the hold")
    expect(page.get_by_label("Look again on")).to_have_attribute("aria-invalid", "true")
    sentence = "Choose a day after Fri 27 Nov 2026: extending moves the review on."
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_label("Why it stays on hold")).to_have_value("It comes a week later.")
    visitor.look()
    page.get_by_label("Look again on").fill("4 Dec 2026")
    press(page, "Extend the hold")
    expect(page.get_by_text("stays on hold until Fri 4 Dec 2026.")).to_be_visible()
    assert Hold.objects.count() == 1

    clock.shift(timedelta(days=7))
    page.goto(visitor.address + "/pilots/CLM-1/resume/")
    visitor.look()
    press(page, "Resume")
    expect(page.get_by_text("is no longer on hold. For 7 days nothing is held against it.")).to_be_visible()
    told = visitor.open("/pilots/CLM-1/history/").locator(".log-list.told")
    expect(told).to_contain_text("extended the hold until a review on Fri 4 Dec 2026, after 4 days.")
    expect(told).to_contain_text("resumed it.")
    assert Pilot.objects.get().is_on_hold is False


@pytest.fixture
def owner(make_user, manager, make_pilot):
    """Tomasz agreed to bring it into production and sees to a milestone; Marguerite is known too."""
    tomasz, marguerite = make_user("tomasz@example.com"), make_user("marguerite@example.com")
    pilot = make_pilot()
    acts = By(user=manager, at=timezone.now(), source=Source.WEB)
    himself = Contact(name="Tomasz", email=tomasz.email)
    named = add_owner(NewOwnership(pilot=pilot, role=OwnerRole.PRODUCTION_OWNER, contact=himself), by=acts)
    herself = Contact(name="Marguerite", email=marguerite.email)
    adviser = add_owner(NewOwnership(pilot=pilot, role=OwnerRole.LEGAL, contact=herself), by=acts)
    for row, user in ((named, tomasz), (adviser, marguerite)):
        [invitation] = invite_owners([row.owner], by=acts)
        accept_invitation(invitation, by=By(user=user, at=timezone.now(), source=Source.WEB))
    accept_ownership(named, by=By(user=tomasz, at=timezone.now(), source=Source.WEB))
    add_milestone(NewMilestone(pilot=pilot, title="Shadow run", owner=himself), by=acts)
    return tomasz


def test_owner_hands_over_and_the_next_one_agrees_in_their_own_browser(clock, make_visitor, owner):
    his, hers = make_visitor(), make_visitor()
    his.sign_in(owner.email)
    page = his.open("/pilots/CLM-1/people/")
    page.get_by_label(re.compile("^More about Tomasz")).click()
    page.get_by_role("link", name="Hand over…").click()
    his.look()
    press(page, "Hand over")
    expect(page.get_by_text("Say why it is handed over.").first).to_be_visible()
    page.get_by_label("Who takes over").fill("marguerite@example.com")
    page.get_by_role("textbox", name="Why needed").fill("I go to another team in December.")
    press(page, "Hand over")
    taken = "Marguerite is Production owner of Claims triage now, and is asked to agree."
    expect(page.get_by_text(taken)).to_be_visible()
    his.look()

    hers.sign_in("marguerite@example.com")
    page = hers.open("/")
    expect(page.get_by_role("heading", name="Nothing else needs you yet")).to_be_visible()
    page.get_by_role("link", name="See what you answer for").click()
    hers.look()
    press(page, "I answer for it : Production owner: Claims triage")
    expect(page.get_by_text("You answer for 1 more pilot.")).to_be_visible()
    page = hers.open("/pilots/CLM-1/people/")
    expect(page.get_by_text("agreed on Mon 23 Nov")).to_be_visible()
    told = hers.open("/pilots/CLM-1/history/").locator(".log-list.told")
    expect(told).to_contain_text("Tomasz handed production owner over from Tomasz to Marguerite.")
    expect(told).to_contain_text("Marguerite agreed to be production owner.")
    rows = Ownership.objects.filter(role="production_owner").order_by("pk")
    assert [(row.owner.name, row.until is None, row.accepted_on is None) for row in rows] == [
        ("Tomasz", False, False),
        ("Marguerite", True, False),
    ]
    assert Milestone.objects.get().owner.name == "Marguerite"

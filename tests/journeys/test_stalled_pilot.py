"""From a limit that passes over a weekend to an answer in the log: the worker, the mail and two people."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from pilots.access.models import Event, Role, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.by import By
from pilots.actions.invitation import accept_invitation, invite_owners
from pilots.actions.log import NewLine, check_in
from pilots.actions.owner import Contact, NewOwnership, accept_ownership, add_owner
from pilots.actions.owner_terms import OwnershipEdit, edit_ownership
from pilots.actions.stage import Move, move_pilot
from pilots.actions.waiver import NewWaiver, waive
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Answer, Flag, LogKind, Pilot
from pilots.models.log import Going
from portfolio.digests.models import DigestSetting
from portfolio.outbox.models import Message, State
from portfolio.ringing import ring
from tests.journeys.conftest import PHONE
from tests.portfolio.outbox.conftest import smtp  # noqa: F401 -- the fixture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

PROVEN = date(2026, 7, 3)
SATURDAY = datetime(2026, 11, 14, 9, 0, tzinfo=UTC)  # 134 days after it was proven
MONDAY = datetime(2026, 11, 16, 8, 1, tzinfo=UTC)  # 136 days after, and 09:01 in Berlin
LANDMARKS = ("landmark-one-main", "region")  # a mail has none: it is shown inside the page of a mail program
LINK = re.compile(r"Answer: (\S+)")


def acting(user, *moment) -> By:
    return By(user=user, at=datetime(*moment, 9, 0, tzinfo=UTC), source=Source.WEB)


@pytest.fixture
def clock():
    """The clock of the site, of the worker and of this test; it runs on from where it is put."""
    with time_machine.travel(SATURDAY) as traveller:
        yield traveller


@pytest.fixture
def manager(manager):
    manager.zone = "Europe/Berlin"
    manager.save(update_fields=["zone"])
    return manager


@pytest.fixture
def owner(make_user, program, by_system):
    user = make_user("tomasz@example.com", zone="Europe/Berlin")
    add_member(program=program, user=user, role=Role.CONTRIBUTOR, by=by_system)
    return user


@pytest.fixture
def pilot(make_pilot, manager, owner) -> Pilot:
    """It was proven in July, got an owner and a plan, and somebody spoke of it on Thursday: no user yet."""
    pilot = make_pilot("Glass-repair invoice check", since=date(2026, 5, 4), by=acting(manager, 2026, 7, 1))
    proven = Move(pilot=pilot, to=Stage.PROVEN, happened=Day(PROVEN), evidence="91 % of 400 invoices")
    move_pilot(proven, by=acting(manager, 2026, 7, 3))
    himself = Contact(name="Tomasz", email=owner.email)
    answers = NewOwnership(pilot=pilot, role=OwnerRole.PRODUCTION_OWNER, contact=himself)
    named = add_owner(answers, by=acting(manager, 2026, 11, 4))
    for role, name in ((OwnerRole.BUSINESS_OWNER, "Ines"), (OwnerRole.TECHNICAL_LEAD, "Rui")):
        beside = NewOwnership(pilot=pilot, role=role, contact=Contact(name=name))
        held = add_owner(beside, by=acting(manager, 2026, 11, 4))
    terms = {"budget_authority": "€20,000"}
    edit_ownership(OwnershipEdit(ownership=held, fields=terms), by=acting(manager, 2026, 11, 4))
    [invitation] = invite_owners([named.owner], by=acting(manager, 2026, 11, 4))
    accept_invitation(invitation, by=acting(owner, 2026, 11, 5))
    accept_ownership(named, by=acting(owner, 2026, 11, 5))
    move_pilot(Move(pilot=pilot, to=Stage.TRANSITION, reason="Go"), by=acting(manager, 2026, 11, 6))
    for subject in ("three-kpis", "evaluation", "production-budget"):  # flags of their own, not told here
        waiver = NewWaiver(pilot=pilot, subject=subject, reason="Not told here.", until=date(2026, 12, 4))
        waive(waiver, by=acting(manager, 2026, 11, 6))
    line = NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="The interface is agreed.", going=Going.MOVING)
    check_in(line, by=acting(owner, 2026, 11, 12))
    return Pilot.objects.get(pk=pilot.pk)


@pytest.fixture
def ring_worker(settings, live_server):
    """Let the worker do what it does once a minute, by the clock as it stands."""
    settings.SITE_URL = live_server.url

    def ring_now():
        rung = ring(timezone.now)
        assert rung.failed == {}

    return ring_now


@pytest.fixture
def flagged(clock, pilot, ring_worker) -> Pilot:
    clock.move_to(MONDAY)
    ring_worker()
    return Pilot.objects.get(pk=pilot.pk)


def health(pilot) -> str:
    return Pilot.objects.get(pk=pilot.pk).health


def verbs(pilot) -> list[str]:
    return list(Event.objects.filter(pilot_id=pilot.pk).order_by("pk").values_list("verb", flat=True))


def find_and_mail(clock, pilot, ring_worker, smtp):  # noqa: F811
    """Ring before the limit and after it; return the mails by recipient."""
    ring_worker()
    assert not Flag.objects.open().filter(pilot=pilot, severity__in=["high", "critical"]).exists()
    assert health(pilot) == "at_risk"  # 90 days had passed long ago
    assert smtp.accepted == []

    clock.move_to(MONDAY - timedelta(minutes=10))
    ring_worker()
    flag = Flag.objects.open().get(pilot=pilot)
    assert (flag.rule, flag.severity, health(pilot)) == ("R-01", "high", "stalled")
    assert flag.crossed_on == PROVEN + timedelta(days=135)
    assert smtp.accepted == []  # it is not nine yet where they live

    clock.move_to(MONDAY)
    ring_worker()
    ring_worker()
    sent = Message.objects.filter(kind="digest", period="2026-W47")
    assert [message.state for message in sent] == [State.SENT.value] * 2
    assert sorted(smtp.recipients) == ["maren@example.com", "tomasz@example.com"]
    return flag, {str(letter["To"]): letter for letter in smtp.messages}


def read_in_the_browser(visitor, letter, folder):
    """Open the HTML part by itself, with nobody signed in."""
    file = folder / "digest.html"
    file.write_text(letter.get_body(("html",)).get_content(), encoding="utf-8")
    visitor.page.goto(file.as_uri())
    visitor.look(besides=LANDMARKS)
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("1 newly stalled")
    answer = visitor.page.get_by_role("link", name="Answer")
    assert [answer.get_attribute("href")] == LINK.findall(letter.get_body(("plain",)).get_content())


def answer_without_a_session(visitor, pilot, link):
    before = (Pilot.objects.values().get(pk=pilot.pk), Event.objects.count())
    page = visitor.open(link.removeprefix(visitor.address))
    expect(page.get_by_role("heading", level=1)).to_have_text(pilot.name)
    expect(page.get_by_text("Nothing is saved until you press a button.")).to_be_visible()
    page.reload()
    assert (Pilot.objects.values().get(pk=pilot.pk), Event.objects.count()) == before
    assert not Answer.objects.exists()

    page.get_by_text("Blocked by …").click()
    page.get_by_role("button", name="Send: it is blocked").click()
    expect(page.get_by_text("Say who or what it waits for.").first).to_be_visible()
    visitor.look()
    assert not Answer.objects.exists()
    page.get_by_label("Who or what it waits for").fill("Legal, R. Abreu")
    page.get_by_label("What is missing").fill("The data agreement is not signed.")
    visitor.look()
    page.get_by_role("button", name="Send: it is blocked").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    expect(page.get_by_text("It waits for Maren, who confirms it or sets it aside.")).to_be_visible()
    visitor.look()

    answer = Answer.objects.unconfirmed().get()
    assert (answer.pilot, answer.was_signed_in, answer.named) == (pilot, False, "Legal, R. Abreu")
    assert Pilot.objects.get(pk=pilot.pk).blocked_by == ""


def confirm(visitor, pilot):
    visitor.sign_in("maren@example.com")
    page = visitor.open("/")
    chapter = page.locator("section", has=page.get_by_role("heading", name="Owners’ answers to confirm"))
    row = chapter.get_by_role("listitem")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Legal, R. Abreu")
    row.get_by_role("link").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tomasz: Blocked by Legal, R. Abreu")
    visitor.look()
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"**/pilots/{pilot.key}/")


def see_why_and_since_when(visitor, pilot):
    page = visitor.open(f"/pilots/{pilot.key}/")
    panel = page.get_by_role("region", name=re.compile("^Why"))
    expect(panel).to_contain_text("Legal, R. Abreu")
    expect(panel).to_contain_text("Proven 136 days ago, no go-live (limit 135 days).")

    page = visitor.open(f"/pilots/{pilot.key}/history/")
    told = page.locator(".log-list.told")
    for words in (
        "flagged it: Proven, no users (R-01, warning)",
        "raised a flag: Proven, no users (R-01, high)",
        "got an answer by mail from Tomasz: blocked by Legal, R. Abreu",
        "confirmed what Tomasz answered by mail",
    ):
        expect(told).to_contain_text(words)
    assert verbs(pilot)[-3:] == ["answer.given", "answer.settled", "pilot.checked_in"]

    page = visitor.open("/stalled/")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=pilot.name))
    expect(row).to_contain_text("Proven 136 days ago, no go-live (limit 135 days).")
    expect(row).to_contain_text("Said to be blocked by Legal, R. Abreu since Mon 16 Nov.")


def snooze(visitor, pilot, flag):
    page = visitor.open(f"/pilots/{pilot.key}/")
    page.get_by_role("link", name="Snooze… Proven, no users").click()
    visitor.look()
    page.get_by_label("Until").fill("2 Nov 2026")
    page.get_by_label("Why").fill("Legal signs in the first week of December.")
    page.get_by_role("button", name="Snooze").click()
    until = page.get_by_label("Until")
    expect(until).to_have_attribute("aria-invalid", "true")
    beside = page.locator(f"#{until.get_attribute('aria-describedby').split()[-1]}")
    expect(beside).to_contain_text("2 Nov 2026")
    expect(page.get_by_label("Why")).to_have_value("Legal signs in the first week of December.")
    visitor.look()
    assert Flag.objects.get(pk=flag.pk).snoozed_until is None

    until.fill("7 Dec 2026")
    page.get_by_role("button", name="Snooze").click()
    page.wait_for_url(f"**/pilots/{pilot.key}/")
    visitor.look()
    assert Flag.objects.get(pk=flag.pk).snoozed_until == datetime(2026, 12, 7, tzinfo=UTC)
    assert health(pilot) == "blocked"


def stop_the_mail(visitor, owner, letter):
    link = letter["List-Unsubscribe"].strip().strip("<>")
    page = visitor.open(link.removeprefix(visitor.address))
    assert not DigestSetting.objects.filter(user=owner, is_on=False).exists()
    page.get_by_role("button", name="Stop the digest").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The digest is stopped")
    visitor.look()
    assert DigestSetting.objects.get(user=owner).is_on is False


def test_stalled_pilot_is_found_told_answered_confirmed_and_snoozed(
    clock,
    pilot,
    owner,
    ring_worker,
    smtp,  # noqa: F811
    make_visitor,
    tmp_path,
):
    flag, letters = find_and_mail(clock, pilot, ring_worker, smtp)
    letter = letters["tomasz@example.com"]
    read_in_the_browser(make_visitor(), letter, tmp_path)
    [link] = LINK.findall(letter.get_body(("plain",)).get_content())
    phone = make_visitor(viewport=PHONE)
    answer_without_a_session(phone, pilot, link)

    desk = make_visitor()
    confirm(desk, pilot)
    see_why_and_since_when(desk, pilot)
    snooze(desk, pilot, flag)
    desk.open("/digest/")

    stop_the_mail(phone, owner, letter)
    clock.shift(timedelta(weeks=1))
    ring_worker()
    assert sorted(smtp.recipients) == ["maren@example.com", "maren@example.com", "tomasz@example.com"]


def test_flag_is_snoozed_from_the_list_without_a_mouse(clock, flagged, visitor):
    visitor.sign_in("maren@example.com")
    page = visitor.open("/stalled/")

    def tab_to(name: str):
        for _ in range(60):
            page.keyboard.press("Tab")
            if name in page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText"):
                return
        raise AssertionError(f"Tab never came to “{name}”.")

    tab_to(f"More for {flagged.key}")
    page.keyboard.press("Enter")
    tab_to("Snooze…")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Snooze “Proven, no users”")
    expect(page.get_by_label("Why")).to_be_focused()
    page.keyboard.type("The works council meets on 26 November.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("30 Nov 2026")
    page.keyboard.press("Enter")

    page.wait_for_url("**/stalled/#last")
    expect(page.get_by_text("Nothing is known to be stalled").first).to_be_visible()
    visitor.look()
    flag = Flag.objects.open().get(pilot=flagged)
    assert (flag.snoozed_until, health(flagged)) == (datetime(2026, 11, 30, tzinfo=UTC), "not_known")


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (None, "dark")])
def test_pages_about_what_is_stuck_hold_on_a_phone_and_in_the_dark(
    clock, flagged, make_visitor, viewport, scheme
):
    flag = Flag.objects.open().get(pilot=flagged)
    visitor = make_visitor(scheme=scheme, **({"viewport": viewport} if viewport else {}))
    visitor.sign_in("maren@example.com")

    for path in (
        "/",
        "/stalled/",
        "/stalled/scorecard/?days=1",
        f"/pilots/{flagged.key}/",
        f"/stalled/flags/{flag.pk}/snooze/",
        f"/stalled/flags/{flag.pk}/dispute/",
        "/digest/",
    ):
        visitor.open(path)
        width = visitor.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert width <= 0, f"{path} scrolls sideways by {width} px"

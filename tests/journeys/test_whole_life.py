"""One pilot from the idea to production on its pages: refused first, then filled, then let through."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Page, expect

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpis, edit_kpis
from kpis.oneline import read_kpi
from pilots.access.models import Role
from pilots.actions.account import add_member
from pilots.actions.evidence import NewEvidence, bring_evidence
from pilots.actions.invitation import accept_invitation, invite_owners
from pilots.actions.owner import Contact
from pilots.models import Milestone, Owner, Phase, Pilot
from pilots.playbook import EvidenceKind
from tests.journeys.conftest import acting, choose, fill, press

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

FIRST = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
LINEAGE = {
    "Origin": "The claims system of record",
    "Transformations": "Names are cut out",
    "Use approved by": "Data office",
    "Constraints": "none",
}
WHOLE = {
    "definition": "From the open file to the saved decision.",
    "window_days": 7,
    "method": "Claims system, all invoices of the week.",
    "owner": Contact(name="Ines Duarte"),
}
ON_PAPER = ("team-skills", "pipeline-estimated")
PROVEN_BY_TESTS = (
    "fallback-miss",
    "fallback-timeout",
    "fallback-nonsense",
    "monitoring",
    "alert-acknowledged",
)


@pytest.fixture
def clock():
    with time_machine.travel(FIRST) as traveller:
        yield traveller


@pytest.fixture
def runner(make_user, program, by_system):
    user = make_user("tomasz@example.com")
    add_member(program=program, user=user, role=Role.CONTRIBUTOR, by=by_system)
    return user


def the_pilot() -> Pilot:
    return Pilot.objects.get()


def stage() -> str:
    return the_pilot().stage


# --- From the idea to the proof ---------------------------------------------------------


def log_it(visitor):
    page = visitor.open("/pilots/new/")
    fill(page, {"Name": "Glass-repair invoice check", "Problem": "It takes 14 minutes to check one invoice."})
    fill(page, {"Owner": "Maren Holt"})
    choose(page, {"Stage today": "Idea"})
    press(page, "Log pilot")
    page.wait_for_url("**/pilots/CLM-1/")
    expect(page.get_by_text("G0 Charter: no number is agreed that should move.")).to_be_visible()


def be_refused_by_the_charter(visitor):
    page = visitor.open("/pilots/CLM-1/move/?to=chartered")
    press(page, "Move on to Approved")
    refusal = page.get_by_role("alert")
    for sentence in (
        "G0 Charter: no number is agreed that should move.",
        "G0 Charter: nobody owns the number it should move.",
        "G0 Charter: nobody has written down who will use it, when, and what they decide with it.",
    ):
        expect(refusal).to_contain_text(sentence)
    visitor.look()
    assert stage() == "idea"


def fill_the_charter(visitor):
    page = visitor.open("/pilots/CLM-1/")
    fill(page, {"The number that should move": "Handling time 14 → 9 min"})
    press(page, "Agree it")
    expect(page.get_by_text("G0 Charter: nobody owns the number it should move.")).to_be_visible()

    page.goto(visitor.address + "/pilots/CLM-1/readiness/")
    page.get_by_role("link", name="Name them : A business owner").click()
    fill(page, {"Who": "Ines Duarte"})
    press(page, "Name them")

    page.goto(visitor.address + "/pilots/CLM-1/readiness/")
    page.locator("a[href$='evidence/new/?requirement=use-case']").click()
    bring(page, "Demo", "Shown to the board.")
    expect(page.get_by_text("A demo never counts: bring a test or live use.")).to_be_visible()
    page.locator("a[href$='evidence/new/?requirement=use-case']").click()
    visitor.look()
    bring(page, "Document", "Clerks see the proposal beside the invoice and pay or ask back.")
    expect(page.get_by_text("Document brought for “")).to_be_visible()
    visitor.look()


def bring(page: Page, kind: str, text: str) -> None:
    page.get_by_label(kind, exact=True).check()
    fill(page, {"What was seen": text})
    press(page, "Bring it")


def move_on(visitor, to: str, name: str, evidence: str = "") -> None:
    page = visitor.page
    page.goto(f"{visitor.address}/pilots/CLM-1/move/?to={to}")
    if evidence:
        fill(page, {"Evidence": evidence})
    press(page, f"Move on to {name}")
    page.wait_for_url("**/pilots/CLM-1/")
    expect(page.get_by_text(f"moved to {name}.")).to_be_visible()
    assert stage() == to


# --- The plan ----------------------------------------------------------------------------


def be_refused_to_close_phase_one(visitor):
    page = visitor.open("/pilots/CLM-1/plan/")
    expect(page.get_by_role("heading", name="Plan 1, day 1 of 90")).to_be_visible()
    page.goto(visitor.address + phase_one("close"))
    fill(page, {"What is there now": "Scope and numbers are agreed."})
    press(page, "Close the phase")
    refusal = page.get_by_role("alert")
    for sentence in (
        "The business owner has not signed the main KPI as it is now.",
        "It has fewer than three KPIs that are whole.",
        "Nobody has decided whether it answers in batches, at once or as a stream.",
        "No system it connects to is listed, and nobody said that it stands alone.",
        "Nobody has written down the way from the source over the prediction to the outcome.",
        "Nobody has said whether it holds personal data, and under which regime.",
        "One use case is chosen",
    ):
        expect(refusal).to_contain_text(sentence)
    expect(page.get_by_label("What is there now")).to_have_value("Scope and numbers are agreed.")
    visitor.look()
    assert Phase.objects.get(number=1).finished_on is None


def phase_one(deed: str) -> str:
    return f"/pilots/CLM-1/plan/phases/{Phase.objects.get(number=1).pk}/{deed}/"


def settle_phase_one(visitor, manager):
    pilot, by = the_pilot(), acting(manager)
    edit_kpis([KpiEdit(kpi=pilot.kpis.get(), fields=WHOLE)], by=by)
    lines = [read_kpi(text) for text in ("Paid too high 11 → 3 %", "Asked back 30 → 20 %")]
    define_kpis([NewKpi(pilot=pilot, line=line, fields=WHOLE) for line in lines], by=by)
    page = visitor.open("/pilots/CLM-1/kpis/handling-time/sign/")
    fill(page, {"Or where it is kept": "Mail of 12 Oct."})
    press(page, "Note the signature")
    expect(page.get_by_text("Handling time is signed, version 2.")).to_be_visible()

    page = visitor.open("/pilots/CLM-1/production/design/")
    choose(page, {"How it answers": "In batches", "Personal data": "Personal data, GDPR"})
    press(page, "Save")
    expect(page.get_by_text("How Glass-repair invoice check runs is saved.")).to_be_visible()

    page.get_by_role("link", name="List a connection").click()
    fill(page, {"What it connects to": "Claims system", "Who answers for the other side": "R. Abreu"})
    choose(page, {"What that is": "Data source", "Is it the real thing?": "Yes"})
    press(page, "List it")
    expect(page.get_by_text("“Claims system” is listed.")).to_be_visible()
    visitor.look()


def write_down_who_can_do_it(manager):
    for code in ON_PAPER:
        new = NewEvidence(
            pilot=the_pilot(),
            requirement=code,
            kind=EvidenceKind.DOCUMENT,
            dated=timezone.now().date(),
            text="Written down on Monday.",
        )
        bring_evidence(new, by=acting(manager))


def waive_the_way_of_the_data(visitor):
    page = visitor.open(phase_one("close"))
    page.locator("a[href$='waive/?subject=data-flow']").click()
    fill(page, {"Until": "30 Nov 2026"})
    press(page, "Waive it")
    expect(page.get_by_text("Say why it may pass without this").first).to_be_visible()
    expect(page.get_by_label("Until")).to_have_value(re.compile("30 Nov 2026"))
    visitor.look()
    fill(page, {"Why": "The data office draws it for all claims in November."})
    press(page, "Waive it")
    expect(page.get_by_text(re.compile("is waived until Mon 30 Nov 2026"))).to_be_visible()


def close_phase_one(visitor):
    page = visitor.open(phase_one("close"))
    page.get_by_role("link", name="Say it is done : One use case is chosen").click()
    visitor.look()
    press(page, "It is done")
    page.goto(visitor.address + phase_one("close"))
    fill(page, {"What is there now": "Scope and numbers are agreed."})
    press(page, "Close the phase")
    expect(page.get_by_text("Phase 1, Scope and define, is closed.")).to_be_visible()
    visitor.look()
    assert Milestone.objects.filter(is_required=True, done_on__isnull=False).count() == 1


# --- The gates ---------------------------------------------------------------------------


def complete_the_connection(visitor):
    page = visitor.open("/pilots/CLM-1/production/")
    page.get_by_role("link", name="Edit… Claims system").click()
    visitor.look()
    choose(page, {"How far it is": "Tested"})
    days = ("Tested on", "Contract agreed on", "Access reviewed on")
    fill(page, LINEAGE | dict.fromkeys(days, "12 Oct 2026"))
    press(page, "Save")
    expect(page.get_by_text("“Claims system” is saved.")).to_be_visible()


def let_it_run_in_the_shadow(visitor):
    page = visitor.page
    page.get_by_role("link", name="Plan the first step").click()
    fill(page, {"Share": "100", "Last day": "30 Oct 2026"})
    choose(page, {"What kind of step": "Everybody"})
    press(page, "Plan it")
    expect(page.get_by_text("Nobody starts with everybody. Begin with a shadow run")).to_be_visible()
    choose(page, {"What kind of step": "Shadow run"})
    fill(page, {"Share": "0", "Go back when": "more than 2 % wrong in a week"})
    press(page, "Plan it")
    expect(page.get_by_text("Step 1, shadow run, is planned.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Decide")).click()
    visitor.look()
    page.get_by_label("Go on").check()
    fill(page, {"What was seen": "Same as the clerks in 94 % of 300 invoices."})
    press(page, "Decide it")
    expect(page.get_by_text("Go on, decided Mon 12 Oct")).to_be_visible()
    visitor.look()


def show_the_rest(visitor, manager):
    page = visitor.open("/pilots/CLM-1/readiness/")
    expect(page.get_by_role("main")).to_contain_text("3 of 6 gates stand between it and go-live.")
    page.goto(visitor.address + "/pilots/CLM-1/readiness/evidence/new/?requirement=evaluation")
    bring(page, "Test", "91 % of 400 invoices, run with every change.")
    for code in PROVEN_BY_TESTS:
        new = NewEvidence(
            pilot=the_pilot(),
            requirement=code,
            kind=EvidenceKind.TEST,
            dated=timezone.now().date(),
            text="Tried on Monday; the team saw it.",
        )
        bring_evidence(new, by=acting(manager))


def name_who_runs_it(visitor, manager, runner, own):
    page = visitor.open("/pilots/CLM-1/people/")
    fill(page, {"Who": f"Tomasz <{runner.email}>"})
    choose(page, {"Answers as": "Run owner"})
    press(page, "Name them")
    page.goto(visitor.address + "/pilots/CLM-1/move/?to=limited")
    expect(
        page.get_by_text("G6 Run owner: Tomasz was named on Mon 12 Oct and has not agreed yet.")
    ).to_be_visible()
    visitor.look()
    page.get_by_role("link", name="Settle it").click()
    expect(page.locator("#run-owner")).to_be_in_viewport()
    [invitation] = invite_owners([Owner.objects.get(email=runner.email)], by=acting(manager))
    accept_invitation(invitation, by=acting(runner))

    own.sign_in(runner.email)
    page = own.open("/pilots/CLM-1/people/")
    press(page, "I answer for it : Run owner")
    expect(page.get_by_text("You are Run owner of Glass-repair invoice check.")).to_be_visible()
    own.look()


def wait_thirty_days(visitor, clock, manager):
    page = visitor.open("/pilots/CLM-1/move/?to=production")
    fill(page, {"Evidence": "Handling time 14 → 10 min over 30 days"})
    press(page, "Move on to In production")
    expect(page.get_by_role("main")).to_contain_text("Thirty days are measured before production: from")
    visitor.look()
    assert stage() == "limited"
    clock.shift(timedelta(days=31))
    visitor.sign_in(manager.email)


def read_its_history(visitor):
    told = visitor.open("/pilots/CLM-1/history/").locator(".log-list.told")
    for words in (
        "moved it from Limited go-live to In production, dated Thu 12 Nov 2026",
        "moved it from 90-day plan to Limited go-live, dated Mon 12 Oct 2026. 12 clerks of one team",
        "Tomasz agreed to be run owner.",
        "closed phase 1, Scope and define, dated Mon 12 Oct 2026. Scope and numbers are agreed.",
        "let it pass without “The way of the data, from source to outcome” until Mon 30 Nov 2026.",
        "Headway saw that G2 Data access is met.",
    ):
        expect(told).to_contain_text(words)
    page = visitor.open("/pilots/CLM-1/readiness/")
    expect(page.get_by_role("heading", name="Ready: all six gates are met")).to_be_visible()


def test_pilot_lives_from_the_idea_to_production(clock, make_visitor, manager, runner):
    desk = make_visitor()
    desk.sign_in(manager.email)
    log_it(desk)
    be_refused_by_the_charter(desk)
    fill_the_charter(desk)
    move_on(desk, "chartered", "Approved")
    move_on(desk, "piloting", "Piloting")
    move_on(desk, "proven", "Proven", "91 % of 400 invoices, read twice")
    move_on(desk, "transition", "90-day plan")

    be_refused_to_close_phase_one(desk)
    settle_phase_one(desk, manager)
    write_down_who_can_do_it(manager)
    waive_the_way_of_the_data(desk)
    close_phase_one(desk)

    complete_the_connection(desk)
    let_it_run_in_the_shadow(desk)
    show_the_rest(desk, manager)
    name_who_runs_it(desk, manager, runner, make_visitor())
    move_on(desk, "limited", "Limited go-live", "12 clerks of one team")
    wait_thirty_days(desk, clock, manager)
    move_on(desk, "production", "In production", "Handling time 14 → 10 min over 30 days")
    read_its_history(desk)

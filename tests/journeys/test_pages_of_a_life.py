"""Every page of a pilot's life on a phone, light and dark, and wide: full, empty, refusing and forbidden."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from pilots.access.permissions import OwnerRole
from pilots.actions.connection import NewConnection, add_connection
from pilots.actions.evidence import NewEvidence, bring_evidence
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.rollout import NewStep, add_step
from pilots.actions.stage import Move, move_pilot
from pilots.actions.view import NewView, save_view
from pilots.actions.waiting import NewWait, wait_for
from pilots.calendar import Day
from pilots.design import ConnectionKind, RolloutKind
from pilots.lifecycle import Stage
from pilots.models import Ownership, Phase, Pilot
from pilots.playbook import EvidenceKind
from tests.conftest import TODAY
from tests.journeys.conftest import PHONE, WIDE
from tests.passing import waive_gates

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

LONG = "Schadenmeldungsweiterleitungsprüfung for glass, hail and water damage in all branches of the north"
ON_A_PHONE = ((PHONE, "light"), (PHONE, "dark"))
ANYWHERE = (*ON_A_PHONE, (WIDE, "dark"))
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OF_ALL = ("board/", "timeline/", "waiting/", "views/", "?stage=transition", "?as_of=2026-11-10")
OF_ONE = ("plan/", "readiness/", "people/", "production/", "history/", "?as_of=2026-11-19")
FORMS = (
    "waive/",
    "readiness/evidence/new/",
    "readiness/waits/new/",
    "production/connections/new/",
    "production/steps/new/",
    "plan/milestones/new/",
    "hold/",
    "move/?to=stopped",
)


def look_all_round(visitor, place: str, ways=ON_A_PHONE) -> None:
    """Light and dark, small and, where asked, wide: axe finds nothing, and nothing scrolls sideways."""
    page = visitor.page
    for viewport, scheme in ways:
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # colours change at once
        visitor.look(only=["color-contrast"] if (viewport, scheme) == (PHONE, "dark") else ())
        over = page.evaluate(SIDEWAYS)
        assert over <= 0, f"{place} scrolls sideways by {over} px, {viewport['width']} wide"


def visit(visitor, place: str, ways=ON_A_PHONE) -> None:
    visitor.page.set_viewport_size(PHONE)
    visitor.page.goto(visitor.address + place)
    tab = visitor.page.locator(".tabs [aria-current]").first
    if tab.count():
        tab.locator("..").evaluate("row => row.scrollIntoView()")  # flags stand above the tabs
        expect(tab).to_be_in_viewport(ratio=0.9)  # a row of tabs is longer than a phone is wide
    look_all_round(visitor, place, ways)


@pytest.fixture
def planned(make_pilot, manager, by) -> Pilot:
    """In its 90-day plan since November, with a little of everything."""
    pilot = make_pilot(LONG, stage=Stage.PROVEN, owner=Contact(name="Marguerite Delacroix-Fontaine"))
    move_pilot(Move(pilot=pilot, to=Stage.TRANSITION, happened=Day(TODAY)), by=by)
    add_owner(
        NewOwnership(pilot=pilot, role=OwnerRole.LEGAL, contact=Contact(name="R. Abreu, " + LONG)), by=by
    )
    add_connection(NewConnection(pilot=pilot, name=LONG, kind=ConnectionKind.SOURCE), by=by)
    shadow = NewStep(
        pilot=pilot,
        kind=RolloutKind.SHADOW,
        share_percent=0,
        starts_on=TODAY,
        ends_on=TODAY + timedelta(days=20),
        rollback_when=LONG,
    )
    add_step(shadow, by=by)
    waits = NewWait(pilot=pilot, requirement="privacy-regime", on_role=OwnerRole.LEGAL, note=LONG)
    wait_for(waits, by=by)
    for kind in (EvidenceKind.DEMO, EvidenceKind.SIGNATURE):
        new = NewEvidence(pilot=pilot, requirement="data-flow", kind=kind, dated=TODAY, text=LONG)
        bring_evidence(new, by=by)
    waive_gates(pilot, "G3")
    save_view(NewView(name=LONG[:60], query="stage=transition"), by=by)
    return Pilot.objects.get(pk=pilot.pk)


@pytest.fixture
def desk(make_visitor, manager, request) -> Iterator:
    visitor = make_visitor()
    visitor.sign_in(manager.email)
    return visitor


def test_full_pages(desk, planned):
    for place in OF_ALL:
        visit(desk, f"/pilots/{place}", ANYWHERE)
    for place in OF_ONE:
        visit(desk, f"/pilots/CLM-1/{place}", ANYWHERE)
    phase = Phase.objects.get(number=1)
    owner = Ownership.objects.get(role="production_owner")
    visit(desk, f"/pilots/CLM-1/plan/phases/{phase.pk}/close/")
    visit(desk, f"/pilots/CLM-1/people/{owner.pk}/hand-over/")
    visit(desk, "/pilots/CLM-1/plan/new/")


def test_bar_for_many(desk, planned):
    page = desk.open("/pilots/")
    page.set_viewport_size(PHONE)
    page.locator("input[name=pilot]").first.check()
    expect(page.get_by_role("button", name="Tag")).to_be_visible()
    look_all_round(desk, "the bar")
    page.get_by_role("button", name="Tag").click()
    look_all_round(desk, "the question of the bar")


def test_empty_pages(desk, make_pilot):
    for place in ("board/", "timeline/", "waiting/", "views/"):
        visit(desk, f"/pilots/{place}")
    make_pilot("Letters")
    for place in ("plan/", "readiness/", "production/"):
        visit(desk, f"/pilots/CLM-1/{place}")


def test_forms_that_miss_something(desk, planned):
    for place in FORMS:
        page = desk.page
        page.goto(f"{desk.address}/pilots/CLM-1/{place}")
        page.locator("main form button.primary").click()
        page.wait_for_load_state("load")
        expect(page.locator("main [aria-invalid=true], main [role=alert]").first).to_be_visible()
        look_all_round(desk, place)


FORBIDDEN = {
    "waive/": "You may not waive anything here: a manager, its sponsor or somebody in a seat can.",
    "plan/new/": "You may not change the plan of this pilot: a manager or its production owner can.",
    "move/": "You may not move this pilot: a manager or its production owner can.",
    "readiness/evidence/new/": "You may not bring evidence here: a contributor, a manager or its owner can.",
}


def test_forbidden_pages(make_visitor, viewer, planned):
    visitor = make_visitor()
    visitor.sign_in(viewer.email)
    for place, sentence in FORBIDDEN.items():
        visit(visitor, f"/pilots/CLM-1/{place}")
        expect(visitor.page.get_by_role("main")).to_contain_text(sentence)
    visit(visitor, "/pilots/CLM-9/")
    refused = [line for line in visitor.complaints if "403" in line or "404" in line]
    assert (len(refused), visitor.complaints) == (len(FORBIDDEN) + 1, refused)
    visitor.complaints.clear()
    visit(visitor, "/pilots/board/")
    expect(visitor.page.locator("[data-card]")).to_have_count(1)
    expect(visitor.page.locator("[data-card] form")).to_have_count(0)

from datetime import UTC, date, datetime

import pytest

from pilots.access.models import Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.judge import scan
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.models import Pilot
from tests.portfolio.outbox.conftest import smtp  # noqa: F401 -- the fixture

MONDAY = datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
LAST_MONDAY = datetime(2026, 11, 9, 8, 30, tzinfo=UTC)
EARLY = datetime(2026, 9, 15, 9, 0, tzinfo=UTC)


@pytest.fixture
def early() -> By:
    return By(user=None, at=EARLY, source=Source.COMMAND)


@pytest.fixture
def scanned():
    """Look at all pilots by the rules at a moment."""

    def look(at=MONDAY):
        scan(at=at)

    return look


@pytest.fixture
def portfolio(program, manager, make_pilot, early, scanned, settings):
    """A program as the example of the digest has it: one of each kind."""
    settings.SITE_URL = "https://headway.example"
    manager.zone = "Europe/Berlin"
    manager.save(update_fields=["zone"])
    fresh = By(user=None, at=datetime(2026, 11, 12, 9, 0, tzinfo=UTC), source=Source.COMMAND)
    pilots = {
        "fine": make_pilot("Call summaries", since=date(2026, 11, 10), by=fresh),
        "late": make_pilot("Fraud letters", since=date(2026, 9, 10), decide_by=date(2026, 11, 6), by=early),
        "old": make_pilot("Invoice triage", since=date(2026, 4, 1), by=early),
        "asked": make_pilot("Underwriting help", since=date(2026, 11, 1), by=fresh),
        "due": make_pilot("Claims chat", since=date(2026, 11, 2), decide_by=date(2026, 11, 20), by=fresh),
    }
    add_owner(
        NewOwnership(pilot=pilots["late"], contact=Contact(name="S. Keller"), role=OwnerRole.SPONSOR),
        by=fresh,
    )
    ask_decision(
        NewDecision(
            pilot=pilots["asked"],
            question="Extend to 26 weeks?",
            needed_by=date(2026, 11, 19),
            decider=manager,
        ),
        by=fresh,
    )
    Pilot.objects.update(quiet_until=None)
    scanned(LAST_MONDAY)
    scanned(MONDAY)
    return {name: Pilot.objects.get(pk=pilot.pk) for name, pilot in pilots.items()}

"""A change, its events and its outbox rows commit together or not at all (promise D6).

The process dies after each statement that writes, at each of these addresses; `make faults` does it after
every statement of every write that any test makes (tests/faults/test_injected.py).
"""

from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from pilots.access.models import Event
from pilots.models import LogEntry, Pilot
from portfolio.outbox.models import Message
from tests.promises.injecting import Injector

IN_A_MONTH = (timezone.now() + timedelta(days=30)).date()
NEW = {"program": "claims", "name": "Fraud", "problem": "Slow.", "stage": "idea", "kpi": "Time 14 → 9 min"}
WEB = {
    "check-in": {"going": "moving", "text": "Going well."},
    "hold": {"version": "1", "reason": "Budget.", "agreed_by": "S. Keller", "review_on": "2099-01-04"},
    "move": {"version": "1", "to": "proven", "happened_on": "2026-10", "evidence": "14 to 9 minutes."},
    "people": {"owner": "Ines Costa", "role": "production_owner", "reason": ""},
    "plan/milestones/new": {"version": "1", "title": "Shadow run", "due_on": "2099-01-04"},
    "decisions/new": {"version": "1", "question": "Go on?", "needed_by": "2099-01-04"},
}
BY_API = {
    "pilots/": NEW,
    "pilots/CLM-1/move/": {"to": "proven", "evidence": "14 to 9 minutes."},
    "pilots/CLM-1/hold/": {"reason": "Budget.", "agreed_by": "S. Keller", "review_on": "2099-01-04"},
    "ownerships/": {"pilot": "CLM-1", "role": "sponsor", "contact": "S. Keller"},
    "milestones/": {"pilot": "CLM-1", "title": "Shadow run"},
    "pilots/CLM-1/waive/": {"subject": "G2", "reason": "For now.", "until": str(IN_A_MONTH)},
}


@pytest.mark.parametrize("page", WEB)
def test_a_page_that_dies_leaves_no_half(client, manager, make_pilot, page):
    make_pilot()
    client.force_login(manager)

    with Injector().between() as injector:
        client.post(f"/pilots/CLM-1/{page}/", WEB[page])

    assert injector.faults == []
    assert sum(injector.tried.values()) >= 2, "nothing was written"


@pytest.mark.parametrize("path", BY_API)
def test_an_answer_of_the_api_that_dies_leaves_no_half(api, make_pilot, path):
    make_pilot()

    with Injector().between() as injector:
        api.post(path, BY_API[path], Idempotency_Key="one")

    assert injector.faults == []
    assert sum(injector.tried.values()) >= 3, "nothing was written"


def test_without_the_transaction_halves_stay(api, make_pilot, monkeypatch):
    """The control: the same harness tells when changes and events are written one after the other."""
    make_pilot()
    monkeypatch.setattr("pilots.actions.change.transaction", SimpleNamespace(atomic=nullcontext))

    with Injector().between() as injector:
        api.post("pilots/CLM-1/check-in/", {"text": "Going well."})

    assert injector.faults != []


def test_what_went_through_after_all_the_deaths_is_there_once(client, manager, make_pilot):
    make_pilot()
    client.force_login(manager)
    events = Event.objects.count()

    with Injector(every_statement=True).between() as injector:
        client.post("/pilots/CLM-1/check-in/", WEB["check-in"])

    assert sum(injector.tried.values()) > 10
    assert (LogEntry.objects.count(), Event.objects.count(), Pilot.objects.get().version) == (
        1,
        events + 1,
        2,
    )
    assert Message.objects.count() == 0

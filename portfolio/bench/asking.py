"""A signed-in reader who asks for pages in this process, as a browser would, without the network."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import Client

from pilots.access.models import User
from pilots.models import LogEntry, LogKind, Pilot
from pilots.rows import insert_rows
from portfolio.bench.portfolio import NOW
from portfolio.bench.rows import Found

EMAIL = "bench@headway.example"
ENTRIES = 50


def reader() -> User:
    """Return somebody who sees every ordinary pilot; the same one each time."""
    found = User.objects.filter(email=EMAIL).first()
    return found or User.objects.create_user(EMAIL, None, name="Bench", is_administrator=True)


def asking(user: User) -> Client:
    """Return a browser in which a person is signed in."""
    client = Client(headers={"host": "localhost"})
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
    return client


def told_pilot() -> Pilot:
    """Return an ordinary running pilot with fifty entries in its log."""
    pilot = Pilot.objects.filter(is_confidential=False, stage="piloting").order_by("pk")[:1].get()
    missing = ENTRIES - LogEntry.objects.filter(pilot=pilot).count()
    insert_rows(LogEntry, [_entry(pilot, number) for number in range(missing)])
    return pilot


def _entry(pilot: Pilot, number: int) -> Mapping[str, Any]:
    return {
        "pilot_id": pilot.pk,
        "kind": LogKind.COMMENT.value,
        "going": "",
        "text": f"What happened that day, in a sentence or two; number {number}.",
        "written_at": NOW - timedelta(days=number),
        "author_id": None,
    }


def ask(found: Found, client: Client, what: str, address: str) -> int:
    """Ask for a page and note its seconds; return its length. Raises `RuntimeError` for anything but 200."""
    response = found.time(what, lambda: client.get(address))
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}.")
    return len(response.content)

"""What an administrator can do with a message. Each leaves an event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from pilots.access.models import Event
from pilots.actions.account import require_administrator
from pilots.actions.by import By, Refused
from pilots.actions.event import event
from portfolio.outbox.models import Message, State

GIVEN_UP = "Given up by {}."
LONGEST_SUBJECT = 400


def try_again(message: Message, *, by: By) -> None:
    """Queue a parked message as if it were new. Raises `Refused`."""
    _change(message, "message.retried", {State.DEAD}, _fresh(by.at), by=by)


def release(message: Message, *, by: By) -> None:
    """Let a held message go out. Raises `Refused`."""
    _change(message, "message.released", {State.HELD}, _fresh(by.at), by=by)


def give_up(message: Message, *, by: By) -> None:
    """Settle a message without sending it. Raises `Refused`."""
    fields = {"state": State.SKIPPED.value, "last_error": GIVEN_UP.format(by.user)}
    _change(message, "message.given_up", {State.QUEUED, State.DEAD, State.HELD}, fields, by=by)


def release_all(*, by: By) -> int:
    """Let everything that is held go out; return how many."""
    require_administrator(by.user, "change what is in the outbox")
    with transaction.atomic():
        released = Message.objects.filter(state=State.HELD.value).update(**_fresh(by.at))
        if released:
            Event.objects.bulk_create([event("message.all_released", by=by, after={"messages": released})])
    return released


def note_keys_read(keys: Sequence[str], *, file: str, by: By) -> None:
    """Note that somebody reads mail that lets its recipient in; `keys` say which and to whom."""
    require_administrator(by.user, "read mail files")
    Event.objects.bulk_create(
        event("mail.read", by=by, subject=key[:LONGEST_SUBJECT], after={"file": file}) for key in keys
    )


def _fresh(at: datetime) -> dict[str, Any]:
    return {"state": State.QUEUED.value, "next_try": at, "attempts": 0, "faults": 0}


def _change(message: Message, verb: str, allowed: set[State], fields: dict[str, Any], *, by: By) -> None:
    require_administrator(by.user, "change what is in the outbox")
    with transaction.atomic():
        still = Message.objects.filter(pk=message.pk, state__in=[state.value for state in allowed])
        if not still.update(**fields):
            raise Refused.because(
                "This mail is not what it was when you looked. See where it stands now, then decide.",
                code="settled",
            )
        subject = f"{message.kind} to {message.person}" if message.person else message.kind
        after = {"message": message.pk, "key": message.key}
        Event.objects.bulk_create([event(verb, by=by, subject=subject[:LONGEST_SUBJECT], after=after)])

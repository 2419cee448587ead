"""Who has a message in hand: take it, renew it just before sending, give it back. Each is one short
transaction; none stays open while a mail server is asked.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from portfolio.outbox.models import Message, MessageQuerySet, State

LEASE = timedelta(seconds=300)  # at least ten times as long as a mail server may take to answer
MOST_FAULTS = 3
REST = timedelta(minutes=1)  # before a message is tried again whose worker ended in the middle


def claim(at: datetime) -> Message | None:
    """Take the message that is due longest, or return None. Nobody else gets it while the lease lasts.

    One at a time: a message that ends its worker raises the count of no other.
    """
    while True:
        with transaction.atomic():
            row = (
                Message.objects.due(at)
                .order_by("next_try", "pk")
                .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
                .first()
            )
            if row is None:
                return None
            token = None if row.state == State.SENDING.value else _take(row)
            if token is None:
                _give_back(row, at)
        if token is not None:
            return Message.objects.select_related("person").filter(pk=row.pk, lease_token=token).first()


def _take(row: Message) -> uuid.UUID | None:
    """Take a queued row as it was read; None where somebody else was faster."""
    token = uuid.uuid4()
    taken = Message.objects.filter(pk=row.pk, state=State.QUEUED.value).update(
        state=State.SENDING.value,
        attempts=F("attempts") + 1,
        lease_token=token,
        lease_until=Now() + LEASE,
    )
    return token if taken else None


def _give_back(row: Message, at: datetime) -> None:
    """Put a row whose worker ended in the middle behind the others, or park it the third time.

    At once and in front it would be in hand again when the next worker dies, of whatever cause, and be
    taken for the cause.
    """
    as_left = Message.objects.filter(pk=row.pk, state=State.SENDING.value, lease_token=row.lease_token)
    if row.faults + 1 >= MOST_FAULTS:
        as_left.update(
            state=State.DEAD.value,
            faults=F("faults") + 1,
            lease_token=None,
            lease_until=None,
            last_error=f"Its worker ended {MOST_FAULTS} times in the middle of it.",
        )
        return
    as_left.update(
        state=State.QUEUED.value,
        faults=F("faults") + 1,
        lease_token=None,
        lease_until=None,
        next_try=at + REST,
        last_error="Its worker ended in the middle of it.",
    )


def renew(message: Message) -> bool:
    """Return whether the message is still in our hand, now for a whole lease."""
    ours = _ours(message).filter(lease_until__gt=Now())
    return ours.update(lease_until=Now() + LEASE) == 1


def mark(message: Message, state: State, **fields: Any) -> bool:
    """Write what became of a message in our hand; False when somebody else has taken it over."""
    return _ours(message).update(state=state.value, lease_token=None, lease_until=None, **fields) == 1


def _ours(message: Message) -> MessageQuerySet:
    return Message.objects.filter(pk=message.pk, state=State.SENDING.value, lease_token=message.lease_token)

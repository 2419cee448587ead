"""Puts a message into the outbox, inside the transaction of the change that asks for it."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parseaddr

from django.conf import settings
from django.db import IntegrityError, transaction

from pilots.access.models import User
from portfolio.outbox.failpoints import fp
from portfolio.outbox.models import Message, State


def enqueue(
    kind: str,
    *,
    key: str,
    at: datetime,
    person: User | None = None,
    ref: str = "",
    period: str | None = None,
) -> bool:
    """Queue a message once: return whether it was new. A key that was queued before stays as it is.

    `at` is when what it follows from happened; from that and the key comes its Message-ID.
    """
    if Message.objects.filter(key=key).exists():
        return False
    message = Message(
        key=key,
        kind=kind,
        person=person,
        ref=ref,
        period=period or "",
        message_id=message_id(f"{key} {at.astimezone(UTC).isoformat()}"),
        queued_at=at,
        next_try=at,
    )
    try:
        with transaction.atomic():
            Message.objects.bulk_create([message])
    except IntegrityError:
        # Of two that insert at once one waits for the other, and then finds it there.
        if Message.objects.filter(key=key).exists():
            return False
        raise
    fp("in_enqueue")
    return True


def new_message_id() -> str:
    """Return one for a mail that no row remembers."""
    return _message_id(uuid.uuid4())


def message_id(text: str) -> str:
    """Return the Message-ID that follows from a text: the same one in every copy of this site."""
    return _message_id(uuid.uuid5(uuid.NAMESPACE_URL, f"https://{settings.SITE_HOST}/outbox/{text}"))


def _message_id(number: uuid.UUID) -> str:
    return f"<{number}@{_domain()}>"


def _domain() -> str:
    """Return what stands behind the @ of our own address, as headers can hold it."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or settings.SITE_HOST
    return domain.encode("idna").decode("ascii")


def enqueue_for(
    people: Mapping[str, int],
    kind: str,
    *,
    at: datetime,
    period: str | Mapping[str, str] = "",
    held: Mapping[str, str] | None = None,
) -> None:
    """Queue one message for each person, by key; what was queued before stays. Two statements for any number.

    `period` is the same for all, or by key; a key says all of what its mail is about. `held` says, by key,
    why a message is to wait for an administrator from the beginning.
    """
    why = held or {}
    known = set(Message.objects.filter(key__in=list(people)).values_list("key", flat=True))
    messages = [
        Message(
            key=key,
            kind=kind,
            person_id=person_id,
            period=period if isinstance(period, str) else period[key],
            message_id=message_id(key),
            state=(State.HELD if key in why else State.QUEUED).value,
            last_error=why.get(key, ""),
            queued_at=at,
            next_try=at,
        )
        for key, person_id in people.items()
        if key not in known
    ]
    Message.objects.bulk_create(messages, ignore_conflicts=True, batch_size=500)
    fp("in_enqueue")

"""The kinds of mail: each app registers, when it is ready, how its own are written at the time of sending."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from portfolio.outbox.models import Message


@dataclass(frozen=True)
class Letter:
    """A mail to one address. `headers` may hold only names that `portfolio/outbox/letter.py` knows."""

    to: str
    subject: str
    text: str
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Skip:
    """Why there is nothing to send, in words: permission gone, account closed, nothing to say.

    Where something follows from the reason its kind gives it a code; words are for people only.
    """

    reason: str
    code: str = ""


RESET = "password_reset"

Render = Callable[[Message, datetime], Letter | Skip]

_KINDS: dict[str, Render] = {}


def register(code: str, render: Render) -> None:
    """Let `render(message, at)` write all mail of a kind; it looks at permissions then, and may skip.

    `message.person` is None where the mail has no account, or has it no more.
    """
    if _KINDS.get(code, render) is not render:
        raise ValueError(f"Mail of kind {code!r} is written elsewhere already.")
    _KINDS[code] = render


def _is_tried_out(message: Message) -> bool:
    return message.kind == RESET and settings.SITE_IS_LOOPBACK


def write(message: Message, at: datetime) -> Letter | Skip:
    """Write a message. A closed account and a demo log-in receive nothing, whatever the kind.

    But one: where the site answers on this machine only, whoever tries it out may see the mail by which a
    demo log-in chooses a new password.
    """
    if message.person is not None and not message.person.is_active:
        return Skip("The account is closed.")
    if message.person is not None and message.person.is_sample and not _is_tried_out(message):
        return Skip("Demo log-ins receive no mail.")
    if message.kind not in _KINDS:
        raise LookupError(f"Nothing here writes mail of kind {message.kind!r}.")
    return _KINDS[message.kind](message, at)

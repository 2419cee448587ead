"""The signed links in mail: answer, decide, stop. Each token opens one page and can do nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer

from pilots.access.models import User
from pilots.models import Decision, Flag

LIFE = timedelta(days=14)
# Addresses that stay put: mail outlives releases.
ANSWER, DECIDE, STOP = "/a/", "/d/", "/digest/stop/"


class Unreadable(Exception):
    """The link is not one of ours, or was cut or changed on its way."""


class Expired(Exception):
    """The link was good until `ended_at`."""

    def __init__(self, ended_at: datetime) -> None:
        self.ended_at = ended_at
        super().__init__(
            "This link has ended. The newest mail has one that works; so has the page of the pilot."
        )


@dataclass(frozen=True)
class MailLink:
    """Whom a link was mailed to, what it is about (a flag or a decision), and until when it works."""

    user_id: int
    about: int
    ends_at: datetime


@dataclass(frozen=True)
class StopLink:
    """Whose mail of which kind a link stops. It does not end: an old mail must be able to stop the next."""

    user_id: int
    kind: str


def answer_url(user: User, flag: Flag, at: datetime) -> str:
    return _link(ANSWER, _dated("answer", user.pk, flag.pk, at))


def decide_url(user: User, decision: Decision, at: datetime) -> str:
    return _link(DECIDE, _dated("decide", user.pk, decision.pk, at))


def unsubscribe_url(user: User, kind: str) -> str:
    return _link(STOP, _signer("stop").sign(f"{user.pk}-{kind}"))


def read_answer(token: str, at: datetime) -> MailLink:
    """Return what an answer link is about: `about` is a flag. Raise `Unreadable` or `Expired`."""
    return _read_dated("answer", token, at)


def read_decide(token: str, at: datetime) -> MailLink:
    """Return what a decide link is about: `about` is a decision. Raise `Unreadable` or `Expired`."""
    return _read_dated("decide", token, at)


def read_unsubscribe(token: str) -> StopLink:
    user_id, kind = _parts("stop", token, 2)
    return StopLink(_number(user_id), kind)


def absolute(path: str) -> str:
    """Return the address of a page of ours for somebody who reads it elsewhere."""
    return f"{settings.SITE_URL}{path}"


def _link(place: str, token: str) -> str:
    return absolute(f"{place}{token}/")


def _signer(purpose: str) -> Signer:
    return Signer(salt=f"digests.{purpose}", sep=".")


def _dated(purpose: str, user_id: int, about: int, at: datetime) -> str:
    return _signer(purpose).sign(f"{user_id}-{about}-{int(at.timestamp())}")


def _read_dated(purpose: str, token: str, at: datetime) -> MailLink:
    user_id, about, made = (_number(part) for part in _parts(purpose, token, 3))
    ends_at = datetime.fromtimestamp(made, UTC) + LIFE
    if at >= ends_at:
        raise Expired(ends_at)
    return MailLink(user_id, about, ends_at)


def _parts(purpose: str, token: str, count: int) -> list[str]:
    try:
        parts = _signer(purpose).unsign(token).split("-")
    except BadSignature as error:
        raise Unreadable("This link is not complete. Copy all of it from the mail.") from error
    if len(parts) != count:
        raise Unreadable("This link is not complete. Copy all of it from the mail.")
    return parts


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise Unreadable("This link is not complete. Copy all of it from the mail.") from error

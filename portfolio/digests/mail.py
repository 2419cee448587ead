"""Writes the digest and the sign of life when they are sent, of what their reader may see at that moment."""

from datetime import datetime, timedelta

from django.template.loader import render_to_string
from django.urls import reverse

from pilots.access.models import User
from portfolio.digests.compose import compose
from portfolio.digests.due import DIGEST, NOTHING_TO_SAY, SIGN_OF_LIFE, is_paused
from portfolio.digests.links import absolute, unsubscribe_url
from portfolio.digests.models import DigestSetting, setting_of
from portfolio.digests.parts import Digest
from portfolio.digests.text import as_text
from portfolio.digests.week import local, sunday_of
from portfolio.outbox.kinds import Letter, Skip
from portfolio.outbox.models import Message

# A digest that was queued on Sunday night may go out on Monday; one that waited longer is old news.
GRACE = timedelta(days=1)


def write_digest(message: Message, at: datetime) -> Letter | Skip:
    """Write one person's digest of the week it was queued for, or say why there is none."""
    person = message.person
    if person is None:
        return Skip("The account is gone.")
    setting = setting_of(person)
    reason = _unwanted(person, setting, at)
    if reason:
        return Skip(reason)
    if message.period and local(at, person.zone).date() > sunday_of(message.period) + GRACE:
        return Skip("Its week had ended before it could be sent.")
    digest = compose(person, at, week=message.period or None)
    if digest.is_empty:
        return Skip("There was nothing to say.", NOTHING_TO_SAY)
    return Letter(
        to=person.email,
        subject=digest.subject,
        text=as_text(digest),
        html=as_html(digest),
        headers=stop_headers(person),
    )


def write_sign_of_life(message: Message, at: datetime) -> Letter | Skip:
    """Tell somebody who had no mail for four weeks that nothing is stuck, rather than that nothing runs."""
    person = message.person
    if person is None:
        return Skip("The account is gone.")
    reason = _unwanted(person, setting_of(person), at)
    if reason:
        return Skip(reason)
    digest = compose(person, at)
    if not digest.is_empty:
        return Skip("There is something to say again; the next digest says it.")
    context = {"digest": digest, "settings_url": absolute(reverse("digests:digest"))}
    return Letter(
        to=person.email,
        subject="Headway: nothing is stuck, and no mail for four weeks",
        text=render_to_string("digests/mail/sign_of_life.txt", context),
        html=render_to_string("digests/mail/sign_of_life.html", context),
        headers=stop_headers(person),
    )


def as_html(digest: Digest) -> str:
    return render_to_string("digests/mail/digest.html", {"digest": digest})


def stop_headers(person: User) -> dict[str, str]:
    """Return what lets a mail program stop the digest with one click (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{unsubscribe_url(person, DIGEST)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _unwanted(person: User, setting: DigestSetting, at: datetime) -> str:
    """Return why a person gets no digest at the moment of sending, or nothing."""
    if not setting.is_on:
        return "The digest was switched off meanwhile."
    if is_paused(setting, local(at, person.zone).date()):
        return "The digest was paused meanwhile."
    return ""


KINDS = {DIGEST: write_digest, SIGN_OF_LIFE: write_sign_of_life}

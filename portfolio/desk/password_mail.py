"""The mail by which somebody chooses a new password; its link is made when it is sent."""

from datetime import datetime, timedelta

from django.template.loader import render_to_string

from pilots.access.models import User
from portfolio.desk.settings_link import password_url
from portfolio.outbox import kinds
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Message

KIND = kinds.RESET
STILL_WANTED = timedelta(days=1)


def queue_password_mail(user: User, *, at: datetime) -> bool:
    """Queue the mail; asked for again within the same minute it is the same one."""
    return enqueue(KIND, key=f"{KIND}:{user.pk}:{at:%Y-%m-%dT%H:%M}", at=at, person=user)


def write_password_mail(message: Message, at: datetime) -> kinds.Letter | kinds.Skip:
    user = message.person
    if user is None:
        return kinds.Skip("The account is gone.")
    if at - message.queued_at > STILL_WANTED:
        return kinds.Skip("It was asked for more than a day ago.")
    context = {"password_reset_url": password_url(user)}
    return kinds.Letter(
        to=user.email,
        subject=render_to_string("account/email/password_reset_key_subject.txt", context),
        text=render_to_string("account/email/password_reset_key_message.txt", context),
    )


def register() -> None:
    """Called when the app is ready."""
    kinds.register(KIND, write_password_mail)

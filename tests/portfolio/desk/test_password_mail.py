from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from portfolio.desk.password_mail import queue_password_mail
from portfolio.outbox.deliver import deliver
from portfolio.outbox.models import Message
from tests.conftest import NOW


def send(at=NOW):
    return deliver(now=lambda: at, budget=timedelta(seconds=60))


def test_asked_for_twice_in_a_minute_it_is_one_mail(manager):
    assert queue_password_mail(manager, at=NOW) is True
    assert queue_password_mail(manager, at=NOW + timedelta(seconds=59)) is False
    assert queue_password_mail(manager, at=NOW + timedelta(seconds=60)) is True

    send(NOW + timedelta(minutes=2))
    assert [message.to for message in mail.outbox] == [["maren@example.com"]] * 2


def test_the_link_is_made_when_it_is_sent_and_works(manager, settings):
    queue_password_mail(manager, at=NOW)
    manager.set_password("something else, since then")  # a link made before this would be worth nothing
    manager.save(update_fields=["password"])

    send()

    [sent] = mail.outbox
    [link] = [word for word in sent.body.split() if "://" in word]
    page = Client().get(link.removeprefix(settings.SITE_URL), follow=True)
    assert "New password, once more" in page.content.decode()
    assert sent.subject == "Headway: choose a new password"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_active": False}, "The account is closed."),
        ({"is_sample": True}, "Demo log-ins receive no mail."),
    ],
)
def test_nothing_is_sent_to_an_account_that_may_not_use_it(manager, settings, change, reason):
    settings.SITE_IS_LOOPBACK = False
    queue_password_mail(manager, at=NOW)
    for name, value in change.items():
        setattr(manager, name, value)
    manager.save(update_fields=list(change))

    assert send().skipped == 1
    assert (Message.objects.get().last_error, mail.outbox) == (reason, [])


def test_a_mail_that_waited_for_more_than_a_day_is_wanted_no_more(manager):
    queue_password_mail(manager, at=NOW)
    assert send(NOW + timedelta(days=1, seconds=1)).skipped == 1

from datetime import timedelta, timezone

import pytest
from django.core import mail
from django.db import IntegrityError

from portfolio.outbox import kinds
from portfolio.outbox.deliver import deliver
from portfolio.outbox.enqueue import enqueue, enqueue_for
from portfolio.outbox.models import Message
from tests.conftest import NOW


def test_a_message_is_queued_once(db, manager):
    assert enqueue("test", key="test:1", at=NOW, person=manager, ref="7", period="2026-W47") is True
    first = Message.objects.get()
    assert enqueue("test", key="test:1", at=NOW + timedelta(hours=1), ref="8") is False

    assert Message.objects.count() == 1
    again = Message.objects.get()
    assert (again.message_id, again.ref, again.queued_at) == (first.message_id, "7", NOW)
    assert (first.kind, first.person, first.period, first.state) == ("test", manager, "2026-W47", "queued")
    assert (first.next_try, first.attempts, first.faults) == (NOW, 0, 0)


def test_the_message_id_names_our_own_domain(db, settings):
    settings.DEFAULT_FROM_EMAIL = "Headway <headway@bücher.example>"
    enqueue("test", key="test:1", at=NOW)

    message_id = Message.objects.get().message_id
    assert message_id.endswith("@xn--bcher-kva.example>")
    assert message_id.isascii()


def test_the_message_id_follows_from_key_and_moment(db, manager, settings):
    """Whatever a restored copy repeats carries the id it had; what only has the same number, another."""

    def queued(key="test:1", at=NOW):
        Message.objects.all().delete()
        enqueue("test", key=key, at=at)
        return Message.objects.get().message_id

    first = queued()
    settings.SECRET_KEY = "another"
    assert queued() == first == queued(at=NOW.astimezone(timezone(timedelta(hours=9))))
    assert queued(key="test:2") != first
    assert queued(at=NOW + timedelta(seconds=1)) != first
    settings.SITE_HOST = "other.example"
    assert queued() != first


def test_many_messages_get_ids_that_follow_from_their_keys(db, manager, viewer):
    def queued(at):
        Message.objects.all().delete()
        enqueue_for({"a": manager.pk, "b": viewer.pk}, "test", at=at)
        return dict(Message.objects.values_list("key", "message_id"))

    first = queued(NOW)
    assert len(set(first.values())) == 2
    assert queued(NOW + timedelta(days=1)) == first


def test_a_fault_that_is_no_repeat_is_raised(db):
    enqueue("test", key="test:1", at=NOW)
    Message.objects.update(key="other")

    with pytest.raises(IntegrityError):
        enqueue("test", key="test:1", at=NOW)  # the row that has its id is not its own


def test_a_queued_message_goes_out_with_the_id_it_got_then(db, manager, monkeypatch):
    monkeypatch.setitem(
        kinds._KINDS, "test", lambda message, at: kinds.Letter(manager.email, "Hello", "Text")
    )
    enqueue("test", key="test:1", at=NOW, person=manager)

    told = deliver(now=lambda: NOW, budget=timedelta(seconds=60))

    [sent] = mail.outbox
    message = Message.objects.get()
    assert (told.sent, told.stopped) == (1, "")
    assert (message.state, message.attempts, message.sent_at) == ("sent", 1, NOW)
    assert sent.extra_headers == {
        "Message-ID": message.message_id,
        "X-Headway-Outbox-Id": str(message.pk),
        "Auto-Submitted": "auto-generated",
    }
    assert (sent.to, sent.subject, sent.body) == (["maren@example.com"], "Hello", "Text")

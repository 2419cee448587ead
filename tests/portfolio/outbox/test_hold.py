from datetime import timedelta

from pilots.access.models import Event
from pilots.actions.event import event
from pilots.actions.job import record_heartbeat
from portfolio.outbox import drain
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.hold import RESTORED, hold_after_gap, hold_unsent
from portfolio.outbox.models import Message
from tests.conftest import NOW
from tests.portfolio.outbox.test_deliver import queue, send

HOUR = timedelta(hours=1)


def states():
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


def test_a_restored_copy_sends_nothing_that_was_queued_before(db, smtp, kind):
    queue(*(f"p{number}@example.com" for number in range(50)))
    Message.objects.filter(ref="p49@example.com").update(
        state="sending", lease_token="8b0b5f2e-3a55-4a6e-9a44-2d3f0a0f7a11", lease_until=NOW
    )
    record_heartbeat(job="ring", at=NOW)
    later = NOW + 2 * HOUR
    enqueue("test", key="new", at=later, ref="new@example.com")

    assert hold_after_gap(later) == 50
    record_heartbeat(job="ring", at=later)

    assert send(later).sent == 1
    assert smtp.recipients == ["new@example.com"]
    assert states() == ["held"] * 50 + ["sent"]
    assert set(Message.objects.filter(state="held").values_list("last_error", flat=True)) == {RESTORED}


def test_a_short_pause_or_a_first_start_holds_nothing(db):
    queue("a@example.com")
    assert hold_after_gap(NOW + 9 * HOUR) == 0

    record_heartbeat(job="ring", at=NOW)
    assert hold_after_gap(NOW + HOUR) == 0
    assert states() == ["queued"]


def test_what_follows_from_events_before_the_gap_is_held_too(db, by_system, monkeypatch):
    monkeypatch.setitem(
        drain._FUNCTIONS, "thing.done", [lambda happened: enqueue("test", key="e", at=happened.at)]
    )
    Event.objects.bulk_create([event("thing.done", by=by_system)])
    record_heartbeat(job="ring", at=NOW)

    assert hold_after_gap(NOW + 2 * HOUR) == 1
    assert states() == ["held"]


def test_a_restore_may_hold_everything(db):
    queue("a@example.com", "b@example.com")
    Message.objects.filter(ref="a@example.com").update(state="sent")

    assert hold_unsent() == 1
    assert states() == ["sent", "held"]

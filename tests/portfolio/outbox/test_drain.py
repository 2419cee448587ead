import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F

from pilots.access.models import Event
from pilots.actions.event import event
from portfolio.outbox import drain
from portfolio.outbox.drain import drain_events, on_event
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Cursor, Message
from portfolio.outbox.prune import KEPT, prune_messages
from tests.conftest import NOW
from tests.portfolio.outbox.test_deliver import send

# Real commits: on PostgreSQL the feed shows a transaction only when it has ended.
pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 120  # seconds


@pytest.fixture(autouse=True)
def functions(monkeypatch):
    table = drain.defaultdict(list)
    monkeypatch.setattr(drain, "_FUNCTIONS", table)
    return table


def mail_about(happened):
    enqueue("test", key=f"test:{happened.pk}", at=happened.at, ref=happened.subject)


def happen(by, *subjects, verb="thing.done"):
    return Event.objects.bulk_create([event(verb, by=by, subject=subject) for subject in subjects])


def subjects():
    return list(Message.objects.order_by("pk").values_list("ref", flat=True))


def test_each_event_is_shown_once_to_those_who_wait_for_its_verb(program, by_system):
    on_event("thing.done", mail_about)
    happen(by_system, "one", "two")
    happen(by_system, "other", verb="thing.left")

    assert drain_events(NOW) == Event.objects.count()
    assert drain_events(NOW) == 0
    happen(by_system, "three")
    assert drain_events(NOW) == 1
    assert subjects() == ["one", "two", "three"]


def test_a_function_is_registered_once(functions):
    on_event("thing.done", mail_about)
    on_event("thing.done", mail_about)
    assert functions["thing.done"] == [mail_about]


def test_a_repeat_queues_nothing_twice(program, by_system):
    on_event("thing.done", mail_about)
    happen(by_system, "one", "two")
    drain_events(NOW)
    Cursor.objects.all().delete()

    assert drain_events(NOW) == Event.objects.count()
    assert subjects() == ["one", "two"]


def test_events_read_again_after_a_restore_queue_nothing_whose_mail_was_forgotten(db, by_system):
    """Into another cluster: events are read from their beginning, and old keys are gone."""
    on_event("thing.done", mail_about)
    long_ago = replace(by_system, at=NOW - KEPT - timedelta(seconds=1))
    happen(long_ago, "old")
    happen(replace(by_system, at=NOW - KEPT), "young")
    drain_events(long_ago.at)
    Message.objects.update(state="sent", sent_at=F("queued_at"))
    prune_messages(NOW)
    assert subjects() == ["young"]

    Cursor.objects.all().delete()
    assert drain_events(NOW) == 2
    assert subjects() == ["young"]


def test_the_cursor_moves_with_the_messages_or_not_at_all(db, by_system, monkeypatch):
    on_event("thing.done", mail_about)
    happen(by_system, "one")
    with monkeypatch.context() as broken:
        broken.setattr(Cursor, "save", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            drain_events(NOW)

    assert subjects() == []
    drain_events(NOW)
    assert subjects() == ["one"]


def test_more_events_than_are_read_at_once(db, by_system, monkeypatch):
    monkeypatch.setattr(drain, "AT_ONCE", 3)
    on_event("thing.done", mail_about)
    happen(by_system, *"abcdefgh")

    assert drain_events(NOW) == 8
    assert "".join(subjects()) == "abcdefgh"


def test_an_event_nobody_can_read_keeps_back_no_other_and_can_be_tried_again(db, by_system, caplog):
    is_broken = True

    def read(happened):
        if is_broken and happened.subject == "bad":
            raise LookupError("gone")
        mail_about(happened)

    on_event("thing.done", read)
    _, bad, _ = happen(by_system, "one", "bad", "two")

    drain_events(NOW)
    assert subjects() == ["one", str(bad.pk), "two"]
    assert Message.objects.get(ref=str(bad.pk)).kind == "event"

    is_broken = False
    Message.objects.exclude(kind="event").delete()
    assert send().skipped == 1
    assert subjects() == [str(bad.pk), "bad"]


def happen_elsewhere(by, xact, *subjects):
    """Insert events as a dump brings them that another PostgreSQL cluster numbered."""
    rows = [event("thing.done", by=by, subject=subject) for subject in subjects]
    for row in rows:
        row.xact = xact
    return Event.objects.bulk_create(rows)


def test_events_another_cluster_numbered_come_first_and_once(db, by_system):
    far = 1_000_000_000_000
    on_event("thing.done", mail_about)
    happen(by_system, "ours")
    happen_elsewhere(by_system, far, "old", "older")

    assert drain_events(NOW) == 3
    assert drain_events(NOW) == 0
    assert subjects() == ["old", "older", "ours"]
    happen(by_system, "new")
    assert drain_events(NOW) == 1


def test_a_cursor_from_before_a_restore_reads_our_own_events_from_their_beginning(db, by_system):
    far = 1_000_000_000_000
    on_event("thing.done", mail_about)
    shown, _ = happen_elsewhere(by_system, far, "shown", "left")
    Cursor.objects.create(name="events", xact=far, event_id=shown.pk, is_elsewhere=False)
    happen(by_system, "new")

    assert drain_events(NOW) == 2
    assert subjects() == ["left", "new"]
    assert drain_events(NOW) == 0


def alone(work, *args):
    """Run in a thread with a connection of its own."""
    try:
        work(*args)
    finally:
        connection.close()


def write(by, number):
    for turn in range(15):
        with transaction.atomic():
            happen(by, f"{number}-{turn}")


def drain_until(is_over):
    while not is_over.is_set():
        drain_events(NOW)


def drain_up_to(count):
    """Drain until `count` messages are there; on PostgreSQL other tests' transactions hold the feed back."""
    deadline = time.monotonic() + PATIENCE
    while Message.objects.count() < count and time.monotonic() < deadline:
        drain_events(NOW)
        time.sleep(0.05)


@pytest.mark.gap_free
@pytest.mark.django_db(transaction=True)
def test_writers_and_drainers_at_once_miss_nothing(by_system):
    """Ids are handed out before a transaction commits; the feed's order does not skip the slow one."""
    on_event("thing.done", mail_about)
    is_over = threading.Event()
    with ThreadPoolExecutor() as pool:
        drainers = [pool.submit(alone, drain_until, is_over) for _ in range(2)]
        writers = [pool.submit(alone, write, by_system, number) for number in range(3)]
        wait(writers)
        is_over.set()
    for thread in writers + drainers:
        thread.result()
    drain_up_to(45)

    assert sorted(subjects()) == sorted(f"{number}-{turn}" for number in range(3) for turn in range(15))

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from portfolio.outbox.claim import LEASE, REST, claim, mark, renew
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Message, State
from tests.conftest import NOW


def queue(*keys, at=NOW):
    for key in keys:
        enqueue("test", key=key, at=at)


def run_out():
    """Let every lease be over, as after five minutes without the worker that holds it."""
    Message.objects.filter(state="sending").update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_lease_lasts_for_ten_times_the_answer_of_a_mail_server():
    assert timedelta(seconds=10 * settings.EMAIL_TIMEOUT) <= LEASE


def test_what_is_due_longest_comes_first_and_nothing_comes_early(db):
    queue("later", at=NOW + timedelta(seconds=1))
    queue("second")
    queue("first", at=NOW - timedelta(seconds=1))

    assert [claim(NOW).key, claim(NOW).key, claim(NOW)] == ["first", "second", None]


def test_an_attempt_counts_when_the_message_is_taken(db):
    queue("a")
    message = claim(NOW)

    assert (message.state, message.attempts, message.faults) == ("sending", 1, 0)
    assert Message.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_two_claimers_share_no_message():
    queue(*(f"m{number}" for number in range(60)))
    together = threading.Barrier(4)

    def work():
        together.wait()
        try:
            return [message.key for message in iter(lambda: claim(NOW), None)]
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        taken = [done.result() for done in [pool.submit(work) for _ in range(4)]]

    assert sorted(key for keys in taken for key in keys) == sorted(f"m{number}" for number in range(60))


def test_a_message_in_hand_is_nobody_elses(db):
    queue("a")
    message = claim(NOW)

    assert claim(NOW + timedelta(days=1)) is None  # the lease goes by the database's time
    assert renew(message)


def test_a_lease_that_ran_out_is_taken_over_and_its_holder_cannot_mark(db):
    queue("a")
    first = claim(NOW)
    run_out()
    assert not renew(first)
    assert claim(NOW) is None  # it rests for a minute
    second = claim(NOW + REST)

    assert (second.pk, second.attempts, second.faults) == (first.pk, 2, 1)
    assert not renew(first)
    assert not mark(first, State.SENT, sent_at=NOW)
    assert Message.objects.get().state == "sending"
    assert renew(second)
    assert mark(second, State.SENT, sent_at=NOW)
    assert (Message.objects.get().state, Message.objects.get().lease_token) == ("sent", None)


def test_a_message_whose_worker_ended_goes_behind_the_others(db):
    queue("left", "a", "b")
    assert claim(NOW).key == "left"
    run_out()

    assert [claim(NOW).key, claim(NOW).key, claim(NOW)] == ["a", "b", None]
    left = Message.objects.get(key="left")
    assert (left.state, left.next_try, left.faults) == ("queued", NOW + REST, 1)
    assert left.last_error == "Its worker ended in the middle of it."


def test_a_message_that_ended_three_workers_is_parked(db):
    queue("poison")
    for attempt in (1, 2, 3):
        at = NOW + attempt * REST
        poison = claim(at)
        assert (poison.key, poison.attempts) == ("poison", attempt)
        run_out()
        assert claim(at) is None

    poison = Message.objects.get(key="poison")
    assert (poison.state, poison.attempts, poison.faults) == ("dead", 3, 3)
    assert poison.last_error == "Its worker ended 3 times in the middle of it."


@pytest.mark.parametrize("state", ["sent", "dead", "held", "skipped"])
def test_what_is_settled_is_not_taken(db, state):
    queue("a")
    Message.objects.update(state=state)
    assert claim(NOW) is None


def test_the_database_refuses_a_lease_on_what_is_not_being_sent(db):
    queue("a")
    claim(NOW)
    with pytest.raises(Exception, match="message_lease_while_sending"):
        Message.objects.update(state="queued")

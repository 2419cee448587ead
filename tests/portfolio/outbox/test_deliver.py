import socket
import time
from datetime import timedelta

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from portfolio.outbox.deliver import deliver, pause_after
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.kinds import Letter, Skip
from portfolio.outbox.models import Message
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)


def send(at=NOW):
    return deliver(now=lambda: at, budget=timedelta(seconds=60))


def queue(*addresses):
    for address in addresses:
        enqueue("test", key=f"test:{address}", at=NOW, ref=address)


def state_of(address):
    message = Message.objects.get(ref=address)
    return message.state, message.attempts, message.last_error


def test_the_pauses_grow_to_an_hour():
    assert [pause_after(n) // MINUTE for n in range(1, 9)] == [1, 5, 15, 60, 60, 60, 60, 60]


def test_one_connection_carries_all(db, smtp, kind):
    queue(*(f"p{number}@example.com" for number in range(5)))

    told = send()

    assert (told.sent, told.again, told.dead, told.stopped) == (5, 0, 0, "")
    assert smtp.recipients == [f"p{number}@example.com" for number in range(5)]
    assert smtp.connections == 1
    [first, *_] = smtp.messages
    message = Message.objects.get(ref="p0@example.com")
    assert first["Message-ID"] == message.message_id
    assert first["X-Headway-Outbox-Id"] == str(message.pk)
    assert first["Auto-Submitted"] == "auto-generated"


def test_a_bad_address_holds_up_nobody(db, smtp, kind):
    queue("a@example.com", "refuse4@example.com", "b@example.com", "refuse5@example.com", "c@example.com")

    told = send()

    assert (told.sent, told.again, told.dead, told.stopped) == (3, 1, 1, "")
    assert smtp.recipients == ["a@example.com", "b@example.com", "c@example.com"]
    assert state_of("refuse4@example.com") == (
        "queued",
        1,
        "The mail server answered 451: 4.3.0 Try again later",
    )
    assert state_of("refuse5@example.com") == (
        "dead",
        1,
        "The mail server answered 550: 5.1.1 No such person here",
    )


def test_a_mail_refused_for_now_is_tried_eight_times_and_keeps_its_message_id(db, smtp, kind):
    queue("refuse4@example.com")
    at, waited = NOW, []
    for _ in range(7):
        assert send(at).again == 1
        message = Message.objects.get()
        assert send(message.next_try - timedelta(seconds=1)).again == 0
        waited.append((message.next_try - at) // MINUTE)
        at = message.next_try
    first = Message.objects.get().message_id

    assert waited == [1, 5, 15, 60, 60, 60, 60]
    assert send(at).dead == 1
    assert state_of("refuse4@example.com")[:2] == ("dead", 8)
    assert len(smtp.refused) == 8
    assert Message.objects.get().message_id == first


def test_a_repeat_carries_the_same_message_id(db, smtp, kind):
    queue("a@example.com")
    send()
    Message.objects.update(state="queued")  # as if the worker had been killed before it could mark
    send()

    [first, second] = smtp.messages
    assert first["Message-ID"] == second["Message-ID"] == Message.objects.get().message_id


def test_without_a_server_the_round_ends_and_no_attempt_is_counted(db, settings, kind):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = taken.getsockname()
        queue("a@example.com", "b@example.com")

        told = send()

    assert told.sent == 0
    assert "cannot be used" in told.stopped
    first, second = Message.objects.order_by("pk")
    assert (first.state, first.attempts, first.next_try) == ("queued", 0, NOW + MINUTE)
    assert first.last_error == told.stopped
    assert (second.state, second.attempts, second.last_error) == ("queued", 0, "")


def test_a_server_that_takes_no_mail_from_us_ends_the_round(db, smtp, kind):
    smtp.sender = "550 5.7.1 You may not send here"
    queue("a@example.com", "b@example.com")

    told = send()

    assert told.stopped == "The mail server does not take mail from us: 550 5.7.1 You may not send here"
    assert list(Message.objects.values_list("state", "attempts")) == [("queued", 0)] * 2


def test_a_silent_server_costs_one_time_limit(db, settings, kind):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 0.5
        queue("a@example.com", "b@example.com")
        began = time.monotonic()
        told = send()
        took = time.monotonic() - began
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):  # it was called once
            silent.accept()

    assert took < 15
    assert told.stopped
    assert {message.attempts for message in Message.objects.all()} == {0}


def test_a_recipient_nobody_answers_for_does_not_stop_the_others(db, smtp, settings, kind):
    settings.EMAIL_TIMEOUT = 1
    queue("a@example.com", "silent@example.com", "b@example.com")

    told = send()

    assert (told.sent, told.again, told.stopped) == (2, 1, "")
    assert smtp.recipients == ["a@example.com", "b@example.com"]
    assert state_of("silent@example.com")[:2] == ("queued", 1)


def test_a_server_that_falls_silent_ends_the_round_after_the_first_mail(db, smtp, settings, kind):
    settings.EMAIL_TIMEOUT = 1
    queue("silent1@example.com", "silent2@example.com", "silent3@example.com")

    told = send()

    assert (told.again, len(smtp.refused)) == (1, 1)
    assert told.stopped.startswith("The mail server went away in the middle")


def test_a_message_that_cannot_be_written_is_parked_after_three_times(db, smtp, kind, caplog):
    def write(message, at):
        if message.ref == "poison@example.com":
            raise ZeroDivisionError("no pilots")
        return Letter(message.ref, "Hello", "Text")

    kind(write)
    queue("poison@example.com", "a@example.com")

    assert send().sent == 1
    assert send(NOW + MINUTE).again == 1
    assert send(NOW + 6 * MINUTE).dead == 1
    assert state_of("poison@example.com") == (
        "dead",
        3,
        "It could not be written: ZeroDivisionError: no pilots",
    )
    assert smtp.recipients == ["a@example.com"]


def test_a_kind_nobody_writes_is_told(db, kind):
    enqueue("unheard-of", key="x", at=NOW)
    send()
    assert Message.objects.get().last_error == (
        "It could not be written: LookupError: Nothing here writes mail of kind 'unheard-of'."
    )


def test_an_account_closed_between_queueing_and_sending_gets_nothing(db, smtp, kind, viewer, manager):
    enqueue("test", key="v", at=NOW, person=viewer, ref=viewer.email)
    enqueue("test", key="m", at=NOW, person=manager, ref=manager.email)
    viewer.is_active = False
    viewer.save(update_fields=["is_active"])

    told = send()

    assert (told.sent, told.skipped) == (1, 1)
    assert smtp.recipients == ["maren@example.com"]
    assert state_of(viewer.email) == ("skipped", 1, "The account is closed.")


def test_a_kind_may_say_that_there_is_nothing_to_send(db, smtp, kind):
    kind(lambda message, at: Skip("Nothing waits."))
    queue("a@example.com")

    assert send().skipped == 1
    assert state_of("a@example.com") == ("skipped", 1, "Nothing waits.")
    assert smtp.accepted == []


@pytest.mark.parametrize(("budget", "sent"), [(0, 0), (3, 3), (60, 5)])
def test_a_round_ends_when_its_time_is_over(db, smtp, kind, budget, sent):
    ticks = iter(range(10_000))

    def write(message, at):
        clock[0] += timedelta(seconds=1)
        return Letter(message.ref, "Hello", "Text")

    clock = [NOW]
    kind(write)
    queue(*(f"p{next(ticks)}@example.com" for _ in range(5)))

    assert deliver(now=lambda: clock[0], budget=timedelta(seconds=budget)).sent == sent


def test_the_end_of_a_workers_time_is_not_held_against_the_message(db, smtp, kind):
    def write(message, at):
        raise SoftTimeLimitExceeded

    kind(write)
    queue("a@example.com")
    with pytest.raises(SoftTimeLimitExceeded):
        send()

    assert state_of("a@example.com") == ("sending", 1, "")

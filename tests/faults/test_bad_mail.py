"""Bad addresses, bad rows and bad servers: each costs itself, and nobody else."""

import socket

import pytest

from tests.faults.place import LONG

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.once]

PEOPLE = 500 if LONG else 40

REFUSING = """
from pilots.access.models import User
people = list(User.objects.order_by("pk")[:25])
for place, person in enumerate(people):
    person.email = f"refuse{4 if place < 10 else 5}-{place}@example.com"
User.objects.bulk_update(people, ["email"])
"""
STATES = """
from collections import Counter
from portfolio.outbox.models import Message
print(sorted(Counter(Message.objects.values_list("state", "attempts")).items()))
"""


def test_refusing_addresses_stop_nobody_else(make_place):
    place = make_place(PEOPLE)

    place.ask(f"{REFUSING}\noffer(); deliver()")

    assert len(place.sink.accepted()) == PEOPLE - 25
    # Parked at once where the server said “never”, queued again where it said “not now”.
    assert place.ask(STATES) == str([(("dead", 1), 15), (("queued", 1), 10), (("sent", 1), PEOPLE - 25)])


def test_not_now_is_tried_again_and_given_up_after_eight_times(make_place):
    place = make_place(30)
    hours = """
from datetime import timedelta
from tests.faults import worker
for hour in range(24):
    worker.MONDAY += timedelta(hours=1)
    deliver()
"""
    place.ask(f"{REFUSING}\noffer()\n{hours}")

    assert place.ask(STATES) == str([(("dead", 1), 15), (("dead", 8), 10), (("sent", 1), 5)])


def test_row_that_kills_its_worker_is_parked_and_the_others_go_out(make_place):
    place = make_place(21)
    poison = """
import os, signal
from tests.faults import worker
from portfolio.outbox import kinds
from portfolio.outbox.models import Message
offer()
victim = Message.objects.order_by("pk")[10].pk
whole = kinds.write
def write(message, at):
    if message.pk == victim:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(message, at)
kinds.write = write
print("killed", killed(0, seed=1))
"""

    killed = place.ask(poison).split()[-1]

    assert killed == "3"
    assert len(place.sink.accepted()) == 20
    assert place.ask(STATES) == str([(("dead", 3), 1), (("sent", 1), 20)])


def test_server_that_never_answers_costs_one_time_out(make_place):
    place = make_place(30)
    once = """
from portfolio.outbox.deliver import deliver as once
offer()
began = time.monotonic()
once(now=now, budget=BUDGET)
print(time.monotonic() - began)
"""

    with socket.create_server(("127.0.0.1", 0)) as silent:
        place.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        took = float(place.ask(once).split()[-1])

    assert took < 38  # a time-out of 20 s, on a busy machine; two would be 40
    # Nobody's attempt is spent on a server that was not there.
    assert place.ask(STATES) == str([(("queued", 0), 30)])

"""The broker only rings: down, emptied or gone, it loses no work and fails no save (promise J8).

With REDIS_URL the suite runs on Redis, and so do these tests, on a server of their own that they stop and
flush; without it on the folder, which they take away and empty.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.faults.place import LONG
from tests.portfolio.conftest import ROOT, free_port, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.processes]

ON_REDIS = bool(os.environ.get("REDIS_URL"))
SAVES, PEOPLE = (500, 500) if LONG else (40, 40)
WORKER = "celery --quiet --app portfolio.celery worker --without-gossip --without-mingle --without-heartbeat"
RING = "from portfolio.celery import app; app.send_task('portfolio.ring', expires=60)"
RING_AGAIN = f"""
def heard():
    {RING}
    return unsent() == 0
wait_until(heard, "a ring to be heard again")
"""
WORKED_OFF = "wait_until(lambda: unsent() == 0, 'the rows to be worked off')"
FIRST_RING = """
from pilots.models import Heartbeat
wait_until(Heartbeat.objects.filter(job="ring").exists, "the first ring")
"""
SLOW = """
from django.db.models import F, Value
from django.db.models.functions import Concat
from pilots.access.models import User
User.objects.update(email=Concat(Value("slow-"), F("email")))
"""
SAVE = f"""
from pilots.access.models import Source, User
from pilots.actions.bell import ring_soon
from pilots.actions.by import By
from pilots.actions.log import NewLine, check_in
from pilots.models import LogEntry, LogKind, Pilot
from django.db import transaction
by = By(user=None, at=MONDAY, source=Source.API)
pilot = Pilot.objects.order_by("pk").last()
slowest = began = 0.0
def start_clock():
    global began
    began = time.monotonic()
for number in range({SAVES}):
    with transaction.atomic():
        check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text=f"Line {{number}}"), by=by)
        transaction.on_commit(start_clock)  # what the disk takes is not the broker's doing
        ring_soon()
    slowest = max(slowest, time.monotonic() - began)
print(LogEntry.objects.count(), slowest < 3)
"""


class Broker:
    """Whatever carries the rings: it can be stopped, started again and emptied."""

    def __init__(self, place) -> None:
        self._place = place
        self._folder = place.folder / "broker"
        self._server = None
        self._port = free_port()
        if ON_REDIS:
            place.environment["REDIS_URL"] = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        if ON_REDIS:
            command = ["redis-server", "--port", str(self._port), "--save", "", "--appendonly", "no"]
            self._server = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=self._place.folder)
            wait_for(lambda: self._ask("PING") == "PONG", "Redis")
        elif self._folder.is_file():
            self._folder.unlink()

    def stop(self) -> None:
        if ON_REDIS:
            self._server.kill()
            self._server.wait()
        else:
            self.empty()
            self._folder.write_text("no folder any more")

    def empty(self) -> None:
        if ON_REDIS:
            assert self._ask("FLUSHALL") == "OK"
        else:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _ask(self, *words: str) -> str:
        asked = subprocess.run(
            ["redis-cli", "-p", str(self._port), *words], capture_output=True, text=True, check=False
        )
        return asked.stdout.strip()


@pytest.fixture
def place(make_place):
    return make_place(PEOPLE)


@pytest.fixture
def broker(place):
    made = Broker(place)
    yield made
    made.stop()


@pytest.fixture
def worker(place):
    """Start the product's worker, as its containers do."""
    started = []

    def start():
        with (place.folder / "celery.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *WORKER.split()],
                cwd=ROOT,
                env=place.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


# Mail that is due by the real clock, which the product's own worker reads.
QUEUE = """
from django.utils import timezone
from portfolio.outbox.models import Message
offer()
Message.objects.update(next_try=timezone.now(), queued_at=timezone.now())
"""


def test_saves_go_through_while_the_broker_is_down(place, broker):
    broker.stop()

    assert place.ask(SAVE) == f"{SAVES} True"
    broker.start()


def test_work_that_waits_in_rows_survives_an_emptied_broker(place, broker, worker):
    place.ask(f"{QUEUE}\n{RING}")
    broker.empty()

    worker()
    place.ask(WORKED_OFF)

    assert len(place.sink.accepted()) == PEOPLE


def test_worker_goes_on_after_the_broker_was_away(place, broker, worker):
    worker()
    place.ask(FIRST_RING)

    broker.stop()
    place.ask(QUEUE)
    time.sleep(3)
    broker.start()

    place.ask(RING_AGAIN)
    assert len(place.sink.accepted()) == PEOPLE


def test_worker_ends_within_thirty_seconds_and_leaves_the_rest_in_rows(place, broker, worker):
    place.ask(SLOW + QUEUE)
    first = worker()
    wait_for(lambda: len(place.sink.accepted()) > 3, "mail to go out")

    began = time.monotonic()
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=40) == 0
    took = time.monotonic() - began
    sent = len(place.sink.accepted())
    worker()
    place.ask(WORKED_OFF)

    assert took <= 30
    assert len(place.sink.accepted()) == PEOPLE
    print(f"ended after {took:.1f} s with {sent} of {PEOPLE} sent; none lost, none repeated")

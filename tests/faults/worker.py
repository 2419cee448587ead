"""What fault tests run in processes of their own: `python -m tests.faults.worker DEED …`.

The same functions the product calls each minute, on a database of the test's own. `killed` forks one
worker after the other from a process that has everything imported, and kills each at a random moment.
Whatever has to happen in a window stands still there until it did: no machine is too slow, or too quick.
"""

import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

if __name__ == "__main__":
    django.setup()

MONDAY = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
BUDGET = timedelta(seconds=120)


def now() -> datetime:
    """Return a Monday morning, a minute after the mail was queued, that passes as fast as the real one."""
    return MONDAY + timedelta(seconds=60 + time.monotonic() - _STARTED)


_STARTED = time.monotonic()


def populate(people: int, pilots: int = 6) -> None:
    """Open a program in which some pilots are stalled, with so many members."""
    from pilots.access.models import Membership, Program, Role, Source, User
    from pilots.actions.account import create_programs
    from pilots.actions.by import By
    from pilots.actions.judge import scan
    from pilots.actions.pilot import NewPilot, log_pilots
    from pilots.calendar import Day
    from pilots.lifecycle import Stage
    from pilots.models import Pilot

    by = By(user=None, at=MONDAY - timedelta(days=150), source=Source.COMMAND)
    program = create_programs([Program(name="Claims AI", slug="claims", prefix="CLM")], by=by)[0]
    users = User.objects.bulk_create(
        User(email=f"person{number}@example.com", name=f"Person {number}", password="!", joined_at=by.at)
        for number in range(people)
    )
    Membership.objects.bulk_create(
        Membership(user=user, program=program, role=Role.CONTRIBUTOR.value) for user in users
    )
    stages = [Stage.PROVEN] + [Stage.IDEA] * (pilots - 1)
    log_pilots(
        [
            NewPilot(
                program=program,
                name=f"Pilot {number}",
                problem="Slow.",
                stage=stage,
                since=Day((by.at - timedelta(days=1)).date()),
            )
            for number, stage in enumerate(stages)
        ],
        by=by,
    )
    Pilot.objects.update(quiet_until=None)
    scan(at=MONDAY)


def offer() -> int:
    """Queue the digests that are due, as a beat does."""
    from portfolio.digests.due import enqueue_due

    return enqueue_due(MONDAY).queued


def deliver() -> None:
    """Send until nothing is left that could be sent now."""
    from portfolio.outbox.deliver import deliver as send_all
    from portfolio.outbox.models import Message

    while Message.objects.due(now()).exists():
        send_all(now=now, budget=BUDGET)


def unsent() -> int:
    from portfolio.outbox.models import Message

    return Message.objects.unsent().count()


def wait_until(condition, what: str, within: float = 300) -> None:
    ends = time.monotonic() + within
    while not condition():
        assert time.monotonic() < ends, f"waited {within} s for {what}"
        time.sleep(0.2)


@contextmanager
def one_moment() -> Iterator[None]:
    """See all tables as they were in one moment: PostgreSQL may still commit for a process that is dead."""
    from django.db import connection, transaction

    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def forget_leases() -> None:
    """Let the five minutes of a dead worker's lease, and the minute after, pass at once."""
    from django.db.models.functions import Now

    from portfolio.outbox.models import Message

    Message.objects.filter(state="sending").update(lease_until=Now() - timedelta(seconds=1))
    Message.objects.filter(state="queued", next_try__gt=now()).update(next_try=now())


def fork(deed, *arguments) -> int:
    """Run a deed in a child with connections of its own; return its process id."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if child:
        return child
    try:
        deed(*arguments)
    except BaseException:  # noqa: BLE001 -- a forked test process must never return into its parent's code
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def finish() -> None:
    """Send all that is left, the time of leases and pauses passing at once."""
    while unsent():
        forget_leases()
        deliver()


def killed(kills: int, seed: int, deed=deliver) -> int:
    """Let workers send, and kill each at a random moment after some mails; return how many were killed.

    Every fourth is killed where it stands before its next mail. None goes on for more than one mail after
    its moment, so that enough mail is left for the kills to come.
    """
    dice = random.Random(seed)
    done = 0
    while left := unsent():
        mails, pause, spare = dice.randint(0, 4), dice.uniform(0, 0.05), left - (kills - done) - 1
        if done < kills:
            most = max(0, min(mails + 1, spare))
            child = fork(_send_at_most, most, deed)
            if done % 4 == 3:
                _wait_for_mails(sys.maxsize, child)
            else:
                _wait_for_mails(most - 1, child)
                time.sleep(pause)
            os.kill(child, signal.SIGKILL)
        else:
            child = fork(deed)
        _, ended = os.waitpid(child, 0)
        done += os.WIFSIGNALED(ended)
        forget_leases()
    return done


def _send_at_most(most: int, deed) -> None:
    """Do the deed, and stand still before it sends any more than so many mails."""
    from portfolio.outbox.route import Route

    send, sent = Route.send, 0

    def send_or_stand(route, mail):
        nonlocal sent
        if sent == most:
            stand_still()
        sent += 1
        send(route, mail)

    Route.send = send_or_stand
    deed()


def stand_still() -> None:
    """Stop here, to be killed."""
    os.kill(os.getpid(), signal.SIGSTOP)


def _wait_for_mails(count: int, child: int) -> None:
    """Wait until the server has taken so many more, or the worker stands still or has ended by itself."""
    log = Path(os.environ["HEADWAY_SINK_LOG"])
    there = log.read_bytes().count(b"\n")
    while log.read_bytes().count(b"\n") < there + count and not _rests(child):
        time.sleep(0.002)


def _rests(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None


def together(*deeds) -> None:
    """Run deeds at the same time, each in a process of its own; none begins before all are there."""
    global _meeting  # the children inherit it
    _meeting = multiprocessing.Barrier(len(deeds), timeout=300)
    for child in [fork(_meet_and_do, deed) for deed in deeds]:
        _, ended = os.waitpid(child, 0)
        assert ended == 0, "a worker ended badly"


def meet() -> None:
    """Wait until all deeds that run together have come here."""
    _meeting.wait()


def _meet_and_do(deed) -> None:
    meet()
    deed()


_meeting = multiprocessing.Barrier(1)


DEEDS = {"offer": offer, "deliver": deliver}

if __name__ == "__main__":
    DEEDS[sys.argv[1]]()

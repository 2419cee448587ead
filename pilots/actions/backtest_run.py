"""What a worker does with a backtest: take it, say how far it is, write what came of it. Rows decide.

A worker that is killed leaves its lease, and another begins again; after three times it is given up.
"""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from billiard.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction

from pilots.access.models import Program, Source
from pilots.actions.by import By, Forbidden
from pilots.actions.limits import require_to_set
from pilots.backtests import run_backtest
from pilots.limits import limits_in_force
from pilots.models import Backtest, Pilot, PilotQuerySet
from pilots.models.backtest import BacktestQuerySet
from pilots.models.job import ATTEMPTS

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=300)  # longer than any task may last: Celery ends one after 240 seconds
PAUSE = timedelta(seconds=20)  # before one that failed is tried again
KEPT = timedelta(days=90)
SAY_EVERY = 1.0  # seconds

DIED = "The worker ended three times while it had this in hand, so it was given up. Try fewer days."
TOO_LONG = "It took longer than a worker may be busy with one thing, so it was given up. Try fewer days."
BROKEN = "Something went wrong on our side, three times. An administrator finds the reason in the log."
NO_LONGER = "Whoever asked for it may not set limits there any longer."
NO_RULE = "This release has no such rule."


class _Lost(Exception):
    """Another worker has it by now; what was counted is thrown away."""


class _Stopped(Exception):
    """The worker is asked to end; another begins again."""


def work_off_backtests(
    now: Callable[[], datetime],
    should_stop: Callable[[], bool] = lambda: False,
    is_late: Callable[[], bool] = lambda: False,
) -> int:
    """Run backtests until none waits; return how many were in hand.

    When it is late no other is begun; a worker that should stop also gives back the one in hand.
    """
    done = 0
    while not should_stop() and not is_late() and (row := take_backtest(now())) is not None:
        run_one(row, now, should_stop)
        done += 1
    return done


def take_backtest(at: datetime) -> Backtest | None:
    """Take the one that waits longest, or None. The attempt counts from here, also one that dies."""
    with transaction.atomic():
        for dead in _locked(Backtest.objects.parked(at)).order_by("pk"):
            _free(dead, finished_at=at, error=DIED)
        row = _locked(Backtest.objects.free(at)).order_by("asked_at", "pk").first()
        if row is None:
            return None
        row.attempts += 1
        row.started_at = row.started_at or at
        row.lease_until, row.lease_token = at + LEASE, uuid.uuid4()
        row.save(update_fields=["attempts", "started_at", "lease_until", "lease_token"])
    return row


def _locked(rows: BacktestQuerySet) -> BacktestQuerySet:
    """Lock what no other worker looks at; on SQLite every writing transaction is alone anyway."""
    skip = connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(skip_locked=skip)


def run_one(row: Backtest, now: Callable[[], datetime], should_stop: Callable[[], bool]) -> None:
    """Run one backtest that is in our hand, for whoever asked."""
    try:
        _run(row, now, should_stop)
    except _Lost:
        log.warning("Backtest %s was taken by somebody else while it was in hand.", row.pk)
    except _Stopped:
        _ours(row).update(lease_until=None, lease_token=None, attempts=row.attempts - 1)
    except SoftTimeLimitExceeded:
        _try_again(row, now(), error=TOO_LONG)
        raise
    except Exception:  # whatever it is, it must not stay in our hand, and other backtests go on
        log.exception("Backtest %s failed, attempt %s", row.pk, row.attempts)
        _try_again(row, now(), error=BROKEN)


def _run(row: Backtest, now: Callable[[], datetime], should_stop: Callable[[], bool]) -> None:
    rule = row.known_rule
    if rule is None:
        _free(row, finished_at=now(), error=NO_RULE)
        return
    try:
        require_to_set(row.program, by=By(user=row.asked_by, at=now(), source=Source.JOB))
    except (Forbidden, Program.DoesNotExist):
        _free(row, finished_at=now(), error=NO_LONGER)
        return
    pilots, limits = pilots_of(row), limits_in_force()
    total = pilots.count() * row.days
    held = limits.of(rule, row.program_id) if row.program_id else limits.for_site(rule)
    if _ours(row).update(done=0, total=total, in_force=held) == 0:
        raise _Lost
    result = run_backtest(
        rule,
        row.limits,
        pilots,
        program=row.program_id,
        in_force=limits,
        first=row.first_on,
        last=row.last_on,
        say=_Saying(row, should_stop),
    )
    if not _free(row, finished_at=now(), error="", done=total, result=result):
        raise _Lost


def pilots_of(row: Backtest) -> PilotQuerySet:
    """Return the pilots that are counted for whoever asked; confidential ones are in no total."""
    return Pilot.objects.visible_to(row.asked_by).countable(row.asked_by, of=row.program)


class _Saying:
    """Says how far a backtest is, once a second at most, and notices that it is to end."""

    def __init__(self, row: Backtest, should_stop: Callable[[], bool]) -> None:
        self._row, self._should_stop = row, should_stop
        self._said_at = time.monotonic()

    def __call__(self, done: int) -> None:
        if self._should_stop():
            raise _Stopped
        if time.monotonic() - self._said_at < SAY_EVERY:
            return
        if _ours(self._row).update(done=done) == 0:
            raise _Lost
        self._said_at = time.monotonic()


def _ours(row: Backtest) -> BacktestQuerySet:
    """Return the row as long as it is in our hand."""
    return Backtest.objects.unfinished().filter(pk=row.pk, lease_token=row.lease_token)


def _free(row: Backtest, **values: object) -> bool:
    """End it; False where somebody else has it by now."""
    return _ours(row).update(lease_until=None, lease_token=None, **values) == 1


def _try_again(row: Backtest, at: datetime, *, error: str) -> None:
    """Let what failed be tried again after a pause; after the last time it is given up with the sentence."""
    if row.attempts >= ATTEMPTS:
        _free(row, finished_at=at, error=error)
    else:
        _ours(row).update(lease_until=at + PAUSE, lease_token=None)


def prune_backtests(at: datetime) -> int:
    """Forget those older than ninety days; the event says who asked for what."""
    return Backtest.objects.filter(asked_at__lt=at - KEPT).delete()[0]

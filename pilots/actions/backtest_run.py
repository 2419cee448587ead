"""What a worker does with a backtest: take it, say how far it is, write what came of it. Rows decide.

It works on one for as long as it may; what it found by then is kept in the row, and the next turn goes on.
A worker that is killed leaves its lease, and another goes on from there; after three times it is given up.
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
from pilots.backtests import Progress, go_on
from pilots.limits import limits_in_force
from pilots.models import Backtest, Pilot, PilotQuerySet
from pilots.models.backtest import BacktestQuerySet
from pilots.models.job import ATTEMPTS
from pilots.rules.registry import Limits, Rule

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


class _Paused(Exception):
    """The worker is asked to end, or its time is over; the next turn goes on from what is kept."""


def work_off_backtests(
    now: Callable[[], datetime],
    should_stop: Callable[[], bool] = lambda: False,
    is_late: Callable[[], bool] = lambda: False,
    *,
    most: int | None = None,
) -> int:
    """Run backtests until none waits, `most` of them if said; return how many were in hand.

    When it is late no other is begun, and the one in hand pauses; so it does when the worker should stop.
    """
    done = 0

    def is_over() -> bool:
        return should_stop() or is_late()

    while done != most and not is_over() and (row := take_backtest(now())) is not None:
        run_one(row, now, is_over)
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


def run_one(row: Backtest, now: Callable[[], datetime], is_over: Callable[[], bool]) -> None:
    """Run one backtest that is in our hand, for whoever asked, until it ends or our time is over."""
    try:
        _run(row, now, is_over)
    except _Lost:
        log.warning("Backtest %s was taken by somebody else while it was in hand.", row.pk)
    except SoftTimeLimitExceeded:
        _try_again(row, now(), error=TOO_LONG)
        raise
    except Exception:  # whatever it is, it must not stay in our hand, and other backtests go on
        log.exception("Backtest %s failed, attempt %s", row.pk, row.attempts)
        _try_again(row, now(), error=BROKEN)


def _run(row: Backtest, now: Callable[[], datetime], is_over: Callable[[], bool]) -> None:
    rule = row.known_rule
    if rule is None:
        _free(row, finished_at=now(), error=NO_RULE)
        return
    try:
        require_to_set(row.program, by=By(user=row.asked_by, at=now(), source=Source.JOB))
    except (Forbidden, Program.DoesNotExist):
        _free(row, finished_at=now(), error=NO_LONGER)
        return
    pilots = pilots_of(row)
    progress = Progress.go_on(row.result, rule, first=row.first_on, last=row.last_on)
    if progress is None:
        progress = Progress.begin(limits_in_force(), first=row.first_on, last=row.last_on)
        row.total = pilots.count() * row.days
        row.in_force = _held(row, rule, progress)
    if _ours(row).update(done=progress.done, total=row.total, in_force=row.in_force) == 0:
        raise _Lost
    came = progress.after
    try:
        result = go_on(rule, row.limits, pilots, progress, row.program_id, _Saying(row, now, is_over))
    except _Paused:
        if progress.after == came:  # so much was too much for one turn
            progress.chunk = max(progress.chunk // 2, 1)
        _pause(row, rule, progress)
        return
    if not _free(row, finished_at=now(), error="", done=row.total, result=result):
        raise _Lost


def _held(row: Backtest, rule: Rule, progress: Progress) -> Limits:
    return progress.limits.of(rule, row.program_id) if row.program_id else progress.limits.for_site(rule)


def _pause(row: Backtest, rule: Rule, progress: Progress) -> None:
    """Give it back with what was found so far; a worker whose time is over counts as no attempt."""
    kept, attempts = progress.kept(rule), row.attempts - 1
    paused = {"lease_until": None, "lease_token": None, "attempts": attempts}
    if _ours(row).update(**paused, done=progress.done, result=kept) == 0:
        raise _Lost


def pilots_of(row: Backtest) -> PilotQuerySet:
    """Return the pilots that are counted for whoever asked; confidential ones are in no total."""
    return Pilot.objects.visible_to(row.asked_by).countable(row.asked_by, of=row.program)


class _Saying:
    """Says how far a backtest is, once a second at most, and notices that it is to pause.

    Whoever says so has it in hand, so that is when its lease is renewed.
    """

    def __init__(self, row: Backtest, now: Callable[[], datetime], is_over: Callable[[], bool]) -> None:
        self._row, self._now, self._is_over = row, now, is_over
        self._said_at = time.monotonic()

    def __call__(self, done: int) -> None:
        if self._is_over():
            raise _Paused
        if time.monotonic() - self._said_at < SAY_EVERY:
            return
        if _ours(self._row).update(done=done, lease_until=self._now() + LEASE) == 0:
            raise _Lost
        self._said_at = time.monotonic()


def _ours(row: Backtest) -> BacktestQuerySet:
    """Return the row as long as it is in our hand."""
    return Backtest.objects.unfinished().filter(pk=row.pk, lease_token=row.lease_token)


def _free(row: Backtest, **values: object) -> bool:
    """End it, and forget what was kept to go on from; False where somebody else has it by now."""
    given = {"lease_until": None, "lease_token": None, "result": {}} | values
    return _ours(row).update(**given) == 1


def _try_again(row: Backtest, at: datetime, *, error: str) -> None:
    """Let what failed be tried again after a pause; after the last time it is given up with the sentence."""
    if row.attempts >= ATTEMPTS:
        _free(row, finished_at=at, error=error)
    else:
        _ours(row).update(lease_until=at + PAUSE, lease_token=None)


def prune_backtests(at: datetime) -> int:
    """Forget those older than ninety days; the event says who asked for what."""
    return Backtest.objects.filter(asked_at__lt=at - KEPT).delete()[0]

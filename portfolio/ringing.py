"""What a ring does: whatever is due, in order, each step by itself, and only so long.

One that fails is logged, told on the page of the jobs, and the next goes on. What is not done by the end of
the ring is still due at the next: nothing is remembered here.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from billiard.exceptions import SoftTimeLimitExceeded

from pilots.actions.backtest_run import work_off_backtests
from pilots.actions.job import (
    fail_run,
    finish_run,
    first_line,
    park_dead_runs,
    record_failure,
    record_heartbeat,
    take_run,
)
from portfolio.digests.due import enqueue_due
from portfolio.exchange.work import work_off
from portfolio.jobs import BACKTESTS, DIGESTS, IMPORTS, JOBS, OUTBOX, RING, Job
from portfolio.outbox.deliver import deliver
from portfolio.outbox.drain import drain_events
from portfolio.outbox.hold import hold_after_gap

log = logging.getLogger(__name__)

# Below the task's soft limit of 200 seconds, by one mail to a server that does not answer.
BUDGET = timedelta(seconds=170)
SHARE = timedelta(seconds=60)  # of a ring, for backtests: the scan of the next one and its mail wait so long
Clock = Callable[[], datetime]


@dataclass
class Rung:
    """What one ring did: the runs and steps that ended well, and the errors of those that did not."""

    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def ring(now: Clock, *, budget: timedelta = BUDGET, should_stop: Callable[[], bool] = lambda: False) -> Rung:
    """Do what is due. Safe to run twice, late, or beside itself: rows decide what is due and who has it.

    Only the end of its time (`SoftTimeLimitExceeded`) is raised: then the next ring goes on.
    """
    ringing = _Ringing(now, now() + budget, should_stop)
    hold_after_gap(now())  # before this heartbeat hides the gap
    record_heartbeat(job=RING.code, at=now())
    ringing.step(IMPORTS.code, ringing.work_off_imports)  # somebody looks at a page and waits
    for job in JOBS:
        ringing.step(job.code, partial(ringing.run_due, job))
    ringing.step(DIGESTS.code, ringing.queue_digests)
    ringing.step(OUTBOX.code, ringing.send)
    ringing.step(BACKTESTS.code, ringing.work_at_a_backtest)  # last: it can always go on at the next ring
    return ringing.rung


class _Ringing:
    def __init__(self, now: Clock, until: datetime, should_stop: Callable[[], bool]) -> None:
        self.rung = Rung()
        self._now = now
        self._until = until
        self._half = now() + (until - now()) / 2
        self._should_stop = should_stop

    def step(self, code: str, work: Callable[[], object]) -> None:
        """Do one thing, unless it is time to end; whatever goes wrong with it, the next goes on."""
        if self._should_stop() or self._now() >= self._until:
            return
        try:
            work()
        except SoftTimeLimitExceeded:
            self._tell(code, "It took longer than a ring may last.")
            raise
        except Exception as error:
            log.exception("The step %s of a ring failed", code)
            self._tell(code, f"{type(error).__name__}: {error}")

    def run_due(self, job: Job) -> None:
        """Offer the run of this hour or day, then do what is due, the caught-up and the retried too."""
        job.offer(self._now())
        park_dead_runs(self._now())
        while not self._should_stop() and (run := take_run(job.code, self._now())):
            try:
                outcome = job.work(self._now())
            except Exception as error:
                fail_run(run, error=f"{type(error).__name__}: {error}")
                raise
            finish_run(run, outcome=outcome, at=self._now())
            record_heartbeat(job=job.code, at=self._now())
            self.rung.done.append(run.key)

    def work_off_imports(self) -> None:
        """Take none in hand once half of the time is over: what is begun may need the other half."""
        work_off(self._now, lambda: self._should_stop() or self._now() >= self._half)
        self._well(IMPORTS.code)

    def queue_digests(self) -> None:
        enqueue_due(self._now())
        self._well(DIGESTS.code)

    def send(self) -> None:
        drain_events(self._now())
        deliver(now=self._now, budget=self._until - self._now(), should_stop=self._should_stop)
        self._well(OUTBOX.code)

    def work_at_a_backtest(self) -> None:
        """Work at one only and for a share of the ring, so that those after it need not wait long."""
        until = min(self._now() + SHARE, self._until)
        work_off_backtests(self._now, self._should_stop, lambda: self._now() >= until, most=1)
        self._well(BACKTESTS.code)

    def _well(self, code: str) -> None:
        record_heartbeat(job=code, at=self._now())
        self.rung.done.append(code)

    def _tell(self, code: str, error: str) -> None:
        self.rung.failed[code] = first_line(error)
        try:
            record_failure(job=code, at=self._now(), error=error)
        except Exception:  # the database itself may be wrong; the steps after it are rung all the same
            log.exception("The failure of %s could not be noted", code)

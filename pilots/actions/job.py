"""Everything that is written about scheduled work: what is due, who has it in hand, what became of it.

Any number of schedulers and workers may call these at once; the rows decide.
"""

import logging
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from pilots.access.models import Event
from pilots.actions.account import require_administrator
from pilots.actions.bell import ring_soon
from pilots.actions.by import By, Refused
from pilots.actions.event import event
from pilots.models import Heartbeat, JobRun
from pilots.models.job import ATTEMPTS

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=300)  # longer than any task may last: Celery ends one after 240 seconds
KEPT = timedelta(days=30)
DIED = "The worker ended while it had this in hand."


def record_heartbeat(*, job: str, at: datetime) -> None:
    """Note that a job ran to its end. One statement, so two workers at once cannot collide."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(job=job, beat_at=at)],
        update_conflicts=True,
        unique_fields=["job"],
        update_fields=["beat_at", "failed_at", "error"],
    )


def record_failure(*, job: str, at: datetime, error: str) -> None:
    """Note that a job failed; when it last ran to its end stays."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(job=job, failed_at=at, error=first_line(error))],
        update_conflicts=True,
        unique_fields=["job"],
        update_fields=["failed_at", "error"],
    )


def first_line(error: str) -> str:
    return error.strip().partition("\n")[0][:300]


def offer_run(job: str, key: str, due_at: datetime) -> bool:
    """Put a run down unless it is there already, done or not. Returns whether it is new."""
    _, is_new = JobRun.objects.get_or_create(key=key, defaults={"job": job, "due_at": due_at})
    return is_new


def ask_for_run(job: str, at: datetime) -> None:
    """Have a job run soon, beside its hours. One that nobody has taken yet does for all who ask."""
    if not JobRun.objects.unfinished().filter(job=job, attempts=0, due_at__lte=at).exists():
        offer_run(job, f"{job}:asked-{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}", at)
    ring_soon()


def prune_runs(at: datetime) -> int:
    """Forget runs older than thirty days; events keep what mattered of them."""
    return JobRun.objects.filter(due_at__lt=at - KEPT).delete()[0]


def take_run(job: str, at: datetime) -> JobRun | None:
    """Take the oldest due run that nobody has in hand, or None. The attempt counts from here, not its end."""
    with transaction.atomic():
        run = (
            JobRun.objects.free(at)
            .filter(job=job, due_at__lte=at, attempts__lt=ATTEMPTS)
            .order_by("due_at", "pk")
            .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
            .first()
        )
        if run is None:
            return None
        if run.lease_token is not None:
            log.warning("Job run %s is taken again: %s", run.key, DIED)
        before = run.attempts
        run.attempts, run.lease_until, run.lease_token = before + 1, at + LEASE, uuid.uuid4()
        # The engine without row locks is told the same by this condition.
        taken = JobRun.objects.unfinished().filter(pk=run.pk, attempts=before)
        is_ours = taken.update(
            attempts=run.attempts, lease_until=run.lease_until, lease_token=run.lease_token
        )
        return run if is_ours else None


def finish_run(run: JobRun, *, outcome: Mapping[str, Any], at: datetime) -> bool:
    """Close a run with what it did; False when its lease had run out and somebody else took it."""
    return _give_back(run, finished_at=at, outcome=dict(outcome), last_error="")


def fail_run(run: JobRun, *, error: str) -> bool:
    """Give a run back with what went wrong. After the third time it is parked, and that is reported."""
    is_ours = _give_back(run, last_error=error.strip())
    if is_ours and run.attempts >= ATTEMPTS:
        _report(run.key, error)
    return is_ours


def _give_back(run: JobRun, **values: Any) -> bool:
    held = JobRun.objects.unfinished().filter(pk=run.pk, lease_token=run.lease_token)
    return held.update(lease_until=None, lease_token=None, **values) == 1


def park_dead_runs(at: datetime) -> list[str]:
    """Report runs whose worker died for the third time, once. Returns their keys."""
    keys = []
    dead = JobRun.objects.parked(at).filter(lease_token__isnull=False).order_by("pk")
    for run in dead:
        if _give_back(run, last_error=DIED):
            _report(run.key, DIED)
            keys.append(run.key)
    return keys


def _report(key: str, error: str) -> None:
    log.error("Job run %s is parked after %s attempts: %s", key, ATTEMPTS, first_line(error))


def retry_run(run: JobRun, *, by: By) -> None:
    """Let a parked run be tried three times more.

    Raises `Forbidden` unless an administrator asks, `Refused` when it is not parked.
    """
    require_administrator(by.user, "run jobs again")
    with transaction.atomic():
        parked = JobRun.objects.parked(by.at).filter(pk=run.pk)
        if not parked.update(attempts=0, lease_until=None, lease_token=None):
            raise Refused.because(f"{run.key} is not parked: it is running, or done.", code="not-parked")
        Event.objects.bulk_create([event("job.retried", by=by, subject=run.key)])

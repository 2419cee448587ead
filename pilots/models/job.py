from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

ATTEMPTS = 3  # a run that failed or died so often is parked: somebody has to look


class Heartbeat(models.Model):
    """When a job last ran to its end; a late one means its figures are old, never that all is well.

    `error` says why it failed since then; the next good run takes it away.
    """

    job = models.CharField(max_length=60, unique=True)
    beat_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True, db_default="", default="")

    def __str__(self) -> str:
        return f"{self.job} at {self.beat_at}"

    def is_late(self, at: datetime, after: timedelta) -> bool:
        return self.beat_at is None or at - self.beat_at > after


class JobRunQuerySet(models.QuerySet["JobRun"]):
    def unfinished(self) -> "JobRunQuerySet":
        return self.filter(finished_at__isnull=True)

    def free(self, at: datetime) -> "JobRunQuerySet":
        """Keep those nobody has in hand: never taken, given back, or taken by a worker that died."""
        return self.unfinished().filter(Q(lease_until__isnull=True) | Q(lease_until__lte=at))

    def parked(self, at: datetime) -> "JobRunQuerySet":
        return self.free(at).filter(attempts__gte=ATTEMPTS)


class JobRun(models.Model):
    """One piece of scheduled work, named by what it is for: `rules:2026-11-21T07`, so it is done once.

    Two beats insert, one wins. `attempts` goes up when a worker takes it, so one that kills its worker is
    counted too; a lease that ran out is offered again.
    """

    key = models.CharField(max_length=80, unique=True)
    job = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)
    last_error = models.TextField(blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["job", "-due_at"], name="job_run_newest")]

    def __str__(self) -> str:
        return self.key

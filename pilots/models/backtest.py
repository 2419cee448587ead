"""Backtests: limits that somebody tried on the past before setting them, and what came of it."""

from datetime import datetime
from enum import StrEnum

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from pilots.access.models import Program, User
from pilots.access.permissions import runs_the_site
from pilots.models.job import ATTEMPTS
from pilots.rules.registry import RULES, Rule


class State(StrEnum):
    """How far a backtest is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class BacktestQuerySet(models.QuerySet["Backtest"]):
    def visible_to(self, user: User | None) -> "BacktestQuerySet":
        """Keep those of programs a person runs, and those of the whole site for whoever runs the site."""
        if user is None:
            return self
        found = Q(program__in=Program.objects.run_by(user))
        if runs_the_site(user):
            found |= Q(program__isnull=True)
        return self.filter(found)

    def unfinished(self) -> "BacktestQuerySet":
        return self.filter(finished_at__isnull=True)

    def free(self, at: datetime) -> "BacktestQuerySet":
        """Keep those nobody has in hand: never taken, given back, or taken by a worker that died."""
        return self.unfinished().filter(Q(lease_until__isnull=True) | Q(lease_until__lte=at))

    def parked(self, at: datetime) -> "BacktestQuerySet":
        return self.free(at).filter(attempts__gte=ATTEMPTS)


class Backtest(models.Model):
    """Limits of a rule, tried on the past of one program, or of the whole site (no program).

    `limits` and `in_force` name every limit, as proposed and as they held when it began. `done` of `total`
    counts pilots times days. `result` is what `rules.backtest.Backtest.as_json` returns, and before it is
    over what a worker goes on from (`backtests.Progress.kept`). `error` is a sentence for whoever asked.
    """

    rule = models.CharField(max_length=80, help_text="The rule's key, such as R-01.")
    program = models.ForeignKey(Program, null=True, on_delete=models.CASCADE, related_name="backtests")
    limits = models.JSONField()
    in_force = models.JSONField()
    first_on = models.DateField()
    last_on = models.DateField()
    asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    error = models.CharField(max_length=300, blank=True, default="")
    result = models.JSONField(default=dict)

    objects = BacktestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(first_on__lte=F("last_on")), name="backtest_has_days"),
        ]
        indexes = [
            models.Index(fields=["rule", "-asked_at"], name="backtest_newest"),
            models.Index(
                fields=["asked_at"], condition=Q(finished_at__isnull=True), name="backtest_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} from {self.first_on} to {self.last_on}"

    def get_absolute_url(self) -> str:
        return reverse("stalled:backtest", args=[self.rule, self.pk])

    @property
    def known_rule(self) -> Rule | None:
        """The rule it tries; None when this release no longer has it."""
        return RULES.get(self.rule)

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1

    @property
    def percent(self) -> int:
        return min(100 * self.done // self.total, 100) if self.total else 0

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None

    def state(self, at: datetime) -> State:
        if self.finished_at is not None:
            return State.FAILED if self.error else State.DONE
        has_it = self.lease_token is not None and self.lease_until is not None and self.lease_until > at
        is_between_turns = self.lease_until is None and self.done > 0
        return State.RUNNING if has_it or is_between_turns else State.WAITING

from enum import StrEnum

from django.db import models
from django.db.models import Q

from pilots.access.guards import append_only
from pilots.access.models import User
from pilots.models.pilot import Pilot


class LogKind(StrEnum):
    """What a line in a pilot's log is. Only a check-in counts as having heard from somebody."""

    CHECK_IN = "check_in"
    COMMENT = "comment"

    @property
    def label(self) -> str:
        return {"check_in": "Check-in", "comment": "Comment"}[self.value]


class Going(StrEnum):
    """How a pilot is going, in the words of whoever checks in."""

    MOVING = "moving"
    BLOCKED = "blocked"
    WAITING = "waiting"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class LogEntryQuerySet(models.QuerySet["LogEntry"]):
    def visible_to(self, user: User | None) -> "LogEntryQuerySet":
        if user is None:
            return self
        return self.filter(pilot__in=Pilot.objects.visible_to(user))


@append_only
class LogEntry(models.Model):
    """A line in a pilot's log, as it was written. Nobody edits it; a later line corrects it."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="log")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.label) for kind in LogKind])
    going = models.CharField(
        max_length=8, blank=True, choices=[(going.value, going.label) for going in Going]
    )
    text = models.TextField(max_length=4000)
    written_at = models.DateTimeField()
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "log entries"
        indexes = [models.Index(fields=["pilot", "-written_at", "-id"], name="log_of_pilot")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in LogKind]), name="log_kind_known"
            ),
            models.CheckConstraint(condition=~Q(text="") | ~Q(going=""), name="log_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.pilot_id}"

from collections.abc import Sequence

from django.db import models
from django.db.models import Q

from pilots.access.guards import append_only
from pilots.design import Cause
from pilots.models.pilot import Pilot
from pilots.models.stage import StageTransition


@append_only
class Ending(models.Model):
    """What a pilot leaves behind when it is stopped or retired: why, what was learned, what is free again."""

    transition = models.OneToOneField(StageTransition, on_delete=models.CASCADE, related_name="ending")
    cause = models.CharField(max_length=16, choices=[(cause.value, cause.label) for cause in Cause])
    lessons = models.TextField(max_length=4000, blank=True)
    reusable = models.TextField(max_length=4000, blank=True, help_text="What others can take over.")
    decided_by = models.CharField(max_length=200, blank=True)
    released_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    released_currency = models.CharField(max_length=3, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cause__in=[cause.value for cause in Cause]), name="ending_cause_known"
            ),
            models.CheckConstraint(
                condition=Q(released_amount__isnull=True, released_currency="")
                | Q(released_amount__isnull=False, released_amount__gte=0) & ~Q(released_currency=""),
                name="ending_money_has_currency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cause}, {self.transition}"


def ending_of(pilot: Pilot, rows: Sequence[StageTransition]) -> Ending | None:
    """Return what a pilot left behind when it ended as it stands now; one query, none while it runs.

    `rows` are all of its history, oldest first. A corrected date keeps what was said with the old one.
    """
    if not pilot.is_ended:
        return None
    gone = {row.voids_id for row in rows} | {row.supersedes_id for row in rows}
    counting = [row for row in rows if row.to_stage == pilot.stage and row.pk not in gone]
    told = {ending.transition_id: ending for ending in Ending.objects.filter(transition__pilot=pilot)}
    known = {row.pk: row for row in rows}
    row = counting[-1] if counting else None
    while row is not None and row.pk not in told:
        row = known.get(row.supersedes_id) if row.supersedes_id else None
    return told[row.pk] if row else None

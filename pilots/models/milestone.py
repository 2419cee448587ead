from datetime import date

from django.db import models
from django.db.models import F, Q

from pilots.access.models import User
from pilots.models.ownership import Owner
from pilots.models.pilot import Pilot
from pilots.models.plan import Phase


class MilestoneQuerySet(models.QuerySet["Milestone"]):
    def visible_to(self, user: User | None) -> "MilestoneQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))

    def waiting(self) -> "MilestoneQuerySet":
        return self.filter(done_on__isnull=True)

    def by_day(self) -> "MilestoneQuerySet":
        """Put the nearest first, those without a day last."""
        return self.order_by(F("due_on").asc(nulls_last=True), "position", "pk")


class Milestone(models.Model):
    """Something a pilot has to have by a day. It is done when somebody says so, not when its day is past.

    `phase` is the one of the plan that counts in which its day lies; planning anew finds it again.
    """

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="milestones")
    phase = models.ForeignKey(Phase, null=True, on_delete=models.SET_NULL, related_name="milestones")
    title = models.CharField(max_length=200)
    due_on = models.DateField(null=True, help_text="Empty: nobody said a day.")
    done_on = models.DateField(null=True)
    owner = models.ForeignKey(Owner, null=True, on_delete=models.PROTECT, related_name="milestones")
    is_required = models.BooleanField(
        default=False, db_default=False, help_text="Its phase cannot be closed without it."
    )
    position = models.PositiveSmallIntegerField(default=0)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "title"], name="milestone_title_once"),
            models.CheckConstraint(condition=~Q(title=""), name="milestone_has_title"),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "pilot"], condition=Q(done_on__isnull=True), name="milestone_waiting"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def days_late(self, today: date) -> int:
        """Return how many days it is late, or was when it was done; 0 when it is not, or has no day."""
        if self.due_on is None:
            return 0
        return max(((self.done_on or today) - self.due_on).days, 0)

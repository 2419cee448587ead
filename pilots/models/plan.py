from django.db import models
from django.db.models import F, Q

from pilots.access.models import User
from pilots.models.pilot import Pilot


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: User | None) -> "PlanQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))

    def live(self) -> "PlanQuerySet":
        return self.filter(replaced_at__isnull=True)


class Plan(models.Model):
    """The dated way of one pilot to its users. Planning anew makes the next number; the old one stays."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="plans")
    number = models.PositiveSmallIntegerField()
    template = models.CharField(max_length=20, help_text="The code of the template it was made from.")
    start = models.DateField(help_text="Day 1.")
    reason = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    replaced_at = models.DateTimeField(null=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="plan_number_once"),
            models.UniqueConstraint(
                fields=["pilot"], condition=Q(replaced_at__isnull=True), name="one_live_plan"
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.number} of {self.pilot_id}"


class Phase(models.Model):
    """One stretch of a plan. It is over when somebody closes it, not when its days are."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="phases")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=100)
    planned_start = models.DateField()
    planned_end = models.DateField()
    finished_on = models.DateField(null=True)
    finished_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(max_length=4000, blank=True, help_text="What was there when it was closed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="phase_number_once"),
            models.CheckConstraint(
                condition=Q(planned_end__gte=F("planned_start")), name="phase_ends_after_start"
            ),
        ]

    @property
    def pilot(self) -> Pilot:
        return self.plan.pilot

    def __str__(self) -> str:
        return f"phase {self.number} of plan {self.plan_id}"

from django.db import models
from django.db.models import F, Q

from pilots.access.guards import append_only
from pilots.access.models import Program, User
from pilots.models.pilot import Pilot
from pilots.playbook import PhaseCode


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
    code = models.CharField(
        max_length=10,
        blank=True,
        default="",
        db_default="",
        choices=[(code.value, code.value) for code in PhaseCode],
        help_text="Which kind it is: the exit criteria follow from it. Blank: none of those.",
    )
    title = models.CharField(max_length=100)
    planned_start = models.DateField()
    planned_end = models.DateField()
    started_on = models.DateField(
        null=True, help_text="Empty: the day after the phase before it, or its own."
    )
    finished_on = models.DateField(null=True)
    finished_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(max_length=4000, blank=True, help_text="What was there when it was closed.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="phase_number_once"),
            models.CheckConstraint(
                condition=Q(code__in=["", *[code.value for code in PhaseCode]]), name="phase_code_known"
            ),
            models.CheckConstraint(
                condition=Q(planned_end__gte=F("planned_start")), name="phase_ends_after_start"
            ),
        ]

    @property
    def pilot(self) -> Pilot:
        return self.plan.pilot

    def __str__(self) -> str:
        return f"phase {self.number} of plan {self.plan_id}"


class ScopeChangeQuerySet(models.QuerySet["ScopeChange"]):
    def visible_to(self, user: User | None) -> "ScopeChangeQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))


@append_only
class ScopeChange(models.Model):
    """What was changed after day 15 of a plan although it was settled: use case, KPI, serving pattern."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="scope_changes")
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="scope_changes")
    day = models.PositiveIntegerField(help_text="Which day of the plan it was, days on hold taken out.")
    what = models.CharField(max_length=200, help_text="What was changed, as people call it.")
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ScopeChangeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.what} of {self.pilot_id} on day {self.day}"


class PlanTemplate(models.Model):
    """How one program shapes a template: its phases and milestones in place of those that come with it."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="plan_templates")
    code = models.CharField(max_length=20, help_text="The code of the template it takes the place of.")
    label = models.CharField(max_length=100)
    phases = models.JSONField(
        help_text="In order: code, title, last_day, and milestones, each with title, day and is_required."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="plan_template_once"),
        ]

    def __str__(self) -> str:
        return f"{self.label} in {self.program}"

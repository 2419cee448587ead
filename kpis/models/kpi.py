from django.db import models
from django.db.models import F, Q

from kpis.oneline import Direction
from pilots.access.models import User
from pilots.models import Pilot


class KpiQuerySet(models.QuerySet["Kpi"]):
    def visible_to(self, user: User | None) -> "KpiQuerySet":
        return self.filter(pilot__in=Pilot.objects.visible_to(user)) if user else self


class Kpi(models.Model):
    """A number that should move if the pilot is worth it; addressed `CLM-12/handling-time`."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="kpis")
    code = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=40, blank=True)
    direction = models.CharField(
        max_length=6, blank=True, choices=[(direction.value, direction.label) for direction in Direction]
    )
    baseline = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    target = models.DecimalField(max_digits=20, decimal_places=6)
    is_primary = models.BooleanField(default=False)

    objects = KpiQuerySet.as_manager()

    class Meta:
        verbose_name = "KPI"
        constraints = [
            models.UniqueConstraint(fields=["pilot", "code"], name="kpi_code_once"),
            models.UniqueConstraint(fields=["pilot"], condition=Q(is_primary=True), name="one_primary_kpi"),
            models.CheckConstraint(
                condition=Q(baseline__isnull=True) | ~Q(baseline=F("target")),
                name="kpi_target_differs",
                violation_error_message="Baseline and target are the same, so nothing would move.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

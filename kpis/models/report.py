from django.db import models
from django.db.models import F, Q

from kpis.terms import VERDICTS, ReportKind, Verdict
from pilots.access.models import User
from pilots.models import Pilot


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User | None) -> "ReportQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))

    def published(self) -> "ReportQuerySet":
        return self.filter(published_at__isnull=False)


class Report(models.Model):
    """A look back over a period: a draft that follows the readings, frozen when it is published.

    `figures` is empty while it is a draft; then it holds what the page showed (`kpis.reports.figures`).
    """

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=11, choices=[(item.value, item.label) for item in ReportKind])
    period_from = models.DateField()
    period_to = models.DateField()
    summary = models.TextField(max_length=4000, blank=True)
    incidents = models.TextField(max_length=2000, blank=True)
    next_steps = models.TextField(max_length=2000, blank=True)
    verdict = models.CharField(
        max_length=9, blank=True, choices=[(item.value, item.label) for item in Verdict]
    )
    figures = models.JSONField(default=dict)
    begun_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "kind", "period_from"], name="report_once"),
            models.CheckConstraint(
                condition=Q(period_to__gte=F("period_from")), name="report_period_in_order"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[item.value for item in ReportKind]), name="report_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict="")
                | Q(
                    kind=ReportKind.WINDOW.value,
                    verdict__in=sorted(item.value for item in VERDICTS[ReportKind.WINDOW]),
                )
                | Q(
                    kind__in=[ReportKind.YEAR.value, ReportKind.THREE_YEARS.value],
                    verdict__in=sorted(item.value for item in VERDICTS[ReportKind.YEAR]),
                ),
                name="report_verdict_of_kind",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(kind=ReportKind.MONTH.value) | ~Q(verdict=""),
                name="report_concluded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} report of {self.pilot_id}"

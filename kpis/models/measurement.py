from django.db import models
from django.db.models import Q

from kpis.models.kpi import PROVENANCE_CHOICES, PROVENANCES, Kpi
from kpis.terms import Entry
from pilots.access.guards import fixed, undeletable
from pilots.access.models import User
from pilots.models import ModelVersion, Pilot


class MeasurementQuerySet(models.QuerySet["Measurement"]):
    def visible_to(self, user: User | None) -> "MeasurementQuerySet":
        return self if user is None else self.filter(kpi__pilot__in=Pilot.objects.visible_to(user))

    def current(self) -> "MeasurementQuerySet":
        """Leave out what was corrected or withdrawn."""
        return self.filter(is_current=True)


@undeletable
@fixed(
    "kpi_id",
    "measured_at",
    "window_from",
    "value",
    "sample_size",
    "provenance",
    "model_version_id",
    "entry",
    "source",
    "external_id",
    "revision",
    "corrects_id",
    "note",
    "recorded_at",
    "recorded_by_id",
)
class Measurement(models.Model):
    """One reading of a KPI. It is corrected by a new revision or withdrawn, never changed.

    `measured_at` is the moment it is of, the end of its window; a reading of a day is of noon there.
    `sample_size` counts cases: calls, claims, test cases; None: not known.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="measurements")
    measured_at = models.DateTimeField()
    window_from = models.DateField(null=True, blank=True)
    value = models.DecimalField(max_digits=20, decimal_places=6)
    sample_size = models.PositiveBigIntegerField(null=True, blank=True)
    provenance = models.CharField(max_length=7, choices=PROVENANCE_CHOICES)
    model_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.RESTRICT, related_name="measurements"
    )
    entry = models.CharField(max_length=5, choices=[(item.value, item.label) for item in Entry])
    source = models.CharField(max_length=60, blank=True, help_text="The tool it comes from.")
    external_id = models.CharField(max_length=120, blank=True, help_text="What that tool calls it.")
    revision = models.PositiveIntegerField(default=1)
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="corrected_by"
    )
    is_current = models.BooleanField(default=True)
    note = models.CharField(max_length=1000, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_because = models.CharField(max_length=500, blank=True)

    objects = MeasurementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "source", "external_id"],
                condition=Q(is_current=True) & ~Q(external_id=""),
                name="measurement_once",
            ),
            models.UniqueConstraint(
                fields=["kpi", "source", "external_id", "revision"],
                condition=~Q(external_id=""),
                name="measurement_revision_once",
            ),
            models.CheckConstraint(
                condition=Q(provenance__in=PROVENANCES), name="measurement_provenance_known"
            ),
            models.CheckConstraint(
                condition=Q(entry__in=[item.value for item in Entry]), name="measurement_entry_known"
            ),
            models.CheckConstraint(
                condition=Q(sample_size__isnull=True) | Q(sample_size__gte=1),
                name="measurement_sample_counted",
            ),
            models.CheckConstraint(condition=Q(revision__gte=1), name="measurement_revision_counted"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_because="")
                | Q(withdrawn_at__isnull=False, is_current=False) & ~Q(withdrawn_because=""),
                name="measurement_withdrawn_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kpi", "-measured_at", "-id"],
                condition=Q(is_current=True),
                name="measurement_newest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} of {self.kpi_id}"

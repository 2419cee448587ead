from django.db import models
from django.db.models import F, Q

from kpis.terms import Direction, KpiKind, Provenance
from pilots.access.guards import append_only
from pilots.access.models import User
from pilots.models import Owner, Pilot

PROVENANCE_CHOICES = [(item.value, item.label) for item in Provenance]
PROVENANCES = [item.value for item in Provenance]
# As `kpis.definition.missing_parts` counts them; tests/kpis/test_definition.py holds the two together.
WHOLE = (
    ~Q(definition="")
    & ~Q(unit="")
    & ~Q(direction="")
    & Q(baseline__isnull=False)
    & (Q(target__isnull=False) | Q(threshold__isnull=False))
    & Q(window_days__isnull=False)
    & ~Q(method="")
    & Q(owner__isnull=False)
)


class KpiQuerySet(models.QuerySet["Kpi"]):
    def visible_to(self, user: User | None) -> "KpiQuerySet":
        return self.filter(pilot__in=Pilot.objects.visible_to(user)) if user else self

    def in_use(self) -> "KpiQuerySet":
        """Leave out those that are measured no longer."""
        return self.filter(retired_on__isnull=True)

    def complete(self, *, are: bool = True) -> "KpiQuerySet":
        """Keep those of which all seven parts are known, or those that lack one."""
        return self.filter(WHOLE if are else ~WHOLE)


class Kpi(models.Model):
    """A number that should move if the pilot is worth it; addressed `CLM-12/handling-time`.

    Seven parts make it whole: definition and unit, direction, baseline, target or threshold, window,
    method, owner (requirements 3.4). Within a range, the range is `target_low` to `target`.
    """

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="kpis")
    code = models.SlugField(max_length=80)
    name = models.CharField(max_length=200)
    kind = models.CharField(
        max_length=13,
        choices=[(kind.value, kind.label) for kind in KpiKind],
        default=KpiKind.BUSINESS.value,
        db_default=KpiKind.BUSINESS.value,
    )
    definition = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="What exactly is counted."
    )
    unit = models.CharField(max_length=40, blank=True)
    direction = models.CharField(
        max_length=6, blank=True, choices=[(direction.value, direction.label) for direction in Direction]
    )
    baseline = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    baseline_on = models.DateField(null=True, blank=True)
    baseline_provenance = models.CharField(
        max_length=7, blank=True, default="", db_default="", choices=PROVENANCE_CHOICES
    )
    target = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    target_low = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    threshold = models.DecimalField(
        max_digits=20,
        decimal_places=6,
        null=True,
        blank=True,
        help_text="The worst that is accepted: a budget, or the improvement that justifies the money.",
    )
    window_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Measured over.")
    method = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="Source system, formula, sample, and who measures.",
    )
    cadence_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="A reading is expected every so many days."
    )
    owner = models.ForeignKey(Owner, null=True, blank=True, on_delete=models.PROTECT, related_name="kpis")
    value_per_unit = models.DecimalField(
        max_digits=20,
        decimal_places=6,
        null=True,
        blank=True,
        help_text="What one unit better is worth in a month.",
    )
    value_currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    is_primary = models.BooleanField(default=False)
    retired_on = models.DateField(null=True, blank=True, help_text="Measured no longer since.")

    objects = KpiQuerySet.as_manager()

    class Meta:
        verbose_name = "KPI"
        constraints = [
            models.UniqueConstraint(fields=["pilot", "code"], name="kpi_code_once"),
            models.CheckConstraint(
                condition=Q(direction__in=["", *[direction.value for direction in Direction]]),
                name="kpi_direction_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in KpiKind]), name="kpi_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(baseline_provenance__in=["", *PROVENANCES]), name="kpi_baseline_provenance_known"
            ),
            models.UniqueConstraint(fields=["pilot"], condition=Q(is_primary=True), name="one_primary_kpi"),
            models.CheckConstraint(
                condition=Q(is_primary=False) | Q(kind=KpiKind.BUSINESS.value, retired_on__isnull=True),
                name="kpi_primary_is_business",
            ),
            models.CheckConstraint(
                condition=Q(baseline__isnull=True) | Q(target__isnull=True) | ~Q(baseline=F("target")),
                name="kpi_target_differs",
                violation_error_message="Baseline and target are the same, so nothing would move.",
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=False) | Q(threshold__isnull=False), name="kpi_has_target"
            ),
            models.CheckConstraint(
                condition=~Q(direction=Direction.RANGE.value, target_low__isnull=True)
                & ~Q(direction=Direction.RANGE.value, target__isnull=True)
                & (Q(target_low__isnull=True) | Q(direction=Direction.RANGE.value)),
                name="kpi_range_whole",
            ),
            models.CheckConstraint(
                condition=Q(target_low__isnull=True) | Q(target_low__lt=F("target")), name="kpi_range_order"
            ),
            models.CheckConstraint(
                condition=Q(window_days__isnull=True) | Q(window_days__gte=1), name="kpi_window_positive"
            ),
            models.CheckConstraint(
                condition=Q(cadence_days__isnull=True) | Q(cadence_days__gte=1), name="kpi_cadence_positive"
            ),
            models.CheckConstraint(
                condition=Q(value_per_unit__isnull=True, value_currency="")
                | Q(value_per_unit__isnull=False, value_per_unit__gt=0) & ~Q(value_currency=""),
                name="kpi_value_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class KpiVersionQuerySet(models.QuerySet["KpiVersion"]):
    def visible_to(self, user: User | None) -> "KpiVersionQuerySet":
        return self if user is None else self.filter(kpi__pilot__in=Pilot.objects.visible_to(user))


@append_only
class KpiVersion(models.Model):
    """A KPI's definition as it was agreed from a moment on; the newest is the one in force.

    `parts` are what a signature covers (`kpis.definition.SIGNED`), `digest` their SHA-256.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    parts = models.JSONField()
    digest = models.CharField(max_length=64)
    since = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    objects = KpiVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kpi", "number"], name="kpi_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="kpi_version_counted"),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of {self.kpi_id}"


class SignOffQuerySet(models.QuerySet["SignOff"]):
    def visible_to(self, user: User | None) -> "SignOffQuerySet":
        return self if user is None else self.filter(version__kpi__pilot__in=Pilot.objects.visible_to(user))


@append_only
class SignOff(models.Model):
    """Who agreed to which version of a definition: in Headway, or on paper that `link` or `text` names."""

    version = models.ForeignKey(KpiVersion, on_delete=models.CASCADE, related_name="sign_offs")
    signer = models.ForeignKey(Owner, on_delete=models.PROTECT, related_name="+")
    signed_on = models.DateField()
    link = models.URLField(max_length=500, blank=True)
    text = models.CharField(max_length=500, blank=True)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = SignOffQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "signer"], name="sign_off_once"),
            models.CheckConstraint(
                condition=Q(link="") | Q(link__startswith="https://") | Q(link__startswith="http://"),
                name="sign_off_link_is_web",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.signer_id} under {self.version_id}"

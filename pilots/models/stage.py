from enum import StrEnum

from django.db import models
from django.db.models import F, Q

from pilots.access.guards import append_only
from pilots.access.models import User
from pilots.calendar import PRECISION_CHOICES, Day, Precision
from pilots.lifecycle import STAGE_CHOICES, Entry, Stage
from pilots.models.pilot import Pilot


class Origin(StrEnum):
    """Where a piece of history comes from: only what was made here has passed the rules."""

    MADE = "made"
    STATED = "stated"
    IMPORTED = "imported"


class StageTransitionQuerySet(models.QuerySet["StageTransition"]):
    def visible_to(self, user: User | None) -> "StageTransitionQuerySet":
        if user is None:
            return self
        return self.filter(pilot__in=Pilot.objects.visible_to(user))

    def effective(self) -> "StageTransitionQuerySet":
        """Leave out rows that a later one supersedes or voids, and the voiding rows themselves."""
        return self.naming_a_stage().filter(superseded_by__isnull=True, voided_by__isnull=True)

    def effective_among_all(self) -> "StageTransitionQuerySet":
        """Leave out the same as `effective`, for a pass over the rows of very many pilots.

        The few rows that are superseded or voided are gathered once. Joined, each row would be looked up
        twice, and PostgreSQL takes the two joins to leave a single row and plans what follows for that.
        """
        rows = self.naming_a_stage()
        for by in ("supersedes", "voids"):
            rows = rows.exclude(pk__in=StageTransition.objects.filter(**{f"{by}__isnull": False}).values(by))
        return rows

    def naming_a_stage(self) -> "StageTransitionQuerySet":
        """Leave out the rows that void another.

        Asking for `voids IS NULL` says the same, but SQLite takes its unique index for the better way
        in and then reads nearly the whole table, once for every pilot.
        """
        return self.exclude(to_stage="")

    def in_order(self) -> "StageTransitionQuerySet":
        return self.order_by("latest_on", "id")


@append_only
class StageTransition(models.Model):
    """One row of a pilot's history: it came to a stage, or an earlier row is corrected or taken back.

    `happened_on` is empty when nobody knows the day. `latest_on` never is: the last day on which it
    can have happened, which is the end of an imprecise period or the day somebody said or saw it.
    """

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="transitions")
    to_stage = models.CharField(max_length=12, choices=STAGE_CHOICES, blank=True)
    happened_on = models.DateField(null=True)
    precision = models.CharField(max_length=8, choices=PRECISION_CHOICES, blank=True)
    latest_on = models.DateField()
    recorded_at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=8, choices=[(origin.value, origin.value) for origin in Origin])
    reason = models.TextField(blank=True)
    evidence = models.TextField(blank=True)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    voids = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="voided_by")

    objects = StageTransitionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["pilot", "-latest_on", "-id"], name="transition_of_pilot", include=["to_stage"]
            ),
            models.Index(
                fields=["to_stage", "happened_on", "latest_on"],
                name="transition_rough",
                condition=Q(latest_on__gt=F("happened_on")),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(voids__isnull=True, to_stage__in=[stage.value for stage in Stage])
                | Q(voids__isnull=False, to_stage="", happened_on__isnull=True, supersedes__isnull=True),
                name="transition_names_stage_or_voids",
            ),
            models.CheckConstraint(
                condition=Q(happened_on__isnull=True, precision="")
                | Q(
                    happened_on__isnull=False,
                    precision__in=[precision.value for precision in Precision],
                    latest_on__gte=F("happened_on"),
                ),
                name="transition_precision_fits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pilot_id} to {self.to_stage or 'nothing'}"

    @property
    def happened(self) -> Day | None:
        return Day(self.happened_on, Precision(self.precision)) if self.happened_on else None

    def as_entry(self) -> Entry:
        return Entry(
            id=self.pk,
            to_stage=Stage(self.to_stage) if self.to_stage else None,
            happened=self.happened,
            latest_on=self.latest_on,
            supersedes=self.supersedes_id,
            voids=self.voids_id,
        )


class StageSpan(models.Model):
    """A stay in one stage, derived from the effective history and rebuilt with it."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="spans")
    stage = models.CharField(max_length=12, choices=STAGE_CHOICES)
    entered_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    is_last = models.BooleanField()
    held_days = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["stage", "entered_on"], name="span_by_stage")]
        constraints = [
            models.UniqueConstraint(fields=["pilot"], condition=Q(is_last=True), name="one_last_span"),
        ]

    def __str__(self) -> str:
        return f"{self.pilot_id} in {self.stage}"


class Hold(models.Model):
    """A period in which a pilot rests: its clocks stop, and somebody looks again on the review day."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="holds")
    since = models.DateField()
    until = models.DateField(null=True)
    reason = models.TextField()
    agreed_by = models.CharField(max_length=200)
    review_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot"], condition=Q(until__isnull=True), name="one_open_hold"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="hold_ends_after"
            ),
            models.CheckConstraint(condition=Q(review_on__gte=F("since")), name="hold_review_after"),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.pilot_id} held since {self.since}"

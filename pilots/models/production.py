from django.db import models
from django.db.models import F, Q

from pilots.access.models import User
from pilots.design import ConnectionKind, ConnectionState, RolloutKind, RolloutOutcome
from pilots.models.pilot import Pilot


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def visible_to(self, user: User | None) -> "ConnectionQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))


class Connection(models.Model):
    """Something a pilot reads from or writes to: a source, a system, a file, a person."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="connections")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.label) for kind in ConnectionKind])
    name = models.CharField(max_length=200)
    owner = models.CharField(max_length=200, blank=True, help_text="Who answers for the other side.")
    state = models.CharField(
        max_length=10,
        choices=[(state.value, state.label) for state in ConnectionState],
        default=ConnectionState.LISTED.value,
    )
    is_live = models.BooleanField(
        null=True, help_text="The real thing, no copy or sandbox; empty: not known."
    )
    contract_agreed_on = models.DateField(null=True, blank=True)
    origin = models.CharField(max_length=500, blank=True)
    transformations = models.CharField(max_length=500, blank=True)
    approved_by = models.CharField(max_length=200, blank=True)
    constraints = models.CharField(max_length=500, blank=True)
    freshness_hours = models.PositiveIntegerField(null=True, blank=True, help_text="How old data may be.")
    access_reviewed_on = models.DateField(null=True, blank=True)
    quality_checked_on = models.DateField(null=True, blank=True)
    tested_on = models.DateField(null=True, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "name"], name="connection_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="connection_has_name"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in ConnectionKind]), name="connection_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in ConnectionState]),
                name="connection_state_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RolloutStepQuerySet(models.QuerySet["RolloutStep"]):
    def visible_to(self, user: User | None) -> "RolloutStepQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))


class RolloutStep(models.Model):
    """One step on the way from nobody to everybody: how large, from when, and when to go back."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="rollout_steps")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.label) for kind in RolloutKind])
    audience = models.CharField(max_length=200, blank=True)
    share_percent = models.PositiveSmallIntegerField(help_text="Share of the real work it decides, 0 to 100.")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    rollback_when = models.CharField(max_length=300, blank=True)
    result = models.TextField(max_length=4000, blank=True)
    outcome = models.CharField(
        max_length=11, blank=True, choices=[(item.value, item.label) for item in RolloutOutcome]
    )
    decided_on = models.DateField(null=True, blank=True)

    objects = RolloutStepQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "number"], name="rollout_number_once"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in RolloutKind]), name="rollout_kind_known"
            ),
            models.CheckConstraint(condition=Q(share_percent__lte=100), name="rollout_share_to_100"),
            models.CheckConstraint(
                condition=~Q(kind=RolloutKind.SHADOW.value) | Q(share_percent=0),
                name="rollout_shadow_decides_nothing",
            ),
            # 100 % first is impossible: the first step is a small one.
            models.CheckConstraint(
                condition=Q(number__gt=1) | Q(share_percent__lt=100), name="rollout_never_all_first"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="rollout_ends_after"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decided_on__isnull=True)
                | Q(outcome__in=[item.value for item in RolloutOutcome], decided_on__isnull=False),
                name="rollout_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.pilot_id}"


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def visible_to(self, user: User | None) -> "ModelVersionQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))


class ModelVersion(models.Model):
    """One version of the model a pilot uses, its own or a provider's."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="model_versions")
    label = models.CharField(max_length=100)
    provider = models.CharField(max_length=200, blank=True)
    is_pinned = models.BooleanField(
        null=True, help_text="The provider cannot change it unasked; empty: not known."
    )
    changed_on = models.DateField()
    training_data_through = models.DateField(null=True, blank=True)
    is_live = models.BooleanField(default=False)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "label"], name="model_version_once"),
            models.UniqueConstraint(
                fields=["pilot"], condition=Q(is_live=True), name="one_live_model_version"
            ),
            models.CheckConstraint(condition=~Q(label=""), name="model_version_has_label"),
        ]

    def __str__(self) -> str:
        return self.label

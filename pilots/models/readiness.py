from django.db import models
from django.db.models import F, Q

from pilots.access.guards import fixed
from pilots.access.models import Program, User
from pilots.access.permissions import OwnerRole
from pilots.lifecycle import STAGE_CHOICES, Stage
from pilots.models.milestone import Milestone
from pilots.models.ownership import OWNER_ROLE_CHOICES
from pilots.models.pilot import Pilot
from pilots.playbook import MAY_JOIN, Audience, EvidenceKind, Gate

GATE_CHOICES = [(gate.value, gate.label) for gate in Gate]
GATE_CODES = [gate.value for gate in Gate]
ROLE_CODES = [role.value for role in OwnerRole]


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: User | None) -> "EvidenceQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))

    def standing(self) -> "EvidenceQuerySet":
        """Leave out what was withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


@fixed(
    "pilot_id", "requirement", "milestone_id", "kind", "link", "text", "dated", "brought_by_id", "brought_at"
)
class Evidence(models.Model):
    """Something that shows a requirement is met or a milestone is done. It is withdrawn, never changed."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="evidence")
    requirement = models.CharField(max_length=60, blank=True, help_text="The code of what it shows.")
    milestone = models.ForeignKey(
        Milestone, null=True, blank=True, on_delete=models.RESTRICT, related_name="evidence"
    )
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.label) for kind in EvidenceKind])
    link = models.URLField(max_length=500, blank=True)
    text = models.TextField(max_length=4000, blank=True)
    dated = models.DateField(help_text="The day of what it shows, not the day it was brought.")
    audience = models.CharField(
        max_length=8, blank=True, choices=[(audience.value, audience.label) for audience in Audience]
    )
    stage = models.CharField(max_length=12, choices=STAGE_CHOICES, help_text="Where the pilot was then.")
    brought_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    brought_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_because = models.CharField(max_length=500, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in EvidenceKind]), name="evidence_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(audience__in=["", *[audience.value for audience in Audience]]),
                name="evidence_audience_known",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=[stage.value for stage in Stage]), name="evidence_stage_known"
            ),
            models.CheckConstraint(condition=~Q(link="") | ~Q(text=""), name="evidence_says_something"),
            models.CheckConstraint(
                condition=Q(link="") | Q(link__startswith="https://") | Q(link__startswith="http://"),
                name="evidence_link_is_web",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_because="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because=""),
                name="evidence_withdrawn_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["pilot", "requirement"],
                condition=Q(withdrawn_at__isnull=True),
                name="evidence_standing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.requirement or self.milestone_id} of {self.pilot_id}"


class RequirementStateQuerySet(models.QuerySet["RequirementState"]):
    def visible_to(self, user: User | None) -> "RequirementStateQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))


class RequirementState(models.Model):
    """Since when a requirement is met, or since when no longer; what it is now follows from the record."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="requirement_states")
    requirement = models.CharField(max_length=60)
    met_on = models.DateField(null=True)
    reopened_on = models.DateField(null=True)
    reopened_because = models.CharField(max_length=500, blank=True)

    objects = RequirementStateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "requirement"], name="requirement_state_once"),
            models.CheckConstraint(
                condition=Q(met_on__isnull=True) | Q(reopened_on__isnull=True),
                name="requirement_met_or_reopened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requirement} of {self.pilot_id}"


class WaitingQuerySet(models.QuerySet["Waiting"]):
    def visible_to(self, user: User | None) -> "WaitingQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))

    def open(self) -> "WaitingQuerySet":
        return self.filter(until__isnull=True)


class Waiting(models.Model):
    """A stretch of time in which a requirement waits for somebody outside: legal, security, data."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="waits")
    requirement = models.CharField(max_length=60)
    on_role = models.CharField(max_length=20, choices=OWNER_ROLE_CHOICES)
    since = models.DateField()
    until = models.DateField(null=True)
    note = models.CharField(max_length=500, blank=True)

    objects = WaitingQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "waiting"
        constraints = [
            models.UniqueConstraint(
                fields=["pilot", "requirement"], condition=Q(until__isnull=True), name="waits_for_one"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="waiting_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(on_role__in=[role.value for role in OwnerRole]), name="waiting_role_known"
            ),
        ]
        indexes = [
            models.Index(fields=["on_role", "pilot"], condition=Q(until__isnull=True), name="waiting_open"),
        ]

    def __str__(self) -> str:
        return f"{self.requirement} of {self.pilot_id} waits for {self.on_role}"


class WaiverQuerySet(models.QuerySet["Waiver"]):
    def visible_to(self, user: User | None) -> "WaiverQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))


@fixed("pilot_id", "subject", "reason", "until", "waived_by_id", "waived_at")
class Waiver(models.Model):
    """Somebody lets a pilot pass without something, for a time, and says why.

    `subject` is a requirement's code, a gate, or what a plan or rollout would refuse.
    """

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="waivers")
    subject = models.CharField(max_length=60)
    reason = models.CharField(max_length=1000)
    until = models.DateField(help_text="The last day on which it holds.")
    waived_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    waived_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = WaiverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_reason"),
            models.CheckConstraint(condition=~Q(subject=""), name="waiver_has_subject"),
        ]
        indexes = [
            models.Index(
                fields=["pilot", "subject"], condition=Q(revoked_at__isnull=True), name="waiver_standing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} of {self.pilot_id} waived until {self.until}"


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def visible_to(self, user: User | None) -> "ApprovalQuerySet":
        return self if user is None else self.filter(pilot__in=Pilot.objects.visible_to(user))

    def standing(self) -> "ApprovalQuerySet":
        return self.filter(revoked_at__isnull=True)


@fixed("pilot_id", "gate", "role", "approved_by_id", "approved_at", "basis")
class Approval(models.Model):
    """Somebody who may agrees that a gate is passed, on the evidence there was then."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="approvals")
    gate = models.CharField(max_length=2, choices=GATE_CHOICES)
    role = models.CharField(
        max_length=20, choices=OWNER_ROLE_CHOICES, blank=True, help_text="Blank: manager."
    )
    note = models.CharField(max_length=1000, blank=True)
    basis = models.JSONField(default=dict, help_text="What each requirement rested on then, by its code.")
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pilot", "gate", "role", "approved_by"],
                condition=Q(revoked_at__isnull=True),
                name="approval_once",
            ),
            models.CheckConstraint(condition=Q(gate__in=GATE_CODES), name="approval_gate_known"),
            models.CheckConstraint(condition=Q(role__in=["", *ROLE_CODES]), name="approval_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.gate} of {self.pilot_id}"


class PlaybookEntry(models.Model):
    """What one program changes in the playbook, or adds to it; empty fields leave what is there."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="playbook_entries")
    code = models.SlugField(max_length=60)
    is_used = models.BooleanField(default=True)
    title = models.CharField(max_length=200, blank=True)
    gate = models.CharField(max_length=2, blank=True, choices=GATE_CHOICES)
    phase = models.CharField(max_length=10, blank=True)
    kinds = models.JSONField(default=list, help_text="Kinds of evidence that count; for its own ones.")
    missing = models.CharField(max_length=300, blank=True)
    next_action = models.CharField(max_length=300, blank=True)
    unblocker = models.CharField(max_length=20, blank=True, choices=OWNER_ROLE_CHOICES)

    class Meta:
        verbose_name_plural = "playbook entries"
        constraints = [
            models.UniqueConstraint(fields=["program", "code"], name="playbook_entry_once"),
            models.CheckConstraint(condition=Q(gate__in=["", *GATE_CODES]), name="playbook_entry_gate_known"),
            models.CheckConstraint(
                condition=Q(unblocker__in=["", *ROLE_CODES]), name="playbook_entry_unblocker_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} in {self.program}"


class Approving(models.TextChoices):
    """Who has to agree to a gate beyond its evidence."""

    NOBODY = "nobody", "Nobody: the evidence is enough"
    ANY = "any", "Any of these"
    ALL = "all", "All of these"


class GateSetting(models.Model):
    """How one program passes a gate: who approves, and whether it counts before go-live."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="gate_settings")
    gate = models.CharField(max_length=2, choices=GATE_CHOICES)
    approving = models.CharField(max_length=6, choices=Approving.choices, default=Approving.NOBODY)
    roles = models.JSONField(default=list, help_text="The roles that approve.")
    before_go_live = models.BooleanField(default=False, help_text="For G7 and G8 only.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "gate"], name="gate_setting_once"),
            models.CheckConstraint(condition=Q(gate__in=GATE_CODES), name="gate_setting_gate_known"),
            models.CheckConstraint(
                condition=Q(approving__in=Approving.values), name="gate_setting_approving_known"
            ),
            models.CheckConstraint(
                condition=Q(before_go_live=False) | Q(gate__in=[gate.value for gate in MAY_JOIN]),
                name="gate_setting_joins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gate} in {self.program}"

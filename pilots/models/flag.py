"""Flags, the lines that stand for many of them, and the limits rules go by."""

from datetime import date, datetime

from django.db import models
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When

from pilots.access.guards import append_only
from pilots.access.models import Membership, Program, Role, User
from pilots.models.ownership import Ownership
from pilots.models.pilot import Pilot
from pilots.rules.registry import RULES, SERIOUS, Evidence, Kind, Pattern, Rule, Severity, rule_key

SEVERITY_CHOICES = [(item.value, item.label) for item in Severity]
KIND_CHOICES = [(item.value, item.label) for item in Kind]
SEVERITY_RANK = Case(
    *(When(severity=item.value, then=Value(item.rank)) for item in Severity), output_field=IntegerField()
)
PATTERN_CHOICES = [(item.value, item.label) for item in Pattern]


class FlagQuerySet(models.QuerySet["Flag"]):
    def visible_to(self, user: User | None) -> "FlagQuerySet":
        if user is None:
            return self
        return self.filter(pilot__in=Pilot.objects.visible_to(user))

    def open(self) -> "FlagQuerySet":
        return self.filter(closed_at__isnull=True)

    def unseen_by_assignee(self) -> "FlagQuerySet":
        """Keep the flags of whoever is named for them and does not see their pilot, or cannot sign in.

        `PilotQuerySet.visible_to` as a query, of each flag for its own person.
        """
        member = Membership.objects.filter(user=OuterRef("assignee"), program=OuterRef("pilot__program"))
        manages = Exists(member.filter(role=Role.MANAGER.value))
        accepted = Ownership.objects.accepted()
        owns = Exists(accepted.filter(owner__user=OuterRef("assignee"), pilot=OuterRef("pilot")))
        everyone = Q(assignee__is_executive=True) | Q(assignee__is_administrator=True)
        ordinary = Q(pilot__is_confidential=False) & (everyone | Exists(member))
        within = Q(assignee__is_sample=False) | Q(pilot__program__is_sample=True)
        sees = Q(assignee__is_active=True) & within & (ordinary | manages | owns)
        return self.filter(~sees, assignee__isnull=False)

    def counting(self, at: datetime) -> "FlagQuerySet":
        """Keep the open flags that bear on health: neither widespread, nor snoozed or disputed now."""
        awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=at)
        agreed = Q(disputed_until__isnull=True) | Q(disputed_until__lte=at)
        return self.open().filter(awake, agreed, is_widespread=False)


class Flag(models.Model):
    """What a rule found on a pilot, from when it was opened until the fact is gone.

    The job opens, escalates, refreshes and closes; people snooze and dispute. At most one is open for a
    pilot, rule and subject. Times are moments; `snoozed_until` and `disputed_until` end by themselves.
    """

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="flags")
    rule = models.CharField(max_length=12)
    subject = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=8, choices=KIND_CHOICES)
    pattern = models.CharField(max_length=24, choices=PATTERN_CHOICES)
    severity = models.CharField(max_length=8, choices=SEVERITY_CHOICES)
    since = models.DateField(help_text="The day its fact counts from.")
    crossed_on = models.DateField(help_text="The day the limit was passed.")
    serious_on = models.DateField(null=True, help_text="The day it first was high; worse restarts nothing.")
    limit_name = models.CharField(max_length=20)
    limit = models.PositiveIntegerField(help_text="The limit that was passed, as it was set then.")
    details = models.JSONField(default=dict)
    next_action = models.CharField(max_length=300)
    is_starting = models.BooleanField(
        default=False, help_text="Starting position: already so when the pilot came here."
    )
    is_widespread = models.BooleanField(
        default=False, help_text="Too common in its program to say it of each pilot; told once."
    )
    opened_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    snooze_reason = models.CharField(max_length=500, blank=True)
    snoozed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    disputed_until = models.DateTimeField(null=True)
    dispute_reason = models.CharField(max_length=500, blank=True)
    disputed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    assignee = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="assigned_flags", help_text="Who sees to it."
    )

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pilot", "rule", "subject"],
                condition=Q(closed_at__isnull=True),
                name="one_open_flag",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=[item.value for item in Severity]), name="flag_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True) | ~Q(snooze_reason=""), name="flag_snooze_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(disputed_until__isnull=True) | ~Q(dispute_reason=""),
                name="flag_dispute_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="flag_closes_after_opening",
            ),
        ]
        indexes = [
            models.Index(
                fields=["rule", "subject"], condition=Q(closed_at__isnull=True), name="flag_open_by_rule"
            ),
            models.Index(fields=["pilot", "-opened_at"], name="flag_of_pilot"),
            models.Index(fields=["closed_at"], name="flag_by_closing"),  # the digest's "recovered"
        ]

    def __str__(self) -> str:
        return f"{self.rule_key} on {self.pilot_id}"

    @property
    def rule_key(self) -> str:
        return rule_key(self.rule, self.subject)

    @property
    def known_rule(self) -> Rule | None:
        """The rule that opened it; None when this release no longer has it."""
        return RULES.of(self.rule, self.subject)

    @property
    def at_severity(self) -> Severity:
        return Severity(self.severity)

    def fact(self, today: date) -> str:
        """Return what it says about its pilot, in a sentence, as of a day of the pilot's program."""
        rule = self.known_rule
        if rule is None:
            return f"Flagged by {self.rule_key} since {self.since}."
        return rule.fact(Evidence(self.since, today, self.limit, self.details))

    @property
    def counted_from(self) -> date:
        """The day it was first serious, or passed its limit; not the day it was seen, nor got worse still."""
        return self.serious_on or self.crossed_on

    @property
    def blocks(self) -> bool:
        """Whether it makes its pilot blocked while it counts."""
        rule = self.known_rule
        return rule is not None and rule.blocks

    def days(self, today: date) -> int:
        return max((today - self.counted_from).days, 0)

    def is_snoozed(self, at: datetime) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > at

    def is_disputed(self, at: datetime) -> bool:
        return self.disputed_until is not None and self.disputed_until > at

    def leaves_doubt(self, at: datetime) -> bool:
        """Whether nobody can call its pilot well, though it is told once, snoozed or disputed now."""
        rule = self.known_rule
        is_serious = self.at_severity in SERIOUS
        return not self.counts(at) and is_serious and rule is not None and rule.denies_health

    def counts(self, at: datetime) -> bool:
        """Return whether it bears on its pilot's health now."""
        return not (self.closed_at or self.is_widespread or self.is_snoozed(at) or self.is_disputed(at))


class ProgramLineQuerySet(models.QuerySet["ProgramLine"]):
    def visible_to(self, user: User | None) -> "ProgramLineQuerySet":
        return self if user is None else self.filter(program__in=Program.objects.visible_to(user))


class ProgramLine(models.Model):
    """A rule that hits so many pilots of a program that it is told once: “31 of 40 have no owner”.

    Written anew by each scan. Confidential pilots are in neither number.
    """

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="lines")
    rule = models.CharField(max_length=12)
    subject = models.CharField(max_length=60, blank=True)
    eligible = models.PositiveIntegerField()
    hit = models.PositiveIntegerField()
    counted_at = models.DateTimeField()

    objects = ProgramLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "rule", "subject"], name="program_line_once"),
            models.CheckConstraint(condition=Q(hit__lte=F("eligible")), name="program_line_hit_of_eligible"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} in {self.program_id}: {self.hit} of {self.eligible}"


class RuleSettingQuerySet(models.QuerySet["RuleSetting"]):
    def current(self) -> "RuleSettingQuerySet":
        """Keep the newest row of each rule and program; the older ones are the history."""
        newer = RuleSetting.objects.filter(
            rule=OuterRef("rule"), program=OuterRef("program"), pk__gt=OuterRef("pk")
        )
        newer_site = RuleSetting.objects.filter(
            rule=OuterRef("rule"), program__isnull=True, pk__gt=OuterRef("pk")
        )
        return self.exclude(Exists(newer)).exclude(Q(program__isnull=True) & Exists(newer_site))


@append_only
class RuleSetting(models.Model):
    """The limits somebody set for a rule, for the site (no program) or one program; the newest row holds.

    `limits` names every limit of the rule. Empty means: back to what the site, or Headway, proposes.
    """

    rule = models.CharField(max_length=80, help_text="The rule's key, such as R-01.")
    program = models.ForeignKey(Program, null=True, on_delete=models.PROTECT, related_name="rule_settings")
    limits = models.JSONField(default=dict)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    objects = RuleSettingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["rule", "program", "-id"], name="rule_setting_newest")]

    def __str__(self) -> str:
        return f"{self.rule} for {self.program_id or 'the site'}"

from datetime import date
from enum import StrEnum

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.urls import reverse

from pilots.access.guards import fixed
from pilots.access.models import Membership, Program, Role, User
from pilots.access.permissions import OwnerRole, Relation
from pilots.calendar import PRECISION_CHOICES, Day, Precision
from pilots.design import Complexity, ModelTier, Regime, ServingLocation, ServingPattern
from pilots.health import Health
from pilots.lifecycle import ENDS, MAIN_PATH, STAGE_CHOICES, Stage
from pilots.models.ownership import Ownership
from pilots.rules.registry import Pattern


class RiskTier(StrEnum):
    """The EU AI Act's tiers. Blank on a pilot means: not classified yet."""

    MINIMAL = "minimal"
    LIMITED = "limited"
    HIGH = "high"
    PROHIBITED = "prohibited"

    @property
    def label(self) -> str:
        return f"{self.value.capitalize()} risk" if self is not RiskTier.PROHIBITED else "Prohibited practice"


class HowBuilt(StrEnum):
    """Who makes the thing; it decides which requirements apply."""

    OWN = "own"
    BOUGHT = "bought"
    CONFIGURED = "configured"

    @property
    def label(self) -> str:
        return {"own": "Built here", "bought": "Bought", "configured": "Bought and configured"}[self.value]


ENDED = [stage.value for stage in ENDS]
HAS_ENDED = Q(stage__in=ENDED)
# Coming to proven is the answer to "decide by": it was shown to work.
UNDECIDED = frozenset(MAIN_PATH[: MAIN_PATH.index(Stage.PROVEN)])


class PilotQuerySet(models.QuerySet["Pilot"]):
    def visible_to(self, user: User | None) -> "PilotQuerySet":
        """Return the pilots a person may see; None is the system itself.

        Ordinary ones: members of the program, accepted owners, executives, administrators.
        Confidential ones: managers of the program and accepted owners, nobody else.
        A demo log-in, whose password everybody knows, never sees more than the sample.
        """
        if user is None:
            return self
        member = Membership.objects.filter(user=user, program=OuterRef("program"))
        manages = Exists(member.filter(role=Role.MANAGER.value))
        owns = Exists(Ownership.objects.accepted_by(user).filter(pilot=OuterRef("pk")))
        everyone = user.is_executive or user.is_administrator
        ordinary = Q(is_confidential=False) if everyone else Q(Exists(member), is_confidential=False)
        pilots = self.filter(ordinary | manages | owns)
        if user.is_sample:
            pilots = pilots.filter(program__is_sample=True)
        if user.reach and user.reach.programs is not None:
            pilots = pilots.filter(program__in=user.reach.programs)
        if user.reach and user.reach.pilots is not None:
            pilots = pilots.filter(pk__in=user.reach.pilots)
        return pilots

    def managed_by(self, user: User) -> "PilotQuerySet":
        """Keep the pilots of the programs a person manages. Start from `visible_to`."""
        manages = Membership.objects.filter(user=user, program=OuterRef("program"), role=Role.MANAGER.value)
        return self.filter(Exists(manages))

    def movable_by(self, user: User) -> "PilotQuerySet":
        """Keep the pilots a person may move or hold: `MAY[Deed.MOVE]` as a query. Start from `visible_to`."""
        leads = Ownership.objects.accepted_by(user).filter(
            pilot=OuterRef("pk"), role=OwnerRole.PRODUCTION_OWNER.value
        )
        manages = Membership.objects.filter(user=user, program=OuterRef("program"), role=Role.MANAGER.value)
        return self.filter(Exists(manages) | Exists(leads))

    def apart_from_sample(self, reader: User | None) -> "PilotQuerySet":
        """Leave the sample out once this reader can see a real pilot; asks the database at once.

        What the reader cannot see decides nothing: it would tell them that it is there.
        """
        real = {"program__is_sample": False}
        if not Pilot.objects.visible_to(reader).filter(**real).exists():
            return self
        # Not joined: SQLite would go from program to program, and look up every pilot by itself.
        return self.exclude(program__in=Program.objects.filter(is_sample=True))

    def countable(self, reader: User | None, *, of: Program | None = None) -> "PilotQuerySet":
        """Leave out what is in no total of this reader: confidential pilots, and the sample beside real ones.

        `of` is the one program asked for; then the sample counts when it is that program.
        """
        pilots = self.filter(is_confidential=False)
        return pilots.filter(program=of) if of else pilots.apart_from_sample(reader)

    def active(self) -> "PilotQuerySet":
        return self.exclude(HAS_ENDED)

    def ended(self) -> "PilotQuerySet":
        return self.filter(HAS_ENDED)

    def in_health(self, *codes: Health) -> "PilotQuerySet":
        return self.filter(health__in=[code.value for code in codes])

    def led(self) -> "PilotQuerySet":
        """Keep the pilots for whose way into production somebody is accountable."""
        return self.filter(
            Exists(
                Ownership.objects.active()
                .principals()
                .there()
                .filter(pilot=OuterRef("pk"), role=OwnerRole.PRODUCTION_OWNER.value)
            )
        )

    def undecided(self) -> "PilotQuerySet":
        """Keep the pilots whose `decide_by` still asks for an answer: not proven yet, and not on hold."""
        return self.filter(stage__in=[stage.value for stage in UNDECIDED], held_since__isnull=True)

    def that_reached(self, stage: Stage) -> "PilotQuerySet":
        """Keep the pilots that were ever in `stage`, or in one that implies it."""
        return self.alias(reached_it=F("reached_mask").bitand(stage.bit)).filter(reached_it__gt=0)

    def owned_by(self, user: User) -> "PilotQuerySet":
        return self.filter(Exists(Ownership.objects.accepted_by(user).filter(pilot=OuterRef("pk"))))


@fixed("key", "number", "program_id", "created_at")
class Pilot(models.Model):
    """One attempt to put AI to work, from idea to lasting value.

    Stage, dates reached, clocks and hold are derived from history by `pilots.columns`;
    `manage.py rebuild_columns` derives them again and `check_integrity` compares. Health and pattern
    follow from the open flags: every change and every scan sets them, and neither raises `version`.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="pilots")
    number = models.PositiveIntegerField(editable=False)
    key = models.CharField(max_length=20, unique=True, editable=False)

    name = models.CharField(max_length=200)
    problem = models.TextField("problem, in one sentence", max_length=4000)
    unit = models.CharField(max_length=200, blank=True)
    vendor = models.CharField(max_length=200, blank=True)
    contract = models.CharField(max_length=500, blank=True)
    how_built = models.CharField(
        max_length=12, blank=True, choices=[(item.value, item.label) for item in HowBuilt]
    )
    risk = models.CharField(
        max_length=12, blank=True, choices=[(tier.value, tier.label) for tier in RiskTier]
    )
    serving_pattern = models.CharField(
        max_length=12,
        blank=True,
        default="",
        db_default="",
        choices=[(item.value, item.label) for item in ServingPattern],
    )
    serving_location = models.CharField(
        max_length=12,
        blank=True,
        default="",
        db_default="",
        choices=[(item.value, item.label) for item in ServingLocation],
    )
    model_tier = models.CharField(
        max_length=8,
        blank=True,
        default="",
        db_default="",
        choices=[(item.value, item.label) for item in ModelTier],
    )
    human_oversight = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="Who looks at which answers, and when.",
    )
    regime = models.CharField(
        max_length=6,
        blank=True,
        default="",
        db_default="",
        choices=[(item.value, item.label) for item in Regime],
    )
    complexity = models.CharField(
        max_length=6,
        blank=True,
        default="",
        db_default="",
        choices=[(item.value, item.label) for item in Complexity],
    )
    stands_alone_because = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="Why it connects to nothing."
    )
    is_confidential = models.BooleanField("confidential", default=False)
    decide_by = models.DateField(null=True, blank=True)
    custom = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        editable=False,
        help_text="Values of the program's custom fields by code, as `pilots.custom` keeps them.",
    )

    stage = models.CharField(max_length=12, choices=STAGE_CHOICES, editable=False)
    stage_since = models.DateField(null=True, editable=False)
    stage_since_precision = models.CharField(
        max_length=8, choices=PRECISION_CHOICES, blank=True, editable=False
    )
    reached_mask = models.PositiveSmallIntegerField(editable=False)
    reached_idea_on = models.DateField(null=True, editable=False)
    reached_chartered_on = models.DateField(null=True, editable=False)
    reached_piloting_on = models.DateField(null=True, editable=False)
    reached_proven_on = models.DateField(null=True, editable=False)
    reached_transition_on = models.DateField(null=True, editable=False)
    reached_limited_on = models.DateField(null=True, editable=False)
    reached_production_on = models.DateField(null=True, editable=False)
    reached_sustained_on = models.DateField(null=True, editable=False)
    reached_stopped_on = models.DateField(null=True, editable=False)
    reached_retired_on = models.DateField(null=True, editable=False)
    held_since = models.DateField(null=True, editable=False)
    hold_review_on = models.DateField(null=True, editable=False)
    stage_clock_on = models.DateField(null=True, editable=False)
    proven_clock_on = models.DateField(null=True, editable=False)
    silence_clock_on = models.DateField(null=True, editable=False)
    moved_clock_on = models.DateField(null=True, editable=False)
    moved_at = models.DateTimeField(null=True, editable=False)
    heard_at = models.DateTimeField(null=True, editable=False)
    quiet_until = models.DateField(null=True, editable=False)
    is_imported = models.BooleanField(default=False, editable=False)
    blocked_on = models.DateField(null=True, editable=False, help_text="Since somebody said it is blocked.")
    blocked_by = models.CharField(max_length=200, blank=True, db_default="", default="", editable=False)
    wanted_stage = models.CharField(
        max_length=12,
        blank=True,
        default="",
        db_default="",
        choices=STAGE_CHOICES,
        editable=False,
        help_text="Where somebody wanted to move it and was refused for what it lacked.",
    )
    wanted_on = models.DateField(null=True, editable=False, help_text="When that was.")
    health = models.CharField(
        max_length=9,
        choices=[(item.value, item.label) for item in Health],
        default=Health.NOT_KNOWN.value,
        db_default=Health.NOT_KNOWN.value,
        editable=False,
    )
    health_since = models.DateField(
        null=True, editable=False, help_text="Since when it is stalled, blocked or at risk."
    )
    pattern = models.CharField(
        max_length=24,
        blank=True,
        default="",
        db_default="",
        choices=[(item.value, item.label) for item in Pattern],
        editable=False,
    )

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = PilotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="pilot_number_once"),
            models.CheckConstraint(condition=~Q(name=""), name="pilot_has_name"),
            models.CheckConstraint(
                condition=Q(stage__in=[stage.value for stage in Stage]), name="pilot_stage_known"
            ),
            models.CheckConstraint(
                condition=Q(risk__in=["", *[tier.value for tier in RiskTier]]), name="pilot_risk_known"
            ),
            models.CheckConstraint(
                condition=Q(how_built__in=["", *[item.value for item in HowBuilt]]),
                name="pilot_how_built_known",
            ),
            models.CheckConstraint(
                condition=Q(serving_pattern__in=["", *[item.value for item in ServingPattern]]),
                name="pilot_serving_pattern_known",
            ),
            models.CheckConstraint(
                condition=Q(serving_location__in=["", *[item.value for item in ServingLocation]]),
                name="pilot_serving_location_known",
            ),
            models.CheckConstraint(
                condition=Q(model_tier__in=["", *[item.value for item in ModelTier]]),
                name="pilot_model_tier_known",
            ),
            models.CheckConstraint(
                condition=Q(regime__in=["", *[item.value for item in Regime]]), name="pilot_regime_known"
            ),
            models.CheckConstraint(
                condition=Q(complexity__in=["", *[item.value for item in Complexity]]),
                name="pilot_complexity_known",
            ),
            models.CheckConstraint(
                condition=Q(hold_review_on__isnull=True) | Q(held_since__isnull=False),
                name="pilot_review_needs_hold",
            ),
        ]
        indexes = [
            models.Index(fields=["program", "stage", "-created_at", "-id"], name="pilot_list"),
            models.Index(fields=["updated_at", "id"], name="pilot_updated_since"),
            models.Index(fields=["created_at", "id"], name="pilot_by_age"),  # the API's other order
            models.Index(fields=["health", "program"], name="pilot_by_health"),  # counts and the stalled page
            # All that the funnel and what is beside it ask of a pilot: it is counted from the index alone.
            models.Index(
                fields=[
                    "reached_piloting_on",
                    "reached_mask",
                    "stage",
                    "held_since",
                    "is_imported",
                    "is_confidential",
                    "program",
                    "vendor",
                    "unit",
                    "risk",
                    "reached_proven_on",
                    "reached_limited_on",
                    "reached_production_on",
                    "reached_sustained_on",
                    "reached_stopped_on",
                    "id",
                ],
                name="pilot_in_funnel",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("pilots:pilot_detail", args=[self.key])

    @property
    def at_stage(self) -> Stage:
        return Stage(self.stage)

    @property
    def since(self) -> Day | None:
        """When it entered its stage, as exactly as known."""
        if self.stage_since is None:
            return None
        return Day(self.stage_since, Precision(self.stage_since_precision or Precision.DAY))

    @property
    def is_ended(self) -> bool:
        return self.at_stage in ENDS

    @property
    def is_on_hold(self) -> bool:
        return self.held_since is not None

    @property
    def rests(self) -> bool:
        """Whether no clock of it runs."""
        return self.is_ended or self.is_on_hold

    def is_quiet(self, today: date) -> bool:
        """Whether it came here so lately that nothing is judged and nobody told."""
        return self.quiet_until is not None and today <= self.quiet_until

    @property
    def is_undecided(self) -> bool:
        """Whether `decide_by` still asks for an answer."""
        return self.at_stage in UNDECIDED and not self.is_on_hold

    @property
    def is_known(self) -> bool:
        """Whether anybody here has said a word about it, moved it, or stated a day of it.

        What a register says of a pilot is no word on how it goes.
        """
        if self.heard_at is not None or self.moved_at is not None:
            return True
        return not self.is_imported and any(self.reached_on(stage) for stage in Stage)

    def reached_on(self, stage: Stage) -> date | None:
        found: date | None = getattr(self, f"reached_{stage.value}_on")
        return found

    def has_reached(self, stage: Stage) -> bool:
        return bool(self.reached_mask & stage.bit)

    @property
    def furthest(self) -> Stage:
        """The furthest stage on the main path it ever reached."""
        return max(
            (stage for stage in MAIN_PATH if self.has_reached(stage)), key=MAIN_PATH.index, default=Stage.IDEA
        )


class PilotTag(models.Model):
    """A word people group pilots by."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pilot", "name"], name="tag_once")]

    def __str__(self) -> str:
        return self.name


def relations(user: User | None, pilots: list[Pilot]) -> dict[int, Relation]:
    """Return how a person stands to each pilot, by its id; two queries for any number of pilots."""
    if user is None:
        return {pilot.pk: Relation(is_system=True) for pilot in pilots}
    roles = dict(user.memberships.values_list("program_id", "role"))
    owned: dict[int, set[OwnerRole]] = {}
    held = Ownership.objects.accepted_by(user).filter(pilot__in=[pilot.pk for pilot in pilots])
    for pilot_id, role in held.values_list("pilot_id", "role"):
        owned.setdefault(pilot_id, set()).add(OwnerRole(role))
    return {
        pilot.pk: Relation(
            program_role=Role(roles[pilot.program_id]) if pilot.program_id in roles else None,
            owner_roles=frozenset(owned.get(pilot.pk, ())),
            is_executive=user.is_executive,
            is_administrator=user.is_administrator,
            is_confidential=pilot.is_confidential,
        )
        for pilot in pilots
    }

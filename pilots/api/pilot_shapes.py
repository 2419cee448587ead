"""A pilot as the API shows it and reads it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from pilots.access.models import Program
from pilots.actions.by import Refused
from pilots.actions.description import DESIGN
from pilots.actions.owner import Contact, read_contact
from pilots.api import codes
from pilots.api.custom_values import ShownValuesField, ValuesField
from pilots.calendar import PRECISION_CHOICES
from pilots.design import Complexity, ModelTier, Regime, ServingLocation, ServingPattern
from pilots.lifecycle import STAGE_CHOICES, Stage
from pilots.models import HowBuilt, Pilot, PilotTag, RiskTier
from pilots.models.cohort import Cohort
from pilots.models.log import Going
from pilots.models.ownership import OWNER_ROLE_CHOICES
from pilots.replay import answering
from pilots.web.serializers import (
    CodeField,
    DayField,
    LineField,
    LooseDayField,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    TextField,
    TextsField,
    TruthField,
    VisibleField,
    day,
    moment,
)

# --- Out ---------------------------------------------------------------------------


class PilotOwnerSerializer(serializers.Serializer[Any]):
    """Somebody who answers for a pilot now."""

    ownership = serializers.IntegerField()
    owner = serializers.IntegerField()
    name = serializers.CharField()
    role = serializers.ChoiceField(OWNER_ROLE_CHOICES)
    since = serializers.DateField()
    accepted_on = serializers.DateField(allow_null=True, help_text="null: asked, not accepted yet")


@extend_schema_field(
    {
        "type": "object",
        "propertyNames": {"enum": [stage.value for stage in Stage]},
        "additionalProperties": {"type": ["string", "null"], "format": "date"},
        "examples": [{"idea": None, "chartered": None, "piloting": "2026-09-01"}],
    }
)
class ReachedField(serializers.JSONField):
    """Every stage ever reached, with the first day on which it can have been; null when not known."""


class PilotSerializer(PlainSerializer):
    """A pilot. null always means: not known."""

    key = serializers.CharField(help_text="Its address for good.")
    program = serializers.SlugField()
    name = serializers.CharField()
    problem = serializers.CharField()
    unit = serializers.CharField(allow_null=True)
    vendor = serializers.CharField(allow_null=True)
    contract = serializers.CharField(allow_null=True)
    how_built = serializers.ChoiceField(codes.HOW_BUILT, allow_null=True)
    risk = serializers.ChoiceField(codes.RISK, allow_null=True, help_text="Tier of the EU AI Act.")
    is_confidential = serializers.BooleanField()
    decide_by = serializers.DateField(allow_null=True)
    serving_pattern = serializers.ChoiceField(
        codes.SERVING_PATTERN, allow_null=True, help_text="How it answers."
    )
    serving_location = serializers.ChoiceField(codes.SERVING_LOCATION, allow_null=True)
    model_tier = serializers.ChoiceField(codes.MODEL_TIER, allow_null=True, help_text="What decides.")
    human_oversight = serializers.CharField(allow_null=True, help_text="Who looks at which answers.")
    regime = serializers.ChoiceField(
        codes.REGIME, allow_null=True, help_text="Personal data, and the law it falls under."
    )
    complexity = serializers.ChoiceField(codes.COMPLEXITY, allow_null=True)
    stands_alone_because = serializers.CharField(allow_null=True, help_text="Why it connects to nothing.")
    tags = serializers.ListField(child=serializers.CharField())
    custom = ShownValuesField()
    stage = serializers.ChoiceField(STAGE_CHOICES)
    stage_since = serializers.DateField(allow_null=True, help_text="The first day of the period below.")
    stage_since_precision = serializers.ChoiceField(PRECISION_CHOICES, allow_null=True)
    reached = ReachedField()
    held_since = serializers.DateField(allow_null=True, help_text="Set while it is on hold.")
    hold_review_on = serializers.DateField(allow_null=True)
    health = serializers.ChoiceField(
        codes.HEALTH, help_text="“not_known” claims nothing: nobody can say that it is well."
    )
    pattern = serializers.ChoiceField(
        codes.PATTERN, allow_null=True, help_text="The failure pattern that its flags speak of most."
    )
    blocked_on = serializers.DateField(allow_null=True, help_text="Since somebody said it is blocked.")
    blocked_by = serializers.CharField(allow_null=True)
    owners = PilotOwnerSerializer(many=True)
    moved_at = serializers.DateTimeField(allow_null=True)
    heard_at = serializers.DateTimeField(allow_null=True)
    quiet_until = serializers.DateField(allow_null=True)
    is_imported = serializers.BooleanField()
    version = serializers.IntegerField(help_text="As in the ETag.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    page = serializers.URLField(help_text="Where people look at it.")


def shape_pilots(pilots: Sequence[Pilot], then: Cohort | None = None) -> list[dict[str, Any]]:
    """Return pilots, their program loaded, as plain values; two queries for owners and tags of all.

    `then` is the past day that replayed pilots show.
    """
    ids = [pilot.pk for pilot in pilots]
    owners, tags = _owners_of(ids, then), _tags_of(ids)
    return [_shape_pilot(pilot, owners.get(pilot.pk, []), tags.get(pilot.pk, [])) for pilot in pilots]


def _shape_pilot(pilot: Pilot, owners: list[dict[str, Any]], tags: list[str]) -> dict[str, Any]:
    return {
        "key": pilot.key,
        "program": pilot.program.slug,
        "name": pilot.name,
        "problem": pilot.problem,
        "unit": pilot.unit or None,
        "vendor": pilot.vendor or None,
        "contract": pilot.contract or None,
        "how_built": pilot.how_built or None,
        "risk": pilot.risk or None,
        "is_confidential": pilot.is_confidential,
        "decide_by": day(pilot.decide_by),
        **{name: getattr(pilot, name) or None for name in DESIGN},
        "tags": tags,
        "custom": pilot.custom,
        "stage": pilot.stage,
        "stage_since": day(pilot.stage_since),
        "stage_since_precision": pilot.stage_since_precision or None,
        "reached": {
            stage: day(getattr(pilot, column)) for stage, bit, column in _REACHED if pilot.reached_mask & bit
        },
        "held_since": day(pilot.held_since),
        "hold_review_on": day(pilot.hold_review_on),
        "health": pilot.health,
        "pattern": pilot.pattern or None,
        "blocked_on": day(pilot.blocked_on),
        "blocked_by": pilot.blocked_by or None,
        "owners": owners,
        "moved_at": moment(pilot.moved_at),
        "heard_at": moment(pilot.heard_at),
        "quiet_until": day(pilot.quiet_until),
        "is_imported": pilot.is_imported,
        "version": pilot.version,
        "created_at": moment(pilot.created_at),
        "updated_at": moment(pilot.updated_at),
        "page": f"{settings.SITE_URL}/pilots/{pilot.key}/",
    }


_REACHED = [(stage.value, stage.bit, f"reached_{stage.value}_on") for stage in Stage]


def _owners_of(ids: Sequence[int], then: Cohort | None) -> dict[int, list[dict[str, Any]]]:
    last = then.day if then else date.max
    rows = answering(then).principals().filter(pilot__in=ids).order_by("pk")
    found: dict[int, list[dict[str, Any]]] = {}
    for pilot, ownership, owner, name, role, since, accepted_on in rows.values_list(
        "pilot_id", "pk", "owner_id", "owner__name", "role", "since", "accepted_on"
    ):
        found.setdefault(pilot, []).append(
            {
                "ownership": ownership,
                "owner": owner,
                "name": name,
                "role": role,
                "since": day(since),
                "accepted_on": day(accepted_on) if accepted_on and accepted_on <= last else None,
            }
        )
    return found


def _tags_of(ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = PilotTag.objects.filter(pilot__in=ids).order_by("name")
    for pilot, name in rows.values_list("pilot_id", "name"):
        found.setdefault(pilot, []).append(name)
    return found


# --- In ----------------------------------------------------------------------------


@extend_schema_field({"type": "string", "maxLength": 500, "examples": ["Maren <maren@example.com>"]})
class ContactField(LineField):
    """`Name`, `name@example.com`, `Name <name@example.com>`; null or "" for nobody yet."""

    def understand(self, text: str) -> Contact | None:
        try:
            return read_contact(text)
        except Refused as refused:
            raise ValidationError(str(refused), code="contact") from None


class DescriptionSerializer(StrictSerializer):
    """What people write about a pilot. PATCH writes what is sent and leaves the rest."""

    name = TextField(max_length=200)
    problem = TextField(max_length=4000, help_text="In one sentence.")
    unit = NullableText(max_length=200)
    vendor = NullableText(max_length=200)
    contract = NullableText(max_length=500)
    how_built = CodeField(HowBuilt, allow_null=True)
    risk = CodeField(RiskTier, allow_null=True)
    is_confidential = TruthField()
    decide_by = DayField(allow_null=True)
    serving_pattern = CodeField(ServingPattern, required=False, allow_null=True)
    serving_location = CodeField(ServingLocation, required=False, allow_null=True)
    model_tier = CodeField(ModelTier, required=False, allow_null=True)
    human_oversight = NullableText(
        required=False, max_length=500, help_text="Needed where the risk is high and the model largest."
    )
    regime = CodeField(Regime, required=False, allow_null=True)
    complexity = CodeField(Complexity, required=False, allow_null=True)
    stands_alone_because = NullableText(required=False, max_length=500)
    tags = TextsField(longest=60, max_length=50)
    custom = ValuesField(required=False, help_text="Only the fields that are named change.")
    scope_reason = TextField(
        required=False,
        max_length=1000,
        help_text="Why what day 15 of the plan settled changes: the problem, the serving pattern.",
    )


class NewPilotSerializer(StrictSerializer):
    """A pilot to log. Stating the stage it is in needs no gates; its history is marked as stated."""

    program = VisibleField("slug", among=Program.objects.visible_to, noun="program")
    name = TextField(max_length=200)
    problem = TextField(max_length=4000, help_text="In one sentence.")
    stage = CodeField(Stage)
    since = LooseDayField(required=False, allow_null=True, help_text="In this stage since.")
    owner = ContactField(required=False, help_text="Who is to bring it into production.")
    decide_by = DayField(required=False, allow_null=True)
    unit = NullableText(required=False, max_length=200)
    vendor = NullableText(required=False, max_length=200)
    contract = NullableText(required=False, max_length=500)
    how_built = CodeField(HowBuilt, required=False, allow_null=True)
    risk = CodeField(RiskTier, required=False, allow_null=True)
    is_confidential = TruthField(required=False)
    tags = TextsField(longest=60, required=False, max_length=50)
    custom = ValuesField(required=False)


class MoveSerializer(StrictSerializer):
    """A move to another stage."""

    to = CodeField(Stage)
    happened_on = LooseDayField(required=False, allow_null=True, help_text="Today when left out.")
    reason = TextField(required=False, allow_blank=True, max_length=4000)
    evidence = TextField(
        required=False, allow_blank=True, max_length=4000, help_text="A link or a sentence with the figure."
    )


class HoldPilotSerializer(StrictSerializer):
    """A hold from today on."""

    reason = TextField(max_length=4000)
    agreed_by = TextField(max_length=200)
    review_on = DayField()


class ResumeSerializer(StrictSerializer):
    """The end of a hold, today."""

    note = TextField(required=False, allow_blank=True, max_length=4000)


class CheckInSerializer(StrictSerializer):
    """How it goes: in words, by one of three answers, or both."""

    text = TextField(required=False, allow_blank=True, max_length=4000)
    going = CodeField(Going, required=False, allow_null=True)

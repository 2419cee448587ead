"""Rules: what each notices, the limits in force, and setting them."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.models import Program
from pilots.actions.by import Reason, Refused
from pilots.actions.limits import LONGEST, LONGEST_REASON, set_limits
from pilots.api import codes
from pilots.api.history import PersonSerializer, shape_person
from pilots.models import RuleSetting
from pilots.models.ownership import OWNER_ROLE_CHOICES
from pilots.rules import RULES
from pilots.rules.registry import Rule
from pilots.web.problems import BadQuery, NotThere, PreconditionFailed, PreconditionRequired
from pilots.web.resources import ApiView
from pilots.web.rulebook import Entry, read_rulebook
from pilots.web.serializers import NullableText, StrictSerializer, VisibleField, moment
from pilots.web.tokens import by_api, caller

_ANY_VERSION = OpenApiParameter(
    "If-Match",
    {"type": "string", "enum": ["*"]},
    OpenApiParameter.HEADER,
    required=True,
    description="`*`: limits have no versions; every setting is kept.",
)
_KIND = OpenApiParameter(
    "kind", {"type": "string", "enum": [code for code, _ in codes.RULE_CLASS]}, description="Class"
)


# --- What goes out -----------------------------------------------------------------


class LimitSerializer(serializers.Serializer[Any]):
    """One threshold, as it holds where a program set none of its own."""

    name = serializers.CharField()
    value = serializers.IntegerField()
    proposed = serializers.IntegerField(help_text="What Headway proposes.")
    unit = serializers.CharField()
    severity = serializers.ChoiceField(codes.SEVERITY)
    words = serializers.CharField(help_text="What is counted.")


class SettingSerializer(serializers.Serializer[Any]):
    """Limits that somebody set."""

    program = serializers.SlugField(allow_null=True, help_text="null: the whole site.")
    limits = serializers.DictField(child=serializers.IntegerField())
    set_at = serializers.DateTimeField()
    set_by = PersonSerializer(allow_null=True, help_text="null: Headway itself.")
    reason = serializers.CharField(allow_null=True)


class SharedLineSerializer(serializers.Serializer[Any]):
    """A program in which the rule is told once instead of pilot by pilot."""

    program = serializers.SlugField()
    hit = serializers.IntegerField()
    eligible = serializers.IntegerField()


class RuleSerializer(serializers.Serializer[Any]):
    """One way to notice that a pilot is in trouble. Counts leave confidential pilots out."""

    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(codes.RULE_CLASS)
    pattern = serializers.ChoiceField(codes.PATTERN)
    source = serializers.CharField()  # type: ignore[assignment]  # a field, not the property
    inputs = serializers.ListField(child=serializers.CharField())
    limits = LimitSerializer(many=True)
    setting = SettingSerializer(allow_null=True, help_text="Who set them; null: as Headway proposes.")
    overrides = SettingSerializer(many=True, help_text="Of single programs the caller may see.")
    clears_when = serializers.CharField()
    next_action = serializers.CharField()
    unblockers = serializers.ListField(child=serializers.ChoiceField(OWNER_ROLE_CHOICES))
    eligible = serializers.IntegerField(help_text="Pilots it could flag, of those the caller counts.")
    flagged = serializers.IntegerField(help_text="Of these, pilots with an open flag of it.")
    widespread = SharedLineSerializer(many=True)


class RulesSerializer(serializers.Serializer[Any]):
    """All rules; this list has one page."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = RuleSerializer(many=True)


def shape_rule(entry: Entry) -> dict[str, Any]:
    rule = entry.rule
    site = entry.setting_of(None)
    return {
        "key": rule.key,
        "title": rule.title,
        "kind": rule.kind.value,
        "pattern": rule.pattern.value,
        "source": rule.source,
        "inputs": sorted(rule.inputs),
        "limits": [
            {
                "name": limit.name,
                "value": entry.limits[limit.name],
                "proposed": limit.value,
                "unit": limit.unit,
                "severity": limit.severity.value,
                "words": limit.words,
            }
            for limit in rule.limits
        ],
        "setting": _shape_setting(site) if site else None,
        "overrides": [_shape_setting(setting) for setting in entry.overrides],
        "clears_when": rule.clears_when,
        "next_action": rule.next_action,
        "unblockers": [role.value for role in rule.unblockers],
        "eligible": entry.count.eligible,
        "flagged": entry.count.hit,
        "widespread": [
            {"program": line.program.slug, "hit": line.hit, "eligible": line.eligible} for line in entry.lines
        ],
    }


def _shape_setting(setting: RuleSetting) -> dict[str, Any]:
    return {
        "program": setting.program.slug if setting.program else None,
        "limits": setting.limits,
        "set_at": moment(setting.set_at),
        "set_by": shape_person(setting.set_by),
        "reason": setting.reason or None,
    }


# --- What comes in -----------------------------------------------------------------


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": LONGEST})
class WholeNumberField(serializers.Field[int, Any, int, Any]):
    """A whole number as JSON knows it: neither "90" nor 90.5."""

    default_error_messages = {
        "invalid": "This is not a whole number. Send one such as 90, without quotation marks.",
        "out-of-range": f"Send a whole number from 0 to {LONGEST:,}.",
        "null": "This cannot be null. Leave it out to keep what holds without it.",
    }

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        if not 0 <= data <= LONGEST:
            self.fail("out-of-range")
        return int(data)

    def to_representation(self, value: int) -> int:
        return value


class SetLimitsSerializer(StrictSerializer):
    """Limits to set by name. Those left out are kept as they hold without this; none takes all back."""

    program = VisibleField("slug", among=Program.objects.visible_to, noun="program", allow_null=True)
    limits = serializers.DictField(
        child=WholeNumberField(),
        error_messages={"not_a_dict": 'Send an object of limits by name, such as {{"high": 120}}.'},
    )
    reason = NullableText(max_length=LONGEST_REASON, required=False)


class RuleList(ApiView):
    parameters = frozenset({"kind"})

    @extend_schema(
        operation_id="rules_list",
        summary="List rules",
        description="What Headway notices, with the limits in force for the whole site.",
        parameters=[_KIND],
        responses=RulesSerializer,
    )
    def get(self, request: Request) -> Response:
        rules = [rule for rule in RULES if rule.kind.value in _kinds(request)]
        entries = read_rulebook(caller(request), at=timezone.now(), rules=rules)
        return Response({"next": None, "previous": None, "results": [shape_rule(entry) for entry in entries]})


class RuleRead(ApiView):
    @extend_schema(operation_id="rules_retrieve", summary="Read a rule", responses=RuleSerializer)
    def get(self, request: Request, rule: str) -> Response:
        return _answer(request, find_rule(rule))


class RuleLimits(ApiView):
    """Where limits are set."""

    def check_deed(self) -> None:
        find_rule(self.kwargs["rule"])

    def _check_precondition(self, request: Request) -> None:
        if "If-Match" not in request.headers:
            raise PreconditionRequired("Send If-Match: * to say that you mean it.")
        if request.headers["If-Match"].strip() != "*":
            raise PreconditionFailed("Limits have no versions. Send If-Match: *.")

    @extend_schema(
        operation_id="rules_limits",
        summary="Set the limits of a rule",
        description=(
            "For one program, or with `null` for the whole site. An empty object of limits goes back to what "
            "the site set, or to what Headway proposes. Pilots are judged by them at the next hourly look."
        ),
        parameters=[_ANY_VERSION],
        request=SetLimitsSerializer,
        responses=RuleSerializer,
        examples=[
            OpenApiExample(
                "Later",
                request_only=True,
                value={
                    "program": "claims",
                    "limits": {"high": 150},
                    "reason": "Works council takes two months.",
                },
            )
        ],
    )
    def put(self, request: Request, rule: str) -> Response:
        found = find_rule(rule)
        serializer = SetLimitsSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        try:
            set_limits(
                found,
                values["limits"],
                program=values["program"],
                reason=values.get("reason", ""),
                by=by_api(request),
            )
        except Refused as refused:
            raise Refused(in_body(refused.reasons)) from refused
        return _answer(request, found)


def find_rule(key: str) -> Rule:
    found = RULES.get(key)
    if found is not None:
        return found
    meant = [rule.key for rule in RULES if rule.key.startswith(f"{key}-")]
    if not meant:
        raise Http404
    *others, last = meant
    raise NotThere(f"There is no rule {key}. There is {', '.join(others)}{' and ' if others else ''}{last}.")


def _answer(request: Request, rule: Rule) -> Response:
    return Response(shape_rule(read_rulebook(caller(request), at=timezone.now(), rules=[rule])[0]))


def _kinds(request: Request) -> list[str]:
    known = [code for code, _ in codes.RULE_CLASS]
    asked = request.query_params.get("kind")
    if asked is None:
        return known
    if asked not in known:
        raise BadQuery.because("kind", f"“{asked[:40]}” is not known here. Known: {', '.join(known)}.")
    return [asked]


def in_body(reasons: Iterable[Reason]) -> list[Reason]:
    """Point at a limit where it stands in the body: `/limits/high`."""
    return [
        Reason(reason.sentence, _place(reason.field) if reason.field else "limits", reason.code)
        for reason in reasons
    ]


def _place(field: str) -> str:
    if field in {"reason", "days"}:
        return field
    return f"limits/{field.replace('~', '~0').replace('/', '~1')}"

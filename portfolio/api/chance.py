"""The chance of a pilot for machines: the numbers of its page, from the same function."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.models import Pilot
from pilots.web.resources import ApiView
from pilots.web.tokens import by_api, caller
from portfolio.flow.chance import Estimate
from portfolio.pace.chance import SPANS, PilotChance, chance_of


class ChanceEstimateSerializer(serializers.Serializer[Any]):
    """A chance, 0 to 1, with the ends of its 80 % interval."""

    chance = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class ChanceStepSerializer(serializers.Serializer[Any]):
    """One fact taken in, each on top of those before it."""

    code = serializers.ChoiceField(["all", "stage", "age", "risk"])
    words = serializers.CharField()
    pilots = serializers.IntegerField(help_text="How many it rests on.")
    within_90_days = serializers.FloatField(allow_null=True)
    within_180_days = serializers.FloatField(allow_null=True)
    refused = serializers.CharField(allow_null=True, help_text="Why it tells nothing; null where it does.")


class ChanceSerializer(serializers.Serializer[Any]):
    """How likely a pilot is in production so soon, as pilots like it fared."""

    pilot = serializers.CharField()
    as_of = serializers.DateField()
    basis = serializers.CharField(help_text="Whose history it is; empty where none was asked.")
    within_90_days = ChanceEstimateSerializer(allow_null=True)
    within_180_days = ChanceEstimateSerializer(allow_null=True)
    refused = serializers.CharField(allow_null=True, help_text="Why no chance is told.")
    steps = ChanceStepSerializer(many=True)


class ChanceView(ApiView):
    @extend_schema(
        operation_id="pilot_chance_retrieve",
        summary="Read the chance of a pilot to be in production",
        description="Counted among the pilots the caller may see; confidential ones are in no history.",
        responses=ChanceSerializer,
    )
    def get(self, request: Request, key: str) -> Response:
        visible = Pilot.objects.visible_to(caller(request)).select_related("program")
        pilot = get_object_or_404(visible, key=key)
        today = by_api(request).today(pilot.program)
        found = chance_of(pilot, caller(request), today)
        return Response({"pilot": pilot.key, "as_of": today.isoformat(), **shape_chance(found)})


def shape_chance(found: PilotChance) -> dict[str, Any]:
    return {
        "basis": found.basis,
        **_by_span([_shape_estimate(one) for one in found.told]),
        "refused": found.refused or None,
        "steps": [
            {
                "code": step.code,
                "words": step.words,
                "pilots": step.of,
                **_by_span(step.told),
                "refused": step.refused or None,
            }
            for step in found.steps
        ],
    }


def _by_span(told: Any) -> dict[str, Any]:
    return {f"within_{span}_days": one for span, one in zip(SPANS, told, strict=True)}


def _shape_estimate(one: Estimate | None) -> dict[str, float] | None:
    return {"chance": one.chance, "low": one.low, "high": one.high} if one else None

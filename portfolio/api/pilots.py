"""Pilots with the numbers that should move: the ground floor's resource, and what the first floor adds."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from kpis.models import Kpi
from kpis.oneline import Direction, KpiLine, UnreadableKpi, read_kpi
from pilots.actions.pilot import NewPilot
from pilots.api.pilot_shapes import NewPilotSerializer, PilotSerializer, shape_pilot
from pilots.api.pilots import PilotResource, named
from pilots.models import Pilot
from pilots.web.filter_fields import choices_of
from pilots.web.serializers import LineField
from portfolio.desk.log import log_pilot_with_kpi


class PilotKpiSerializer(serializers.Serializer[Any]):
    """A number that should move."""

    code = serializers.SlugField()
    name = serializers.CharField()
    unit = serializers.CharField(allow_null=True)
    direction = serializers.ChoiceField(
        choices_of(Direction), allow_null=True, help_text="Which way is better."
    )
    baseline = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    target = serializers.DecimalField(max_digits=20, decimal_places=6)
    is_primary = serializers.BooleanField()


@extend_schema_serializer(component_name="Pilot")
class PilotWithKpisSerializer(PilotSerializer):
    """A pilot. null always means: not known."""

    kpis = PilotKpiSerializer(many=True)

    def shape(self, instance: Pilot) -> dict[str, Any]:
        return {
            **shape_pilot(instance),
            "kpis": [_shape_kpi(kpi) for kpi in instance.kpis.all()],
        }


def _shape_kpi(kpi: Kpi) -> dict[str, Any]:
    return {
        "code": kpi.code,
        "name": kpi.name,
        "unit": kpi.unit or None,
        "direction": kpi.direction or None,
        "baseline": None if kpi.baseline is None else f"{kpi.baseline.normalize():f}",
        "target": f"{kpi.target.normalize():f}",
        "is_primary": kpi.is_primary,
    }


@extend_schema_field({"type": "string", "maxLength": 500, "examples": ["Handling time 14 → 9 min"]})
class KpiLineField(LineField):
    """`Handling time 14 → 9 min`; null or "not agreed yet" for none."""

    def understand(self, text: str) -> KpiLine | None:
        try:
            return read_kpi(text)
        except UnreadableKpi as error:
            raise ValidationError(str(error), code="kpi") from None


@extend_schema_serializer(component_name="NewPilot")
class NewPilotWithKpiSerializer(NewPilotSerializer):
    """A pilot to log. Stating the stage it is in needs no gates; its history is marked as stated."""

    kpi = KpiLineField(required=False)


class PilotWithKpisResource(PilotResource):
    shown_serializer_class = PilotWithKpisSerializer
    new_serializer_class = NewPilotWithKpiSerializer

    def queryset_for(self, request: Request) -> QuerySet[Pilot]:
        kpis = Prefetch("kpis", Kpi.objects.order_by("pk"))
        return super().queryset_for(request).prefetch_related(kpis)

    def log(self, values: dict[str, Any]) -> Pilot:
        kpi = values.pop("kpi", None)
        return log_pilot_with_kpi(NewPilot(**named(values)), kpi=kpi, by=self.by())

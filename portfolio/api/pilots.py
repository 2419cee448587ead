"""Pilots with the numbers that should move: the ground floor's resource, and what the first floor adds."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from kpis.models import Kpi
from kpis.oneline import Direction, KpiLine, UnreadableKpi, read_kpi
from pilots.actions.pilot import NewPilot
from pilots.api.pilot_shapes import NewPilotSerializer, PilotSerializer
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


def _kpis_of(ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for kpi in Kpi.objects.filter(pilot__in=ids).order_by("pk"):
        found.setdefault(kpi.pilot_id, []).append(_shape_kpi(kpi))
    return found


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

    def shape_all(self, rows: Sequence[Pilot]) -> list[dict[str, Any]]:
        kpis = _kpis_of([pilot.pk for pilot in rows])
        shaped = zip(rows, super().shape_all(rows), strict=True)
        return [{**shape, "kpis": kpis.get(pilot.pk, [])} for pilot, shape in shaped]

    def log(self, values: dict[str, Any]) -> Pilot:
        kpi = values.pop("kpi", None)
        return log_pilot_with_kpi(NewPilot(**named(values)), kpi=kpi, by=self.by())

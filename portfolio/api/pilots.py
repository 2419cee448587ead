"""Pilots with the numbers that should move: the ground floor's resource, and what the first floor adds."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_serializer

from kpis.api.definition_shapes import KpiLineField, KpiPartsSerializer, shape_parts
from kpis.models import Kpi
from pilots.actions.pilot import NewPilot
from pilots.api.pilot_shapes import NewPilotSerializer, PilotSerializer
from pilots.api.pilots import PilotResource, named
from pilots.models import Pilot
from portfolio.desk.log import log_pilot_with_kpi


@extend_schema_serializer(component_name="Pilot")
class PilotWithKpisSerializer(PilotSerializer):
    """A pilot. null always means: not known."""

    kpis = KpiPartsSerializer(many=True)


def _kpis_of(ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for kpi in Kpi.objects.filter(pilot__in=ids).select_related("owner").order_by("pk"):
        found.setdefault(kpi.pilot_id, []).append(shape_parts(kpi))
    return found


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

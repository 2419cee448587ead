"""Readiness: what each pilot has to show, and how far it is. It is computed; nobody can write it."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.api import codes
from pilots.gates import GateStanding, Readiness, Standing
from pilots.models import Pilot, Waiting
from pilots.models.ownership import OWNER_ROLE_CHOICES
from pilots.playbook import Gate
from pilots.readiness import readiness_of
from pilots.web.etags import etag
from pilots.web.filter_fields import CodeFilter, SlugFilter
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.readiness import headline
from pilots.web.resources import ApiView, ListResource
from pilots.web.serializers import PlainSerializer, day
from pilots.web.tokens import caller


class WaitingForSerializer(serializers.Serializer[Any]):
    """For whom a requirement waits."""

    id = serializers.IntegerField()
    on_role = serializers.ChoiceField(OWNER_ROLE_CHOICES)
    since = serializers.DateField()
    note = serializers.CharField(allow_null=True)


class RequirementSerializer(PlainSerializer):
    """One requirement of one pilot, as it stands now."""

    pilot = serializers.CharField()
    code = serializers.SlugField()
    title = serializers.CharField()
    area = serializers.ChoiceField(codes.AREA)
    gate = serializers.ChoiceField(codes.GATE, allow_null=True)
    phase = serializers.ChoiceField(codes.PHASE_CODE, allow_null=True)
    state = serializers.ChoiceField(codes.REQUIREMENT_STATE)
    is_awake = serializers.BooleanField(help_text="Whether it matters now; before that it is silent.")
    met_on = serializers.DateField(allow_null=True)
    due_on = serializers.DateField(allow_null=True, help_text="Its last day by the plan.")
    days_late = serializers.IntegerField()
    missing = serializers.CharField(allow_null=True, help_text="What is not there; null when nothing is.")
    next_action = serializers.CharField(allow_null=True)
    unblockers = serializers.ListField(child=serializers.ChoiceField(OWNER_ROLE_CHOICES))
    evidence = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of what counts.")
    beside = serializers.ListField(
        child=serializers.IntegerField(), help_text="Ids of evidence that does not count."
    )
    waiver = serializers.IntegerField(allow_null=True, help_text="Its id, while one holds.")
    waiting = WaitingForSerializer(allow_null=True)

    def shape(self, instance: tuple[Pilot, Standing]) -> dict[str, Any]:
        pilot, standing = instance
        known, is_open = standing.requirement, not standing.state.lets_pass
        return {
            "pilot": pilot.key,
            "code": known.code,
            "title": known.title,
            "area": known.area.value,
            "gate": known.gate.value if known.gate else None,
            "phase": known.phase.value if known.phase else None,
            "state": standing.state.value,
            "is_awake": standing.is_awake,
            "met_on": day(standing.met_on),
            "due_on": day(standing.due_on),
            "days_late": standing.days_late(pilot.program.today(timezone.now())),
            "missing": known.missing if is_open else None,
            "next_action": known.next_action if is_open else None,
            "unblockers": [role.value for role in known.unblockers],
            "evidence": [piece.id for piece in standing.counting],
            "beside": [piece.id for piece, _ in standing.beside],
            "waiver": standing.waiver.id if standing.waiver else None,
            "waiting": _shape_waiting(standing),
        }


def _shape_waiting(standing: Standing) -> dict[str, Any] | None:
    waiting = standing.waiting
    if waiting is None:
        return None
    return {
        "id": waiting.id,
        "on_role": waiting.on.value,
        "since": day(waiting.since),
        "note": waiting.note or None,
    }


class RequirementFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    """Which pilots are looked at; `wanted` says which of their requirements are answered."""

    pilot = SlugFilter(
        label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key", method="of_pilot"
    )
    program = SlugFilter(label="Program", visible=programs_in_reach, noun="program", to_field_name="slug")
    gate = CodeFilter(label="Gate", choices=codes.GATE, method="later")
    state = CodeFilter(label="State", choices=codes.REQUIREMENT_STATE, method="later")
    waiting_on = CodeFilter(label="Waits for", choices=OWNER_ROLE_CHOICES, method="that_wait")

    def of_pilot(self, pilots: Any, name: str, value: Pilot) -> Any:
        return pilots.filter(pk=value.pk)

    def later(self, pilots: Any, name: str, value: str) -> Any:
        """Leave the pilots as they are: this is asked of each requirement when it is judged."""
        return pilots

    def that_wait(self, pilots: Any, name: str, value: str) -> Any:
        waits = Waiting.objects.open().filter(pilot=OuterRef("pk"), on_role=value)
        return pilots.filter(Exists(waits))


@extend_schema_view(
    list=extend_schema(
        summary="List requirements",
        description=(
            "What visible pilots have to show, computed from the record and the evidence. A page looks at up "
            "to `limit` pilots and holds all their requirements that match: it may hold more rows than that, "
            "or none while `next` leads on. `count` is of pilots."
        ),
    )
)
class RequirementResource(ListResource):
    filterset_class = RequirementFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk"}
    queryset = Pilot.objects.none()
    serializer_class = RequirementSerializer
    http_method_names = ["get", "head"]

    def queryset_for(self, request: Request) -> QuerySet[Pilot]:
        return Pilot.objects.visible_to(caller(request)).select_related("program")

    def shape_all(self, rows: Sequence[Pilot]) -> list[dict[str, Any]]:
        shape = RequirementSerializer().shape
        return [shape((pilot, standing)) for pilot, standing in self._wanted(rows)]

    def _wanted(self, pilots: Sequence[Pilot]) -> Iterator[tuple[Pilot, Standing]]:
        asked = self.request.query_params
        readiness = readiness_of(pilots, at=timezone.now()) if pilots else {}
        for pilot in pilots:
            for standing in readiness[pilot.pk].standings:
                if _matches(standing, asked.get("gate"), asked.get("state"), asked.get("waiting_on")):
                    yield pilot, standing


def _matches(standing: Standing, gate: str | None, state: str | None, waiting_on: str | None) -> bool:
    if gate and standing.requirement.gate != gate:
        return False
    if state and standing.state != state:
        return False
    return not waiting_on or (standing.waiting is not None and standing.waiting.on == waiting_on)


# --- One pilot ---------------------------------------------------------------------


class GateStandingSerializer(serializers.Serializer[Any]):
    """One gate of one pilot."""

    gate = serializers.ChoiceField(codes.GATE)
    name = serializers.CharField()
    state = serializers.ChoiceField(codes.REQUIREMENT_STATE)
    before_go_live = serializers.BooleanField()
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="What keeps it from being passed."
    )
    approvals = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of those that count.")
    stale = serializers.ListField(
        child=serializers.IntegerField(), help_text="Ids of approvals whose evidence has changed since."
    )
    lacking = serializers.ListField(child=serializers.ChoiceField(OWNER_ROLE_CHOICES))
    waiver = serializers.IntegerField(allow_null=True)


class ReadinessSerializer(serializers.Serializer[Any]):
    """What stands between a pilot and go-live."""

    pilot = serializers.CharField()
    is_ready = serializers.BooleanField(
        help_text="Whether G1 to G6 are met, none by a waiver. Computed only."
    )
    headline = serializers.CharField()
    sentence = serializers.CharField()
    gates = GateStandingSerializer(many=True)


def shape_readiness(pilot: Pilot, readiness: Readiness) -> dict[str, Any]:
    return {
        "pilot": pilot.key,
        "is_ready": readiness.is_ready,
        "headline": headline(readiness),
        "sentence": readiness.sentence,
        "gates": [_shape_gate(readiness, readiness.gates[gate]) for gate in Gate],
    }


def _shape_gate(readiness: Readiness, item: GateStanding) -> dict[str, Any]:
    return {
        "gate": item.gate.value,
        "name": item.gate.label,
        "state": item.state.value,
        "before_go_live": item.gate in readiness.go_live,
        "missing": [missing.sentence for missing in item.missing()],
        "approvals": [given.id for given in item.approvals],
        "stale": [given.id for given in item.stale],
        "lacking": [role.value for role in item.lacking],
        "waiver": item.waiver.id if item.waiver else None,
    }


class ReadinessView(ApiView):
    @extend_schema(
        operation_id="pilots_readiness",
        summary="Read what stands between a pilot and go-live",
        description="`is_ready` follows from the gates; nothing sets it.",
        responses=ReadinessSerializer,
    )
    def get(self, request: Request, key: str) -> Response:
        visible = Pilot.objects.visible_to(caller(request)).select_related("program")
        pilot = get_object_or_404(visible, key=key)
        readiness = readiness_of([pilot], at=timezone.now())[pilot.pk]
        return Response(shape_readiness(pilot, readiness), headers={"ETag": etag(pilot)})

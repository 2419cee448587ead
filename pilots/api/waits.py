"""Waits: what of a pilot waits for a function outside, and since when."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.waiting import LONGEST_NOTE, NewWait, WaitOver, end_wait, wait_for
from pilots.api.evidence import LONGEST_CODE, OfPilotFilterSet, OfPilotResource
from pilots.models import Pilot, Waiting
from pilots.models.ownership import OWNER_ROLE_CHOICES
from pilots.web.etags import read_version
from pilots.web.filter_fields import CodeFilter, YesNoFilter
from pilots.web.serializers import (
    CodeField,
    DayField,
    NothingSerializer,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    TextField,
    VisibleField,
    day,
)
from pilots.web.tokens import caller


class WaitSerializer(PlainSerializer):
    """A stretch of time in which a requirement waits for a function."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    requirement = serializers.CharField()
    on_role = serializers.ChoiceField(OWNER_ROLE_CHOICES)
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True, help_text="null: it waits still.")
    note = serializers.CharField(allow_null=True)

    def shape(self, instance: Waiting) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "requirement": instance.requirement,
            "on_role": instance.on_role,
            "since": day(instance.since),
            "until": day(instance.until),
            "note": instance.note or None,
        }


class NewWaitSerializer(StrictSerializer):
    """What waits for whom; `since` is today when it is left out."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")
    requirement = TextField(max_length=LONGEST_CODE)
    on_role = CodeField(OwnerRole)
    since = DayField(required=False)
    note = NullableText(max_length=LONGEST_NOTE, required=False)


class WaitFilterSet(OfPilotFilterSet):
    on_role = CodeFilter(label="Waits for", choices=OWNER_ROLE_CHOICES)
    open = YesNoFilter(label="Waits still", field_name="until", lookup_expr="isnull")


@extend_schema_view(
    list=extend_schema(summary="List waits", description="Of visible pilots, ended ones too."),
    retrieve=extend_schema(summary="Read a wait"),
)
class WaitResource(OfPilotResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {"end": (Deed.BRING_EVIDENCE,)}
    filterset_class = WaitFilterSet
    queryset = Waiting.objects.none()
    serializer_class = WaitSerializer
    by_action = {"create": NewWaitSerializer}

    def queryset_for(self, request: Request) -> QuerySet[Waiting]:
        return Waiting.objects.visible_to(caller(request)).select_related("pilot")

    @extend_schema(
        summary="Note for whom a requirement waits",
        description="Whom it waited for before is ended the same day.",
        responses={201: WaitSerializer},
        examples=[
            OpenApiExample(
                "For legal",
                request_only=True,
                value={"pilot": "CLM-12", "requirement": "kpi-signed", "on_role": "legal"},
            )
        ],
    )
    def create(self, request: Request) -> Response:
        values = self.read()
        note = values.pop("note", "")
        return self.made(wait_for(NewWait(note=note, **values), by=self.by()))

    @extend_schema(
        summary="Note that it waits no longer", request=NothingSerializer, responses={200: WaitSerializer}
    )
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def end(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        self.read()
        return self.shown(end_wait, WaitOver(waiting=row, version=read_version(request, row.pilot)))

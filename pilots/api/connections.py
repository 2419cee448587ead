"""Connections: what a pilot reads from and writes to, with lineage and how far each is."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pilots.access.permissions import Deed
from pilots.actions.connection import (
    MOST_HOURS,
    ConnectionEdit,
    NewConnection,
    RemoveConnection,
    add_connection,
    edit_connection,
    remove_connection,
)
from pilots.api import codes
from pilots.computed import LINEAGE
from pilots.design import ConnectionKind, ConnectionState
from pilots.models import Connection, Pilot
from pilots.web.etags import etag, read_version
from pilots.web.filter_fields import CodeFilter, SlugFilter, YesNoFilter
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.production import lineage_known
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    CodeField,
    DayField,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    TextField,
    TruthField,
    VisibleField,
    WholeNumberField,
    day,
)
from pilots.web.tokens import caller


class ConnectionSerializer(PlainSerializer):
    """Something a pilot reads from or writes to. null always means: not known."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(codes.CONNECTION_KIND)
    state = serializers.ChoiceField(codes.CONNECTION_STATE, help_text="Each includes the ones before it.")
    is_live = serializers.BooleanField(allow_null=True, help_text="The real thing, no copy or sandbox.")
    owner = serializers.CharField(allow_null=True, help_text="Who answers for the other side.")
    contract_agreed_on = serializers.DateField(allow_null=True)
    origin = serializers.CharField(allow_null=True)
    transformations = serializers.CharField(allow_null=True)
    approved_by = serializers.CharField(allow_null=True)
    constraints = serializers.CharField(allow_null=True)
    lineage_known = serializers.IntegerField(
        min_value=0, max_value=len(LINEAGE), help_text="How many of the four parts above are known."
    )
    freshness_hours = serializers.IntegerField(allow_null=True)
    access_reviewed_on = serializers.DateField(allow_null=True)
    quality_checked_on = serializers.DateField(allow_null=True)
    tested_on = serializers.DateField(allow_null=True)

    def shape(self, instance: Connection) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "name": instance.name,
            "kind": instance.kind,
            "state": instance.state,
            "is_live": instance.is_live,
            "owner": instance.owner or None,
            "contract_agreed_on": day(instance.contract_agreed_on),
            "origin": instance.origin or None,
            "transformations": instance.transformations or None,
            "approved_by": instance.approved_by or None,
            "constraints": instance.constraints or None,
            "lineage_known": lineage_known(instance)[0],
            "freshness_hours": instance.freshness_hours,
            "access_reviewed_on": day(instance.access_reviewed_on),
            "quality_checked_on": day(instance.quality_checked_on),
            "tested_on": day(instance.tested_on),
        }


class ConnectionEditSerializer(StrictSerializer):
    """What is new of a connection. Tested needs `tested_on`, and that it is the real thing."""

    name = TextField(max_length=200)
    kind = CodeField(ConnectionKind)
    state = CodeField(ConnectionState, required=False)
    is_live = TruthField(required=False, allow_null=True)
    owner = NullableText(required=False, max_length=200)
    contract_agreed_on = DayField(required=False, allow_null=True, help_text="When both sides agreed.")
    origin = NullableText(required=False, max_length=500)
    transformations = NullableText(required=False, max_length=500)
    approved_by = NullableText(required=False, max_length=200)
    constraints = NullableText(required=False, max_length=500)
    freshness_hours = WholeNumberField(required=False, allow_null=True, min_value=1, max_value=MOST_HOURS)
    access_reviewed_on = DayField(required=False, allow_null=True)
    quality_checked_on = DayField(required=False, allow_null=True)
    tested_on = DayField(required=False, allow_null=True)


class NewConnectionSerializer(ConnectionEditSerializer):
    """A connection to list."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")


class ConnectionFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    program = SlugFilter(
        label="Program",
        field_name="pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )
    kind = CodeFilter(label="Kind", choices=codes.CONNECTION_KIND)
    state = CodeFilter(label="State", choices=codes.CONNECTION_STATE)
    has_contract = YesNoFilter(
        label="Contract agreed", field_name="contract_agreed_on", lookup_expr="isnull", exclude=True
    )


@extend_schema_view(
    list=extend_schema(summary="List connections", description="Of visible pilots."),
)
class ConnectionResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = dict.fromkeys(("partial_update", "destroy"), (Deed.EDIT,))
    filterset_class = ConnectionFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk"}
    queryset = Connection.objects.none()
    serializer_class = ConnectionSerializer
    has_versions = True
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def queryset_for(self, request: Request) -> QuerySet[Connection]:
        return Connection.objects.visible_to(caller(request)).select_related("pilot")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_action = {"create": NewConnectionSerializer, "partial_update": ConnectionEditSerializer}
        return by_action.get(self.action) or super().get_serializer_class()

    @extend_schema(summary="Read a connection", description="The ETag is that of its pilot.")
    def retrieve(self, request: Request, **lookup: str) -> Response:
        return self._shown(self.get_object())

    @extend_schema(
        summary="List another connection",
        responses={201: ConnectionSerializer},
        examples=[
            OpenApiExample(
                "A source",
                request_only=True,
                value={"pilot": "CLM-12", "name": "Claims database", "kind": "source", "is_live": True},
            )
        ],
    )
    def create(self, request: Request) -> Response:
        values = self.read()
        new = NewConnection(
            pilot=values.pop("pilot"), name=values.pop("name"), kind=values.pop("kind"), fields=values
        )
        connection = self._again(add_connection(new, by=self.by()))
        shown = ConnectionSerializer().shape(connection)
        return self.created(shown, connection.pk, ETag=etag(connection.pilot))

    @extend_schema(
        summary="Change some of a connection",
        responses={200: ConnectionSerializer},
        examples=[
            OpenApiExample(
                "Tested",
                request_only=True,
                value={"state": "tested", "tested_on": "2026-11-17", "is_live": True},
            )
        ],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        connection = self.get_object()
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        version = read_version(request, connection.pilot)
        edit = ConnectionEdit(connection=connection, fields=serializer.validated_data, version=version)
        return self._shown(self._again(edit_connection(edit, by=self.by())))

    @extend_schema(summary="Remove a connection", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        connection = self.get_object()
        version = read_version(request, connection.pilot)
        remove_connection(RemoveConnection(connection=connection, version=version), by=self.by())
        return Response(status=204)

    def _again(self, connection: Connection) -> Connection:
        found: Connection = self.get_queryset().get(pk=connection.pk)
        return found

    def _shown(self, connection: Connection) -> Response:
        headers = {"ETag": etag(connection.pilot)}
        return Response(ConnectionSerializer().shape(connection), headers=headers)

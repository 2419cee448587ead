"""Model versions: which model a pilot runs, and since when."""

from collections.abc import Callable
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pilots.access.permissions import Deed
from pilots.actions.model_version import (
    GoLive,
    ModelVersionEdit,
    NewModelVersion,
    RemoveModelVersion,
    add_model_version,
    edit_model_version,
    go_live,
    remove_model_version,
)
from pilots.models import ModelVersion, Pilot
from pilots.web.etags import etag, read_version
from pilots.web.filter_fields import SlugFilter, YesNoFilter
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    DayField,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    TextField,
    TruthField,
    VisibleField,
    day,
)
from pilots.web.tokens import caller


class ModelVersionSerializer(PlainSerializer):
    """One version of the model a pilot uses, its own or a provider's. One at most is live."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the property
    provider = serializers.CharField(allow_null=True, help_text="null: its own.")
    is_pinned = serializers.BooleanField(
        allow_null=True, help_text="The provider cannot change it unasked; null: not known."
    )
    changed_on = serializers.DateField(
        help_text="The day it came; of the live one the day it went live. Older evidence counts no longer."
    )
    training_data_through = serializers.DateField(allow_null=True, help_text="null: not known.")
    is_live = serializers.BooleanField()

    def shape(self, instance: ModelVersion) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "label": instance.label,
            "provider": instance.provider or None,
            "is_pinned": instance.is_pinned,
            "changed_on": day(instance.changed_on),
            "training_data_through": day(instance.training_data_through),
            "is_live": instance.is_live,
        }


class ModelVersionEditSerializer(StrictSerializer):
    """What is new of a version; going live is a verb of its own."""

    label = TextField(max_length=100)  # type: ignore[assignment]  # a field, not the property
    provider = NullableText(required=False, max_length=200)
    is_pinned = TruthField(required=False, allow_null=True)
    changed_on = DayField()
    training_data_through = DayField(required=False, allow_null=True)


class NewModelVersionSerializer(ModelVersionEditSerializer):
    """A version to keep; one that is live takes the place of the one that was."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")
    is_live = TruthField(required=False)


class GoLiveSerializer(StrictSerializer):
    """Since when it is live: today when it is left out."""

    changed_on = DayField(required=False)


class ModelVersionFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    program = SlugFilter(
        label="Program",
        field_name="pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )
    is_live = YesNoFilter(label="Live")


@extend_schema_view(
    list=extend_schema(summary="List model versions", description="Of visible pilots."),
)
class ModelVersionResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = dict.fromkeys(
        ("partial_update", "destroy", "live"), (Deed.EDIT,)
    )
    filterset_class = ModelVersionFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk"}
    queryset = ModelVersion.objects.none()
    serializer_class = ModelVersionSerializer
    has_versions = True
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def queryset_for(self, request: Request) -> QuerySet[ModelVersion]:
        return ModelVersion.objects.visible_to(caller(request)).select_related("pilot")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_action = {"create": NewModelVersionSerializer, "partial_update": ModelVersionEditSerializer}
        return by_action.get(self.action) or super().get_serializer_class()

    @extend_schema(summary="Read a model version", description="The ETag is that of its pilot.")
    def retrieve(self, request: Request, **lookup: str) -> Response:
        return self._shown(self.get_object())

    @extend_schema(
        summary="Add a model version",
        responses={201: ModelVersionSerializer},
        examples=[
            OpenApiExample(
                "The one that is live",
                request_only=True,
                value={
                    "pilot": "CLM-12",
                    "label": "v3",
                    "provider": "Acme",
                    "is_pinned": True,
                    "changed_on": "2026-11-02",
                    "is_live": True,
                },
            )
        ],
    )
    def create(self, request: Request) -> Response:
        found = self._again(add_model_version(NewModelVersion(**self.read()), by=self.by()))
        return self.created(ModelVersionSerializer().shape(found), found.pk, ETag=etag(found.pilot))

    @extend_schema(
        summary="Change some of a model version",
        responses={200: ModelVersionSerializer},
        examples=[OpenApiExample("Pinned", request_only=True, value={"is_pinned": True})],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        found = self.get_object()
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        version = read_version(request, found.pilot)
        edit = ModelVersionEdit(model_version=found, fields=serializer.validated_data, version=version)
        return self._acted(edit_model_version, edit)

    @extend_schema(summary="Remove a model version that is not live", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        found = self.get_object()
        version = read_version(request, found.pilot)
        remove_model_version(RemoveModelVersion(model_version=found, version=version), by=self.by())
        return Response(status=204)

    @extend_schema(
        summary="Let a model version go live",
        description="It takes the place of the one that was; gate G3 asks for newer evidence.",
        request=GoLiveSerializer,
        responses={200: ModelVersionSerializer},
        examples=[OpenApiExample("Yesterday", request_only=True, value={"changed_on": "2026-11-17"})],
    )
    @action(detail=True, methods=["post"], serializer_class=GoLiveSerializer)
    def live(self, request: Request, pk: str) -> Response:
        found, values = self.get_object(), self.read()
        version = read_version(request, found.pilot)
        asked = GoLive(model_version=found, changed_on=values.get("changed_on"), version=version)
        return self._acted(go_live, asked)

    def _acted(self, act: Callable[..., ModelVersion], asked: Any) -> Response:
        return self._shown(self._again(act(asked, by=self.by())))

    def _again(self, version: ModelVersion) -> ModelVersion:
        found: ModelVersion = self.get_queryset().get(pk=version.pk)
        return found

    def _shown(self, version: ModelVersion) -> Response:
        return Response(ModelVersionSerializer().shape(version), headers={"ETag": etag(version.pilot)})

"""Custom fields: what a program keeps of its pilots beside what all pilots have."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pilots.access.models import Program
from pilots.access.permissions import Deed, Relation, relation_to_program
from pilots.actions.custom import (
    LONGEST_LABEL,
    FieldEdit,
    NewField,
    define_field,
    edit_field,
)
from pilots.api import codes
from pilots.custom import LONGEST_CHOICE, MOST_CHOICES, FieldKind
from pilots.models import CustomField
from pilots.web.etags import etag, read_version
from pilots.web.filter_fields import SlugFilter, YesNoFilter
from pilots.web.pilot_filters import programs_in_reach
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    CodeField,
    PlainSerializer,
    StrictSerializer,
    TextField,
    TextsField,
    TruthField,
    VisibleField,
)
from pilots.web.tokens import caller

LAST_PLACE = 999
CHOICES_HELP = "What one of a list can be; only for the kind choice."


class CustomFieldSerializer(PlainSerializer):
    """A field of one program. Its values stand in `custom` of each pilot, under its code."""

    id = serializers.IntegerField()
    program = serializers.SlugField()
    code = serializers.SlugField(help_text="Made from the first label, for good.")
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the property
    kind = serializers.ChoiceField(codes.FIELD_KIND)
    choices = serializers.ListField(child=serializers.CharField(), help_text=CHOICES_HELP)
    position = serializers.IntegerField(help_text="Its place on pages, from 0.")
    is_active = serializers.BooleanField(help_text="false: retired. Values stay, and take no new ones.")
    version = serializers.IntegerField()

    def shape(self, instance: CustomField) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "program": instance.program.slug,
            "code": instance.code,
            "label": instance.label,
            "kind": instance.kind,
            "choices": list(instance.choices),
            "position": instance.position,
            "is_active": instance.is_active,
            "version": instance.version,
        }


class NewCustomFieldSerializer(StrictSerializer):
    """A field to set up. What kind it is stays."""

    program = VisibleField("slug", among=Program.objects.visible_to, noun="program")
    label = TextField(max_length=LONGEST_LABEL)  # type: ignore[assignment]  # a field, not the property
    kind = CodeField(FieldKind)
    choices = TextsField(
        longest=LONGEST_CHOICE, max_length=MOST_CHOICES, required=False, help_text=CHOICES_HELP
    )


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": LAST_PLACE})
class PlaceField(serializers.Field[Any, Any, Any, Any]):
    """A place in a list, from 0."""

    default_error_messages = {"invalid": f"Send a whole number from 0 to {LAST_PLACE}."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool) or not 0 <= data <= LAST_PLACE:
            self.fail("invalid")
        return data


class CustomFieldEditSerializer(StrictSerializer):
    """What is new of a field."""

    label = TextField(max_length=LONGEST_LABEL)  # type: ignore[assignment]  # a field, not the property
    choices = TextsField(longest=LONGEST_CHOICE, max_length=MOST_CHOICES, help_text=CHOICES_HELP)
    position = PlaceField(help_text="Its place on pages, from 0; the others make room.")
    is_active = TruthField()


class CustomFieldFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    program = SlugFilter(label="Program", visible=programs_in_reach, noun="program", to_field_name="slug")
    is_active = YesNoFilter(label="In use", field_name="is_active")


@extend_schema_view(
    list=extend_schema(summary="List custom fields", description="Of visible programs, retired ones too."),
    retrieve=extend_schema(summary="Read a custom field"),
)
class CustomFieldResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {"partial_update": (Deed.DEFINE_FIELDS,)}
    filterset_class = CustomFieldFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk"}
    queryset = CustomField.objects.none()
    has_versions = True
    serializer_class = CustomFieldSerializer
    http_method_names = ["get", "head", "post", "patch"]

    def queryset_for(self, request: Request) -> QuerySet[CustomField]:
        return CustomField.objects.visible_to(caller(request)).select_related("program")

    def relation_to(self, found: CustomField) -> Relation:
        return relation_to_program(caller(self.request), found.program)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_action = {"create": NewCustomFieldSerializer, "partial_update": CustomFieldEditSerializer}
        return by_action.get(self.action) or super().get_serializer_class()

    @extend_schema(
        summary="Set up a custom field",
        description="For managers of the program and administrators.",
        responses={201: CustomFieldSerializer},
        examples=[
            OpenApiExample(
                "One of a list",
                request_only=True,
                value={
                    "program": "claims",
                    "label": "Platform",
                    "kind": "choice",
                    "choices": ["In house", "Cloud"],
                },
            )
        ],
    )
    def create(self, request: Request) -> Response:
        values = self.read()
        choices = tuple(values.pop("choices", ()))
        field = define_field(NewField(choices=choices, **values), by=self.by())
        return self.created(CustomFieldSerializer().shape(field), field.pk)

    @extend_schema(
        summary="Change some of a custom field",
        description="Its code and its kind stay, and so do the values on pilots.",
        responses={200: CustomFieldSerializer},
        examples=[OpenApiExample("Retired", request_only=True, value={"is_active": False})],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        field = self.get_object()
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        version = read_version(request, field)
        edit = FieldEdit(field=field, fields=serializer.validated_data, version=version)
        edited = edit_field(edit, by=self.by())
        return Response(CustomFieldSerializer().shape(edited), headers={"ETag": etag(edited)})

    def retrieve(self, request: Request, **lookup: str) -> Response:
        field = self.get_object()
        return Response(CustomFieldSerializer().shape(field), headers={"ETag": etag(field)})

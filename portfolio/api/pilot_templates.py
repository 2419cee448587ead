"""What new pilots of a program can begin with, and the templates that come with Headway."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.oneline import UnreadableKpi, read_kpi
from pilots.access.models import Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.change import require
from pilots.actions.pilot_template import (
    LONGEST,
    NewTemplate,
    TemplateEdit,
    add_template,
    edit_template,
    remove_template,
)
from pilots.api import codes
from pilots.api.custom_values import ShownValuesField, ValuesField
from pilots.models import HowBuilt, PilotTemplate
from pilots.starts import STARTS, Start, start_of
from pilots.web.resources import ApiView
from pilots.web.serializers import CodeField, NullableText, StrictSerializer, TextField, TextsField
from pilots.web.tokens import by_api, caller


class PilotTemplateSerializer(serializers.Serializer[Any]):
    """A start for the form. Nothing of it is logged unless a person leaves it there."""

    id = serializers.IntegerField(allow_null=True, help_text="null: it comes with Headway and stays.")
    name = serializers.CharField()
    hint = serializers.CharField(allow_null=True, help_text="How the problem can be said.")
    number = serializers.CharField(allow_null=True, help_text="The number that should move, in one line.")
    how_built = serializers.ChoiceField(codes.HOW_BUILT, allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    custom = ShownValuesField()


class NumberField(NullableText):
    """A number in one line, as the form reads it."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            read_kpi(text)
        except UnreadableKpi as error:
            raise ValidationError(str(error), code="kpi") from None
        return text


class _ValuesSerializer(StrictSerializer):
    hint = NullableText(required=False, max_length=LONGEST["hint"])
    number = NumberField(required=False, max_length=LONGEST["number"])
    how_built = CodeField(HowBuilt, required=False, allow_null=True)
    tags = TextsField(longest=60, required=False, max_length=50)
    custom = ValuesField(required=False)


class NewPilotTemplateSerializer(_ValuesSerializer):
    """A template to keep."""

    name = TextField(max_length=LONGEST["name"])


class PilotTemplateEditSerializer(_ValuesSerializer):
    """What is new of a template; what is not named stays."""

    name = TextField(required=False, max_length=LONGEST["name"])


def _shape(start: Start, pk: int | None) -> dict[str, Any]:
    return {
        "id": pk,
        "name": start.name,
        "hint": start.hint or None,
        "number": start.number or None,
        "how_built": start.how_built or None,
        "tags": list(start.tags),
        "custom": dict(start.custom),
    }


def _shape_row(row: PilotTemplate) -> dict[str, Any]:
    return _shape(start_of(str(row.pk), row.name, row.values), row.pk)


class _OfProgram(ApiView):
    """The templates of one program; whoever sees the program reads them, whoever sets it up writes them."""

    def check_deed(self) -> None:
        user = caller(self.request)
        self.program = get_object_or_404(Program.objects.visible_to(user), slug=self.kwargs["slug"])
        if self.request.method not in {"GET", "HEAD"}:
            require(Deed.CONFIGURE, relation_to_program(user, self.program))

    def read(self, serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
        reading = serializer(data=request.data)
        reading.is_valid(raise_exception=True)
        values: dict[str, Any] = reading.validated_data
        return values


class PilotTemplateList(_OfProgram):
    @extend_schema(
        operation_id="pilot_template_list",
        summary="List the pilot templates of a program",
        description="The program's own first, then those that come with Headway.",
        responses=PilotTemplateSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        rows = self.program.pilot_templates.order_by("name", "pk")
        built_in = [_shape(start, None) for start in STARTS.values()]
        return Response([*map(_shape_row, rows), *built_in])

    @extend_schema(
        operation_id="pilot_template_create",
        summary="Keep a pilot template",
        description="For managers of the program and administrators.",
        request=NewPilotTemplateSerializer,
        responses={201: PilotTemplateSerializer},
        examples=[
            OpenApiExample(
                "Letters",
                request_only=True,
                value={"name": "Letters", "number": "Minutes per letter ? → 4 min", "tags": ["letters"]},
            )
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        values = self.read(NewPilotTemplateSerializer, request)
        name = values.pop("name")
        row = add_template(NewTemplate(program=self.program, name=name, values=values), by=by_api(request))
        return Response(_shape_row(row), status=201)


class PilotTemplateDetail(_OfProgram):
    def check_deed(self) -> None:
        super().check_deed()
        self.row = get_object_or_404(
            self.program.pilot_templates.select_related("program"), pk=self.kwargs["row"]
        )

    @extend_schema(
        operation_id="pilot_template_edit",
        summary="Change some of a pilot template",
        request=PilotTemplateEditSerializer,
        responses=PilotTemplateSerializer,
        examples=[OpenApiExample("Another name", request_only=True, value={"name": "Letters and mails"})],
    )
    def patch(self, request: Request, slug: str, row: int) -> Response:
        values = self.read(PilotTemplateEditSerializer, request)
        name = values.pop("name", None)
        edit = TemplateEdit(
            template=self.row, name=name, values={**self.row.values, **values} if values else None
        )
        return Response(_shape_row(edit_template(edit, by=by_api(request))))

    @extend_schema(
        operation_id="pilot_template_remove",
        summary="Remove a pilot template",
        description="Pilots that began with it stay as they are.",
        responses={204: None},
    )
    def delete(self, request: Request, slug: str, row: int) -> Response:
        remove_template(self.row, by=by_api(request))
        return Response(status=204)

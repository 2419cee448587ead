"""Programs, and what the caller may do in each."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pilots.access.models import Membership, Program
from pilots.access.models.program import ROLE_CHOICES
from pilots.access.naming import free_slug
from pilots.actions.account import create_programs, require_administrator
from pilots.web.resources import ReadResource
from pilots.web.serializers import PlainSerializer, StrictSerializer, TextField
from pilots.web.tokens import caller


class ProgramSerializer(PlainSerializer):
    """A family of pilots with members of its own."""

    slug = serializers.SlugField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="Starts every pilot's key.")
    zone = serializers.CharField(help_text="The time zone of its days.")
    is_sample = serializers.BooleanField(help_text="Invented pilots to look round.")
    role = serializers.ChoiceField(ROLE_CHOICES, allow_null=True, help_text="The caller's; null: no member.")

    def shape(self, instance: Program) -> dict[str, Any]:
        mine = getattr(instance, "mine", [])
        return {
            "slug": instance.slug,
            "name": instance.name,
            "prefix": instance.prefix,
            "zone": instance.zone,
            "is_sample": instance.is_sample,
            "role": mine[0].role if mine else None,
        }


class NewProgramSerializer(StrictSerializer):
    """A program to open. Its prefix stays for good."""

    name = TextField(max_length=200)
    prefix = TextField(max_length=8, help_text="2 to 8 capital letters or digits, a letter first.")
    zone = TextField(max_length=64, required=False, help_text="A time zone; UTC when left out.")


@extend_schema_view(
    list=extend_schema(summary="List programs"), retrieve=extend_schema(summary="Read a program")
)
class ProgramResource(ReadResource):
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]{1,80}"
    queryset = Program.objects.none()
    serializer_class = ProgramSerializer
    http_method_names = ["get", "head", "post"]

    def check_deed(self) -> None:
        if self.action == "create":
            require_administrator(caller(self.request), "open programs")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewProgramSerializer if self.action == "create" else super().get_serializer_class()

    def queryset_for(self, request: Request) -> QuerySet[Program]:
        user = caller(request)
        mine = Membership.objects.filter(user=user)
        return Program.objects.visible_to(user).prefetch_related(
            Prefetch("memberships", mine, to_attr="mine")
        )

    @extend_schema(
        summary="Open a program",
        description="For administrators. It has no members until somebody names them.",
        responses={201: ProgramSerializer},
        examples=[
            OpenApiExample(
                "A program",
                request_only=True,
                value={"name": "Claims AI", "prefix": "CLM", "zone": "Europe/Berlin"},
            )
        ],
    )
    def create(self, request: Request) -> Response:
        values = self.read()
        slug = free_slug(values["name"], set(Program.objects.values_list("slug", flat=True)))
        program = create_programs([Program(slug=slug, **values)], by=self.by())[0]
        return self.created(ProgramSerializer().shape(program), program.slug)

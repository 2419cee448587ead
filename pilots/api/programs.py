"""Programs, and what the caller may do in each."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request

from pilots.access.models import Membership, Program
from pilots.access.models.program import ROLE_CHOICES
from pilots.web.resources import ReadResource
from pilots.web.serializers import PlainSerializer
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


@extend_schema_view(
    list=extend_schema(summary="List programs"), retrieve=extend_schema(summary="Read a program")
)
class ProgramResource(ReadResource):
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]{1,80}"
    queryset = Program.objects.none()
    serializer_class = ProgramSerializer
    http_method_names = ["get", "head"]

    def queryset_for(self, request: Request) -> QuerySet[Program]:
        user = caller(request)
        mine = Membership.objects.filter(user=user)
        return Program.objects.visible_to(user).prefetch_related(
            Prefetch("memberships", mine, to_attr="mine")
        )

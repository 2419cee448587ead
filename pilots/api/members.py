"""Who is in which program, and as what."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pilots.access.models import Membership, Program
from pilots.access.models.program import ROLE_CHOICES, Role
from pilots.actions.account import account_of, add_member, change_role, remove_member, require_naming
from pilots.web.filter_fields import CodeFilter, SlugFilter
from pilots.web.pilot_filters import programs_in_reach
from pilots.web.problems import PreconditionFailed, PreconditionRequired
from pilots.web.resources import ReadResource
from pilots.web.serializers import CodeField, PlainSerializer, StrictSerializer, TextField, VisibleField
from pilots.web.tokens import caller

_ANY_VERSION = OpenApiParameter(
    "If-Match",
    {"type": "string", "enum": ["*"]},
    OpenApiParameter.HEADER,
    required=True,
    description="`*`: a membership has no versions.",
)


class MemberSerializer(PlainSerializer):
    """A person's role in a program."""

    id = serializers.IntegerField()
    program = serializers.SlugField()
    email = serializers.EmailField()
    name = serializers.CharField()
    role = serializers.ChoiceField(ROLE_CHOICES)
    is_active = serializers.BooleanField(help_text="false: the account is closed.")
    has_signed_in = serializers.BooleanField(help_text="Whether they ever did.")

    def shape(self, instance: Membership) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "program": instance.program.slug,
            "email": instance.user.email,
            "name": instance.user.name,
            "role": instance.role,
            "is_active": instance.user.is_active,
            "has_signed_in": instance.user.last_login is not None,
        }


class NewMemberSerializer(StrictSerializer):
    """Somebody with an account, and their role. A member's role is replaced."""

    program = VisibleField("slug", among=Program.objects.visible_to, noun="program")
    email = TextField(max_length=254)
    role = CodeField(Role)


class MemberEditSerializer(StrictSerializer):
    """Another role."""

    role = CodeField(Role)


class MemberFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    program = SlugFilter(label="Program", visible=programs_in_reach, noun="program", to_field_name="slug")
    email = django_filters.CharFilter(
        label="E-mail", field_name="user__email", lookup_expr="iexact", max_length=254
    )
    role = CodeFilter(label="Role", choices=ROLE_CHOICES)


@extend_schema_view(
    list=extend_schema(
        summary="List members", description="Of the programs the caller manages; administrators see all."
    ),
    retrieve=extend_schema(summary="Read a member"),
)
class MemberResource(ReadResource):
    filterset_class = MemberFilterSet
    queryset = Membership.objects.none()
    serializer_class = MemberSerializer
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def queryset_for(self, request: Request) -> QuerySet[Membership]:
        programs = Program.objects.run_by(caller(request)).values("pk")
        return Membership.objects.filter(program__in=programs).select_related("program", "user")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_action = {"create": NewMemberSerializer, "partial_update": MemberEditSerializer}
        return by_action.get(self.action, MemberSerializer)

    def check_deed(self) -> None:
        """Whoever does not run the program finds nothing here, before the body is read."""
        if self.action in {"partial_update", "destroy"}:
            self.get_object()

    def _check_precondition(self, request: Request) -> None:
        if request.method != "DELETE":
            super()._check_precondition(request)
        elif "If-Match" not in request.headers:
            raise PreconditionRequired("Send If-Match: * to say that you mean it.")
        elif request.headers["If-Match"].strip() != "*":
            raise PreconditionFailed("A membership has no versions. Send If-Match: *.")

    @extend_schema(
        summary="Name a member",
        description="Opens no account and sends no mail.",
        responses={201: MemberSerializer},
        examples=[
            OpenApiExample(
                "A contributor",
                request_only=True,
                value={"program": "claims", "email": "aoife@example.com", "role": "contributor"},
            )
        ],
    )
    def create(self, request: Request) -> Response:
        values = self.read()
        require_naming(caller(request), values["program"])
        membership = add_member(
            program=values["program"], user=account_of(values["email"]), role=values["role"], by=self.by()
        )
        return self.created(MemberSerializer().shape(membership), membership.pk)

    @extend_schema(summary="Give a member another role", responses={200: MemberSerializer})
    def partial_update(self, request: Request, pk: str) -> Response:
        membership = self.get_object()
        values = self.read()
        if "role" in values:
            membership = change_role(membership, values["role"], by=self.by())
        return Response(MemberSerializer().shape(membership))

    @extend_schema(summary="Remove a member", parameters=[_ANY_VERSION], responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        remove_member(self.get_object(), by=self.by())
        return Response(status=204)

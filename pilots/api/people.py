"""A program's contacts: adding, changing, inviting them, and taking them out of use with all they hold."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pilots.access.models import Program
from pilots.access.permissions import Deed, OwnerRole, Relation, relation_to_program
from pilots.actions.contact import NewOwner, OwnerEdit, create_owner, edit_owner
from pilots.actions.deactivate import MILESTONES, Deactivation, Heirs, deactivate_owner
from pilots.actions.invitation import invite_owners
from pilots.api import codes
from pilots.api.pilot_shapes import ContactField
from pilots.api.pilots import named
from pilots.models import Owner, OwnerKind
from pilots.web.filter_fields import SlugFilter, YesNoFilter
from pilots.web.pilot_filters import programs_in_reach
from pilots.web.reach import with_reach
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    CodeField,
    NothingSerializer,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    TextField,
    TruthField,
    VisibleField,
    moment,
)
from pilots.web.tokens import caller

# --- Owners ------------------------------------------------------------------------


class OwnerSerializer(PlainSerializer):
    """A person or team in a program's list of contacts. The address receives nothing but an invitation."""

    id = serializers.IntegerField()
    program = serializers.SlugField()
    kind = serializers.ChoiceField(codes.OWNER_KIND)
    name = serializers.CharField()
    email = serializers.EmailField(
        allow_null=True, help_text="Only for managers of the program and the person; else null."
    )
    job_title = serializers.CharField(allow_null=True)
    function = serializers.CharField(allow_null=True)
    is_active = serializers.BooleanField()
    has_account = serializers.BooleanField(help_text="Whether they can sign in, and so accept.")
    receives_mail = serializers.BooleanField(help_text="Whether digests and questions reach them.")
    invited_at = serializers.DateTimeField(
        allow_null=True, help_text="When they were last invited to link an account."
    )

    def shape(self, instance: Any) -> dict[str, Any]:
        """`instance` is an `Owner` with the address that the caller may know, and with its reach."""
        return {
            "id": instance.pk,
            "program": instance.program.slug,
            "kind": instance.kind,
            "name": instance.name,
            "email": instance.address or None,
            "job_title": instance.job_title or None,
            "function": instance.function or None,
            "is_active": instance.is_active,
            "has_account": instance.user_id is not None,
            "receives_mail": instance.receives_mail,
            "invited_at": moment(instance.invited_at),
        }


class AddressField(NullableText, serializers.EmailField):
    """An e-mail address, or null."""

    default_error_messages = {
        "invalid": "This is no e-mail address. Send one such as aoife@example.com, or null."
    }


class OwnerEditSerializer(StrictSerializer):
    """What is known of a contact. PATCH writes what is sent and leaves the rest."""

    name = TextField(max_length=200, required=False)
    email = AddressField(max_length=254, required=False)
    kind = CodeField(OwnerKind, required=False)
    job_title = NullableText(max_length=200, required=False)
    function = NullableText(max_length=100, required=False)
    is_active = TruthField(required=False)


class NewOwnerSerializer(StrictSerializer):
    """A contact to add to a program."""

    program = VisibleField("slug", among=Program.objects.visible_to, noun="program")
    name = TextField(max_length=200)
    email = AddressField(max_length=254, required=False)
    kind = CodeField(OwnerKind, required=False)
    job_title = NullableText(max_length=200, required=False)
    function = NullableText(max_length=100, required=False)


class HeirsField(serializers.DictField):
    """Who takes over what, by role or `milestones`; null for nobody."""

    default_error_messages = {"not_a_dict": "Send an object: roles, or milestones, and who takes over."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=ContactField(), **kwargs)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values = super().to_internal_value(data)
        known = {MILESTONES, *(role.value for role in OwnerRole)}
        for name in values:
            if name not in known:
                raise serializers.ValidationError(
                    f"“{str(name)[:40]}” is no role. Known: {', '.join(sorted(known))}.", code="unknown-role"
                )
        return {name: contact for name, contact in values.items() if contact is not None}


class DeactivationSerializer(StrictSerializer):
    """Who takes over from somebody who goes."""

    successor = ContactField(
        required=False, help_text="Takes over everything that `successors` does not name."
    )
    successors = HeirsField(required=False)
    leave = TruthField(
        required=False, help_text="Whether what nobody is named for ends without anybody in its place."
    )
    reason = TextField(required=False, allow_blank=True, max_length=500)


class OwnerFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    program = SlugFilter(label="Program", visible=programs_in_reach, noun="program", to_field_name="slug")
    email = django_filters.CharFilter(
        label="E-mail", field_name="address", lookup_expr="iexact", max_length=254
    )
    search = django_filters.CharFilter(
        label="Name", field_name="name", lookup_expr="icontains", max_length=200
    )
    is_active = YesNoFilter(label="Active")
    receives_mail = YesNoFilter(label="Receives mail")


@extend_schema_view(
    list=extend_schema(summary="List contacts"), retrieve=extend_schema(summary="Read a contact")
)
class OwnerResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {
        "partial_update": (Deed.ASSIGN_OWNERS,),
        "invite": (Deed.INVITE,),
        "deactivate": (Deed.ASSIGN_OWNERS,),
    }
    filterset_class = OwnerFilterSet
    queryset = Owner.objects.none()
    serializer_class = OwnerSerializer
    http_method_names = ["get", "head", "post", "patch"]

    def queryset_for(self, request: Request) -> QuerySet[Owner]:
        reader = caller(request)
        owners = Owner.objects.visible_to(reader).with_address_for(reader).select_related("program")
        return with_reach(owners)

    def relation_to(self, found: Owner) -> Relation:
        return relation_to_program(caller(self.request), found.program)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_action = {
            "create": NewOwnerSerializer,
            "partial_update": OwnerEditSerializer,
            "invite": NothingSerializer,
            "deactivate": DeactivationSerializer,
        }
        return by_action.get(self.action, OwnerSerializer)

    @extend_schema(
        summary="Add a contact",
        responses={201: OwnerSerializer},
        examples=[
            OpenApiExample(
                "A person",
                request_only=True,
                value={"program": "claims", "name": "Aoife Byrne", "email": "aoife@example.com"},
            )
        ],
    )
    def create(self, request: Request) -> Response:
        owner = create_owner(NewOwner(**named(self.read())), by=self.by())
        return self.created(self._shown(owner), owner.pk)

    @extend_schema(summary="Change a contact", responses={200: OwnerSerializer})
    def partial_update(self, request: Request, pk: str) -> Response:
        owner = self.get_object()
        values = self.read()
        if "kind" in values:
            values["kind"] = values["kind"].value
        return Response(self._shown(edit_owner(OwnerEdit(owner=owner, fields=values), by=self.by())))

    @extend_schema(
        summary="Invite a contact",
        description=(
            "Sends one mail to the contact's address, with a link to make or link an account. "
            "Refused for a team, without an address, while an invitation is open, and after two that "
            "were not answered."
        ),
        request=NothingSerializer,
        responses={200: OwnerSerializer},
    )
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def invite(self, request: Request, pk: str) -> Response:
        owner = self.get_object()
        self.read()
        invite_owners([owner], by=self.by())
        return Response(self._shown(owner))

    @extend_schema(
        summary="Take a contact out of use",
        description=(
            "Moves every role, open milestone and waiting question of theirs in one step. 409 while "
            "something would be left and `leave` does not say so. `is_active: true` lets them be named again."
        ),
        request=DeactivationSerializer,
        responses={200: OwnerSerializer},
        examples=[
            OpenApiExample(
                "Rui takes over, legal goes to Ana",
                request_only=True,
                value={"successor": "Rui Costa", "successors": {"legal": "Ana Lima"}, "reason": "Left"},
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=DeactivationSerializer)
    def deactivate(self, request: Request, pk: str) -> Response:
        owner = self.get_object()
        values = self.read()
        heirs = Heirs(
            by_role=values.get("successors", {}),
            everything=values.get("successor"),
            leave=values.get("leave", False),
        )
        asked = Deactivation(owner=owner, heirs=heirs, reason=values.get("reason", ""))
        return Response(self._shown(deactivate_owner(asked, by=self.by())))

    def _shown(self, owner: Owner) -> dict[str, Any]:
        return OwnerSerializer().shape(self.get_queryset().get(pk=owner.pk))

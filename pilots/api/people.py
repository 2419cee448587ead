"""People: a program's contacts, and who answers for what on which pilot."""

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
from pilots.actions.invitation import invite_owners
from pilots.actions.owner import NewOwnership, accept_ownership, add_owner, end_ownership
from pilots.api import codes
from pilots.api.pilot_shapes import ContactField
from pilots.api.pilots import named
from pilots.models import Owner, OwnerKind, Ownership, Pilot
from pilots.models.ownership import OWNER_ROLE_CHOICES
from pilots.web.filter_fields import CodeFilter, IdFilter, SlugFilter, YesNoFilter
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
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
    VisibleIdField,
    day,
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

    def _shown(self, owner: Owner) -> dict[str, Any]:
        return OwnerSerializer().shape(self.get_queryset().get(pk=owner.pk))


# --- Ownerships --------------------------------------------------------------------


class OwnershipSerializer(PlainSerializer):
    """Who answers for what on a pilot, from when to when."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    owner = serializers.IntegerField()
    name = serializers.CharField()
    role = serializers.ChoiceField(OWNER_ROLE_CHOICES)
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True)
    accepted_on = serializers.DateField(allow_null=True)
    reason = serializers.CharField(allow_null=True)

    def shape(self, instance: Ownership) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "owner": instance.owner_id,
            "name": instance.owner.name,
            "role": instance.role,
            "since": day(instance.since),
            "until": day(instance.until),
            "accepted_on": day(instance.accepted_on),
            "reason": instance.reason or None,
        }


class NewOwnershipSerializer(StrictSerializer):
    """Somebody to name: an `owner` by id, or a `contact` as one writes it."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")
    role = CodeField(OwnerRole)
    owner = VisibleIdField(among=Owner.objects.visible_to, noun="contact", required=False)
    contact = ContactField(required=False)
    reason = TextField(required=False, allow_blank=True, max_length=500)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("owner")) == bool(attrs.get("contact")):
            raise serializers.ValidationError(
                {"owner": ["Send either owner, an id, or contact, a name or an address."]}, code="either"
            )
        return attrs


class EndingSerializer(StrictSerializer):
    """Why it ends."""

    reason = TextField(required=False, allow_blank=True, max_length=500)


class OwnershipFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    owner = IdFilter(label="Owner", field_name="owner_id")
    role = CodeFilter(label="Role", choices=OWNER_ROLE_CHOICES)
    active = YesNoFilter(label="Active", field_name="until", lookup_expr="isnull")


@extend_schema_view(
    list=extend_schema(summary="List who answers for what"),
    retrieve=extend_schema(summary="Read who answers for one thing"),
)
class OwnershipResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {"end": (Deed.ASSIGN_OWNERS,)}
    filterset_class = OwnershipFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "since": "since"}
    queryset = Ownership.objects.none()
    serializer_class = OwnershipSerializer
    http_method_names = ["get", "head", "post"]

    def queryset_for(self, request: Request) -> QuerySet[Ownership]:
        return Ownership.objects.visible_to(caller(request)).select_related("pilot", "owner")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewOwnershipSerializer if self.action == "create" else super().get_serializer_class()

    @extend_schema(
        summary="Name somebody",
        description="Sends no mail and opens no account; they accept when they have one.",
        responses={201: OwnershipSerializer},
        examples=[
            OpenApiExample(
                "A run owner",
                request_only=True,
                value={"pilot": "CLM-12", "role": "run_owner", "contact": "Aoife Byrne <aoife@example.com>"},
            )
        ],
    )
    def create(self, request: Request) -> Response:
        ownership = add_owner(NewOwnership(**named(self.read())), by=self.by())
        return self.created(OwnershipSerializer().shape(ownership), ownership.pk)

    @extend_schema(summary="Accept", request=NothingSerializer, responses={200: OwnershipSerializer})
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def accept(self, request: Request, pk: str) -> Response:
        ownership = self.get_object()
        self.read()
        return self._shown(accept_ownership(ownership, by=self.by()))

    @extend_schema(summary="End", request=EndingSerializer, responses={200: OwnershipSerializer})
    @action(detail=True, methods=["post"], serializer_class=EndingSerializer)
    def end(self, request: Request, pk: str) -> Response:
        ownership = self.get_object()
        values = self.read()
        return self._shown(end_ownership(ownership, by=self.by(), reason=values.get("reason", "")))

    def _shown(self, ownership: Ownership) -> Response:
        return Response(OwnershipSerializer().shape(self.get_queryset().get(pk=ownership.pk)))

"""Who answers for what on which pilot: naming, accepting, handing over, deputies, terms."""

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

from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.hand_over import HandOver, NewDeputy, hand_over, name_deputy
from pilots.actions.owner import NewOwnership, accept_ownership, add_owner, decline_ownership
from pilots.actions.owner_end import end_ownership, is_holder
from pilots.actions.owner_terms import OwnershipEdit, edit_ownership
from pilots.api.pilot_shapes import ContactField
from pilots.api.pilots import named
from pilots.models import Owner, Ownership, Pilot
from pilots.models.ownership import OWNER_ROLE_CHOICES
from pilots.web.etags import etag, read_version
from pilots.web.filter_fields import CodeFilter, IdFilter, SlugFilter, YesNoFilter
from pilots.web.pilot_filters import pilots_in_reach
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    CodeField,
    DayField,
    NothingSerializer,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    TextField,
    TruthField,
    VisibleField,
    VisibleIdField,
    day,
)
from pilots.web.tokens import caller


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
    reason = serializers.CharField(allow_null=True, help_text="Why a builder may own production.")
    authority = serializers.CharField(allow_null=True, help_text="What they may decide; null: not known.")
    budget_authority = serializers.CharField(allow_null=True, help_text="The money they can release.")
    deliverable = serializers.CharField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    delivered_on = serializers.DateField(allow_null=True)
    deputises = serializers.IntegerField(
        allow_null=True, help_text="The ownership they stand in for; a deputy is not the owner."
    )
    ends_on = serializers.DateField(allow_null=True, help_text="The last day of a deputy.")

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
            "authority": instance.authority or None,
            "budget_authority": instance.budget_authority or None,
            "deliverable": instance.deliverable or None,
            "due_on": day(instance.due_on),
            "delivered_on": day(instance.delivered_on),
            "deputises": instance.deputises_id,
            "ends_on": day(instance.ends_on),
        }


class WhoSerializer(StrictSerializer):
    """Somebody to name: an `owner` by id, or a `contact` as one writes it."""

    owner = VisibleIdField(among=Owner.objects.visible_to, noun="contact", required=False)
    contact = ContactField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("owner")) == bool(attrs.get("contact")):
            raise serializers.ValidationError(
                {"owner": ["Send either owner, an id, or contact, a name or an address."]}, code="either"
            )
        return attrs


class NewOwnershipSerializer(WhoSerializer):
    """Somebody to name for a role on a pilot."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")
    role = CodeField(OwnerRole)
    reason = TextField(required=False, allow_blank=True, max_length=500)


class HandOverSerializer(WhoSerializer):
    """Who takes over, and why."""

    reason = TextField(max_length=500)
    exception = TextField(
        required=False, allow_blank=True, max_length=500, help_text="Why a builder may own production."
    )
    with_milestones = TruthField(required=False, help_text="Whether their open milestones go along.")


class DeputySerializer(WhoSerializer):
    """Who stands in, and the last day on which they do."""

    until = DayField()
    exception = TextField(
        required=False, allow_blank=True, max_length=500, help_text="Why a builder may own production."
    )


class TermsSerializer(StrictSerializer):
    """What an owner may decide, and what they deliver. PATCH writes what is sent and leaves the rest."""

    authority = NullableText(max_length=500, required=False)
    budget_authority = NullableText(max_length=200, required=False)
    deliverable = NullableText(max_length=300, required=False)
    due_on = DayField(required=False, allow_null=True)
    delivered_on = DayField(required=False, allow_null=True)


class EndingSerializer(StrictSerializer):
    """Why it ends."""

    reason = TextField(required=False, allow_blank=True, max_length=500)


class OwnershipFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    owner = IdFilter(label="Owner", field_name="owner_id")
    role = CodeFilter(label="Role", choices=OWNER_ROLE_CHOICES)
    active = YesNoFilter(label="Active", field_name="until", lookup_expr="isnull")


@extend_schema_view(list=extend_schema(summary="List who answers for what"))
class OwnershipResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {
        "partial_update": (Deed.ASSIGN_OWNERS,),
        "end": (Deed.ASSIGN_OWNERS,),
        "hand_over": (Deed.HAND_OVER,),
        "deputise": (Deed.HAND_OVER,),
    }
    filterset_class = OwnershipFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "since": "since"}
    queryset = Ownership.objects.none()
    serializer_class = OwnershipSerializer
    has_versions = True
    http_method_names = ["get", "head", "post", "patch"]

    def queryset_for(self, request: Request) -> QuerySet[Ownership]:
        return Ownership.objects.visible_to(caller(request)).select_related(
            "pilot", "owner", "deputises__owner"
        )

    def check_deed(self) -> None:
        """Let whoever accepted a row do with it what its action then asks once more."""
        if self.action in self.deeds:
            row = self.get_object()
            held = row.deputises if self.action == "end" else row
            if held is not None and is_holder(held, by=self.by()):
                return
        super().check_deed()

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_action = {"create": NewOwnershipSerializer, "partial_update": TermsSerializer}
        return by_action.get(self.action) or super().get_serializer_class()

    @extend_schema(summary="Read who answers for one thing", description="The ETag is that of its pilot.")
    def retrieve(self, request: Request, **lookup: str) -> Response:
        return self._shown(self.get_object())

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
        return self._created(add_owner(NewOwnership(**named(self.read())), by=self.by()))

    @extend_schema(
        summary="Change what somebody may decide and delivers",
        description=(
            "Managers write all of it, whoever accepted what they deliver. Null says that it is not known."
        ),
        request=TermsSerializer,
        responses={200: OwnershipSerializer},
        examples=[
            OpenApiExample(
                "A deliverable",
                request_only=True,
                value={"deliverable": "Security review", "due_on": "2026-12-04"},
            )
        ],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        version = read_version(request, row.pilot)
        edit = OwnershipEdit(ownership=row, fields=self.read(), version=version)
        return self._acted(lambda: edit_ownership(edit, by=self.by()))

    @extend_schema(summary="Accept", request=NothingSerializer, responses={200: OwnershipSerializer})
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def accept(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        self.read()
        return self._acted(lambda: accept_ownership(row, by=self.by()))

    @extend_schema(
        summary="Decline",
        description="The managers read that it is not theirs; the row stays until one of them ends it.",
        request=NothingSerializer,
        responses={200: OwnershipSerializer},
    )
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def decline(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        self.read()
        return self._acted(lambda: decline_ownership(row, by=self.by()))

    @extend_schema(
        summary="Hand over",
        description=(
            "Ends this row and names who takes over, in one step; answers with the new row. For managers, "
            "and for whoever accepted it. Of two at once one is 409."
        ),
        request=HandOverSerializer,
        responses={201: OwnershipSerializer},
        examples=[
            OpenApiExample(
                "To a colleague",
                request_only=True,
                value={"contact": "Rui Costa", "reason": "Ines moves to Finance AI", "with_milestones": True},
            )
        ],
    )
    @action(detail=True, methods=["post"], url_path="hand-over", serializer_class=HandOverSerializer)
    def hand_over(self, request: Request, pk: str) -> Response:
        row, values = self.get_object(), self.read()
        version = read_version(request, row.pilot)
        asked = HandOver(ownership=row, to=_who(values), version=version, **values)
        return self._created(hand_over(asked, by=self.by()))

    @extend_schema(
        summary="Name a deputy",
        description=(
            "Somebody stands in until a day, that day included, and once they accept may do what the owner "
            "may. For managers, and for whoever accepted it."
        ),
        request=DeputySerializer,
        responses={201: OwnershipSerializer},
        examples=[
            OpenApiExample(
                "For a holiday", request_only=True, value={"contact": "Rui Costa", "until": "2027-01-08"}
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=DeputySerializer)
    def deputise(self, request: Request, pk: str) -> Response:
        row, values = self.get_object(), self.read()
        version = read_version(request, row.pilot)
        asked = NewDeputy(ownership=row, to=_who(values), version=version, **values)
        return self._created(name_deputy(asked, by=self.by()))

    @extend_schema(
        summary="End",
        description="For managers; a deputy is ended by whom they stand in for too.",
        request=EndingSerializer,
        responses={200: OwnershipSerializer},
    )
    @action(detail=True, methods=["post"], serializer_class=EndingSerializer)
    def end(self, request: Request, pk: str) -> Response:
        row, values = self.get_object(), self.read()
        return self._acted(lambda: end_ownership(row, by=self.by(), reason=values.get("reason", "")))

    # --- Steps the verbs share ---

    def _acted(self, act: Callable[[], Ownership]) -> Response:
        return self._shown(self.get_queryset().get(pk=act().pk))

    def _shown(self, row: Ownership) -> Response:
        return Response(OwnershipSerializer().shape(row), headers={"ETag": etag(row.pilot)})

    def _created(self, row: Ownership) -> Response:
        """Show a new row, not read anew: whoever gave their own role away may not see it any longer."""
        return self.created(OwnershipSerializer().shape(row), row.pk, ETag=etag(row.pilot))


def _who(values: dict[str, Any]) -> Any:
    """Take out of a body who it names: a contact as written, or one that is listed."""
    contact, owner = values.pop("contact", None), values.pop("owner", None)
    return owner or contact

"""Passing gates: waivers and approvals, given on a pilot and taken back one by one."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.approval import (
    LONGEST_NOTE,
    ApprovalTakenBack,
    NewApproval,
    approve_gate,
    revoke_approval,
)
from pilots.actions.change import require
from pilots.actions.waiver import LONGEST_REASON, NewWaiver, Revocation, revoke_waiver, waive
from pilots.api import codes
from pilots.api.evidence import LONGEST_CODE, OfPilotFilterSet, OfPilotResource
from pilots.api.history import PersonSerializer, shape_person
from pilots.models import Approval, Pilot, Waiver
from pilots.models.ownership import OWNER_ROLE_CHOICES
from pilots.models.pilot import relations
from pilots.playbook import Gate
from pilots.web.etags import etag, read_version
from pilots.web.filter_fields import CodeFilter, YesNoFilter
from pilots.web.resources import ApiView
from pilots.web.serializers import (
    CodeField,
    DayField,
    NothingSerializer,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    TextField,
    day,
    moment,
)
from pilots.web.tokens import by_api, caller

# --- Waivers -----------------------------------------------------------------------


class WaiverSerializer(PlainSerializer):
    """A pilot may pass without something, for a time. What is waived is not met."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    subject = serializers.CharField(help_text="The code of a requirement, a gate, or what else is waived.")
    reason = serializers.CharField()
    until = serializers.DateField(help_text="The last day on which it holds.")
    waived_at = serializers.DateTimeField()
    waived_by = PersonSerializer(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)

    def shape(self, instance: Waiver) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "subject": instance.subject,
            "reason": instance.reason,
            "until": day(instance.until),
            "waived_at": moment(instance.waived_at),
            "waived_by": shape_person(instance.waived_by),
            "revoked_at": moment(instance.revoked_at),
        }


class NewWaiverSerializer(StrictSerializer):
    """What a pilot may pass without, why, and until when."""

    subject = TextField(max_length=LONGEST_CODE)
    reason = TextField(max_length=LONGEST_REASON)
    until = DayField(help_text="A year from today at most.")


class WaiverFilterSet(OfPilotFilterSet):
    subject = django_filters.CharFilter(label="Subject", field_name="subject")
    standing = YesNoFilter(label="Not revoked", field_name="revoked_at", lookup_expr="isnull")


@extend_schema_view(
    list=extend_schema(summary="List waivers", description="Of visible pilots, past and revoked ones too."),
    retrieve=extend_schema(summary="Read a waiver"),
)
class WaiverResource(OfPilotResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {"revoke": (Deed.WAIVE,)}
    filterset_class = WaiverFilterSet
    queryset = Waiver.objects.none()
    serializer_class = WaiverSerializer

    def queryset_for(self, request: Request) -> QuerySet[Waiver]:
        return Waiver.objects.visible_to(caller(request)).select_related("pilot", "waived_by")

    @extend_schema(summary="Revoke a waiver", request=NothingSerializer, responses={200: WaiverSerializer})
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def revoke(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        self.read()
        version = read_version(request, row.pilot)
        return self.shown(revoke_waiver, Revocation(waiver=row, version=version))


# --- Approvals ---------------------------------------------------------------------


class ApprovalSerializer(PlainSerializer):
    """Somebody agreed that a gate is passed, on the evidence there was then."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    gate = serializers.ChoiceField(codes.GATE)
    role = serializers.ChoiceField(OWNER_ROLE_CHOICES, allow_null=True, help_text="null: as a manager.")
    note = serializers.CharField(allow_null=True)
    basis = serializers.DictField(
        child=serializers.CharField(), help_text="What it rested on, by requirement."
    )
    approved_at = serializers.DateTimeField()
    approved_by = PersonSerializer(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)

    def shape(self, instance: Approval) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "gate": instance.gate,
            "role": instance.role or None,
            "note": instance.note or None,
            "basis": instance.basis,
            "approved_at": moment(instance.approved_at),
            "approved_by": shape_person(instance.approved_by),
            "revoked_at": moment(instance.revoked_at),
        }


class NewApprovalSerializer(StrictSerializer):
    """Which gate somebody approves, and in which role."""

    gate = CodeField(Gate)
    role = CodeField(OwnerRole, required=False, allow_null=True, help_text="Left out or null: as a manager.")
    note = NullableText(max_length=LONGEST_NOTE, required=False)


class ApprovalFilterSet(OfPilotFilterSet):
    gate = CodeFilter(label="Gate", choices=codes.GATE)
    standing = YesNoFilter(label="Not taken back", field_name="revoked_at", lookup_expr="isnull")


@extend_schema_view(
    list=extend_schema(
        summary="List approvals",
        description="Of visible pilots. Whether one still counts stands in the readiness of its pilot.",
    ),
    retrieve=extend_schema(summary="Read an approval"),
)
class ApprovalResource(OfPilotResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {"revoke": (Deed.APPROVE_GATE,)}
    filterset_class = ApprovalFilterSet
    queryset = Approval.objects.none()
    serializer_class = ApprovalSerializer

    def queryset_for(self, request: Request) -> QuerySet[Approval]:
        return Approval.objects.visible_to(caller(request)).select_related("pilot", "approved_by")

    @extend_schema(
        summary="Take an approval back",
        description="Whoever gave it can, and a manager.",
        request=NothingSerializer,
        responses={200: ApprovalSerializer},
    )
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def revoke(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        self.read()
        version = read_version(request, row.pilot)
        return self.shown(revoke_approval, ApprovalTakenBack(approval=row, version=version))


# --- Verbs of a pilot --------------------------------------------------------------


class _OnPilot(ApiView):
    """A verb of one pilot, for whoever may do `deed` to it."""

    has_versions = True
    deed: ClassVar[Deed]

    def check_deed(self) -> None:
        user = caller(self.request)
        visible = Pilot.objects.visible_to(user).select_related("program")
        self.pilot = get_object_or_404(visible, key=self.kwargs["key"])
        if self.request.method == "POST":
            require(self.deed, relations(user, [self.pilot])[self.pilot.pk])

    def read(self, serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
        """Return the body, with the version the caller read."""
        reading = serializer(data=request.data, context={"request": request})
        reading.is_valid(raise_exception=True)
        return {**reading.validated_data, "version": read_version(request, self.pilot)}


class WaiveView(_OnPilot):
    deed = Deed.WAIVE

    @extend_schema(
        operation_id="pilots_waive",
        summary="Let a pilot pass without something",
        description="For a manager, its sponsor or somebody in a seat; never for one's own evidence.",
        request=NewWaiverSerializer,
        responses={201: WaiverSerializer},
        examples=[
            OpenApiExample(
                "A vendor's source",
                request_only=True,
                value={"subject": "G2", "reason": "The vendor holds the data", "until": "2027-03-31"},
            )
        ],
    )
    def post(self, request: Request, key: str) -> Response:
        asked = NewWaiver(pilot=self.pilot, **self.read(NewWaiverSerializer, request))
        row = waive(asked, by=by_api(request))
        found = Waiver.objects.select_related("pilot", "waived_by").get(pk=row.pk)
        return Response(WaiverSerializer().shape(found), status=201, headers={"ETag": etag(found.pilot)})


class ApproveView(_OnPilot):
    deed = Deed.APPROVE_GATE

    @extend_schema(
        operation_id="pilots_approve",
        summary="Approve a gate",
        description="On what is there now; never on one's own evidence. It counts as movement.",
        request=NewApprovalSerializer,
        responses={201: ApprovalSerializer},
        examples=[
            OpenApiExample("As legal", request_only=True, value={"gate": "G2", "role": "legal"}),
        ],
    )
    def post(self, request: Request, key: str) -> Response:
        values = self.read(NewApprovalSerializer, request)
        asked = NewApproval(pilot=self.pilot, **{**values, "note": values.get("note") or ""})
        row = approve_gate(asked, by=by_api(request))
        found = Approval.objects.select_related("pilot", "approved_by").get(pk=row.pk)
        return Response(ApprovalSerializer().shape(found), status=201, headers={"ETag": etag(found.pilot)})

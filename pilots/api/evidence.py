"""Evidence: bringing it, withdrawing it, and reading what there is."""

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
from pilots.actions.evidence import (
    LONGEST_LINK,
    LONGEST_REASON,
    LONGEST_TEXT,
    NewEvidence,
    Withdrawal,
    bring_evidence,
    withdraw_evidence,
)
from pilots.api import codes
from pilots.api.history import PersonSerializer, shape_person
from pilots.lifecycle import STAGE_CHOICES
from pilots.models import Evidence, Milestone, Pilot
from pilots.playbook import Audience, EvidenceKind
from pilots.web.etags import etag, read_version
from pilots.web.filter_fields import CodeFilter, SlugFilter, YesNoFilter
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    CodeField,
    DayField,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    TextField,
    VisibleField,
    VisibleIdField,
    day,
    moment,
)
from pilots.web.tokens import caller

LONGEST_CODE = 60


class OfPilotFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    program = SlugFilter(
        label="Program",
        field_name="pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )


class OfPilotResource(ReadResource):
    """Rows that belong to a pilot; their ETag is that of the pilot."""

    orderings: ClassVar[dict[str, str]] = {"id": "pk"}
    has_versions = True
    http_method_names = ["get", "head", "post"]
    by_action: ClassVar[dict[str, type[BaseSerializer[Any]]]] = {}

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return self.by_action.get(self.action) or super().get_serializer_class()

    def shown(self, act: Callable[..., Any], asked: Any) -> Response:
        row = self.get_queryset().get(pk=act(asked, by=self.by()).pk)
        # A verb has a serializer of its own; what is shown is the row.
        return Response(type(self).serializer_class().shape(row), headers={"ETag": etag(row.pilot)})

    def made(self, row: Any) -> Response:
        found = self.get_queryset().get(pk=row.pk)
        shown = type(self).serializer_class().shape(found)
        return self.created(shown, found.pk, ETag=etag(found.pilot))


# --- Evidence ----------------------------------------------------------------------


class EvidenceSerializer(PlainSerializer):
    """Something that shows a requirement is met or a milestone done. It is withdrawn, never changed."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    requirement = serializers.CharField(allow_null=True)
    milestone = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(codes.EVIDENCE_KIND, help_text="A demo never counts.")
    link = serializers.CharField(allow_null=True)
    text = serializers.CharField(allow_null=True)
    dated = serializers.DateField(help_text="The day of what it shows.")
    audience = serializers.ChoiceField(codes.AUDIENCE, allow_null=True)
    stage = serializers.ChoiceField(STAGE_CHOICES, help_text="Where the pilot was then.")
    brought_at = serializers.DateTimeField()
    brought_by = PersonSerializer(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_because = serializers.CharField(allow_null=True)

    def shape(self, instance: Evidence) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "requirement": instance.requirement or None,
            "milestone": instance.milestone_id,
            "kind": instance.kind,
            "link": instance.link or None,
            "text": instance.text or None,
            "dated": day(instance.dated),
            "audience": instance.audience or None,
            "stage": instance.stage,
            "brought_at": moment(instance.brought_at),
            "brought_by": shape_person(instance.brought_by),
            "withdrawn_at": moment(instance.withdrawn_at),
            "withdrawn_because": instance.withdrawn_because or None,
        }


class NewEvidenceSerializer(StrictSerializer):
    """Evidence to bring: a link or a text, for a requirement or a milestone."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")
    requirement = NullableText(
        max_length=LONGEST_CODE, required=False, help_text="The code of what it shows."
    )
    milestone = VisibleIdField(
        among=Milestone.objects.visible_to, noun="milestone", required=False, allow_null=True
    )
    kind = CodeField(EvidenceKind)
    link = NullableText(max_length=LONGEST_LINK, required=False)
    text = NullableText(max_length=LONGEST_TEXT, required=False)
    dated = DayField()
    audience = CodeField(Audience, required=False, allow_null=True)


class WithdrawalSerializer(StrictSerializer):
    """Why a piece of evidence does not hold."""

    reason = TextField(max_length=LONGEST_REASON)


class EvidenceFilterSet(OfPilotFilterSet):
    requirement = django_filters.CharFilter(label="Requirement", field_name="requirement")
    kind = CodeFilter(label="Kind", choices=codes.EVIDENCE_KIND)
    standing = YesNoFilter(label="Not withdrawn", field_name="withdrawn_at", lookup_expr="isnull")


@extend_schema_view(
    list=extend_schema(summary="List evidence", description="Of visible pilots, withdrawn pieces too."),
    retrieve=extend_schema(summary="Read a piece of evidence"),
)
class EvidenceResource(OfPilotResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {"withdraw": (Deed.BRING_EVIDENCE,)}
    filterset_class = EvidenceFilterSet
    queryset = Evidence.objects.none()
    serializer_class = EvidenceSerializer
    by_action = {"create": NewEvidenceSerializer}

    def queryset_for(self, request: Request) -> QuerySet[Evidence]:
        visible = Evidence.objects.visible_to(caller(request))
        return visible.select_related("pilot", "brought_by")

    @extend_schema(
        summary="Bring evidence",
        description="It counts as movement, unless it is a demo.",
        responses={201: EvidenceSerializer},
        examples=[
            OpenApiExample(
                "Scored on every change",
                request_only=True,
                value={
                    "pilot": "CLM-12",
                    "requirement": "evaluation",
                    "kind": "test",
                    "link": "https://ci.example.com/runs/4711",
                    "dated": "2026-11-17",
                },
            )
        ],
    )
    def create(self, request: Request) -> Response:
        values = self.read()
        texts = {name: values.pop(name, "") for name in ("requirement", "link", "text")}
        return self.made(bring_evidence(NewEvidence(**texts, **values), by=self.by()))

    @extend_schema(
        summary="Withdraw a piece of evidence",
        request=WithdrawalSerializer,
        responses={200: EvidenceSerializer},
        examples=[OpenApiExample("Wrong files", request_only=True, value={"reason": "The wrong files"})],
    )
    @action(detail=True, methods=["post"], serializer_class=WithdrawalSerializer)
    def withdraw(self, request: Request, pk: str) -> Response:
        row, values = self.get_object(), self.read()
        version = read_version(request, row.pilot)
        asked = Withdrawal(evidence=row, reason=values["reason"], version=version)
        return self.shown(withdraw_evidence, asked)

"""Rollout steps: from nobody to everybody, and what was decided after each."""

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
from pilots.actions.rollout import (
    NewStep,
    RemoveStep,
    StepDecision,
    StepEdit,
    add_step,
    decide_step,
    edit_step,
    remove_step,
)
from pilots.api import codes
from pilots.design import RolloutKind, RolloutOutcome
from pilots.models import Pilot, RolloutStep
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
    WholeNumberField,
    day,
)
from pilots.web.tokens import caller


class RolloutStepSerializer(PlainSerializer):
    """One step on the way from nobody to everybody."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    number = serializers.IntegerField(help_text="Its place, from 1.")
    kind = serializers.ChoiceField(codes.ROLLOUT_KIND)
    share_percent = serializers.IntegerField(help_text="Share of the real work it decides, 0 to 100.")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, help_text="null: until it is decided.")
    audience = serializers.CharField(allow_null=True)
    rollback_when = serializers.CharField(allow_null=True, help_text="The sign at which to go back.")
    outcome = serializers.ChoiceField(
        codes.ROLLOUT_OUTCOME, allow_null=True, help_text="null while it is open."
    )
    result = serializers.CharField(allow_null=True)
    decided_on = serializers.DateField(allow_null=True)

    def shape(self, instance: RolloutStep) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "number": instance.number,
            "kind": instance.kind,
            "share_percent": instance.share_percent,
            "starts_on": day(instance.starts_on),
            "ends_on": day(instance.ends_on),
            "audience": instance.audience or None,
            "rollback_when": instance.rollback_when or None,
            "outcome": instance.outcome or None,
            "result": instance.result or None,
            "decided_on": day(instance.decided_on),
        }


class StepEditSerializer(StrictSerializer):
    """What is new of a step that is not decided."""

    kind = CodeField(RolloutKind)
    share_percent = WholeNumberField(min_value=0, max_value=100)
    starts_on = DayField()
    ends_on = DayField(required=False, allow_null=True)
    audience = NullableText(required=False, max_length=200)
    rollback_when = NullableText(
        required=False, max_length=300, help_text="Needed for a canary and a limited group."
    )


class NewStepSerializer(StepEditSerializer):
    """A step to plan after those there are. The first never has 100 %."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")


class StepDecisionSerializer(StrictSerializer):
    """What was seen and what follows; `decided_on` is today when it is left out."""

    outcome = CodeField(RolloutOutcome)
    result = TextField(max_length=4000)
    decided_on = DayField(required=False)


class RolloutStepFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    program = SlugFilter(
        label="Program",
        field_name="pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )
    kind = CodeFilter(label="Kind", choices=codes.ROLLOUT_KIND)
    is_decided = YesNoFilter(label="Decided", field_name="decided_on", lookup_expr="isnull", exclude=True)


@extend_schema_view(
    list=extend_schema(summary="List rollout steps", description="Of visible pilots."),
)
class RolloutStepResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = dict.fromkeys(
        ("partial_update", "destroy", "decide"), (Deed.MOVE,)
    )
    filterset_class = RolloutStepFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk"}
    queryset = RolloutStep.objects.none()
    serializer_class = RolloutStepSerializer
    has_versions = True
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def queryset_for(self, request: Request) -> QuerySet[RolloutStep]:
        return RolloutStep.objects.visible_to(caller(request)).select_related("pilot")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_action = {"create": NewStepSerializer, "partial_update": StepEditSerializer}
        return by_action.get(self.action) or super().get_serializer_class()

    @extend_schema(summary="Read a rollout step", description="The ETag is that of its pilot.")
    def retrieve(self, request: Request, **lookup: str) -> Response:
        return self._shown(self.get_object())

    @extend_schema(
        summary="Plan the next rollout step",
        description=(
            "100 % is never first. A larger share starts only after “proceed”, and `expanded` or `full` "
            "thirty days after the small group began, unless that is waived."
        ),
        responses={201: RolloutStepSerializer},
        examples=[
            OpenApiExample(
                "A canary",
                request_only=True,
                value={
                    "pilot": "CLM-12",
                    "kind": "canary",
                    "share_percent": 5,
                    "starts_on": "2026-12-01",
                    "ends_on": "2026-12-14",
                    "rollback_when": "More than 2 % wrong in a week",
                },
            )
        ],
    )
    def create(self, request: Request) -> Response:
        step = self._again(add_step(NewStep(**self.read()), by=self.by()))
        return self.created(RolloutStepSerializer().shape(step), step.pk, ETag=etag(step.pilot))

    @extend_schema(
        summary="Change a rollout step that is not decided",
        responses={200: RolloutStepSerializer},
        examples=[OpenApiExample("Later", request_only=True, value={"starts_on": "2026-12-07"})],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        step = self.get_object()
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        version = read_version(request, step.pilot)
        return self._acted(edit_step, StepEdit(step=step, fields=serializer.validated_data, version=version))

    @extend_schema(summary="Take a rollout step that is not decided out of the plan", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        step = self.get_object()
        remove_step(RemoveStep(step=step, version=read_version(request, step.pilot)), by=self.by())
        return Response(status=204)

    @extend_schema(
        summary="Decide what follows a rollout step",
        description="It counts as movement.",
        request=StepDecisionSerializer,
        responses={200: RolloutStepSerializer},
        examples=[
            OpenApiExample(
                "Go on",
                request_only=True,
                value={"outcome": "proceed", "result": "1.1 % wrong, 14 days with 40 claims a day"},
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=StepDecisionSerializer)
    def decide(self, request: Request, pk: str) -> Response:
        step, values = self.get_object(), self.read()
        version = read_version(request, step.pilot)
        return self._acted(decide_step, StepDecision(step=step, version=version, **values))

    def _acted(self, act: Callable[..., RolloutStep], asked: Any) -> Response:
        return self._shown(self._again(act(asked, by=self.by())))

    def _again(self, step: RolloutStep) -> RolloutStep:
        found: RolloutStep = self.get_queryset().get(pk=step.pk)
        return found

    def _shown(self, step: RolloutStep) -> Response:
        return Response(RolloutStepSerializer().shape(step), headers={"ETag": etag(step.pilot)})

"""Milestones: what a pilot has to have by a day."""

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
from pilots.actions.milestone import (
    CloseMilestone,
    MilestoneEdit,
    NewMilestone,
    RemoveMilestone,
    ReopenMilestone,
    add_milestone,
    close_milestone,
    edit_milestone,
    remove_milestone,
    reopen_milestone,
)
from pilots.actions.milestone_rules import LONGEST_TITLE
from pilots.api.pilot_shapes import ContactField
from pilots.models import Milestone, Pilot
from pilots.web.etags import etag, read_version
from pilots.web.filter_fields import DayFilter, SlugFilter, YesNoFilter
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    DayField,
    PlainSerializer,
    StrictSerializer,
    TextField,
    TruthField,
    VisibleField,
    day,
)
from pilots.web.tokens import caller


class MilestoneOwnerSerializer(serializers.Serializer[Any]):
    """The contact who sees to it."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class MilestoneSerializer(PlainSerializer):
    """Something a pilot has to have by a day. It is done when somebody says so."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    title = serializers.CharField()
    due_on = serializers.DateField(allow_null=True, help_text="null: nobody said a day.")
    done_on = serializers.DateField(allow_null=True, help_text="null while it is open.")
    owner = MilestoneOwnerSerializer(allow_null=True)
    phase = serializers.IntegerField(
        allow_null=True, help_text="The phase of the plan that counts in which its day lies."
    )
    is_required = serializers.BooleanField(help_text="Its phase is closed only when it is done.")
    evidence = serializers.ListField(
        child=serializers.IntegerField(), help_text="The ids of what shows it, withdrawn pieces left out."
    )

    def shape(self, instance: Milestone) -> dict[str, Any]:
        owner = instance.owner
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "title": instance.title,
            "due_on": day(instance.due_on),
            "done_on": day(instance.done_on),
            "owner": {"id": owner.pk, "name": owner.name} if owner else None,
            "phase": instance.phase_id,
            "is_required": instance.is_required,
            "evidence": sorted(row.pk for row in instance.evidence.all() if row.withdrawn_at is None),
        }


class NewMilestoneSerializer(StrictSerializer):
    """A milestone to add. With `done_on` it was there before, and is no movement."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")
    title = TextField(max_length=LONGEST_TITLE)
    due_on = DayField(required=False, allow_null=True)
    done_on = DayField(required=False, allow_null=True)
    owner = ContactField(required=False, help_text="Who sees to it. Not mailed.")
    is_required = TruthField(required=False)


class MilestoneEditSerializer(StrictSerializer):
    """What is new of a milestone; done and open again are verbs of their own."""

    title = TextField(max_length=LONGEST_TITLE)
    due_on = DayField(allow_null=True)
    owner = ContactField(help_text="Who sees to it. Not mailed.")
    is_required = TruthField()


class DoneSerializer(StrictSerializer):
    """Since when it is done, today when it is left out, and what shows it: that becomes evidence."""

    done_on = DayField(required=False)
    link = TextField(required=False, max_length=500)
    text = TextField(required=False, max_length=4000)


class ReopenMilestoneSerializer(StrictSerializer):
    """Why a milestone is open again."""

    reason = TextField(max_length=4000)


class MilestoneFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    program = SlugFilter(
        label="Program",
        field_name="pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )
    is_done = YesNoFilter(label="Done", field_name="done_on", lookup_expr="isnull", exclude=True)
    due_before = DayFilter(label="Due before", field_name="due_on", lookup_expr="lt")


@extend_schema_view(
    list=extend_schema(summary="List milestones", description="Of visible pilots, open and done."),
)
class MilestoneResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = dict.fromkeys(
        ("partial_update", "destroy", "done", "reopen"), (Deed.PLAN,)
    )
    filterset_class = MilestoneFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk"}
    queryset = Milestone.objects.none()
    serializer_class = MilestoneSerializer
    has_versions = True
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def queryset_for(self, request: Request) -> QuerySet[Milestone]:
        milestones = Milestone.objects.visible_to(caller(request)).select_related("pilot", "owner")
        return milestones.prefetch_related("evidence")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_action = {"create": NewMilestoneSerializer, "partial_update": MilestoneEditSerializer}
        return by_action.get(self.action) or super().get_serializer_class()

    @extend_schema(summary="Read a milestone", description="The ETag is that of its pilot.")
    def retrieve(self, request: Request, **lookup: str) -> Response:
        return self._shown(self.get_object())

    @extend_schema(
        summary="Add a milestone",
        responses={201: MilestoneSerializer},
        examples=[
            OpenApiExample(
                "A shadow run",
                request_only=True,
                value={
                    "pilot": "CLM-12",
                    "title": "Shadow run compared",
                    "due_on": "2026-12-18",
                    "owner": "Ines",
                },
            )
        ],
    )
    def create(self, request: Request) -> Response:
        milestone = self._again(add_milestone(NewMilestone(**self.read()), by=self.by()))
        shown = MilestoneSerializer().shape(milestone)
        return self.created(shown, milestone.pk, ETag=etag(milestone.pilot))

    @extend_schema(
        summary="Change some of a milestone",
        responses={200: MilestoneSerializer},
        examples=[OpenApiExample("Another day", request_only=True, value={"due_on": "2027-01-15"})],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        milestone = self.get_object()
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        version = read_version(request, milestone.pilot)
        edit = MilestoneEdit(milestone=milestone, fields=serializer.validated_data, version=version)
        return self._acted(edit_milestone, edit)

    @extend_schema(summary="Remove a milestone", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        milestone = self.get_object()
        version = read_version(request, milestone.pilot)
        remove_milestone(RemoveMilestone(milestone=milestone, version=version), by=self.by())
        return Response(status=204)

    @extend_schema(
        summary="Say that a milestone is done",
        description="It counts as movement.",
        request=DoneSerializer,
        responses={200: MilestoneSerializer},
        examples=[OpenApiExample("Yesterday", request_only=True, value={"done_on": "2026-11-17"})],
    )
    @action(detail=True, methods=["post"], serializer_class=DoneSerializer)
    def done(self, request: Request, pk: str) -> Response:
        milestone, values = self.get_object(), self.read()
        version = read_version(request, milestone.pilot)
        asked = CloseMilestone(milestone=milestone, version=version, **values)
        return self._acted(close_milestone, asked)

    @extend_schema(
        summary="Open a milestone again",
        request=ReopenMilestoneSerializer,
        responses={200: MilestoneSerializer},
        examples=[
            OpenApiExample("Not done", request_only=True, value={"reason": "The test alert never came"})
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=ReopenMilestoneSerializer)
    def reopen(self, request: Request, pk: str) -> Response:
        milestone, values = self.get_object(), self.read()
        version = read_version(request, milestone.pilot)
        asked = ReopenMilestone(milestone=milestone, reason=values["reason"], version=version)
        return self._acted(reopen_milestone, asked)

    # --- Steps the verbs share ---

    def _acted(self, act: Callable[..., Milestone], asked: Any) -> Response:
        return self._shown(self._again(act(asked, by=self.by())))

    def _again(self, milestone: Milestone) -> Milestone:
        found: Milestone = self.get_queryset().get(pk=milestone.pk)
        return found

    def _shown(self, milestone: Milestone) -> Response:
        headers = {"ETag": etag(milestone.pilot)}
        return Response(MilestoneSerializer().shape(milestone), headers=headers)

"""History: transitions with their corrections, holds, and the log."""

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
from pilots.actions.log import NewLine, write_log
from pilots.actions.stage import Correction, correct_transition
from pilots.api import codes
from pilots.api.endings import EndingSerializer, shape_ending
from pilots.calendar import PRECISION_CHOICES
from pilots.lifecycle import STAGE_CHOICES
from pilots.models import Hold, LogEntry, LogKind, Pilot, StageTransition
from pilots.web.etags import read_version
from pilots.web.filter_fields import CodeFilter, DayFilter, MomentFilter, SlugFilter, YesNoFilter
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    LooseDayField,
    PlainSerializer,
    StrictSerializer,
    TextField,
    VisibleField,
    day,
    moment,
)
from pilots.web.tokens import caller


class PersonSerializer(serializers.Serializer[Any]):
    """Somebody with an account."""

    id = serializers.IntegerField()
    name = serializers.CharField()


def shape_person(user: Any) -> dict[str, Any] | None:
    return {"id": user.pk, "name": user.name} if user else None


# --- Transitions -------------------------------------------------------------------


class TransitionSerializer(PlainSerializer):
    """One row of a pilot's history. It counts while nothing supersedes or voids it."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    to = serializers.ChoiceField(STAGE_CHOICES, allow_null=True, help_text="null: it takes another row back.")
    happened_on = serializers.DateField(allow_null=True, help_text="The first day of the period below.")
    precision = serializers.ChoiceField(PRECISION_CHOICES, allow_null=True)
    latest_on = serializers.DateField(help_text="The last day on which it can have happened.")
    recorded_at = serializers.DateTimeField()
    actor = PersonSerializer(allow_null=True, help_text="null: Headway itself.")
    origin = serializers.ChoiceField(codes.ORIGIN)
    reason = serializers.CharField(allow_null=True)
    evidence = serializers.CharField(allow_null=True)
    supersedes = serializers.IntegerField(allow_null=True)
    voids = serializers.IntegerField(allow_null=True)
    is_effective = serializers.BooleanField()
    ending = EndingSerializer(allow_null=True, help_text="null where nobody said what it left behind.")

    def shape(self, instance: StageTransition) -> dict[str, Any]:
        replaced = hasattr(instance, "superseded_by") or hasattr(instance, "voided_by")
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "to": instance.to_stage or None,
            "happened_on": day(instance.happened_on),
            "precision": instance.precision or None,
            "latest_on": day(instance.latest_on),
            "recorded_at": moment(instance.recorded_at),
            "actor": shape_person(instance.actor),
            "origin": instance.origin,
            "reason": instance.reason or None,
            "evidence": instance.evidence or None,
            "supersedes": instance.supersedes_id,
            "voids": instance.voids_id,
            "is_effective": instance.voids_id is None and not replaced,
            "ending": shape_ending(getattr(instance, "ending", None)),
        }


class CorrectionSerializer(StrictSerializer):
    """A better date for one row of history."""

    happened_on = LooseDayField()
    reason = TextField(max_length=4000)


class VoidingSerializer(StrictSerializer):
    """Why the row is taken back."""

    reason = TextField(max_length=4000)


class TransitionFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    program = SlugFilter(
        label="Program",
        field_name="pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )
    to = CodeFilter(label="Stage", field_name="to_stage", choices=STAGE_CHOICES)
    origin = CodeFilter(label="Origin", choices=codes.ORIGIN)
    effective = YesNoFilter(label="Counts", method="that_count")
    happened_from = DayFilter(label="Happened from", field_name="happened_on", lookup_expr="gte")
    happened_to = DayFilter(label="Happened to", field_name="happened_on", lookup_expr="lte")
    updated_since = MomentFilter(label="Recorded since", field_name="recorded_at", lookup_expr="gte")

    def that_count(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 -- django-filter calls it so
        counting = rows.effective()
        return counting if value else rows.exclude(pk__in=counting.values("pk"))


@extend_schema_view(
    list=extend_schema(summary="List transitions", description="The stage history of all visible pilots."),
    retrieve=extend_schema(summary="Read a transition"),
)
class TransitionResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {"correct": (Deed.MOVE,), "void": (Deed.MOVE,)}
    filterset_class = TransitionFilterSet
    orderings: ClassVar[dict[str, str]] = {
        "id": "pk",
        "happened_on": "happened_on",
        "latest_on": "latest_on",
        "recorded_at": "recorded_at",
    }
    queryset = StageTransition.objects.none()
    serializer_class = TransitionSerializer
    has_versions = True
    http_method_names = ["get", "head", "post"]

    def queryset_for(self, request: Request) -> QuerySet[StageTransition]:
        return StageTransition.objects.visible_to(caller(request)).select_related(
            "pilot", "actor", "superseded_by", "voided_by", "ending"
        )

    @extend_schema(
        summary="Correct a date",
        description="A new row takes the place of this one, which stays to be seen.",
        request=CorrectionSerializer,
        responses={201: TransitionSerializer},
        examples=[
            OpenApiExample(
                "Another month", request_only=True, value={"happened_on": "2026-09", "reason": "Wrong month"}
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=CorrectionSerializer)
    def correct(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        values = self.read()
        return self._correct(row, happened=values["happened_on"], reason=values["reason"])

    @extend_schema(
        summary="Take a row back",
        request=VoidingSerializer,
        responses={201: TransitionSerializer},
        examples=[OpenApiExample("Never so", request_only=True, value={"reason": "It was never proven"})],
    )
    @action(detail=True, methods=["post"], serializer_class=VoidingSerializer)
    def void(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        return self._correct(row, happened=None, reason=self.read()["reason"])

    def _correct(self, row: StageTransition, *, happened: Any, reason: str) -> Response:
        version = read_version(self.request, row.pilot)
        correction = Correction(transition=row, happened=happened, reason=reason, version=version)
        pilot = correct_transition(correction, by=self.by())
        newest = self.get_queryset().filter(pilot=pilot).order_by("-pk")[0]
        return self.created(TransitionSerializer().shape(newest), newest.pk, ETag=f'"v{pilot.version}"')


# --- Holds -------------------------------------------------------------------------


class HoldSerializer(PlainSerializer):
    """A period in which a pilot rests."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True, help_text="null while it lasts.")
    reason = serializers.CharField()
    agreed_by = serializers.CharField()
    review_on = serializers.DateField()

    def shape(self, instance: Hold) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "since": day(instance.since),
            "until": day(instance.until),
            "reason": instance.reason,
            "agreed_by": instance.agreed_by,
            "review_on": day(instance.review_on),
        }


class HoldFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    active = YesNoFilter(label="Lasts", field_name="until", lookup_expr="isnull")
    review_before = DayFilter(label="Review before", field_name="review_on", lookup_expr="lt")


@extend_schema_view(list=extend_schema(summary="List holds"), retrieve=extend_schema(summary="Read a hold"))
class HoldResource(ReadResource):
    filterset_class = HoldFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "since": "since"}
    queryset = Hold.objects.none()
    serializer_class = HoldSerializer
    http_method_names = ["get", "head"]

    def queryset_for(self, request: Request) -> QuerySet[Hold]:
        pilots = Pilot.objects.visible_to(caller(request))
        return Hold.objects.filter(pilot__in=pilots).select_related("pilot")


# --- Log ---------------------------------------------------------------------------


class LogEntrySerializer(PlainSerializer):
    """A line in a pilot's log, as it was written."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    kind = serializers.ChoiceField(codes.LOG_KIND)
    going = serializers.ChoiceField(codes.GOING, allow_null=True)
    text = serializers.CharField(allow_null=True)
    written_at = serializers.DateTimeField()
    author = PersonSerializer(allow_null=True)

    def shape(self, instance: LogEntry) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "kind": instance.kind,
            "going": instance.going or None,
            "text": instance.text or None,
            "written_at": moment(instance.written_at),
            "author": shape_person(instance.author),
        }


class CommentSerializer(StrictSerializer):
    """A comment; to say how it goes, check in."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")
    text = TextField(max_length=4000)


class LogFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    kind = CodeFilter(label="Kind", choices=codes.LOG_KIND)
    updated_since = MomentFilter(label="Written since", field_name="written_at", lookup_expr="gte")


@extend_schema_view(
    list=extend_schema(summary="List log lines"), retrieve=extend_schema(summary="Read a log line")
)
class LogResource(ReadResource):
    filterset_class = LogFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "written_at": "written_at"}
    queryset = LogEntry.objects.none()
    serializer_class = LogEntrySerializer
    http_method_names = ["get", "head", "post"]

    def queryset_for(self, request: Request) -> QuerySet[LogEntry]:
        return LogEntry.objects.visible_to(caller(request)).select_related("pilot", "author")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return CommentSerializer if self.action == "create" else LogEntrySerializer

    @extend_schema(
        summary="Comment",
        description="Resets no clock: to say that you were heard from, check in.",
        responses={201: LogEntrySerializer},
        examples=[
            OpenApiExample(
                "A remark",
                request_only=True,
                value={"pilot": "CLM-12", "text": "Legal asked for the contract."},
            )
        ],
    )
    def create(self, request: Request) -> Response:
        values = self.read()
        line = NewLine(pilot=values["pilot"], kind=LogKind.COMMENT, text=values["text"])
        entry = write_log([line], by=self.by())[0]
        return self.created(LogEntrySerializer().shape(entry), entry.pk)

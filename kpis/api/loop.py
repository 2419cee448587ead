"""How a pilot learns from its outcomes: one record per pilot."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.actions.loop import LONGEST_CADENCE, MOST_COUNTED, LoopEdit, edit_loop
from kpis.evaluation import evaluates_itself
from kpis.loop import coverage, missing_loop_parts
from kpis.models import FeedbackLoop
from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.models import Pilot
from pilots.models.pilot import relations
from pilots.web.etags import etag, read_version
from pilots.web.resources import ApiView
from pilots.web.serializers import DayField, NullableText, StrictSerializer, WholeNumberField, day
from pilots.web.tokens import by_api, caller


class LoopSerializer(serializers.Serializer[Any]):
    """How a pilot learns what came true of its answers. null always means: not known."""

    truth_source = serializers.CharField(allow_null=True)
    linkage_key = serializers.CharField(allow_null=True)
    answered = serializers.IntegerField(allow_null=True)
    labelled = serializers.IntegerField(allow_null=True)
    coverage = serializers.DecimalField(max_digits=7, decimal_places=6, allow_null=True)
    counted_on = serializers.DateField(allow_null=True)
    retrain_every_days = serializers.IntegerField(allow_null=True)
    retrained_on = serializers.DateField(allow_null=True)
    retrain_when = serializers.CharField(allow_null=True)
    evaluates_itself = serializers.BooleanField(help_text="A tool sends runs of the live version.")
    missing = serializers.ListField(child=serializers.CharField(), help_text="What is only deployed lacks.")


class LoopEditSerializer(StrictSerializer):
    """What is new of it."""

    truth_source = NullableText(required=False, max_length=200)
    linkage_key = NullableText(required=False, max_length=200)
    answered = WholeNumberField(required=False, allow_null=True, min_value=0, max_value=MOST_COUNTED)
    labelled = WholeNumberField(required=False, allow_null=True, min_value=0, max_value=MOST_COUNTED)
    counted_on = DayField(required=False, allow_null=True)
    retrain_every_days = WholeNumberField(
        required=False, allow_null=True, min_value=1, max_value=LONGEST_CADENCE
    )
    retrained_on = DayField(required=False, allow_null=True)
    retrain_when = NullableText(required=False, max_length=300)


class LoopView(ApiView):
    has_versions = True

    @extend_schema(summary="Read how a pilot learns", responses=LoopSerializer)
    def get(self, request: Request, key: str) -> Response:
        return self._shown(self._find(request, key))

    @extend_schema(
        summary="Change some of how a pilot learns",
        request=LoopEditSerializer,
        responses=LoopSerializer,
        examples=[
            OpenApiExample(
                "Counted",
                request_only=True,
                value={"answered": 1000, "labelled": 300, "counted_on": "2026-11-17"},
            )
        ],
    )
    def patch(self, request: Request, key: str) -> Response:
        pilot = self._find(request, key)
        require(Deed.EDIT, relations(caller(request), [pilot])[pilot.pk])
        serializer = LoopEditSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        edit = LoopEdit(pilot=pilot, fields=serializer.validated_data, version=read_version(request, pilot))
        edit_loop(edit, by=by_api(request))
        return self._shown(self._find(request, key))

    def _find(self, request: Request, key: str) -> Pilot:
        visible: QuerySet[Pilot] = Pilot.objects.visible_to(caller(request)).select_related("program")
        return get_object_or_404(visible, key=key)

    def _shown(self, pilot: Pilot) -> Response:
        return Response(_shape(pilot), headers={"ETag": etag(pilot)})


def _shape(pilot: Pilot) -> dict[str, Any]:
    loop = FeedbackLoop.objects.filter(pilot=pilot).first() or FeedbackLoop(pilot=pilot)
    automated = pilot.pk in evaluates_itself([pilot.pk])
    share = coverage(loop.labelled, loop.answered)
    return {
        "truth_source": loop.truth_source or None,
        "linkage_key": loop.linkage_key or None,
        "answered": loop.answered,
        "labelled": loop.labelled,
        "coverage": None if share is None else f"{share:.6f}",
        "counted_on": day(loop.counted_on),
        "retrain_every_days": loop.retrain_every_days,
        "retrained_on": day(loop.retrained_on),
        "retrain_when": loop.retrain_when or None,
        "evaluates_itself": automated,
        "missing": missing_loop_parts(
            truth_source=loop.truth_source,
            linkage_key=loop.linkage_key,
            evaluates_itself=automated,
            retrain_every_days=loop.retrain_every_days,
        ),
    }

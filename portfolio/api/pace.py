"""Pace for machines: the numbers behind the charts of the page, from the same functions."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.rules.pace_facts import PACED
from pilots.web.filters import faults_of
from pilots.web.problems import BadQuery, Fault
from pilots.web.resources import ApiView
from pilots.web.schema import parameters_of
from pilots.web.tokens import caller
from portfolio.api.funnel import STAGES, WORDS
from portfolio.dashboards.filters import PARAMETERS, FunnelFilterSet
from portfolio.pace.reading import Reading
from portfolio.pace.sections.all import SECTIONS
from portfolio.pace.sections.section import Section

VIEW = "view"
SECTION_OF = {section.code: section for section in SECTIONS}
PACED_STAGES = [stage.value for stage in PACED]
NO_GOAL = "null where the cohort begins with production or after it"


class StepSerializer(serializers.Serializer[Any]):
    """The estimated shares at the end of one day since the entry, 0 to 1, with their 95 % intervals."""

    day = serializers.IntegerField()
    arrived = serializers.FloatField(help_text="Aalen–Johansen: in production, stopping competes.")
    arrived_low = serializers.FloatField()
    arrived_high = serializers.FloatField()
    stopped = serializers.FloatField()
    stopped_low = serializers.FloatField()
    stopped_high = serializers.FloatField()


class CurvePointSerializer(StepSerializer):
    """The same at a tick of the axis, with what Kaplan–Meier says."""

    month = serializers.FloatField(help_text="The day in months of 30.4375 days, to a tenth.")
    at_risk = serializers.IntegerField(help_text="Pilots still watched as the day began.")
    kaplan_meier = serializers.FloatField(help_text="As if stopped pilots could still arrive.")
    kaplan_meier_low = serializers.FloatField()
    kaplan_meier_high = serializers.FloatField()


class TimeSerializer(serializers.Serializer[Any]):
    """n + end_not_known = denominator; arrived + stopped + open = n."""

    goal = serializers.ChoiceField([Stage.PRODUCTION.value], allow_null=True, help_text=NO_GOAL)
    enough = serializers.BooleanField(help_text="Whether there are pilots enough for a curve, ten.")
    n = serializers.IntegerField(allow_null=True)
    arrived = serializers.IntegerField(allow_null=True)
    stopped = serializers.IntegerField(allow_null=True)
    open = serializers.IntegerField(allow_null=True)
    end_not_known = serializers.IntegerField(allow_null=True, help_text="Ended on a day nobody knows.")
    arrived_day_not_known = serializers.IntegerField(allow_null=True, help_text="Of these, arrived.")
    imported = serializers.IntegerField(allow_null=True)
    curve = CurvePointSerializer(many=True, help_text="Some days, as a table tells them.")
    steps = StepSerializer(many=True, help_text="To draw: each share holds until the next day told.")


class StageTimeSerializer(serializers.Serializer[Any]):
    """moved_on + ended + gone_back + still_there = stays. Days leave holds out."""

    stage = serializers.ChoiceField(PACED_STAGES)
    stays = serializers.IntegerField()
    moved_on = serializers.IntegerField()
    ended = serializers.IntegerField(help_text="Stopped or retired.")
    gone_back = serializers.IntegerField()
    still_there = serializers.IntegerField()
    day_not_known = serializers.IntegerField(help_text="Begun or ended on a day nobody knows.")
    day_by_50 = serializers.IntegerField(allow_null=True, help_text="By this day half have moved on.")
    day_by_85 = serializers.IntegerField(allow_null=True)
    day_by_95 = serializers.IntegerField(allow_null=True)
    enough = serializers.BooleanField(help_text="Whether ten stays ended by moving on.")


class StagesSerializer(serializers.Serializer[Any]):
    stages = StageTimeSerializer(many=True)


class SectionsSerializer(serializers.Serializer[Any]):
    """The views of the page; one alone where `view` asks for it."""

    age = serializers.DictField(required=False, help_text="Age of open work.")
    time = TimeSerializer(required=False)
    flow = serializers.DictField(required=False, help_text="Cumulative flow, arrivals and departures.")
    stages = StagesSerializer(required=False)
    forecast = serializers.DictField(required=False, help_text="The next quarter, and past forecasts.")
    waiting = serializers.DictField(required=False, help_text="Gate waiting, and patterns.")
    ends = serializers.DictField(required=False, help_text="Why pilots ended, and how long they run.")


class PaceSerializer(serializers.Serializer[Any]):
    """How fast the pilots of a cohort move. They are those that the funnel counts for the same parameters."""

    as_of = serializers.DateField()
    as_seen_by = serializers.CharField()
    entry = serializers.ChoiceField(STAGES)
    denominator = serializers.IntegerField()
    undated = serializers.IntegerField()
    young = serializers.IntegerField()
    sections = SectionsSerializer()


def _view_parameter() -> OpenApiParameter:
    words = "The one view to return; all if left out."
    return OpenApiParameter(VIEW, str, OpenApiParameter.QUERY, enum=list(SECTION_OF), description=words)


class PaceView(ApiView):
    parameters = frozenset({*PARAMETERS, VIEW})

    @extend_schema(
        summary="Measure the pace",
        description="Counts what the caller may see; confidential pilots are in no total, for anyone.",
        parameters=[*parameters_of(FunnelFilterSet, WORDS), _view_parameter()],
        responses=PaceSerializer,
    )
    def get(self, request: Request) -> Response:
        filters = FunnelFilterSet(
            request.query_params, Pilot.objects.visible_to(caller(request)), request=request
        )
        faults = [] if filters.is_valid() else faults_of(filters)
        view = request.query_params.get(VIEW, "")
        if view and view not in SECTION_OF:
            sentence = f"“{view[:40]}” is no view. Known: {', '.join(SECTION_OF)}."
            faults.append(Fault(f"?{VIEW}", "invalid_choice", sentence))
        if faults:
            raise BadQuery(faults)
        asked = [SECTION_OF[view]] if view else SECTIONS
        return Response(shape_pace(Reading(caller(request), filters), asked))


def shape_pace(reading: Reading, sections: Sequence[Section] = SECTIONS) -> dict[str, Any]:
    funnel = reading.funnel
    return {
        "as_of": reading.day.isoformat(),
        "as_seen_by": str(reading.user),
        "entry": reading.cohort.entry.value,
        "denominator": funnel.denominator,
        "undated": funnel.undated,
        "young": funnel.young,
        "sections": {section.code: section.shape(reading) for section in sections},
    }


pace = PaceView.as_view()

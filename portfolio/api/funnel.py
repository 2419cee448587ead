"""The funnel for machines: the numbers of the page, from the same function."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.lifecycle import MAIN_PATH
from pilots.models import Pilot
from pilots.web.filters import faults_of
from pilots.web.problems import BadQuery, Fault
from pilots.web.resources import ApiView
from pilots.web.schema import parameters_of
from pilots.web.tokens import caller
from portfolio.api.benchmarks import BenchmarkSerializer
from portfolio.dashboards.compare import compare
from portfolio.dashboards.comparison import CODES, PARAMETER, asked_by, not_known
from portfolio.dashboards.estimate import estimate
from portfolio.dashboards.filters import PARAMETERS, FunnelFilterSet
from portfolio.dashboards.funnel import count_apart
from portfolio.dashboards.shape import shape_compared, shape_estimate, shape_funnel
from portfolio.dashboards.words import sentence

STAGES = [stage.value for stage in MAIN_PATH]


class BarSerializer(serializers.Serializer[Any]):
    """One step. open + on_hold + ended are those of `reached` that did not reach the next step."""

    stage = serializers.ChoiceField(STAGES)
    reached = serializers.IntegerField(help_text="Ever at this stage or further.")
    there_now = serializers.IntegerField(help_text="At this stage or further on the day looked at.")
    moved_on = serializers.IntegerField(help_text="Reached the next step; 0 for the last.")
    open = serializers.IntegerField()
    on_hold = serializers.IntegerField()
    ended = serializers.IntegerField(help_text="Stopped or retired.")
    deployed = serializers.IntegerField(
        allow_null=True,
        help_text="Of those there now in production, how many are only deployed: a part of the feedback loop "
        "is missing. null: another stage, or a past day.",
    )
    conversion_from_previous = serializers.FloatField(allow_null=True, help_text="0 to 1; null: undefined.")
    conversion_from_entry = serializers.FloatField(allow_null=True)
    median_days = serializers.FloatField(
        allow_null=True, help_text="From the entry to this stage; null: never with both days known."
    )
    median_of = serializers.IntegerField(help_text="Of how many both days are known.")


class EstimateSerializer(serializers.Serializer[Any]):
    """The share that arrives within `days`, after Aalen and Johansen: those still open count by their age."""

    share = serializers.FloatField(help_text="0 to 1.")
    low = serializers.FloatField(help_text="The 95 % interval of the share.")
    high = serializers.FloatField()
    days = serializers.IntegerField(
        help_text="548, or the last day on which ten were still watched where that is sooner."
    )
    n = serializers.IntegerField(help_text="Pilots of which the days needed are known.")


class ComparedSerializer(serializers.Serializer[Any]):
    """One cohort. reached + still_open + ended = denominator; below ten pilots there is no rate."""

    value = serializers.CharField(
        allow_null=True,
        help_text="As the filter names it, of a quarter its first day; empty where pilots have none; null: "
        "the sum of those beyond the 25 that are named.",
    )
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the property
    denominator = serializers.IntegerField()
    reached = serializers.IntegerField(
        allow_null=True,
        help_text="Reached production, or held value where the entry is production; null: nothing follows.",
    )
    still_open = serializers.IntegerField(help_text="Neither reached it nor ended, on hold included.")
    ended = serializers.IntegerField(help_text="Stopped or retired without reaching it.")
    rate = serializers.FloatField(allow_null=True, help_text="reached of denominator, 0 to 1.")
    low = serializers.FloatField(allow_null=True, help_text="The 95 % interval of the rate, after Wilson.")
    high = serializers.FloatField(allow_null=True)


class FunnelSerializer(serializers.Serializer[Any]):
    """How far the pilots of a cohort came. `undated` ones have no known day of entry and stand beside."""

    as_of = serializers.DateField()
    as_seen_by = serializers.CharField()
    denominator = serializers.IntegerField()
    undated = serializers.IntegerField()
    young = serializers.IntegerField(help_text="Left out by `matured_months`: entered less long ago.")
    undecided = serializers.IntegerField(
        allow_null=True,
        help_text="Neither arrived nor ended, on hold included. To arrive is to reach production, or to hold "
        "value where the entry is production; null: nothing follows.",
    )
    sentence = serializers.CharField(help_text="What the page says of these numbers.")
    estimate = EstimateSerializer(allow_null=True, help_text="null: too few, or nothing follows.")
    stages = BarSerializer(many=True)
    benchmarks = BenchmarkSerializer(many=True)
    comparison = ComparedSerializer(many=True, required=False, help_text="Where `by` is asked for.")


WORDS = {
    "entry": "The stage from which is counted; piloting if left out.",
    "as_of": "The day looked at, as it is known today; today if left out.",
    "known_at": "Leave out what was recorded or corrected later.",
}


def _by_parameter() -> OpenApiParameter:
    words = "Compare cohorts by this; no comparison if left out."
    return OpenApiParameter(PARAMETER, str, OpenApiParameter.QUERY, enum=CODES, description=words)


class FunnelView(ApiView):
    parameters = frozenset({*PARAMETERS, PARAMETER})

    @extend_schema(
        summary="Count the funnel",
        description="Counts what the caller may see; confidential pilots are in no total, for anyone.",
        parameters=[*parameters_of(FunnelFilterSet, WORDS), _by_parameter()],
        responses=FunnelSerializer,
    )
    def get(self, request: Request) -> Response:
        filters = FunnelFilterSet(
            request.query_params, Pilot.objects.visible_to(caller(request)), request=request
        )
        faults = [] if filters.is_valid() else faults_of(filters)
        code, by = request.query_params.get(PARAMETER, ""), asked_by(request.query_params)
        if code and by is None:
            faults.append(Fault(f"?{PARAMETER}", "invalid_choice", not_known(code)))
        if faults:
            raise BadQuery(faults)
        counted = count_apart(filters.pilots, filters.cohort)
        shaped = shape_funnel(counted, filters.cohort, caller(request))
        told = estimate(filters.pilots, filters.cohort, counted.goal)
        shaped["estimate"] = shape_estimate(told.told)
        shaped["sentence"] = sentence(counted, is_filtered=_is_narrowed(filters))
        if by:
            rows = compare(filters.pilots, filters.cohort, by)
            shaped["comparison"] = [shape_compared(row) for row in rows]
        return Response(shaped)


def _is_narrowed(filters: FunnelFilterSet) -> bool:
    return any(filters.form.cleaned_data.get(name) for name in PARAMETERS)


funnel = FunnelView.as_view()

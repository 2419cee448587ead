"""Published figures for machines, and which of them this site shows."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.actions.account import require_administrator
from pilots.web.resources import ApiView
from pilots.web.serializers import StrictSerializer
from pilots.web.tokens import by_api, caller
from portfolio.benchmarks.actions import MAY, shown, switch_benchmark
from portfolio.benchmarks.catalogue import CATALOGUE
from portfolio.benchmarks.shape import shape_benchmark


class BenchmarkSerializer(serializers.Serializer[Any]):
    """A published figure. Its unit and its caveat belong to it."""

    code = serializers.CharField()
    name = serializers.CharField()
    value = serializers.FloatField(help_text="A share from 0 to 1, or months, as `unit` says.")
    high = serializers.FloatField(allow_null=True, help_text="The end of a range; null where it is none.")
    is_under = serializers.BooleanField(help_text="Stated as less than `value`.")
    metric = serializers.CharField()
    unit = serializers.CharField()
    population = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    stated_by = serializers.ListField(child=serializers.CharField())
    caveat = serializers.CharField()
    verified = serializers.BooleanField()


class SwitchedSerializer(BenchmarkSerializer):
    on = serializers.BooleanField(help_text="Whether this site shows it.")


class SwitchSerializer(StrictSerializer):
    on = serializers.BooleanField()


class BenchmarksView(ApiView):
    @extend_schema(summary="Read the published figures", responses=SwitchedSerializer(many=True))
    def get(self, request: Request) -> Response:
        on = shown()
        return Response([{**shape_benchmark(one), "on": one in on} for one in CATALOGUE.values()])


class BenchmarkView(ApiView):
    def check_deed(self) -> None:
        require_administrator(caller(self.request), MAY)

    @extend_schema(
        summary="Show a published figure, or leave it out",
        description="For administrators.",
        request=SwitchSerializer,
        responses=SwitchedSerializer,
    )
    def patch(self, request: Request, code: str) -> Response:
        benchmark = CATALOGUE.get(code)
        if benchmark is None:
            raise NotFound(f"There is no published figure “{code[:40]}”. There are: {', '.join(CATALOGUE)}.")
        reading = SwitchSerializer(data=request.data)
        reading.is_valid(raise_exception=True)
        is_on = reading.validated_data["on"]
        switch_benchmark(benchmark, is_on=is_on, by=by_api(request))
        return Response({**shape_benchmark(benchmark), "on": is_on})


benchmarks = BenchmarksView.as_view()
benchmark = BenchmarkView.as_view()

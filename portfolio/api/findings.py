"""Findings across the portfolio for machines: the sentences of the page, from the same reader."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.models import Program
from pilots.web.problems import BadQuery
from pilots.web.resources import ApiView
from pilots.web.scope import Scope
from pilots.web.tokens import caller
from portfolio.findings.read import read_findings
from portfolio.findings.rules import Weight


class AcrossFindingSerializer(serializers.Serializer[Any]):
    """One thing that is so across the portfolio. `note` says what its number cannot say."""

    code = serializers.CharField()
    title = serializers.CharField()
    weight = serializers.ChoiceField([weight.value for weight in Weight])
    sentence = serializers.CharField()
    next_action = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_null=True)


class NotKnownSerializer(serializers.Serializer[Any]):
    """One thing that cannot be said, and why."""

    code = serializers.CharField()
    title = serializers.CharField()
    sentence = serializers.CharField()


class AcrossFindingsSerializer(serializers.Serializer[Any]):
    """Computed now, from what the caller may see; confidential pilots are in no number."""

    found = AcrossFindingSerializer(many=True)
    not_known = NotKnownSerializer(many=True)


class FindingsView(ApiView):
    parameters = frozenset({"program"})

    @extend_schema(
        operation_id="findings_list",
        summary="List findings across the portfolio",
        description="What pilots say only together. It is computed, has no colour and is mailed to nobody.",
        parameters=[
            OpenApiParameter("program", {"type": "string"}, description="Its slug; all you see if left out.")
        ],
        responses=AcrossFindingsSerializer,
    )
    def get(self, request: Request) -> Response:
        user, slug = caller(request), request.query_params.get("program", "")
        if slug and not Program.objects.visible_to(user).filter(slug=slug).exists():
            raise BadQuery.because("program", "There is no program of this name that you may see.")
        told = read_findings(Scope(user, slug).counted, at=timezone.now())
        return Response(
            {
                "found": [
                    {
                        "code": one.code,
                        "title": one.title,
                        "weight": one.weight.value,
                        "sentence": one.sentence,
                        "next_action": one.next_action or None,
                        "note": one.note or None,
                    }
                    for one in told.found
                ],
                "not_known": [
                    {"code": one.code, "title": one.title, "sentence": one.sentence} for one in told.not_known
                ],
            }
        )

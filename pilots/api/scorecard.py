"""The scorecard of rules for machines: the numbers of the page, from the same reader."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.models import Program
from pilots.rules import RULES
from pilots.rules.registry import Rule
from pilots.rules.scorecard import Fate, Score, Side, sentence, verdict
from pilots.web.problems import BadQuery
from pilots.web.resources import ApiView
from pilots.web.scorecard import (
    FARTHEST,
    Scorecard,
    UnreadableIndexDay,
    followed_to,
    index_day,
    read_scorecard,
)
from pilots.web.tokens import caller

_PARAMETERS = [
    OpenApiParameter("program", {"type": "string"}, description="Its slug; all you see if left out."),
    OpenApiParameter(
        "days",
        {"type": "integer", "minimum": 1, "maximum": FARTHEST},
        description="How many days before `until` the rules are asked; 60 if left out.",
    ),
    OpenApiParameter(
        "day", {"type": "string", "format": "date"}, description="The day itself, in place of `days`."
    ),
]


class ShareSerializer(serializers.Serializer[Any]):
    """How many came to this, and which share with its 95 % interval (Wilson); null of fewer than ten."""

    count = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class SideSerializer(serializers.Serializer[Any]):
    """One group of pilots. moved_on + ended + still_there = of."""

    of = serializers.IntegerField()
    moved_on = ShareSerializer()
    ended = ShareSerializer(help_text="Stopped or retired.")
    still_there = ShareSerializer(help_text="Also on hold, or gone back.")


class ScoreSerializer(serializers.Serializer[Any]):
    """One rule: the pilots it flagged on the index day against those it could have flagged."""

    rule = serializers.CharField()
    title = serializers.CharField()
    flagged = SideSerializer()
    not_flagged = SideSerializer()
    left_out = serializers.IntegerField(help_text="Nobody knows whether they had moved before.")
    failed = serializers.IntegerField(help_text="On these the rule failed, by a fault in Headway.")
    lead_days = serializers.FloatField(
        allow_null=True, help_text="Median from its limit to the move or the end; null of fewer than ten."
    )
    lead_of = serializers.IntegerField(
        help_text="How many left on a known day: it is their median. Who is still there is not among them."
    )
    flags_opened = serializers.IntegerField()
    flags_disputed = serializers.IntegerField(help_text="Ever disputed, of those ever opened.")
    sentence = serializers.CharField()
    verdict = serializers.CharField()


class ScorecardSerializer(serializers.Serializer[Any]):
    """What became of pilots between two days, by rule. Counts leave confidential pilots out."""

    day = serializers.DateField(help_text="The index day.")
    until = serializers.DateField(
        help_text="They are followed to this day: today, or the last on which anything was said of any."
    )
    days = serializers.IntegerField()
    pilots = serializers.IntegerField(help_text="That were there on the index day.")
    results = ScoreSerializer(many=True)


class ScorecardView(ApiView):
    parameters = frozenset({"program", "days", "day"})

    @extend_schema(
        operation_id="rules_scorecard",
        summary="Hold rules against outcomes",
        description=(
            "Asks every rule about the end of a past day, by the limits of today, and tells what became of "
            "the pilots it flagged and of those it could have flagged. It describes; it proves no cause."
        ),
        parameters=_PARAMETERS,
        responses=ScorecardSerializer,
    )
    def get(self, request: Request) -> Response:
        now, asked = timezone.now(), request.query_params
        program = _program(request)
        until = followed_to(caller(request), at=now, program=program)
        try:
            day = index_day(days=asked.get("days", ""), day=asked.get("day", ""), today=until)
        except UnreadableIndexDay as wrong:
            raise BadQuery.because(wrong.name, str(wrong)) from wrong
        card = read_scorecard(caller(request), at=now, day=day, program=program, until=until)
        return Response(shape_scorecard(card))


def _program(request: Request) -> Program | None:
    slug = request.query_params.get("program")
    if slug is None:
        return None
    found = Program.objects.visible_to(caller(request)).filter(slug=slug).first()
    if found is None:
        raise BadQuery.because("program", "There is no program of this name that you may see.")
    return found


def shape_scorecard(card: Scorecard) -> dict[str, Any]:
    return {
        "day": card.day.isoformat(),
        "until": card.until.isoformat(),
        "days": card.days,
        "pilots": card.pilots,
        "results": [_shape(rule, card.scores[rule.key], card) for rule in RULES],
    }


def _shape(rule: Rule, score: Score, card: Scorecard) -> dict[str, Any]:
    return {
        "rule": rule.key,
        "title": rule.title,
        "flagged": _shape_side(score.flagged),
        "not_flagged": _shape_side(score.spared),
        "left_out": score.unplaced,
        "failed": score.failed,
        "lead_days": score.lead_days,
        "lead_of": score.lead_of,
        "flags_opened": score.opened,
        "flags_disputed": score.disputed,
        "sentence": sentence(score, days=card.days, on=card.on),
        "verdict": verdict(score),
    }


def _shape_side(side: Side) -> dict[str, Any]:
    return {"of": side.of, **{fate.value: _shape_share(side, fate) for fate in Fate}}


def _shape_share(side: Side, fate: Fate) -> dict[str, Any]:
    interval = side.interval(fate)
    return {
        "count": side.counts[fate],
        "share": side.share(fate),
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
    }

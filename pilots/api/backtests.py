"""Backtests: limits of a rule, tried on the past by a worker before they are set."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.models import Program, User
from pilots.actions.backtest import FEWEST_DAYS, MOST_DAYS, YEAR, ask_backtest
from pilots.actions.by import Refused
from pilots.api import codes
from pilots.api.history import PersonSerializer, shape_person
from pilots.api.rules import WholeNumberField, find_rule, in_body
from pilots.models import Backtest, Pilot
from pilots.models.backtest import State
from pilots.rules.backtest import Became, verdict
from pilots.web.resources import ApiView
from pilots.web.serializers import StrictSerializer, VisibleField, moment
from pilots.web.tokens import by_api, caller

MOST = 50  # newest ones that are listed


# --- What goes out -----------------------------------------------------------------


class BacktestSideSerializer(serializers.Serializer[Any]):
    """What one set of limits would have flagged."""

    flagged = serializers.IntegerField(help_text="Pilots.")
    episodes = serializers.IntegerField(help_text="Stretches of days without a break; a pilot may have many.")
    from_before = serializers.IntegerField(help_text="Pilots flagged already on the first day.")
    escalations = serializers.IntegerField(help_text="How often a flag became worse.")
    worst = serializers.DictField(child=serializers.IntegerField(), help_text="Pilots by the worst severity.")
    days = serializers.DictField(child=serializers.IntegerField(), help_text="Days flagged, by severity.")
    became = serializers.DictField(
        child=serializers.IntegerField(),
        help_text=f"Pilots by what became of them: {', '.join(Became)}.",
    )
    lead_days = serializers.IntegerField(
        allow_null=True, help_text="Median from the first flag to the move or the end."
    )
    lead_of = serializers.IntegerField(help_text="Of so many pilots.")
    months = serializers.DictField(
        child=serializers.IntegerField(), help_text="Episodes that began, by month: 2026-03."
    )


class BacktestApartSerializer(serializers.Serializer[Any]):
    """A pilot that only one of the two sets of limits would have flagged."""

    pilot = serializers.CharField()
    since = serializers.DateField(allow_null=True, help_text="null: before the first day.")
    became = serializers.ChoiceField(codes.BECAME)


class BacktestResultSerializer(serializers.Serializer[Any]):
    """What came of it. Confidential pilots are in no figure."""

    looked_at = serializers.IntegerField(help_text="Pilots the rule could have judged on one day at least.")
    failed = serializers.IntegerField(help_text="Pilots left out because the rule failed on them.")
    programs_apart = serializers.IntegerField(help_text="Programs that keep limits of their own.")
    in_force = BacktestSideSerializer()
    proposed = BacktestSideSerializer()
    both = serializers.IntegerField(help_text="Pilots both would have flagged.")
    earlier_days = serializers.IntegerField(
        allow_null=True, help_text="Median by which the proposed limits tell earlier; below 0: later."
    )
    earlier_of = serializers.IntegerField()
    newly = BacktestApartSerializer(many=True, help_text="Those of them the caller may see.")
    no_longer = BacktestApartSerializer(many=True, help_text="Those of them the caller may see.")


class BacktestSerializer(serializers.Serializer[Any]):
    """Limits tried on the past of a program, or (null) of the whole site."""

    id = serializers.IntegerField()
    rule = serializers.CharField()
    program = serializers.SlugField(allow_null=True)
    limits = serializers.DictField(child=serializers.IntegerField())
    in_force = serializers.DictField(child=serializers.IntegerField(), help_text="When it began.")
    first_on = serializers.DateField()
    last_on = serializers.DateField()
    asked_by = PersonSerializer(allow_null=True, help_text="null: the command line.")
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(codes.BACKTEST_STATE)
    percent = serializers.IntegerField(help_text="How far it is.")
    says = serializers.CharField(allow_null=True, help_text="What came of it, in a sentence or two.")
    error = serializers.CharField(allow_null=True)


class WholeBacktestSerializer(BacktestSerializer):
    """A backtest with its figures."""

    result = BacktestResultSerializer(allow_null=True, help_text="null until it is done.")


class BacktestsSerializer(serializers.Serializer[Any]):
    """The newest backtests; this list has one page."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = BacktestSerializer(many=True)


def shape_backtest(row: Backtest) -> dict[str, Any]:
    state = row.state(timezone.now())
    return {
        "id": row.pk,
        "rule": row.rule,
        "program": row.program.slug if row.program else None,
        "limits": row.limits,
        "in_force": row.in_force,
        "first_on": row.first_on.isoformat(),
        "last_on": row.last_on.isoformat(),
        "asked_by": shape_person(row.asked_by),
        "asked_at": moment(row.asked_at),
        "finished_at": moment(row.finished_at) if row.finished_at else None,
        "state": state.value,
        "percent": 100 if state is State.DONE else row.percent,
        "says": verdict(row.result) if state is State.DONE else None,
        "error": row.error or None,
    }


def shape_whole(row: Backtest, reader: User) -> dict[str, Any]:
    is_done = row.state(timezone.now()) is State.DONE
    result = _shape_result(row, reader) if is_done else None
    return shape_backtest(row) | {"result": result}


def _shape_result(row: Backtest, reader: User) -> dict[str, Any]:
    """Name the pilots by their keys, as far as the reader sees and counts them today."""
    apart = {name: row.result[name] for name in ("newly", "no_longer")}
    ids = [pk for rows in apart.values() for pk, *_ in rows]
    seen = Pilot.objects.visible_to(reader).countable(reader, of=row.program).filter(pk__in=ids)
    keys = dict(seen.order_by("pk").values_list("pk", "key"))
    return {**row.result, **{name: _shape_apart(rows, keys) for name, rows in apart.items()}}


def _shape_apart(rows: Sequence[Sequence[Any]], keys: Mapping[int, str]) -> list[dict[str, Any]]:
    return [{"pilot": keys[pk], "since": since, "became": became} for pk, since, became in rows if pk in keys]


# --- What comes in -----------------------------------------------------------------


class AskBacktestSerializer(StrictSerializer):
    """Limits to try by name. Those left out are as they hold without a setting there."""

    program = VisibleField("slug", among=Program.objects.visible_to, noun="program", allow_null=True)
    limits = serializers.DictField(
        child=WholeNumberField(),
        error_messages={"not_a_dict": 'Send an object of limits by name, such as {{"high": 120}}.'},
    )
    days = WholeNumberField(
        required=False, help_text=f"From {FEWEST_DAYS} to {MOST_DAYS:,}; {YEAR} unless told."
    )


def _rows(request: Request, rule: str) -> QuerySet[Backtest]:
    rows = Backtest.objects.visible_to(caller(request)).filter(rule=rule)
    return rows.select_related("program", "asked_by")


class BacktestList(ApiView):
    def check_deed(self) -> None:
        find_rule(self.kwargs["rule"])

    @extend_schema(
        operation_id="rules_backtests_list",
        summary="List backtests of a rule",
        description=f"The newest {MOST} of programs the caller runs, and of the site for administrators.",
        responses=BacktestsSerializer,
    )
    def get(self, request: Request, rule: str) -> Response:
        rows = _rows(request, rule).order_by("-asked_at", "-pk")[:MOST]
        return Response({"next": None, "previous": None, "results": [shape_backtest(row) for row in rows]})

    @extend_schema(
        operation_id="rules_backtests_ask",
        summary="Try limits on the past",
        description=(
            "Nothing is set. A worker looks at every past day; read the backtest again until its state is "
            "done or failed. Whoever may set the limits may try them."
        ),
        request=AskBacktestSerializer,
        responses={202: WholeBacktestSerializer},
        examples=[
            OpenApiExample(
                "Later",
                request_only=True,
                value={"program": "claims", "limits": {"high": 150}, "days": 365},
            )
        ],
    )
    def post(self, request: Request, rule: str) -> Response:
        found = find_rule(rule)
        serializer = AskBacktestSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        try:
            row = ask_backtest(
                found,
                values["limits"],
                program=values["program"],
                days=values.get("days", YEAR),
                by=by_api(request),
            )
        except Refused as refused:
            raise Refused(in_body(refused.reasons)) from refused
        address = request.build_absolute_uri(reverse("api:rule_backtest", args=[rule, row.pk]))
        return Response(shape_whole(row, caller(request)), status=202, headers={"Location": address})


class BacktestRead(ApiView):
    @extend_schema(
        operation_id="rules_backtests_retrieve",
        summary="Read a backtest",
        responses=WholeBacktestSerializer,
    )
    def get(self, request: Request, rule: str, pk: int) -> Response:
        row = get_object_or_404(_rows(request, rule), pk=pk)
        return Response(shape_whole(row, caller(request)))

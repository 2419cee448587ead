"""Flags: what the rules found, and what people say of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.permissions import Deed
from pilots.actions.flag import LONGEST_REASON, Dispute, Snooze, dispute_flags, snooze_flags, wake_flags
from pilots.api import codes
from pilots.api.flag_bulk import AssignSerializer, FlagsBulkSerializer, answer_many, assign
from pilots.api.history import PersonSerializer, shape_person
from pilots.models import Flag
from pilots.web.flag_filters import FlagFilterSet
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    DayField,
    NothingSerializer,
    PlainSerializer,
    StrictSerializer,
    TextField,
    day,
    moment,
)
from pilots.web.tokens import caller
from pilots.web.unblock import Unblocker, who_can

_ITS_DAY = "The same as a day of its program: on it, the flag counts again."


class UnblockerSerializer(serializers.Serializer[Any]):
    """Somebody who can clear a flag."""

    name = serializers.CharField()
    is_you = serializers.BooleanField()


class PassedLimitSerializer(serializers.Serializer[Any]):
    """The limit that was passed, as it was set then."""

    name = serializers.CharField()
    value = serializers.IntegerField()
    unit = serializers.CharField(allow_null=True, help_text="null: this release no longer has the rule.")


class FlagSerializer(PlainSerializer):
    """What a rule found on a pilot. It closes by itself when the fact is gone."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    rule = serializers.CharField(help_text="Its key, such as R-01 or R-04-heard; see rules/.")
    title = serializers.CharField()
    kind = serializers.ChoiceField(codes.RULE_CLASS)
    pattern = serializers.ChoiceField(codes.PATTERN)
    severity = serializers.ChoiceField(codes.SEVERITY)
    fact = serializers.CharField(help_text="A sentence as of today; of a closed flag, as of that day.")
    since = serializers.DateField(help_text="The day the fact counts from.")
    crossed_on = serializers.DateField(help_text="The day the limit was passed.")
    days = serializers.IntegerField(help_text="Since the limit was passed.")
    limit = PassedLimitSerializer()
    details = serializers.DictField(help_text="The plain values behind the sentence.")
    next_action = serializers.CharField()
    clears_when = serializers.CharField(allow_null=True)
    who_can_unblock = UnblockerSerializer(many=True)
    assignee = PersonSerializer(allow_null=True, help_text="Who sees to it; null: nobody is named.")
    is_starting = serializers.BooleanField(help_text="Already so when the pilot came here: never news.")
    is_widespread = serializers.BooleanField(
        help_text="So common in its program that it is told once, and leaves health."
    )
    is_counting = serializers.BooleanField(help_text="Whether it bears on the pilot's health now.")
    opened_at = serializers.DateTimeField()
    escalated_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    snoozed_until = serializers.DateTimeField(allow_null=True)
    snoozed_until_day = serializers.DateField(allow_null=True, help_text=_ITS_DAY)
    snooze_reason = serializers.CharField(allow_null=True)
    disputed_until = serializers.DateTimeField(allow_null=True)
    disputed_until_day = serializers.DateField(allow_null=True, help_text=_ITS_DAY)
    dispute_reason = serializers.CharField(allow_null=True)

    def shape(self, instance: Flag) -> dict[str, Any]:
        raise TypeError("Flags are shaped together: `shape_flags`.")


class FlagsSerializer(serializers.Serializer[Any]):
    """Flags as they are now."""

    flags = FlagSerializer(many=True)


def shape_flags(
    flags: Sequence[Flag], people: dict[int, list[Unblocker]], at: datetime
) -> list[dict[str, Any]]:
    return [_shape(flag, people.get(flag.pk, []), at) for flag in flags]


def _shape(flag: Flag, people: Sequence[Unblocker], at: datetime) -> dict[str, Any]:
    today = flag.pilot.program.today(flag.closed_at or at)
    rule = flag.known_rule
    units = {limit.name: limit.unit for limit in rule.limits} if rule else {}
    return {
        "id": flag.pk,
        "pilot": flag.pilot.key,
        "rule": flag.rule_key,
        "title": rule.title if rule else flag.rule_key,
        "kind": flag.kind,
        "pattern": flag.pattern,
        "severity": flag.severity,
        "fact": flag.fact(today),
        "since": day(flag.since),
        "crossed_on": day(flag.crossed_on),
        "days": flag.days(today),
        "limit": {
            "name": flag.limit_name,
            "value": flag.limit,
            "unit": units.get(flag.limit_name),
        },
        "details": flag.details,
        "next_action": flag.next_action,
        "clears_when": rule.clears_when if rule else None,
        "who_can_unblock": [{"name": person.name, "is_you": person.is_reader} for person in people],
        "assignee": shape_person(flag.assignee),
        "is_starting": flag.is_starting,
        "is_widespread": flag.is_widespread,
        "is_counting": flag.counts(at),
        "opened_at": moment(flag.opened_at),
        "escalated_at": moment(flag.escalated_at),
        "closed_at": moment(flag.closed_at),
        "snoozed_until": moment(flag.snoozed_until),
        "snoozed_until_day": _day_of(flag, flag.snoozed_until),
        "snooze_reason": (flag.snoozed_until and flag.snooze_reason) or None,
        "disputed_until": moment(flag.disputed_until),
        "disputed_until_day": _day_of(flag, flag.disputed_until),
        "dispute_reason": (flag.disputed_until and flag.dispute_reason) or None,
    }


def _day_of(flag: Flag, until: datetime | None) -> str | None:
    return day(flag.pilot.program.today(until)) if until else None


class SnoozeSerializer(StrictSerializer):
    """Until which day it rests, and why. On that day it counts again; an escalation wakes it sooner."""

    until = DayField()
    reason = TextField(max_length=LONGEST_REASON)


class DisputeSerializer(StrictSerializer):
    """Why the rule is wrong here. Without a day it is looked at again after four weeks."""

    reason = TextField(max_length=LONGEST_REASON)
    until = DayField(required=False)


@extend_schema_view(
    list=extend_schema(
        summary="List flags", description="Of the pilots the caller may see, open and closed."
    ),
    retrieve=extend_schema(summary="Read a flag"),
)
class FlagResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {
        "snooze": (Deed.SNOOZE,),
        "dispute": (Deed.SNOOZE,),
        "wake": (Deed.SNOOZE,),
        "assign": (Deed.SNOOZE,),
    }
    filterset_class = FlagFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "opened_at": "opened_at"}
    queryset = Flag.objects.none()
    serializer_class = FlagSerializer
    http_method_names = ["get", "head", "post"]

    def queryset_for(self, request: Request) -> QuerySet[Flag]:
        return Flag.objects.visible_to(caller(request)).select_related("pilot__program", "assignee")

    def shape_all(self, rows: Sequence[Flag]) -> list[dict[str, Any]]:
        people = who_can([flag for flag in rows if flag.closed_at is None], caller(self.request))
        return shape_flags(rows, people, timezone.now())

    @extend_schema(
        summary="Snooze a flag",
        description="It stays to be seen and leaves health until that day.",
        request=SnoozeSerializer,
        responses=FlagSerializer,
        examples=[
            OpenApiExample(
                "Until January",
                request_only=True,
                value={"until": "2027-01-11", "reason": "The new owner starts in January."},
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=SnoozeSerializer)
    def snooze(self, request: Request, pk: str) -> Response:
        flag = self.get_object()
        return self._done(snooze_flags([Snooze(flag=flag, **self.read())], by=self.by()))

    @extend_schema(
        summary="Dispute a flag",
        description="Says that the rule is wrong here. Disputes are counted with the rule.",
        request=DisputeSerializer,
        responses=FlagSerializer,
        examples=[
            OpenApiExample("Wrong", request_only=True, value={"reason": "It was live in October already."})
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=DisputeSerializer)
    def dispute(self, request: Request, pk: str) -> Response:
        flag = self.get_object()
        return self._done(dispute_flags([Dispute(flag=flag, **self.read())], by=self.by()))

    @extend_schema(summary="Wake a flag", request=NothingSerializer, responses=FlagSerializer)
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def wake(self, request: Request, pk: str) -> Response:
        flag = self.get_object()
        self.read()
        return self._done(wake_flags([flag], by=self.by()))

    @extend_schema(
        summary="Assign a flag",
        description="Says who sees to it. Health stays as it is, and so do the owners of the pilot.",
        request=AssignSerializer,
        responses=FlagSerializer,
        examples=[OpenApiExample("To somebody", request_only=True, value={"person": 7})],
    )
    @action(detail=True, methods=["post"], serializer_class=AssignSerializer)
    def assign(self, request: Request, pk: str) -> Response:
        flag = self.get_object()
        return self._done(assign([flag], self.read()["person"], by=self.by()))

    @extend_schema(
        summary="Answer for several flags",
        description="Snoozes, assigns or wakes all of them, or none where one is refused.",
        request=FlagsBulkSerializer,
        responses=FlagsSerializer,
        examples=[
            OpenApiExample(
                "Snooze",
                request_only=True,
                value={"ids": [11, 12], "action": "snooze", "until": "2026-12-01", "reason": "Code freeze."},
            )
        ],
    )
    @action(detail=False, methods=["post"], serializer_class=FlagsBulkSerializer)
    def bulk(self, request: Request) -> Response:
        done = answer_many(self.get_queryset(), self.read(), by=self.by())
        found = {flag.pk: flag for flag in self.get_queryset().filter(pk__in=[flag.pk for flag in done])}
        return Response({"flags": self.shape_all([found[flag.pk] for flag in done])})

    def _done(self, flags: Sequence[Flag]) -> Response:
        found = self.get_queryset().get(pk=flags[0].pk)
        return Response(self.shape_all([found])[0])

"""Decisions: asked first, then decided."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pilots.access.models import Program, User
from pilots.actions.decision import (
    LONGEST_OPTION,
    LONGEST_QUESTION,
    LONGEST_REASON,
    MOST_OPTIONS,
    PROPOSED_OPTIONS,
    NewDecision,
    Settlement,
    ask_decision,
    decide,
    require_to_decide,
)
from pilots.api.history import PersonSerializer, shape_person
from pilots.models import Decision, Pilot
from pilots.web.filter_fields import DayFilter, MomentFilter, SlugFilter, YesNoFilter
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    DayField,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    TextField,
    TextsField,
    VisibleField,
    VisibleIdField,
    day,
    moment,
)
from pilots.web.tokens import caller


class DecisionSerializer(PlainSerializer):
    """A question somebody has to settle, and what was decided."""

    id = serializers.IntegerField()
    pilot = serializers.CharField(allow_null=True, help_text="null: it is about the program.")
    program = serializers.CharField()
    question = serializers.CharField()
    options = serializers.ListField(child=serializers.CharField(), help_text="Empty: the answer is free.")
    decider = PersonSerializer(allow_null=True, help_text="null: any manager of the program.")
    needed_by = serializers.DateField(allow_null=True)
    asked_by = PersonSerializer(allow_null=True, help_text="null: Headway itself.")
    asked_at = serializers.DateTimeField()
    decided_on = serializers.DateField(allow_null=True, help_text="null while it waits.")
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = PersonSerializer(allow_null=True)
    choice = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    authority = serializers.CharField(allow_null=True)

    def shape(self, instance: Decision) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key if instance.pilot else None,
            "program": instance.program.slug,
            "question": instance.question,
            "options": list(instance.options),
            "decider": shape_person(instance.decider),
            "needed_by": day(instance.needed_by),
            "asked_by": shape_person(instance.asked_by),
            "asked_at": moment(instance.asked_at),
            "decided_on": day(instance.decided_on),
            "decided_at": moment(instance.decided_at),
            "decided_by": shape_person(instance.decided_by),
            "choice": instance.choice or None,
            "reason": instance.reason or None,
            "authority": instance.authority or None,
        }


def _sees(person: User, asked: dict[str, Any]) -> bool:
    if "pilot" in asked:
        return Pilot.objects.visible_to(person).filter(pk=asked["pilot"].pk).exists()
    return Program.objects.visible_to(person).filter(pk=asked["program"].pk).exists()


def _named_people(_user: User) -> QuerySet[User]:
    """Return who can be named by their id, if they see what it is about."""
    return User.objects.filter(is_active=True)


class AskSerializer(StrictSerializer):
    """A question about a pilot, or about a program. Without a decider any manager may settle it."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot", required=False)
    program = VisibleField("slug", among=Program.objects.visible_to, noun="program", required=False)
    question = TextField(max_length=LONGEST_QUESTION)
    options = TextsField(
        longest=LONGEST_OPTION,
        max_length=MOST_OPTIONS,
        required=False,
        help_text=f"Left out: {', '.join(PROPOSED_OPTIONS)}. An empty list: the answer is free.",
    )
    decider = VisibleIdField(among=_named_people, noun="person", required=False, allow_null=True)
    needed_by = DayField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("pilot" in attrs) == ("program" in attrs):
            sentence = "Name a pilot or a program, and not both."
            raise ValidationError({"pilot": ErrorDetail(sentence, code="required")})
        decider = attrs.get("decider")
        if decider is not None and not _sees(decider, attrs):
            # Said as of somebody who is not there: an id must not tell names of other programs.
            sentence = f"There is no person “{decider.pk}” that you can see."
            raise ValidationError({"decider": ErrorDetail(sentence, code="does_not_exist")})
        return attrs


class SettlementSerializer(StrictSerializer):
    """What is decided."""

    choice = TextField(max_length=LONGEST_OPTION)
    reason = NullableText(max_length=LONGEST_REASON, required=False)
    authority = NullableText(max_length=LONGEST_OPTION, required=False)
    decided_on = DayField(required=False, allow_null=True, help_text="Left out: today.")


class DecisionFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    program = SlugFilter(label="Program", visible=programs_in_reach, noun="program", to_field_name="slug")
    waiting = YesNoFilter(label="Waits", field_name="decided_on", lookup_expr="isnull")
    mine = YesNoFilter(label="Mine to decide", method="that_are_mine")
    needed_before = DayFilter(label="Needed before", field_name="needed_by", lookup_expr="lt")
    asked_since = MomentFilter(label="Asked since", field_name="asked_at", lookup_expr="gte")
    decided_since = MomentFilter(label="Decided since", field_name="decided_at", lookup_expr="gte")

    def that_are_mine(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 -- django-filter calls it so
        mine = Decision.objects.for_decider(caller(self.request)).values("pk")
        return rows.filter(pk__in=mine) if value else rows.exclude(pk__in=mine)


@extend_schema_view(
    list=extend_schema(
        summary="List decisions", description="Those about visible pilots and programs, waiting or decided."
    ),
    retrieve=extend_schema(summary="Read a decision"),
)
class DecisionResource(ReadResource):
    filterset_class = DecisionFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "asked_at": "asked_at"}
    queryset = Decision.objects.none()
    serializer_class = DecisionSerializer
    http_method_names = ["get", "head", "post"]

    def queryset_for(self, request: Request) -> QuerySet[Decision]:
        return Decision.objects.visible_to(caller(request)).select_related(
            "pilot", "program", "decider", "asked_by", "decided_by"
        )

    def check_deed(self) -> None:
        if self.action == "decide":
            require_to_decide(self.get_object(), caller(self.request))

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return AskSerializer if self.action == "create" else super().get_serializer_class()

    @extend_schema(
        summary="Ask for a decision",
        responses={201: DecisionSerializer},
        examples=[
            OpenApiExample(
                "Of any manager",
                request_only=True,
                value={"pilot": "CLM-12", "question": "Extend to 26 weeks?", "needed_by": "2099-05-03"},
            )
        ],
    )
    def create(self, request: Request) -> Response:
        decision = ask_decision(NewDecision(**self.read()), by=self.by())
        return self.created(self._shape(decision), decision.pk)

    @extend_schema(
        summary="Decide",
        description="For whoever it was asked of, and managers. Deciding to stop stops nothing by itself.",
        request=SettlementSerializer,
        responses={200: DecisionSerializer},
        examples=[
            OpenApiExample(
                "Go on", request_only=True, value={"choice": "Go on", "reason": "The figures hold."}
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=SettlementSerializer, url_path="decide")
    def decide(self, request: Request, pk: str) -> Response:
        decision = self.get_object()
        decided = decide(Settlement(decision=decision, **self.read()), by=self.by())
        return Response(self._shape(decided))

    def _shape(self, decision: Decision) -> dict[str, Any]:
        return DecisionSerializer().shape(self.get_queryset().get(pk=decision.pk))

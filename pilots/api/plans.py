"""Plans, and the phases they consist of."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import django_filters
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pilots.access.permissions import Deed
from pilots.actions.by import Refused
from pilots.actions.phase import (
    ClosePhase,
    ReopenPhase,
    StartPhase,
    close_phase,
    reopen_phase,
    start_phase,
)
from pilots.actions.plan import NewPlan, make_plan
from pilots.api import codes
from pilots.api.history import PersonSerializer, shape_person
from pilots.models import Phase, Pilot, Plan, ScopeChange
from pilots.plans import Template
from pilots.web.etags import read_version
from pilots.web.filter_fields import IdFilter, SlugFilter, YesNoFilter
from pilots.web.pilot_filters import pilots_in_reach
from pilots.web.replanned import slip_days
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    CodeField,
    DayField,
    PlainSerializer,
    StrictSerializer,
    TextField,
    VisibleField,
    day,
    moment,
)
from pilots.web.tokens import caller

MOST_PHASES = 12

# --- Phases ------------------------------------------------------------------------


class PhaseSerializer(PlainSerializer):
    """One stretch of a plan. It is over when somebody closes it, not when its days are."""

    id = serializers.IntegerField()
    plan = serializers.IntegerField(help_text="The id of its plan.")
    pilot = serializers.CharField()
    number = serializers.IntegerField()
    code = serializers.ChoiceField(
        codes.PHASE_CODE, allow_null=True, help_text="The kind, from which its exit criteria follow."
    )
    title = serializers.CharField()
    planned_start = serializers.DateField(help_text="As planned; days on hold or frozen are not added.")
    planned_end = serializers.DateField()
    started_on = serializers.DateField(
        allow_null=True, help_text="null: the day after the phase before it, or its own."
    )
    finished_on = serializers.DateField(allow_null=True, help_text="null while it is open.")
    finished_by = PersonSerializer(allow_null=True)
    note = serializers.CharField(allow_null=True, help_text="What was there when it was closed.")

    def shape(self, instance: Phase) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "plan": instance.plan_id,
            "pilot": instance.pilot.key,
            "number": instance.number,
            "code": instance.code or None,
            "title": instance.title,
            "planned_start": day(instance.planned_start),
            "planned_end": day(instance.planned_end),
            "started_on": day(instance.started_on),
            "finished_on": day(instance.finished_on),
            "finished_by": shape_person(instance.finished_by),
            "note": instance.note or None,
        }


class BeginningSerializer(StrictSerializer):
    """That work on a phase has begun: today when `started_on` is left out."""

    started_on = DayField(required=False)


class ClosingSerializer(StrictSerializer):
    """That a phase is over; `finished_on` is today when it is left out."""

    note = TextField(max_length=4000, help_text="What is there now: two lines or a link.")
    finished_on = DayField(required=False)


class ReopeningSerializer(StrictSerializer):
    """Why a phase is open again."""

    reason = TextField(max_length=4000)


class PhaseFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(
        label="Pilot", field_name="plan__pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key"
    )
    plan = IdFilter(label="Plan", field_name="plan_id")
    live = YesNoFilter(label="Of a plan that counts", field_name="plan__replaced_at", lookup_expr="isnull")
    open = YesNoFilter(label="Open", field_name="finished_on", lookup_expr="isnull")


@extend_schema_view(list=extend_schema(summary="List phases"), retrieve=extend_schema(summary="Read a phase"))
class PhaseResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {
        "start": (Deed.PLAN,),
        "close": (Deed.PLAN,),
        "reopen": (Deed.PLAN,),
    }
    filterset_class = PhaseFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "planned_end": "planned_end"}
    queryset = Phase.objects.none()
    serializer_class = PhaseSerializer
    has_versions = True
    http_method_names = ["get", "head", "post"]

    def queryset_for(self, request: Request) -> QuerySet[Phase]:
        pilots = Pilot.objects.visible_to(caller(request))
        return Phase.objects.filter(plan__pilot__in=pilots).select_related("plan__pilot", "finished_by")

    @extend_schema(
        summary="Say that a phase has begun",
        description="Where it did not wait for the phase before it.",
        request=BeginningSerializer,
        responses={200: PhaseSerializer},
        examples=[OpenApiExample("Early", request_only=True, value={"started_on": "2026-11-02"})],
    )
    @action(detail=True, methods=["post"], serializer_class=BeginningSerializer)
    def start(self, request: Request, pk: str) -> Response:
        phase, values = self.get_object(), self.read()
        version = read_version(request, phase.pilot)
        asked = StartPhase(phase=phase, started_on=values.get("started_on"), version=version)
        return self._shown(start_phase, asked)

    @extend_schema(
        summary="Close a phase",
        description=(
            "Phases close in their order, when their exit criteria are met or waived and their required "
            "milestones done; a refusal names what is missing. It counts as movement."
        ),
        request=ClosingSerializer,
        responses={200: PhaseSerializer},
        examples=[
            OpenApiExample(
                "Defined",
                request_only=True,
                value={"note": "Three KPIs are signed.", "finished_on": "2026-11-02"},
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=ClosingSerializer)
    def close(self, request: Request, pk: str) -> Response:
        phase, values = self.get_object(), self.read()
        version = read_version(request, phase.pilot)
        closing = ClosePhase(
            phase=phase, note=values["note"], finished_on=values.get("finished_on"), version=version
        )
        return self._shown(close_phase, closing)

    @extend_schema(
        summary="Open a phase again",
        request=ReopeningSerializer,
        responses={200: PhaseSerializer},
        examples=[
            OpenApiExample("Not done", request_only=True, value={"reason": "The third KPI was withdrawn"})
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=ReopeningSerializer)
    def reopen(self, request: Request, pk: str) -> Response:
        phase, values = self.get_object(), self.read()
        version = read_version(request, phase.pilot)
        return self._shown(reopen_phase, ReopenPhase(phase=phase, reason=values["reason"], version=version))

    def _shown(self, act: Callable[..., Phase], asked: Any) -> Response:
        phase = self.get_queryset().get(pk=act(asked, by=self.by()).pk)
        return Response(PhaseSerializer().shape(phase), headers={"ETag": f'"v{phase.pilot.version}"'})


# --- Plans -------------------------------------------------------------------------


class ScopeChangeSerializer(PlainSerializer):
    """Use case, KPI or serving pattern, changed after day 15 of the plan."""

    id = serializers.IntegerField()
    day = serializers.IntegerField(help_text="Of the plan, held and frozen days taken out.")
    what = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    reason = serializers.CharField(allow_null=True, help_text="null: an import said none.")
    made_at = serializers.DateTimeField()
    made_by = PersonSerializer(allow_null=True)

    def shape(self, instance: ScopeChange) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "day": instance.day,
            "what": instance.what,
            "before": instance.before,
            "after": instance.after,
            "reason": instance.reason or None,
            "made_at": moment(instance.made_at),
            "made_by": shape_person(instance.made_by),
        }


class PlanSerializer(PlainSerializer):
    """The dated way of a pilot to its users. One counts; those it replaced stay."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    number = serializers.IntegerField()
    template = serializers.ChoiceField(codes.PLAN_TEMPLATE)
    start = serializers.DateField(help_text="Day 1.")
    reason = serializers.CharField(allow_null=True)
    made_at = serializers.DateTimeField()
    made_by = PersonSerializer(allow_null=True, help_text="null: Headway itself.")
    replaced_at = serializers.DateTimeField(allow_null=True, help_text="null while it counts.")
    slip_days = serializers.IntegerField(
        help_text="By how many days its end lies after that of the pilot's first plan; negative for before."
    )
    scope_changes = ScopeChangeSerializer(many=True, help_text="What day 15 settled and was changed since.")
    phases = PhaseSerializer(many=True)

    def shape(self, instance: Plan) -> dict[str, Any]:
        phases = sorted(instance.phases.all(), key=lambda phase: phase.number)
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "number": instance.number,
            "template": instance.template,
            "start": day(instance.start),
            "reason": instance.reason or None,
            "made_at": moment(instance.made_at),
            "made_by": shape_person(instance.made_by),
            "replaced_at": moment(instance.replaced_at),
            "slip_days": self._slip(instance, phases),
            "scope_changes": [
                ScopeChangeSerializer().shape(change)
                for change in sorted(instance.scope_changes.all(), key=lambda change: change.pk)
            ],
            "phases": [PhaseSerializer().shape(phase) for phase in phases],
        }

    def _slip(self, plan: Plan, phases: list[Phase]) -> int:
        first = next(other for other in plan.pilot.plans.all() if other.number == 1)
        return 0 if first.pk == plan.pk else slip_days(phases, first.phases.all())


class NewPlanSerializer(StrictSerializer):
    """A plan to make: from today unless `start` says otherwise, by the template that fits the pilot.

    Planning anew keeps start and template of the plan before it, and what is closed stays closed.
    """

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")
    start = DayField(required=False)
    template = CodeField(Template, required=False)
    last_days = serializers.ListField(
        child=DayField(allow_null=True),
        required=False,
        max_length=MOST_PHASES,
        help_text=(
            "The last day of each phase in order, what paused the pilot so far in it; null where that of "
            "the template counts."
        ),
    )
    reason = TextField(required=False, allow_blank=True, max_length=500)


class PlanFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    live = YesNoFilter(label="Counts", field_name="replaced_at", lookup_expr="isnull")


@extend_schema_view(
    list=extend_schema(summary="List plans", description="With their phases; those that were replaced too."),
    retrieve=extend_schema(summary="Read a plan"),
)
class PlanResource(ReadResource):
    filterset_class = PlanFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "start": "start", "made_at": "made_at"}
    queryset = Plan.objects.none()
    serializer_class = PlanSerializer
    http_method_names = ["get", "head", "post"]

    def queryset_for(self, request: Request) -> QuerySet[Plan]:
        plans = Plan.objects.visible_to(caller(request)).select_related("pilot", "made_by")
        return plans.prefetch_related(
            "phases__plan__pilot",
            "phases__finished_by",
            "scope_changes__made_by",
            Prefetch("pilot__plans", queryset=Plan.objects.filter(number=1).prefetch_related("phases")),
        )

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewPlanSerializer if self.action == "create" else PlanSerializer

    @extend_schema(
        summary="Make a plan",
        description=(
            "Coming to the 90-day plan makes one by itself, with the milestones of its template. Planning "
            "anew needs a reason; open milestones of the template move to the new days."
        ),
        responses={201: PlanSerializer},
        examples=[
            OpenApiExample(
                "Planned anew",
                request_only=True,
                value={
                    "pilot": "CLM-12",
                    "start": "2026-11-02",
                    "template": "built",
                    "last_days": ["2026-11-23", None, None, None],
                    "reason": "New team",
                },
            )
        ],
    )
    def create(self, request: Request) -> Response:
        values = self.read()
        last_days = tuple(values.pop("last_days", ()))
        try:
            plan = make_plan(NewPlan(last_days=last_days, **values), by=self.by())
        except Refused as refused:
            raise Refused(replace(reason, field=_place(reason.field)) for reason in refused.reasons) from None
        shown = self.get_queryset().get(pk=plan.pk)
        return self.created(PlanSerializer().shape(shown), plan.pk)


def _place(field: str) -> str:
    """Return where the last day of a phase stands in what was sent: a form has a field for each."""
    number = field.removeprefix("last_day_")
    return f"last_days/{int(number) - 1}" if number.isdigit() else field

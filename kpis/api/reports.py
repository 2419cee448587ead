"""Reports: the look back after 30 days, each month, and after one and three years."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from kpis.actions.report import (
    NewReport,
    Publication,
    RemoveReport,
    ReportEdit,
    begin_report,
    edit_report,
    publish_report,
    remove_report,
)
from kpis.api import codes
from kpis.models import Report
from kpis.reports.figures import figures_of
from kpis.terms import ReportKind, Verdict
from pilots.access.permissions import Deed
from pilots.models import Pilot
from pilots.web.etags import etag, read_version
from pilots.web.filter_fields import CodeFilter, SlugFilter, YesNoFilter
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.resources import ReadResource
from pilots.web.serializers import (
    CodeField,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    VisibleField,
    day,
    moment,
)
from pilots.web.tokens import caller


class ReportSerializer(PlainSerializer):
    """A look back. `figures` are kept once it is published; reading one draft gives them as they are now."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    kind = serializers.ChoiceField(codes.REPORT_KIND)
    period_from = serializers.DateField()
    period_to = serializers.DateField()
    summary = serializers.CharField(allow_null=True)
    incidents = serializers.CharField(allow_null=True)
    next_steps = serializers.CharField(allow_null=True)
    verdict = serializers.ChoiceField(codes.VERDICT, allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True, help_text="null: a draft.")
    figures = serializers.DictField(allow_null=True, help_text="null: a draft, in a list.")

    def shape(self, instance: Report) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "kind": instance.kind,
            "period_from": day(instance.period_from),
            "period_to": day(instance.period_to),
            "summary": instance.summary or None,
            "incidents": instance.incidents or None,
            "next_steps": instance.next_steps or None,
            "verdict": instance.verdict or None,
            "published_at": moment(instance.published_at),
            "figures": instance.figures or None,
        }


class ReportWordsSerializer(StrictSerializer):
    """What people say beside the figures; a verdict only where the kind has one."""

    verdict = CodeField(Verdict, required=False)
    summary = NullableText(required=False, max_length=4000)
    incidents = NullableText(required=False, max_length=2000)
    next_steps = NullableText(required=False, max_length=2000)


class NewReportSerializer(StrictSerializer):
    """The next report of a kind; which days it covers follows from the pilot's history."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")
    kind = CodeField(ReportKind)


class ReportFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    program = SlugFilter(
        label="Program",
        field_name="pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )
    kind = CodeFilter(label="Kind", choices=codes.REPORT_KIND)
    verdict = CodeFilter(label="Verdict", choices=codes.VERDICT)
    published = YesNoFilter(label="Published", field_name="published_at", lookup_expr="isnull", exclude=True)


@extend_schema_view(
    list=extend_schema(summary="List reports", description="Of visible pilots, drafts too."),
)
class ReportResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {
        "partial_update": (Deed.EDIT,),
        "destroy": (Deed.EDIT,),
        "publish": (Deed.CONCLUDE,),
    }
    filterset_class = ReportFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "period_to": "period_to"}
    queryset = Report.objects.none()
    serializer_class = ReportSerializer
    has_versions = True
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def queryset_for(self, request: Request) -> QuerySet[Report]:
        return Report.objects.visible_to(caller(request)).select_related("pilot", "pilot__program")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_action = {"create": NewReportSerializer, "partial_update": ReportWordsSerializer}
        return by_action.get(self.action) or super().get_serializer_class()

    @extend_schema(summary="Read a report", description="The ETag is that of its pilot.")
    def retrieve(self, request: Request, **lookup: str) -> Response:
        return self._shown(self.get_object())

    @extend_schema(
        summary="Begin the next report of a kind",
        responses={201: ReportSerializer},
        examples=[
            OpenApiExample(
                "A month", request_only=True, value={"pilot": "CLM-12", "kind": ReportKind.MONTH.value}
            )
        ],
    )
    def create(self, request: Request) -> Response:
        report = self._again(begin_report(NewReport(**self.read()), by=self.by()))
        return self.created(self._shape(report), report.pk, ETag=etag(report.pilot))

    @extend_schema(
        summary="Write the words of a draft",
        responses={200: ReportSerializer},
        examples=[OpenApiExample("In words", request_only=True, value={"summary": "9.4 min against 14."})],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        report = self.get_object()
        version = read_version(request, report.pilot)
        edit = ReportEdit(report=report, fields=self._words(request), version=version)
        return self._shown(self._again(edit_report(edit, by=self.by())))

    @extend_schema(summary="Remove a draft", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        report = self.get_object()
        version = read_version(request, report.pilot)
        remove_report(RemoveReport(report=report, version=version), by=self.by())
        return Response(status=204)

    @extend_schema(
        summary="Publish a report",
        description="Its figures are kept as they are now, and nothing in it changes any more.",
        request=ReportWordsSerializer,
        responses={200: ReportSerializer},
        examples=[
            OpenApiExample(
                "Expand",
                request_only=True,
                value={"verdict": Verdict.EXPAND.value, "summary": "9.4 min against 14 in 412 claims."},
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=ReportWordsSerializer)
    def publish(self, request: Request, pk: str) -> Response:
        report = self.get_object()
        version = read_version(request, report.pilot)
        publication = Publication(report=report, fields=self._words(request), version=version)
        return self._shown(self._again(publish_report(publication, by=self.by())))

    def _words(self, request: Request) -> dict[str, Any]:
        serializer = ReportWordsSerializer(
            data=request.data, partial=True, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values

    def _again(self, report: Report) -> Report:
        found: Report = self.get_queryset().get(pk=report.pk)
        return found

    def _shape(self, report: Report) -> dict[str, Any]:
        shaped = ReportSerializer().shape(report)
        if report.published_at is None:
            shaped["figures"] = figures_of(report, report.pilot, at=timezone.now())
        return shaped

    def _shown(self, report: Report) -> Response:
        return Response(self._shape(report), headers={"ETag": etag(report.pilot)})

"""Readings: pushed one by one or many at once, listed, corrected, withdrawn, shown as evidence."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer

from kpis.actions.cite import Cite, cite_measurement
from kpis.actions.measurement import (
    MOST_READINGS,
    Correction,
    NewReading,
    Outcome,
    ReadingsRefused,
    WithdrawReading,
    correct_reading,
    record_readings,
    withdraw_reading,
)
from kpis.api.reading_bulk import names_of, read_rows, refusal_of, unreadable
from kpis.api.reading_fields import find_kpis, read_correction, read_reading, unseen
from kpis.api.reading_filters import MeasurementFilterSet, OfKpiFilterSet
from kpis.api.reading_shapes import (
    BulkMeasurementsSerializer,
    BulkResultSerializer,
    CiteSerializer,
    MeasurementSerializer,
    NewMeasurementSerializer,
    NewReadingSerializer,
    PushedMeasurementSerializer,
    ReadingCorrectionSerializer,
    ReadingWithdrawalSerializer,
    shape_bulk,
    shape_pushed,
)
from kpis.models import Kpi, Measurement
from kpis.terms import Entry
from pilots.access.permissions import Deed, Relation
from pilots.actions.change import require
from pilots.api.evidence import EvidenceSerializer
from pilots.models.pilot import relations
from pilots.web.parsers import ExactJSONParser
from pilots.web.problems import BadQuery
from pilots.web.resources import ReadResource
from pilots.web.tokens import caller

PUSH = OpenApiExample("A push", request_only=True, value={"value": 9.4, "provenance": "shadow"})
WHOLE = {
    "kpi": "CLM-12/handling-time",
    "value": "9.4",
    "measured_at": "2026-10-26T12:00:00Z",
    "window_from": "2026-10-20",
    "provenance": "live",
    "sample_size": 412,
    "model_version": "v3",
    "source": "warehouse",
    "external_id": "2026-W43",
}
REPEATS = (
    "The same `source` and `external_id` with the same reading answers `unchanged` (200) and writes "
    "nothing; with another one it is a new revision, `superseded` (201). Both revisions stay."
)


class ReadingsResource(ReadResource):
    """What the readings of all KPIs and those of one have in common."""

    takes_readings = True
    parser_classes = (ExactJSONParser,)
    orderings: ClassVar[dict[str, str]] = {
        "id": "pk",
        "measured_at": "measured_at",
        "recorded_at": "recorded_at",
    }
    queryset = Measurement.objects.none()
    serializer_class = MeasurementSerializer

    def queryset_for(self, request: Request) -> QuerySet[Measurement]:
        rows = Measurement.objects.visible_to(caller(request))
        if self.action == "list" and "current" not in request.query_params:
            rows = rows.current()
        return rows.select_related("kpi__pilot", "model_version", "recorded_by", "withdrawn_by")

    def push(self, sent: Any, kpi: Kpi | None) -> Response:
        """Record one reading, of this KPI or of the one that it names."""
        values, faults = read_reading(sent, names_kpi=kpi is None)
        if kpi is None and "kpi" in values:
            kpi = find_kpis([values["kpi"]], user=caller(self.request)).get(values["kpi"])
            if kpi is None:
                faults["kpi"] = unseen(values["kpi"])
        if faults or kpi is None:
            raise unreadable(faults)
        new = NewReading(**values | {"kpi": kpi})
        recorded = record_readings([new], entry=Entry.API, by=self.by())[0]
        if recorded.outcome is Outcome.UNCHANGED:
            return Response(shape_pushed(recorded))
        address = reverse("api:measurement-detail", args=[recorded.measurement.pk], request=self.request)  # type: ignore[union-attr]  # recorded
        return Response(shape_pushed(recorded), status=201, headers={"Location": address})


@extend_schema_view(
    list=extend_schema(
        summary="List readings",
        description="Of visible pilots; those that were corrected or withdrawn only with `current`.",
    ),
    retrieve=extend_schema(summary="Read a reading", description="One that was withdrawn stays to be read."),
)
class MeasurementResource(ReadingsResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {
        "correct": (Deed.MEASURE,),
        "withdraw": (Deed.MEASURE,),
        "cite": (Deed.BRING_EVIDENCE,),
    }
    filterset_class = MeasurementFilterSet
    http_method_names = ["get", "head", "post"]

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        if self.action == "create":
            return NewMeasurementSerializer
        return super().get_serializer_class()

    def known_parameters(self) -> set[str]:
        return {"partial"} if self.action == "bulk" else super().known_parameters()

    def relation_to(self, found: Measurement) -> Relation:
        return relations(caller(self.request), [found.kpi.pilot])[found.kpi.pilot_id]

    @extend_schema(
        summary="Push a reading",
        description=REPEATS,
        request=NewMeasurementSerializer,
        responses={200: PushedMeasurementSerializer, 201: PushedMeasurementSerializer},
        examples=[OpenApiExample("A reading", request_only=True, value=WHOLE)],
    )
    def create(self, request: Request) -> Response:
        return self.push(request.data, None)

    @extend_schema(
        summary="Push many readings",
        description=(
            f"At most {MOST_READINGS:,}, all or none: a refusal names every fault of every row. With "
            f"`partial=true` the others are recorded, and the answer says what became of each. {REPEATS}"
        ),
        request=BulkMeasurementsSerializer,
        responses={200: BulkResultSerializer},
        parameters=[
            OpenApiParameter(
                "partial", OpenApiTypes.BOOL, description="Record what can be, and refuse the rest by row."
            )
        ],
        filters=False,
        examples=[OpenApiExample("A week", request_only=True, value={"measurements": [WHOLE]})],
    )
    @action(
        detail=False,
        methods=["post"],
        serializer_class=BulkMeasurementsSerializer,
        pagination_class=None,
        filterset_class=None,
    )
    def bulk(self, request: Request) -> Response:
        is_partial = _read_partial(request)
        news = read_rows(request.data, user=caller(request))
        try:
            recorded = record_readings(news, entry=Entry.API, by=self.by(), partial=is_partial)
        except ReadingsRefused as refusal:
            raise refusal_of(refusal, news) from None
        return Response(shape_bulk(recorded, names_of(request.data)))

    @extend_schema(
        summary="Correct a reading",
        description="A new revision takes its place; both stay. What is not sent stays as it is.",
        request=ReadingCorrectionSerializer,
        responses={200: MeasurementSerializer},
        examples=[
            OpenApiExample(
                "A slip", request_only=True, value={"value": "9.4", "reason": "94 was typed for 9.4."}
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=ReadingCorrectionSerializer, takes_readings=False)
    def correct(self, request: Request, pk: str) -> Response:
        found = self.get_object()
        values, faults = read_correction(request.data)
        if faults:
            raise unreadable(faults)
        correction = Correction(
            measurement=found,
            reason=values.pop("reason"),
            is_meant=values.pop("is_meant", False),
            fields=values,
            entry=Entry.API,
        )
        return self._shown(correct_reading(correction, by=self.by()))

    @extend_schema(
        summary="Withdraw a reading",
        description="It leaves every figure and stays to be seen, with who withdrew it and why.",
        request=ReadingWithdrawalSerializer,
        responses={200: MeasurementSerializer},
        examples=[
            OpenApiExample(
                "Not ours", request_only=True, value={"reason": "These calls were another team’s."}
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=ReadingWithdrawalSerializer, takes_readings=False)
    def withdraw(self, request: Request, pk: str) -> Response:
        withdrawal = WithdrawReading(measurement=self.get_object(), reason=self.read()["reason"])
        return self._shown(withdraw_reading(withdrawal, by=self.by()))

    @extend_schema(
        summary="Show a reading as evidence",
        description=(
            "Evidence made of its figures, dated its day. It counts for what the reading is of: a demo "
            "or a chosen set satisfies no gate."
        ),
        request=CiteSerializer,
        responses={201: EvidenceSerializer},
        examples=[
            OpenApiExample("Of the evaluation", request_only=True, value={"requirement": "evaluation"})
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=CiteSerializer, takes_readings=False)
    def cite(self, request: Request, pk: str) -> Response:
        cite = Cite(measurement=self.get_object(), requirement=self.read()["requirement"])
        evidence = cite_measurement(cite, by=self.by())
        address = reverse("api:evidence-detail", args=[evidence.pk], request=request)
        return Response(EvidenceSerializer().shape(evidence), status=201, headers={"Location": address})

    def _shown(self, row: Measurement) -> Response:
        return Response(MeasurementSerializer().shape(self.get_queryset().get(pk=row.pk)))


@extend_schema_view(
    list=extend_schema(
        operation_id="kpi_measurements_list",
        summary="List the readings of a KPI",
        description="Those that were corrected or withdrawn only with `current`.",
    )
)
class KpiMeasurementResource(ReadingsResource):
    """The readings of the KPI the address names."""

    filterset_class = OfKpiFilterSet

    @cached_property
    def kpi(self) -> Kpi:
        visible = Kpi.objects.visible_to(caller(self.request)).select_related("pilot")
        found: Kpi = get_object_or_404(visible, pilot__key=self.kwargs["key"], code=self.kwargs["code"])
        return found

    def check_deed(self) -> None:
        relation = relations(caller(self.request), [self.kpi.pilot])[self.kpi.pilot_id]
        if self.action == "create":
            require(Deed.MEASURE, relation)

    def queryset_for(self, request: Request) -> QuerySet[Measurement]:
        return super().queryset_for(request).filter(kpi=self.kpi)

    def list(self, request: Request, **named: str) -> Response:
        return super().list(request)

    @extend_schema(
        operation_id="kpi_measurements_create",
        summary="Push a reading of a KPI",
        description=f"A value and its provenance are the whole of it. {REPEATS}",
        request=NewReadingSerializer,
        responses={200: PushedMeasurementSerializer, 201: PushedMeasurementSerializer},
        examples=[PUSH],
    )
    def create(self, request: Request, **named: str) -> Response:
        return self.push(request.data, self.kpi)


def _read_partial(request: Request) -> bool:
    text = request.query_params.get("partial", "false")
    if text not in {"true", "false"}:
        raise BadQuery.because("partial", "partial is true or false.")
    return text == "true"

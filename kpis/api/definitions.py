"""KPIs: defined, read, changed, signed, retired; addressed by pilot and code, CLM-12/handling-time."""

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.actions.remove import remove_kpi
from kpis.actions.retire import make_primary, retire_kpi, unretire_kpi
from kpis.actions.sign import SignKpi, sign_kpi
from kpis.api import codes
from kpis.api.definition_shapes import (
    KpiChangeSerializer,
    KpiSerializer,
    KpiVersionSerializer,
    NewKpiSerializer,
    RetireKpiSerializer,
    SignKpiSerializer,
    SignOffSerializer,
    shape_standing,
)
from kpis.models import Kpi, KpiVersion, SignOff
from kpis.oneline import KpiLine
from kpis.standing import standings_of
from kpis.versions import is_signed, newest
from pilots.access.permissions import Deed
from pilots.web.etags import etag, read_version
from pilots.web.filter_fields import CodeFilter, SlugFilter, YesNoFilter
from pilots.web.parsers import ExactJSONParser
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.resources import ListResource, ReadResource
from pilots.web.serializers import NothingSerializer
from pilots.web.tokens import caller

WHOLE = {
    "pilot": "CLM-12",
    "name": "Handling time",
    "definition": "From the first notice to the first decision",
    "unit": "min",
    "baseline": "14",
    "baseline_on": "2026-09-30",
    "target": "9",
    "window_days": 30,
    "method": "Median of all claims in the warehouse, by Claims IT",
    "owner": "grace@example.com",
}


class KpiFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    program = SlugFilter(
        label="Program",
        field_name="pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )
    kind = CodeFilter(label="Kind", choices=codes.KPI_KIND)
    primary = YesNoFilter(label="Primary", field_name="is_primary")
    complete = YesNoFilter(label="Complete", method="keep_complete")
    signed = YesNoFilter(label="Signed, as it is now", field_name="is_signed")
    retired = YesNoFilter(label="Retired", field_name="retired_on", lookup_expr="isnull", exclude=True)

    def keep_complete(self, rows: Any, _name: str, are: bool) -> Any:  # noqa: FBT001 -- django-filter calls it
        return rows.complete(are=are)


@extend_schema_view(
    list=extend_schema(summary="List KPIs", description="Of visible pilots, retired ones too.")
)
class KpiResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {
        **dict.fromkeys(("partial_update", "destroy", "retire", "restore", "primary"), (Deed.EDIT,)),
        "sign": (Deed.SIGN_KPI,),
    }
    filterset_class = KpiFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "name": "name"}
    queryset = Kpi.objects.none()
    serializer_class = KpiSerializer
    parser_classes = (ExactJSONParser,)
    has_versions = True

    def queryset_for(self, request: Request) -> QuerySet[Kpi]:
        rows = Kpi.objects.visible_to(caller(request)).select_related("pilot__program", "owner")
        return rows.annotate(version_number=newest(), is_signed=is_signed())

    def _find(self) -> Kpi:
        found: Kpi = get_object_or_404(
            self.get_queryset(), pilot__key=self.kwargs["key"], code=self.kwargs["code"]
        )
        return found

    def shape_all(self, rows: Sequence[Kpi]) -> list[dict[str, Any]]:
        # What is overdue depends on the day, which programs differ in; nothing that is shown here does.
        standings = standings_of(rows, today=timezone.now().date())
        shape = KpiSerializer().shape
        return [shape(kpi) | shape_standing(standings[kpi.pk]) for kpi in rows]

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        by_action = {
            "create": NewKpiSerializer,
            "partial_update": KpiChangeSerializer,
            "sign": SignKpiSerializer,
            "retire": RetireKpiSerializer,
            "restore": NothingSerializer,
            "primary": NothingSerializer,
        }
        return by_action.get(self.action) or super().get_serializer_class()

    @extend_schema(summary="Read a KPI", description="The ETag is that of its pilot.")
    def retrieve(self, request: Request, **lookup: str) -> Response:
        return self._shown(self.get_object())

    @extend_schema(
        summary="Define a KPI",
        description="The first business KPI of a pilot is its primary one.",
        responses={201: KpiSerializer},
        examples=[
            OpenApiExample("All parts", request_only=True, value=WHOLE),
            OpenApiExample(
                "In one line",
                request_only=True,
                value={"pilot": "CLM-12", "kpi": "Handling time 14 → 9 min"},
            ),
        ],
    )
    def create(self, request: Request) -> Response:
        values = self.read()
        pilot, line = values.pop("pilot"), values.pop("kpi", None)
        if line is None:
            line = KpiLine(values["name"], values.get("baseline"), values.get("target"), "", None)
        kpi = self._again(define_kpi(NewKpi(pilot=pilot, line=line, fields=values), by=self.by()))
        address = reverse("api:kpi", args=[kpi.pilot.key, kpi.code], request=request)
        return Response(
            self.shape_all([kpi])[0], status=201, headers={"Location": address, "ETag": etag(kpi.pilot)}
        )

    @extend_schema(
        summary="Change some of a KPI",
        description="A change of a signed part makes a version, and nobody has signed that one. "
        "Which way is better stays as it is unless it is sent: numbers that contradict it are refused.",
        responses={200: KpiSerializer},
        examples=[OpenApiExample("Its window", request_only=True, value={"window_days": 30})],
    )
    def partial_update(self, request: Request, **lookup: str) -> Response:
        kpi = self.get_object()
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        edit = KpiEdit(
            kpi=kpi,
            scope_reason=values.pop("scope_reason", ""),
            reason=values.pop("reason", ""),
            fields=values,
            keeps_direction=True,
            version=read_version(request, kpi.pilot),
        )
        return self._shown(self._again(edit_kpis([edit], by=self.by())[0]))

    @extend_schema(
        summary="Remove a KPI",
        description="One that has readings, a signature or money is refused: retire it instead.",
        responses={204: None},
    )
    def destroy(self, request: Request, **lookup: str) -> Response:
        kpi = self.get_object()
        remove_kpi(kpi, by=self.by(), version=read_version(request, kpi.pilot))
        return Response(status=204)

    @extend_schema(
        summary="Sign a KPI",
        description="A business owner of the pilot signs for themself; a manager notes what one of them "
        "signed on paper.",
        responses={200: KpiSerializer},
        examples=[OpenApiExample("One's own", request_only=True, value={"version": 2})],
    )
    def sign(self, request: Request, **lookup: str) -> Response:
        kpi = self.get_object()
        values = self.read()
        sign = SignKpi(
            kpi=kpi, version_number=values.pop("version"), version=read_version(request, kpi.pilot), **values
        )
        sign_kpi(sign, by=self.by())
        return self._shown(self._again(kpi))

    @extend_schema(
        summary="Retire a KPI",
        description="No reading is expected any longer. The primary one is refused.",
        responses={200: KpiSerializer},
    )
    def retire(self, request: Request, **lookup: str) -> Response:
        kpi = self.get_object()
        reason = self.read().get("reason", "")
        retire_kpi(kpi, by=self.by(), reason=reason, version=read_version(request, kpi.pilot))
        return self._shown(self._again(kpi))

    @extend_schema(summary="Measure a retired KPI again", responses={200: KpiSerializer})
    def restore(self, request: Request, **lookup: str) -> Response:
        kpi = self.get_object()
        self.read()
        unretire_kpi(kpi, by=self.by(), version=read_version(request, kpi.pilot))
        return self._shown(self._again(kpi))

    @extend_schema(
        summary="Make a KPI the primary one",
        description="In place of the one before. A business KPI in use.",
        responses={200: KpiSerializer},
    )
    def primary(self, request: Request, **lookup: str) -> Response:
        kpi = self.get_object()
        self.read()
        make_primary(kpi, by=self.by(), version=read_version(request, kpi.pilot))
        return self._shown(self._again(kpi))

    def _again(self, kpi: Kpi) -> Kpi:
        found: Kpi = self.get_queryset().get(pk=kpi.pk)
        return found

    def _shown(self, kpi: Kpi) -> Response:
        return Response(self.shape_all([kpi])[0], headers={"ETag": etag(kpi.pilot)})


@extend_schema_view(
    list=extend_schema(
        summary="List the versions of a KPI", description="Each definition there was, the first one first."
    )
)
class KpiVersionResource(ListResource):
    orderings: ClassVar[dict[str, str]] = {"number": "number"}
    queryset = KpiVersion.objects.none()
    serializer_class = KpiVersionSerializer

    def queryset_for(self, request: Request) -> QuerySet[KpiVersion]:
        kpis = Kpi.objects.visible_to(caller(request))
        kpi = get_object_or_404(kpis, pilot__key=self.kwargs["key"], code=self.kwargs["code"])
        return KpiVersion.objects.visible_to(caller(request)).filter(kpi=kpi).select_related("made_by")


class SignOffFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(
        label="Pilot",
        field_name="version__kpi__pilot",
        visible=pilots_in_reach,
        noun="pilot",
        to_field_name="key",
    )
    program = SlugFilter(
        label="Program",
        field_name="version__kpi__pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )


@extend_schema_view(
    list=extend_schema(summary="List signatures", description="Under the KPIs of visible pilots."),
    retrieve=extend_schema(summary="Read a signature"),
)
class SignOffResource(ReadResource):
    filterset_class = SignOffFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "signed_on": "signed_on"}
    queryset = SignOff.objects.none()
    serializer_class = SignOffSerializer

    def queryset_for(self, request: Request) -> QuerySet[SignOff]:
        rows = SignOff.objects.visible_to(caller(request))
        rows = rows.select_related("version__kpi__pilot", "signer", "recorded_by")
        return rows.annotate(newest_number=newest("version__kpi_id"))

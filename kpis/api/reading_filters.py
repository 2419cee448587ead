"""What lists of readings are narrowed by."""

import django_filters
from django.db.models import QuerySet

from kpis.api import codes
from kpis.api.reading_fields import find_kpis, unseen
from kpis.models import Measurement
from pilots.web.filter_fields import CodeFilter, MomentFilter, SlugFilter
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.problems import BadQuery

CURRENT = [("true", "Current ones"), ("false", "Corrected and withdrawn ones"), ("all", "All of them")]


class OfKpiFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    provenance = CodeFilter(label="Provenance", choices=codes.PROVENANCE)
    source = django_filters.CharFilter(label="Source", max_length=60)
    external_id = django_filters.CharFilter(label="External id", max_length=120)
    measured_from = MomentFilter(label="Measured at or after", field_name="measured_at", lookup_expr="gte")
    measured_to = MomentFilter(label="Measured before", field_name="measured_at", lookup_expr="lt")
    model_version = django_filters.CharFilter(
        label="Model version, by its label",
        field_name="model_version__label",
        lookup_expr="iexact",
        max_length=100,
    )
    current = CodeFilter(label="Current; true unless told", choices=CURRENT, method="that_hold")

    def that_hold(self, readings: QuerySet[Measurement], name: str, value: str) -> QuerySet[Measurement]:
        return readings if value == "all" else readings.filter(is_current=value == "true")


class MeasurementFilterSet(OfKpiFilterSet):
    pilot = SlugFilter(
        label="Pilot", field_name="kpi__pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key"
    )
    program = SlugFilter(
        label="Program",
        field_name="kpi__pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )
    kpi = django_filters.CharFilter(label="KPI, such as CLM-12/handling-time", method="of_kpi", max_length=92)
    kind = CodeFilter(label="Kind of its KPI", field_name="kpi__kind", choices=codes.KPI_KIND)

    def of_kpi(self, readings: QuerySet[Measurement], name: str, value: str) -> QuerySet[Measurement]:
        found = find_kpis([value], user=self.request.user).get(value)
        if found is None:
            detail = unseen(value)
            raise BadQuery.because("kpi", str(detail), code=detail.code or "invalid")
        return readings.filter(kpi=found)

"""One KPI: where it stands, its course, its readings, its runs by version of the model, its definition."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kpis.charts.run import PAGE
from kpis.models import Kpi, KpiVersion, SignOff
from kpis.noise import is_per_cent
from kpis.series import changes_of, series_of
from kpis.standing import standings_of
from kpis.terms import KpiKind
from kpis.versions import moved
from kpis.web.definition import definition_facts
from kpis.web.evaluation import evaluation_of
from kpis.web.kpi_page import MOST_DRAWN, PER_PAGE, reading_row, readings_newest_first, reasons_of
from kpis.web.kpi_rows import chart_of, kpi_row
from pilots.access.permissions import Deed, may
from pilots.views.find import find_pilot
from pilots.web.http import UserRequest


@require_safe
def kpi_detail(request: UserRequest, key: str, code: str) -> HttpResponseBase:
    """Show one KPI; its readings are paged by `page`."""
    pilot, relation = find_pilot(request, key)
    kpi: Kpi = get_object_or_404(Kpi.objects.select_related("owner"), pilot=pilot, code=code)
    kpi.pilot = pilot
    today = pilot.program.today(timezone.now())
    may_log = may(Deed.MEASURE, relation) and not pilot.is_ended and kpi.retired_on is None
    versions = list(KpiVersion.objects.filter(kpi=kpi).select_related("made_by").order_by("number"))
    signed = SignOff.objects.filter(version__kpi=kpi).select_related("signer", "version").order_by("pk")
    standing = standings_of([kpi], today=today)[kpi.pk]
    page: Any = Paginator(readings_newest_first(kpi), PER_PAGE).get_page(request.GET.get("page"))
    reasons = reasons_of(page, pilot)
    definition = definition_facts(
        kpi, versions, list(signed), today, relation=relation, has_readings=page.paginator.count > 0
    )
    chart = chart_of(
        standing,
        series_of([kpi], pilot, most=MOST_DRAWN)[kpi.pk],
        changes_of({kpi.pk: versions}, pilot)[kpi.pk],
        today=today,
        size=PAGE,
    )
    context = {
        "pilot": pilot,
        "kpi": kpi,
        "row": kpi_row(
            pilot,
            standing,
            chart,
            signed=definition.signature,
            since=moved(versions),
            today=today,
            may_log=may_log,
        ),
        "page": page,
        "readings": [
            reading_row(row, kpi, pilot, today=today, may_log=may_log, reason=reasons.get(row.pk, ""))
            for row in page
        ],
        "is_rate": is_per_cent(kpi.unit),
        "evaluation": (
            evaluation_of(kpi, pilot, today=today) if kpi.kind == KpiKind.MODEL_QUALITY.value else None
        ),
        "definition": definition,
        "may_log": may_log,
    }
    return TemplateResponse(request, "kpis/kpi_detail.html", context)

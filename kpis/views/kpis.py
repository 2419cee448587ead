"""The KPIs of one pilot: where each stands between its baseline and its target."""

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from kpis.models import Kpi
from kpis.web.kpi_rows import kpi_list
from kpis.web.loop import loop_of
from kpis.web.reports import Reports
from pilots.access.permissions import Deed, may
from pilots.views.find import find_pilot
from pilots.web.head import PilotHead
from pilots.web.http import UserRequest


@require_safe
def pilot_kpis(request: UserRequest, key: str) -> HttpResponseBase:
    """Show each KPI with its bullet, its run chart and its newest reading."""
    pilot, relation = find_pilot(request, key)
    head = PilotHead(pilot, relation, tab="pilots:pilot_kpis", reader=request.user)
    may_log = may(Deed.MEASURE, relation) and not pilot.is_ended
    kpis = Kpi.objects.filter(pilot=pilot).order_by("-is_primary", "name", "pk")
    context = {
        "pilot": pilot,
        "head": head,
        "kpis": kpi_list(pilot, list(kpis), today=head.today, may_log=may_log),
        "may_define": head.may_edit and not pilot.is_ended,
        "may_log": may_log,
        "reports": Reports(pilot, relation, head.today),
        "loop": loop_of(pilot, head.today),
        "may_edit": head.may_edit and not pilot.is_ended,
    }
    return TemplateResponse(request, "kpis/pilot_kpis.html", context)

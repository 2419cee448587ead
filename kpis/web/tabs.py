"""The tabs this floor brings to a pilot's page, and what can be done from there."""

from django.db.models import Count, IntegerField, OuterRef, Subquery

from kpis.models import Kpi
from pilots.access.permissions import Deed
from pilots.web.upper import UPPER_ACTIONS, UPPER_TABS, UpperAction, UpperTab


def register() -> None:
    UPPER_TABS.append(UpperTab("KPIs", "pilots:pilot_kpis", before="Readiness", counted=_kpis))
    UPPER_TABS.append(UpperTab("Money", "pilots:pilot_money", before="History"))
    UPPER_ACTIONS.append(UpperAction("Log a reading", "pilots:reading_new", "reading", Deed.MEASURE))


def _kpis() -> Subquery:
    rows = Kpi.objects.in_use().filter(pilot=OuterRef("pk")).order_by().values("pilot")
    return Subquery(rows.annotate(number=Count("pk")).values("number"), output_field=IntegerField())

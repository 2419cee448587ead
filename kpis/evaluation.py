"""Says which pilots a tool evaluates: one definition for the gate, the rules, the pages and Value."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q

from kpis.models import Measurement
from kpis.terms import Entry, KpiKind, Provenance
from pilots.models import ModelVersion, Pilot


def automated_runs() -> Q:
    """Return the condition by which a measurement is an automated run of the evaluation.

    A tool or a file brought it, with its cases, of a KPI in use. A demo is none.
    """
    return Q(
        kpi__kind=KpiKind.MODEL_QUALITY.value,
        kpi__retired_on__isnull=True,
        entry__in=[Entry.API.value, Entry.FILE.value],
        sample_size__isnull=False,
        is_current=True,
    ) & ~Q(provenance=Provenance.DEMO.value)


def is_evaluated() -> Q:
    """Return the condition on pilots: a run of the version that is live, or of any where none is."""
    runs = Measurement.objects.filter(automated_runs(), kpi__pilot=OuterRef("pk"))
    live = ModelVersion.objects.filter(pilot=OuterRef("pk"), is_live=True)
    return Q(Exists(runs.filter(model_version__is_live=True))) | Q(Exists(runs)) & ~Q(Exists(live))


def evaluates_itself(pilots: Collection[int]) -> frozenset[int]:
    """Return the ids of those that a tool evaluates; one query."""
    found = Pilot.objects.filter(is_evaluated(), pk__in=pilots).order_by()
    return frozenset(found.values_list("pk", flat=True))

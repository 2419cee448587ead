"""What KPIs, readings and money say of readiness: the conditions this floor registers with the playbook's."""

from collections.abc import Callable
from datetime import date

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from kpis.evaluation import is_evaluated
from kpis.models import Kpi, LedgerEntry, Measurement
from kpis.models.kpi import KpiQuerySet
from kpis.money.terms import Commitment, LedgerKind, MoneyPhase
from kpis.terms import REAL, KpiKind, Provenance
from kpis.versions import is_signed
from pilots.computed import COMPUTED

WANTED = 3  # C-8
ON_REAL_DATA = [provenance.value for provenance in REAL]


def register() -> None:
    COMPUTED.add("metric-chosen", _has_primary)
    COMPUTED.add("kpi-baseline", _has_baseline)
    COMPUTED.add("kpi-signed", _is_signed)
    COMPUTED.add("three-kpis", _has_three)
    COMPUTED.add("real-readings", _all_measured)
    COMPUTED.add("evaluation", _evaluated)
    COMPUTED.add("latency-budget", _keeps_a_budget_of(KpiKind.LATENCY))
    COMPUTED.add("cost-budget", _keeps_a_budget_of(KpiKind.COST))
    COMPUTED.add("production-budget", _committed(MoneyPhase.PRODUCTION))
    COMPUTED.add("run-budget", _committed(MoneyPhase.RUN))


def _in_use(**fields: object) -> KpiQuerySet:
    return Kpi.objects.in_use().filter(pilot=OuterRef("pk"), **fields)


# --- What is agreed -------------------------------------------------------------------


def _has_primary(today: date) -> Q:
    return Q(Exists(_in_use(is_primary=True)))


def _has_baseline(today: date) -> Q:
    prepared = [Provenance.DEMO.value, Provenance.CURATED.value]
    measured = _in_use(is_primary=True, baseline__isnull=False).exclude(baseline_provenance__in=prepared)
    return Q(Exists(measured))


def _is_signed(today: date) -> Q:
    return Q(Exists(_in_use(is_primary=True).filter(is_signed())))


def _has_three(today: date) -> Q:
    number = _in_use().complete().order_by().values("pilot").annotate(number=Count("pk")).values("number")
    return Q(GreaterThanOrEqual(Coalesce(Subquery(number, output_field=IntegerField()), 0), WANTED))


# --- What was measured ----------------------------------------------------------------


def _on_real_data() -> QuerySet[Measurement]:
    return Measurement.objects.current().filter(kpi=OuterRef("pk"), provenance__in=ON_REAL_DATA)


def _all_measured(today: date) -> Q:
    """Say that there is a KPI in use, and each was measured on real data."""
    return Q(Exists(_in_use())) & ~Q(Exists(_in_use().filter(~Exists(_on_real_data()))))


def _evaluated(today: date) -> Q:
    return is_evaluated()


def _keeps_a_budget_of(kind: KpiKind) -> Callable[[date], Q]:
    budgets = _in_use(kind=kind.value, threshold__isnull=False)
    return lambda today: Q(Exists(budgets.filter(Exists(_on_real_data()))))


# --- Money ----------------------------------------------------------------------------


def _committed(phase: MoneyPhase) -> Callable[[date], Q]:
    budgets = LedgerEntry.objects.filter(
        pilot=OuterRef("pk"),
        kind=LedgerKind.BUDGET.value,
        phase=phase.value,
        commitment=Commitment.COMMITTED.value,
    )
    return lambda today: Q(Exists(budgets))

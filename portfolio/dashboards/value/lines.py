"""Reads what pilots cost and brought, and how far they came: a line each, in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef

from kpis.attainment import breaches
from kpis.deployed import is_deployed
from kpis.models import Kpi, LedgerEntry
from kpis.money.read import Money, money_of
from kpis.standing import KpiStanding, attainment_of, standings_of
from kpis.terms import KpiKind, way_of
from pilots.lifecycle import RUNNING, Stage
from pilots.models import Pilot, PilotQuerySet
from portfolio.dashboards.value.groups import (
    BUDGET_GROUPS,
    Group,
    Place,
    Progress,
    place_of,
    progress_of,
)

USERS = frozenset({Stage.LIMITED, *RUNNING})
BUDGETED = (KpiKind.LATENCY.value, KpiKind.COST.value)


@dataclass(frozen=True)
class Line:
    """One pilot. `primary` is where its primary KPI stands, `breached` names the budgets it is beyond."""

    pilot: Pilot
    money: Money
    primary: KpiStanding | None
    breached: tuple[str, ...]
    is_deployed: bool

    @property
    def has_users(self) -> bool:
        return self.pilot.at_stage in USERS

    @property
    def progress(self) -> Progress:
        """How far its primary KPI came in real use; a demo and a shadow run are no use."""
        if self.primary is None:
            return Progress.NOT_KNOWN
        return progress_of(attainment_of(self.primary.kpi, self.primary.latest_used))

    @property
    def place(self) -> Place:
        return place_of(self.pilot.at_stage)

    @property
    def has_money(self) -> bool:
        return bool(self.money.entries)

    @property
    def is_waiting(self) -> bool:
        """Whether it was shown to work and has no users, and neither has ended."""
        delay = self.money.delay
        return delay.days is not None and not delay.is_over

    @property
    def budget_groups(self) -> set[Group]:
        """What became of its budgets."""
        return {BUDGET_GROUPS[commitment] for sums in self.money.budgets.values() for commitment in sums}

    def is_in(self, group: Group) -> bool:
        known: dict[Group, bool] = {
            Group.WITH_MONEY: self.has_money,
            Group.SPENT: bool(self.money.cost_actual.count),
            Group.VERIFIED: bool(self.money.benefit_verified.count),
            Group.UNCHECKED: bool(self.money.benefit_unchecked.count),
            Group.REJECTED: bool(self.money.benefit_rejected.count),
            Group.WAITING: self.is_waiting,
            Group.BREACHED: bool(self.breached),
            Group.DEPLOYED: self.is_deployed,
        }
        if group in known:
            return known[group]
        if group in BUDGET_GROUPS.values():
            return group in self.budget_groups
        if group.value in set(Progress):
            return self.has_users and self.progress.value == group.value
        return self.has_money and self.place.value == group.value


def read_lines(pilots: PilotQuerySet, *, today: date) -> list[Line]:
    """Return a line for each pilot with money, a KPI or users, by program and number; eight queries."""
    something = Exists(LedgerEntry.objects.filter(pilot=OuterRef("pk"))) | Exists(
        Kpi.objects.in_use().filter(pilot=OuterRef("pk"))
    )
    in_use = [stage.value for stage in USERS]
    wanted = pilots.filter(something) | pilots.filter(stage__in=in_use)
    rows = list(wanted.distinct().select_related("program").order_by("program__name", "number"))
    money = money_of(rows, today=today)
    kpis = _kpis(rows)
    standings = standings_of([kpi for own in kpis.values() for kpi in own], today=today)
    deployed = set(pilots.filter(is_deployed()).order_by().values_list("pk", flat=True))
    return [
        Line(
            pilot=row,
            money=money[row.pk],
            primary=next((standings[kpi.pk] for kpi in kpis.get(row.pk, ()) if kpi.is_primary), None),
            breached=_breached(kpis.get(row.pk, ()), standings),
            is_deployed=row.pk in deployed,
        )
        for row in rows
    ]


def _kpis(pilots: Sequence[Pilot]) -> dict[int, list[Kpi]]:
    """Return the primary KPI of each pilot, and those that a budget for speed or cost was agreed for."""
    found: dict[int, list[Kpi]] = {}
    rows = Kpi.objects.in_use().filter(pilot__in=[pilot.pk for pilot in pilots])
    budgeted = rows.filter(kind__in=BUDGETED, threshold__isnull=False)
    for kpi in (rows.filter(is_primary=True) | budgeted).order_by("pk"):
        found.setdefault(kpi.pilot_id, []).append(kpi)
    return found


def _breached(kpis: Sequence[Kpi], standings: Mapping[int, KpiStanding]) -> tuple[str, ...]:
    """Return the names of those whose newest real reading is beyond what was agreed."""
    return tuple(
        kpi.name
        for kpi in kpis
        if kpi.kind in BUDGETED
        and (latest := standings[kpi.pk].latest_real) is not None
        and breaches(latest.value, threshold=kpi.threshold, direction=way_of(kpi.kind, kpi.direction))
    )

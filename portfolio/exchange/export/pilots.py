"""The list of pilots as rows: every column of `portfolio.exchange.columns` that the list has values for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from kpis.models import Kpi
from pilots.access.models import User
from pilots.access.roles import OwnerRole
from pilots.calendar import Day, Precision
from pilots.lifecycle import Stage
from pilots.models import (
    HowBuilt,
    Milestone,
    Owner,
    Ownership,
    Pilot,
    PilotQuerySet,
    PilotTag,
    RiskTier,
    StageTransition,
)
from portfolio.exchange.columns import SEPARATOR, STANDARD_COLUMNS
from portfolio.exchange.export.batches import batches
from portfolio.exchange.export.custom import custom_columns, fields_of
from portfolio.exchange.export.table import Column, Table, Value, local, table_of

SHEET = "Pilots"


@dataclass(frozen=True)
class Goal:
    """A pilot's primary KPI."""

    name: str
    baseline: Decimal | None
    target: Decimal | None
    unit: str


@dataclass(frozen=True)
class Named:
    """Whoever answers for a pilot in one role; `address` is "" where the reader may not know it."""

    name: str
    address: str


@dataclass
class Row:
    """A pilot, and what stands in other tables."""

    pilot: Pilot
    zone: tzinfo
    reached: dict[Stage, Day] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    owners: dict[OwnerRole, list[Named]] = field(default_factory=dict)
    goal: Goal | None = None
    milestone: Milestone | None = None


Getter = Callable[[Row], Value]


def pilots_table(pilots: PilotQuerySet, reader: User) -> Table:
    """Return the pilots of a queryset that starts from `visible_to(reader)`, in its order."""
    zone = timezone.get_current_timezone()
    shown = columns(roles_of(pilots), custom_columns(fields_of(pilots)))
    return table_of(SHEET, shown, _rows(pilots, reader, zone))


def columns(roles: Sequence[OwnerRole], custom: Sequence[Column[Pilot]] = ()) -> list[Column[Row]]:
    """Return the columns, with those of the owner roles that occur. New columns are added here."""
    getters = {**OF_PILOT, **_of_stages(), **_of_owners(roles), **OF_GOAL, **OF_MILESTONE}
    return [
        Column(column.title, getters[column.meaning or column.title])
        for column in STANDARD_COLUMNS
        if (column.meaning or column.title) in getters
    ] + [Column(column.title, _of_pilot(column.value)) for column in custom]


def roles_of(pilots: PilotQuerySet) -> list[OwnerRole]:
    """Return the roles in which anybody answers for one of these pilots."""
    there = Ownership.objects.active().principals().there()
    named = there.filter(pilot__in=pilots.order_by().values("pk"))
    found = set(named.order_by().values_list("role", flat=True).distinct())
    return [role for role in OwnerRole if role.value in found]


# --- Columns by what they mean, or by their title where they are derived -----------------------

OF_PILOT: Mapping[str, Getter] = {
    "reference": lambda row: row.pilot.key,
    "name": lambda row: row.pilot.name,
    "program": lambda row: row.pilot.program.name,
    "unit": lambda row: row.pilot.unit,
    "problem": lambda row: row.pilot.problem,
    "stage": lambda row: row.pilot.at_stage.label,
    "In this stage since": lambda row: row.pilot.since,
    "On hold since": lambda row: row.pilot.held_since,
    "Health": lambda row: row.pilot.get_health_display(),
    "decide_by": lambda row: row.pilot.decide_by,
    "risk": lambda row: RiskTier(row.pilot.risk).label if row.pilot.risk else "",
    "how_built": lambda row: HowBuilt(row.pilot.how_built).label if row.pilot.how_built else "",
    "vendor": lambda row: row.pilot.vendor,
    "contract": lambda row: row.pilot.contract,
    "confidential": lambda row: "yes" if row.pilot.is_confidential else "no",
    "tags": lambda row: SEPARATOR.join(row.tags),
    "Updated": lambda row: local(row.pilot.updated_at, row.zone),
}
OF_GOAL: Mapping[str, Getter] = {
    "kpi_name": lambda row: row.goal.name if row.goal else "",
    "kpi_baseline": lambda row: row.goal.baseline if row.goal else None,
    "kpi_target": lambda row: row.goal.target if row.goal else None,
    "kpi_unit": lambda row: row.goal.unit if row.goal else "",
}
# Of several milestones the nearest that is not done; where all are done, the last.
OF_MILESTONE: Mapping[str, Getter] = {
    "milestone_title": lambda row: row.milestone.title if row.milestone else "",
    "milestone_due": lambda row: row.milestone.due_on if row.milestone else None,
    "milestone_done": lambda row: row.milestone.done_on if row.milestone else None,
}


def _of_pilot(value: Callable[[Pilot], Value]) -> Getter:
    return lambda row: value(row.pilot)


def _of_stages() -> dict[str, Getter]:
    return {f"date:{stage.value}": _day_of(stage) for stage in Stage}


def _day_of(stage: Stage) -> Getter:
    return lambda row: row.reached.get(stage)


def _of_owners(roles: Sequence[OwnerRole]) -> dict[str, Getter]:
    getters: dict[str, Getter] = {}
    for role in roles:
        getters[f"owner:{role.value}"] = _names_of(role)
        getters[f"owner_email:{role.value}"] = _addresses_of(role)
    return getters


def _names_of(role: OwnerRole) -> Getter:
    return lambda row: SEPARATOR.join(owner.name for owner in row.owners.get(role, ()))


def _addresses_of(role: OwnerRole) -> Getter:
    """Return the addresses in the order of the names, a gap where one is not known; "" if none is."""

    def addresses(row: Row) -> str:
        found = [owner.address for owner in row.owners.get(role, ())]
        return SEPARATOR.join(found) if any(found) else ""

    return addresses


# --- Rows: the same queries for every batch, whatever its size -----------------------------------


def _rows(pilots: PilotQuerySet, reader: User, zone: tzinfo) -> Iterator[Row]:
    for batch in batches(pilots):
        rows = {pilot.pk: Row(pilot, zone) for pilot in batch}
        _add_history(rows)
        _add_tags(rows)
        _add_owners(rows, reader)
        _add_goals(rows)
        _add_milestones(rows)
        yield from rows.values()


def _add_history(rows: Mapping[int, Row]) -> None:
    """Add when each stage was first reached, as `lifecycle.stand` tells it, with its precision."""
    steps = StageTransition.objects.effective().filter(pilot__in=list(rows)).in_order()
    for pilot, stage, day, precision in steps.values_list("pilot_id", "to_stage", "happened_on", "precision"):
        if day is not None:
            rows[pilot].reached.setdefault(Stage(stage), Day(day, Precision(precision)))


def _add_tags(rows: Mapping[int, Row]) -> None:
    tags = PilotTag.objects.filter(pilot__in=list(rows)).order_by("name")
    for pilot, name in tags.values_list("pilot_id", "name"):
        rows[pilot].tags.append(name)


def _add_owners(rows: Mapping[int, Row], reader: User) -> None:
    named = list(
        Ownership.objects.active()
        .principals()
        .there()
        .filter(pilot__in=list(rows))
        .order_by("since", "pk")
        .values_list("pilot_id", "role", "owner_id")
    )
    contacts = Owner.objects.filter(pk__in={owner for _, _, owner in named}).with_address_for(reader)
    people = {owner.pk: Named(owner.name, getattr(owner, "address")) for owner in contacts}  # noqa: B009
    for pilot, role, owner in named:
        rows[pilot].owners.setdefault(OwnerRole(role), []).append(people[owner])


def _add_goals(rows: Mapping[int, Row]) -> None:
    primary = Kpi.objects.filter(pilot__in=list(rows), is_primary=True)
    for pilot, name, baseline, target, unit in primary.values_list(
        "pilot_id", "name", "baseline", "target", "unit"
    ):
        rows[pilot].goal = Goal(name, baseline, target, unit)


def _add_milestones(rows: Mapping[int, Row]) -> None:
    """Those that wait come first, the nearest of them first; then what was done, the last of it first."""
    milestones = Milestone.objects.filter(pilot__in=list(rows)).order_by(
        F("done_on").desc(nulls_first=True), F("due_on").asc(nulls_last=True), "position", "pk"
    )
    for milestone in milestones:
        row = rows[milestone.pilot_id]
        row.milestone = row.milestone or milestone

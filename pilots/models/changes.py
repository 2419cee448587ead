"""What was changed in Headway within a stretch of time: moves and holds, never what an import brought."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models import Window as Over
from django.db.models.functions import RowNumber

from pilots.lifecycle import ENDS, Stage
from pilots.models.ending import Ending
from pilots.models.pilot import PilotQuerySet
from pilots.models.stage import Hold, Origin, StageTransition, StageTransitionQuerySet


class Holding(StrEnum):
    """The changes that are not moves to a stage."""

    HELD = "held"
    RESUMED = "resumed"

    @property
    def label(self) -> str:
        return {"held": "Put on hold", "resumed": "Resumed"}[self.value]


CHANGES = (*Stage, *Holding)
NAMED = 3  # of each change; the list behind it has all


@dataclass(frozen=True)
class Window:
    """A stretch of time, `until` excluded, in the zone of whoever asks."""

    since: datetime
    until: datetime

    def of(self, column: str) -> Q:
        return Q(**{f"{column}__gte": self.since, f"{column}__lt": self.until})

    def days_of(self, column: str) -> Q:
        return Q(**{f"{column}__gte": self.since.date(), f"{column}__lt": self.until.date()})


def made_within(window: Window) -> StageTransitionQuerySet:
    """Return the moves people made here. One whose date was corrected later still counts when it was made.

    Costs one query, and one for each time that a move of the window was corrected again.
    """
    made = window.of("recorded_at") & Q(origin=Origin.MADE.value, supersedes__isnull=True)
    corrections: list[int] = []
    newer = _corrections_of(StageTransition.objects.filter(made))
    while newer:
        corrections += newer
        newer = _corrections_of(newer)
    return StageTransition.objects.effective().filter(made | Q(pk__in=corrections))


def _corrections_of(rows: StageTransitionQuerySet | list[int]) -> list[int]:
    return list(StageTransition.objects.filter(supersedes__in=rows).values_list("pk", flat=True))


def released_within(pilots: PilotQuerySet, window: Window) -> dict[Stage, dict[str, Decimal]]:
    """Return the money that ends made within the window released, by currency; what nobody told is left out.

    A corrected date keeps what was said with the old one. Costs two queries, and one for each time that an
    end of the window was corrected; a pilot that ended twice counts once, as it ended last.
    """
    ends = made_within(window).filter(to_stage__in=[stage.value for stage in ENDS], pilot__in=pilots)
    made = ends.in_order().values_list("pilot", "to_stage", "pk")
    last = {(pilot, Stage(to)): pk for pilot, to, pk in made}
    rows = {pk: end for end, pk in last.items()}
    said: dict[tuple[int, Stage], tuple[str, Decimal | None]] = {}
    while rows:
        endings = Ending.objects.filter(transition__in=rows)
        told = endings.values_list("transition", "released_currency", "released_amount")
        for pk, currency, amount in told:
            said[rows.pop(pk)] = (currency, amount)
        # What is left is a corrected date; the row before it tells.
        older = StageTransition.objects.filter(pk__in=rows).values_list("pk", "supersedes")
        rows = {before: rows[pk] for pk, before in older if before is not None}
    released: dict[Stage, dict[str, Decimal]] = {}
    for (_, stage), (currency, amount) in said.items():
        if amount is not None:
            sums = released.setdefault(stage, {})
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    return released


def _held(window: Window) -> dict[Holding, Q]:
    # A hold that ended because the pilot did is told as its end.
    resumed = window.days_of("until") & ~Q(pilot__stage__in=[stage.value for stage in ENDS])
    return {Holding.HELD: window.days_of("since"), Holding.RESUMED: resumed}


def changed_to(pilots: PilotQuerySet, change: Stage | Holding, window: Window) -> PilotQuerySet:
    """Keep the pilots that came to a stage, were held or resumed within the window."""
    if isinstance(change, Holding):
        return pilots.filter(Exists(Hold.objects.filter(_held(window)[change], pilot=OuterRef("pk"))))
    moved = made_within(window).filter(to_stage=change.value, pilot=OuterRef("pk"))
    return pilots.filter(Exists(moved))


@dataclass(frozen=True)
class Changed:
    """How many pilots, and the names of the first of them by name."""

    count: int
    names: tuple[str, ...]


def changed_within(pilots: PilotQuerySet, window: Window) -> dict[Stage | Holding, Changed]:
    """Return the pilots behind each change, each once; no more queries for more pilots, nor more names."""
    found: dict[Stage | Holding, Changed] = {}
    moved = _first(made_within(window).filter(pilot__in=pilots), "to_stage")
    for row in moved:
        _add(found, Stage(row["to_stage"]), row)
    for change, narrowing in _held(window).items():
        for row in _first(Hold.objects.filter(narrowing, pilot__in=pilots)):
            _add(found, change, row)
    return {change: found[change] for change in CHANGES if change in found}


def _first(rows: QuerySet[Any], *kind: str) -> QuerySet[Any, dict[str, Any]]:
    """Return the first pilots by name of each kind, with how many there are of it."""
    alike = [F(name) for name in kind] or None
    each = rows.order_by().values(*kind, "pilot_id", "pilot__name").annotate(times=Count("pk"))
    numbered: QuerySet[Any, dict[str, Any]] = each.annotate(
        place=Over(RowNumber(), partition_by=alike, order_by=["pilot__name", "pilot_id"]),
        many=Over(Count("pilot_id"), partition_by=alike),
    )
    return numbered.filter(place__lte=NAMED).order_by("place")


def _add(found: dict[Stage | Holding, Changed], change: Stage | Holding, row: dict[str, Any]) -> None:
    before = found[change].names if change in found else ()
    found[change] = Changed(row["many"], (*before, row["pilot__name"]))

"""How lists of pilots can be ordered: an allow-list of columns, unknown values last, ties by id."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, DateField, DateTimeField, F, OuterRef, Subquery, Value, When
from django.db.models.expressions import OrderBy
from django.db.models.functions import Cast, Coalesce, Lower

from pilots.access.permissions import OwnerRole
from pilots.lifecycle import Stage
from pilots.models import CustomField, Ownership, Pilot, PilotQuerySet
from pilots.models.pilot import UNDECIDED
from pilots.web.field_filters import PREFIX
from pilots.web.field_order import Unorderable, alike, field_terms, order_words


@dataclass(frozen=True)
class Order:
    """One way to order: the expressions behind it, and how its two directions are said."""

    by: tuple[str, ...]
    upwards: str
    downwards: str


ORDERS: dict[str, Order] = {
    "key": Order(("program__prefix", "number"), "by key", "by key, highest first"),
    "name": Order(("lower_name",), "by name, A to Z", "by name, Z to A"),
    "stage": Order(("stage_place", "stage_since"), "earliest stage first", "furthest stage first"),
    "decide_by": Order(("open_decision",), "earliest decision first", "latest decision first"),
    "owner": Order(("lead",), "by owner, A to Z", "by owner, Z to A"),
    "moved": Order(("last_moved",), "longest unmoved first", "last moved first"),
}
OPEN_DECISION = Case(
    When(stage__in=[stage.value for stage in UNDECIDED], then=F("decide_by")), output_field=DateField()
)
_LEADS = Ownership.objects.active().principals().there().filter(role=OwnerRole.PRODUCTION_OWNER.value)
STAGE_PLACE = Case(*(When(stage=stage.value, then=Value(place)) for place, stage in enumerate(Stage)))


def leads_of(pilots: Iterable[Pilot]) -> dict[int, str]:
    """Return the name of each pilot's production owner by the pilot's id, where there is one."""
    return dict(_LEADS.filter(pilot__in=list(pilots)).values_list("pilot_id", "owner__name"))


def check_ordering(ordering: str, fields: Sequence[CustomField]) -> str:
    """Return why a list cannot be ordered by this; "" where it can."""
    name = ordering.removeprefix("-")
    if name in ORDERS:
        return ""
    if not name.startswith(PREFIX):
        return f"The list cannot be ordered by “{ordering[:40]}”. Known: {', '.join(ORDERS)}."
    try:
        alike(name, fields)
    except Unorderable as error:
        return str(error)
    return ""


def ordered(pilots: PilotQuerySet, ordering: str, fields: Sequence[CustomField] = ()) -> PilotQuerySet:
    """Order by a name of `ORDERS` or `field.<code>`, with a minus for the other way.

    The last move is the one made here, else since when it is where it is.
    """
    name = ordering.removeprefix("-")
    if name.startswith(PREFIX):
        return pilots.order_by(*_directed(field_terms(alike(name, fields)), ordering), "pk")
    order = ORDERS[name]
    pilots = pilots.alias(
        lead=Subquery(_LEADS.filter(pilot=OuterRef("pk")).values("owner__name")[:1]),
        last_moved=Coalesce("moved_at", Cast("stage_since", DateTimeField())),
        lower_name=Lower("name"),
        stage_place=STAGE_PLACE,
        open_decision=OPEN_DECISION,
    )
    return pilots.order_by(*_directed([F(column) for column in order.by], ordering), "pk")


def _directed(terms: Iterable[Any], ordering: str) -> list[OrderBy]:
    is_down = ordering.startswith("-")
    return [term.desc(nulls_last=True) if is_down else term.asc(nulls_last=True) for term in terms]


def order_in_words(ordering: str, fields: Sequence[CustomField] = ()) -> str:
    name = ordering.removeprefix("-")
    if name.startswith(PREFIX):
        return order_words(alike(name, fields)[0], is_down=ordering.startswith("-"))
    order = ORDERS[name]
    return order.downwards if ordering.startswith("-") else order.upwards

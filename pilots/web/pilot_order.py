"""How lists of pilots can be ordered: an allow-list of columns, unknown values last, ties by id."""

from dataclasses import dataclass

from django.db.models import Case, DateField, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower, TruncDate

from pilots.access.permissions import OwnerRole
from pilots.lifecycle import Stage
from pilots.models import Ownership, PilotQuerySet
from pilots.models.pilot import UNDECIDED


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
STAGE_PLACE = Case(*(When(stage=stage.value, then=Value(place)) for place, stage in enumerate(Stage)))


def with_lead(pilots: PilotQuerySet) -> PilotQuerySet:
    """Add `lead`, the name of the production owner, or None."""
    leads = Ownership.objects.active().filter(
        pilot=OuterRef("pk"), role=OwnerRole.PRODUCTION_OWNER.value, owner__is_active=True
    )
    return pilots.annotate(lead=Subquery(leads.values("owner__name")[:1]))


def with_last_moved(pilots: PilotQuerySet) -> PilotQuerySet:
    """Add `last_moved`: the day of the last move made here, else since when it is where it is, or None."""
    return pilots.annotate(
        last_moved=Coalesce(TruncDate("moved_at"), "stage_since", output_field=DateField())
    )


def ordered(pilots: PilotQuerySet, ordering: str) -> PilotQuerySet:
    """Order by a name of `ORDERS`, with a minus for the other way. `lead` must be there."""
    order = ORDERS[ordering.removeprefix("-")]
    pilots = with_last_moved(pilots).alias(
        lower_name=Lower("name"), stage_place=STAGE_PLACE, open_decision=OPEN_DECISION
    )
    terms = [
        F(name).desc(nulls_last=True) if ordering.startswith("-") else F(name).asc(nulls_last=True)
        for name in order.by
    ]
    return pilots.order_by(*terms, "pk")


def order_in_words(ordering: str) -> str:
    order = ORDERS[ordering.removeprefix("-")]
    return order.downwards if ordering.startswith("-") else order.upwards

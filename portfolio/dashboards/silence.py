"""Until which day anybody knows of a pilot of which nobody has spoken here since a register named it.

A register speaks of one day. That its pilots are still open months later is nobody's knowledge, so their
lives and stays are followed to that day and no further (censored there): silence is no outcome. A pilot of
of which a word or a move was told here is followed to the day looked at. As known at a moment, the words
told by then count, and registers of days up to then.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, DateField, Exists, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Least

from pilots.access.models import Event, Movement
from pilots.lifecycle import ENDS, RUNNING
from pilots.models import PilotQuerySet
from pilots.models.cohort import Cohort
from pilots.models.register import RegisterEntry

SETTLED = [stage.value for stage in (*ENDS, *RUNNING)]


@dataclass(frozen=True)
class Silence:
    """How many open pilots are followed to the day of their register only, and the last such day."""

    count: int = 0
    until: date | None = None


def is_silent(cohort: Cohort) -> Q:
    """Keep the pilots of which nobody had spoken here; a register may name them or not."""
    never = Q(heard_at__isnull=True, moved_at__isnull=True)
    moment = cohort.known_at
    if moment is None:
        return never
    # The columns hold the last word. Where it fell after the moment, the events know of one before.
    by_then = Event.objects.filter(pilot_id=OuterRef("pk"), at__lte=moment)
    spoke = Exists(by_then.exclude(movement=Movement.NONE.value))
    last_by_then = Q(heard_at__lte=moment) | Q(moved_at__lte=moment)
    since = Q(heard_at__gt=moment) | Q(moved_at__gt=moment)
    return never | (since & ~(last_by_then | Q(spoke)))


def followed_until(cohort: Cohort) -> Case:
    """Return the last day on which an open pilot is known to be open; for a queryset of pilots."""
    day = Value(cohort.day, DateField())
    entries = _entries(cohort).filter(pilot=OuterRef("pk"))
    last = Subquery(entries.order_by().values("pilot").annotate(last=Max("as_of")).values("last"))
    return Case(
        When(is_silent(cohort), then=Coalesce(Least(last, day), day)), default=day, output_field=DateField()
    )


def silent_days(pilots: PilotQuerySet, cohort: Cohort) -> dict[int, date]:
    """Return the last day of its registers for each silent pilot, by id; one query."""
    silent = pilots.filter(is_silent(cohort)).order_by()
    rows = _entries(cohort).filter(pilot__in=silent.values("pk"))
    return dict(rows.order_by().values("pilot").annotate(last=Max("as_of")).values_list("pilot", "last"))


def count_silence(placed: PilotQuerySet, cohort: Cohort) -> Silence:
    """Count the pilots of a placed cohort that are open and followed no further; one query."""
    silent = placed.filter(is_silent(cohort), ~Q(stage_then__in=SETTLED))
    rows = _entries(cohort).filter(pilot__in=silent.order_by().values("pk"), as_of__lt=cohort.day)
    found = rows.aggregate(count=Count("pilot", distinct=True), until=Max("as_of"))
    return Silence(found["count"], found["until"])


def _entries(cohort: Cohort) -> QuerySet[RegisterEntry]:
    """Return the entries of registers that had spoken by the day and by the moment."""
    return RegisterEntry.objects.filter(as_of__lte=cohort.known_on)

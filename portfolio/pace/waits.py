"""Reads what waited for which function on the day looked at, and how long waits took (docs/flow-method.md).

A wait is noted by people: a requirement of a pilot, for whom it waits, since when, until when. Its days say
when it was, nothing says when it was noted, so a past day shows what is noted of it now. Whose pilot has
ended waits for nobody, though nobody ended the wait: it is counted apart.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Exists, OuterRef, Q

from pilots.access.roles import OwnerRole
from pilots.models import PilotQuerySet, Waiting
from pilots.models.cohort import Cohort
from pilots.models.pilot import ENDED
from portfolio.dashboards.lives import inside
from portfolio.flow.incidence import kaplan_meier
from portfolio.flow.lives import FEWEST, End
from portfolio.flow.percentile import percentile

HALF = 50  # percent


@dataclass(frozen=True)
class Function:
    """What waited for one function: days of the open waits and of the ended ones, both ascending.

    `pilots`: how many have an open wait for it.
    """

    role: OwnerRole
    open: Sequence[int]
    ended: Sequence[int]
    pilots: int

    @property
    def total(self) -> int:
        return len(self.open) + len(self.ended)

    @property
    def longest(self) -> int | None:
        """The days of the longest open wait; it goes on, so these are at least so many."""
        return self.open[-1] if self.open else None

    @cached_property
    def half_by(self) -> int | None:
        """The day by which half are over, open ones counted for as long as they have been open.

        None below ten waits, where not half are over by any day, or only when fewer than ten still waited.
        """
        if self.total < FEWEST:
            return None
        lives = Counter((days, End.ARRIVED) for days in self.ended)
        lives.update((days, End.OPEN) for days in self.open)
        return kaplan_meier(lives).day_by(HALF)

    @property
    def ended_half(self) -> int | None:
        """The days in which half of the ended ones were over; None below ten of them."""
        return percentile(self.ended, HALF) if len(self.ended) >= FEWEST else None


@dataclass(frozen=True)
class Waits:
    """The functions with most open waits first. `of_ended`: open waits of pilots that ended, in no number."""

    functions: Sequence[Function]
    pilots: int
    of_ended: int

    @property
    def open(self) -> int:
        return sum(len(function.open) for function in self.functions)

    @property
    def ended(self) -> int:
        return sum(len(function.ended) for function in self.functions)

    @property
    def waited_for(self) -> list[Function]:
        """The functions something waits for."""
        return [function for function in self.functions if function.open]


def read_waits(pilots: PilotQuerySet, cohort: Cohort) -> Waits:
    """Count the waits of the pilots of a cohort; one query for any number."""
    seen, found = cohort.known_on, inside(pilots, cohort).order_by()
    gone = found.filter(Q(stage_then__in=ENDED), pk=OuterRef("pilot"))
    rows = (
        Waiting.objects.filter(pilot__in=found, since__lte=seen)
        .order_by("pk")
        .values_list("pilot_id", "on_role", "since", "until", Exists(gone))
    )
    opened: dict[OwnerRole, list[int]] = {}
    ended: dict[OwnerRole, list[int]] = {}
    waiting: dict[OwnerRole, set[int]] = {}
    of_ended = 0
    for pilot_id, code, since, until, has_ended in rows.iterator():
        role = OwnerRole(code)
        if until is not None and until <= seen:
            ended.setdefault(role, []).append((until - since).days)
        elif has_ended:
            of_ended += 1
        else:
            opened.setdefault(role, []).append((cohort.day - since).days)
            waiting.setdefault(role, set()).add(pilot_id)
    functions = [
        Function(role, sorted(opened.get(role, [])), sorted(ended.get(role, [])), len(waiting.get(role, ())))
        for role in OwnerRole
        if role in opened or role in ended
    ]
    functions.sort(key=lambda function: (-len(function.open), -len(function.ended), function.role.label))
    return Waits(functions, len(set().union(*waiting.values())), of_ended)

"""How often a pilot was planned anew, and by how much its end moved from the first plan, its baseline."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from pilots.models import Phase, Plan
from pilots.web.spoken import days, number_word, spoken


@dataclass(frozen=True)
class Before:
    """A plan that was replaced."""

    number: int
    dates: str
    replaced: str
    reason: str


def before(plans: Sequence[Plan], today: date) -> list[Before]:
    """Return the replaced plans, newest first, each with why the next one was made.

    `plans` are all of a pilot with their phases, newest first.
    """
    told = []
    for newer, plan in itertools.pairwise(plans):
        last = max(phase.planned_end for phase in plan.phases.all())
        replaced = newer.pilot.program.today(newer.made_at)
        dates = f"{spoken(plan.start, today)} – {spoken(last, today)}"
        told.append(Before(plan.number, dates, spoken(replaced, today), newer.reason))
    return told


def slip_days(newest: Iterable[Phase], first: Iterable[Phase]) -> int:
    """Return by how many days the end moved from the first plan to this one."""
    return (max(row.planned_end for row in newest) - max(row.planned_end for row in first)).days


def slip(plans: Sequence[Plan]) -> str:
    """Return how often it was planned anew, and by how much its end moved from the first plan."""
    again = len(plans) - 1
    if not again:
        return ""
    moved = slip_days(plans[0].phases.all(), plans[-1].phases.all())
    times = "once" if again == 1 else f"{number_word(again)} times"
    if not moved:
        return f"Planned anew {times}; it ends when plan {plans[-1].number} said."
    way = "later" if moved > 0 else "earlier"
    return f"Planned anew {times}; it ends {days(abs(moved))} {way} than plan {plans[-1].number} said."

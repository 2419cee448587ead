"""The days from which a running plan asks for something. A plain module.

A pilot that was imported into that stage without a plan is asked for nothing by its days.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
from pilots.rules.registry import Hit, Limit, Look, worst_of

Told = dict[str, str | int]


def is_there(facts: Facts, first: Stage, last: Stage = Stage.SUSTAINED) -> bool:
    """Whether it lives between two stages."""
    return not facts.rests and facts.is_between(first, last)


def has_a_plan(facts: Facts) -> bool:
    """Whether a plan runs: the stage of that name alone is none."""
    return is_there(facts, Stage.TRANSITION, Stage.TRANSITION) and facts.plan is not None


def day_of_plan(facts: Facts, look: Look, name: str) -> date | None:
    """Return the day a limit names, day 1 being the first of the plan; None where no plan runs."""
    if facts.plan is None:
        return None
    return facts.plan.start + timedelta(days=max(look.limits[name], 1) - 1)


def reached_day_of_plan(facts: Facts, look: Look, name: str) -> bool:
    day = day_of_plan(facts, look, name)
    return day is not None and look.day >= day


def by_day_of_plan(facts: Facts, look: Look, limits: Iterable[Limit], told: Told | None = None) -> Hit | None:
    """Judge by the day of the running plan."""
    if facts.plan is None:
        return None
    marks = ((limit, day_of_plan(facts, look, limit.name)) for limit in limits)
    return worst_of(
        [
            Hit(limit.severity, facts.plan.start, day, limit.name, told or {})
            for limit, day in marks
            if day is not None and look.day >= day
        ]
    )


def at_once(day: date, look: Look) -> date:
    """Return the day of what is true since it was noted: a day that is still to come counts as today."""
    return min(day, look.day)


def days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"

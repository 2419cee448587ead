"""The days from which the rules of this floor count, and what they share. A plain module.

A rule about the plan looks at a plan that runs. A pilot that was imported into that stage without one is
asked for nothing.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from kpis.worth import Worth
from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
from pilots.rules.registry import Hit, Limit, Look, worst_of

Told = dict[str, str | int]


def worth(facts: Facts) -> Worth:
    return facts.known_to(Worth)


def is_there(facts: Facts, first: Stage, last: Stage = Stage.SUSTAINED) -> bool:
    """Whether it lives between two stages."""
    return not facts.rests and facts.is_between(first, last)


def runs_a_plan(facts: Facts) -> bool:
    return is_there(facts, Stage.TRANSITION, Stage.TRANSITION) and facts.plan is not None


def is_live_for_a_few(facts: Facts) -> bool:
    return is_there(facts, Stage.LIMITED, Stage.LIMITED) and facts.stage_clock is not None


def is_in_production(facts: Facts) -> bool:
    return is_there(facts, Stage.PRODUCTION) and worth(facts).in_production is not None


def is_measured_in_production(facts: Facts) -> bool:
    return is_in_production(facts) and bool(worth(facts).kpis)


def production_day(facts: Facts) -> date:
    """Return since when it is in production as this register can tell: never before it was logged here."""
    return max(worth(facts).in_production or facts.here_since, facts.here_since)


def live_day(facts: Facts) -> date:
    """Return since when it has users, as this register can tell."""
    return max(facts.stage_clock or facts.here_since, facts.here_since)


def by_day_of_plan(facts: Facts, look: Look, limits: Iterable[Limit], told: Told | None = None) -> Hit | None:
    """Judge by the day of the running plan: day 1 is its first."""
    if facts.plan is None:
        return None
    start = facts.plan.start
    return worst_of(
        [
            Hit(limit.severity, start, crossed, limit.name, told or {})
            for limit in limits
            if look.day >= (crossed := start + timedelta(days=max(look.limits[limit.name], 1) - 1))
        ]
    )


def reached_day_of_plan(facts: Facts, look: Look, name: str) -> bool:
    """Whether a plan has come to the day a limit names; a pilot without one has none."""
    start = facts.plan.start if facts.plan else None
    return start is not None and look.day >= start + timedelta(days=max(look.limits[name], 1) - 1)


def once_old_enough(clock: Callable[[Facts], date], name: str) -> Callable[[Facts, Look], bool]:
    """Return whether a pilot has been there for as many days as a limit names."""
    return lambda facts, look: look.day >= clock(facts) + timedelta(days=look.limits[name])


def days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def said(value: Decimal, unit: str = "") -> str:
    """Return “1,240.5 h” for a number of a KPI, without the zeros of its column."""
    text = f"{value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} {unit}".strip().replace("-", "−")


def whole(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_HALF_EVEN))


def at_once(day: date, look: Look) -> date:
    """Return the day of what is true since it was noted: a day that is still to come counts as today."""
    return min(day, look.day)

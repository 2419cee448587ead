"""Rules about who answers for a pilot. Source: requirement row R-10; the day marks are the plan's phases."""

from datetime import timedelta

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
from pilots.rules.registry import (
    RULES,
    Evidence,
    Hit,
    Kind,
    Limit,
    Look,
    Pattern,
    Rule,
    Severity,
    worst_of,
)

VACUUM = (
    Limit("warning", 1, Severity.WARNING, "is the day of the plan from which one is missed", "day of plan"),
    Limit("high", 15, Severity.HIGH, "is the day of the plan by which one must be named", "day of plan"),
)


def needs_a_lead(facts: Facts) -> bool:
    return (
        not facts.rests
        and facts.is_between(Stage.TRANSITION, Stage.LIMITED)
        and facts.stage_clock is not None
    )


def judge_vacuum(facts: Facts, look: Look) -> Hit | None:
    """Judge by the day of the plan; once real users depend on it, nobody accountable is critical at once."""
    if not needs_a_lead(facts) or facts.has_production_owner or facts.stage_clock is None:
        return None
    if facts.stage is Stage.LIMITED:
        since = facts.stage_clock
        return worst_of([Hit(Severity.CRITICAL, since, since, "high", {"stage": "limited"})])
    since = facts.plan.start if facts.plan else facts.stage_clock
    return worst_of(
        [
            Hit(limit.severity, since, crossed, limit.name)
            for limit in VACUUM
            if look.day >= (crossed := since + timedelta(days=max(look.limits[limit.name], 1) - 1))
        ]
    )


def tell_vacuum(evidence: Evidence) -> str:
    if evidence.details.get("stage") == "limited":
        return "It has real users, and nobody is accountable for it."
    return f"Day {evidence.days + 1} of the plan, and nobody is accountable (limit day {evidence.limit})."


RULES.add(
    Rule(
        code="R-10",
        title="No production owner",
        kind=Kind.STALL,
        pattern=Pattern.OWNERSHIP_VACUUM,
        source="R-10, S0-4, S0-9",
        inputs=frozenset({"stage", "owner", "hold"}),
        limits=VACUUM,
        eligible=needs_a_lead,
        judge=judge_vacuum,
        fact=tell_vacuum,
        shared=lambda hit, of: f"{hit} of {of} pilots on their way to production have no production owner",
        next_action="Name one person with the authority to weigh one thing against another.",
        clears_when="A production owner is named.",
        unblockers=(OwnerRole.SPONSOR, OwnerRole.BUSINESS_OWNER),
    )
)

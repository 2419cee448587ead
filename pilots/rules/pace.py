"""A pilot that stays longer in its stage than nearly all before it did, here.

The fixed limits of other rules hold beside it. Where history is thin nothing is judged, and so it is where
so few moved on that the share was never reached. Source: requirements, stall per stage against the
portfolio's own percentiles; 85 and 95 per cent are defaults of ours.
"""

from datetime import timedelta

from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
from pilots.rules.pace_facts import PACED, Pace, counted
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
from pilots.rules.time import LEADERS

SLOWER = (
    Limit(
        "warning",
        85,
        Severity.WARNING,
        "per cent of those in its stage move on sooner, by estimate",
        "per cent",
    ),
    Limit(
        "high", 95, Severity.HIGH, "per cent of those in its stage move on sooner, by estimate", "per cent"
    ),
)


def has_a_pace(facts: Facts) -> bool:
    if facts.rests or facts.stage not in PACED or facts.stage_clock is None:
        return False
    return facts.known_to(Pace).curve is not None


def could_be_slower(facts: Facts, look: Look) -> bool:
    """Whether so many moved on that the day of the mildest limit can be estimated."""
    curve = facts.known_to(Pace).curve
    return curve is not None and curve.day_by(look.limits["warning"]) is not None


def judge_slower(facts: Facts, look: Look) -> Hit | None:
    pace = facts.known_to(Pace)
    if not has_a_pace(facts) or facts.stage_clock is None or pace.curve is None:
        return None
    hits = []
    for limit in SLOWER:
        by = pace.curve.day_by(look.limits[limit.name])
        if by is None:
            continue
        crossed = facts.stage_clock + timedelta(days=by + 1)
        if look.day >= crossed:
            told: dict[str, str | int] = {
                "stage": facts.stage.value,
                "by": by,
                "moved_on": pace.curve.moved_on,
                "others": pace.curve.others,
                "where": "on this site" if pace.is_of_site else "in its program",
            }
            hits.append(Hit(limit.severity, facts.stage_clock, crossed, limit.name, told))
    return worst_of(hits)


def tell_slower(evidence: Evidence) -> str:
    told = evidence.details
    # A flag that was written before these were counted apart has neither.
    of = counted(int(told["moved_on"]), int(told["others"])) if "others" in told else f"of {told['stays']:,}"
    stage = Stage(str(told["stage"])).label
    return (
        f"In {stage} for {evidence.days:,} days; by day {told['by']:,} an estimated {evidence.limit} % "
        f"{told['where']} had moved on, stops left aside ({of})."
    )


RULES.add(
    Rule(
        code="R-98",
        title="Longer here than most",
        kind=Kind.RISK,
        pattern=Pattern.PURGATORY,
        source="R-98 (ours), own pace",
        inputs=frozenset({"stage", "pace", "hold"}),
        limits=SLOWER,
        eligible=has_a_pace,
        judge=judge_slower,
        could_hit=could_be_slower,
        floor=Pace,
        fact=tell_slower,
        shared=lambda hit, of: f"{hit} of {of} pilots are longer in their stage than most were",
        next_action="Look at what those did that left this stage in time, or decide to stop.",
        clears_when="It moves to another stage, is stopped, or goes on hold.",
        unblockers=LEADERS,
    ),
)

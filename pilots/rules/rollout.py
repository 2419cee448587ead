"""Rules about the way to everybody: a shadow run first, then few, then more after a decision.

Sources: requirement rows R-60 … R-63. Day 75 is the end of a phase of the plan; 30 days with the first users
are S1-16, and 60 the same again.
"""

from datetime import date, timedelta

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
from pilots.rules.marks import (
    Told,
    by_day_of_plan,
    days,
    has_a_plan,
    is_there,
    reached_day_of_plan,
)
from pilots.rules.production_facts import Production, Step, record
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
    worst_passed,
)

LEADERS = (OwnerRole.PRODUCTION_OWNER, OwnerRole.SPONSOR)
_BY_DAY = "day of plan"


# --- R-60 Everybody at once -------------------------------------------------------------------

BANG = (Limit("high", 50, Severity.HIGH, "per cent of the work decided by the first real step", "per cent"),)


def _begun(facts: Facts, day: date) -> list[Step]:
    return [step for step in record(facts).steps if step.starts_on <= day]


def took_a_step(facts: Facts) -> bool:
    return is_there(facts, Stage.LIMITED) and any(not step.is_shadow for step in record(facts).steps)


def judge_bang(facts: Facts, look: Look) -> Hit | None:
    """Judge the first step with users until something is decided on it. A shadow run before is enough."""
    begun = _begun(facts, look.day) if took_a_step(facts) else []
    first = next((step for step in begun if not step.is_shadow), None)
    if first is None or first.is_decided or first.share <= look.limits["high"]:
        return None
    if any(step.is_shadow and step.number < first.number for step in begun):
        return None
    since = first.starts_on
    return Hit(Severity.HIGH, since, since, "high", {"step": first.number, "share": first.share}, since)


def tell_bang(evidence: Evidence) -> str:
    share = evidence.details["share"]
    return f"Its first step with users decides {share} % of the work, and no shadow run came before."


# --- R-61 No shadow run ------------------------------------------------------------------------

UNSHADOWED = (
    Limit("high", 75, Severity.HIGH, "is the day of the plan by which a shadow run has a result", _BY_DAY),
)


def is_to_run_in_shadow(facts: Facts) -> bool:
    return has_a_plan(facts) and not record(facts).is_let_pass("shadow-result")


def judge_unshadowed(facts: Facts, look: Look) -> Hit | None:
    shadows = [step for step in record(facts).steps if step.is_shadow]
    if not is_to_run_in_shadow(facts) or any(step.has_result for step in shadows):
        return None
    begun = sum(step.starts_on <= look.day for step in shadows)
    return by_day_of_plan(facts, look, UNSHADOWED, {"begun": begun})


def tell_unshadowed(evidence: Evidence) -> str:
    has = "its shadow run has no result" if evidence.details["begun"] else "no shadow run was made"
    return f"Day {evidence.days + 1} of the plan, and {has} (limit day {evidence.limit})."


# --- R-62 More of it, too early ------------------------------------------------------------------

EARLY = (Limit("high", 30, Severity.HIGH, "days with few before the share is raised"),)


def is_to_stay_with_few(facts: Facts) -> bool:
    """Whether users came in by steps, and nobody let it pass without the thirty days."""
    known = record(facts)
    return (
        is_there(facts, Stage.TRANSITION)
        and any(not step.is_shadow for step in known.steps)
        and not known.may_expand_early
    )


def judge_early(facts: Facts, look: Look) -> Hit | None:
    """Judge steps that raised the share inside the thirty days, until those are over.

    Whether a step began too early goes by the calendar, as where it is planned; a pause puts off the end.
    """
    if not is_to_stay_with_few(facts):
        return None
    hits = []
    for step in _begun(facts, look.day):
        if step.few_since is None or step.is_rolled_back:
            continue
        first = step.few_since + timedelta(days=look.limits["high"])
        if step.starts_on < first and look.day < first + timedelta(days=step.few_paused):
            told: Told = {
                "step": step.number,
                "share": step.share,
                "few": (step.starts_on - step.few_since).days,
            }
            hits.append(Hit(Severity.HIGH, step.few_since, step.starts_on, "high", told))
    return worst_of(hits)


def tell_early(evidence: Evidence) -> str:
    share, few = evidence.details["share"], int(evidence.details["few"])
    return (
        f"The share was raised to {share} % after {days(few)} with few users (limit {days(evidence.limit)})."
    )


# --- R-63 Stuck with few ---------------------------------------------------------------------------

STUCK = (Limit("high", 60, Severity.HIGH, "days in Limited go-live without a decision"),)


def is_with_few(facts: Facts) -> bool:
    return is_there(facts, Stage.LIMITED, Stage.LIMITED) and facts.stage_clock is not None


def _decided(facts: Facts) -> date:
    """Return since when nothing was decided about those few users."""
    found = (facts.stage_clock, record(facts).decided_on)
    return max(day for day in found if day is not None)


def judge_stuck(facts: Facts, look: Look) -> Hit | None:
    return worst_passed(_decided(facts), look, STUCK, beyond=True) if is_with_few(facts) else None


def tell_stuck(evidence: Evidence) -> str:
    passed, limit = days(evidence.days), days(evidence.limit)
    return f"In Limited go-live, and nothing was decided for {passed} (limit {limit})."


RULES.add(
    Rule(
        code="R-60",
        title="Big bang",
        kind=Kind.GATE,
        pattern=Pattern.BIG_BANG,
        source="R-60, S3-18",
        inputs=frozenset({"stage", "rollout", "hold"}),
        limits=BANG,
        eligible=took_a_step,
        judge=judge_bang,
        denies_health=False,
        floor=Production,
        fact=tell_bang,
        shared=lambda hit, of: f"{hit} of {of} rollouts began with most of the work at once",
        next_action="Go back to a shadow run or a canary for a week, and compare.",
        clears_when="It is rolled back, or it is decided on what the step showed that it goes on.",
        unblockers=(OwnerRole.PRODUCTION_OWNER, OwnerRole.TECHNICAL_LEAD),
    ),
    Rule(
        code="R-61",
        title="No shadow run",
        kind=Kind.RISK,
        pattern=Pattern.DEMO_TRAP,
        source="R-61, S0-21, S3-18",
        inputs=frozenset({"stage", "plan", "rollout", "waiver", "hold"}),
        limits=UNSHADOWED,
        eligible=is_to_run_in_shadow,
        judge=judge_unshadowed,
        could_hit=lambda facts, look: reached_day_of_plan(facts, look, "high"),
        floor=Production,
        fact=tell_unshadowed,
        shared=lambda hit, of: f"{hit} of {of} running plans have no shadow run with a result",
        next_action="Let it run beside today’s way, and write down where the two differ.",
        clears_when="A shadow run has a result.",
        unblockers=(OwnerRole.PRODUCTION_OWNER, OwnerRole.TECHNICAL_LEAD),
    ),
    Rule(
        code="R-62",
        title="Expanded too early",
        kind=Kind.GATE,
        pattern=Pattern.BIG_BANG,
        source="R-62, S1-16",
        inputs=frozenset({"stage", "rollout", "waiver", "hold"}),
        limits=EARLY,
        eligible=is_to_stay_with_few,
        judge=judge_early,
        denies_health=False,
        floor=Production,
        fact=tell_early,
        shared=lambda hit, of: f"{hit} of {of} rollouts were raised before their time with few was over",
        next_action="Go back to the smaller share until the days are over, or have somebody waive them.",
        clears_when="The days with few are over, the step is rolled back, or somebody waives them.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-63",
        title="Stuck in limited go-live",
        kind=Kind.STALL,
        pattern=Pattern.PURGATORY,
        source="R-63, S1-16",
        inputs=frozenset({"stage", "rollout", "decision", "hold"}),
        limits=STUCK,
        eligible=is_with_few,
        judge=judge_stuck,
        denies_health=False,  # somebody may well be heard from every week
        floor=Production,
        fact=tell_stuck,
        shared=lambda hit, of: f"{hit} of {of} pilots stay with few users, and no decision is noted",
        next_action="Expand it, put it right or roll it back: decide.",
        clears_when="It moves on, is stopped, goes on hold, or something is decided about it.",
        unblockers=LEADERS,
    ),
)

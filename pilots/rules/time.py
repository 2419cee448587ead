"""Rules about time: a pilot that should have moved by now, or of which nobody has heard.

Figures: requirement rows R-01 … R-08 and R-79. R-01's 180 days are the “six months” of source S1-1, a
scenario and no study; 90 days is the length of the whole plan (S0). The others are defaults of ours.
"""

from dataclasses import replace
from datetime import date, timedelta

from pilots.access.roles import OwnerRole
from pilots.calendar import Day, working_days_after
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
    worst_passed,
)

# Check-ins are expected this often, in days. Nobody is asked about an idea.
CADENCE: dict[Stage, int] = {
    Stage.PILOTING: 14,
    Stage.PROVEN: 14,
    Stage.TRANSITION: 7,
    Stage.LIMITED: 7,
    Stage.PRODUCTION: 30,
    Stage.SUSTAINED: 30,
}
LEADERS = (OwnerRole.PRODUCTION_OWNER, OwnerRole.SPONSOR)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _after_grace(due: date, facts: Facts, look: Look) -> date:
    """Return the first day after something was due and its program's working days of grace are over too."""
    return working_days_after(due, look.limits["grace"], facts.calendar) + timedelta(days=1)


# --- R-01 Proven, and no users -----------------------------------------------------

PURGATORY = (
    Limit("warning", 90, Severity.WARNING, "days since it was proven"),
    Limit("high", 135, Severity.HIGH, "days since it was proven"),
    Limit("critical", 180, Severity.CRITICAL, "days since it was proven"),
)


def waits_for_users(facts: Facts) -> bool:
    return (
        not facts.rests
        and facts.is_between(Stage.PROVEN, Stage.TRANSITION)
        and not facts.has_reached(Stage.LIMITED)
        and facts.proven_clock is not None
    )


def judge_purgatory(facts: Facts, look: Look) -> Hit | None:
    if not waits_for_users(facts) or facts.proven_clock is None:
        return None
    hit = worst_passed(facts.proven_clock, look, PURGATORY)
    if hit is None or facts.stage is not Stage.TRANSITION:
        return hit
    return replace(hit, next_action="Name the first users and their day, or decide to stop.")


# --- R-03 A phase of the plan runs over ---------------------------------------------

OVERRUN = (
    Limit("grace", 3, Severity.WARNING, "working days after the planned end of a phase", "working days"),
    Limit("over_percent", 50, Severity.HIGH, "per cent of the phase's length over its end", "per cent"),
    Limit(
        "whole_plan", 90, Severity.CRITICAL, "days in the stage without a limited go-live, where no plan is"
    ),
)


def runs_a_plan(facts: Facts) -> bool:
    known = facts.stage_clock is not None or facts.plan is not None
    return not facts.rests and facts.stage is Stage.TRANSITION and known


def judge_overrun(facts: Facts, look: Look) -> Hit | None:
    if not runs_a_plan(facts):
        return None
    hits = [_whole_plan(facts, look)]
    if facts.plan is not None and facts.plan.open_phase is not None:
        phase = facts.plan.open_phase
        told: dict[str, str | int] = {
            "phase": phase.number,
            "title": phase.title,
            "end": phase.end.isoformat(),
        }
        far = phase.end + timedelta(days=phase.length * look.limits["over_percent"] // 100 + 1)
        late = _after_grace(phase.end, facts, look)
        if look.day >= far:
            hits.append(Hit(Severity.HIGH, phase.end, far, "over_percent", told))
        elif look.day >= late:
            hits.append(Hit(Severity.WARNING, phase.end, late, "grace", told))
    return worst_of([hit for hit in hits if hit is not None])


def _whole_plan(facts: Facts, look: Look) -> Hit | None:
    """Judge a plan by its own days; without one, the stage by the 90 days it is named after."""
    if facts.plan is not None:
        start, days = facts.plan.start, facts.plan.days
    elif facts.stage_clock is not None:
        start, days = facts.stage_clock, look.limits["whole_plan"]
    else:
        return None
    # Day 1 is the day it began, so after 90 whole days it is day 91.
    over = start + timedelta(days=days)
    if look.day < over:
        return None
    return Hit(Severity.CRITICAL, start, over, "whole_plan", {"plan_days": days})


def tell_overrun(evidence: Evidence) -> str:
    if "phase" in evidence.details:
        number, title = evidence.details["phase"], evidence.details["title"]
        return f"Phase {number}, {title}, is {_days(evidence.days)} over its planned end."
    days = evidence.details.get("plan_days", evidence.limit)
    return f"Day {evidence.days + 1} of a {days}-day plan, and no limited go-live."


# --- R-04 Silent: not heard, not moved -----------------------------------------------

UNHEARD = (
    Limit("grace", 3, Severity.WARNING, "working days after a check-in was due", "working days"),
    Limit("cadences", 2, Severity.HIGH, "times the check-in rhythm of its stage", "rhythms"),
)
UNMOVED = (
    Limit("warning", 14, Severity.WARNING, "days without a move"),
    Limit("high", 30, Severity.HIGH, "days without a move"),
)


def is_asked_to_check_in(facts: Facts) -> bool:
    return not facts.rests and facts.stage in CADENCE and facts.silence_clock is not None


def could_be_unheard(facts: Facts, look: Look) -> bool:
    """A pilot that came yesterday cannot have missed a check-in yet."""
    return look.day >= _after_grace(facts.here_since + timedelta(days=CADENCE[facts.stage]), facts, look)


def could_be_unmoved(facts: Facts, look: Look) -> bool:
    return (look.day - facts.here_since).days >= look.limits["warning"]


def judge_unheard(facts: Facts, look: Look) -> Hit | None:
    if not is_asked_to_check_in(facts) or facts.silence_clock is None:
        return None
    clock, cadence = facts.silence_clock, CADENCE[facts.stage]
    told: dict[str, str | int] = {"cadence": cadence}
    high = clock + timedelta(days=cadence * look.limits["cadences"])
    warning = _after_grace(clock + timedelta(days=cadence), facts, look)
    hits = []
    if look.day >= high:
        hits.append(Hit(Severity.HIGH, clock, high, "cadences", told))
    if look.day >= warning:
        hits.append(Hit(Severity.WARNING, clock, warning, "grace", told))
    return worst_of(hits)


def is_to_move(facts: Facts) -> bool:
    return (
        not facts.rests and facts.is_between(Stage.PILOTING, Stage.LIMITED) and facts.moved_clock is not None
    )


def judge_unmoved(facts: Facts, look: Look) -> Hit | None:
    if not is_to_move(facts) or facts.moved_clock is None:
        return None
    return worst_passed(facts.moved_clock, look, UNMOVED)


# --- R-07 Proven, no plan; R-08 never proven -------------------------------------------

PLANLESS = (Limit("high", 30, Severity.HIGH, "days in Proven without a plan"),)
UNPROVEN = (
    Limit("warning", 90, Severity.WARNING, "days in Piloting"),
    Limit("high", 180, Severity.HIGH, "days in Piloting"),
)


def _is_in(stage: Stage, facts: Facts) -> bool:
    return not facts.rests and facts.stage is stage and facts.stage_clock is not None


def judge_planless(facts: Facts, look: Look) -> Hit | None:
    if not _is_in(Stage.PROVEN, facts) or facts.stage_clock is None:
        return None
    return worst_passed(facts.stage_clock, look, PLANLESS, beyond=True)


def judge_unproven(facts: Facts, look: Look) -> Hit | None:
    if not _is_in(Stage.PILOTING, facts) or facts.stage_clock is None:
        return None
    return worst_passed(facts.stage_clock, look, UNPROVEN, beyond=True)


# --- R-79 The decision day has passed ---------------------------------------------------

UNDECIDED = (
    Limit("warning", 1, Severity.WARNING, "days after the decision day"),
    Limit("high", 8, Severity.HIGH, "days after the decision day"),
)


def is_to_be_decided(facts: Facts) -> bool:
    return not facts.rests and facts.is_between(Stage.IDEA, Stage.PILOTING) and facts.decide_by is not None


def judge_undecided(facts: Facts, look: Look) -> Hit | None:
    if not is_to_be_decided(facts) or facts.decide_by is None:
        return None
    return worst_passed(facts.decide_by, look, UNDECIDED)


def tell_undecided(evidence: Evidence) -> str:
    return f"The decision day, {_day(evidence.since)}, passed {_days(evidence.days)} ago."


def _day(day: date) -> str:
    return str(Day(day))


RULES.add(
    Rule(
        code="R-01",
        title="Proven, no users",
        kind=Kind.STALL,
        pattern=Pattern.PURGATORY,
        source="R-01, S0-1, S1-1",
        inputs=frozenset({"stage", "proven", "hold"}),
        limits=PURGATORY,
        eligible=waits_for_users,
        judge=judge_purgatory,
        fact=lambda evidence: (
            f"Proven {_days(evidence.days)} ago, no go-live (limit {_days(evidence.limit)})."
        ),
        shared=lambda hit, of: f"{hit} of {of} proven pilots have waited too long for a first user",
        next_action="Start the 90-day plan with one accountable owner, or decide to stop.",
        clears_when="It comes to Limited go-live, is stopped, or goes on hold.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-03",
        title="Phase overrun",
        kind=Kind.STALL,
        pattern=Pattern.PURGATORY,
        source="R-03, S0-6 … S0-24",
        inputs=frozenset({"stage", "plan", "hold"}),
        limits=OVERRUN,
        eligible=runs_a_plan,
        judge=judge_overrun,
        fact=tell_overrun,
        shared=lambda hit, of: f"{hit} of {of} running plans are behind",
        next_action="Close what the phase still lacks, or plan anew and say why.",
        clears_when="The phase is closed, or it comes to Limited go-live.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-04",
        subject="heard",
        title="Nothing heard",
        kind=Kind.RISK,
        pattern=Pattern.PURGATORY,
        source="R-04",
        inputs=frozenset({"stage", "word", "move", "hold"}),
        limits=UNHEARD,
        eligible=is_asked_to_check_in,
        judge=judge_unheard,
        could_hit=could_be_unheard,
        fact=lambda evidence: (
            f"Nothing heard for {_days(evidence.days)}; expected every {evidence.details['cadence']} days."
        ),
        shared=lambda hit, of: f"Nothing was heard in time of {hit} of {of} pilots",
        next_action="Ask the owner for two lines, or put it on hold with a review day.",
        clears_when="Somebody checks in or answers the mail, or it moves.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-04",
        subject="moved",
        title="No movement",
        kind=Kind.RISK,
        pattern=Pattern.PURGATORY,
        source="R-04",
        inputs=frozenset({"stage", "move", "hold"}),
        limits=UNMOVED,
        eligible=is_to_move,
        judge=judge_unmoved,
        could_hit=could_be_unmoved,
        denies_health=False,  # somebody may well be heard from every week
        fact=lambda evidence: (
            f"Nothing moved for {_days(evidence.days)} (limit {_days(evidence.limit)}). "
            "Comments and edits do not count."
        ),
        shared=lambda hit, of: f"{hit} of {of} pilots have not moved in time",
        next_action="Agree on the next step and its day, or put it on hold with a review day.",
        clears_when="It moves to another stage, closes a phase or a milestone, or a decision is made.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-07",
        title="Proven, no plan",
        kind=Kind.STALL,
        pattern=Pattern.PURGATORY,
        source="R-07",
        inputs=frozenset({"stage", "hold"}),
        limits=PLANLESS,
        eligible=lambda facts: _is_in(Stage.PROVEN, facts),
        judge=judge_planless,
        fact=lambda evidence: (
            f"In Proven for {_days(evidence.days)} without a plan (limit {evidence.limit})."
        ),
        shared=lambda hit, of: f"{hit} of {of} proven pilots have no plan",
        next_action="Move it to the 90-day plan: day 1 needs a start date and an owner.",
        clears_when="It moves on to its 90-day plan, is stopped, or goes on hold.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-08",
        title="Never proven",
        kind=Kind.STALL,
        pattern=Pattern.PURGATORY,
        source="R-08",
        inputs=frozenset({"stage", "hold"}),
        limits=UNPROVEN,
        eligible=lambda facts: _is_in(Stage.PILOTING, facts),
        judge=judge_unproven,
        fact=lambda evidence: (
            f"In Piloting for {_days(evidence.days)} without proof (limit {_days(evidence.limit)})."
        ),
        shared=lambda hit, of: f"{hit} of {of} pilots run without ever having been proven",
        next_action="Decide what result would prove or end this pilot, and by when.",
        clears_when="It moves on to Proven, is stopped, or goes on hold.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-79",
        title="Decision day passed",
        kind=Kind.STALL,
        pattern=Pattern.PURGATORY,
        source="R-79 (ours)",
        inputs=frozenset({"stage", "decide_by", "hold"}),
        limits=UNDECIDED,
        eligible=is_to_be_decided,
        judge=judge_undecided,
        fact=tell_undecided,
        shared=lambda hit, of: f"The decision day of {hit} of {of} pilots has passed",
        next_action="Go, extend or stop.",
        clears_when="It moves on, is stopped, goes on hold, or gets a later decision day.",
        unblockers=LEADERS,
    ),
)

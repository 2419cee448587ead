"""Rules about the course of a pilot: a plan that slips, a long stay before users, scope, holds, haste.

Source: requirement rows R-02, R-05, R-06, R-09 and R-92. 30 days before users is the “every month in
staging” of S0-1, 120 days the 90 of the plan and the 30 with first users (S0, S1-16), six months the
figure of S2-24 for what is hard. The other numbers are defaults of ours.
"""

from datetime import timedelta

from pilots.access.roles import OwnerRole
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.rules.course_facts import Course
from pilots.rules.facts import Facts
from pilots.rules.marks import Told, at_once, days, has_a_plan
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

LEADERS = (OwnerRole.PRODUCTION_OWNER, OwnerRole.SPONSOR)
WITH_FIRST_USERS = 30  # days between the end of a plan and confirmed production (S1-16)
ONE = timedelta(days=1)
# Rules that judge what is on hold. All others leave it alone, so their flags are about to close then.
JUDGE_HELD = frozenset({"R-09"})


def _course(facts: Facts) -> Course:
    return facts.known_to(Course)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


# --- R-02 The day of going live is put off --------------------------------------------

SLIPS = (
    Limit("moves", 2, Severity.HIGH, "times that the end of the plan was put off", "times"),
    Limit("days", 31, Severity.HIGH, "days by which it was put off in all"),
)


def judge_slips(facts: Facts, look: Look) -> Hit | None:
    """Count what was put off; what was brought forward takes nothing back."""
    if not has_a_plan(facts):
        return None
    later = [move for move in _course(facts).moves if move.days > 0]
    told: Told = {"moves": len(later), "days": sum(move.days for move in later)}
    hits, total = [], 0
    for place, move in enumerate(later, start=1):
        total += move.days
        if place >= look.limits["moves"]:
            hits.append(Hit(Severity.HIGH, move.on, move.on, "moves", {**told, "by": "moves"}))
        if total >= look.limits["days"]:
            hits.append(Hit(Severity.HIGH, move.on, move.on, "days", {**told, "by": "days"}))
    return worst_of(hits)


def tell_slips(evidence: Evidence) -> str:
    moves, by = int(evidence.details["moves"]), int(evidence.details["days"])
    limit = _times(evidence.limit) if evidence.details["by"] == "moves" else days(evidence.limit)
    return f"The end of its plan was put off {_times(moves)}, by {days(by)} in all (limit {limit})."


# --- R-05 A result, and no users -------------------------------------------------------

STAGED = (Limit("high", 30, Severity.HIGH, "days after its integration without a user"),)


def waits_in_staging(facts: Facts) -> bool:
    return (
        has_a_plan(facts) and not facts.has_reached(Stage.LIMITED) and _course(facts).staged_since is not None
    )


def judge_staged(facts: Facts, look: Look) -> Hit | None:
    """A plan that still has days is followed, not stalled, however long it plans to wait."""
    since = _course(facts).staged_since
    if not waits_in_staging(facts) or since is None or facts.plan is None:
        return None
    crossed = max(since + timedelta(days=look.limits["high"]), facts.plan.end) + ONE
    return Hit(Severity.HIGH, since, crossed, "high", serious_on=crossed) if look.day >= crossed else None


# --- R-06 Exploring what was settled ----------------------------------------------------

EXPLORED = (
    Limit("warning", 1, Severity.WARNING, "times that something settled was changed", "times"),
    Limit("high", 3, Severity.HIGH, "times that something settled was changed", "times"),
)


def judge_explored(facts: Facts, look: Look) -> Hit | None:
    if not has_a_plan(facts):
        return None
    changed = _course(facts).scope_changes
    told: Told = {"changes": len(changed)}
    return worst_of(
        [
            Hit(limit.severity, changed[0], changed[wanted - 1], limit.name, told)
            for limit in EXPLORED
            if len(changed) >= (wanted := max(look.limits[limit.name], 1))
        ]
    )


def tell_explored(evidence: Evidence) -> str:
    times = _times(int(evidence.details["changes"]))
    return f"What was settled by day 15, such as a KPI, changed {times} since (limit {evidence.limit})."


# --- R-09 Hiding on hold -----------------------------------------------------------------

HIDING = (
    Limit("review", 1, Severity.WARNING, "days after the review day of its hold", "days late"),
    Limit("held", 60, Severity.WARNING, "days on hold"),
    Limit("holds", 2, Severity.WARNING, "times on hold, this one among them", "times"),
)


def is_put_off(facts: Facts) -> bool:
    return not facts.is_ended and facts.is_held and _course(facts).hold is not None


def judge_hiding(facts: Facts, look: Look) -> Hit | None:
    hold, holds = _course(facts).hold, _course(facts).holds
    if not is_put_off(facts) or hold is None:
        return None
    late = hold.review_on + timedelta(days=look.limits["review"])
    long = hold.since + timedelta(days=look.limits["held"]) + ONE
    hits = []
    if look.day >= late:
        hits.append(Hit(Severity.WARNING, hold.review_on, late, "review", {"by": "review"}))
    if look.day >= long:
        hits.append(Hit(Severity.WARNING, hold.since, long, "held", {"by": "held"}))
    if holds >= max(look.limits["holds"], 1):
        told: Told = {"by": "holds", "holds": holds}
        hits.append(Hit(Severity.WARNING, hold.since, hold.since, "holds", told))
    return worst_of(hits)


def tell_hiding(evidence: Evidence) -> str:
    if evidence.details["by"] == "review":
        return f"Its hold was to be looked at on {Day(evidence.since)}, {days(evidence.days)} ago."
    if evidence.details["by"] == "held":
        return f"On hold for {days(evidence.days)} (limit {days(evidence.limit)})."
    holds = int(evidence.details["holds"])
    return f"On hold for the {_nth(holds)} time, since {Day(evidence.since)}."


def _nth(count: int) -> str:
    words = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}
    return words.get(count, f"{count}th")


# --- R-92 A plan in a hurry ----------------------------------------------------------------

HASTE = (
    Limit("days", 120, Severity.INFO, "days planned at least, up to confirmed production", "days planned"),
    Limit("complex", 183, Severity.INFO, "days planned at least, where it is hard to do", "days planned"),
)


def judge_haste(facts: Facts, look: Look) -> Hit | None:
    if not has_a_plan(facts) or facts.plan is None:
        return None
    planned = facts.plan.days + WITH_FIRST_USERS
    day = at_once(facts.plan.start, look)
    if _course(facts).is_hard and planned < look.limits["complex"]:
        return Hit(Severity.INFO, day, day, "complex", {"planned": planned, "by": "complex"})
    if planned < look.limits["days"]:
        return Hit(Severity.INFO, day, day, "days", {"planned": planned, "by": "days"})
    return None


def tell_haste(evidence: Evidence) -> str:
    planned = days(int(evidence.details["planned"]))
    said = "it is said to be hard" if evidence.details["by"] == "complex" else "as planned"
    return f"{planned} up to confirmed production, {said} (usual: at least {days(evidence.limit)})."


RULES.add(
    Rule(
        code="R-02",
        title="Almost ready",
        kind=Kind.STALL,
        pattern=Pattern.PURGATORY,
        source="R-02, S0-1",
        inputs=frozenset({"stage", "plan", "course", "hold"}),
        limits=SLIPS,
        eligible=has_a_plan,
        judge=judge_slips,
        floor=Course,
        fact=tell_slips,
        shared=lambda hit, of: f"The end of {hit} of {of} running plans was put off again",
        next_action="Agree what exactly is left, and commit to one day, with a reason for each past move.",
        clears_when="It comes to Limited go-live, is stopped, or goes on hold.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-05",
        title="Ready, no users",
        kind=Kind.STALL,
        pattern=Pattern.PURGATORY,
        source="R-05, S0-1",
        inputs=frozenset({"stage", "plan", "course", "hold"}),
        limits=STAGED,
        eligible=waits_in_staging,
        judge=judge_staged,
        floor=Course,
        fact=lambda evidence: (
            f"{days(evidence.days)} since its integration, and no users (limit {days(evidence.limit)})."
        ),
        shared=lambda hit, of: f"{hit} of {of} pilots wait for users after their integration",
        next_action="Name what keeps the first users from it, and who clears that by when.",
        clears_when="It comes to Limited go-live, is stopped, or goes on hold.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-06",
        title="Scope still moves",
        kind=Kind.RISK,
        pattern=Pattern.PURGATORY,
        source="R-06, S0-18, S0-24",
        inputs=frozenset({"stage", "plan", "course", "hold"}),
        limits=EXPLORED,
        eligible=has_a_plan,
        judge=judge_explored,
        floor=Course,
        fact=tell_explored,
        shared=lambda hit, of: f"The scope of {hit} of {of} running plans changed after it was settled",
        next_action="Park the new idea as another pilot, or plan anew and say why.",
        clears_when="It is planned anew, comes to Limited go-live, is stopped, or goes on hold.",
        unblockers=(OwnerRole.PRODUCTION_OWNER, OwnerRole.BUSINESS_OWNER),
    ),
    Rule(
        code="R-09",
        title="Hiding on hold",
        kind=Kind.RISK,
        pattern=Pattern.PURGATORY,
        source="R-09",
        inputs=frozenset({"hold", "course"}),
        limits=HIDING,
        eligible=is_put_off,
        judge=judge_hiding,
        floor=Course,
        fact=tell_hiding,
        shared=lambda hit, of: f"{hit} of {of} pilots on hold are overdue or held again",
        next_action="Resume it, stop it, or extend the hold with a reason and a day.",
        clears_when="It is resumed or stopped.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-92",
        title="Planned in a hurry",
        kind=Kind.HYGIENE,
        pattern=Pattern.PURGATORY,
        source="R-92, S2-24",
        inputs=frozenset({"stage", "plan", "course", "hold"}),
        limits=HASTE,
        eligible=has_a_plan,
        judge=judge_haste,
        floor=Course,
        fact=tell_haste,
        shared=lambda hit, of: f"{hit} of {of} running plans are shorter than usual",
        next_action="Say what makes this one quicker, or plan more days.",
        clears_when="It is planned anew with more days, or comes to Limited go-live.",
        unblockers=LEADERS,
    ),
)

"""Rules about what the playbook asks: what a plan has waited for, open gates, a move that was refused.

They replace a rule for each of the requirements (rows R-19 to R-91 that `pilots.playbook.rows` names): one
for each way in which pilots fail. What another rule tells already is left out, so that one cause gives one
headline. Fifteen days, the length of the plan's first phase, are ours.
"""

from dataclasses import replace
from datetime import date

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.rules.asked_facts import Asked
from pilots.rules.facts import Facts
from pilots.rules.marks import Told, day_of_plan, days, has_a_plan, is_there, reached_day_of_plan
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
    worst_passed,
)

# Requirements of which another rule speaks, by the key of that rule.
TOLD_ELSEWHERE = {
    "limited-live": "R-03",
    "production-owner": "R-10",
    "run-owner": "R-17",
    "three-kpis": "R-20",
    "kpi-baseline": "R-22",
    "kpi-signed": "R-25",
    "real-readings": "R-30",
    "latency-budget": "R-32",
    "cost-budget": "R-32",
    "live-source": "R-35-live",
    "contracts-agreed": "R-35-live",
    "integrations-listed": "R-40",
    "connections-tested": "R-40",
    "evaluation": "R-45",
    "shadow-result": "R-61",
    "production-budget": "R-75",
}
LEADERS = (OwnerRole.PRODUCTION_OWNER, OwnerRole.SPONSOR)
NAMED = 3  # of what is overdue, this many by name
LONGEST_ACTION = 300


def asked(facts: Facts) -> Asked:
    return facts.known_to(Asked)


def _listed(names: tuple[str, ...]) -> str:
    """Return “a, b and c” of up to three, and how many more there are."""
    first, more = list(names[:NAMED]), len(names) - NAMED
    if more > 0:
        return f"{', '.join(first)} and {more} more"
    return f"{', '.join(first[:-1])} and {first[-1]}" if len(first) > 1 else first[0]


# --- R-due: what the plan waited for ----------------------------------------------------------

OVERDUE = (
    Limit("warning", 1, Severity.WARNING, "days after the end of the phase by which it was due"),
    Limit("high", 15, Severity.HIGH, "days after the end of the phase by which it was due"),
)
# Who can help, by the pattern of what is missing; each thing names its own on the tab Readiness.
ASKED_OF: dict[Pattern, tuple[OwnerRole, ...]] = {
    Pattern.PURGATORY: LEADERS,
    Pattern.OWNERSHIP_VACUUM: LEADERS,
    Pattern.DEMO_TRAP: (OwnerRole.TECHNICAL_LEAD, OwnerRole.BUSINESS_OWNER),
    Pattern.INTEGRATION_CLIFF: (OwnerRole.ENGINEERING, OwnerRole.TECHNICAL_LEAD, OwnerRole.DATA_ENGINEERING),
    Pattern.DATA_MISMATCH: (OwnerRole.DATA_ENGINEERING, OwnerRole.SECURITY, OwnerRole.LEGAL),
    Pattern.NO_MLOPS: (OwnerRole.ENGINEERING, OwnerRole.TECHNICAL_LEAD),
    Pattern.OPERATIONS_NOT_READY: (OwnerRole.OPERATIONS, OwnerRole.RUN_OWNER),
    Pattern.MONEY_NOT_COMMITTED: (OwnerRole.SPONSOR, OwnerRole.BUSINESS_OWNER),
    Pattern.BIG_BANG: LEADERS,
}


def _overdue(pattern: Pattern) -> Rule:
    """Return the rule about everything of one pattern that a plan has waited for."""

    def is_asked(facts: Facts) -> bool:
        return has_a_plan(facts) and pattern in asked(facts).due

    def judge(facts: Facts, look: Look) -> Hit | None:
        missing = asked(facts).overdue.get(pattern, ()) if is_asked(facts) else ()
        if not missing:
            return None
        phases = [item.phase for item in missing]
        told: Told = {
            "count": len(missing),
            "things": _listed(tuple(item.title for item in missing)),
            "codes": ", ".join(item.code for item in missing[:NAMED]),
            "phase": 0 if 0 in phases else max(phases),
        }
        first = missing[0]
        hit = worst_passed(first.due_on, look, OVERDUE)
        return hit and replace(hit, details=told, next_action=first.next_action[:LONGEST_ACTION])

    return Rule(
        code="R-due",
        subject=pattern.value,
        title=f"Overdue in the plan: {pattern.label}",
        kind=Kind.GATE,
        pattern=pattern,
        source="R-19 … R-91 of the playbook",
        inputs=frozenset({"stage", "plan", "playbook", "evidence", "waiver", "hold"}),
        limits=OVERDUE,
        eligible=is_asked,
        judge=judge,
        denies_health=False,
        floor=Asked,
        fact=tell_overdue,
        shared=lambda hit, of: f"{hit} of {of} running plans lack something that was due: {pattern.note}",
        next_action="Bring what was due, or have it waived with a reason.",
        clears_when="What was due is there or waived, the plan is made anew, or it leaves its plan.",
        unblockers=ASKED_OF[pattern],
    )


def tell_overdue(evidence: Evidence) -> str:
    count, phase = int(evidence.details["count"]), evidence.details["phase"]
    by = f"by phase {phase} of the plan" if phase else "by the end of the plan"
    what = "1 thing was" if count == 1 else f"{count} things were"
    are = "is" if count == 1 else "are"
    return f"{what} due {by} and {are} not there: {evidence.details['things']}."


# --- R-gates: open gates, late in the plan ------------------------------------------------------

OPEN = (
    Limit("high", 76, Severity.HIGH, "is the day of the plan from which open gates block it", "day of plan"),
)


def _late(facts: Facts, look: Look) -> date | None:
    """Return the day from which open gates block it: in a longer plan, when its last phase begins."""
    day, ship = day_of_plan(facts, look, "high"), asked(facts).ship_on
    return max(day, ship) if day is not None and ship is not None else day


def could_be_late(facts: Facts, look: Look) -> bool:
    late = _late(facts, look)
    return reached_day_of_plan(facts, look, "high") and late is not None and look.day >= late


def judge_open(facts: Facts, look: Look) -> Hit | None:
    gates = asked(facts).open_gates
    late = _late(facts, look) if has_a_plan(facts) else None
    if not gates or late is None or facts.plan is None or look.day < late:
        return None
    told: Told = {"count": len(gates), "gates": _listed(gates)}
    return Hit(Severity.HIGH, facts.plan.start, late, "high", told, late)


def tell_open(evidence: Evidence) -> str:
    are = "is" if evidence.details["count"] == 1 else "are"
    gates = evidence.details["gates"]
    return f"Day {evidence.days + 1} of the plan, and {gates} {are} still open (limit day {evidence.limit})."


# --- R-refused: a move was refused, and what it lacked is still open -------------------------------

REFUSED = (Limit("high", 0, Severity.HIGH, "days since a move was refused"),)


def is_to_move_on(facts: Facts) -> bool:
    """Whether anybody could ask for a next stage; the share of a program counts all of those."""
    return is_there(facts, Stage.IDEA, Stage.LIMITED)


def is_granted(facts: Facts) -> bool:
    """Whether nothing of what a move was refused for is in the way any longer."""
    refusal = asked(facts).refusal
    return refusal is not None and not refusal.lacks


def judge_refused(facts: Facts, look: Look) -> Hit | None:
    refusal = asked(facts).refusal
    if not is_to_move_on(facts) or refusal is None or not refusal.lacks:
        return None
    hit = worst_passed(min(refusal.on, look.day), look, REFUSED)
    told: Told = {"to": refusal.to, "count": len(refusal.lacks), "lacks": refusal.lacks[0]}
    return hit and replace(hit, details=told, next_action=refusal.next_action[:LONGEST_ACTION])


def tell_refused(evidence: Evidence) -> str:
    count, lacks = int(evidence.details["count"]), str(evidence.details["lacks"]).rstrip(".")
    more = f"; and {count - 1} more" if count > 1 else ""
    ago = f"{days(evidence.days)} ago" if evidence.days else "today"
    return f"A move to {evidence.details['to']} was refused {ago}, and it still lacks: {lacks}{more}."


RULES.add(
    *(_overdue(pattern) for pattern in ASKED_OF),
    Rule(
        code="R-gates",
        title="Gates open late in the plan",
        kind=Kind.GATE,
        pattern=Pattern.PURGATORY,
        source="R-15, R-22, R-53, R-80 at the gate; S3-26",
        inputs=frozenset({"stage", "plan", "playbook", "evidence", "waiver", "hold"}),
        limits=OPEN,
        eligible=has_a_plan,
        judge=judge_open,
        could_hit=could_be_late,
        denies_health=False,
        blocks=True,
        floor=Asked,
        fact=tell_open,
        shared=lambda hit, of: f"{hit} of {of} plans are in their last phase with gates open",
        next_action="Settle what the open gates lack, or have it waived with a reason.",
        clears_when="G1 to G6 are met or waived, or it leaves its plan.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-refused",
        title="A move was refused",
        kind=Kind.GATE,
        pattern=Pattern.PURGATORY,
        source="ours, after S3-26",
        inputs=frozenset({"stage", "owner", "refusal", "playbook", "evidence", "waiver", "hold"}),
        limits=REFUSED,
        eligible=is_to_move_on,
        judge=judge_refused,
        denies_health=False,
        blocks=True,
        floor=Asked,
        fact=tell_refused,
        shared=lambda hit, of: f"{hit} of {of} pilots were refused a move, and still lack what it takes",
        next_action="Settle what the move was refused for, or have it waived with a reason.",
        clears_when="It moves, or nothing that kept it from that stage is open any longer.",
        unblockers=LEADERS,
    ),
)

"""Rules about what people are to do: take a seat, decide, run it, and not all of it at once.

Source: requirement rows R-15 … R-18. The day marks are those of the plan's phases; 14 days for a question
and three pilots for one person are defaults of ours.
"""

from datetime import timedelta

from pilots.access.roles import SEATS, OwnerRole
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
from pilots.rules.marks import Told, by_day_of_plan, days, has_a_plan
from pilots.rules.people import has_first_users, is_on_its_way, listed, people_of
from pilots.rules.people_facts import Holder, People
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

LEAD, RUN, BUILDER = OwnerRole.PRODUCTION_OWNER, OwnerRole.RUN_OWNER, OwnerRole.BUILDER
SPONSOR = OwnerRole.SPONSOR
ONE = timedelta(days=1)


# --- R-15 Seats that nobody takes --------------------------------------------------------------------

UNSEATED = (
    Limit("warning", 1, Severity.WARNING, "is the day of the plan from which one is missed", "day of plan"),
    Limit("high", 15, Severity.HIGH, "is the day of the plan by which all are taken", "day of plan"),
)


def seats_people(facts: Facts) -> bool:
    return has_a_plan(facts) and people_of(facts).seats_since is not None


def judge_unseated(facts: Facts, look: Look) -> Hit | None:
    """A seat is taken by a person who delivers something, or is said to be needless (S1-11)."""
    people = people_of(facts)
    if not seats_people(facts):
        return None
    lacks = [
        seat.label.lower()
        for seat in OwnerRole
        if seat in SEATS
        and f"seat:{seat.value}" not in people.let_pass
        and not any(row.has_deliverable for row in people.holding(seat))
    ]
    if not lacks:
        return None
    return by_day_of_plan(facts, look, UNSEATED, {"lacks": listed(lacks), "count": len(lacks)})


def tell_unseated(evidence: Evidence) -> str:
    count = f"{evidence.details['count']} of {len(SEATS)}"
    return f"In {count} seats nobody is to deliver anything yet: {evidence.details['lacks']}."


# --- R-16 A question, and no answer -----------------------------------------------------------------------

UNANSWERED = (Limit("high", 14, Severity.HIGH, "days since a decision was asked for"),)


def is_asked_something(facts: Facts) -> bool:
    return not facts.rests and bool(people_of(facts).questions)


def judge_unanswered(facts: Facts, look: Look) -> Hit | None:
    """Judge what has waited longest; a day that somebody set for it is awaited.

    Reviews are not recorded, so “three reviews since the last decision” is not judged.
    """
    if not is_asked_something(facts):
        return None
    hits = []
    for question in people_of(facts).questions:
        due = question.asked_on + timedelta(days=look.limits["high"])
        crossed = max(due, question.needed_by or due) + ONE
        if look.day >= crossed:
            hits.append(Hit(Severity.HIGH, question.asked_on, crossed, "high"))
    return worst_of(hits)


# --- R-17 Nobody to run it --------------------------------------------------------------------------------

UNRUN = (
    Limit("warning", 76, Severity.WARNING, "is the day of the plan by which one is named", "day of plan"),
    Limit("critical", 0, Severity.CRITICAL, "days in production without one"),
)


def needs_to_be_run(facts: Facts) -> bool:
    """Whether somebody is to run it: on its way by a plan, or gone to production here with people named."""
    return is_on_its_way(facts) or _came_to_production_here(facts)


def _came_to_production_here(facts: Facts) -> bool:
    people = people_of(facts)
    return (
        not facts.rests
        and facts.is_between(Stage.PRODUCTION, Stage.SUSTAINED)
        and people.production_on is not None
        and people.production_on > facts.here_since
        and bool(people.holders)
    )


def judge_unrun(facts: Facts, look: Look) -> Hit | None:
    people = people_of(facts)
    if not needs_to_be_run(facts) or people.holding(RUN) or people.let_pass & {"run-owner", "G6"}:
        return None
    if has_a_plan(facts):
        return by_day_of_plan(facts, look, UNRUN[:1], {"by": "plan"})
    if has_first_users(facts) and facts.stage_clock is not None:
        clock = facts.stage_clock
        return worst_of([Hit(Severity.WARNING, clock, clock, "warning", {"by": "users"})])
    since = max(filter(None, (people.production_on, people.run_left_on)))
    crossed = since + timedelta(days=look.limits["critical"])
    if look.day < crossed:
        return None
    return worst_of([Hit(Severity.CRITICAL, since, crossed, "critical", {"by": "production"})])


def tell_unrun(evidence: Evidence) -> str:
    if evidence.details["by"] == "plan":
        return f"Day {evidence.days + 1} of the plan, and nobody is to run it (limit day {evidence.limit})."
    where = "It has its first users" if evidence.details["by"] == "users" else "It is in production"
    return f"{where}, and nobody runs it."


# --- R-18 The same few people ------------------------------------------------------------------------------

SPREAD = (
    Limit("pilots", 3, Severity.WARNING, "pilots that one person leads", "pilots"),
    Limit("both", 0, Severity.WARNING, "days since one person builds and runs it"),
)


def judge_spread(facts: Facts, look: Look) -> Hit | None:
    """Teams are no one person. Who builds and runs it is told where nobody else could."""
    people, lead = people_of(facts), people_of(facts).lead
    if not is_on_its_way(facts):
        return None
    hits, wanted = [], max(look.limits["pilots"], 1)
    if lead is not None and lead.is_there and lead.is_person and len(people.lead_loads) >= wanted:
        since = sorted(people.lead_loads)[wanted - 1]
        told: Told = {"by": "pilots", "pilots": len(people.lead_loads)}
        hits.append(Hit(Severity.WARNING, since, since, "pilots", told))
    if (alone := _runs_alone(people)) is not None:
        since = max(alone.since, min(row.since for row in people.holding(BUILDER)))
        crossed = since + timedelta(days=look.limits["both"])
        if look.day >= crossed:
            hits.append(Hit(Severity.WARNING, since, crossed, "both", {"by": "both"}))
    return worst_of(hits)


def _runs_alone(people: People) -> Holder | None:
    """Return who runs it alone and builds it too."""
    runs = people.holding(RUN)
    if len(runs) != 1 or runs[0].has_deputy or not runs[0].is_person:
        return None
    builds = {row.owner_id for row in people.holding(BUILDER)}
    return runs[0] if runs[0].owner_id in builds else None


def tell_spread(evidence: Evidence) -> str:
    if evidence.details["by"] == "both":
        return "Who builds it is to run it too, and nobody stands in."
    count = evidence.details["pilots"]
    # Who reads this may see one program only: which the others are is not said.
    return f"Its production owner leads {count} pilots, all programs counted (limit {evidence.limit})."


RULES.add(
    Rule(
        code="R-15",
        title="Seats not taken",
        kind=Kind.GATE,
        pattern=Pattern.OWNERSHIP_VACUUM,
        source="R-15, S1-11",
        inputs=frozenset({"stage", "plan", "people", "waiver", "hold"}),
        limits=UNSEATED,
        eligible=seats_people,
        judge=judge_unseated,
        floor=People,
        fact=tell_unseated,
        shared=lambda hit, of: f"{hit} of {of} running plans have seats that nobody takes",
        next_action="Ask each of them for a name and a day now, not when their approval is needed.",
        clears_when="Each seat has a person and what they deliver, or a reason why nobody is needed.",
        unblockers=(LEAD, SPONSOR),
    ),
    Rule(
        code="R-16",
        title="Decision waits",
        kind=Kind.RISK,
        pattern=Pattern.OWNERSHIP_VACUUM,
        source="R-16, S0-4",
        inputs=frozenset({"people", "hold"}),
        limits=UNANSWERED,
        eligible=is_asked_something,
        judge=judge_unanswered,
        floor=People,
        fact=lambda evidence: (
            f"A decision was asked for on {Day(evidence.since)}, {days(evidence.days)} ago "
            f"(limit {days(evidence.limit)})."
        ),
        shared=lambda hit, of: f"{hit} of {of} pilots with an open question wait too long for its answer",
        next_action="Give the next meeting this one decision, and one person who makes it.",
        clears_when="It is decided.",
        unblockers=(SPONSOR, LEAD),
    ),
    Rule(
        code="R-17",
        title="No run owner",
        kind=Kind.GATE,
        pattern=Pattern.OWNERSHIP_VACUUM,
        source="R-17, S3-19",
        inputs=frozenset({"stage", "plan", "people", "waiver", "hold"}),
        limits=UNRUN,
        eligible=needs_to_be_run,
        judge=judge_unrun,
        floor=People,
        fact=tell_unrun,
        shared=lambda hit, of: f"{hit} of {of} pilots have nobody to run them",
        next_action="Name who watches the number after launch, and have them accept it.",
        clears_when="A run owner is named, or it is waived.",
        unblockers=(LEAD, SPONSOR),
    ),
    Rule(
        code="R-18",
        title="The same few people",
        kind=Kind.HYGIENE,
        pattern=Pattern.OWNERSHIP_VACUUM,
        source="R-18, S4-11",
        inputs=frozenset({"stage", "plan", "people", "hold"}),
        limits=SPREAD,
        eligible=is_on_its_way,
        judge=judge_spread,
        floor=People,
        fact=tell_spread,
        shared=lambda hit, of: f"{hit} of {of} pilots on their way rest on people who do too much",
        next_action="Move duties to somebody else, or fund their backfill before launch.",
        clears_when="Somebody else takes a pilot or a duty over.",
        unblockers=(SPONSOR,),
    ),
)

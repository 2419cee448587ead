"""Rules about the people of a pilot: who may decide, who is missing, who does too much, what waits.

Source: requirement rows R-11, R-12 and R-14 … R-18. The day marks are those of the plan's phases, as for
R-10; 14 days for a question, 30 for a sign-in and three pilots for one person are defaults of ours.
That nobody is production owner at all is R-10 and is not said twice.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from pilots.access.roles import SEATS, OwnerRole
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
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
from pilots.rules.time import CADENCE

LEAD, RUN, BUILDER = OwnerRole.PRODUCTION_OWNER, OwnerRole.RUN_OWNER, OwnerRole.BUILDER
BUSINESS, TECHNICAL, SPONSOR = OwnerRole.BUSINESS_OWNER, OwnerRole.TECHNICAL_LEAD, OwnerRole.SPONSOR
MAKERS = (BUILDER, OwnerRole.INFRASTRUCTURE)
IN_USE = (Stage.LIMITED, Stage.PRODUCTION, Stage.SUSTAINED)
ONE = timedelta(days=1)
Told = dict[str, str | int]


def _people(facts: Facts) -> People:
    return facts.known_to(People)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _listed(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _runs_a_plan(facts: Facts) -> bool:
    return not facts.rests and facts.stage is Stage.TRANSITION and facts.plan is not None


def _has_first_users(facts: Facts) -> bool:
    """Whether a few use it that had a plan here: one logged as live already is asked for nothing."""
    return (
        not facts.rests
        and facts.stage is Stage.LIMITED
        and facts.stage_clock is not None
        and _people(facts).has_plan
    )


def _on_its_way(facts: Facts) -> bool:
    return _runs_a_plan(facts) or _has_first_users(facts)


def _by_day_of_plan(facts: Facts, look: Look, limits: Iterable[Limit], told: Told) -> list[Hit]:
    """Judge by the day of the running plan: day 1 is its first."""
    if facts.plan is None:
        return []
    start = facts.plan.start
    return [
        Hit(limit.severity, start, crossed, limit.name, told)
        for limit in limits
        if look.day >= (crossed := start + timedelta(days=max(look.limits[limit.name], 1) - 1))
    ]


# --- R-11 Who makes it owns it --------------------------------------------------------------

BOTH = (
    Limit("reason", 0, Severity.INFO, "days since one person holds both, with a reason"),
    Limit("high", 0, Severity.HIGH, "days since one person holds both, and nobody said why"),
)


def has_a_lead(facts: Facts) -> bool:
    return not facts.rests and _people(facts).lead is not None


def judge_both(facts: Facts, look: Look) -> Hit | None:
    """A recorded reason is an exception somebody stands for: it is told, and held against nobody."""
    lead = _people(facts).lead
    if not has_a_lead(facts) or lead is None:
        return None
    made = [row for row in _people(facts).holding(*MAKERS) if row.owner_id == lead.owner_id]
    if not made:
        return None
    since = max(lead.since, min(row.since for row in made))
    told: Told = {"role": made[0].role.label.lower()}
    reason = next((row.reason for row in (lead, *made) if row.reason), "")
    name, severity = ("reason", Severity.INFO) if reason else ("high", Severity.HIGH)
    crossed = since + timedelta(days=look.limits[name])
    if look.day < crossed:
        return None
    return worst_of([Hit(severity, since, crossed, name, {**told, "reason": reason} if reason else told)])


def tell_both(evidence: Evidence) -> str:
    said = f"Its production owner is its {evidence.details['role']} too"
    reason = evidence.details.get("reason")
    return f"{said}. The reason given: {reason}" if reason else f"{said}, and nobody said why."


# --- R-12 An owner who may not decide, or is not there -----------------------------------------

POWERLESS = (
    Limit("authority", 15, Severity.HIGH, "is the day of the plan by which it is written", "day of plan"),
    Limit("gone", 0, Severity.HIGH, "days since the owner is gone"),
    Limit("seen", 30, Severity.HIGH, "days since the owner was here, or twice the rhythm of check-ins"),
)


def has_a_lead_at_work(facts: Facts) -> bool:
    """Whether anything can be said of the owner: a plan asks for it, or their account or end tells it."""
    people = _people(facts)
    if people.lead is None or facts.rests or not facts.is_between(Stage.TRANSITION, Stage.SUSTAINED):
        return False
    return _on_its_way(facts) or people.lead_seen_on is not None or not people.lead.is_there


def judge_powerless(facts: Facts, look: Look) -> Hit | None:
    """Ask for authority on the way to users, whether the owner is there always.

    Before production an owner who is not there counts as none, and that is R-10. Once it runs, somebody
    need not be here more often than a check-in is due.
    """
    lead, seen = _people(facts).lead, _people(facts).lead_seen_on
    if not has_a_lead_at_work(facts) or lead is None:
        return None
    if not lead.is_there:
        if not facts.is_between(Stage.PRODUCTION, Stage.SUSTAINED):
            return None
        # Nobody notes the day on which somebody went: the last one on which they surely were there.
        gone = max(lead.since, facts.here_since, seen or lead.since)
        crossed = gone + timedelta(days=look.limits["gone"])
        hit = Hit(Severity.HIGH, gone, crossed, "gone", {"by": "gone"})
        return worst_of([hit]) if look.day >= crossed else None
    hits = [] if lead.has_authority else _without_authority(facts, look, lead)
    if seen is not None:
        allowed = max(look.limits["seen"], 2 * CADENCE[facts.stage])
        clock = max(seen, lead.since)
        crossed = clock + timedelta(days=allowed) + ONE
        told: Told = {"by": "seen", "allowed": allowed}
        if look.day >= crossed:
            hits.append(Hit(Severity.HIGH, clock, crossed, "seen", told))
    return worst_of(hits)


def _without_authority(facts: Facts, look: Look, lead: Holder) -> list[Hit]:
    told: Told = {"by": "authority"}
    if _runs_a_plan(facts):
        found = _by_day_of_plan(facts, look, POWERLESS[:1], told)
        return [replace(hit, crossed_on=max(hit.crossed_on, lead.since)) for hit in found]
    if _has_first_users(facts) and facts.stage_clock is not None:
        since = max(facts.stage_clock, lead.since)
        return [Hit(Severity.HIGH, since, since, "authority", told)]
    return []


def tell_powerless(evidence: Evidence) -> str:
    if evidence.details["by"] == "gone":
        return "Its production owner is not active any longer."
    if evidence.details["by"] == "seen":
        allowed = _days(int(evidence.details["allowed"]))
        return f"Its production owner was last here {_days(evidence.days)} ago (limit {allowed})."
    return "What its production owner may decide is not written down."


# --- R-14 Nobody to own the number, the system, or the money ---------------------------------------

UNSIGNED = (
    Limit("warning", 1, Severity.WARNING, "is the day of the plan from which one is missed", "day of plan"),
    Limit("high", 15, Severity.HIGH, "is the day of the plan by which all are named", "day of plan"),
)
WANTED = {BUSINESS: "a business owner", TECHNICAL: "a technical lead"}
MONEY = "somebody who can release money"


def judge_unsigned(facts: Facts, look: Look) -> Hit | None:
    if not _on_its_way(facts):
        return None
    people = _people(facts)
    lacks = [words for role, words in WANTED.items() if not people.holding(role)]
    if people.let_pass & {"business-owner", "G0"}:
        lacks = [words for words in lacks if words != WANTED[BUSINESS]]
    if not any(row.has_budget for row in people.holding(SPONSOR, LEAD, *WANTED)):
        lacks.append(MONEY)
    if not lacks:
        return None
    told: Told = {"lacks": _listed(lacks)}
    if _runs_a_plan(facts):
        return worst_of(_by_day_of_plan(facts, look, UNSIGNED, told))
    clock = facts.stage_clock or look.day
    return worst_of([Hit(Severity.HIGH, clock, clock, "high", told)])


# --- R-15 Seats that nobody takes --------------------------------------------------------------------

UNSEATED = (
    Limit("warning", 1, Severity.WARNING, "is the day of the plan from which one is missed", "day of plan"),
    Limit("high", 15, Severity.HIGH, "is the day of the plan by which all are taken", "day of plan"),
)


def seats_people(facts: Facts) -> bool:
    return _runs_a_plan(facts) and _people(facts).seats_since is not None


def judge_unseated(facts: Facts, look: Look) -> Hit | None:
    """A seat is taken by a person who delivers something, or is said to be needless (S1-11)."""
    people = _people(facts)
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
    return worst_of(_by_day_of_plan(facts, look, UNSEATED, {"lacks": _listed(lacks), "count": len(lacks)}))


def tell_unseated(evidence: Evidence) -> str:
    count = f"{evidence.details['count']} of {len(SEATS)}"
    return f"In {count} seats nobody is to deliver anything yet: {evidence.details['lacks']}."


# --- R-16 A question, and no answer -----------------------------------------------------------------------

UNANSWERED = (Limit("high", 14, Severity.HIGH, "days since a decision was asked for"),)


def is_asked_something(facts: Facts) -> bool:
    return not facts.rests and bool(_people(facts).questions)


def judge_unanswered(facts: Facts, look: Look) -> Hit | None:
    """Judge what has waited longest; a day that somebody set for it is awaited.

    Reviews are not recorded, so “three reviews since the last decision” is not judged.
    """
    if not is_asked_something(facts):
        return None
    hits = []
    for question in _people(facts).questions:
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
    return _on_its_way(facts) or _came_to_production_here(facts)


def _came_to_production_here(facts: Facts) -> bool:
    people = _people(facts)
    return (
        not facts.rests
        and facts.is_between(Stage.PRODUCTION, Stage.SUSTAINED)
        and people.production_on is not None
        and people.production_on > facts.here_since
        and bool(people.holders)
    )


def judge_unrun(facts: Facts, look: Look) -> Hit | None:
    people = _people(facts)
    if not needs_to_be_run(facts) or people.holding(RUN) or people.let_pass & {"run-owner", "G6"}:
        return None
    if _runs_a_plan(facts):
        return worst_of(_by_day_of_plan(facts, look, UNRUN[:1], {"by": "plan"}))
    if _has_first_users(facts) and facts.stage_clock is not None:
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
    people, lead = _people(facts), _people(facts).lead
    if not _on_its_way(facts):
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
    return f"Its production owner leads {count} pilots at once (limit {evidence.limit})."


RULES.add(
    Rule(
        code="R-11",
        title="Who makes it owns it",
        kind=Kind.RISK,
        pattern=Pattern.OWNERSHIP_VACUUM,
        source="R-11, S0-9",
        inputs=frozenset({"owner", "people", "hold"}),
        limits=BOTH,
        eligible=has_a_lead,
        judge=judge_both,
        floor=People,
        fact=tell_both,
        shared=lambda hit, of: f"{hit} of {of} pilots are owned by those who make them",
        next_action="Choose somebody who stands between both sides, or write down why it may be so.",
        clears_when="Somebody else makes it or owns it. With a reason it is only told.",
        unblockers=(SPONSOR, BUSINESS),
    ),
    Rule(
        code="R-12",
        title="Owner without a say",
        kind=Kind.RISK,
        pattern=Pattern.OWNERSHIP_VACUUM,
        source="R-12, S0-9",
        inputs=frozenset({"stage", "plan", "owner", "people", "hold"}),
        limits=POWERLESS,
        eligible=has_a_lead_at_work,
        judge=judge_powerless,
        floor=People,
        fact=tell_powerless,
        shared=lambda hit, of: f"{hit} of {of} production owners may decide nothing in writing, or are away",
        next_action="Confirm in writing what this owner may decide, or hand over.",
        clears_when="What the owner may decide is written down, and they are here again or hand over.",
        unblockers=(SPONSOR, BUSINESS),
    ),
    Rule(
        code="R-14",
        title="Co-owner or money missing",
        kind=Kind.GATE,
        pattern=Pattern.OWNERSHIP_VACUUM,
        source="R-14, S1-9",
        inputs=frozenset({"stage", "plan", "people", "waiver", "hold"}),
        limits=UNSIGNED,
        eligible=_on_its_way,
        judge=judge_unsigned,
        floor=People,
        fact=lambda evidence: f"It lacks {evidence.details['lacks']}.",
        shared=lambda hit, of: f"{hit} of {of} pilots on their way lack a co-owner or money authority",
        next_action="Get the agreement of somebody who can release production money.",
        clears_when="A business owner, a technical lead and somebody who can release money are named.",
        unblockers=(SPONSOR,),
    ),
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
            f"A decision was asked for on {Day(evidence.since)}, {_days(evidence.days)} ago "
            f"(limit {_days(evidence.limit)})."
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
        eligible=_on_its_way,
        judge=judge_spread,
        floor=People,
        fact=tell_spread,
        shared=lambda hit, of: f"{hit} of {of} pilots on their way rest on people who do too much",
        next_action="Move duties to somebody else, or fund their backfill before launch.",
        clears_when="Somebody else takes a pilot or a duty over.",
        unblockers=(SPONSOR,),
    ),
)

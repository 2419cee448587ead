"""Rules about who may decide: the one accountable, those who answer with them, and the money.

Source: requirement rows R-11, R-12 and R-14. The day marks are those of the plan's phases, as for R-10;
30 days without a sign-in is a default of ours. That nobody is production owner is R-10, and said once.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
from pilots.rules.marks import Told, by_day_of_plan, days, has_a_plan, is_there
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

LEAD, SPONSOR = OwnerRole.PRODUCTION_OWNER, OwnerRole.SPONSOR
BUSINESS, TECHNICAL = OwnerRole.BUSINESS_OWNER, OwnerRole.TECHNICAL_LEAD
MAKERS = (OwnerRole.BUILDER, OwnerRole.INFRASTRUCTURE)
ONE = timedelta(days=1)


def people_of(facts: Facts) -> People:
    return facts.known_to(People)


def listed(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def has_first_users(facts: Facts) -> bool:
    """Whether a few use it that had a plan here: one logged as live already is asked for nothing."""
    return (
        is_there(facts, Stage.LIMITED, Stage.LIMITED)
        and facts.stage_clock is not None
        and people_of(facts).has_plan
    )


def is_on_its_way(facts: Facts) -> bool:
    return has_a_plan(facts) or has_first_users(facts)


# --- R-11 Who makes it owns it --------------------------------------------------------------

BOTH = (
    Limit("explained", 0, Severity.INFO, "days since one person holds both, with a reason"),
    Limit("high", 0, Severity.HIGH, "days since one person holds both, and nobody said why"),
)


def has_a_lead(facts: Facts) -> bool:
    return not facts.rests and people_of(facts).lead is not None


def judge_both(facts: Facts, look: Look) -> Hit | None:
    """A recorded reason is an exception somebody stands for: it is told, and held against nobody."""
    lead = people_of(facts).lead
    if not has_a_lead(facts) or lead is None:
        return None
    made = [row for row in people_of(facts).holding(*MAKERS) if row.owner_id == lead.owner_id]
    if not made:
        return None
    since = max(lead.since, min(row.since for row in made))
    told: Told = {"role": made[0].role.label.lower()}
    reason = next((row.reason for row in (lead, *made) if row.reason), "")
    name, severity = ("explained", Severity.INFO) if reason else ("high", Severity.HIGH)
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
    people = people_of(facts)
    if people.lead is None or facts.rests or not facts.is_between(Stage.TRANSITION, Stage.SUSTAINED):
        return False
    return is_on_its_way(facts) or people.lead_seen_on is not None or not people.lead.is_there


def judge_powerless(facts: Facts, look: Look) -> Hit | None:
    """Ask for authority on the way to users, whether the owner is there always.

    Before production an owner who is not there counts as none, and that is R-10. Once it runs, somebody
    need not be here more often than a check-in is due.
    """
    lead, seen = people_of(facts).lead, people_of(facts).lead_seen_on
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
        named = lead.since + timedelta(days=people_of(facts).lead_paused)
        clock = max(seen, named)
        crossed = clock + timedelta(days=allowed) + ONE
        told: Told = {"by": "seen", "allowed": allowed}
        if seen < named:
            told["by"] = "unseen"  # they may have been here before; since they took it over they were not
        if look.day >= crossed:
            hits.append(Hit(Severity.HIGH, clock, crossed, "seen", told))
    return worst_of(hits)


def _without_authority(facts: Facts, look: Look, lead: Holder) -> list[Hit]:
    told: Told = {"by": "authority"}
    if has_a_plan(facts):
        hit = by_day_of_plan(facts, look, POWERLESS[:1], told)
        return [replace(hit, crossed_on=max(hit.crossed_on, lead.since))] if hit else []
    if has_first_users(facts) and facts.stage_clock is not None:
        since = max(facts.stage_clock, lead.since)
        return [Hit(Severity.HIGH, since, since, "authority", told)]
    return []


def tell_powerless(evidence: Evidence) -> str:
    if evidence.details["by"] == "gone":
        return "Its production owner is not active any longer."
    if evidence.details["by"] in {"seen", "unseen"}:
        allowed, ago = days(int(evidence.details["allowed"])), f"{days(evidence.days)} ago"
        if evidence.details["by"] == "seen":
            return f"Its production owner was last here {ago} (limit {allowed})."
        return f"Its production owner was not here since they took it over {ago} (limit {allowed})."
    return "What its production owner may decide is not written down."


# --- R-14 Nobody to own the number, the system, or the money ---------------------------------------

UNSIGNED = (
    Limit("warning", 1, Severity.WARNING, "is the day of the plan from which one is missed", "day of plan"),
    Limit("high", 15, Severity.HIGH, "is the day of the plan by which all are named", "day of plan"),
)
WANTED = {BUSINESS: "a business owner", TECHNICAL: "a technical lead"}
MONEY = "somebody who can release money"


def judge_unsigned(facts: Facts, look: Look) -> Hit | None:
    if not is_on_its_way(facts):
        return None
    people = people_of(facts)
    lacks = [words for role, words in WANTED.items() if not people.holding(role)]
    if people.let_pass & {"business-owner", "G0"}:
        lacks = [words for words in lacks if words != WANTED[BUSINESS]]
    if not any(row.has_budget for row in people.holding(SPONSOR, LEAD, *WANTED)):
        lacks.append(MONEY)
    if not lacks:
        return None
    told: Told = {"lacks": listed(lacks)}
    if has_a_plan(facts):
        return by_day_of_plan(facts, look, UNSIGNED, told)
    clock = facts.stage_clock or look.day
    return worst_of([Hit(Severity.HIGH, clock, clock, "high", told)])


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
        eligible=is_on_its_way,
        judge=judge_unsigned,
        floor=People,
        fact=lambda evidence: f"It lacks {evidence.details['lacks']}.",
        shared=lambda hit, of: f"{hit} of {of} pilots on their way lack a co-owner or money authority",
        next_action="Get the agreement of somebody who can release production money.",
        clears_when="A business owner, a technical lead and somebody who can release money are named.",
        unblockers=(SPONSOR,),
    ),
)

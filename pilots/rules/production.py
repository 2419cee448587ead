"""Rules about what it takes to run: data, connections, the way to everybody, and the model of a provider.

Sources: requirement rows R-35, R-40, R-60 … R-63 and R-71. Days 15, 45 and 75 are the ends of the plan's
phases, day 60 the middle of its third; 30 days with the first users are S1-16, and 60 the same again.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
from pilots.rules.marks import (
    Told,
    at_once,
    by_day_of_plan,
    days,
    has_a_plan,
    is_there,
    reached_day_of_plan,
)
from pilots.rules.production_facts import Production, Step
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

DATA = (OwnerRole.DATA_ENGINEERING, OwnerRole.ENGINEERING)
LEADERS = (OwnerRole.PRODUCTION_OWNER, OwnerRole.SPONSOR)
BUILDERS = (OwnerRole.TECHNICAL_LEAD, OwnerRole.BUILDER)
_BY_DAY = "day of plan"


def record(facts: Facts) -> Production:
    return facts.known_to(Production)


def _count(count: int, of: int, one: str, many: str) -> str:
    return f"{count} of {of} {many if of != 1 else one}"


# --- R-35 The data is not the data it was shown on ------------------------------------------

MISMATCH = (Limit("high", 45, Severity.HIGH, "is the day of the plan by which live data is agreed", _BY_DAY),)


def _data_lacks(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield what of its data is not there, and what to do about it; what was waived is let pass."""
    known = record(facts)
    sources = [link for link in known.links if link.is_source]
    if not any(link.is_live for link in sources) and not known.is_let_pass("live-source", "G2"):
        yield (
            "no live source is connected",
            "Connect one live source, and record what is missing in its data.",
        )
    bare = [link for link in known.links if not link.has_contract]
    if bare and not known.stands_alone and not known.is_let_pass("contracts-agreed"):
        has = _count(
            len(bare), len(known.links), "connection has no contract", "connections have no contract"
        )
        yield has, f"Agree schema, format and times with whoever is on the other side of {bare[0].name}."
    unseen = [link for link in sources if not link.is_checked]
    if unseen and not known.is_let_pass("live-source", "G2"):
        is_not = _count(
            len(unseen),
            len(sources),
            "source was never checked for quality",
            "were never checked for quality",
        )
        yield is_not, f"Look at the quality of {unseen[0].name}, and note the day."


def judge_mismatch(facts: Facts, look: Look) -> Hit | None:
    lacks = list(_data_lacks(facts)) if has_a_plan(facts) else []
    if not lacks:
        return None
    hit = by_day_of_plan(facts, look, MISMATCH, {"lacks": "; ".join(said for said, _ in lacks)})
    return hit and replace(hit, next_action=lacks[0][1][:300])


def tell_mismatch(evidence: Evidence) -> str:
    lacks = evidence.details["lacks"]
    return f"Day {evidence.days + 1} of the plan, and {lacks} (limit day {evidence.limit})."


# --- R-40 Not connected to anything people use ----------------------------------------------

CLIFF = (
    Limit("listed", 15, Severity.WARNING, "is the day of the plan by which they are listed", _BY_DAY),
    Limit("connected", 60, Severity.HIGH, "is the day of the plan by which one is connected", _BY_DAY),
    Limit("tested", 75, Severity.CRITICAL, "is the day of the plan by which all are tested", _BY_DAY),
)
CLIFF_ACTIONS = {
    "listed": "List the sources and systems it connects to, or say why it stands alone.",
    "connected": "Pick the hardest system, and connect it read-only first.",
    "tested": "Test each against the real system; a sandbox does not count.",
}


def is_to_be_connected(facts: Facts) -> bool:
    return has_a_plan(facts) and not record(facts).stands_alone


def judge_cliff(facts: Facts, look: Look) -> Hit | None:
    """Nothing listed is nothing connected and nothing tested: it rises with the days of the plan too."""
    if not is_to_be_connected(facts):
        return None
    known = record(facts)
    untested = [link for link in known.links if not link.is_tested]
    is_open = {
        "listed": not known.links and not known.is_let_pass("integrations-listed"),
        "connected": not any(link.is_connected for link in known.links),
        "tested": bool(untested) or not known.links,
    }
    if known.is_let_pass("connections-tested"):
        is_open["connected"] = is_open["tested"] = False
    told: Told = {
        "listed": len(known.links),
        "connected": sum(link.is_connected for link in known.links),
        "untested": len(untested),
    }
    hit = by_day_of_plan(facts, look, [limit for limit in CLIFF if is_open[limit.name]], told)
    if hit is None:
        return None
    return replace(hit, next_action=CLIFF_ACTIONS[hit.limit if known.links else "listed"])


def tell_cliff(evidence: Evidence) -> str:
    listed, connected, untested = (
        int(evidence.details[name]) for name in ("listed", "connected", "untested")
    )
    if not listed:
        has = "no system it connects to is listed"
    elif not connected:
        has = "the one connection is" if listed == 1 else f"none of {listed} connections is"
        has += " not connected yet" if listed == 1 else " connected yet"
    else:
        has = _count(untested, listed, "connection is not tested", "connections are not tested")
    return f"Day {evidence.days + 1} of the plan, and {has} (limit day {evidence.limit})."


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

HASTE = (Limit("high", 30, Severity.HIGH, "days with few before the share is raised"),)


def has_first_users(facts: Facts) -> bool:
    known = record(facts)
    return (
        is_there(facts, Stage.TRANSITION)
        and any(not step.is_shadow for step in known.steps)
        and not known.may_expand_early
    )


def judge_haste(facts: Facts, look: Look) -> Hit | None:
    """Judge steps that raised the share inside the thirty days, until those are over.

    Whether a step began too early goes by the calendar, as where it is planned; a pause puts off the end.
    """
    if not has_first_users(facts):
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


def tell_haste(evidence: Evidence) -> str:
    share, few = evidence.details["share"], int(evidence.details["few"])
    return f"The share was raised to {share} % after {days(few)} with few (limit {days(evidence.limit)})."


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


# --- R-71 The provider changed the model --------------------------------------------------------------

SWAPPED = (Limit("high", 0, Severity.HIGH, "days since a provider changed the model"),)


def rests_on_a_provider(facts: Facts) -> bool:
    known = record(facts)
    return (
        is_there(facts, Stage.PILOTING)
        and known.model is not None
        and not known.is_let_pass("evaluation", "G3")
    )


def judge_swapped(facts: Facts, look: Look) -> Hit | None:
    model = record(facts).model
    if not rests_on_a_provider(facts) or model is None:
        return None
    if model.is_evaluated or model.evaluated_on >= model.changed_on:
        return None
    hit = worst_passed(at_once(model.changed_on, look), look, SWAPPED)
    return hit and replace(hit, details={"version": model.label, "provider": model.provider})


def tell_swapped(evidence: Evidence) -> str:
    provider, version = evidence.details["provider"], evidence.details["version"]
    ago = f"{days(evidence.days)} ago" if evidence.days else "today"
    return f"{provider} changed its model to {version} {ago}, after the last evaluation."


RULES.add(
    Rule(
        code="R-35",
        title="Data mismatch",
        kind=Kind.RISK,
        pattern=Pattern.DATA_MISMATCH,
        source="R-35, S3-21, S2-13, S0-7",
        inputs=frozenset({"stage", "plan", "connections", "waiver", "hold"}),
        limits=MISMATCH,
        eligible=has_a_plan,
        judge=judge_mismatch,
        could_hit=lambda facts, look: reached_day_of_plan(facts, look, "high"),
        floor=Production,
        fact=tell_mismatch,
        shared=lambda hit, of: f"{hit} of {of} running plans are not on live, agreed and checked data yet",
        next_action="Connect one live source, and record what is missing in its data.",
        clears_when="A live source is connected, and every connection has its contract and its check.",
        unblockers=DATA,
    ),
    Rule(
        code="R-40",
        title="Integration cliff",
        kind=Kind.RISK,
        pattern=Pattern.INTEGRATION_CLIFF,
        source="R-40, S0-3, S0-21, S2-15",
        inputs=frozenset({"stage", "plan", "connections", "waiver", "hold"}),
        limits=CLIFF,
        eligible=is_to_be_connected,
        judge=judge_cliff,
        could_hit=lambda facts, look: reached_day_of_plan(facts, look, "listed"),
        floor=Production,
        fact=tell_cliff,
        shared=lambda hit, of: f"{hit} of {of} running plans are not connected to what people use",
        next_action=CLIFF_ACTIONS["connected"],
        clears_when="Every connection is tested, or somebody says why it stands alone.",
        unblockers=(OwnerRole.ENGINEERING, OwnerRole.DATA_ENGINEERING, OwnerRole.TECHNICAL_LEAD),
    ),
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
        limits=HASTE,
        eligible=has_first_users,
        judge=judge_haste,
        denies_health=False,
        floor=Production,
        fact=tell_haste,
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
        shared=lambda hit, of: f"{hit} of {of} pilots stay with few users and decide nothing",
        next_action="Expand it, put it right or roll it back: decide.",
        clears_when="It moves on, is stopped, goes on hold, or something is decided about it.",
        unblockers=LEADERS,
    ),
    Rule(
        code="R-71",
        title="Provider changed the model",
        kind=Kind.RISK,
        pattern=Pattern.NO_EVALUATION,
        source="R-71, S3-11",
        inputs=frozenset({"stage", "model", "evidence", "waiver", "hold"}),
        limits=SWAPPED,
        eligible=rests_on_a_provider,
        judge=judge_swapped,
        floor=Production,
        fact=tell_swapped,
        shared=lambda hit, of: (
            f"The provider of {hit} of {of} pilots changed the model after the last evaluation"
        ),
        next_action="Run the evaluation again on the new version, and pin it meanwhile.",
        clears_when="The version that is live was evaluated, or the provider can no longer change it.",
        unblockers=BUILDERS,
    ),
)

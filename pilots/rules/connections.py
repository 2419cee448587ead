"""Rules about what a pilot reads from and writes to: its data, and the systems that people use.

Sources: requirement rows R-35 and R-40. Days 15, 45 and 75 are the ends of the plan's phases, day 60 the
middle of its third. That data comes too late is told by its KPI.
"""

from collections.abc import Iterator
from dataclasses import replace

from pilots.access.roles import OwnerRole
from pilots.rules.facts import Facts
from pilots.rules.marks import (
    Told,
    by_day_of_plan,
    has_a_plan,
    reached_day_of_plan,
)
from pilots.rules.production_facts import Production, record
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
)

DATA = (OwnerRole.DATA_ENGINEERING, OwnerRole.ENGINEERING)
_BY_DAY = "day of plan"


_PLURAL = {"is": "are", "was": "were", "has": "have"}


def _part(count: int, of: int, one: str, many: str) -> str:
    """Return “1 of 2 connections is not tested”, “2 of 3 … are”, and other words where there is but one."""
    if of == 1:
        return one
    verbs = {verb: verb if count == 1 else plural for verb, plural in _PLURAL.items()}
    return f"{count} of {of} {many.format_map(verbs)}"


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
        has = _part(
            len(bare), len(known.links), "the one connection has no contract", "connections {has} no contract"
        )
        yield has, f"Agree schema, format and times with whoever is on the other side of {bare[0].name}."
    unseen = [link for link in sources if not link.is_checked]
    if unseen and not known.is_let_pass("live-source", "G2"):
        is_not = _part(
            len(unseen),
            len(sources),
            "the one source was never checked for quality",
            "sources {was} never checked for quality",
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
        has = _part(untested, listed, "the one connection is not tested", "connections {is} not tested")
    return f"Day {evidence.days + 1} of the plan, and {has} (limit day {evidence.limit})."


RULES.add(
    Rule(
        code="R-35",
        subject="live",
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
        clears_when="Every connection is tested, somebody says why it stands alone, or it leaves its plan.",
        unblockers=(OwnerRole.ENGINEERING, OwnerRole.DATA_ENGINEERING, OwnerRole.TECHNICAL_LEAD),
    ),
)

"""Rules about what is agreed: three whole KPIs, one of the business, a baseline, a signature.

Sources: requirement rows R-20, R-21, R-22 and R-25. The day marks are the ends of the plan's phases.
"""

from dataclasses import replace
from datetime import timedelta

from kpis.definition import completeness, listed
from kpis.rules.marks import (
    Told,
    by_day_of_plan,
    days,
    is_live_for_a_few,
    is_there,
    live_day,
    reached_day_of_plan,
    runs_a_plan,
    worth,
)
from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
from pilots.rules.registry import (
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

WANTED = 3  # C-8
BUSINESS = (OwnerRole.BUSINESS_OWNER, OwnerRole.SPONSOR)
_BY_DAY = "day of plan"


def _day_told(evidence: Evidence) -> str:
    return f"Day {evidence.days + 1} of the plan"


# --- R-20 Fewer than three whole KPIs ---------------------------------------------------

FOG = (
    Limit("warning", 1, Severity.WARNING, "is the day of the plan from which they are missed", _BY_DAY),
    Limit("high", 15, Severity.HIGH, "is the day of the plan by which they must be whole", _BY_DAY),
)


def has_to_say_what_moves(facts: Facts) -> bool:
    return runs_a_plan(facts) and not worth(facts).is_let_pass("three-kpis")


def judge_fog(facts: Facts, look: Look) -> Hit | None:
    kpis = worth(facts).kpis
    whole = sum(kpi.is_complete for kpi in kpis)
    if not has_to_say_what_moves(facts) or whole >= WANTED:
        return None
    nearest = min((kpi for kpi in kpis if kpi.missing), key=lambda kpi: len(kpi.missing), default=None)
    lacks = completeness(nearest.name, nearest.missing) if nearest else ""
    told: Told = {"kpis": len(kpis), "whole": whole, "lacks": lacks}
    hit = by_day_of_plan(facts, look, FOG, told)
    if hit is None or nearest is None:
        return hit
    return replace(hit, next_action=f"Add {listed(nearest.missing)} to {nearest.name}.")


def tell_fog(evidence: Evidence) -> str:
    whole, lacks = evidence.details["whole"], evidence.details["lacks"]
    count = int(evidence.details.get("kpis", WANTED))  # a flag of before counted the whole ones only
    has = f"{whole} of {WANTED} KPIs are whole"
    if not count:
        has = f"it has none of {WANTED} KPIs"
    elif count < WANTED:
        has = f"it has {count} of {WANTED} KPIs, of which {whole} {'is' if whole == 1 else 'are'} whole"
    said = f"{_day_told(evidence)}, and {has} (limit day {evidence.limit})."
    return f"{said} {lacks}" if lacks else said


# --- R-21 Only technical numbers --------------------------------------------------------

TECHNICAL = (Limit("high", 0, Severity.HIGH, "days since its numbers were agreed"),)


def counts_something(facts: Facts) -> bool:
    known = worth(facts)
    agreed = any(kpi.agreed_on for kpi in known.kpis)
    return is_there(facts, Stage.CHARTERED) and agreed and not known.is_let_pass("metric-chosen", "G0")


def judge_technical(facts: Facts, look: Look) -> Hit | None:
    if not counts_something(facts) or worth(facts).primary is not None:
        return None
    kpis = worth(facts).kpis
    since = max(min(kpi.agreed_on for kpi in kpis if kpi.agreed_on), facts.here_since)
    hit = worst_passed(min(since, look.day), look, TECHNICAL)
    return hit and replace(hit, details={"kpis": len(kpis)})


def tell_technical(evidence: Evidence) -> str:
    count = evidence.details["kpis"]
    has = "a KPI, and it is not the" if count == 1 else f"{count} KPIs, and none is the"
    return f"It has {has} business number it is judged by."


# --- R-22 No baseline --------------------------------------------------------------------

BASELESS = (Limit("high", 75, Severity.HIGH, "is the day of the plan by which it must be measured", _BY_DAY),)


def has_a_number_to_move(facts: Facts) -> bool:
    known = worth(facts)
    asked = runs_a_plan(facts) or is_live_for_a_few(facts)
    return asked and known.primary is not None and not known.is_let_pass("kpi-baseline", "G1")


def judge_baseless(facts: Facts, look: Look) -> Hit | None:
    kpi = worth(facts).primary
    if not has_a_number_to_move(facts) or kpi is None:
        return None
    if kpi.baseline is not None and kpi.baseline_is_real:
        return None
    told: Told = {"kpi": kpi.name, "curated": int(kpi.baseline is not None)}
    if is_live_for_a_few(facts):
        since = live_day(facts)
        return Hit(Severity.HIGH, since, since, "high", {**told, "stage": "limited"}, since)
    return by_day_of_plan(facts, look, BASELESS, told)


def could_be_baseless(facts: Facts, look: Look) -> bool:
    return is_live_for_a_few(facts) or reached_day_of_plan(facts, look, "high")


def tell_baseless(evidence: Evidence) -> str:
    kpi = evidence.details["kpi"]
    lacks = "only a baseline from chosen cases" if evidence.details["curated"] else "no baseline"
    if evidence.details.get("stage") == "limited":
        return f"It has users, and {kpi} has {lacks}."
    return f"{_day_told(evidence)}, and {kpi} has {lacks} (limit day {evidence.limit})."


# --- R-25 Not signed, or signed before it changed ------------------------------------------

UNSIGNED = (
    Limit("high", 15, Severity.HIGH, "is the day of the plan by which it must be signed", _BY_DAY),
    Limit("stale", 15, Severity.HIGH, "days with a signature under an older version"),
)


def has_something_to_sign(facts: Facts) -> bool:
    known = worth(facts)
    kpi = known.primary
    if kpi is None or known.is_let_pass("kpi-signed", "G1"):
        return False
    return runs_a_plan(facts) or (kpi.was_signed and is_there(facts, Stage.TRANSITION))


def judge_unsigned(facts: Facts, look: Look) -> Hit | None:
    kpi = worth(facts).primary
    if not has_something_to_sign(facts) or kpi is None or kpi.is_signed:
        return None
    told: Told = {"kpi": kpi.name, "stale": int(kpi.was_signed)}
    if runs_a_plan(facts):
        return by_day_of_plan(facts, look, UNSIGNED[:1], told)
    changed = min(max(kpi.changed_on or facts.here_since, facts.here_since), look.day)
    crossed = changed + timedelta(days=look.limits["stale"])
    if look.day < crossed:
        return None
    return Hit(Severity.HIGH, changed, crossed, "stale", {**told, "stage": "after"}, crossed)


def could_be_unsigned(facts: Facts, look: Look) -> bool:
    return not runs_a_plan(facts) or reached_day_of_plan(facts, look, "high")


def tell_unsigned(evidence: Evidence) -> str:
    kpi, is_stale = evidence.details["kpi"], evidence.details["stale"]
    how = "has changed since it was signed" if is_stale else "is not signed"
    if evidence.details.get("stage") == "after":
        return f"{kpi} {how}, {days(evidence.days)} ago (limit {days(evidence.limit)})."
    return f"{_day_told(evidence)}, and {kpi} {how} (limit day {evidence.limit})."


DEFINITION = (
    Rule(
        code="R-20",
        title="ROI fog",
        kind=Kind.HYGIENE,
        pattern=Pattern.ROI_FOG,
        source="R-20, S0-5, S0-19, C-8",
        inputs=frozenset({"stage", "plan", "kpis", "waiver", "hold"}),
        limits=FOG,
        eligible=has_to_say_what_moves,
        judge=judge_fog,
        denies_health=False,
        fact=tell_fog,
        shared=lambda hit, of: f"{hit} of {of} running plans have fewer than three whole KPIs",
        next_action="Agree three numbers that should move, each with baseline, target, window and method.",
        clears_when="Three KPIs in use have all seven parts.",
        unblockers=(OwnerRole.BUSINESS_OWNER, OwnerRole.TECHNICAL_LEAD),
    ),
    Rule(
        code="R-21",
        title="Technical metrics only",
        kind=Kind.GATE,
        pattern=Pattern.ROI_FOG,
        source="R-21, S1-8, S3-2, S3-14",
        inputs=frozenset({"stage", "kpis", "waiver", "hold"}),
        limits=TECHNICAL,
        eligible=counts_something,
        judge=judge_technical,
        denies_health=False,
        fact=tell_technical,
        shared=lambda hit, of: f"{hit} of {of} pilots have technical numbers only",
        next_action="Agree which business number moves if this works, and who owns it.",
        clears_when="A KPI of the business is its primary one.",
        unblockers=BUSINESS,
    ),
    Rule(
        code="R-22",
        title="No baseline",
        kind=Kind.GATE,
        pattern=Pattern.ROI_FOG,
        source="R-22, S1-12, S3-20",
        inputs=frozenset({"stage", "plan", "kpis", "waiver", "hold"}),
        limits=BASELESS,
        eligible=has_a_number_to_move,
        judge=judge_baseless,
        could_hit=could_be_baseless,
        denies_health=False,
        fact=tell_baseless,
        shared=lambda hit, of: f"The number of {hit} of {of} pilots has no baseline",
        next_action="Measure the current process for two weeks before the new one changes it.",
        clears_when="The primary KPI has a baseline that was measured on real cases.",
        unblockers=BUSINESS,
    ),
    Rule(
        code="R-25",
        title="KPI not signed",
        kind=Kind.HYGIENE,
        pattern=Pattern.ROI_FOG,
        source="R-25, S1-12, S3-20",
        inputs=frozenset({"stage", "plan", "kpis", "signatures", "waiver", "hold"}),
        limits=UNSIGNED,
        eligible=has_something_to_sign,
        judge=judge_unsigned,
        could_hit=could_be_unsigned,
        denies_health=False,
        fact=tell_unsigned,
        shared=lambda hit, of: f"The number of {hit} of {of} pilots is not signed as it is now",
        next_action="Ask the business owner to sign the current version.",
        clears_when="The business owner signs the newest version of the primary KPI.",
        unblockers=BUSINESS,
    ),
)

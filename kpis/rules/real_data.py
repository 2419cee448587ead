"""Rules about real data: worse than what was shown, nothing but chosen cases, budgets that do not hold.

Sources: requirement rows R-28, R-30, R-32 and, for data that is too old, R-35. 25 points are the 95 → 70 %
of S1-6, a scenario; the others are the plan's phases and defaults of ours.
"""

from datetime import timedelta
from decimal import Decimal

from kpis.attainment import drop
from kpis.rules.marks import (
    Told,
    at_once,
    by_day_of_plan,
    is_live_for_a_few,
    is_there,
    live_day,
    reached_day_of_plan,
    runs_a_plan,
    said,
    worth,
)
from kpis.terms import KpiKind
from kpis.worth import KpiFacts, Reading
from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.rules.facts import Facts
from pilots.rules.registry import Evidence, Hit, Kind, Limit, Look, Pattern, Rule, Severity, worst_of

MAKERS = (OwnerRole.TECHNICAL_LEAD, OwnerRole.DATA_ENGINEERING)
_BY_DAY = "day of plan"

# --- R-28 Worse on real data than shown ---------------------------------------------------

DROPPED = (
    Limit("warning", 10, Severity.WARNING, "points worse on real data than on chosen cases", "points"),
    Limit("critical", 25, Severity.CRITICAL, "points worse on real data than on chosen cases", "points"),
)


def _drops(facts: Facts) -> list[tuple[KpiFacts, Reading, Reading, Decimal]]:
    """Return each KPI that was shown and then measured on real data, with the points it lost."""
    found = []
    for kpi in worth(facts).kpis:
        shown, real = kpi.latest_prepared, kpi.latest_real
        if shown is None or real is None:
            continue
        before, now = kpi.points(shown.value), kpi.points(real.value)
        lost = drop(before, now, kpi.direction)
        if lost is not None:
            found.append((kpi, shown, real, lost))
    return found


def was_shown_and_measured(facts: Facts) -> bool:
    return is_there(facts, Stage.PILOTING) and bool(_drops(facts))


def judge_dropped(facts: Facts, look: Look) -> Hit | None:
    if not is_there(facts, Stage.PILOTING):
        return None
    hits = []
    for kpi, shown, real, lost in _drops(facts):
        since = at_once(real.on, look)
        told: Told = {
            "kpi": kpi.name,
            "shown": said(shown.value, kpi.unit),
            "real": said(real.value, kpi.unit),
            "points": said(lost),
        }
        hits += [
            Hit(limit.severity, since, since, limit.name, told)
            for limit in DROPPED
            if lost >= look.limits[limit.name]
        ]
    return worst_of(hits)


def tell_dropped(evidence: Evidence) -> str:
    kpi, shown, real, points = (evidence.details[name] for name in ("kpi", "shown", "real", "points"))
    return f"{kpi} was {shown} on chosen cases and is {real} on real data, {points} points worse."


# --- R-30 Nothing but chosen cases -----------------------------------------------------------

TRAPPED = (
    Limit("warning", 45, Severity.WARNING, "is the day of the plan by which real data is used", _BY_DAY),
    Limit("critical", 75, Severity.CRITICAL, "is the day of the plan by which real data is used", _BY_DAY),
)


def has_shown_something(facts: Facts) -> bool:
    asked = runs_a_plan(facts) or is_live_for_a_few(facts)
    return (
        asked and any(True for _ in worth(facts).readings) and not worth(facts).is_let_pass("real-readings")
    )


def judge_trapped(facts: Facts, look: Look) -> Hit | None:
    readings = list(worth(facts).readings)
    if not has_shown_something(facts) or any(reading.is_real for reading in readings):
        return None
    if is_live_for_a_few(facts):
        since = live_day(facts)
        return Hit(Severity.CRITICAL, since, since, "critical", {"stage": "limited"}, since)
    return by_day_of_plan(facts, look, TRAPPED)


def could_be_trapped(facts: Facts, look: Look) -> bool:
    return is_live_for_a_few(facts) or reached_day_of_plan(facts, look, "warning")


def tell_trapped(evidence: Evidence) -> str:
    if evidence.details.get("stage") == "limited":
        return "It has users, and every reading is of a demo or of chosen cases."
    return (
        f"Day {evidence.days + 1} of the plan, and every reading is of a demo or of chosen cases "
        f"(limit day {evidence.limit})."
    )


# --- R-32 No budget for time and money per answer, or one that is broken -----------------------

BUDGETS = (KpiKind.LATENCY, KpiKind.COST)
UNBUDGETED = (
    Limit("warning", 45, Severity.WARNING, "is the day of the plan by which one must be agreed", _BY_DAY),
    Limit("broken", 0, Severity.HIGH, "days beyond a budget"),
)


def _budgets(facts: Facts) -> list[KpiFacts]:
    return [kpi for kpi in worth(facts).of_kind(*BUDGETS) if kpi.threshold is not None]


def is_to_be_budgeted(facts: Facts) -> bool:
    return runs_a_plan(facts) or (is_there(facts, Stage.PILOTING) and bool(_budgets(facts)))


def judge_budgets(facts: Facts, look: Look) -> Hit | None:
    if not is_to_be_budgeted(facts):
        return None
    hits = []
    for kpi in _budgets(facts):
        reading = kpi.latest_real
        if reading is not None and kpi.threshold is not None and kpi.breaks(reading):
            since = at_once(reading.on, look)
            crossed = since + timedelta(days=look.limits["broken"])
            told: Told = {
                "kpi": kpi.name,
                "value": said(reading.value, kpi.unit),
                "budget": said(kpi.threshold, kpi.unit),
            }
            hits += [Hit(Severity.HIGH, since, crossed, "broken", told)] if look.day >= crossed else []
    if hits or _budgets(facts) or _is_shown(facts):
        return worst_of(hits)
    return by_day_of_plan(facts, look, UNBUDGETED[:1])


def _is_shown(facts: Facts) -> bool:
    known, codes = worth(facts), ("latency-budget", "cost-budget")
    return known.is_let_pass(*codes) or any(code in known.shown for code in codes)


def could_lack_budgets(facts: Facts, look: Look) -> bool:
    return bool(_budgets(facts)) or reached_day_of_plan(facts, look, "warning")


def tell_budgets(evidence: Evidence) -> str:
    if "kpi" in evidence.details:
        kpi, value, budget = (evidence.details[name] for name in ("kpi", "value", "budget"))
        return f"{kpi} is at {value}; at most {budget} was agreed."
    return (
        f"Day {evidence.days + 1} of the plan, and nobody has agreed how slow or how costly an answer may be "
        f"(limit day {evidence.limit})."
    )


# --- R-35 Data that comes too late -----------------------------------------------------------

STALE = (Limit("high", 0, Severity.HIGH, "days beyond the agreed age of its data"),)


def _ages(facts: Facts) -> list[KpiFacts]:
    return [kpi for kpi in worth(facts).of_kind(KpiKind.FRESHNESS) if kpi.threshold is not None]


def has_agreed_on_fresh_data(facts: Facts) -> bool:
    return is_there(facts, Stage.PILOTING) and bool(_ages(facts))


def judge_stale(facts: Facts, look: Look) -> Hit | None:
    hits = []
    for kpi in _ages(facts) if has_agreed_on_fresh_data(facts) else ():
        reading = kpi.latest_real
        if reading is None or kpi.threshold is None or not kpi.breaks(reading):
            continue
        since = at_once(reading.on, look)
        crossed = since + timedelta(days=look.limits["high"])
        told: Told = {
            "kpi": kpi.name,
            "value": said(reading.value, kpi.unit),
            "threshold": said(kpi.threshold, kpi.unit),
        }
        hits += [Hit(Severity.HIGH, since, crossed, "high", told)] if look.day >= crossed else []
    return worst_of(hits)


def tell_stale(evidence: Evidence) -> str:
    kpi, value, threshold = (evidence.details[name] for name in ("kpi", "value", "threshold"))
    return f"{kpi} is at {value}; {threshold} was agreed."


REAL_DATA = (
    Rule(
        code="R-28",
        title="Worse on real data",
        kind=Kind.RISK,
        pattern=Pattern.DEMO_TRAP,
        source="R-28, S1-6, S3-6",
        inputs=frozenset({"stage", "kpis", "readings", "hold"}),
        limits=DROPPED,
        eligible=was_shown_and_measured,
        judge=judge_dropped,
        fact=tell_dropped,
        shared=lambda hit, of: f"{hit} of {of} pilots are worse on real data than they were shown",
        next_action="Look at a sample of the real cases it fails on, and list what is missing or malformed.",
        clears_when="A newer reading on real data comes close to what was shown.",
        unblockers=MAKERS,
    ),
    Rule(
        code="R-30",
        title="Demo trap",
        kind=Kind.RISK,
        pattern=Pattern.DEMO_TRAP,
        source="R-30, S0-2, S0-21",
        inputs=frozenset({"stage", "plan", "readings", "waiver", "hold"}),
        limits=TRAPPED,
        eligible=has_shown_something,
        judge=judge_trapped,
        could_hit=could_be_trapped,
        fact=tell_trapped,
        shared=lambda hit, of: f"{hit} of {of} pilots were measured on chosen cases only",
        next_action="Measure the KPI again on last month's unfiltered cases.",
        clears_when="A reading of a shadow run or of real use is logged.",
        unblockers=MAKERS,
    ),
    Rule(
        code="R-32",
        title="Budget per answer absent or broken",
        kind=Kind.HYGIENE,
        pattern=Pattern.DEMO_TRAP,
        source="R-32, S3-9, S2-20, S2-21",
        inputs=frozenset({"stage", "plan", "kpis", "readings", "evidence", "waiver", "hold"}),
        limits=UNBUDGETED,
        eligible=is_to_be_budgeted,
        judge=judge_budgets,
        could_hit=could_lack_budgets,
        denies_health=False,
        fact=tell_budgets,
        shared=lambda hit, of: f"{hit} of {of} pilots have no budget per answer, or break it",
        next_action="Agree the slowest acceptable answer and the highest acceptable cost.",
        clears_when="A KPI of latency or cost has a threshold, and its newest reading keeps it.",
        unblockers=(OwnerRole.TECHNICAL_LEAD, OwnerRole.ENGINEERING),
    ),
    Rule(
        code="R-35",
        subject="freshness",
        title="Data comes too late",
        kind=Kind.RISK,
        pattern=Pattern.DATA_MISMATCH,
        source="R-35, S2-13",
        inputs=frozenset({"stage", "kpis", "readings", "hold"}),
        limits=STALE,
        eligible=has_agreed_on_fresh_data,
        judge=judge_stale,
        fact=tell_stale,
        shared=lambda hit, of: f"{hit} of {of} pilots answer from data that is older than was agreed",
        next_action="Find where the data waits, and who can shorten that; or agree on another age.",
        clears_when="The newest real reading of its freshness keeps the threshold.",
        unblockers=(OwnerRole.DATA_ENGINEERING, OwnerRole.ENGINEERING),
    ),
)

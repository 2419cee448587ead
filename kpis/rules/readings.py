"""Rules about what was measured: silence of the numbers, and a target missed in the first thirty days.

Sources: requirement rows R-23 and R-24. 31 days are S1-17's month, the others are defaults of ours.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from kpis.rules.marks import (
    Told,
    days,
    is_in_production,
    is_live_for_a_few,
    live_day,
    production_day,
    runs_a_plan,
    said,
    whole,
    worth,
)
from kpis.worth import KpiFacts, Reading
from pilots.access.roles import OwnerRole
from pilots.rules.facts import Facts
from pilots.rules.registry import Evidence, Hit, Kind, Limit, Look, Pattern, Rule, Severity, worst_of

MEASURING = (OwnerRole.BUSINESS_OWNER, OwnerRole.TECHNICAL_LEAD)

# --- R-23 Silence of the numbers ----------------------------------------------------------

MEASURED_FROM = 3  # the phase of the plan in which readings begin
SILENT = (
    Limit("plan", 14, Severity.WARNING, "days without a reading in phase 3 or 4, or live for a few"),
    Limit("production", 38, Severity.WARNING, "days without a reading in production", "days in production"),
    Limit(
        "own_rhythm", 7, Severity.WARNING, "days after a reading was due by the KPI's own rhythm", "days late"
    ),
    Limit("high_percent", 200, Severity.HIGH, "per cent of these days", "per cent"),
)


def _measures_since(facts: Facts) -> date | None:
    """Return from which day on readings are expected, None while they are not."""
    if runs_a_plan(facts) and facts.plan and (phase := facts.plan.open_phase):
        return max(phase.start, facts.here_since) if phase.number >= MEASURED_FROM else None
    if is_live_for_a_few(facts):
        return live_day(facts)
    return production_day(facts) if is_in_production(facts) else None


def is_to_be_measured(facts: Facts) -> bool:
    return bool(worth(facts).kpis) and _measures_since(facts) is not None


def judge_silent(facts: Facts, look: Look) -> Hit | None:
    """Judge each KPI by its own rhythm; where none has one, any reading of any will do."""
    since = _measures_since(facts)
    if since is None:
        return None
    kpis = worth(facts).kpis
    hits = [_late(kpi, kpi.cadence_days, since, look) for kpi in kpis if kpi.cadence_days]
    if kpis and not hits:
        hits.append(_unmeasured(facts, kpis, since, look))
    return worst_of([hit for found in hits for hit in found])


def _late(kpi: KpiFacts, cadence: int, since: date, look: Look) -> list[Hit]:
    told: Told = {"kpi": kpi.name, "cadence": cadence}
    return _twice(_last([kpi], since), cadence + look.limits["own_rhythm"], look, "own_rhythm", told)


def _unmeasured(facts: Facts, kpis: Sequence[KpiFacts], since: date, look: Look) -> list[Hit]:
    name = "production" if is_in_production(facts) else "plan"
    return _twice(_last(kpis, since), look.limits[name], look, name, {})


def _last(kpis: Sequence[KpiFacts], since: date) -> date:
    """Return the day of the last reading; what nobody could have measured yet is not silence."""
    known = [reading.on for kpi in kpis if (reading := kpi.latest)]
    agreed = [kpi.agreed_on for kpi in kpis if kpi.agreed_on]
    return max([since, *known, *([min(agreed)] if agreed else [])])


def _twice(clock: date, after: int, look: Look, name: str, told: Told) -> list[Hit]:
    """Return a warning after so many days, and what is high after the given share of them."""
    far = max(after * look.limits["high_percent"] // 100, after)
    steps = ((Severity.WARNING, after, name), (Severity.HIGH, far, "high_percent"))
    return [
        Hit(severity, clock, crossed, limit, told)
        for severity, count, limit in steps
        if look.day >= (crossed := clock + timedelta(days=count))
    ]


def could_be_silent(facts: Facts, look: Look) -> bool:
    since = _measures_since(facts)
    name = "production" if is_in_production(facts) else "plan"
    return since is not None and look.day >= since + timedelta(days=look.limits[name])


def tell_silent(evidence: Evidence) -> str:
    if "kpi" in evidence.details:
        kpi, cadence = evidence.details["kpi"], evidence.details["cadence"]
        return f"No reading of {kpi} for {days(evidence.days)}; expected every {cadence} days."
    return f"No reading of any KPI for {days(evidence.days)}."


# --- R-24 The target was missed in the first thirty days -------------------------------------

WINDOW = timedelta(days=30)
MISSED = (
    Limit("warning", 0, Severity.WARNING, "per cent of the way is missing after 30 days of use", "per cent"),
    Limit("high", 50, Severity.HIGH, "per cent of the way is missing after 30 days of use", "per cent"),
)


def _used_since_live(facts: Facts) -> Reading | None:
    kpi = worth(facts).primary
    reading = kpi.latest_used if kpi else None
    live = facts.stage_clock
    return reading if reading and live and reading.on >= live else None


def was_measured_in_use(facts: Facts) -> bool:
    return is_live_for_a_few(facts) and _used_since_live(facts) is not None


def could_have_missed(facts: Facts, look: Look) -> bool:
    return facts.stage_clock is not None and look.day >= facts.stage_clock + WINDOW


def judge_missed(facts: Facts, look: Look) -> Hit | None:
    """Judge the newest reading of real use by the threshold, else the target. A later one clears it."""
    kpi, reading = worth(facts).primary, _used_since_live(facts)
    if not was_measured_in_use(facts) or not could_have_missed(facts, look):
        return None
    if kpi is None or reading is None or facts.stage_clock is None:
        return None
    gone = kpi.way_gone(reading.value, to_threshold=True)
    if gone is None:
        return None
    missing = (1 - gone) * 100
    since = facts.stage_clock
    told: Told = {
        "kpi": kpi.name,
        "value": said(reading.value, kpi.unit),
        "gone": said(Decimal(whole(gone * 100))),
    }
    return worst_of(
        [
            Hit(limit.severity, since, since + WINDOW, limit.name, told)
            for limit in MISSED
            if missing > look.limits[limit.name]
        ]
    )


def tell_missed(evidence: Evidence) -> str:
    kpi, value, gone = (evidence.details[name] for name in ("kpi", "value", "gone"))
    return f"{kpi} is at {value} after {days(evidence.days)} with users: {gone} % of the way."


READINGS = (
    Rule(
        code="R-23",
        title="KPI silence",
        kind=Kind.HYGIENE,
        pattern=Pattern.ROI_FOG,
        source="R-23, S1-17",
        inputs=frozenset({"stage", "plan", "kpis", "readings", "hold"}),
        limits=SILENT,
        eligible=is_to_be_measured,
        judge=judge_silent,
        could_hit=could_be_silent,
        denies_health=False,
        fact=tell_silent,
        shared=lambda hit, of: f"No KPI of {hit} of {of} pilots was measured in time",
        next_action="Log a reading, or say why the number cannot be had.",
        clears_when="A reading of it is logged.",
        unblockers=MEASURING,
    ),
    Rule(
        code="R-24",
        title="Target missed at 30 days",
        kind=Kind.RISK,
        pattern=Pattern.ROI_FOG,
        source="R-24, S1-16",
        inputs=frozenset({"stage", "kpis", "readings", "hold"}),
        limits=MISSED,
        eligible=was_measured_in_use,
        judge=judge_missed,
        could_hit=could_have_missed,
        fact=tell_missed,
        shared=lambda hit, of: f"{hit} of {of} pilots with users are short of their target after 30 days",
        next_action="Hold expansion: check the data, then who uses it, then the target itself.",
        clears_when="A reading of real use reaches the target, or it moves on, is stopped or goes on hold.",
        unblockers=(OwnerRole.BUSINESS_OWNER, OwnerRole.PRODUCTION_OWNER),
    ),
)

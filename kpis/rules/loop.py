"""Rules about the loop in production: what came true, training anew, drift.

Sources: requirement rows R-65 to R-67. The days are defaults of ours. A pilot that keeps no KPI here is asked
for nothing.
"""

from dataclasses import replace
from datetime import date, timedelta

from kpis.definition import listed
from kpis.loop import missing_loop_parts
from kpis.rules.marks import (
    Told,
    at_once,
    days,
    is_in_production,
    is_measured_in_production,
    once_old_enough,
    production_day,
    said,
    worth,
)
from kpis.terms import KpiKind
from kpis.worth import KpiFacts, Reading
from pilots.access.roles import OwnerRole
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
    worst_of,
    worst_passed,
)

RUNNERS = (OwnerRole.RUN_OWNER, OwnerRole.TECHNICAL_LEAD)

# --- R-65 A pilot that happens to be deployed --------------------------------------------------

OPEN_LOOP = (Limit("high", 30, Severity.HIGH, "days in production without the whole loop"),)


def judge_open_loop(facts: Facts, look: Look) -> Hit | None:
    if not is_measured_in_production(facts):
        return None
    known = worth(facts)
    missing = missing_loop_parts(
        truth_source=known.loop.truth_source,
        linkage_key=known.loop.linkage_key,
        evaluates_itself=known.evaluates_itself,
        retrain_every_days=known.loop.retrain_every_days,
    )
    hit = worst_passed(production_day(facts), look, OPEN_LOOP) if missing else None
    return hit and replace(hit, details={"missing": listed(missing)})


def tell_open_loop(evidence: Evidence) -> str:
    missing = evidence.details["missing"]
    return f"In production for {days(evidence.days)} and still a deployed pilot: it lacks {missing}."


# --- R-66 Training is overdue ------------------------------------------------------------------

UNTRAINED = (Limit("warning", 1, Severity.WARNING, "days after it was to be trained anew"),)


def is_trained_by_rhythm(facts: Facts) -> bool:
    return is_in_production(facts) and worth(facts).loop.retrain_every_days is not None


def _trained_on(facts: Facts) -> date | None:
    """Return when it was trained last: as noted, or when a version that was trained anew went live."""
    known = worth(facts)
    live = known.live_version
    found = [known.loop.retrained_on, live.changed_on if live else None]
    return max((day for day in found if day), default=None)


def judge_untrained(facts: Facts, look: Look) -> Hit | None:
    every = worth(facts).loop.retrain_every_days
    if not is_trained_by_rhythm(facts) or every is None:
        return None
    due = (_trained_on(facts) or production_day(facts)) + timedelta(days=every)
    hit = worst_passed(due, look, UNTRAINED)
    return hit and replace(hit, details={"every": every})


def tell_untrained(evidence: Evidence) -> str:
    every = int(evidence.details["every"])
    return f"To be trained every {days(every)}, and {days(evidence.days)} over."


# --- R-67 Drift that nobody answers ----------------------------------------------------------------

DRIFTED = (
    Limit("unread", 31, Severity.HIGH, "days in production without a reading of drift", "days unread"),
    Limit("unanswered", 7, Severity.CRITICAL, "days beyond the threshold and no answer", "days beyond"),
)


def watches_drift(facts: Facts) -> bool:
    return is_in_production(facts) and bool(worth(facts).of_kind(KpiKind.DRIFT))


def judge_drifted(facts: Facts, look: Look) -> Hit | None:
    if not watches_drift(facts):
        return None
    hits = []
    for kpi in worth(facts).of_kind(KpiKind.DRIFT):
        hits += [_unread(kpi, facts, look), _unanswered(kpi, facts, look)]
    return worst_of([hit for hit in hits if hit is not None])


def _unread(kpi: KpiFacts, facts: Facts, look: Look) -> Hit | None:
    last = kpi.latest_real.on if kpi.latest_real else None
    since = max(production_day(facts), kpi.agreed_on or facts.here_since, last or facts.here_since)
    crossed = since + timedelta(days=look.limits["unread"])
    told: Told = {"kpi": kpi.name}
    return Hit(Severity.HIGH, since, crossed, "unread", told, crossed) if look.day >= crossed else None


def _unanswered(kpi: KpiFacts, facts: Facts, look: Look) -> Hit | None:
    """Judge the run of readings beyond the threshold that lasts: a version or a training since answers it."""
    run: list[Reading] = []
    for reading in kpi.lately:
        if not kpi.breaks(reading):
            break
        run.append(reading)
    if not run or kpi.threshold is None:
        return None
    since = at_once(run[-1].on, look)
    answered = _trained_on(facts)
    if answered is not None and answered >= since:
        return None
    crossed = since + timedelta(days=look.limits["unanswered"])
    told: Told = {
        "kpi": kpi.name,
        "value": said(run[0].value, kpi.unit),
        "threshold": said(kpi.threshold, kpi.unit),
    }
    return (
        Hit(Severity.CRITICAL, since, crossed, "unanswered", told, crossed) if look.day >= crossed else None
    )


def tell_drifted(evidence: Evidence) -> str:
    kpi = evidence.details["kpi"]
    if "value" not in evidence.details:
        return f"No reading of {kpi} for {days(evidence.days)} (limit {days(evidence.limit)})."
    value, threshold = evidence.details["value"], evidence.details["threshold"]
    beyond = f"has been beyond {threshold} for {days(evidence.days)}"
    return f"{kpi} is at {value}; it {beyond}, with no new version since."


LOOP = (
    Rule(
        code="R-65",
        title="Deployed pilot",
        kind=Kind.HYGIENE,
        pattern=Pattern.VALUE_DECAY,
        source="R-65, S0-14 … S0-17",
        inputs=frozenset({"stage", "kpis", "readings", "loop", "model", "hold"}),
        limits=OPEN_LOOP,
        eligible=is_measured_in_production,
        judge=judge_open_loop,
        could_hit=once_old_enough(production_day, "high"),
        denies_health=False,
        fact=tell_open_loop,
        shared=lambda hit, of: f"{hit} of {of} pilots in production are deployed pilots: their loop is open",
        next_action="Add the part that is missing; it is still a pilot until then.",
        clears_when="Outcomes are linked, the evaluation runs by itself, and a rhythm of training is set.",
        unblockers=RUNNERS,
    ),
    Rule(
        code="R-66",
        title="Training overdue",
        kind=Kind.HYGIENE,
        pattern=Pattern.NO_MLOPS,
        source="R-66, S0-16",
        inputs=frozenset({"stage", "loop", "model", "hold"}),
        limits=UNTRAINED,
        eligible=is_trained_by_rhythm,
        judge=judge_untrained,
        denies_health=False,
        fact=tell_untrained,
        shared=lambda hit, of: f"{hit} of {of} pilots were not trained anew in time",
        next_action="Train it anew, or write down why that is not needed.",
        clears_when="A training is noted, a new version is live, or the rhythm is a slower one.",
        unblockers=RUNNERS,
    ),
    Rule(
        code="R-67",
        title="Drift unanswered",
        kind=Kind.RISK,
        pattern=Pattern.VALUE_DECAY,
        source="R-67, S1-26",
        inputs=frozenset({"stage", "kpis", "readings", "loop", "model", "hold"}),
        limits=DRIFTED,
        eligible=watches_drift,
        judge=judge_drifted,
        could_hit=once_old_enough(production_day, "unanswered"),
        fact=tell_drifted,
        shared=lambda hit, of: f"The drift of {hit} of {of} pilots is not watched, or not answered",
        next_action="Look at what comes in now against what it was trained on, then at the trigger.",
        clears_when="A reading within the threshold is logged, or a new version or training answers it.",
        unblockers=RUNNERS,
    ),
)

"""Rules about what the model was tried on: no evaluation, a worse version, training data of another time.

Sources: requirement rows R-36, R-45 and R-46. Day 8 is the end of week one (S3-13), 730 days the 2024 → 2026
of S1-20, a scenario; the others are defaults of ours. A loss that may be chance is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from kpis.attainment import drop, improvement
from kpis.noise import difference_within_noise
from kpis.rules.marks import Told, at_once, days, is_there, runs_a_plan, said, worth
from kpis.terms import REAL, KpiKind, Provenance
from kpis.worth import KpiFacts, Reading, VersionFacts
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
    worst_of,
    worst_passed,
)

BUILDERS = (OwnerRole.TECHNICAL_LEAD, OwnerRole.BUILDER)

# --- R-45 Nobody scores what it answers -----------------------------------------------------

UNSCORED = (
    Limit("begun", 7, Severity.HIGH, "days since it began without a run", "days since it began"),
    Limit("changed", 0, Severity.HIGH, "days since a version went live without a run", "days since a change"),
)


def is_to_be_scored(facts: Facts) -> bool:
    """Whether its model is kept here: a version, a number of quality, or a running plan says so."""
    known = worth(facts)
    kept = bool(known.versions) or bool(known.of_kind(KpiKind.MODEL_QUALITY)) or runs_a_plan(facts)
    return is_there(facts, Stage.PILOTING) and kept and not known.is_let_pass("evaluation", "G3")


def judge_unscored(facts: Facts, look: Look) -> Hit | None:
    if not is_to_be_scored(facts):
        return None
    known, last = worth(facts), _last_run(facts)
    live = known.live_version
    if last is None:
        since = _began(facts)
        crossed = since + timedelta(days=look.limits["begun"])
        return Hit(Severity.HIGH, since, crossed, "begun", {}, crossed) if look.day >= crossed else None
    if live is None or last >= live.changed_on or _was_run(facts, live):
        return None
    if live.is_a_providers and known.shown.get("evaluation"):
        return None  # the rule R-71 says that a provider changed it after the last evaluation
    since = at_once(live.changed_on, look)
    crossed = since + timedelta(days=look.limits["changed"])
    if look.day < crossed:
        return None
    return Hit(Severity.HIGH, since, crossed, "changed", {"version": live.label}, crossed)


def _runs(facts: Facts) -> Iterator[Reading]:
    return (
        reading
        for kpi in worth(facts).of_kind(KpiKind.MODEL_QUALITY)
        for reading in kpi.readings
        if reading.provenance is not Provenance.DEMO
    )


def _last_run(facts: Facts) -> date | None:
    shown = worth(facts).shown.get("evaluation")
    return max([*(reading.on for reading in _runs(facts)), *([shown] if shown else [])], default=None)


def _was_run(facts: Facts, version: VersionFacts) -> bool:
    return any(reading.version_id == version.id for reading in _runs(facts))


def _began(facts: Facts) -> date:
    start = facts.plan.start if facts.plan else facts.stage_clock
    return max(start or facts.here_since, facts.here_since)


def could_be_unscored(facts: Facts, look: Look) -> bool:
    return _last_run(facts) is not None or look.day >= _began(facts) + timedelta(days=look.limits["begun"])


def tell_unscored(evidence: Evidence) -> str:
    if "version" in evidence.details:
        version = evidence.details["version"]
        return f"Version {version} went live {days(evidence.days)} ago, and nobody has scored it."
    return f"Day {evidence.days + 1}, and no evaluation was run (limit {days(evidence.limit)})."


# --- R-46 A newer version is worse -----------------------------------------------------------

WORSE = (
    Limit("warning", 3, Severity.WARNING, "points of a hundred lost to the version before", "points"),
    Limit("high", 10, Severity.HIGH, "per cent of the score lost to the version before", "per cent"),
)


@dataclass(frozen=True)
class Loss:
    """What a version lost to the one before it; `points` is None where a score has no scale of a hundred."""

    kpi: KpiFacts
    newer: VersionFacts
    now: Reading
    before: Reading
    points: Decimal | None
    share: Decimal


def _losses(facts: Facts) -> Iterator[Loss]:
    """Yield what the newest scored version lost to the one scored before, on cases of the same kind."""
    versions = worth(facts).versions
    for kpi in worth(facts).of_kind(KpiKind.MODEL_QUALITY):
        for provenance in (*sorted(REAL), Provenance.CURATED):
            runs = {
                reading.version_id: reading for reading in kpi.readings if reading.provenance is provenance
            }
            scored = [version for version in versions if version.id in runs]
            if len(scored) < 2:
                continue
            newer, older = scored[:2]
            now, before = runs[newer.id], runs[older.id]
            gain = improvement(now.value, before.value, kpi.direction)
            if gain is None or _may_be_chance(kpi, before, now):
                continue
            points = drop(kpi.points(before.value), kpi.points(now.value), kpi.direction)
            yield Loss(kpi, newer, now, before, points, -gain)


def _may_be_chance(kpi: KpiFacts, before: Reading, now: Reading) -> bool:
    old, new = kpi.points(before.value), kpi.points(now.value)
    if old is None or new is None:
        return False
    return difference_within_noise(old / 100, before.cases, new / 100, now.cases) is True


def was_scored_twice(facts: Facts) -> bool:
    return is_there(facts, Stage.PILOTING) and any(True for _ in _losses(facts))


def judge_worse(facts: Facts, look: Look) -> Hit | None:
    if not is_there(facts, Stage.PILOTING):
        return None
    hits = []
    for loss in _losses(facts):
        since = at_once(loss.now.on, look)
        told: Told = {
            "kpi": loss.kpi.name,
            "version": loss.newer.label,
            "before": said(loss.before.value, loss.kpi.unit),
            "now": said(loss.now.value, loss.kpi.unit),
        }
        if loss.points is not None and loss.points > look.limits["warning"]:
            hits.append(Hit(Severity.WARNING, since, since, "warning", told))
        if loss.share * 100 > look.limits["high"]:
            hits.append(Hit(Severity.HIGH, since, since, "high", told))
    return worst_of(hits)


def tell_worse(evidence: Evidence) -> str:
    kpi, version, before, now = (evidence.details[name] for name in ("kpi", "version", "before", "now"))
    return f"{kpi} fell from {before} to {now} with version “{version}”."


# --- R-36 Trained on another time --------------------------------------------------------------

OLD = (
    Limit("warning", 365, Severity.WARNING, "days since the end of its training data"),
    Limit("critical", 730, Severity.CRITICAL, "days since the end of its training data"),
)


def knows_its_training_data(facts: Facts) -> bool:
    live = worth(facts).live_version
    return is_there(facts, Stage.PILOTING) and live is not None and live.trained_through is not None


def judge_old(facts: Facts, look: Look) -> Hit | None:
    live = worth(facts).live_version
    if not knows_its_training_data(facts) or live is None or live.trained_through is None:
        return None
    hit = worst_passed(live.trained_through, look, OLD)
    return hit and replace(hit, details={"version": live.label})


def tell_old(evidence: Evidence) -> str:
    return f"The training data of version {evidence.details['version']} ends {days(evidence.days)} ago."


EVALUATION = (
    Rule(
        code="R-36",
        title="Old training data",
        kind=Kind.RISK,
        pattern=Pattern.DATA_MISMATCH,
        source="R-36, S1-20",
        inputs=frozenset({"stage", "model", "hold"}),
        limits=OLD,
        eligible=knows_its_training_data,
        judge=judge_old,
        fact=tell_old,
        shared=lambda hit, of: f"{hit} of {of} pilots were trained on data of more than a year ago",
        next_action="Train it anew, or prove on recent cases that its quality holds.",
        clears_when="A version that was trained on newer data is live.",
        unblockers=BUILDERS,
    ),
    Rule(
        code="R-45",
        title="No evaluation",
        kind=Kind.HYGIENE,
        pattern=Pattern.NO_EVALUATION,
        source="R-45, S3-13, S3-22",
        inputs=frozenset({"stage", "plan", "kpis", "readings", "model", "evidence", "waiver", "hold"}),
        limits=UNSCORED,
        eligible=is_to_be_scored,
        judge=judge_unscored,
        could_hit=could_be_unscored,
        denies_health=False,
        fact=tell_unscored,
        shared=lambda hit, of: f"{hit} of {of} pilots have no evaluation of what is live",
        next_action="Write 20 cases with known answers from real records, and run them.",
        clears_when="A reading of model quality of the version that is live, or evidence of a run, is there.",
        unblockers=BUILDERS,
    ),
    Rule(
        code="R-46",
        title="Worse than the version before",
        kind=Kind.RISK,
        pattern=Pattern.NO_EVALUATION,
        source="R-46, S3-15, S3-22",
        inputs=frozenset({"stage", "kpis", "readings", "model", "hold"}),
        limits=WORSE,
        eligible=was_scored_twice,
        judge=judge_worse,
        fact=tell_worse,
        shared=lambda hit, of: f"{hit} of {of} pilots have a version that is worse than the one before",
        next_action="Hold the release, and compare the cases that fail now.",
        clears_when="A newer run comes close to the version before, or another version is scored.",
        unblockers=BUILDERS,
    ),
)

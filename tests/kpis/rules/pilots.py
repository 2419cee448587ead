"""Facts of pilots for the rules about KPIs and money: a control that raises nothing, and ways to spoil it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from kpis.money.sums import LedgerLine
from kpis.money.terms import Basis, Commitment, Finding, LedgerKind, MoneyPhase
from kpis.reports.periods import month_of
from kpis.rules import OF_WORTH
from kpis.terms import KpiKind, Provenance, ReportKind
from kpis.worth import Budget, KpiFacts, LoopFacts, Published, Reading, VersionFacts, Worth
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.rules.engine import judge
from pilots.rules.facts import Facts, OpenPhase, RunningPlan
from pilots.rules.registry import Evidence, Look, Registry

TODAY = date(2026, 11, 18)
OURS = Registry()
OURS.add(*OF_WORTH)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def reading(value, days=3, provenance=Provenance.LIVE, **more) -> Reading:
    return Reading(on=ago(days), value=Decimal(str(value)), provenance=provenance, **more)


def kpi(number=1, **parts) -> KpiFacts:
    """A whole business KPI: from 14 to 9 minutes."""
    plain = {
        "id": number,
        "name": f"Number {number}",
        "unit": "min",
        "direction": "lower",
        "baseline": Decimal(14),
        "target": Decimal(9),
        "agreed_on": ago(300),
        "changed_on": ago(300),
    }
    return KpiFacts(**(plain | parts))


def primary(**parts) -> KpiFacts:
    used = tuple(reading(9, days) for days in range(3, 100, 10))
    return kpi(**({"is_primary": True, "is_signed": True, "was_signed": True} | _read(used) | parts))


def _read(readings) -> dict:
    return {"readings": readings[:1], "lately": readings}


def quality(*readings: Reading, **parts) -> KpiFacts:
    plain = {"kind": KpiKind.MODEL_QUALITY, "name": "Accuracy", "unit": "%", "direction": "higher"}
    numbers = {"baseline": Decimal(70), "target": Decimal(95), "readings": readings}
    return kpi(**({"number": 2} | plain | numbers | parts))


def latency(value=3, **parts) -> KpiFacts:
    plain = {"kind": KpiKind.LATENCY, "name": "Answer time", "unit": "s", "threshold": Decimal(5)}
    numbers = {"baseline": Decimal(9), "target": Decimal(2), "readings": (reading(value),)}
    return kpi(**({"number": 3} | plain | numbers | parts))


def line(kind, amount, *, phase=MoneyPhase.RUN, basis=Basis.ACTUAL, first=100, last=3, **more) -> LedgerLine:
    return LedgerLine(
        kind=kind,
        category="",
        phase=phase,
        basis=basis,
        amount=Decimal(amount),
        currency=more.pop("currency", "EUR"),
        period_from=ago(first),
        period_to=ago(last),
        **more,
    )


VERSION = VersionFacts(id=7, label="v7", changed_on=ago(60), trained_through=ago(90), is_live=True)
BENEFIT = line(LedgerKind.BENEFIT, 5000, finding=Finding.VERIFIED)
COMMITTED = Budget(phase=MoneyPhase.PRODUCTION, commitment=Commitment.COMMITTED, decided_on=ago(40))
LAST_MONTH = month_of(ago(20))


def control_worth(**parts) -> Worth:
    """A pilot of which everything is known and nothing is wrong."""
    run = reading(92, provenance=Provenance.SHADOW, version_id=7, cases=400)
    report = Published(
        kind=ReportKind.MONTH,
        first=LAST_MONTH.first,
        last=LAST_MONTH.last,
        on=LAST_MONTH.last,
        reached=Decimal(1),
    )
    plain = {
        "kpis": (primary(), quality(run), latency()),
        "versions": (VERSION,),
        "loop": LoopFacts(
            truth_source="Outcome", linkage_key="Number", retrain_every_days=180, retrained_on=ago(60)
        ),
        "evaluates_itself": True,
        "ledger": (BENEFIT,),
        "budgets": (COMMITTED,),
        "reports": (report,),
    }
    return Worth(**(plain | parts))


def facts(stage=Stage.TRANSITION, *, since=None, worth=None, **known) -> Facts:
    """A pilot in a stage since a day; in its plan, day 1 is that day, and its third phase is open."""
    since = since or ago(30)
    worth = worth if worth is not None else control_worth()
    if stage is Stage.PRODUCTION:
        worth = replace(worth, in_production=since)
    plan = None
    if stage is Stage.TRANSITION:
        plan = RunningPlan(since, since + timedelta(days=89), OpenPhase(2, "Build", since, since))
    return Facts(
        **{
            "pilot_id": 1,
            "program_id": 1,
            "stage": stage,
            "reached": sum(one.bit for one in MAIN_PATH[: MAIN_PATH.index(stage) + 1])
            if stage in MAIN_PATH
            else stage.bit,
            "is_held": False,
            "is_confidential": False,
            "here_since": ago(900),
            "stage_clock": since,
            "proven_clock": None,
            "silence_clock": TODAY,
            "moved_clock": TODAY,
            "decide_by": None,
            "quiet_until": None,
            "has_production_owner": True,
            "plan": plan,
            "floors": {Worth: worth},
            **known,
        }
    )


def hits(found: Facts, day: date = TODAY) -> dict[str, str]:
    """Return the severity of every rule of this floor that hits."""
    verdict = judge(OURS, found, day, lambda rule, program: rule.default_limits)
    assert verdict.failed == {}
    assert set(verdict.hits) <= verdict.eligible
    return {key: hit.severity.value for key, hit in verdict.hits.items()}


def told(key: str, found: Facts, day: date = TODAY) -> str:
    """Return what the page says of a rule that hits."""
    rule = OURS.get(key)
    hit = rule.judge(found, Look(day, rule.default_limits))
    return rule.fact(Evidence(hit.since, day, rule.default_limits[hit.limit], hit.details))

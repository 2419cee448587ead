"""Rules about money: benefits nobody verified, budgets nobody committed, costs beyond plan and beyond use.

Sources: requirement rows R-26, R-75, R-77 and R-78. The day marks are the plan's phases, 110 % and 1.5 times
are defaults of ours. What has no rate is in no comparison.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from kpis.money.roi import Growth, cost_growth
from kpis.money.sums import by_month, month_of, planned_actual
from kpis.money.terms import Basis, Commitment, Finding, LedgerKind, MoneyPhase
from kpis.money.words import said as said_total
from kpis.rules.marks import (
    Told,
    at_once,
    by_day_of_plan,
    days,
    is_in_production,
    is_there,
    production_day,
    runs_a_plan,
    whole,
    worth,
)
from kpis.terms import KpiKind
from kpis.worth import Budget, KpiFacts, Worth
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

PAYERS = (OwnerRole.SPONSOR, OwnerRole.BUSINESS_OWNER)

# --- R-26 A benefit that nobody verified ------------------------------------------------------

UNVERIFIED = (Limit("high", 90, Severity.HIGH, "days in production without a verified benefit"),)


def keeps_money(facts: Facts) -> bool:
    return is_in_production(facts) and bool(worth(facts).ledger)


def judge_unverified(facts: Facts, look: Look) -> Hit | None:
    if not keeps_money(facts):
        return None
    benefits = worth(facts).benefits
    if any(line.finding is Finding.VERIFIED and line.amount > 0 for line in benefits):
        return None
    hit = worst_passed(production_day(facts), look, UNVERIFIED, beyond=True)
    return hit and replace(hit, details={"claims": len(benefits)})


def could_be_unverified(facts: Facts, look: Look) -> bool:
    return look.day > production_day(facts) + timedelta(days=look.limits["high"])


def tell_unverified(evidence: Evidence) -> str:
    what = "no benefit that is claimed is verified" if evidence.details["claims"] else "no benefit is entered"
    return f"In production for {days(evidence.days)}, and {what} (limit {days(evidence.limit)})."


# --- R-75 Nobody committed the money for production -----------------------------------------------

UNCOMMITTED = (
    Limit("warning", 1, Severity.WARNING, "is the day of the plan from which it is missed", "day of plan"),
    Limit("high", 45, Severity.HIGH, "is the day of the plan by which it must be committed", "day of plan"),
)


def needs_a_budget(facts: Facts) -> bool:
    return runs_a_plan(facts) and not worth(facts).is_let_pass("production-budget", "G8")


def judge_uncommitted(facts: Facts, look: Look) -> Hit | None:
    known = worth(facts)
    is_there_already = known.has_committed(MoneyPhase.PRODUCTION) or "production-budget" in known.shown
    if not needs_a_budget(facts) or is_there_already:
        return None
    return by_day_of_plan(facts, look, UNCOMMITTED)


def tell_uncommitted(evidence: Evidence) -> str:
    return (
        f"Day {evidence.days + 1} of the plan, and the budget for production is not committed "
        f"(limit day {evidence.limit})."
    )


# --- R-77 A budget that went elsewhere, or was spent ------------------------------------------------

LOST = (Commitment.DEFERRED, Commitment.REDIRECTED)
BEYOND = (
    Limit("decided", 0, Severity.HIGH, "days since a budget was deferred or redirected"),
    Limit("overspent", 110, Severity.HIGH, "per cent of what was planned for a phase", "per cent"),
)


def has_a_budget_or_plan(facts: Facts) -> bool:
    known = worth(facts)
    planned = any(line.kind is LedgerKind.COST and line.basis is Basis.PLANNED for line in known.ledger)
    return is_there(facts, Stage.CHARTERED) and (bool(known.budgets) or planned)


def judge_beyond(facts: Facts, look: Look) -> Hit | None:
    if not has_a_budget_or_plan(facts):
        return None
    known = worth(facts)
    hits = [
        hit
        for budget in known.budgets
        if budget.commitment in LOST and not known.has_committed(budget.phase)
        if (hit := _went_elsewhere(budget, look))
    ]
    return worst_of([*hits, *_overspent(facts, look)])


def _went_elsewhere(budget: Budget, look: Look) -> Hit | None:
    if budget.decided_on is None or budget.commitment is None:
        return None
    crossed = budget.decided_on + timedelta(days=look.limits["decided"])
    told: Told = {"phase": budget.phase.value, "commitment": budget.commitment.value}
    return Hit(Severity.HIGH, budget.decided_on, crossed, "decided", told) if look.day >= crossed else None


def _overspent(facts: Facts, look: Look) -> list[Hit]:
    known = worth(facts)
    hits = []
    for phase in MoneyPhase:
        costs = [line for line in known.ledger if line.kind is LedgerKind.COST and line.phase is phase]
        found = planned_actual(costs, known.rates)
        if found.over is not None and (found.over + 1) * 100 > look.limits["overspent"]:
            spent_on = max(line.period_to for line in costs if line.basis is Basis.ACTUAL)
            since = at_once(spent_on, look)
            if _is_decided_anew(known.budgets, phase, since):
                continue
            told: Told = {
                "phase": phase.value,
                "actual": said_total(found.actual),
                "planned": said_total(found.planned),
                "over": whole(found.over * 100),
            }
            hits.append(Hit(Severity.HIGH, since, since, "overspent", told))
    return hits


def _is_decided_anew(budgets: Iterable[Budget], phase: MoneyPhase, since: date) -> bool:
    """Whether somebody decided about a budget of a phase on the day it was overspent, or later."""
    return any(
        budget.phase is phase and budget.decided_on is not None and budget.decided_on >= since
        for budget in budgets
    )


def tell_beyond(evidence: Evidence) -> str:
    phase = MoneyPhase(str(evidence.details["phase"])).label
    if "commitment" in evidence.details:
        ago = "today" if not evidence.days else f"{days(evidence.days)} ago"
        return f"{phase}: its budget was {evidence.details['commitment']} {ago}."
    actual, planned = evidence.details["actual"], evidence.details["planned"]
    if "over" not in evidence.details:  # a flag of before says how much of the plan was spent
        return f"{phase}: {actual} spent of {planned} planned, {evidence.details['percent']:,} %."
    return f"{phase}: {actual} spent of {planned} planned, {evidence.details['over']:,} % over."


# --- R-78 Cost grows faster than use -------------------------------------------------------------------

GROWING = (
    Limit("warning", 150, Severity.WARNING, "per cent of the growth of its use in a month", "per cent"),
)


def _use(known: Worth) -> KpiFacts | None:
    return next((kpi for kpi in known.of_kind(KpiKind.ADOPTION) if kpi.lately), None)


def _growth(facts: Facts, today: date) -> Growth | None:
    known = worth(facts)
    lines = [
        line
        for line in known.ledger
        if line.kind is LedgerKind.COST and line.phase is MoneyPhase.RUN and line.basis is Basis.ACTUAL
    ]
    adoption = _use(known)
    if adoption is None or not lines:
        return None
    volumes: dict[date, Decimal] = {}
    for reading in adoption.lately:  # newest first: the last of a month stands for it
        volumes.setdefault(month_of(reading.on), reading.value)
    return cost_growth(by_month(lines, known.rates, through=today), volumes, today=today)


def counts_cost_and_use(facts: Facts) -> bool:
    known = worth(facts)
    return is_there(facts, Stage.LIMITED) and bool(known.ledger) and _use(known) is not None


def judge_growing(facts: Facts, look: Look) -> Hit | None:
    if not counts_cost_and_use(facts):
        return None
    growth, use = _growth(facts, look.day), _use(worth(facts))
    if growth is None or use is None or not growth.exceeds(Decimal(look.limits["warning"]) / 100):
        return None
    since = growth.month
    told: Told = {"cost": whole(growth.cost * 100), "use": whole(growth.volume * 100), "kpi": use.name}
    return worst_of([Hit(Severity.WARNING, since, month_of(look.day), "warning", told)])


def tell_growing(evidence: Evidence) -> str:
    cost, use = evidence.details["cost"], int(evidence.details["use"])
    name = evidence.details.get("kpi", "use")
    grew = f"grew by {use} %" if use > 0 else "did not grow"
    return f"Running it cost {cost} % more than the month before, and {name} {grew}."


MONEY = (
    Rule(
        code="R-26",
        title="Benefit not verified",
        kind=Kind.HYGIENE,
        pattern=Pattern.ROI_FOG,
        source="R-26, S0-25, S2-25",
        inputs=frozenset({"stage", "money", "hold"}),
        limits=UNVERIFIED,
        eligible=keeps_money,
        judge=judge_unverified,
        could_hit=could_be_unverified,
        denies_health=False,
        fact=tell_unverified,
        shared=lambda hit, of: f"{hit} of {of} pilots in production have no verified benefit",
        next_action="Ask finance to confirm or reject the claimed saving.",
        clears_when="Somebody other than its author verifies a benefit.",
        unblockers=PAYERS,
    ),
    Rule(
        code="R-75",
        title="Budget not committed",
        kind=Kind.GATE,
        pattern=Pattern.MONEY_NOT_COMMITTED,
        source="R-75, S0-5, S1-7",
        inputs=frozenset({"stage", "plan", "money", "evidence", "waiver", "hold"}),
        limits=UNCOMMITTED,
        eligible=needs_a_budget,
        judge=judge_uncommitted,
        denies_health=False,
        fact=tell_uncommitted,
        shared=lambda hit, of: f"{hit} of {of} running plans have no committed budget for production",
        next_action="Ask the sponsor for a yes, a no or a day for the money of production.",
        clears_when="A budget for the way to production is committed, or shown in writing.",
        unblockers=(OwnerRole.SPONSOR,),
    ),
    Rule(
        code="R-77",
        title="Budget gone or overspent",
        kind=Kind.RISK,
        pattern=Pattern.MONEY_NOT_COMMITTED,
        source="R-77, S0-5, S2-19",
        inputs=frozenset({"stage", "money", "hold"}),
        limits=BEYOND,
        eligible=has_a_budget_or_plan,
        judge=judge_beyond,
        fact=tell_beyond,
        shared=lambda hit, of: f"The money of {hit} of {of} pilots went elsewhere, or is overspent",
        next_action="Decide: go on smaller, pause or stop, and write it down.",
        clears_when="The budget of that phase is decided anew: go on smaller, pause or stop, with a reason.",
        unblockers=PAYERS,
    ),
    Rule(
        code="R-78",
        title="Cost grows faster than use",
        kind=Kind.RISK,
        pattern=Pattern.ROI_FOG,
        source="R-78, S2-21",
        inputs=frozenset({"stage", "kpis", "readings", "money", "hold"}),
        limits=GROWING,
        eligible=counts_cost_and_use,
        judge=judge_growing,
        fact=tell_growing,
        shared=lambda hit, of: f"The cost of {hit} of {of} pilots grows faster than their use",
        next_action="Try caching, a smaller model for the easy cases, or answering in batches.",
        clears_when="In the last whole month cost grew no more than one and a half times as fast as use.",
        unblockers=(OwnerRole.TECHNICAL_LEAD, OwnerRole.ENGINEERING),
    ),
)

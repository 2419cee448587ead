"""Rules about life in production: monthly reports, value that goes, sustain reviews.

Sources: requirement rows R-68 to R-70. A month and its week of grace are S1-17's, 12 and 36 months S4-12's;
the others are defaults of ours. A pilot that keeps no KPI here is asked for nothing.
"""

from datetime import date, timedelta
from decimal import Decimal

from kpis.reports.due import due_reviews, unreported_since
from kpis.reports.periods import month_of, months_after
from kpis.rules.marks import (
    Told,
    at_once,
    days,
    is_in_production,
    is_measured_in_production,
    once_old_enough,
    production_day,
    worth,
)
from kpis.terms import ReportKind
from pilots.access.roles import OwnerRole
from pilots.calendar import Day
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

OWNERS = (OwnerRole.RUN_OWNER, OwnerRole.BUSINESS_OWNER)

# --- R-68 No monthly report -----------------------------------------------------------------------

UNREPORTED = (Limit("warning", 38, Severity.WARNING, "days in production without a monthly report"),)


def _unreported_since(facts: Facts) -> date:
    last = next((report.last for report in worth(facts).reports if report.kind is ReportKind.MONTH), None)
    return unreported_since(production_day(facts), facts.here_since, last)


def judge_unreported(facts: Facts, look: Look) -> Hit | None:
    if not is_measured_in_production(facts):
        return None
    return worst_passed(_unreported_since(facts), look, UNREPORTED)


# --- R-69 The value goes -----------------------------------------------------------------------------

_Month = tuple[date, date, Decimal | None]  # its days, and how much of the way was gone
DECAYED = (Limit("high", 2, Severity.HIGH, "times in a row short of target, month after month", "times"),)


def _months_under(facts: Facts, today: date) -> list[tuple[date, date]] | None:
    """Return the last months in a row in which the primary KPI was short of its target, newest first.

    As the published reports froze them; of the months since the last of them by the last reading of real
    use of each whole month. None where nobody can tell of any month.
    """
    reports = [report for report in worth(facts).reports if report.kind is ReportKind.MONTH]
    measured = [month for month in _measured(facts, today) if not reports or month[0] > reports[0].last]
    told = [*measured, *((report.first, report.last, report.reached) for report in reports)]
    if not told:
        return None
    run: list[tuple[date, date]] = []
    for first, last, reached in told:
        follows = not run or last + timedelta(days=1) == run[-1][0]
        if reached is None or reached >= 1 or not follows:
            break
        run.append((first, last))
    return run


def _measured(facts: Facts, today: date) -> list[_Month]:
    kpi = worth(facts).primary
    found: list[_Month] = []
    month = month_of(months_after(today.replace(day=1), -1))
    while kpi is not None and month.first >= production_day(facts).replace(day=1):
        reading = next(
            (row for row in kpi.lately if row.is_used and month.first <= row.on <= month.last), None
        )
        if reading is None:
            break
        found.append((month.first, month.last, kpi.way_gone(reading.value)))
        month = month_of(months_after(month.first, -1))
    return found


def is_followed(facts: Facts) -> bool:
    return is_in_production(facts) and worth(facts).primary is not None


def could_have_decayed(facts: Facts, look: Look) -> bool:
    return _months_under(facts, look.day) is not None


def judge_decayed(facts: Facts, look: Look) -> Hit | None:
    kpi = worth(facts).primary
    if not is_followed(facts) or kpi is None:
        return None
    run = _months_under(facts, look.day) or []
    times = look.limits["high"]
    if not run or len(run) < times:
        return None
    since = at_once(run[-1][0], look)
    crossed = min(run[-max(times, 1)][1] + timedelta(days=1), look.day)
    told: Told = {"kpi": kpi.name, "months": len(run)}
    return Hit(Severity.HIGH, since, crossed, "high", told, crossed)


def tell_decayed(evidence: Evidence) -> str:
    return (
        f"{evidence.details['kpi']} is short of its target for {evidence.details['months']} months in a row."
    )


# --- R-70 A sustain review is due -----------------------------------------------------------------------

DUE = (Limit("info", 30, Severity.INFO, "days before 12 and 36 months in production"),)


def judge_review(facts: Facts, look: Look) -> Hit | None:
    known = worth(facts)
    if not is_measured_in_production(facts) or known.in_production is None:
        return None
    published = {report.kind for report in known.reports}
    due = due_reviews(
        known.in_production,
        here_since=facts.here_since,
        published=published,
        early=timedelta(days=look.limits["info"]),
        today=look.day,
    )
    if not due:
        return None
    first = due[0]
    told: Told = {"review": first.kind.label, "due": first.due_on.isoformat()}
    return Hit(Severity.INFO, first.asked_on, first.asked_on, "info", told)


def tell_review(evidence: Evidence) -> str:
    due = date.fromisoformat(str(evidence.details["due"]))
    verb = "is" if evidence.day <= due else "was"
    return f"Its {evidence.details['review']} {verb} due on {Day(due)}."


AFTER = (
    Rule(
        code="R-68",
        title="No monthly report",
        kind=Kind.HYGIENE,
        pattern=Pattern.VALUE_DECAY,
        source="R-68, S1-17",
        inputs=frozenset({"stage", "kpis", "reports", "hold"}),
        limits=UNREPORTED,
        eligible=is_measured_in_production,
        judge=judge_unreported,
        could_hit=once_old_enough(production_day, "warning"),
        denies_health=False,
        fact=lambda evidence: f"No monthly report for {days(evidence.days)} (limit {days(evidence.limit)}).",
        shared=lambda hit, of: f"{hit} of {of} pilots in production have no monthly report",
        next_action="Publish the four: the KPI, its baseline, the cost, what went wrong.",
        clears_when="The report of the last month is published.",
        unblockers=OWNERS,
    ),
    Rule(
        code="R-69",
        title="Value decay",
        kind=Kind.RISK,
        pattern=Pattern.VALUE_DECAY,
        source="R-69, S1-2",
        inputs=frozenset({"stage", "kpis", "readings", "reports", "hold"}),
        limits=DECAYED,
        eligible=is_followed,
        judge=judge_decayed,
        could_hit=could_have_decayed,
        fact=tell_decayed,
        shared=lambda hit, of: f"{hit} of {of} pilots in production stay short of their target",
        next_action="Find out for whom it fell, and since when.",
        clears_when="A monthly report, or a whole month of readings, shows it at its target.",
        unblockers=OWNERS,
    ),
    Rule(
        code="R-70",
        title="Sustain review due",
        kind=Kind.HYGIENE,
        pattern=Pattern.VALUE_DECAY,
        source="R-70, S1-2, S4-12",
        inputs=frozenset({"stage", "kpis", "reports", "hold"}),
        limits=DUE,
        eligible=is_measured_in_production,
        judge=judge_review,
        denies_health=False,
        fact=tell_review,
        shared=lambda hit, of: f"A sustain review of {hit} of {of} pilots is due",
        next_action="Confirm that it still pays, or retire it.",
        clears_when="The review is published.",
        unblockers=OWNERS,
    ),
)

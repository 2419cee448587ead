"""The worked example of docs/money.md, which is read here and run."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from kpis.attainment import percent
from kpis.money.delay import Wait, delay
from kpis.money.roi import payback_month, roi, verified_share
from kpis.money.sums import LedgerLine, RateTable, by_month, planned_actual, total
from kpis.money.terms import Basis, Finding, LedgerKind, MoneyPhase
from kpis.money.words import said, said_amount

DOCS = Path(__file__).parents[3] / "docs" / "money.md"
TODAY = date(2026, 11, 18)
TABLE = RateTable("EUR", {"USD": [(date(2026, 5, 1), Decimal("0.95")), (date(2026, 1, 1), Decimal("0.90"))]})


def rows_under(head):
    lines = iter(DOCS.read_text().splitlines())
    assert any(line.startswith(head) for line in lines), f"docs/money.md has no table {head}"
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def line(kind, category, part, basis, finding, amount, first, last):
    currency, number = amount.split()
    return LedgerLine(
        kind=LedgerKind(kind),
        category=category,
        phase=MoneyPhase(part),
        basis=Basis(basis),
        amount=Decimal(number),
        currency=currency,
        period_from=date.fromisoformat(first),
        period_to=date.fromisoformat(last),
        finding=Finding(finding) if finding else None,
    )


def test_the_worked_example_comes_out_as_it_is_written():
    lines = [line(*row) for row in rows_under("| Kind | Category")]
    cost = planned_actual([row for row in lines if row.kind is LedgerKind.COST], TABLE)
    claims = [row for row in lines if row.kind is LedgerKind.BENEFIT and row.basis is Basis.ACTUAL]
    by_finding = {
        finding: total([row for row in claims if row.finding is finding], TABLE)
        for finding in (None, Finding.VERIFIED, Finding.REJECTED)
    }
    verified = by_finding[Finding.VERIFIED]
    spent = [row for row in lines if row.kind is LedgerKind.COST and row.basis is Basis.ACTUAL]
    earned = [row for row in claims if row.finding is Finding.VERIFIED]
    month = payback_month(by_month(earned, TABLE, through=TODAY), by_month(spent, TABLE, through=TODAY))
    waiting = delay(Wait(days=61), lines, None, TABLE, today=TODAY)

    figures = [
        ["Actual cost", said(cost.actual)],
        ["Verified benefit", said(verified)],
        ["Claimed, not checked", said(by_finding[None])],
        ["Rejected", said(by_finding[Finding.REJECTED])],
        ["ROI", percent(roi(verified.amount, cost.actual.amount))],
        ["Verified share", percent(verified_share(verified.amount, by_finding[None].amount))],
        ["Over plan", percent(cost.over)],
        ["Payback", f"{month:%Y-%m}"],
        ["Expected in a month", said_amount(waiting.monthly, "EUR")],
        ["Cost of delay", said_amount(waiting.cost, "EUR")],
    ]
    assert rows_under("| Figure |") == figures

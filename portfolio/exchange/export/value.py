"""The pilots of the value page as rows: the same numbers, amounts in the currency of each program."""

from decimal import Decimal

from kpis.money.sums import Total
from kpis.standing import attainment_of
from portfolio.dashboards.value.lines import Line
from portfolio.exchange.export.table import Column, Table, table_of

HUNDREDTH = Decimal("0.01")


def value_table(lines: list[Line]) -> Table:
    return table_of("Value", COLUMNS, lines)


def _amount(total: Total) -> Decimal | None:
    return total.amount if total.count else None


def _percent(share: Decimal | None) -> Decimal | None:
    return None if share is None else (share * 100).quantize(HUNDREDTH)


def _attainment(line: Line) -> Decimal | None:
    return _percent(attainment_of(line.primary.kpi, line.primary.latest_used)) if line.primary else None


def _apart(line: Line) -> str:
    return ", ".join(f"{code} {amount}" for code, amount in sorted(line.money.unconverted.items()))


COLUMNS: tuple[Column[Line], ...] = (
    Column("Key", lambda line: line.pilot.key),
    Column("Pilot", lambda line: line.pilot.name),
    Column("Program", lambda line: line.pilot.program.name),
    Column("Stage", lambda line: line.pilot.at_stage.label),
    Column("Primary KPI", lambda line: line.primary.kpi.name if line.primary else ""),
    Column("Of the way to its target, %", _attainment),
    Column("Currency", lambda line: line.money.currency),
    Column("Cost, planned", lambda line: _amount(line.money.cost_planned)),
    Column("Cost, actual", lambda line: _amount(line.money.cost_actual)),
    Column("Benefit, verified", lambda line: _amount(line.money.benefit_verified)),
    Column("Benefit, not checked", lambda line: _amount(line.money.benefit_unchecked)),
    Column("Benefit, rejected", lambda line: _amount(line.money.benefit_rejected)),
    Column("ROI, %", lambda line: _percent(line.money.roi)),
    Column("Verified share, %", lambda line: _percent(line.money.verified_share)),
    Column("Cost of waiting", lambda line: line.money.delay.cost if line.is_waiting else None),
    Column("Days waiting", lambda line: line.money.delay.days if line.is_waiting else None),
    Column("Not added, no rate", _apart),
    Column("Beyond what was agreed", lambda line: ", ".join(line.breached)),
    Column("Only deployed", lambda line: "yes" if line.is_deployed else "no"),
)

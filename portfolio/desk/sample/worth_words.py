"""The words in which the sample's numbers and money are written down. A tool sends readings in batches."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from kpis.money.terms import LedgerKind, MoneyPhase
from kpis.terms import KpiKind, Provenance
from portfolio.desk.sample.people import CONTACTS
from portfolio.desk.sample.story import (
    Measured,
    Reading,
    Step,
)

COST, BENEFIT, BUDGET = LedgerKind.COST, LedgerKind.BENEFIT, LedgerKind.BUDGET
PILOT, PRODUCTION, RUN = MoneyPhase.PILOT, MoneyPhase.PRODUCTION, MoneyPhase.RUN
QUALITY, LATENCY = KpiKind.MODEL_QUALITY.value, KpiKind.LATENCY.value
LIVE, LIMITED = Provenance.LIVE, Provenance.LIMITED
SHADOW, CURATED, DEMO = Provenance.SHADOW, Provenance.CURATED, Provenance.DEMO
# On these days back the tools send what was counted since.
BATCHES = (300, 120, 60, 30, 14, 6, 1)
FORTNIGHTS = tuple(range(4, 116, 14))


def whole(definition: str, method: str, **more: Any) -> dict[str, Any]:
    """Return the parts that a line cannot say, so that a KPI is whole."""
    owner = CONTACTS["Imani Okoye"]
    return {"definition": definition, "method": method, "window_days": 30, "owner": owner, **more}


def course(
    kpi: str,
    provenance: Provenance,
    values: Mapping[int, str],
    *,
    cases: int | None = None,
    version: str = "",
) -> list[Reading]:
    return [Reading(days, kpi, value, provenance, cases, version) for days, value in values.items()]


def sent(*courses: Iterable[Reading]) -> list[Step]:
    """Return the readings in the batches in which they come."""
    rows = sorted((row for course in courses for row in course), key=lambda row: -row.days)
    batches = groupby(rows, key=lambda row: next((day for day in BATCHES if day <= row.days), 0))
    return [Measured(day, tuple(sent)) for day, sent in batches]


def evenly(*values: str) -> dict[int, str]:
    """Return values of the last fortnights, oldest first."""
    return dict(zip(reversed(FORTNIGHTS[: len(values)]), values, strict=True))


def scored(*, threshold: int = 80) -> dict[str, Any]:
    return whole(
        "Answers that a clerk called right, of all in the set",
        "400 cases with known answers, run by itself after each change",
        kind=QUALITY,
        threshold=Decimal(threshold),
    )

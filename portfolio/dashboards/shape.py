"""The funnel as plain values: the API tells them, a pack keeps them."""

from dataclasses import asdict
from typing import Any

from pilots.access.models import User
from pilots.models.cohort import Cohort
from portfolio.benchmarks.actions import shown
from portfolio.benchmarks.shape import shape_benchmark
from portfolio.dashboards.benchmarks import overlay
from portfolio.dashboards.compare import Compared
from portfolio.dashboards.estimate import Told
from portfolio.dashboards.funnel import Bar, Funnel


def shape_funnel(funnel: Funnel, cohort: Cohort, user: User) -> dict[str, Any]:
    compared = overlay(funnel, cohort, shown())
    return {
        "as_of": cohort.day.isoformat(),
        "as_seen_by": str(user),
        "denominator": funnel.denominator,
        "undated": funnel.undated,
        "young": funnel.young,
        "undecided": funnel.still_open if funnel.goal else None,
        "stages": [_shape_bar(bar) for bar in funnel.bars],
        "benchmarks": [shape_benchmark(compared.benchmark)] if compared.is_drawn else [],
    }


def _shape_bar(bar: Bar) -> dict[str, Any]:
    return {
        "stage": bar.stage.value,
        "reached": bar.reached,
        "there_now": bar.there_now,
        "moved_on": bar.moved_on,
        "open": bar.open,
        "on_hold": bar.on_hold,
        "ended": bar.ended,
        "conversion_from_previous": None if bar.from_previous is None else float(bar.from_previous),
        "conversion_from_entry": None if bar.from_entry is None else float(bar.from_entry),
        "deployed": bar.deployed,
        "median_days": bar.median.days if bar.median else None,
        "median_of": bar.median.of if bar.median else 0,
    }


def shape_estimate(told: Told | None) -> dict[str, Any] | None:
    return asdict(told) if told else None


def shape_compared(row: Compared) -> dict[str, Any]:
    return {
        "value": row.value,
        "label": row.label,
        "denominator": row.denominator,
        "reached": row.reached,
        "still_open": row.still_open,
        "ended": row.ended,
        "rate": row.rate,
        "low": row.interval.low if row.interval else None,
        "high": row.interval.high if row.interval else None,
    }

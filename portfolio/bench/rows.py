"""The rows of the benchmark, by number, and what each measures. A plain module.

A row is a module of its own with a function from `Ground` to `Found`, put into `ROWS`.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Ground:
    """Where a row is measured: how many pilots are there, and how often it is measured."""

    pilots: int
    rounds: int
    seed: int


@dataclass
class Found:
    """What a row took: seconds by what was measured, in the order of the rounds, and other figures.

    `cpu` are those of this process alone, which others on the machine change little; on SQLite they are all.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    ratio: float | None = None  # where it is not that of two medians

    def time(self, what: str, work: Callable[[], Any]) -> Any:
        """Do some work, note its seconds, and return what it returned."""
        began, began_cpu = time.perf_counter(), time.process_time()
        result = work()
        self.seconds.setdefault(what, []).append(time.perf_counter() - began)
        self.cpu.setdefault(what, []).append(time.process_time() - began_cpu)
        return result


@dataclass(frozen=True)
class Row:
    """One row: `measured` names what is Headway's in `Found.seconds`, `against` what it is compared with.

    Both are empty where the module says its ratio itself.
    """

    number: int
    title: str
    goal: str
    module: str  # has `measure(ground) -> Found`
    measured: str = ""
    against: str = ""

    def measure(self, ground: Ground) -> dict[str, Any]:
        found: Found = import_module(self.module).measure(ground)
        return {
            "row": self.number,
            "title": self.title,
            "goal": self.goal,
            "seconds": {what: summed(seconds) for what, seconds in found.seconds.items()},
            "cpu_seconds": {what: summed(seconds) for what, seconds in found.cpu.items()},
            "ratio": ratio(found.seconds, self.measured, self.against)
            if found.ratio is None
            else found.ratio,
            **found.figures,
        }


ROWS: dict[int, Row] = {
    3: Row(
        number=3,
        title="The list of 50 pilots, and the page of one with 50 log entries",
        goal="p50 at most 3 × a plain Django page of the same rows",
        module="portfolio.bench.pages",
        measured="list of pilots",
        against="plain list",
    ),
    4: Row(
        number=4,
        title="First pages as the portfolio grows ten times",
        goal="exponent at most 0.1; a page far behind at most 1.15 × the first",
        module="portfolio.bench.growth",
    ),
    5: Row(
        number=5,
        title="The numbers of the funnel: today, filtered, on a past day",
        goal="at most 1.3 × raw SQL of the same pilots, and 3 ms",
        module="portfolio.bench.funnel",
    ),
    6: Row(
        number=6,
        title="Nightly scan: all rules, flags written",
        goal="at most 2 × one INSERT … SELECT per rule",
        module="portfolio.bench.scan",
        measured="first scan",
        against="one INSERT … SELECT per rule",
    ),
    10: Row(
        number=10,
        title="The slow requests among many of the same page",
        goal="p95 at most 2 × p50 on every page and list",
        module="portfolio.bench.tail",
    ),
    13: Row(
        number=13,
        title="Dashboards in a browser on a mid laptop",
        goal="first paint within 1.0 s, chart within 2.0 s, our own CSS and JS at most 60 kB compressed",
        module="portfolio.bench.browser",
    ),
}


def summed(seconds: list[float]) -> dict[str, Any]:
    """Return the middle and the 95th percentile (the nearest rank) of some durations."""
    ranked = sorted(seconds)
    p95 = ranked[math.ceil(0.95 * len(ranked)) - 1]
    return {
        "median": round(median(ranked), 4),
        "p95": round(p95, 4),
        "each": [round(one, 4) for one in seconds],
    }


def ratio(seconds: Mapping[str, list[float]], measured: str, against: str) -> float:
    """Return how many times as long the measured takes, by the medians."""
    return round(median(seconds[measured]) / median(seconds[against]), 2)

"""The words KPIs, readings and money are described by. A plain module."""

from enum import StrEnum


class KpiKind(StrEnum):
    """What a KPI measures."""

    BUSINESS = "business"
    MODEL_QUALITY = "model_quality"
    LATENCY = "latency"
    COST = "cost"
    DRIFT = "drift"
    FRESHNESS = "freshness"
    ADOPTION = "adoption"
    OPERATIONAL = "operational"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    RANGE = "range"

    @property
    def label(self) -> str:
        return "within a range is best" if self is Direction.RANGE else f"{self.value} is better"


# Of these less is better where nobody says which way is: a threshold is the most that is accepted.
LESS_IS_BETTER = frozenset({KpiKind.LATENCY, KpiKind.COST, KpiKind.DRIFT})


def way_of(kind: str, direction: str) -> str:
    """Return which way is better for a KPI, "" where nobody can tell."""
    return direction or (Direction.LOWER.value if kind in LESS_IS_BETTER else "")


class Provenance(StrEnum):
    """Where a reading comes from, least real first (S0-2)."""

    DEMO = "demo"
    CURATED = "curated"
    SHADOW = "shadow"
    LIMITED = "limited"
    LIVE = "live"

    @property
    def label(self) -> str:
        return self.value.capitalize()


# Readings on real data: a demo and a chosen set satisfy no gate (S0-2, S3-6).
REAL = frozenset({Provenance.SHADOW, Provenance.LIMITED, Provenance.LIVE})
# Readings of real use: only they count for value (requirements 3.4).
USED = frozenset({Provenance.LIMITED, Provenance.LIVE})


class Entry(StrEnum):
    """How a reading came in. A person's moves a pilot's clock, a machine's does not."""

    FORM = "form"
    TABLE = "table"
    FILE = "file"
    API = "api"

    @property
    def label(self) -> str:
        return {"form": "by hand", "table": "from a table", "file": "from a file", "api": "through the API"}[
            self.value
        ]


class ReportKind(StrEnum):
    """Which look back a report is, by how long after go-live it is due."""

    WINDOW = "window"
    MONTH = "month"
    YEAR = "year"
    THREE_YEARS = "three_years"

    @property
    def label(self) -> str:
        return {
            "window": "30-day measurement",
            "month": "Monthly report",
            "year": "12-month review",
            "three_years": "36-month review",
        }[self.value]


class Verdict(StrEnum):
    """What a look back concludes: the first three end the 30 days, the others a sustain review."""

    EXPAND = "expand"
    HOLD = "hold"
    ROLL_BACK = "roll_back"
    HELD = "held"
    LOST = "lost"

    @property
    def label(self) -> str:
        return {
            "expand": "Expand",
            "hold": "Hold",
            "roll_back": "Roll back",
            "held": "Value held",
            "lost": "Value not held",
        }[self.value]


VERDICTS: dict[ReportKind, frozenset[Verdict]] = {
    ReportKind.WINDOW: frozenset({Verdict.EXPAND, Verdict.HOLD, Verdict.ROLL_BACK}),
    ReportKind.MONTH: frozenset(),
    ReportKind.YEAR: frozenset({Verdict.HELD, Verdict.LOST}),
    ReportKind.THREE_YEARS: frozenset({Verdict.HELD, Verdict.LOST}),
}

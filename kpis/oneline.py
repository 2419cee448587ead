"""Reads a KPI from the one line people write: “Handling time 14 → 9 min”. Plain rules."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

NOT_AGREED = frozenset({"", "not agreed", "not agreed yet", "unknown", "not known"})
EXAMPLE = "Write it like “Handling time 14 → 9 min”, or “not agreed yet”."
# What Kpi.baseline and Kpi.target can hold.
WHOLE_DIGITS, DECIMALS = 14, 6


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"

    @property
    def label(self) -> str:
        return f"{self.value} is better"


class UnreadableKpi(ValueError):
    """The message is written for the person who typed the line."""


@dataclass(frozen=True)
class KpiLine:
    """A KPI in one line; `baseline` is None when it is not known yet."""

    name: str
    baseline: Decimal | None
    target: Decimal
    unit: str
    direction: Direction | None

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        start = f"baseline {self.baseline}{unit}" if self.baseline is not None else "baseline unknown"
        way = f", {self.direction.label}" if self.direction else ""
        return f"{self.name}, {start}, target {self.target}{unit}{way}"


_NUMBER = r"-?\d+(?:[.,]\d+)?"
_LINE = re.compile(
    rf"(?P<name>.*?\S)\s*[:,]?\s+(?P<baseline>{_NUMBER}|\?|unknown)\s*(?P<unit_before>\D{{0,20}}?)\s*"
    rf"(?:→|->|=>|\bto\b)\s*(?P<target>{_NUMBER})\s*(?P<unit>\D.{{0,39}})?",
    re.IGNORECASE,
)


def read_kpi(text: str) -> KpiLine | None:
    """Return the KPI a line states, None for “not agreed yet”; raise `UnreadableKpi` rather than guess."""
    line = " ".join(text.split())
    if line.lower().rstrip(".") in NOT_AGREED:
        return None
    match = _LINE.fullmatch(line)
    if match is None:
        raise UnreadableKpi(f"Headway cannot find a name and two numbers in this. {EXAMPLE}")
    baseline = None if match["baseline"].lower() in {"?", "unknown"} else _number(match["baseline"])
    target = _number(match["target"])
    if baseline == target:
        raise UnreadableKpi(
            "Baseline and target are the same, so nothing would move. Write two different numbers."
        )
    if len(match["name"]) > 200:
        raise UnreadableKpi("The name of a KPI has at most 200 characters.")
    unit = (match["unit"] or match["unit_before"] or "").strip()
    direction = None if baseline is None else Direction.LOWER if target < baseline else Direction.HIGHER
    return KpiLine(match["name"].rstrip(" :,"), baseline, target, unit, direction)


def _number(text: str) -> Decimal:
    if re.fullmatch(r"-?\d{1,3},\d{3}", text):
        plain = text.replace(",", "")
        raise UnreadableKpi(f"“{text}” can be read in two ways. Write {plain}, or {text.replace(',', '.')}.")
    whole, _, decimals = text.lstrip("-").replace(",", ".").partition(".")
    if len(whole) > WHOLE_DIGITS or len(decimals) > DECIMALS:
        raise UnreadableKpi(
            f"A number has at most {WHOLE_DIGITS} digits before the point and {DECIMALS} after it."
        )
    return Decimal(text.replace(",", "."))

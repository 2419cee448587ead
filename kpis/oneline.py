"""Reads a KPI from the one line people write: “Handling time 14 → 9 min”. Plain rules."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

NOT_AGREED = frozenset({"", "not agreed", "not agreed yet", "unknown", "not known"})
EXAMPLE = "Write it like “Handling time 14 → 9 min”, or “not agreed yet”."
# What Kpi.baseline, Kpi.target, Kpi.name and Kpi.unit can hold.
WHOLE_DIGITS, DECIMALS = 14, 6
LONGEST_NAME, LONGEST_UNIT = 200, 40
_FINEST = Decimal(1).scaleb(-DECIMALS)
NO_NAME = "A KPI needs a name."
NO_TARGET = "A KPI needs a target: the number it should come to."
NOTHING_MOVES = "Baseline and target are the same, so nothing would move. Write two different numbers."
TOO_MANY_DIGITS = f"A number has at most {WHOLE_DIGITS} digits before the point and {DECIMALS} after it."


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
    unit = (match["unit"] or match["unit_before"] or "").strip()
    return agreed(match["name"].rstrip(" :,"), baseline, _number(match["target"]), unit)


def agreed(name: str, baseline: Decimal | None, target: Decimal, unit: str) -> KpiLine:
    """Return a KPI of these parts; raise `UnreadableKpi` where nothing would move, or the words are long."""
    if baseline == target:
        raise UnreadableKpi(NOTHING_MOVES)
    for what, text, longest in (("name", name, LONGEST_NAME), ("unit", unit, LONGEST_UNIT)):
        if len(text) > longest:
            raise UnreadableKpi(f"The {what} of a KPI has at most {longest} characters.")
    return KpiLine(name, baseline, target, unit, direction_of(baseline, target))


def direction_of(baseline: Decimal | None, target: Decimal) -> Direction | None:
    """Return which way is better, None where nobody knows from where it starts."""
    if baseline is None:
        return None
    return Direction.LOWER if target < baseline else Direction.HIGHER


def fits(number: Decimal | None) -> bool:
    """Return whether Headway can hold a number exactly; it can hold that none is known."""
    if number is None:
        return True
    if not number.is_finite():
        return False
    return not number or (number.adjusted() < WHOLE_DIGITS and number == number.quantize(_FINEST))


def _number(text: str) -> Decimal:
    if re.fullmatch(r"-?\d{1,3},\d{3}", text):
        plain = text.replace(",", "")
        raise UnreadableKpi(f"“{text}” can be read in two ways. Write {plain}, or {text.replace(',', '.')}.")
    number = Decimal(text.replace(",", "."))
    if not fits(number):
        raise UnreadableKpi(TOO_MANY_DIGITS)
    return number

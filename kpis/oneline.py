"""Reads a KPI from the one line people write: “Handling time 14 → 9 min”, “Uptime ≥ 99.5 %”. Plain rules."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from kpis.terms import Direction

NOT_AGREED = frozenset({"", "not agreed", "not agreed yet", "unknown", "not known"})
LIKE = "Write it like “Handling time 14 → 9 min”"
EXAMPLE = f"{LIKE}, or “not agreed yet”."
NEEDED = f"{LIKE}, or “Uptime at least 99.5 %”."  # where “not agreed yet” is no answer
# What Kpi.baseline, Kpi.target, Kpi.name and Kpi.unit can hold.
WHOLE_DIGITS, DECIMALS = 14, 6
ALL_DIGITS = 15  # SQLite keeps a longer number as a float, and it would come back as another one
LONGEST_NAME, LONGEST_UNIT = 200, 40
_FINEST = Decimal(1).scaleb(-DECIMALS)
NO_NAME = "A KPI needs a name."
NO_TARGET = "A KPI needs a target: the number it should come to."
NOTHING_MOVES = "Baseline and target are the same, so nothing would move. Write two different numbers."
TOO_MANY_DIGITS = (
    f"A number has at most {WHOLE_DIGITS} digits before the point and {DECIMALS} after it, "
    f"{ALL_DIGITS} together."
)


class UnreadableKpi(ValueError):
    """The message is written for the person who typed the line."""


@dataclass(frozen=True)
class KpiLine:
    """A KPI in one line.

    `baseline` is None when it is not known yet, `target` where a threshold stands in its place.
    """

    name: str
    baseline: Decimal | None
    target: Decimal | None
    unit: str
    direction: Direction | None

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        start = f"baseline {self.baseline}{unit}" if self.baseline is not None else "baseline not known"
        way = f", {self.direction.label}" if self.direction else ""
        end = f"target {self.target}{unit}" if self.target is not None else "no target"
        return f"{self.name}, {start}, {end}{way}"


# Not the beginning of something longer: 1e400, 0x10, 1_000 and 1.2.3 are refused instead of cut short.
_NUMBER = r"-?\d+(?:[.,]\d+)?(?![.,]?\d|[eE][+-]?\d|[xX_]\w)"
_LINE = re.compile(
    rf"(?P<name>.*?\S)\s*[:,]?\s+(?:from\s+)?(?P<baseline>{_NUMBER}|\?|unknown)\s*(?P<unit_before>\D{{0,20}}?)\s*"
    rf"(?:→|->|=>|\bto\b)\s*(?P<target>{_NUMBER})\s*(?P<unit>\D.{{0,39}})?",
    re.IGNORECASE,
)
_LOWER = ("<=", "≤", "<", "at most", "under", "below")
_SIGN = "<=|>=|[<>≤≥]|\\b(?:at most|at least|under|below|over|above)\\b"
_BOUND = re.compile(
    rf"(?P<name>.*?\S)\s*[:,]?\s*(?P<sign>{_SIGN})\s*(?P<target>{_NUMBER})\s*(?P<unit>\D.{{0,39}})?",
    re.IGNORECASE,
)
# Without a sign only a unit of one word tells a target from “Release 3” and “20 percent next year”.
_TARGET = re.compile(rf"(?P<name>.*?\S)\s*[:,]?\s+(?P<target>{_NUMBER})\s*(?P<unit>[^\s\d.,]\S{{0,39}})")
_COUNTED = re.compile(r"(?:/|\bper\b)\s*\d+(?=\s+\w)")  # the 100 of “per 100 claims” belongs to the unit
_ANOTHER = re.compile(r"(?<!\w)\d|[<>≤≥=→?]")  # another number, or a sign: more than one target is meant
_OPEN_END = re.compile(
    r"(?:^|\s)(?:by|of|in|to|from|for|within|about|than|since|until|now|is|baseline|target|more|less|not|"
    r"least|most|under|below|over|above)$|[-\u2013\u2014]$",
    re.IGNORECASE,
)


def read_kpi(text: str, *, example: str = EXAMPLE) -> KpiLine | None:
    """Return the KPI a line states, None for “not agreed yet”; raise `UnreadableKpi` rather than guess.

    A line with one number states a target, and which way is better where it says so; the baseline is not
    known then. `example` ends the sentence about a line that cannot be read.
    """
    line = " ".join(text.split())
    if line.lower().rstrip(".") in NOT_AGREED:
        return None
    match = _LINE.fullmatch(line)
    if match is None:
        only = _only_target(line)
        if only is None:
            raise UnreadableKpi(f"Headway cannot find a name and two numbers in this. {example}")
        return only
    if match["name"].rstrip(" :,").lower() == "from":
        raise UnreadableKpi(f"{NO_NAME} {example}")
    baseline = None if match["baseline"].lower() in {"?", "unknown"} else _number(match["baseline"])
    unit = (match["unit"] or match["unit_before"] or "").strip()
    return agreed(match["name"].rstrip(" :,"), baseline, _number(match["target"]), unit)


def _only_target(line: str) -> KpiLine | None:
    """Return the KPI of a line with one number, None where it can be read in another way."""
    match = _BOUND.fullmatch(line) or _TARGET.fullmatch(line)
    if match is None:
        return None
    name, unit = match["name"].rstrip(" :,"), (match["unit"] or "").strip()
    if not name or _OPEN_END.search(name) or _ANOTHER.search(f"{name}\n{_COUNTED.sub('', unit)}"):
        return None
    sign = match.groupdict().get("sign")
    direction = None if sign is None else Direction.LOWER if sign.lower() in _LOWER else Direction.HIGHER
    return replace(agreed(name, None, _number(match["target"]), unit), direction=direction)


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
    if not number:
        return True
    is_fine = number.adjusted() < WHOLE_DIGITS and number == number.quantize(_FINEST)
    return is_fine and len(number.normalize().as_tuple().digits) <= ALL_DIGITS


def _number(text: str) -> Decimal:
    if re.fullmatch(r"-?\d{1,3},\d{3}", text):
        plain = text.replace(",", "")
        raise UnreadableKpi(f"“{text}” can be read in two ways. Write {plain}, or {text.replace(',', '.')}.")
    number = Decimal(text.replace(",", "."))
    if not fits(number):
        raise UnreadableKpi(TOO_MANY_DIGITS)
    return number

"""What a KPI's definition may be: each fault is a sentence beside the part that is to blame."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.text import slugify

from kpis.definition import SIGNED
from kpis.models import Kpi, Measurement
from kpis.money.currencies import fault_of_currency
from kpis.oneline import (
    LONGEST_NAME,
    LONGEST_UNIT,
    NO_NAME,
    NOTHING_MOVES,
    TOO_MANY_DIGITS,
    direction_of,
    fits,
)
from kpis.terms import Direction, KpiKind, Provenance
from pilots.actions.by import Reason, Refused
from pilots.actions.change import refuse_unstorable
from pilots.actions.production_rules import faults_of_days, faults_of_texts
from pilots.models import Owner, Pilot

# Everything somebody may change of a KPI. `direction` follows from the numbers unless it is stated.
EDITABLE = (*SIGNED, "owner", "cadence_days", "value_per_unit", "value_currency")
NUMBERS = ("baseline", "target", "target_low", "threshold", "value_per_unit")
DAY_COUNTS = ("window_days", "cadence_days")
LONG_TEXTS = ("definition", "method")
CODES: dict[str, type[StrEnum]] = {
    "kind": KpiKind,
    "direction": Direction,
    "baseline_provenance": Provenance,
}
LONGEST_CODE = 80
MOST_DAYS = 3660
MOST_KPIS = 50  # of one pilot, retired ones among them
RESERVED = frozenset({"new", "readings", "loop", "token", "export"})  # pages below `kpis/` have these
NO_END = "A KPI needs a target, the number it should come to, or a threshold."
PRIMARY_IS_BUSINESS = "It is the primary KPI, and that one is a business KPI. Make another one primary first."


# --- Taking values over --------------------------------------------------------------


def take_over(kpi: Kpi, fields: Mapping[str, Any], *, keeps_direction: bool) -> None:
    """Set the named fields, an `owner` among them, and the direction that follows or was stated."""
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise ValueError(f"Not editable: {', '.join(sorted(unknown))}.")
    stated = "" if "direction" in fields else kpi.direction
    was = (stated, kpi.baseline, kpi.target)
    for name in EDITABLE:
        if name in fields:
            setattr(kpi, name, _cleaned(name, fields[name]))
    if not fields.get("direction"):
        kpi.direction = _direction(kpi, was, is_kept=keeps_direction)


def _cleaned(name: str, value: Any) -> Any:
    """Return a value as its column holds it; text without the white space around it."""
    if name in CODES:
        return CODES[name](value).value if value else ""
    if isinstance(value, str):
        if name in LONG_TEXTS:
            return value.strip()
        return value.strip().upper() if name == "value_currency" else " ".join(value.split())
    return value


def _direction(kpi: Kpi, was: tuple[str, Decimal | None, Decimal | None], *, is_kept: bool) -> str:
    """Return which way is better where nobody says so now.

    From two numbers it follows. A way that was stated while the baseline was not known stays stated, and
    so does one that the numbers may not turn round.
    """
    before, baseline, target = was
    if kpi.target_low is not None:
        return Direction.RANGE.value
    if before == Direction.RANGE.value:
        before = ""
    elif is_kept and before:
        return before
    was_known = baseline is not None and target is not None
    if not all(fits(number) for number in (kpi.baseline, kpi.target)):
        return before  # refused in a moment
    if kpi.baseline is None or kpi.target is None:
        return "" if was_known else before
    if before and not was_known:
        return before
    follows = direction_of(kpi.baseline, kpi.target)
    return follows.value if follows else ""


def told(value: Any) -> Any:
    """Return a value as an event keeps it: a number as text, without the zeros of its column."""
    if isinstance(value, Decimal):
        if not fits(value):
            return str(value)  # refused in a moment; 1E+999999999 written out takes a gigabyte
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, Owner):
        return value.name
    return value.isoformat() if isinstance(value, date) else value


# --- What is wrong with it -----------------------------------------------------------


def check(kpi: Kpi, pilot: Pilot, others: Sequence[Kpi], *, today: date, called: str = "name") -> None:
    """Raise `Refused` with every fault; `others` are the pilot's other KPIs.

    `called` is the field to blame where the pilot has a KPI of that name already.
    """
    refuse_unstorable({name: getattr(kpi, name) for name in ("name", "unit", *LONG_TEXTS, "value_currency")})
    reasons = _faults_of_words(kpi)
    unfit = [name for name in NUMBERS if not fits(getattr(kpi, name))]
    reasons += [Reason(TOO_MANY_DIGITS, name, "digits") for name in unfit]
    if not unfit:
        reasons += _faults_of_numbers(kpi) + _faults_of_value(kpi)
    reasons += faults_of_days(kpi, ["baseline_on"], up_to=today)
    reasons += [
        Reason(f"Write days from 1 to {MOST_DAYS:,}, or leave it empty.", name, "range")
        for name in DAY_COUNTS
        if getattr(kpi, name) is not None and not 1 <= getattr(kpi, name) <= MOST_DAYS
    ]
    if kpi.is_primary and kpi.kind != KpiKind.BUSINESS.value:
        reasons.append(Reason(PRIMARY_IS_BUSINESS, "kind", "primary"))
    if kpi.retired_on is None and has_namesake(kpi, others):
        reasons.append(Reason(f"{pilot.key} has a KPI called {kpi.name} already.", called, "repeated"))
    if reasons:
        raise Refused(reasons)


def _faults_of_words(kpi: Kpi) -> list[Reason]:
    reasons = [
        Reason(f"The {name} of a KPI has at most {longest} characters.", name, "length")
        for name, longest in (("name", LONGEST_NAME), ("unit", LONGEST_UNIT))
        if len(getattr(kpi, name)) > longest
    ]
    if not kpi.name:
        reasons.append(Reason(NO_NAME, "name", "required"))
    return reasons + faults_of_texts(kpi, LONG_TEXTS)


def _faults_of_numbers(kpi: Kpi) -> list[Reason]:
    if kpi.direction == Direction.RANGE.value:
        return _faults_of_range(kpi)
    reasons = []
    if kpi.target_low is not None:
        sentence = "Only a range has a lower end. Empty it, or say that within a range is best."
        reasons.append(Reason(sentence, "target_low", "no-range"))
    if kpi.target is None:
        return reasons if kpi.threshold is not None else [*reasons, Reason(NO_END, "target", "required")]
    if kpi.baseline is None:
        return reasons
    if kpi.baseline == kpi.target:
        return [*reasons, Reason(NOTHING_MOVES, "target", "same")]
    if kpi.direction != direction_of(kpi.baseline, kpi.target):
        reasons.append(_wrong_side(kpi.direction, kpi.baseline, kpi.target))
    return reasons


def _wrong_side(direction: str, baseline: Decimal, target: Decimal) -> Reason:
    side = "above" if direction == Direction.HIGHER.value else "below"
    sentence = (
        f"{Direction(direction).label.capitalize()} here, so the target lies {side} the baseline: "
        f"{told(target)} does not lie {side} {told(baseline)}. Change the number, or which way is better."
    )
    return Reason(sentence, "target", "wrong-side")


def _faults_of_range(kpi: Kpi) -> list[Reason]:
    ends = (("target_low", kpi.target_low, "lower"), ("target", kpi.target, "upper"))
    reasons = [
        Reason(f"A range has two ends. Write the {which} one.", name, "required")
        for name, number, which in ends
        if number is None
    ]
    if kpi.target_low is None or kpi.target is None:
        return reasons
    if kpi.target_low >= kpi.target:
        sentence = f"The lower end, {told(kpi.target_low)}, is not below the upper one, {told(kpi.target)}."
        return [Reason(sentence, "target_low", "order")]
    return [Reason(NOTHING_MOVES, "target", "same")] if kpi.baseline == kpi.target else []


def _faults_of_value(kpi: Kpi) -> list[Reason]:
    if kpi.value_per_unit is None:
        if not kpi.value_currency:
            return []
        sentence = "Write what one unit better is worth in a month, or empty the currency."
        return [Reason(sentence, "value_per_unit", "required")]
    reasons = []
    if kpi.value_per_unit <= 0:
        sentence = "What one unit better is worth is above zero. Leave it empty where nobody knows."
        reasons.append(Reason(sentence, "value_per_unit", "range"))
    if fault := fault_of_currency(kpi.value_currency):
        reasons.append(Reason(fault, "value_currency", "currency"))
    return reasons


def refuse_unit_changes(changed: Collection[Kpi]) -> None:
    """Refuse another unit for a KPI that has readings; what was without one may get one."""
    if not changed:
        return
    readings = Measurement.objects.filter(kpi__in=[kpi.pk for kpi in changed]).order_by()
    measured = set(readings.values_list("kpi", flat=True).distinct())
    reasons = [
        Reason(
            f"{kpi.name} has readings, so its unit stays. "
            "Define another KPI in the new unit, and retire this one.",
            "unit",
            "has-readings",
        )
        for kpi in changed
        if kpi.pk in measured
    ]
    if reasons:
        raise Refused(reasons)


def refuse_too_many(pilot: Pilot, known: Sequence[Kpi]) -> None:
    if len(known) > MOST_KPIS:
        sentence = f"A pilot has at most {MOST_KPIS} KPIs, and {pilot.key} has them. Remove one first."
        raise Refused.because(sentence, code="too-many")


# --- Names and codes -----------------------------------------------------------------


def has_namesake(kpi: Kpi, others: Iterable[Kpi]) -> bool:
    """Return whether another KPI in use is called the same; one that is retired has let go of its name."""
    mark = _same(kpi.name)
    return any(other.retired_on is None and _same(other.name) == mark for other in others)


def _same(name: str) -> str:
    """Return what two names have in common that people would take for one."""
    return slugify(name, allow_unicode=True) or name.casefold()


def free_code(name: str, known: Iterable[Kpi]) -> str:
    """Return the end of the KPI's address: its name, numbered where that is taken by another or by a page."""
    base = slugify(name)[:LONGEST_CODE] or "kpi"
    taken = {kpi.code for kpi in known} | RESERVED
    code, number = base, 1
    while code in taken:
        number += 1
        code = f"{base[: LONGEST_CODE - len(str(number)) - 1]}-{number}"
    return code

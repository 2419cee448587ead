"""Reads a KPI from the cells of a sheet: name, baseline, target and unit. Plain rules."""

import re
from decimal import Decimal

from kpis.oneline import NO_NAME, NO_TARGET, NOT_AGREED, TOO_MANY_DIGITS, KpiLine, UnreadableKpi, agreed, fits

BLANK = NOT_AGREED | {"?", "-", "\u2013", "\u2014", "n/a", "tbd"}
# “2k” is no number that anybody could compare with “1,900”.
SCALES = re.compile(r"k|K|M|(?i:mn|mio|mrd|bn|tsd|thousand|million|billion)\.?")
# Between thousands stand points, commas, spaces (plain, hard, narrow) and apostrophes.
_GAPS = "\u0020\u00a0\u202f'\u2019"
_CELL = re.compile(
    r"(?P<before>[€$£¥]|EUR|USD|GBP|CHF)?\s*"
    rf"(?P<number>[-+\u2212]?[0-9](?:[0-9.,{_GAPS}]*[0-9])?)\s*"
    r"(?P<after>(?:[^\W\d_]|[%‰°€$£¥/]).*)?"
)
_COUNTED = re.compile(r"(?:/|\bper\b)\s*[0-9][0-9.,]*")  # the 100 of “per 100 claims” belongs to the unit
_ANOTHER_NUMBER = re.compile(r"(?<!\w)[0-9]|^e[-+]?[0-9]+$", re.IGNORECASE)


def kpi_from_cells(
    name: str, baseline: str, target: str, unit: str, *, decimal_comma: bool | None
) -> KpiLine:
    """Return the KPI these cells state; a blank baseline is one nobody knows.

    `decimal_comma` says what a sign means in a number that reads in two ways, such as `1,234`; None is
    for a sheet that does not tell. Raises `UnreadableKpi`, with a sentence, rather than guess.
    """
    called = " ".join(name.split())
    if not called:
        raise UnreadableKpi(NO_NAME)
    if _is_blank(target):
        raise UnreadableKpi(NO_TARGET)
    to, unit_of_target = _amount(target, decimal_comma=decimal_comma)
    frm, unit_of_baseline = (
        (None, "") if _is_blank(baseline) else _amount(baseline, decimal_comma=decimal_comma)
    )
    return agreed(called, frm, to, _one_unit(unit, unit_of_target, unit_of_baseline))


def _is_blank(text: str) -> bool:
    return " ".join(text.split()).lower().rstrip(".") in BLANK


def _one_unit(*texts: str) -> str:
    """Return the unit the cells agree on, "" where none is written."""
    units = [unit for text in texts if (unit := " ".join(text.split()))]
    other = next((unit for unit in units if unit.casefold() != units[0].casefold()), None)
    if other is not None:
        raise UnreadableKpi(f"The unit is “{units[0]}” in one cell and “{other}” in another. Write one unit.")
    return units[0] if units else ""


def _amount(text: str, *, decimal_comma: bool | None) -> tuple[Decimal, str]:
    """Return the number a cell states and the unit written beside it."""
    cell = re.sub(r"[ \t\r\n]+", " ", text).strip()  # hard spaces stay: they tell thousands apart
    match = _CELL.fullmatch(cell)
    if match is None or (match["before"] and match["after"]):
        raise _unreadable(cell)
    unit = match["before"] or match["after"] or ""
    if SCALES.fullmatch(unit):
        raise UnreadableKpi(f"“{cell[:40]}” is short for a longer number. Write it in full.")
    if _ANOTHER_NUMBER.search(_COUNTED.sub("", unit)):
        raise _unreadable(cell)
    return _number(match["number"], cell, decimal_comma=decimal_comma), unit


def _number(number: str, cell: str, *, decimal_comma: bool | None) -> Decimal:
    sign = "-" if number[0] in "-\u2212" else ""
    digits = number.lstrip("-+\u2212")
    whole, decimals = _parts(digits, cell, decimal_comma=decimal_comma)
    gaps = sorted({mark for mark in whole if not mark.isdigit()})
    grouped = len(gaps) == 1 and re.fullmatch(rf"[1-9][0-9]{{0,2}}(?:{re.escape(gaps[0])}[0-9]{{3}})+", whole)
    if (gaps and not grouped) or not re.fullmatch("[0-9]*", decimals):
        raise _unreadable(cell)
    plain = "".join(mark for mark in whole if mark.isdigit())
    found = Decimal(f"{sign}{plain}.{decimals or 0}")
    if not fits(found):
        raise UnreadableKpi(TOO_MANY_DIGITS)
    return found


def _parts(digits: str, cell: str, *, decimal_comma: bool | None) -> tuple[str, str]:
    """Return what stands before the decimal sign and after it; between thousands their signs stay."""
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits, ""
    mark, whole, decimals = digits[last], digits[:last], digits[last + 1 :]
    if digits.count(mark) > 1:
        return digits, ""
    reads_in_two_ways = re.fullmatch("[1-9][0-9]{0,2}", whole) and re.fullmatch("[0-9]{3}", decimals)
    if not reads_in_two_ways:
        return whole, decimals
    if decimal_comma is None:
        raise UnreadableKpi(
            f"“{cell[:40]}” can be read in two ways. Write {whole}{decimals}, or {whole}.{decimals}0."
        )
    return (whole, decimals) if (mark == ",") is decimal_comma else (f"{whole}{decimals}", "")


def _unreadable(cell: str) -> UnreadableKpi:
    return UnreadableKpi(
        f"“{cell[:40]}” is not one number, with or without its unit. Write it like 14, 9.5 or 14 min."
    )

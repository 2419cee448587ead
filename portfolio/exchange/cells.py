"""Reads the dates people type into registers: exact, or to the month, or not at all.

A date is either understood or it stays unknown with a reason; nothing is completed, rounded or
guessed. What a cell may mean is the mapping's decision (docs/mapping-file.md), because `3/4/2024`
and `22-Jul` mean different days in different offices.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from pilots.calendar import EARLIEST, MONTHS, Day, Precision, UnreadableDay, month, read_day, readings

SPREADSHEET_DAY_ZERO = date(1899, 12, 30)
LATEST_YEAR = 2100

_FOREIGN = """
    januar jänner janvier enero, februar feber février fevrier febrero, märz maerz mars marzo, avril abril,
    mai mayo, juni juin junio, juli juillet julio, août aout agosto, septembre septiembre setiembre,
    oktober octobre octubre, novembre noviembre, dezember décembre decembre diciembre
"""
_ABBREVIATED = "jän janv ene, févr fevr, mär, avr abr, , , juil, ago, , okt, , dez déc dic"
ENGLISH = [name for name in calendar.month_name if name]
FOREIGN_MONTHS = {
    word: ENGLISH[place]
    for names in (_FOREIGN, _ABBREVIATED)
    for place, words in enumerate(names.split(","))
    for word in words.split()
}


class Slashes(StrEnum):
    """Which number comes first in 3/4/2024."""

    MONTH_FIRST = "month-first"
    DAY_FIRST = "day-first"


class ShortMonth(StrEnum):
    """Which side of the month's name the year stands on when it has two digits."""

    YEAR_LAST = "Jul-25"
    YEAR_FIRST = "25-Jul"


@dataclass(frozen=True, kw_only=True)
class DateStyle:
    """How the dates of a register are written. `fiscal_year_begins` is a month, or 0 for never.

    With `serials` a number of five digits is the day a spreadsheet counts so, from 30 December 1899 on.
    """

    slashes: Slashes | None = None
    short_months: frozenset[ShortMonth] = frozenset()
    fiscal_year_begins: int = 0
    serials: bool = False


class NotUnderstood(ValueError):
    """The message says why a date stays unknown."""


_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?Z?$|\s+12:00(:00)?\s*AM$", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_SHORT_YEAR = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{2})")
_WORD = re.compile(r"[^\W\d_]+\.?")
_DAY_DOT = re.compile(r"^(\d{1,2})\. (?=[a-z])", re.IGNORECASE)
_YEAR_LAST = re.compile(r"([a-z]{3,9})[- ]'?(\d{2})", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{2})[- ]([a-z]{3,9})", re.IGNORECASE)
_FISCAL = re.compile(
    r"q(?P<q>[1-4])[\s/-]*fy[\s'-]*(?P<y>\d{4}|\d{2})|fy[\s'-]*(?P<y2>\d{4}|\d{2})[\s/-]*q(?P<q2>[1-4])",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"\d{5}")
_BARE_QUARTER = re.compile(r"q[1-4][\s/-]*\d{4}|\d{4}[\s/-]*q[1-4]", re.IGNORECASE)
_ANY_DATE = re.compile(r"\d{4}-\d{1,2}(?:-\d{1,2})?(?!\d)|\d{1,2}/\d{1,2}/\d{2,4}(?!\d)|\b(?:19|20)\d{2}\b")


def read_date(text: str, style: DateStyle) -> Day:
    """Return the day a cell names; raise `NotUnderstood` with the reason why it names none."""
    cleaned = _in_english(_MIDNIGHT.sub("", " ".join(text.split())))
    if match := _NUMBERS.fullmatch(cleaned):
        return _in_range(_from_numbers(match, style), cleaned)
    if style.slashes and (match := _SHORT_YEAR.fullmatch(cleaned)):
        first, second, year = match.groups()
        return _in_range(_slashed(int(first), int(second), 2000 + int(year), style.slashes), cleaned)
    if style.short_months and (found := _short_month(cleaned, style)):
        return _in_range(found, cleaned)
    if style.serials and _SERIAL.fullmatch(cleaned):
        return _in_range(Day(SPREADSHEET_DAY_ZERO + timedelta(days=int(cleaned))), cleaned)
    if match := _FISCAL.fullmatch(cleaned):
        return _in_range(_fiscal_quarter(match, style), cleaned)
    if style.fiscal_year_begins > 1 and _BARE_QUARTER.fullmatch(cleaned):
        raise NotUnderstood("does not say whether the quarter is one of the calendar or of the fiscal year")
    try:
        return read_day(cleaned)
    except UnreadableDay:
        raise NotUnderstood(_why(cleaned)) from None


def _from_numbers(match: re.Match[str], style: DateStyle) -> Day:
    first, second, year = (int(part) for part in match.groups())
    if style.slashes is None:
        found = readings(first, second, year)
        if len(found) > 1:
            raise NotUnderstood(
                "can be read in two ways, and the mapping does not say whether the month comes first"
            )
        if found:
            return Day(found.pop())
        raise NotUnderstood("is no day of the calendar")
    return _slashed(first, second, year, style.slashes)


def _slashed(first: int, second: int, year: int, slashes: Slashes) -> Day:
    number, day = (first, second) if slashes is Slashes.MONTH_FIRST else (second, first)
    try:
        return Day(date(year, number, day))
    except ValueError:
        raise NotUnderstood("is no day of the calendar") from None


def _in_english(text: str) -> str:
    """Return a date with its month's name in English, and `15. March` without the dot."""
    named = _WORD.sub(lambda word: FOREIGN_MONTHS.get(word[0].rstrip(".").casefold(), word[0]), text)
    return _DAY_DOT.sub(r"\1 ", named) if named != text or _DAY_DOT.match(text) else text


def _short_month(text: str, style: DateStyle) -> Day | None:
    if ShortMonth.YEAR_LAST in style.short_months and (match := _YEAR_LAST.fullmatch(text)):
        name, year = match.groups()
    elif ShortMonth.YEAR_FIRST in style.short_months and (match := _YEAR_FIRST.fullmatch(text)):
        year, name = match.groups()
    else:
        return None
    number = MONTHS.get(name.lower())
    return month(2000 + int(year), number) if number else None


def _fiscal_quarter(match: re.Match[str], style: DateStyle) -> Day:
    begins = style.fiscal_year_begins
    if not begins:
        raise NotUnderstood("names a fiscal quarter, and the mapping does not say when that year begins")
    number, year = int(match["q"] or match["q2"]), int(match["y"] or match["y2"])
    year += 2000 if year < 100 else 0
    # A fiscal year is named after the calendar year it ends in.
    months = (year - (begins > 1)) * 12 + begins - 1 + 3 * (number - 1)
    return Day(date(months // 12, months % 12 + 1, 1), Precision.QUARTER)


def _in_range(day: Day, text: str) -> Day:
    if day.first >= EARLIEST and day.first.year <= LATEST_YEAR:
        return day
    serial = (day.first - SPREADSHEET_DAY_ZERO).days
    if day.precision is Precision.DAY and EARLIEST.year <= serial <= LATEST_YEAR:
        raise NotUnderstood(f"looks like the year {serial} that a spreadsheet turned into a serial number")
    raise NotUnderstood(f"is outside {EARLIEST.year} to {LATEST_YEAR}")


def _why(text: str) -> str:
    dates = _ANY_DATE.findall(text)
    if len(dates) > 1:
        return "names more than one date"
    if re.match(r"(pre|before|until|by)\b", text, re.IGNORECASE) and dates:
        return "says only before when it was, which is no date"
    if dates and dates[0] != text:
        return "holds words beside the date"
    if re.fullmatch(r"\d{5}", text):
        return "looks like a spreadsheet's serial number"
    return "is no date that can be read"

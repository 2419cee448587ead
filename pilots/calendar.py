"""Days as people know them: exact, to the month, the quarter or the year. Plain rules, no clock."""

import calendar
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import total_ordering


class Precision(StrEnum):
    """How exactly a day is known."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


PRECISION_CHOICES = [(precision.value, precision.value) for precision in Precision]
EARLIEST = date(1990, 1, 1)
MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name} | {
    name.lower(): number for number, name in enumerate(calendar.month_abbr) if name
}
MONTHS["sept"] = 9


class UnreadableDay(ValueError):
    """The message is for the person who typed the day; `of_one_day` is the one where only a day will do."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Write 5 Oct 2026, 2026-10-05, October 2026, Q4 2026 or 2026.")
        self.of_one_day = f"{why} Write a day such as 5 Oct 2026 or 2026-10-05."


@total_ordering
@dataclass(frozen=True)
class Day:
    """A day, or the period in which it lies. `first` is the period's first day."""

    first: date
    precision: Precision = Precision.DAY

    @property
    def latest(self) -> date:
        """Return the last day it can have been; rules use this one, so an imprecise day never accuses."""
        if self.precision is Precision.DAY:
            return self.first
        months = {Precision.MONTH: 1, Precision.QUARTER: 3, Precision.YEAR: 12}[self.precision]
        month_after = self.first.month + months
        return date(self.first.year + (month_after - 1) // 12, (month_after - 1) % 12 + 1, 1) - timedelta(
            days=1
        )

    def __lt__(self, other: "Day") -> bool:
        return (self.latest, self.first) < (other.latest, other.first)

    def __str__(self) -> str:
        match self.precision:
            case Precision.DAY:
                return f"{self.first:%a} {self.first.day} {self.first:%b} {self.first.year}"
            case Precision.MONTH:
                return f"{self.first:%B} {self.first.year}"
            case Precision.QUARTER:
                return f"Q{(self.first.month + 2) // 3} {self.first.year}"
            case Precision.YEAR:
                return str(self.first.year)


def month(year: int, number: int) -> Day:
    return Day(date(year, number, 1), Precision.MONTH)


def quarter(year: int, number: int) -> Day:
    return Day(date(year, 3 * number - 2, 1), Precision.QUARTER)


def year(number: int) -> Day:
    return Day(date(number, 1, 1), Precision.YEAR)


def months_before(day: date, months: int) -> date:
    """Return the same day of the month so many months earlier, or that month's last day."""
    place = day.year * 12 + day.month - 1 - months
    in_year, in_month = place // 12, place % 12 + 1
    return date(in_year, in_month, min(day.day, calendar.monthrange(in_year, in_month)[1]))


_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
_PATTERNS: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"), "day"),
    (
        re.compile(rf"{_WEEKDAY}(?P<d>\d{{1,2}})\.?\s+(?P<mon>[a-z]+)\.?,?\s+(?P<y>\d{{4}})", re.IGNORECASE),
        "day",
    ),
    (
        re.compile(rf"{_WEEKDAY}(?P<mon>[a-z]+)\.?\s+(?P<d>\d{{1,2}}),?\s+(?P<y>\d{{4}})", re.IGNORECASE),
        "day",
    ),
    (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})"), "month"),
    (re.compile(r"(?P<mon>[a-z]+)\.?\s+(?P<y>\d{4})", re.IGNORECASE), "month"),
    (re.compile(r"q(?P<q>[1-4])[\s/-]*(?P<y>\d{4})", re.IGNORECASE), "quarter"),
    (re.compile(r"(?P<y>\d{4})[\s/-]*q(?P<q>[1-4])", re.IGNORECASE), "quarter"),
    (re.compile(r"(?P<y>\d{4})"), "year"),
]

_NUMBERS = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


def read_day(text: str) -> Day:
    """Read a day as a person writes it; raise `UnreadableDay` rather than guess.

    `03/04/2026` is refused: it is March in one country and April in another. `30.06.2026` is June in all.
    """
    cleaned = " ".join(text.split())
    for pattern, kind in _PATTERNS:
        match = pattern.fullmatch(cleaned)
        if match:
            return _build(match.groupdict(), kind, cleaned)
    if match := _NUMBERS.fullmatch(cleaned):
        first, second, of_year = (int(part) for part in match.groups())
        return _in_range(Day(_only_reading(first, second, of_year, cleaned)), cleaned)
    if re.fullmatch(r"\d{1,2}[/.]\d{1,2}[/.]\d{2,5}", cleaned):
        raise UnreadableDay(f"{_quote(cleaned)} can be read in two ways.")
    raise UnreadableDay(f"{_quote(cleaned)} is not a day Headway can read.")


def readings(first: int, second: int, year: int) -> set[date]:
    """Return the days that `first/second/year` can be: with the day first, and with the month first."""
    found = set()
    for month_number, day in ((second, first), (first, second)):
        with suppress(ValueError):
            found.add(date(year, month_number, day))
    return found


def _only_reading(first: int, second: int, year: int, text: str) -> date:
    found = readings(first, second, year)
    if len(found) > 1:
        raise UnreadableDay(f"{_quote(text)} can be read in two ways.")
    if not found:
        raise UnreadableDay(f"{_quote(text)} is no day of the calendar.")
    return found.pop()


def _quote(text: str) -> str:
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def _build(parts: dict[str, str], kind: str, text: str) -> Day:
    name = parts.get("mon")
    number = MONTHS.get(name.lower()) if name else int(parts.get("m") or 1)
    if number is None:
        raise UnreadableDay(f"{_quote(text)} names no month.")
    try:
        match kind:
            case "quarter":
                day = quarter(int(parts["y"]), int(parts["q"]))
            case _:
                day = Day(date(int(parts["y"]), number, int(parts.get("d") or 1)), Precision(kind))
    except ValueError:
        raise UnreadableDay(f"{_quote(text)} is no day of the calendar.") from None
    return _in_range(day, text)


def _in_range(day: Day, text: str) -> Day:
    if not EARLIEST <= day.first <= date(2100, 12, 31):
        raise UnreadableDay(f"{_quote(text)} is outside 1990 to 2100.")
    return day


# --- Working days -----------------------------------------------------------------


@dataclass(frozen=True)
class WorkCalendar:
    """On which days people work: `weekdays` with Monday as 0, less the holidays."""

    weekdays: frozenset[int] = frozenset(range(5))
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays:
            raise ValueError("Somebody works on some day of the week.")


MONDAY_TO_FRIDAY = WorkCalendar()


def weekdays_of(digits: str) -> frozenset[int]:
    """Read the days of the week as a program keeps them, Monday being 1."""
    return frozenset(int(digit) - 1 for digit in digits)


def is_working_day(day: date, calendar: WorkCalendar = MONDAY_TO_FRIDAY) -> bool:
    return day.weekday() in calendar.weekdays and day not in calendar.holidays


def working_days_after(day: date, count: int, calendar: WorkCalendar = MONDAY_TO_FRIDAY) -> date:
    """Return the last of so many working days after a day; the day itself for none."""
    if count < 0:
        raise ValueError("Count working days from zero up.")
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, calendar)
    return day

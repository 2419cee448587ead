"""Days, numbers and names as pages say them: the year only where it is not this one, and how far away."""

from collections.abc import Sequence
from datetime import date

from pilots.calendar import Day, Precision


def spoken(day: Day | date, today: date) -> str:
    """Return “Mon 16 Nov”, with the year when it is not today's; imprecise days as they are known."""
    known = day if isinstance(day, Day) else Day(day)
    if known.precision is not Precision.DAY or known.first.year != today.year:
        return str(known)
    return f"{known.first:%a} {known.first.day} {known.first:%b}"


def brief(day: Day, today: date) -> str:
    """Return “16 Nov”, “16 Nov 2025” or “Oct 2026”, for places where a weekday is too much."""
    match day.precision:
        case Precision.DAY if day.first.year == today.year:
            return f"{day.first.day} {day.first:%b}"
        case Precision.DAY:
            return f"{day.first.day} {day.first:%b} {day.first.year}"
        case Precision.MONTH:
            return f"{day.first:%b} {day.first.year}"
        case _:
            return str(day)


def days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def months(count: int) -> str:
    return "1 month" if count == 1 else f"{count:,} months"


def ago(day: date, today: date) -> str:
    """Return “today”, “yesterday” or “16 days ago”."""
    passed = (today - day).days
    if passed <= 0:
        return "today"
    return "yesterday" if passed == 1 else f"{days(passed)} ago"


def ahead(day: date, today: date) -> str:
    """Return “today”, “in 12 days” or “3 days late”."""
    left = (day - today).days
    if left < 0:
        return f"{days(-left)} late"
    return "today" if left == 0 else f"in {days(left)}"


_WORDS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def number_word(count: int) -> str:
    """Return numbers to twelve as words, for sentences."""
    return _WORDS[count] if 0 <= count < len(_WORDS) else f"{count:,}"


def any_of(names: Sequence[str]) -> str:
    """Return “A, B or C”: any of them will do. "" for nobody."""
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)

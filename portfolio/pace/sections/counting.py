"""Counts, shares and months as the sections of Pace say them."""

from decimal import Decimal
from math import floor

from pilots.web.spoken import days, number_word
from portfolio.dashboards.words import percent

MONTH = 30.4375  # days, 365.25 / 12


def day_of(month: int) -> int:
    """Return the last day since the entry that lies within so many months."""
    return floor(month * MONTH)


def months_of(day: int) -> str:
    """Return a time as “7.5 months”, in days below two months."""
    if day < day_of(2):
        return days(day)
    return f"{tenths(day / MONTH)} months"


def tenths(value: float) -> str:
    """Return “7.5”, or “18” where nothing is behind the point."""
    return f"{value:.1f}".removesuffix(".0")


def whole_months(day: int) -> int:
    """Return how many whole months have passed by a day."""
    found = floor(day / MONTH)
    return found + 1 if day_of(found + 1) <= day else found


def percent_of(share: float, places: int = 0) -> str:
    """Return an estimated share, 0 to 1, as “9 %”."""
    return percent(Decimal(repr(share)), places)


def count_of(count: int, one: str, many: str) -> str:
    """Return “one stay”, “three stays” or “34 stays”."""
    return f"{number_word(count)} {one if count == 1 else many}"


def capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"

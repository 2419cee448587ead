"""Which days a report looks back over. Plain rules.

Sources: S1-16 (30 days with a small group), S1-17 (monthly report), S1-2 and S4-12 (12 and 36 months).
"""

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from kpis.terms import ReportKind

WINDOW_DAYS = 30
MONTHS = {ReportKind.YEAR: 12, ReportKind.THREE_YEARS: 36}
EARLY = timedelta(days=30)  # a sustain review is asked for so long before its last day


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """Since when a pilot has users and is in production; None where nobody knows, or not yet.

    `paused` counts the days of its first 30 in which it was held or frozen.
    """

    went_live: date | None = None
    in_production: date | None = None
    paused: int = 0


@dataclass(frozen=True)
class Span:
    """The days a report covers, both included."""

    first: date
    last: date


def span_of(kind: ReportKind, arrival: Arrival, *, today: date, taken: Collection[date] = ()) -> Span | None:
    """Return the span of the report that comes next, None where the days it rests on are not known.

    `taken` are the first days of the reports of this kind there are. A monthly report is of a calendar
    month: the one after the newest there is, and first the last whole month in production.
    """
    if kind is ReportKind.WINDOW:
        return window(arrival.went_live, arrival.paused)
    if kind is ReportKind.MONTH:
        return _next_month(arrival.in_production, today, taken)
    return sustained(arrival.in_production, MONTHS[kind])


def window(went_live: date | None, paused: int = 0) -> Span | None:
    """Return the 30 days from the first users on; days on hold or frozen are added to them."""
    if went_live is None:
        return None
    return Span(went_live, went_live + timedelta(days=WINDOW_DAYS - 1 + paused))


def sustained(in_production: date | None, months: int) -> Span | None:
    """Return the months since production that a sustain review looks back over."""
    if in_production is None:
        return None
    return Span(in_production, months_after(in_production, months) - timedelta(days=1))


def month_of(day: date) -> Span:
    last = calendar.monthrange(day.year, day.month)[1]
    return Span(day.replace(day=1), day.replace(day=last))


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last day."""
    place = day.year * 12 + day.month - 1 + months
    in_year, in_month = place // 12, place % 12 + 1
    return date(in_year, in_month, min(day.day, calendar.monthrange(in_year, in_month)[1]))


def opens_on(kind: ReportKind, span: Span) -> date:
    """Return from which day on a report can be published: its last day, a review 30 days before."""
    return span.last - EARLY if kind in MONTHS else span.last


def _next_month(in_production: date | None, today: date, taken: Collection[date]) -> Span | None:
    """Return the last whole month, or the oldest one after the newest report there is."""
    if in_production is None:
        return None
    if taken:
        return month_of(months_after(max(taken).replace(day=1), 1))
    last_whole = months_after(today.replace(day=1), -1)
    return month_of(max(in_production.replace(day=1), last_whole))

"""Which days a report looks back over."""

from datetime import date

import pytest

from kpis.reports.periods import Arrival, Span, month_of, months_after, opens_on, span_of, window
from kpis.terms import ReportKind

TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("paused", "last"), [(0, date(2026, 11, 10)), (1, date(2026, 11, 11)), (30, date(2026, 12, 10))]
)
def test_window_is_thirty_days_and_pauses_are_added(paused, last):
    assert window(date(2026, 10, 12), paused) == Span(date(2026, 10, 12), last)


def test_days_nobody_knows_make_no_report():
    nobody_knows = Arrival()

    assert [span_of(kind, nobody_knows, today=TODAY) for kind in ReportKind] == [None] * 4


@pytest.mark.parametrize(
    ("since", "taken", "span"),
    [
        (date(2026, 11, 3), (), Span(date(2026, 11, 1), date(2026, 11, 30))),
        (date(2026, 10, 30), (), Span(date(2026, 10, 1), date(2026, 10, 31))),
        (date(2024, 1, 9), (), Span(date(2026, 10, 1), date(2026, 10, 31))),
        (date(2024, 1, 9), (date(2025, 12, 1),), Span(date(2026, 1, 1), date(2026, 1, 31))),
        (date(2024, 1, 9), (date(2026, 10, 1),), Span(date(2026, 11, 1), date(2026, 11, 30))),
    ],
    ids=["first-month", "last-whole", "long-ago", "after-the-newest", "this-month"],
)
def test_monthly_report_is_the_last_whole_month_or_the_one_after_the_newest(since, taken, span):
    arrival = Arrival(in_production=since)

    assert span_of(ReportKind.MONTH, arrival, today=TODAY, taken=taken) == span


@pytest.mark.parametrize(
    ("kind", "last"), [(ReportKind.YEAR, date(2025, 2, 27)), (ReportKind.THREE_YEARS, date(2027, 2, 27))]
)
def test_sustain_reviews_look_back_from_the_day_of_production(kind, last):
    """From a leap day on a year ends on the day before the last of February."""
    arrival = Arrival(in_production=date(2024, 2, 29))

    assert span_of(kind, arrival, today=TODAY) == Span(date(2024, 2, 29), last)


@pytest.mark.parametrize(
    ("kind", "opens"),
    [
        (ReportKind.WINDOW, date(2026, 3, 31)),
        (ReportKind.MONTH, date(2026, 3, 31)),
        (ReportKind.YEAR, date(2026, 3, 1)),
        (ReportKind.THREE_YEARS, date(2026, 3, 1)),
    ],
)
def test_report_opens_on_its_last_day_and_a_review_thirty_days_before(kind, opens):
    assert opens_on(kind, Span(date(2025, 4, 1), date(2026, 3, 31))) == opens


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 1), -1, date(2026, 2, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_months_after_stays_inside_the_month(day, months, after):
    assert months_after(day, months) == after


def test_month_of_ends_on_its_last_day():
    assert month_of(date(2028, 2, 10)) == Span(date(2028, 2, 1), date(2028, 2, 29))

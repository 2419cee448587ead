from datetime import date

import pytest

from pilots.calendar import Day, month, quarter, year
from pilots.web.spoken import ago, ahead, any_of, brief, months, number_word, spoken

TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("day", "long", "short"),
    [
        pytest.param(Day(date(2026, 11, 2)), "Mon 2 Nov", "2 Nov", id="this-year"),
        pytest.param(Day(date(2025, 11, 2)), "Sun 2 Nov 2025", "2 Nov 2025", id="another-year"),
        pytest.param(month(2026, 10), "October 2026", "Oct 2026", id="month"),
        pytest.param(quarter(2026, 4), "Q4 2026", "Q4 2026", id="quarter"),
        pytest.param(year(2026), "2026", "2026", id="year"),
    ],
)
def test_days_are_said_as_exactly_as_they_are_known(day, long, short):
    assert (spoken(day, TODAY), brief(day, TODAY)) == (long, short)


@pytest.mark.parametrize(
    ("day", "past", "future"),
    [
        pytest.param(date(2026, 11, 18), "today", "today", id="today"),
        pytest.param(date(2026, 11, 17), "yesterday", "1 day late", id="yesterday"),
        pytest.param(date(2026, 11, 2), "16 days ago", "16 days late", id="before"),
        pytest.param(date(2026, 11, 30), "today", "in 12 days", id="ahead"),
    ],
)
def test_distance_is_said_in_days(day, past, future):
    assert (ago(day, TODAY), ahead(day, TODAY)) == (past, future)


def test_numbers_to_twelve_are_words():
    assert [number_word(count) for count in (0, 1, 12, 13, 1300)] == ["no", "one", "twelve", "13", "1,300"]


def test_months_are_counted_in_words():
    assert [months(1), months(8), months(600)] == ["1 month", "8 months", "600 months"]


@pytest.mark.parametrize(
    ("names", "words"), [([], ""), (["A"], "A"), (["A", "B"], "A or B"), (["A", "B", "C"], "A, B or C")]
)
def test_names_of_whom_any_will_do(names, words):
    assert any_of(names) == words

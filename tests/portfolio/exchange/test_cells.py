import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilots.calendar import Day, Precision, month
from portfolio.exchange.cells import DateStyle, NotUnderstood, ShortMonth, Slashes, read_date

US = DateStyle(
    slashes=Slashes.MONTH_FIRST,
    short_months=frozenset({ShortMonth.YEAR_LAST, ShortMonth.YEAR_FIRST}),
    fiscal_year_begins=10,
)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("10/1/2023", Day(date(2023, 10, 1))),
        (" 10/01/2023 ", Day(date(2023, 10, 1))),
        ("10/1/2023 0:00", Day(date(2023, 10, 1))),
        ("2023-10-01", Day(date(2023, 10, 1))),
        ("2023-10-01T00:00:00", Day(date(2023, 10, 1))),
        ("1 Oct 2023", Day(date(2023, 10, 1))),
        ("2022-08", month(2022, 8)),
        ("August 2022", month(2022, 8)),
        ("Jul-25", month(2025, 7)),
        ("25-Jul", month(2025, 7)),
        ("22-Sept", month(2022, 9)),
        ("2021", Day(date(2021, 1, 1), Precision.YEAR)),
        ("Q4FY25", Day(date(2025, 7, 1), Precision.QUARTER)),
        ("FY2025 Q1", Day(date(2024, 10, 1), Precision.QUARTER)),
        ("1/1/1990", Day(date(1990, 1, 1))),
    ],
)
def test_dates_that_are_understood(text, day):
    assert read_date(text, US) == day


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("7/16/1905", "looks like the year 2024 that a spreadsheet turned into a serial number"),
        ("7/10/1905", "looks like the year 2018 that a spreadsheet turned into a serial number"),
        ("12/31/1989", "is outside 1990 to 2100"),
        ("1/1/2101", "is outside 1990 to 2100"),
        ("13/1/2023", "is no day of the calendar"),
        ("2/30/2023", "is no day of the calendar"),
        ("10/12023", "is no date that can be read"),
        ("1/1/20026", "is no date that can be read"),
        ("Pre-2021", "says only before when it was, which is no date"),
        ("Ongoing", "is no date that can be read"),
        ("N/A - went into another tool", "is no date that can be read"),
        ("2015-2022", "names more than one date"),
        ("2024-02-15 (kick-off); 2024-08-23 (signed)", "names more than one date"),
        ("2022-08 (estimated)", "holds words beside the date"),
        ("Scheduled for FY2025", "is no date that can be read"),
        ("45292", "looks like a spreadsheet's serial number"),
        ("Q3 2024", "does not say whether the quarter is one of the calendar or of the fiscal year"),
        ("=TODAY()", "is no date that can be read"),
        ("Jul-xx", "is no date that can be read"),
    ],
)
def test_dates_that_stay_unknown(text, reason):
    with pytest.raises(NotUnderstood) as refusal:
        read_date(text, US)

    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("März 2025", month(2025, 3)),
        ("15. Dezember 2024", Day(date(2024, 12, 15))),
        ("3. Okt. 2024", Day(date(2024, 10, 3))),
        ("août 2024", month(2024, 8)),
        ("enero 2025", month(2025, 1)),
        ("MAI 2024", month(2024, 5)),
    ],
)
def test_months_are_read_in_four_languages(text, day):
    assert read_date(text, DateStyle()) == day


def test_a_short_year_is_read_where_the_mapping_says_which_number_comes_first():
    assert read_date("10/1/23", US) == Day(date(2023, 10, 1))
    with pytest.raises(NotUnderstood, match="is no date that can be read"):
        read_date("10/1/23", DateStyle())


def test_slashes_follow_the_mapping():
    assert read_date("3/4/2024", DateStyle(slashes=Slashes.DAY_FIRST)) == Day(date(2024, 4, 3))
    assert read_date("3/4/2024", DateStyle(slashes=Slashes.MONTH_FIRST)) == Day(date(2024, 3, 4))
    with pytest.raises(NotUnderstood, match="does not say whether the month comes first"):
        read_date("3/4/2024", DateStyle())
    assert read_date("30/4/2024", DateStyle()) == Day(date(2024, 4, 30))
    with pytest.raises(NotUnderstood, match="is no day of the calendar"):
        read_date("31.02.2024", DateStyle())


@pytest.mark.parametrize("text", ["22-Jul", "Jul-22", "Q4FY25"])
def test_what_the_mapping_does_not_offer_is_not_understood(text):
    with pytest.raises(NotUnderstood):
        read_date(text, DateStyle())


def test_calendar_quarter_is_plain_without_a_fiscal_year():
    assert read_date("Q3 2024", DateStyle()) == Day(date(2024, 7, 1), Precision.QUARTER)


@given(st.text(alphabet="0123456789/-.: JanFebQYy4", max_size=24))
def test_any_text_is_a_day_or_a_reason(text):
    day = None
    with contextlib.suppress(NotUnderstood):
        day = read_date(text, US)

    assert day is None or date(1990, 1, 1) <= day.first <= day.latest <= date(2101, 6, 30)


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_every_written_day_comes_back_as_itself(day):
    for text in (f"{day.month}/{day.day}/{day.year}", f"{day:%m/%d/%Y}", day.isoformat()):
        assert read_date(text, US) == Day(day)

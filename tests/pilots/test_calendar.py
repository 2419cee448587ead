from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilots.calendar import Day, Precision, UnreadableDay, month, quarter, read_day, year


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-05", Day(date(2026, 10, 5))),
        ("5 Oct 2026", Day(date(2026, 10, 5))),
        ("Mon 5 October 2026", Day(date(2026, 10, 5))),
        ("October 5, 2026", Day(date(2026, 10, 5))),
        ("  October   2026 ", month(2026, 10)),
        ("Sept 2026", month(2026, 9)),
        ("5 Sept. 2026", Day(date(2026, 9, 5))),
        ("2026-10", month(2026, 10)),
        ("Q4 2026", quarter(2026, 4)),
        ("2026-Q1", quarter(2026, 1)),
        ("2026", year(2026)),
        ("٢٠٢٦-١٠-٠٥", Day(date(2026, 10, 5))),
        ("30.06.2026", Day(date(2026, 6, 30))),
        ("6/30/2026", Day(date(2026, 6, 30))),
        ("5.5.2026", Day(date(2026, 5, 5))),
    ],
)
def test_read_day_reads_what_people_write(text, expected):
    assert read_day(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("03/04/2026", "can be read in two ways"),
        ("31.02.2026", "is no day of the calendar"),
        ("30.06.1905", "is outside 1990 to 2100"),
        ("2026-02-30", "is no day of the calendar"),
        ("20026-01-01", "is not a day Headway can read"),
        ("5 Oktember 2026", "names no month"),
        ("1905-07-16", "outside 1990 to 2100"),
        ("soon", "is not a day Headway can read"),
        ("", "is not a day Headway can read"),
        ("x" * 5000, "is not a day Headway can read"),
    ],
)
def test_read_day_refuses_rather_than_guesses(text, reason):
    with pytest.raises(UnreadableDay, match=reason) as refusal:
        read_day(text)

    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("day", "latest", "words"),
    [
        (Day(date(2026, 2, 3)), date(2026, 2, 3), "Tue 3 Feb 2026"),
        (month(2024, 2), date(2024, 2, 29), "February 2024"),
        (month(2026, 12), date(2026, 12, 31), "December 2026"),
        (quarter(2026, 4), date(2026, 12, 31), "Q4 2026"),
        (quarter(2026, 1), date(2026, 3, 31), "Q1 2026"),
        (year(2026), date(2026, 12, 31), "2026"),
    ],
)
def test_latest_is_the_last_day_it_can_have_been(day, latest, words):
    assert (day.latest, str(day)) == (latest, words)


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.sampled_from(list(Precision)))
def test_a_day_reads_back_as_it_is_written(first, precision):
    match precision:
        case Precision.DAY:
            day = Day(first)
        case Precision.MONTH:
            day = month(first.year, first.month)
        case Precision.QUARTER:
            day = quarter(first.year, (first.month + 2) // 3)
        case Precision.YEAR:
            day = year(first.year)

    assert read_day(str(day)) == day
    assert day.first <= first <= day.latest


def test_order_is_by_the_latest_possible_day():
    assert sorted([year(2026), Day(date(2026, 5, 1)), month(2026, 4)]) == [
        month(2026, 4),
        Day(date(2026, 5, 1)),
        year(2026),
    ]

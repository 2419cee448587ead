from datetime import date, timedelta

import pytest

from pilots.calendar import WorkCalendar, weekdays_of, working_days_after
from pilots.pauses import Frozen, Pauses, Period

START = date(2026, 10, 12)
HELD = Period(date(2026, 10, 20), date(2026, 10, 30), date(2026, 12, 1))  # ten days
OPEN = Period(date(2026, 11, 20), None, date(2026, 12, 1))
FROZEN = Frozen(date(2026, 10, 26), date(2026, 11, 4))  # ten days, of which four are held too
PAUSES = Pauses([HELD], [FROZEN])


@pytest.mark.parametrize(
    ("until", "total", "held", "frozen"),
    [
        pytest.param(date(2026, 10, 20), 0, 0, 0, id="before"),
        pytest.param(date(2026, 10, 26), 6, 6, 0, id="held"),
        pytest.param(date(2026, 10, 28), 8, 8, 0, id="both count once"),
        pytest.param(date(2026, 11, 1), 12, 10, 2, id="frozen"),
        pytest.param(date(2026, 11, 5), 16, 10, 6, id="the day after"),
        pytest.param(date(2026, 12, 1), 16, 10, 6, id="later"),
    ],
)
def test_a_day_both_held_and_frozen_counts_once(until, total, held, frozen):
    assert (PAUSES.days(START, until), PAUSES.held(START, until), PAUSES.frozen(START, until)) == (
        total,
        held,
        frozen,
    )


def test_an_open_hold_is_no_pause_yet():
    assert Pauses([OPEN]).days(START, date(2026, 12, 1)) == 0


@pytest.mark.parametrize(
    ("day", "today", "falls"),
    [
        pytest.param(date(2026, 10, 15), date(2026, 10, 15), date(2026, 10, 15), id="before any"),
        pytest.param(date(2026, 11, 3), date(2026, 10, 14), date(2026, 11, 13), id="one to come"),
        pytest.param(date(2026, 10, 26), date(2026, 10, 14), date(2026, 11, 5), id="on its first day"),
        pytest.param(date(2026, 10, 25), date(2026, 10, 14), date(2026, 10, 25), id="the day before it"),
        pytest.param(date(2026, 10, 26), date(2026, 10, 30), date(2026, 11, 5), id="in it"),
        pytest.param(date(2026, 10, 20), date(2026, 11, 20), date(2026, 10, 30), id="all past"),
    ],
)
def test_planned_days_fall_behind_a_freeze(day, today, falls):
    assert Pauses((), [FROZEN]).moved(day, START, today) == falls


@pytest.mark.parametrize("today", [START, date(2026, 10, 28), date(2026, 12, 1)])
def test_the_planned_day_is_found_again_from_the_day_it_falls_on(today):
    days = [START + timedelta(days=offset) for offset in range(60)]
    falls = [PAUSES.moved(day, START, today) for day in days]

    assert [PAUSES.planned(day, START, today) for day in falls] == days
    inside = date(2026, 10, 30)
    assert Pauses((), [FROZEN]).planned(inside, START, START) == FROZEN.first - timedelta(days=1)


def test_a_freeze_before_day_1_moves_nothing():
    begins = date(2026, 11, 10)

    assert PAUSES.moved(begins, begins, START) == PAUSES.planned(begins, begins, START) == begins


def test_a_second_freeze_that_the_first_one_reaches_counts_too():
    second = Frozen(date(2026, 11, 10), date(2026, 11, 11))

    assert Pauses((), [FROZEN, second]).moved(date(2026, 11, 1), START, START) == date(2026, 11, 13)


@pytest.mark.parametrize("began", [date(2026, 10, 1) + timedelta(days=offset) for offset in range(0, 45, 4)])
def test_a_clock_says_the_same_from_its_column_as_from_its_first_day(began):
    """The column holds what the holds moved already; frozen days are added to that, held ones not twice."""
    today = date(2026, 11, 25)
    column = began + timedelta(days=PAUSES.held(began, today))

    assert PAUSES.thawed(column, today) == began + timedelta(days=PAUSES.days(began, today)) or (
        HELD.since <= began < HELD.until  # one that began while it was held counts from its end
    )
    assert PAUSES.thawed(None, today) is None


def test_working_days_are_those_of_the_program():
    gulf = WorkCalendar(weekdays_of("71234"), frozenset({date(2026, 11, 15)}))

    assert working_days_after(date(2026, 11, 12), 3) == date(2026, 11, 17)  # Thu: Fri, Mon, Tue
    assert working_days_after(date(2026, 11, 12), 3, gulf) == date(2026, 11, 18)  # Mon, Tue, Wed
    with pytest.raises(ValueError, match="some day"):
        WorkCalendar(frozenset())

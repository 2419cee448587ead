from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilots.calendar import Day, Precision, month
from pilots.lifecycle import Entry, Stage, stand
from portfolio.exchange.findings import CellWarning
from portfolio.exchange.history import Dated, Step, sound, steps

AS_OF = date(2024, 12, 16)


def dated(enters, day, column=""):
    day = day if isinstance(day, Day) else Day(day)
    return Dated(column or enters.label, str(day), enters, day)


def standing(row):
    return stand(
        Entry(id=number, to_stage=step.stage, happened=step.happened, latest_on=step.latest_on)
        for number, step in enumerate(row, 1)
    )


def test_dates_that_fit_are_kept_in_the_order_of_stages():
    live, start = dated(Stage.PRODUCTION, date(2024, 5, 1)), dated(Stage.PILOTING, date(2023, 5, 1))

    assert sound(3, [live, start], Stage.PRODUCTION, AS_OF) == ([start, live], [])


@pytest.mark.parametrize(
    ("day", "kept"),
    [(Day(AS_OF), True), (Day(date(2024, 12, 17)), False), (month(2024, 12), True), (month(2025, 1), False)],
)
def test_a_date_after_the_registers_day_is_left_unknown(day, kept):
    found, warnings = sound(3, [dated(Stage.PILOTING, day, "Began")], Stage.PILOTING, AS_OF)

    assert bool(found) is kept
    expected = "It lies after Mon 16 Dec 2024, the day the register speaks of, so the date stays unknown."
    assert [warning.reason for warning in warnings] == ([] if kept else [expected])


def test_a_date_beyond_the_rows_stage_is_left_unknown():
    found, warnings = sound(7, [dated(Stage.PRODUCTION, date(2024, 5, 1), "Live")], Stage.PILOTING, AS_OF)

    assert found == []
    reason = "It would mean In production, but the row says Piloting, so the date stays unknown."
    assert warnings == [CellWarning(7, "Live", "Wed 1 May 2024", reason)]


@pytest.mark.parametrize(
    ("present", "enters", "kept"),
    [
        (Stage.STOPPED, Stage.PILOTING, True),
        (Stage.STOPPED, Stage.LIMITED, True),
        (Stage.STOPPED, Stage.PRODUCTION, False),
        (Stage.RETIRED, Stage.PRODUCTION, True),
        (Stage.RETIRED, Stage.SUSTAINED, True),
        (Stage.PRODUCTION, Stage.RETIRED, False),
    ],
)
def test_what_a_pilot_can_have_reached(present, enters, kept):
    found, _ = sound(1, [dated(enters, date(2024, 5, 1))], present, AS_OF)

    assert bool(found) is kept


def test_dates_that_contradict_each_other_both_stay_unknown():
    idea = dated(Stage.IDEA, date(2024, 5, 1), "Proposed")
    start = dated(Stage.PILOTING, date(2024, 6, 1), "Began")
    live = dated(Stage.PRODUCTION, date(2024, 4, 1), "Live")

    found, warnings = sound(9, [idea, start, live], Stage.PRODUCTION, AS_OF)

    assert found == []
    assert [(warning.column, warning.reason) for warning in warnings] == [
        ("Proposed", "It comes after “Live”, so both dates stay unknown."),
        ("Live", "It comes before “Proposed”, so both dates stay unknown."),
        ("Began", "It comes after “Live”, so both dates stay unknown."),
    ]


def test_an_imprecise_date_contradicts_nothing_it_may_precede():
    idea, start = dated(Stage.IDEA, month(2024, 5)), dated(Stage.PILOTING, date(2024, 5, 3))

    assert sound(1, [idea, start], Stage.PILOTING, AS_OF) == ([idea, start], [])


def test_the_present_stage_without_a_date_was_reached_by_the_registers_day():
    assert steps([dated(Stage.IDEA, date(2024, 5, 1))], Stage.PRODUCTION, AS_OF) == (
        Step(Stage.IDEA, Day(date(2024, 5, 1)), date(2024, 5, 1)),
        Step(Stage.PRODUCTION, None, AS_OF),
    )


def test_a_month_ends_when_the_next_stage_begins():
    idea, start = dated(Stage.IDEA, month(2024, 5)), dated(Stage.PILOTING, date(2024, 5, 3))

    found = steps([idea, start], Stage.PILOTING, AS_OF)

    assert [step.latest_on for step in found] == [date(2024, 5, 3), date(2024, 5, 3)]
    assert standing(found).stage is Stage.PILOTING


days = st.builds(
    Day,
    st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(lambda day: day.replace(day=1)),
    st.sampled_from(list(Precision)),
) | st.builds(Day, st.dates(date(1990, 1, 1), date(2030, 1, 1)))


@given(
    st.dictionaries(st.sampled_from(list(Stage)), days, max_size=5),
    st.sampled_from(list(Stage)),
)
def test_whatever_the_dates_the_pilot_stands_where_the_row_says(cells, present):
    given_dates = [dated(stage, day) for stage, day in cells.items()]

    kept, warnings = sound(1, given_dates, present, AS_OF)
    found = steps(kept, present, AS_OF)

    assert standing(found).stage is present
    assert {step.happened for step in found if step.happened} <= set(cells.values())
    assert len(kept) + len({warning.column for warning in warnings}) == len(cells)
    assert all(step.latest_on <= AS_OF for step in found)

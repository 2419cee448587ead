from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.flow.little import balance
from portfolio.flow.lives import End
from portfolio.flow.months import Month, Passage, Tally, months_up_to

DAY = date(2026, 11, 18)
STEPS = 3  # Proven, Limited, Production, say


def tell(*passages, day=DAY, longest=36):
    tally = Tally(day, STEPS, longest)
    for passage in passages:
        tally.add(passage)
    return tally.flow()


def way(entered, *reached, end=End.OPEN, stopped=None, far=None):
    days = (*reached, *[None] * (STEPS - len(reached)))
    return Passage(entered, days, len(reached) if far is None else far, end, stopped)


def test_months_end_with_the_day_looked_at():
    assert months_up_to(DAY, 3) == [
        Month(date(2026, 9, 1), date(2026, 9, 30)),
        Month(date(2026, 10, 1), date(2026, 10, 31)),
        Month(date(2026, 11, 1), DAY),
    ]
    assert [month.is_whole for month in months_up_to(DAY, 3)] == [True, True, False]
    assert months_up_to(date(2026, 2, 28), 1)[0].is_whole


def test_levels_and_turns_are_counted_by_month():
    flow = tell(
        way(date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 30), date(2026, 11, 18), end=End.ARRIVED),
        way(date(2026, 9, 2), date(2026, 10, 5)),
        way(date(2026, 9, 3), end=End.STOPPED, stopped=date(2026, 9, 30)),
        way(date(2026, 11, 18)),
    )

    assert [level.day for level in flow.levels] == [
        date(2026, 7, 31),
        date(2026, 8, 31),
        date(2026, 9, 30),
        date(2026, 10, 31),
        DAY,
    ]
    assert [level.ever for level in flow.levels] == [
        (0, 0, 0, 0),
        (1, 0, 0, 0),
        (3, 1, 1, 0),
        (3, 2, 1, 0),
        (4, 2, 1, 1),
    ]
    assert [level.at for level in flow.levels] == [(0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0)]
    assert [level.in_progress for level in flow.levels] == [0, 1, 2, 2, 2]
    # October has nobody that came or went, and stays.
    assert [(turn.came, turn.arrived, turn.stopped) for turn in flow.turns] == [
        (1, 0, 0),
        (2, 0, 1),
        (0, 0, 0),
        (1, 1, 0),
    ]


def test_day_that_is_not_known_counts_from_the_next_that_implies_it():
    proven_unknown = way(date(2026, 9, 2), None, date(2026, 10, 5), far=2)
    limited_unknown = way(date(2026, 9, 2), date(2026, 9, 9), far=2)
    before_its_entry = way(date(2026, 9, 2), date(2026, 8, 1), far=1)

    flow = tell(proven_unknown, limited_unknown, before_its_entry)

    assert flow.last.ever == (3, 2, 1, 0)
    assert flow.unknown == (0, 1, 1, 0)
    assert flow.last.at == (1, 1, 1)


def test_who_left_on_an_unknown_day_is_neither_in_progress_nor_gone():
    flow = tell(
        way(date(2026, 9, 2), date(2026, 9, 9), date(2026, 9, 10), None, far=3, end=End.ARRIVED),
        way(date(2026, 10, 2), end=End.STOPPED),
        way(date(2026, 10, 2), end=End.STOPPED, stopped=date(2026, 10, 1)),
    )

    assert [level.unplaced for level in flow.levels] == [0, 1, 3, 3]
    assert [level.in_progress for level in flow.levels] == [0, 0, 0, 0]
    assert (flow.last.arrived, flow.last.stopped) == (0, 0)
    assert (flow.unknown, flow.unknown_stopped) == ((0, 0, 0, 1), 2)


def test_older_months_are_summed_into_the_first_level():
    old = way(date(2020, 1, 1), date(2020, 2, 1), end=End.STOPPED, stopped=date(2020, 3, 1))
    flow = tell(old, way(date(2020, 1, 1)), way(DAY), longest=2)

    assert (flow.before.day, flow.before.entered, flow.before.stopped) == (date(2026, 9, 30), 2, 1)
    assert [turn.came for turn in flow.turns] == [0, 1]
    assert flow.last.in_progress == 2


def test_nothing_gives_no_month_before_this_one():
    flow = tell()

    assert [turn.came for turn in flow.turns] == [0]
    assert flow.last.entered == 0


def test_holds_count_while_a_pilot_is_in_progress():
    passage = way(date(2026, 8, 15), end=End.STOPPED, stopped=date(2026, 10, 20))
    tally = Tally(DAY, STEPS)
    tally.add(passage)
    # One until the last day of August, one from September on that was open when nobody knew more.
    holds = [(date(2026, 8, 16), date(2026, 8, 31)), (date(2026, 9, 20), None)]
    tally.add_holds(passage, holds, known_on=date(2026, 9, 25))

    assert [level.on_hold for level in tally.flow().levels] == [0, 0, 1, 0, 0]


@st.composite
def passages(draw):
    entered = DAY - timedelta(days=draw(st.integers(0, 2000)))
    days = st.none() | st.integers(-60, (DAY - entered).days).map(lambda gone: entered + timedelta(days=gone))
    far = draw(st.integers(0, STEPS))
    reached = tuple(draw(days) if step < far else None for step in range(STEPS))
    if far == STEPS:
        return Passage(entered, reached, far, End.ARRIVED)
    end = draw(st.sampled_from([End.OPEN, End.STOPPED]))
    return Passage(entered, reached, far, end, draw(days) if end is End.STOPPED else None)


@given(st.lists(passages(), max_size=12), st.integers(1, 40))
def test_every_level_adds_up(found, longest):
    flow = tell(*found, longest=longest)

    for level in flow.levels:
        assert level.entered == level.arrived + level.stopped + level.unplaced + level.in_progress
        assert min(level.at) >= 0
        assert list(level.ever) == sorted(level.ever, reverse=True)
        expected = sum(passage.is_in_progress(level.day) for passage in found)
        assert level.in_progress == expected
    for before, turn, after in zip(flow.levels[:-1], flow.turns, flow.levels[1:], strict=True):
        assert after.in_progress == before.in_progress + turn.came - turn.unplaced - turn.left
    for step in range(STEPS + 1):
        reached = sum(passage.far >= step for passage in found)
        assert flow.last.ever[step] + flow.unknown[step] == reached
    stopped = sum(passage.end is End.STOPPED for passage in found)
    assert flow.last.stopped + flow.unknown_stopped == stopped


def _steady(came, left):
    """A year in which so many come on the first of each month, and so many that came before it leave."""
    first = [way(date(2025, 1, 1)) for _ in range(24 - left)]
    gone = [
        way(date(2025, 1, 1), end=End.STOPPED, stopped=date(2025, month, 15))
        for month in range(1, 13)
        for _ in range(left)
    ]
    come = [way(date(2025, month, 1)) for month in range(1, 13) for _ in range(came)]
    return tell(*first, *gone, *come, day=date(2025, 12, 31), longest=12)


def test_littles_law_is_told_of_a_steady_year_only():
    # 24 in progress, 2 in and 2 out each month: 24 / 2 = 12 months on the way.
    steady = tell(
        *[
            way(
                date(2024 + (month - 1) // 12, (month - 1) % 12 + 1, 1),
                end=End.STOPPED if month <= 12 else End.OPEN,
                stopped=date(2025, month, 1) if month <= 12 else None,
            )
            for month in range(1, 25)
            for _ in range(2)
        ],
        day=date(2025, 12, 31),
    )

    told = balance(steady)

    assert (told.came, told.left, told.began, told.ended, told.average) == (24, 24, 24, 24, 24)
    assert told.is_steady
    assert told.months_on_the_way == pytest.approx(12)
    filling = balance(_steady(3, 1))
    assert not filling.is_steady
    assert filling.months_on_the_way is None
    assert balance(tell(way(DAY))) is None

"""How long pilots took until they arrived or stopped: exact histories, every oddity against the funnel."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, log_pilots
from pilots.actions.stage import Correction, Past, correct_transition
from pilots.calendar import Day, month, year
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import Origin, Pilot
from pilots.models.cohort import Cohort
from portfolio.dashboards.funnel import count_funnel
from portfolio.dashboards.lives import LivesRead, inside, read_lives
from portfolio.flow.lives import End
from tests.portfolio.dashboards.invented import TODAY, invent

NOW = Cohort(today=TODAY)
HISTORY = Cohort(today=TODAY, as_of=TODAY)


def lives(cohort=NOW, goal=Stage.PRODUCTION) -> LivesRead:
    return read_lives(Pilot.objects.all(), cohort, goal)


def on(by, day):
    return replace(by, at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


@pytest.fixture
def told(make_pilot, by_system):
    """Log a pilot with Piloting since a day, and what came after: stages and days, None for unknown."""

    def tell(name, since, *then, latest_on=TODAY, by=by_system):
        past = [
            Past(
                stage=stage,
                happened=Day(day) if isinstance(day, date) else day,
                latest_on=latest_on,
                origin=Origin.STATED,
            )
            for stage, day in [(Stage.PILOTING, since), *then]
        ]
        return make_pilot(name, past=tuple(past), since=None, by=by)

    return tell


def test_lives_end_by_arriving_stopping_or_not_yet(told, by_system):
    begun = date(2026, 1, 1)
    told("Arrived", begun, (Stage.PRODUCTION, date(2026, 7, 1)))
    told("Arrived, retired", begun, (Stage.PRODUCTION, date(2026, 7, 1)), (Stage.RETIRED, date(2026, 9, 1)))
    told("Stopped", begun, (Stage.STOPPED, date(2026, 3, 2)))
    told("Open", begun)
    held = told("On hold", begun)
    hold = NewHold(pilot=held, reason="Budget.", agreed_by="S. Keller", review_on=date(2027, 1, 4))
    hold_pilot(hold, by=on(by_system, TODAY))
    told("Rough", month(2026, 2), (Stage.PRODUCTION, year(2026)))  # its first day lies before the entry's
    told("Rough too", year(2025), (Stage.PRODUCTION, month(2026, 2)))
    told("Nobody knows when it stopped", begun, (Stage.STOPPED, None))
    told("Nobody knows when it arrived", begun, (Stage.PRODUCTION, None))
    told("Nobody knows when it began", None)
    told(
        "Went back from production",
        begun,
        (Stage.PRODUCTION, date(2026, 2, 1)),
        (Stage.PROVEN, date(2026, 3, 1)),
    )

    read = lives()

    assert read.counts == {
        (181, End.ARRIVED): 2,
        (60, End.STOPPED): 1,
        (321, End.OPEN): 2,
        (396, End.ARRIVED): 1,
        (31, End.ARRIVED): 1,
    }
    assert (read.unknown, read.unknown_arrived, read.total) == (3, 2, 7)
    assert [read.ended(end) for end in End] == [4, 1, 2]
    assert read == lives(HISTORY)


def test_confidential_pilot_is_in_no_life(told, by):
    pilot = told("Secret", date(2026, 1, 1))
    assert lives().total == 1

    edit_pilot(Edit(pilot=pilot, fields={"is_confidential": True}), by=by)

    assert (lives().total, lives(HISTORY).total) == (0, 0)


def test_corrected_and_voided_rows_count_as_they_were_known(told, by_system):
    known = on(by_system, date(2026, 6, 1))
    pilot = told(
        "Stopped, it was said",
        date(2026, 1, 1),
        (Stage.STOPPED, date(2026, 5, 1)),
        latest_on=date(2026, 6, 1),
        by=known,
    )
    stopped = pilot.transitions.get(to_stage="stopped")
    correct_transition(
        Correction(transition=stopped, happened=None, reason="It never stopped."),
        by=on(by_system, date(2026, 8, 1)),
    )
    then = datetime(2026, 7, 1, tzinfo=UTC)

    assert lives().counts == {(321, End.OPEN): 1}
    assert lives(Cohort(today=TODAY, as_of=date(2026, 7, 1))).counts == {(181, End.OPEN): 1}
    as_told = Cohort(today=TODAY, as_of=date(2026, 7, 1), known_at=then)
    assert lives(as_told).counts == {(120, End.STOPPED): 1}
    assert lives(Cohort(today=TODAY, as_of=date(2026, 3, 2))).counts == {(60, End.OPEN): 1}


def test_goal_comes_after_the_entry(told):
    told("Arrived", date(2026, 1, 1), (Stage.PROVEN, date(2026, 2, 1)), (Stage.STOPPED, date(2026, 3, 1)))

    assert lives(goal=Stage.PROVEN).counts == {(31, End.ARRIVED): 1}
    assert lives(Cohort(today=TODAY, entry=Stage.PROVEN)).counts == {(28, End.STOPPED): 1}
    with pytest.raises(ValueError, match="Piloting does not come after Piloting"):
        lives(goal=Stage.PILOTING)


@pytest.mark.parametrize("seed", [1, 3])
def test_history_today_says_what_the_columns_say_and_the_funnel_the_same(program, seed):
    invent(program, seed=seed, size=50)
    asked = {"cohort_from": date(2024, 1, 1), "matured_months": 6}

    for entry in MAIN_PATH[: MAIN_PATH.index(Stage.PRODUCTION)]:
        for narrowing in ({}, asked):
            columns = Cohort(today=TODAY, entry=entry, **narrowing)
            read, funnel = lives(columns), count_funnel(Pilot.objects.all(), columns)
            assert read == lives(replace(columns, as_of=TODAY))
            assert read.total + read.unknown == funnel.denominator
            assert read.ended(End.ARRIVED) + read.unknown_arrived == funnel.arrived
            assert read.ended(End.OPEN) == funnel.still_open
            assert all(days >= 0 for days, _ in read.counts)


def test_lives_cost_the_same_for_any_number(program, by_system):
    def cost(cohort):
        with CaptureQueriesContext(connection) as queries:
            lives(cohort)
        return len(queries)

    def log(count):
        news = [
            NewPilot(program=program, name=f"Pilot {number}", problem="Slow.", since=Day(date(2026, 1, 1)))
            for number in range(count)
        ]
        log_pilots(news, by=by_system)

    log(1)
    few = (cost(NOW), cost(HISTORY))
    log(99)

    assert (cost(NOW), cost(HISTORY)) == few
    assert few[0] == 1
    assert Counter(inside(Pilot.objects.all(), NOW).values_list("stage", flat=True)) == {"piloting": 100}

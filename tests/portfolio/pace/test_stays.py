"""How long pilots stayed in each stage: exact histories, and spans against history with every oddity."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, log_pilots
from pilots.actions.stage import Correction, Move, correct_transition, move_pilot
from pilots.calendar import Day, month, year
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.models.cohort import Cohort
from portfolio.pace.stays import Stay, read_stays
from tests.portfolio.dashboards.invented import TODAY, invent
from tests.portfolio.pace.test_lives import HISTORY, NOW, on, told

__all__ = ["told"]


def stays(cohort=NOW):
    return read_stays(Pilot.objects.all(), cohort)


def said(cohort=NOW):
    return [(stay.stage.value, stay.to and stay.to.value, stay.days(cohort.day)) for stay in stays(cohort)]


def both():
    """What the spans say; history says the same."""
    assert stays(HISTORY) == stays(NOW)
    return said()


def test_each_stay_has_its_days_and_where_it_led(told):
    told("Way", date(2026, 1, 1), (Stage.PROVEN, date(2026, 2, 1)), (Stage.LIMITED, date(2026, 5, 1)))
    told("Back", date(2026, 1, 1), (Stage.PROVEN, date(2026, 2, 1)), (Stage.STOPPED, date(2026, 3, 1)))

    assert both() == [
        ("piloting", "proven", 31),
        ("proven", "limited", 89),
        ("limited", None, 201),
        ("piloting", "proven", 31),
        ("proven", "stopped", 28),
        ("stopped", None, 262),
    ]
    assert [stay.is_forward for stay in stays()] == [True, True, False, True, False, False]


def test_going_back_is_no_moving_on(told, by):
    pilot = told("Back", date(2026, 1, 1), (Stage.PROVEN, date(2026, 2, 1)))
    back = Move(pilot=pilot, to=Stage.PILOTING, happened=Day(date(2026, 4, 1)), reason="The data changed.")
    move_pilot(back, by=by)

    assert both() == [("piloting", "proven", 31), ("proven", "piloting", 59), ("piloting", None, 231)]
    assert [stay.is_forward for stay in stays()] == [True, False, False]


def test_unknown_day_is_no_number_and_a_rough_one_counts_from_its_first(told):
    told("Unknown", month(2026, 1), (Stage.PROVEN, None), (Stage.LIMITED, year(2026)))

    assert both() == [("piloting", "proven", None), ("proven", "limited", None), ("limited", None, 321)]


def test_holds_are_left_out_and_one_that_lasts_stops_the_clock(told, by_system):
    pilot = told("Rests", date(2026, 1, 1), by=on(by_system, date(2026, 1, 5)), latest_on=date(2026, 1, 5))
    hold = NewHold(pilot=pilot, reason="Budget.", agreed_by="S. Keller", review_on=date(2027, 1, 4))
    hold_pilot(hold, by=on(by_system, date(2026, 3, 1)))
    resume_pilot(Resume(pilot=Pilot.objects.get(pk=pilot.pk)), by=on(by_system, date(2026, 4, 1)))
    assert both() == [("piloting", None, 321 - 31)]

    again = replace(hold, pilot=Pilot.objects.get(pk=pilot.pk))
    hold_pilot(again, by=on(by_system, date(2026, 11, 8)))

    assert both() == [("piloting", None, 311 - 31)]
    lasting = Cohort(today=TODAY, as_of=date(2026, 3, 10))
    assert said(lasting) == [("piloting", None, 59)]  # on that day nobody knew when the hold would end
    assert stays(lasting)[0].held_since == date(2026, 3, 1)


def test_past_day_knows_nothing_of_what_came_later(told, by_system):
    pilot = told(
        "Stopped, it was said",
        date(2026, 1, 1),
        (Stage.PROVEN, date(2026, 2, 1)),
        (Stage.STOPPED, date(2026, 5, 1)),
        by=on(by_system, date(2026, 6, 1)),
        latest_on=date(2026, 6, 1),
    )
    stopped = pilot.transitions.get(to_stage="stopped")
    correct_transition(
        Correction(transition=stopped, happened=None, reason="It never stopped."),
        by=on(by_system, date(2026, 8, 1)),
    )
    day = date(2026, 7, 1)

    assert both() == [("piloting", "proven", 31), ("proven", None, 290)]
    assert said(Cohort(today=TODAY, as_of=day)) == [("piloting", "proven", 31), ("proven", None, 150)]
    as_told = Cohort(today=TODAY, as_of=day, known_at=datetime(2026, 7, 1, tzinfo=UTC))
    assert said(as_told) == [("piloting", "proven", 31), ("proven", "stopped", 89), ("stopped", None, 61)]
    before = Cohort(today=TODAY, as_of=date(2026, 1, 20), known_at=datetime(2026, 1, 20, tzinfo=UTC))
    assert said(before) == []


def test_confidential_pilot_has_no_stays(told, by):
    pilot = told("Secret", date(2026, 1, 1))
    assert len(both()) == 1

    edit_pilot(Edit(pilot=pilot, fields={"is_confidential": True}), by=by)

    assert both() == []


def test_days_never_run_backwards():
    stay = Stay(1, Stage.PROVEN, date(2026, 3, 1), date(2026, 2, 1), Stage.LIMITED, 0, None)
    assert stay.days(TODAY) == 0


@pytest.mark.parametrize("seed", [1, 3])
def test_spans_and_history_agree_on_every_oddity(program, seed):
    invent(program, seed=seed, size=50)

    for entry in (Stage.IDEA, Stage.PILOTING, Stage.PROVEN):
        now = Cohort(today=TODAY, entry=entry, cohort_to=date(2026, 3, 31))
        assert sorted(stays(replace(now, as_of=TODAY)), key=repr) == sorted(stays(now), key=repr)


@pytest.mark.parametrize("seed", [5, 6])
def test_nothing_of_a_past_day_lies_after_it(program, seed):
    invent(program, seed=seed, size=40)
    day = TODAY - timedelta(days=35)
    moment = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)

    for then in (Cohort(today=TODAY, as_of=day), Cohort(today=TODAY, as_of=day, known_at=moment)):
        found = stays(then)
        assert found
        for stay in found:
            assert stay.entered is None or stay.entered <= day
            assert stay.left is None or stay.left <= day
            assert stay.to is None or stay.held_since is None


def test_stays_cost_the_same_for_any_number(program, by_system):
    def cost(cohort):
        with CaptureQueriesContext(connection) as queries:
            stays(cohort)
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

    assert (cost(NOW), cost(HISTORY)) == few == (2, 3)

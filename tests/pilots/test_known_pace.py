from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.facts import facts_today
from pilots.floors import one_look
from pilots.known.pace import curves_of, prepare, read
from pilots.lifecycle import Stage
from pilots.models import Pilot, StageSpan
from pilots.rules.pace_facts import Pace
from tests.conftest import NOW

TODAY = date(2026, 11, 18)
FIRST = date(2026, 1, 1)


def add_span(pilot, stage, entered, left=None):
    StageSpan.objects.create(pilot=pilot, stage=stage, entered_on=entered, left_on=left, is_last=left is None)


@pytest.fixture
def stays(make_pilot):
    """Give pilots a finished stay in Piloting of so many days, and one that lasts in Proven."""

    def make(*lasted, **fields):
        for days in lasted:
            pilot = make_pilot(f"Took {days}", stage=Stage.PROVEN, **fields)
            StageSpan.objects.filter(pilot=pilot).delete()
            left = FIRST + timedelta(days=days)
            add_span(pilot, "piloting", FIRST, left)
            add_span(pilot, "proven", left)

    return make


@pytest.fixture
def slow(make_pilot):
    """A pilot in Piloting that somebody was heard of."""
    pilot = make_pilot("Slow", since=FIRST)
    keep_up()
    return pilot


def keep_up():
    Pilot.objects.update(heard_at=NOW)


def pace_of(pilot, day=TODAY):
    facts = facts_today(Pilot.objects.filter(pk=pilot.pk), at=NOW, floors=())
    return read(facts, {pilot.pk: day}).get(pilot.pk)


def test_stays_of_the_program_are_the_measure(slow, stays):
    stays(*range(10, 110, 10))

    pace = pace_of(slow)

    assert (pace.curve.moved_on, pace.curve.others, pace.is_of_site) == (10, 1, False)
    # Nine of the ten that moved on had by day 90, but of eleven stays that is less than 85 %.
    over = dict(zip(pace.curve.days, pace.curve.over, strict=True))
    assert over[90] < 0.85 < over[100]


def test_what_was_imported_and_left_alone_is_not_asked(slow, stays):
    stays(*range(10, 110, 10))
    Pilot.objects.filter(pk=slow.pk).update(heard_at=None)

    facts = facts_today(Pilot.objects.all(), at=NOW, floors=())
    days = {fact.pilot_id: TODAY for fact in facts}
    assert slow.pk not in read(facts, days)
    assert slow.pk not in prepare([slow.pk], FIRST, TODAY)(facts, days)


def test_where_a_program_is_thin_the_site_is_the_measure(slow, stays, other_program):
    stays(*range(10, 110, 10), program=other_program)

    assert (pace_of(slow).curve.moved_on, pace_of(slow).is_of_site) == (10, True)
    Pilot.objects.filter(program=other_program).update(is_confidential=True)
    assert pace_of(slow) == Pace()


def test_the_sample_is_measured_by_itself(slow, stays, program, other_program):
    type(program).objects.filter(pk=other_program.pk).update(is_sample=True)
    stays(*range(10, 110, 10), program=other_program)

    assert pace_of(slow) == Pace()


def test_a_past_day_counts_what_was_over_by_then_and_a_replay_the_same(slow, stays):
    stays(*range(10, 110, 10))
    keep_up()
    day = FIRST + timedelta(days=55)

    assert pace_of(slow, day) == Pace()  # five of ten had moved on
    facts = facts_today(Pilot.objects.all(), at=NOW, floors=())
    days = {fact.pilot_id: TODAY for fact in facts}
    assert prepare(list(days), FIRST, TODAY)(facts, days) == read(facts, days) != {}
    assert curves_of(Pilot.objects.all(), day)[Stage.PILOTING].moved_on == 5


def test_holds_and_going_back_are_no_time_to_move_on(make_pilot, stays):
    stays(20)
    StageSpan.objects.filter(stage="piloting").update(held_days=15)
    back = make_pilot("Back")
    StageSpan.objects.filter(pilot=back).delete()
    add_span(back, "proven", FIRST, TODAY)
    add_span(back, "piloting", TODAY)

    found = curves_of(Pilot.objects.all(), TODAY)

    assert found[Stage.PILOTING].days == (5,)
    assert (found[Stage.PROVEN].moved_on, found[Stage.PROVEN].others) == (0, 2)


def test_any_number_of_pilots_costs_the_same(make_pilot, stays):
    costs = []
    for count in (1, 9):
        for number in range(count):
            make_pilot(f"Slow {count} {number}", since=FIRST)
        stays(*range(count))
        keep_up()
        facts = facts_today(Pilot.objects.all(), at=NOW, floors=())
        with CaptureQueriesContext(connection) as queries:
            read(facts, {fact.pilot_id: TODAY for fact in facts})
        costs.append(len(queries))

    assert costs == [3, 3]


def test_one_look_reads_the_stays_of_a_program_once(slow, stays):
    stays(*range(3))
    facts = facts_today(Pilot.objects.filter(pk=slow.pk), at=NOW, floors=())
    days = {slow.pk: TODAY}

    with one_look():
        first = read(facts, days)
        with CaptureQueriesContext(connection) as queries:
            assert read(facts, days) == first
    assert len(queries) == 1  # who keeps it up

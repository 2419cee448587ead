"""Kept forecasts held against what came: exact counts, what is not known, and whose they are."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.actions.stage import Past, record_past
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Origin, Pilot
from pilots.models.cohort import Cohort
from portfolio.flow.scores import Share
from portfolio.pace.models import Forecast
from portfolio.pace.quarters import Quarter
from portfolio.pace.scored import Record, Scored, Told, chances_of, read_record, score
from portfolio.pace.sections.forecast import chances_words, coverage_words, within_words
from tests.conftest import NOW, TODAY
from tests.portfolio.pace.lived import live

Q2 = date(2026, 4, 1)
COHORT = Cohort(today=TODAY)


def kept(program, pilots, low, high, *, quarter=Q2, constant=0.2, chances=None):
    told = chances or [0.5] * len(pilots)
    return Forecast.objects.create(
        program=program,
        program_ids=[program.pk] if program else sorted({pilot.program_id for pilot in pilots}),
        quarter=quarter,
        as_of=quarter - timedelta(days=31),
        low=low,
        middle=low,
        high=high,
        level=0.8,
        lives=30,
        open=len(pilots),
        seed=1,
        runs=2000,
        method="by hand",
        chances={str(pilot.pk): chance for pilot, chance in zip(pilots, told, strict=True)},
        constant=constant,
        made_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


@pytest.fixture
def four(program, by_system):
    return live(program, TODAY, [(500, None)] * 4, by=by_system)


@pytest.fixture
def arrive(by_system):
    """Say that a pilot came into production on a day, None for a day nobody knows."""

    def say(pilot, day, at=NOW):
        past = Past(
            stage=Stage.PRODUCTION,
            happened=Day(day) if day else None,
            latest_on=day or TODAY,
            origin=Origin.STATED,
        )
        record_past([(pilot, [past])], by=replace(by_system, at=at))

    return say


def test_what_came_is_counted_in_the_quarter_alone(program, four, arrive, viewer):
    kept(program, four, 1, 2)
    for pilot, day in zip(four, (date(2026, 3, 31), Q2, date(2026, 6, 30), date(2026, 7, 1)), strict=True):
        arrive(pilot, day)

    record = read_record(viewer, COHORT, program)

    (one,) = record.rows
    assert (one.came, one.unsure, one.is_held) == (2, 0, True)
    assert (record.coverage, len(record.told), record.is_enough) == (Share(1, 1), 1, False)
    assert record.chances is None  # four are too few
    assert coverage_words(record) == (
        "The one past forecast held what came; 80 % is promised, and one is too few for a share"
    )


def test_what_was_recorded_later_changes_what_came(program, four, arrive, viewer):
    kept(program, four, 1, 2)
    assert read_record(viewer, COHORT, program).rows[0].is_held is False

    arrive(four[0], Q2)

    assert read_record(viewer, COHORT, program).rows[0].is_held is True
    then = Cohort(today=TODAY, known_at=NOW - timedelta(hours=1))
    assert read_record(viewer, then, program).rows[0].came == 0


def test_quarter_that_is_not_over_is_not_scored(program, four, viewer):
    kept(program, four, 0, 1, quarter=date(2026, 10, 1))

    for day in (TODAY, date(2026, 12, 31)):
        (one,) = read_record(viewer, Cohort(today=day), program).rows
        assert (one.came, one.is_held) == (None, None)
    assert read_record(viewer, Cohort(today=date(2027, 1, 1)), program).rows[0].came == 0


def test_past_day_knows_only_what_had_been_made(program, four, viewer):
    kept(program, four, 0, 1)

    def seen(day):
        return read_record(viewer, Cohort(today=TODAY, as_of=day), program).rows

    assert seen(date(2026, 2, 28)) == []
    assert [one.came for one in seen(date(2026, 6, 30))] == [None]
    assert [one.came for one in seen(date(2026, 7, 1))] == [0]


def test_pilots_nobody_knows_about_leave_a_forecast_open(program, four, arrive, viewer):
    arrive(four[0], Q2)
    arrive(four[1], None)  # on a day nobody knows
    Pilot.objects.filter(pk=four[2].pk).update(is_confidential=True)  # in no total any more
    certain = [kept(program, four, 0, 3), kept(program, four, 4, 4, quarter=date(2026, 7, 1))]
    (open_one,) = [kept(program, four, 2, 3, quarter=date(2026, 1, 1))]

    found = {one.row.pk: one for one in read_record(viewer, COHORT, program).rows}

    assert [(found[row.pk].came, found[row.pk].unsure) for row in certain] == [(1, 2), (0, 2)]
    assert [found[row.pk].is_held for row in certain] == [True, False]
    assert (found[open_one.pk].came, found[open_one.pk].is_held) == (0, None)


def test_score_pairs_each_chance_with_what_came():
    row = Forecast(quarter=Q2, low=1, high=1, chances={"1": 0.7, "2": 0.1, "3": 0.2}, constant=0.3)

    one, told = score(row, {1: date(2026, 5, 1), 9: Q2}, {1, 2, 3, 9})

    assert one == Scored(row, 1, 0, True)
    assert told == {1: Told(0.7, 0.3, True), 2: Told(0.1, 0.3, False), 3: Told(0.2, 0.3, False)}


def test_chances_are_held_against_one_rate_for_all():
    told = [Told(0.8, 0.2, True)] * 2 + [Told(0.1, 0.2, False)] * 8

    found = chances_of(told)

    assert (found.pilots, found.came) == (10, 2)
    assert found.brier == pytest.approx((2 * 0.04 + 8 * 0.01) / 10)
    assert found.constant == pytest.approx((2 * 0.64 + 8 * 0.04) / 10)
    assert found.skill == pytest.approx(1 - 0.16 / 1.6)
    assert chances_words(found).startswith("Two of 10 came in their quarter. Counting how long each")
    assert chances_of(told[:9]) is None
    worse = chances_of([Told(0.9, 0.2, False)] * 10)
    assert "One rate for all would have told more" in chances_words(worse)
    assert "as much" in chances_words(chances_of([Told(0.2, 0.2, False)] * 10))


def test_share_is_told_from_ten_on():
    def record(held, missed):
        row = Forecast(quarter=Q2, low=0, high=2)
        return Record([*[Scored(row, 1, 0, True)] * held, *[Scored(row, 9, 0, False)] * missed], None)

    assert coverage_words(record(8, 2)) == (
        "Eight of ten past forecasts held what came, 80 %; 80 % is promised"
    )
    assert coverage_words(record(8, 1)) == (
        "Eight of nine past forecasts held what came; 80 % is promised, and nine are too few for a share"
    )
    assert within_words(record(8, 2)) == "So many forecasts fit a share from 49 to 94 % (95 % interval)."
    assert within_words(record(8, 1)) == ""


def test_pilots_are_counted_once_a_quarter(program, other_program, four, arrive, executive, by_system):
    """The forecast over all programs and those of its programs speak of the same pilots."""
    theirs = live(other_program, TODAY, [(500, None)] * 6, by=by_system, name="Theirs")
    arrive(four[0], Q2)
    kept(program, four, 0, 2, chances=[0.9, 0.1, 0.1, 0.1])
    kept(None, [*four, *theirs], 0, 0, chances=[0.2] * 10)

    found = read_record(executive, COHORT, None)

    # Two forecasts, one outcome: the program's counts, and of the others the chance over all.
    assert (len(found.rows), found.coverage) == (2, Share(1, 1))
    assert (found.chances.pilots, found.chances.came) == (10, 1)
    assert found.chances.brier == pytest.approx((0.01 + 3 * 0.01 + 6 * 0.04) / 10)
    kept(None, four, 0, 0, quarter=date(2026, 1, 1))
    alone = read_record(executive, COHORT, None)
    assert (alone.coverage, alone.chances.pilots) == (Share(2, 2), 14)


def test_forecasts_of_others_are_not_scored_for_anybody(
    program, other_program, four, viewer, executive, stranger, by_system
):
    theirs = live(other_program, TODAY, [(500, None)] * 2, by=by_system)
    rows = [
        kept(program, four, 0, 1),
        kept(other_program, theirs, 0, 1),
        kept(None, [*four, *theirs], 0, 1),
    ]

    def seen(user, of=None):
        return {one.row.pk for one in read_record(user, COHORT, of).rows}

    assert (seen(viewer), seen(stranger)) == ({rows[0].pk}, set())
    assert seen(executive) == {row.pk for row in rows}
    assert (seen(executive, other_program), seen(viewer, other_program)) == ({rows[1].pk}, set())


def test_record_costs_the_same_for_any_number_of_forecasts(program, four, viewer, django_assert_num_queries):
    kept(program, four, 0, 1)
    with CaptureQueriesContext(connection) as one:
        read_record(viewer, COHORT, program)
    present = Quarter.of(TODAY)
    for back in range(13):
        if present.back(back).first != Q2:
            kept(program, four, 0, 1, quarter=present.back(back).first)
    kept(program, four, 0, 1, quarter=present.back(13).first)  # too long over

    with django_assert_num_queries(len(one)):
        record = read_record(viewer, COHORT, program)

    assert len(record.told) == 12
    assert record.rows[0].row.get_deferred_fields() == {"chances"}
    assert {one.row.quarter for one in record.rows} == {present.back(back).first for back in range(13)}
    assert len(one) <= 6

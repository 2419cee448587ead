"""Keeping forecasts: when, of which pilots, once, for good."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import exp
from random import Random

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from pilots.access.guards import permit_deletes
from pilots.access.models import Event, Program
from pilots.access.models.user import Reach
from pilots.actions.account import create_programs
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.models.cohort import Cohort
from portfolio.flow.constant import OneRate, constant_chance
from portfolio.flow.lives import End
from portfolio.jobs import FORECASTS, JOBS
from portfolio.pace.actions import METHOD, _keep, keep_forecasts, replay_forecast, replay_forecasts
from portfolio.pace.models import Forecast
from portfolio.pace.quarters import Quarter, quarter_to_keep
from portfolio.pace.say import say
from portfolio.pace.scopes import read_scopes, seed_of, too_little
from tests.portfolio.pace.lived import TEN, YOUNG, live

DAY = date(2026, 12, 1)
FIRST = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
Q1 = Quarter(date(2027, 1, 1))
LIVES = Counter(
    {
        **{(days, End.ARRIVED): 1 for days in (100, 110, 120, 130)},
        (90, End.STOPPED): 1,
        **{(days, End.OPEN): 1 for days in (10, 20, 200, 210, 220, 230, 240)},
    }
)


@pytest.fixture
def by_system(by_system):
    return replace(by_system, at=FIRST)


@pytest.fixture
def twelve(program, by_system):
    return live(program, DAY, (*TEN, *YOUNG), by=by_system)


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 11, 30), None),
        (date(2026, 12, 1), Q1),
        (date(2026, 12, 31), Q1),
        (date(2027, 1, 1), None),
        (date(2027, 3, 1), Quarter(date(2027, 4, 1))),
        (date(2028, 6, 30), Quarter(date(2028, 7, 1))),
    ],
)
def test_a_forecast_is_kept_in_the_month_before_its_quarter(day, quarter):
    assert quarter_to_keep(day) == quarter


def test_quarters_know_their_days_and_names():
    assert (Q1.last, Q1.next.first, Q1.before.first) == (
        date(2027, 3, 31),
        date(2027, 4, 1),
        date(2026, 10, 1),
    )
    assert (str(Q1), str(Q1.before), Q1.kept_from) == ("Q1 2027", "Q4 2026", DAY)


def test_forecast_is_kept_once_from_what_is_known_that_day(twelve, program, django_assert_max_num_queries):
    assert keep_forecasts(FIRST - timedelta(days=1)) == {"kept": 0}

    assert keep_forecasts(FIRST) == {"quarter": "Q1 2027", "kept": 1}

    row = Forecast.objects.get()
    seed = seed_of("program=claims", Q1)
    said = say(LIVES, [10, 20, 200, 210, 220, 230, 240], 31, 120, seed=seed)
    assert (row.low, row.middle, row.high, row.level) == (said.low, said.middle, said.high, 0.8)
    assert (row.low, row.middle, row.high) == (0, 1, 3)
    assert (row.lives, row.open, row.untold, row.seed, row.method) == (12, 7, 5, seed, METHOD)
    # Of ten that were watched for longer, one stopped and four arrived in these months. The others are
    # older than any that arrived: in 1,680 days of watching everybody four arrived and one stopped.
    one_rate = round(4 / 5 * (exp(-5 / 1680 * 30) - exp(-5 / 1680 * 120)), 6)
    assert row.constant == one_rate
    # Past day 200 none arrived in 100 days; half an arrival of all brings 210 days and an eighth of a stop.
    so_old = round(4 / 5 * (exp(-0.625 / 310 * 30) - exp(-0.625 / 310 * 120)), 6)
    assert row.chances == {
        **{str(pilot.pk): 0.4 for pilot in twelve[-2:]},
        **{str(pilot.pk): so_old for pilot in twelve[5:10]},
    }
    assert (row.program, row.program_ids, row.as_of, row.made_at) == (program, [program.pk], DAY, FIRST)
    assert row.is_replayed is False
    kept = Event.objects.get(verb="forecast.kept")
    assert (kept.program, kept.subject, kept.after) == (
        program,
        "Claims AI",
        {"quarter": "Q1 2027", "low": 0, "high": 3, "open": 7},
    )

    Pilot.objects.filter(pk=twelve[0].pk).update(is_confidential=True)
    with django_assert_max_num_queries(7):
        assert keep_forecasts(FIRST + timedelta(days=5)) == {"quarter": "Q1 2027", "kept": 0}
    assert Forecast.objects.get().lives == 12


def test_two_workers_at_once_keep_one(twelve, program, by_system):
    scope = read_scopes(Pilot.objects.all(), Cohort(today=DAY))[program.pk]

    assert _keep(program, scope, Q1, DAY, by_system) is not None
    assert _keep(program, scope, Q1, DAY, by_system) is None

    assert (Forecast.objects.count(), Event.objects.filter(verb="forecast.kept").count()) == (1, 1)
    whole = {"program": None, "quarter": Q1.first}
    assert _keep(None, scope, Q1, DAY, by_system) is not None
    assert _keep(None, scope, Q1, DAY, by_system) is None
    assert Forecast.objects.filter(**whole).count() == 1


def test_job_is_rung_daily_and_tells_what_it_did():
    assert FORECASTS in JOBS
    assert FORECASTS.key(FIRST) == "forecasts:2026-12-01"
    assert FORECASTS.words({"kept": 0}) == "Nothing is due before the last month of the quarter."
    assert FORECASTS.words({"kept": 1, "quarter": "Q1 2027"}) == "Kept 1 forecast for Q1 2027."
    assert FORECASTS.words({"kept": 3, "quarter": "Q1 2027"}) == "Kept 3 forecasts for Q1 2027."


def test_kept_forecast_cannot_be_changed_or_deleted(twelve):
    keep_forecasts(FIRST)
    row = Forecast.objects.get()

    for change in (
        lambda: Forecast.objects.update(high=5),
        lambda: Forecast.objects.update(chances={}),
        lambda: row.delete(),
    ):
        with (
            pytest.raises((IntegrityError, DatabaseError), match="pace_forecast is append-only"),
            transaction.atomic(),
        ):
            change()

    with permit_deletes():
        row.delete()
    assert not Forecast.objects.exists()


def test_site_is_kept_beside_its_programs_and_leaves_out_what_counts_nowhere(
    twelve, other_program, by_system
):
    sample = create_programs(
        [Program(name="Sample", slug="sample", prefix="SMP", is_sample=True)], by=by_system
    )[0]
    live(other_program, DAY, (*TEN, *YOUNG), by=by_system)
    live(other_program, DAY, YOUNG, by=by_system, is_confidential=True, name="Secret")
    live(sample, DAY, (*TEN, *YOUNG), by=by_system)

    assert keep_forecasts(FIRST)["kept"] == 4

    rows = {row.of: row for row in Forecast.objects.select_related("program")}
    assert {of: (row.lives, row.open) for of, row in rows.items()} == {
        "Claims AI": (12, 7),
        "Finance AI": (12, 7),
        "Sample": (12, 7),
        "All programs": (24, 14),
    }
    assert rows["All programs"].program_ids == sorted([twelve[0].program_id, other_program.pk])
    told = {int(pk) for row in rows.values() for pk in row.chances}
    assert not Pilot.objects.filter(pk__in=told, is_confidential=True).exists()


def test_one_program_alone_needs_no_row_for_the_site(twelve):
    keep_forecasts(FIRST)

    assert not Forecast.objects.filter(program__isnull=True).exists()


def test_forecasts_are_told_to_those_who_see_all_their_pilots(
    twelve, other_program, by_system, viewer, executive, administrator, stranger, make_user
):
    live(other_program, DAY, (*TEN, *YOUNG), by=by_system)
    keep_forecasts(FIRST)
    demo = make_user("demo@example.com", is_executive=True, is_sample=True)

    def seen(user):
        return sorted(
            row.of for row in Forecast.objects.visible_to(user).select_related("program").order_by("pk")
        )

    everything = ["All programs", "Claims AI", "Finance AI"]
    assert (seen(viewer), seen(stranger), seen(demo)) == (["Claims AI"], [], [])
    assert (seen(executive), seen(administrator), seen(None)) == (everything,) * 3
    administrator.reach = Reach(programs=frozenset({other_program.pk}))
    assert seen(administrator) == ["Finance AI"]


def test_too_little_keeps_nothing_and_says_why(program, by_system):
    live(program, DAY, TEN[:9], by=by_system)
    assert keep_forecasts(FIRST)["kept"] == 0

    assert too_little(9, 1, 3).startswith("Nine pilots are too few for a forecast.")
    assert too_little(1, 1, 1).startswith("One pilot is too few for a forecast.")
    assert too_little(0, 0, 0) == "No pilot here has a known first day. Headway forecasts from ten on."
    assert too_little(12, 0, 3).startswith("None of these pilots ever came into production")
    assert too_little(12, 3, 0) == "No pilot is on its way into production, so none can arrive."
    assert too_little(12, 3, 0, 5).startswith("Nobody has said here of any")
    assert too_little(12, 3, 1) == ""


def test_young_program_gets_its_forecast_on_the_day_it_has_enough(program, by_system):
    live(program, DAY, TEN[:9], by=by_system)
    keep_forecasts(FIRST)
    later = FIRST + timedelta(days=9)
    live(program, DAY, ((10, None), (20, None)), by=by_system)
    live(program, DAY, TEN[9:], by=by_system, name="Ten")

    assert keep_forecasts(later)["kept"] == 1
    assert Forecast.objects.get().as_of == later.date()


def test_replayed_forecast_says_so_and_knows_only_what_was_recorded(program, by_system):
    quarter = Quarter(date(2026, 10, 1))
    asked = datetime(2026, 9, 1, 6, tzinfo=UTC)
    then = replace(by_system, at=asked)
    live(program, asked.date(), (*TEN, *YOUNG), by=then)
    live(program, asked.date(), TEN, by=by_system, name="Told later")

    row = replay_forecast(program, quarter, by=by_system)

    assert (row.is_replayed, row.as_of, row.made_at, row.lives) == (True, asked.date(), FIRST, 12)
    assert replay_forecast(program, quarter, by=by_system) is None
    assert replay_forecasts(program, 3, by=by_system) == []


def test_constant_rate_is_the_same_at_every_age():
    lives = {(0, End.ARRIVED): 1, (49, End.STOPPED): 1, (50, End.OPEN): 1}

    # One of each in a hundred days watched; the first day counts as one.
    assert constant_chance(lives, 1, 100) == pytest.approx(0.5 * (1 - exp(-2)))
    assert constant_chance({(5, End.OPEN): 3}, 1, 100) == 0.0


def test_rate_of_the_oldest_is_their_own_and_leans_on_all():
    lives = {(10, End.ARRIVED): 4, (20, End.STOPPED): 2, (100, End.OPEN): 5, (110, End.ARRIVED): 1}

    # All: 5 arrived and 2 stopped in 690 days. Older than 100: one arrived in 10 days; half an arrival of all
    # brings 0.2 stops and 69 days.
    assert OneRate.beyond(lives, 100) == OneRate(1, 0.2, 79.0, 0.5)
    assert OneRate.beyond(lives, 200) == OneRate(0, 0.2, 69.0, 0.5)
    assert OneRate.beyond(lives, 200).chance(1, 90) == pytest.approx(constant_chance(lives, 1, 90))
    assert OneRate.beyond(lives, 200).draw(1, 90)(Random(7)) > 0
    assert OneRate.beyond({(5, End.OPEN): 3}, 2).chance(1, 90) == 0.0


def test_one_rate_is_drawn_around_what_was_seen():
    rate = OneRate(arrived=4, stopped=1, watched=1680)
    draw, random = rate.draw(31, 120), Random(7)

    drawn = [draw(random) for _ in range(4_000)]

    assert sum(drawn) / len(drawn) == pytest.approx(rate.chance(31, 120), abs=0.01)
    assert (min(drawn), max(drawn) > 0.3) == (0.0, True)
    assert drawn[:3] == [draw(again) for again in [Random(7)] for _ in range(3)]


def test_scopes_are_read_in_two_queries(twelve, other_program, by_system):
    live(other_program, DAY, TEN, by=by_system)

    with CaptureQueriesContext(connection) as asked:
        scopes = read_scopes(Pilot.objects.all(), Cohort(today=DAY))

    assert len(asked) == 2
    assert {pk: (scope.total, scope.arrived, len(scope.ages)) for pk, scope in scopes.items()} == {
        twelve[0].program_id: (12, 4, 7),
        other_program.pk: (10, 4, 5),
    }
    assert Stage.PRODUCTION.value not in {
        pilot.stage for pilot in Pilot.objects.filter(pk__in=scopes[other_program.pk].ages)
    }

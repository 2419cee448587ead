"""How old open work is, against those that passed its stage; and how it is drawn and told."""

import json
from datetime import date, timedelta

import plotly.graph_objects as go
import pytest

from pilots.lifecycle import Stage
from portfolio.pace.age_figure import MOST, Named, age_figure
from portfolio.pace.ages import Late, count_ages
from portfolio.pace.sections.age import _stage_shape, finding
from portfolio.pace.stays import Stay
from tests.portfolio.dashboards.test_charts import resolved

DAY = date(2026, 11, 18)


def stay(pilot, stage, days, to=None, *, held=None, entered=True):
    start = DAY - timedelta(days=days if to is None else 900)
    left = None if to is None else start + timedelta(days=days)
    return Stay(pilot, stage, start if entered else None, left, to, 0, held)


def passed(stage, to, many=20, first=1000):
    """So many pilots that moved on after 10, 20, 30 … days."""
    return [stay(first + place, stage, 10 * (place + 1), to) for place in range(many)]


def names(ages):
    return {
        age.pilot_id: Named(f"CLM-{age.pilot_id}", "<b>x</b>", f"/pilots/CLM-{age.pilot_id}/")
        for stage in ages.stages
        for age in stage.ages
    }


@pytest.fixture
def ages():
    return count_ages(
        [
            *passed(Stage.PILOTING, Stage.PROVEN, many=80),
            *passed(Stage.PROVEN, Stage.TRANSITION, many=9, first=3000),
            stay(1, Stage.PILOTING, 40),
            stay(2, Stage.PILOTING, 720),
            stay(3, Stage.PILOTING, 790),
            stay(4, Stage.PILOTING, 799, held=DAY - timedelta(days=9)),
            stay(5, Stage.PROVEN, 500),
            stay(6, Stage.PROVEN, 0, entered=False),
            stay(7, Stage.IDEA, 30),
            stay(8, Stage.PRODUCTION, 30),
        ],
        DAY,
    )


def test_each_open_pilot_stands_against_those_that_passed_its_stage(ages):
    piloting, proven, plan, limited = ages.stages

    assert (piloting.half_by, piloting.slow_by, piloting.slowest_by) == (420, 710, None)
    assert [(age.pilot_id, age.days, piloting.late(age)) for age in piloting.ages] == [
        (3, 790, Late.SLOW),
        (4, 790, Late.USUAL),
        (2, 720, Late.SLOW),
        (1, 40, Late.USUAL),
    ]
    assert (proven.half_by, proven.slow_by, proven.curve.moved_on) == (None, None, 9)
    assert (proven.open_count, proven.undated_open) == (2, 1)
    assert [_stage_shape(proven)[name] for name in ("open", "open_day_unknown")] == [2, 1]
    assert (plan.open_count, limited.open_count) == (0, 0)
    assert (ages.open_count, ages.held_count, ages.undated, ages.late_count) == (5, 1, 1, 2)
    assert [age.pilot_id for _, age in ages.oldest] == [3, 2, 5, 1]
    assert ages.waits_longest is piloting
    assert finding(ages) == "Two open pilots are in their stage for longer than 85 % take, by estimate"


def test_stage_where_fewer_than_ten_moved_on_has_no_band():
    few = count_ages([*passed(Stage.PILOTING, Stage.PROVEN, many=9), stay(1, Stage.PILOTING, 800)], DAY)
    ten = count_ages([*passed(Stage.PILOTING, Stage.PROVEN, many=10), stay(1, Stage.PILOTING, 5)], DAY)

    assert (few.has_half, few.late_count, few.waits_longest) == (False, 0, None)
    assert finding(few) == "One open pilot, and too few have moved on to say which are slow"
    assert ten.stages[0].curve.is_enough


def test_finding_compares_with_half_while_the_slowest_cannot_be_told():
    stays = passed(Stage.PILOTING, Stage.PROVEN)
    stays += [stay(place, Stage.PILOTING, 1) for place in range(100, 130)]
    half = count_ages([*stays, stay(1, Stage.PILOTING, 180)], DAY)

    assert (half.has_half, half.has_band) == (True, False)
    assert finding(half) == "One open pilot is in its stage for longer than half take, by estimate"


def test_cohort_of_a_later_stage_has_nobody_to_compare_with_before_it():
    found = count_ages([stay(1, Stage.PILOTING, 9), stay(2, Stage.PROVEN, 9)], DAY, Stage.PROVEN)

    assert [stage.stage for stage in found.stages] == [Stage.PROVEN, Stage.TRANSITION, Stage.LIMITED]
    assert found.earlier == 1
    assert count_ages([], DAY, Stage.PRODUCTION).stages == []


def test_figure_draws_every_pilot_and_lets_nothing_be_markup(ages):
    figure = age_figure(ages, names(ages))
    made = go.Figure(resolved(figure))

    assert {trace.name: sorted(trace.y) for trace in made.data} == {
        "on hold": [790],
        "open": [40, 500],
        "above 85 %": [720, 790],
    }
    assert {trace["marker"]["symbol"] for trace in figure["data"]} == {"circle", "diamond"}
    assert figure["data"][-1]["customdata"] == ["/pilots/CLM-3/", "/pilots/CLM-2/"]
    assert "<" not in json.dumps(figure)
    words = [word["text"] for word in figure["layout"]["annotations"]]
    assert {"half by 420 d", "85 % by 710 d", "CLM-3  790 d", "3 open", "1 on hold"} <= set(words)


@pytest.mark.parametrize("many", [1, MOST, MOST + 1, 20_000])
def test_figure_stays_small_and_counts_everybody(many):
    stays = passed(Stage.PILOTING, Stage.PROVEN)
    stays += [stay(place, Stage.PILOTING, place * 7 % 300) for place in range(many)]
    ages = count_ages(stays, DAY)
    figure = age_figure(ages, names(ages) if many <= MOST else {})
    go.Figure(resolved(figure))

    assert len(json.dumps(figure)) < 45_000
    bars = [trace for trace in figure["data"] if trace["type"] == "bar"]
    assert bool(bars) == (many > MOST)
    said = sum(
        int(text.split(": ")[1].split()[0].replace(",", "")) for trace in bars for text in trace["hovertext"]
    )
    assert (said if bars else sum(len(trace["y"]) for trace in figure["data"])) == many

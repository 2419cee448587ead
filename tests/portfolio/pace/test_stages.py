"""Time in stage: how stays are counted, worded and drawn."""

from datetime import date, timedelta

import plotly.graph_objects as go
import pytest

from pilots.lifecycle import Stage
from portfolio.pace.sections import stages_words
from portfolio.pace.sections.stages import drawn
from portfolio.pace.sections.stages_count import HALF, SLOW, SLOWEST, count_stages
from portfolio.pace.stays import Stay
from tests.portfolio.dashboards.test_charts import resolved

DAY, ENTERED = date(2026, 11, 18), date(2026, 1, 1)
NEXT = {
    Stage.PILOTING: Stage.PROVEN,
    Stage.PROVEN: Stage.TRANSITION,
    Stage.TRANSITION: Stage.LIMITED,
    Stage.LIMITED: Stage.PRODUCTION,
}


def stay(stage, days, to=None):
    left = None if to is None or days is None else ENTERED + timedelta(days=days)
    return Stay(1, stage, ENTERED, left, to, 0, None)


def moved(stage, *days):
    return [stay(stage, each, NEXT[stage]) for each in days]


def said(stages):
    return {
        stage.stage.value: (stage.moved_on, stage.ended, stage.back, stage.there, stage.unknown)
        for stage in stages
    }


TWENTY = range(10, 210, 10)


def test_each_stay_is_counted_by_how_it_ended():
    stages = count_stages(
        [
            *moved(Stage.PILOTING, 10, 20, None),
            stay(Stage.PILOTING, 30, Stage.STOPPED),
            stay(Stage.PILOTING, 30, Stage.IDEA),
            stay(Stage.PILOTING, 0),
            stay(Stage.LIMITED, 40, Stage.PROVEN),
            stay(Stage.LIMITED, 40, Stage.RETIRED),
            stay(Stage.PRODUCTION, 40, Stage.SUSTAINED),
            stay(Stage.STOPPED, 0),
        ],
        DAY,
    )

    assert said(stages) == {
        "piloting": (3, 1, 1, 1, 1),
        "proven": (0, 0, 0, 0, 0),
        "transition": (0, 0, 0, 0, 0),
        "limited": (0, 1, 1, 0, 0),
    }
    assert [stage.stays for stage in stages] == [6, 0, 0, 2]
    assert (stages[0].curve.moved_on, stages[0].curve.others) == (2, 3)  # one day nobody knows


def test_days_are_told_from_ten_on():
    nine, ten = (count_stages(moved(Stage.PROVEN, *range(1, last)), DAY)[1] for last in (10, 11))

    assert (nine.is_enough, nine.day_by(HALF)) == (False, None)
    assert (ten.is_enough, ten.day_by(HALF)) == (True, None)  # by then fewer than ten still lasted
    twenty = count_stages(moved(Stage.PROVEN, *TWENTY), DAY)[1]
    assert (twenty.day_by(HALF), twenty.day_by(SLOW)) == (100, None)
    hundred = count_stages(moved(Stage.PROVEN, *range(1, 201)), DAY)[1]
    assert [hundred.day_by(each) for each in (HALF, SLOW, SLOWEST)] == [100, 170, 190]
    assert (hundred.over_by(0), hundred.over_by(90), hundred.over_by(999)) == (
        0,
        pytest.approx(0.45),
        pytest.approx(1),
    )


def test_finding_names_the_slowest():
    slow, quick = moved(Stage.PROVEN, *range(1, 201)), moved(Stage.PILOTING, *range(1, 101))
    same = moved(Stage.LIMITED, *range(1, 201))
    stuck = [*moved(Stage.TRANSITION, *([5] * 10)), *[stay(Stage.TRANSITION, 0) for _ in range(30)]]

    def finding(*stays):
        return stages_words.finding(count_stages([each for some in stays for each in some], DAY))

    assert finding(slow, quick) == "Proven takes longest: half move on by day 100"
    assert finding(slow, same, quick) == "Proven and Limited go-live take longest: half move on by day 100"
    assert finding(quick) == "Half move on from Piloting by day 50"
    assert (
        finding(quick, stuck) == "Half move on from Piloting by day 50; for 90-day plan it cannot be told yet"
    )
    assert finding(stuck) == "By which day half move on from 90-day plan cannot be told yet"
    assert (
        finding(moved(Stage.PROVEN, 3)) == finding() == "Too few have moved on to tell how long a stage takes"
    )


def test_too_few_are_refused_in_words():
    def refusal(*stays):
        return stages_words.refusal(count_stages(stays, DAY))

    assert refusal() == (
        "No stay whose days are known has ended by moving on yet. "
        "Headway tells the days of a stage from ten on."
    )
    assert refusal(*moved(Stage.PILOTING, *range(7)), *moved(Stage.PROVEN, 4)) == (
        "Piloting: seven moved on; Proven: one moved on. That is too few; Headway tells the days of a "
        "stage from ten on."
    )


def test_points_tell_of_the_plan_of_thin_stages_and_of_days_nobody_knows():
    stages = count_stages(
        [*moved(Stage.TRANSITION, *range(1, 201)), *moved(Stage.LIMITED, 3), *moved(Stage.PILOTING, None)],
        DAY,
    )

    assert [point.replace("\N{NO-BREAK SPACE}", " ") for point in stages_words.points(stages)] == [
        "By day 90, 45 % of the 90-day plans have moved on.",
        (
            "Piloting rests on no stays of known days that ended by moving on: "
            "too few to tell its days, which takes ten."
        ),
        (
            "Limited go-live rests on one stay that ended by moving on: "
            "too few to tell its days, which takes ten."
        ),
        "One stay begins or ends on a day nobody knows, and is in no curve.",
        stages_words.APART,
    ]


def test_picture_has_a_row_for_each_stage_and_the_plan_its_line():
    stages = count_stages([*moved(Stage.TRANSITION, *range(1, 201)), *moved(Stage.LIMITED, 3)], DAY)
    figure = drawn(stages)

    go.Figure(resolved(figure))
    words = [word["text"] for word in figure["layout"]["annotations"]]
    assert words == [
        "none has moved on: too few to tell",
        "none has moved on: too few to tell",
        "half by day 100",
        "85 % by 170",
        "95 % by 190",
        "90 days",
        "one has moved on: too few to tell",
    ]
    assert [(bar["base"], bar["x"], bar["y"]) for bar in figure["data"]] == [
        ([100], [70], [2]),
        ([170], [20], [2]),
    ]
    assert [(shape["x0"], shape["y0"] < 2 < shape["y1"]) for shape in figure["layout"]["shapes"]] == [
        (100, True),
        (0, False),
        (90, True),
    ]
    assert figure["layout"]["xaxis"]["range"][1] > 190

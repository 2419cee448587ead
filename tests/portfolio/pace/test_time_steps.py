"""The curves as points: the steps of the page, and never more than a chart can show."""

from portfolio.flow.incidence import cumulative_incidence
from portfolio.flow.lives import End
from portfolio.pace.sections.time_steps import MOST, steps_of
from tests.portfolio.pace.test_time import FIFTY, told


def test_points_are_the_steps_that_the_page_draws():
    counted = told(FIFTY)
    steps = steps_of(counted)

    assert [(step["day"], step["arrived"], step["stopped"]) for step in steps] == [
        (0, 0.0, 0.0),
        (61, 0.0, 0.2),
        (183, 0.2, 0.2),
        (335, 0.4, 0.2),
        (730, 0.4, 0.2),
    ]
    point = cumulative_incidence(FIFTY).at(200)
    told_then = {name: round(getattr(point, name), 4) for name in ("arrived_low", "arrived_high")}
    assert {name: steps[2][name] for name in told_then} == told_then
    assert steps[0]["stopped_high"] == round(counted.at(0).alone.high, 4) > 0


def test_many_steps_become_few_and_none_comes_before_its_day():
    lives = {(day, End.ARRIVED): 1 for day in range(1, 3000)} | {(3000, End.OPEN): 10}
    counted = told(lives)
    steps = steps_of(counted)

    assert MOST / 2 < len(steps) <= MOST + 3
    assert (steps[0]["day"], steps[-1]["day"]) == (0, 3000)
    for step in steps[1:]:
        point = counted.incidence.at(step["day"])
        assert step["arrived"] == round(point.arrived, 4)

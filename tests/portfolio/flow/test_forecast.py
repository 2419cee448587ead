from random import Random
from time import process_time

import pytest

from portfolio.flow.chance import Estimate, chances
from portfolio.flow.forecast import Interval, forecast
from portfolio.flow.incidence import cumulative_incidence
from portfolio.flow.lives import End
from portfolio.flow.resample import Grid, poisson
from portfolio.flow.scores import Scored, coverage
from tests.portfolio.flow.invented import invented_lives, one_by_one
from tests.portfolio.flow.test_incidence import WORKED


def open_ages(lives):
    return [day for day, end in one_by_one(lives) if end is End.OPEN]


def test_same_seed_gives_the_same_answer_on_every_machine():
    """Made once: what gives other numbers could not make a stored forecast again."""
    lives = invented_lives(11, 3_000, span=400)
    ages = open_ages(lives)

    told = [forecast(lives, ages, 30, 120, seed=seed) for seed in (1, 1, 2)]

    assert [(one.low, one.middle, one.high, one.of) for one in told] == [
        *[(106, 120, 133, 728)] * 2,
        (106, 119, 133, 728),
    ]
    assert told[0] == told[1]
    # To the last bit, so that nothing drawn can lie on the other side of a limit.
    assert chances(lives, [200], 90, seed=1)[200] == Estimate(
        0.1815528287345416, 0.164410893600456, 0.1991144875572644
    )


def test_forecast_of_the_worked_example():
    """Two of age 20 arrive within 30 days with chance 10/21 each; four are older than history can tell."""
    found = forecast(WORKED, [20, 20, 60, 60, 60, 60], 1, 30, seed=1)

    assert (found.low, found.middle, found.high, found.of, found.untold) == (0, 1, 2, 2, 4)
    assert found.chances == (pytest.approx(10 / 21), pytest.approx(10 / 21), None, None, None, None)
    assert (found.level, found.runs) == (0.8, 2000)


@pytest.mark.parametrize("lives", [{}, {(5, End.OPEN): 1}, {(0, End.ARRIVED): 30}, {(5, End.STOPPED): 30}])
def test_forecast_of_what_history_cannot_tell_counts_nobody(lives):
    assert forecast(lives, [0, 5], 1, 90, seed=1) == Interval(0, 0, 0, 0.8, 2000, (None, None))


def test_nobody_open_leaves_nothing_to_forecast():
    assert forecast(WORKED, [], 1, 30, seed=1) == Interval(0, 0, 0, 0.8, 2000, ())


def test_middle_is_near_the_sum_of_the_chances():
    lives = invented_lives(8, 2_000, span=300)
    found = forecast(lives, open_ages(lives), 1, 90, seed=2)

    assert found.middle == pytest.approx(sum(one or 0 for one in found.chances), abs=1.5)


def test_four_of_five_intervals_hold_what_comes():
    """60 invented portfolios of 150, followed for 90 days more than history was read."""
    scored = []
    for seed in range(60):
        random = Random(seed)
        lives, ages, comes = {}, [], []
        for _ in range(150):
            arrives, stops = int(random.weibullvariate(300, 1.5)), int(random.expovariate(1 / 500))
            watched = random.randrange(700)
            until = min(arrives, stops, watched)
            end = End.OPEN if until == watched else End.ARRIVED if until == arrives else End.STOPPED
            lives[until, end] = lives.get((until, end), 0) + 1
            if end is End.OPEN:
                ages.append(until)
                comes.append(arrives <= stops and watched < arrives <= watched + 90)
        found = forecast(lives, ages, 1, 90, seed=seed, runs=200)
        came = sum(one for one, told in zip(comes, found.chances, strict=True) if told is not None)
        scored.append(Scored(found.low, found.high, came))

    share = coverage(scored)
    assert share.of == 60
    assert share.interval.low < 0.8 < share.interval.high


def test_forecast_of_many_is_quick():
    """The work grows with the days of history, not with the lives; 0.2 s on a desk machine."""
    lives = invented_lives(8, 100_000, span=700)
    began = process_time()
    forecast(lives, open_ages(lives), 40, 130, seed=1)

    assert process_time() - began < 2


@pytest.mark.parametrize(
    "odd",
    [{"first": 0}, {"last": 29}, {"level": 1.0}, {"level": 0.0}, {"runs": 10}],
    ids=lambda odd: next(iter(odd)),
)
def test_forecast_wants_days_a_level_and_runs(odd):
    asked = {"first": 30, "last": 60, "seed": 1} | odd
    with pytest.raises(ValueError, match="No forecast"):
        forecast(WORKED, [20], asked.pop("first"), asked.pop("last"), **asked)


# --- What is drawn --------------------------------------------------------------------


def test_groups_are_weeks_after_the_first_day_and_wider_for_long_histories():
    lives = {(0, End.ARRIVED): 1, (1, End.OPEN): 2, (7, End.STOPPED): 3, (8, End.ARRIVED): 4}

    grid = Grid.of(lives)
    assert (grid.width, grid.counts[:3]) == (7, ((1, 0, 0), (0, 3, 2), (4, 0, 0)))
    assert [grid.place(age) for age in (0, 3, 4, 10, 11)] == [0, 0, 1, 1, 2]
    assert Grid.of({(561, End.OPEN): 1}).width == 14
    assert len(Grid.of({(20_000, End.OPEN): 1}).counts) <= 83


def test_drawn_histories_vary_around_the_one_seen():
    lives = invented_lives(3, 400, span=300)
    grid = Grid.of(lives)
    drawn = list(grid.draw(Random(1), 400))
    place = grid.place(210)

    shares = [one.arrived[place] for one in drawn]
    mean = sum(shares) / len(shares)
    seen = cumulative_incidence(lives).at(place * grid.width)
    deviation = (sum((share - mean) ** 2 for share in shares) / len(shares)) ** 0.5
    assert mean == pytest.approx(seen.arrived, abs=0.01)
    assert 4 * deviation == pytest.approx(seen.arrived_high - seen.arrived_low, rel=0.15)
    assert all(0 <= one.arrived[place] <= 1 - one.left[place] + 1e-12 for one in drawn)


@pytest.mark.parametrize("mean", [1, 6, 50_000])
def test_poisson_table_has_its_mean_as_variance(mean):
    least, table = poisson(mean)
    parts = [high - low for low, high in zip([0.0, *table], [*table, 1.0], strict=True)]

    assert sum(part * (least + place) for place, part in enumerate(parts)) == pytest.approx(mean)
    assert sum(part * (least + place - mean) ** 2 for place, part in enumerate(parts)) == pytest.approx(mean)

"""Percentiles, intervals of shares, chances and what is drawn at random, against numpy and scipy."""

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from scipy import stats

from portfolio.flow.chance import chance, chances
from portfolio.flow.forecast import binomial, forecast
from portfolio.flow.incidence import cumulative_incidence
from portfolio.flow.lives import End
from portfolio.flow.percentile import percentile
from portfolio.flow.resample import poisson
from portfolio.flow.scores import Share, brier
from tests.portfolio.flow.invented import invented_lives, one_by_one


def test_percentile_is_numpys_of_the_first_kind():
    for seed in range(200):
        random = Random(seed)
        values = sorted(random.randrange(400) for _ in range(random.randrange(1, 60)))
        for percent in range(1, 101):
            # numpy multiplies share and number as floats; a hair less keeps 7 % of 100 the seventh.
            wanted = np.quantile(values, percent / 100 - 1e-12, method="inverted_cdf")
            assert percentile(values, percent) == wanted


def test_interval_of_a_coverage_is_scipys_wilson():
    for of in (1, 2, 10, 33, 400):
        for hit in range(of + 1):
            wanted = stats.binomtest(hit, of).proportion_ci(0.95, method="wilson")
            found = Share(hit, of).interval
            assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


def test_brier_is_the_mean_square():
    random = Random(5)
    told = [random.random() for _ in range(300)]
    came = [random.random() < one for one in told]

    assert brier(told, came) == pytest.approx(np.mean((np.array(told) - np.array(came)) ** 2), abs=1e-12)


@pytest.mark.parametrize("mean", [1, 2, 7, 40, 900, 30_000])
def test_poisson_table_is_scipys(mean):
    least, table = poisson(mean)
    values = np.arange(least, least + len(table))

    assert np.array(table) == pytest.approx(stats.poisson.cdf(values, mean), abs=1e-12)


@pytest.mark.parametrize(
    ("count", "chance"), [(1, 0.3), (7, 0.9), (40, 0.02), (3_000, 0.004), (60, 0.0), (60, 1.0)]
)
def test_binomial_draws_by_scipys_distribution(count, chance):
    class Even:
        """Draws the quantiles from 1 to 9,999 of 10,000, one after the other."""

        drawn = 0

        def random(self):
            self.drawn += 1
            return self.drawn / 10_000 + 1e-6

    even = Even()
    found = sorted(binomial(count, chance, even) for _ in range(9_998))

    wanted = stats.binom.ppf(np.arange(1, 9_999) / 10_000 + 1e-6, count, chance)
    # Above a half it is drawn from the other end, so single draws at a jump may lie beside.
    assert np.mean(np.array(found) != wanted) < 0.002


def test_interval_of_a_chance_is_that_of_drawing_every_life_anew():
    """scipy draws single lives by the day, ours groups of weeks: the ends differ by no more than chance."""
    lives = invented_lives(3, 400, span=300)
    age, within = 60, 90
    days, kinds = zip(*((day, list(End).index(end)) for day, end in one_by_one(lives)), strict=True)

    def drawn_chance(days, kinds):
        again = {}
        for day, kind in zip(days.tolist(), kinds.tolist(), strict=True):
            key = day, list(End)[kind]
            again[key] = again.get(key, 0) + 1
        return chance(cumulative_incidence(again), age, within)

    data = (np.array(days), np.array(kinds))
    drawn = stats.bootstrap(
        data,
        drawn_chance,
        paired=True,
        vectorized=False,
        n_resamples=1500,
        confidence_level=0.8,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    found = chances(lives, [age], within, seed=1, runs=4000)[age]

    assert found.chance == chance(cumulative_incidence(lives), age, within)
    assert (found.low, found.high) == pytest.approx((drawn.low, drawn.high), abs=0.01)


def test_forecast_spreads_as_wide_as_the_two_sources_of_chance_together():
    """The level of an interval of a sum is that of a normal one, whose variance is known, for many lives."""
    lives = invented_lives(8, 2_000, span=300)
    ages = sorted(day for day, end in one_by_one(lives) if end is End.OPEN and day < 300)
    found = [forecast(lives, ages, 1, 90, seed=2, level=level) for level in (0.5, 0.8, 0.95)]

    spread = [(one.high - one.low) / (2 * stats.norm.ppf(0.5 + one.level / 2)) for one in found]
    told = [one for one in found[0].chances if one is not None]
    outcomes_alone = sum(one * (1 - one) for one in told) ** 0.5
    assert all(one > outcomes_alone for one in spread)
    assert max(spread) - min(spread) < 0.1 * spread[1]
    assert all(wide.low <= narrow.low <= narrow.high <= wide.high for narrow, wide in pairwise(found))

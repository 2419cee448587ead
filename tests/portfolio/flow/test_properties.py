"""What must hold of any lives whatever, over invented ones."""

from fractions import Fraction
from math import exp, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilots.rules.scorecard import Z
from portfolio.flow.chance import chance, chances, untold
from portfolio.flow.forecast import forecast
from portfolio.flow.incidence import cumulative_incidence, kaplan_meier
from portfolio.flow.lives import End
from portfolio.flow.percentile import percentile
from portfolio.flow.resample import Grid
from tests.portfolio.flow.invented import one_by_one

few = settings(max_examples=60, deadline=None)
fewer = settings(max_examples=15, deadline=None)


def lives_of(ends=tuple(End), first=0, longest=40):
    key = st.tuples(st.integers(first, longest), st.sampled_from(ends))
    return st.dictionaries(key, st.integers(1, 6), min_size=1, max_size=30)


def by_definition(lives, end):
    """Return share and variance after each day of an end, term by term in exact fractions."""
    steps, shares, left, total = [], [], Fraction(1), Fraction(0)
    for day in sorted({day for day, how in lives if how is not End.OPEN}):
        at_risk = sum(count for (until, _), count in lives.items() if until >= day)
        ended = lives.get((day, End.ARRIVED), 0) + lives.get((day, End.STOPPED), 0)
        own = lives.get((day, end), 0)
        total += left * Fraction(own, at_risk)
        steps.append((total, left, at_risk, ended, own))
        variance = Fraction(0)
        for share, before, n, d, e in steps:
            if d < n:
                variance += (total - share) ** 2 * Fraction(d, n * (n - d))
            variance += before**2 * Fraction(e * (n - e), n**3)
            variance -= 2 * (total - share) * before * Fraction(e, n**2)
        shares.append((total, variance))
        left *= Fraction(at_risk - ended, at_risk)
    return shares


@few
@given(lives_of())
def test_shares_and_bands_are_those_of_the_definition(lives):
    found = cumulative_incidence(lives)
    for end, shares, bands in (
        (End.ARRIVED, found.arrived, found.arrived_band),
        (End.STOPPED, found.stopped, found.stopped_band),
    ):
        for ours, (low, high), (share, variance) in zip(
            shares, bands, by_definition(lives, end), strict=True
        ):
            assert ours == pytest.approx(float(share), abs=1e-12)
            if 0 < share < 1:
                rate = -log(1 - share)
                reach = exp(Z * sqrt(variance) / (float(1 - share) * rate))
                assert (low, high) == pytest.approx(
                    (1 - exp(-rate / reach), 1 - exp(-rate * reach)), abs=1e-9
                )


@few
@given(lives_of())
def test_shares_rise_and_stay_inside_with_what_is_left(lives):
    found, alone = cumulative_incidence(lives), kaplan_meier(lives)
    either = kaplan_meier(merged(lives))

    for shares, bands in (
        (found.arrived, found.arrived_band),
        (found.stopped, found.stopped_band),
        (alone.over, alone.band),
    ):
        assert list(shares) == sorted(shares)
        for share, (low, high) in zip(shares, bands, strict=True):
            assert 0 <= low <= share + 1e-12
            assert share - 1e-12 <= high <= 1
    for day, arrived, stopped in zip(found.days, found.arrived, found.stopped, strict=True):
        assert arrived + stopped + (1 - either.at(day).over) == pytest.approx(1, abs=1e-12)
        # Taking stops as unwatched gives those that stopped a chance to arrive after all.
        assert alone.at(day).over >= arrived - 1e-12


def merged(lives):
    """Return lives that end in one way only."""
    ended = {}
    for (day, end), count in lives.items():
        key = day, End.OPEN if end is End.OPEN else End.ARRIVED
        ended[key] = ended.get(key, 0) + count
    return ended


@few
@given(lives_of((End.ARRIVED, End.STOPPED)))
def test_without_censoring_shares_are_counted_and_variances_binomial(lives):
    found, total = cumulative_incidence(lives), sum(lives.values())
    for day, arrived, (low, high) in zip(found.days, found.arrived, found.arrived_band, strict=True):
        share = (
            sum(count for (until, end), count in lives.items() if until <= day and end is End.ARRIVED) / total
        )
        assert arrived == pytest.approx(share, abs=1e-12)
        if 0 < share < 1:
            rate = -log(1 - share)
            reach = exp(Z * sqrt(share * (1 - share) / total) / ((1 - share) * rate))
            assert (low, high) == pytest.approx((1 - exp(-rate / reach), 1 - exp(-rate * reach)), abs=1e-9)


@few
@given(lives_of((End.ARRIVED,)))
def test_without_censoring_the_day_by_is_the_percentile(lives):
    days = [day for day, _ in one_by_one(lives)]
    found = kaplan_meier(lives)
    for percent in (5, 50, 85, 95):
        if found.day_by(percent) is not None:
            assert found.day_by(percent) == percentile(days, percent)


@few
@given(lives_of(first=1), st.integers(1, 50))
def test_lives_that_just_began_change_nothing(lives, count):
    """They were at risk on no day on which any life ended."""
    with_them = {**lives, (0, End.OPEN): count}
    before, after = cumulative_incidence(lives), cumulative_incidence(with_them)

    assert (
        after.days,
        after.arrived,
        after.stopped,
        after.at_risk,
        after.arrived_band,
        after.stopped_band,
    ) == (
        *(before.days, before.arrived, before.stopped),
        *(before.at_risk, before.arrived_band, before.stopped_band),
    )
    assert kaplan_meier(with_them).over == kaplan_meier(lives).over
    assert after.total == before.total + count


@few
@given(lives_of())
def test_numbers_reconcile(lives):
    found, total = cumulative_incidence(lives), sum(lives.values())

    assert found.total == found.at_risk_on(0) == total
    assert found.at_risk_on(found.longest + 1) == 0
    for day, at_risk in zip(found.days, found.at_risk, strict=True):
        assert at_risk == found.at_risk_on(day) == sum(n for (until, _), n in lives.items() if until >= day)
    assert found.at_risk_on(found.last_day) >= 10 or found.last_day == 0
    assert found.at_risk_on(found.last_day + 1) < 10 or not found.is_enough
    grid = Grid.of(lives, beyond=700)
    assert sum(map(sum, grid.counts)) == total
    assert [sum(column) for column in zip(*grid.counts, strict=True)] == [
        sum(n for (_, how), n in lives.items() if how is end) for end in End
    ]


@fewer
@given(
    lives_of(longest=200), st.lists(st.integers(0, 220), max_size=30), st.integers(1, 60), st.integers(0, 60)
)
def test_forecast_stays_inside_and_is_the_same_again(lives, ages, first, more):
    def told(level):
        return forecast(lives, ages, first, first + more, seed=4, runs=100, level=level)

    narrow, wide = told(0.5), told(0.9)

    assert 0 <= wide.low <= narrow.low <= narrow.middle <= narrow.high <= wide.high <= wide.of
    assert (narrow, narrow.chances) == (told(0.5), wide.chances)
    assert narrow.of + narrow.untold == len(ages) == len(narrow.chances)
    assert all(0 <= one <= 1 for one in narrow.chances if one is not None)


@fewer
@given(lives_of(longest=200), st.integers(0, 220), st.integers(1, 120))
def test_chance_has_an_interval_around_it_or_a_reason(lives, age, within):
    found = cumulative_incidence(lives)
    estimate = chances(lives, [age], within, seed=4, runs=100)[age]

    if untold(found, age, within):
        assert estimate is chance(found, age, within) is None
    else:
        assert estimate.chance == chance(found, age, within)
        assert 0 <= estimate.low <= estimate.chance <= estimate.high <= 1
        assert estimate.low < estimate.high

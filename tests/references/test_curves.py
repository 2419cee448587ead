"""Curves of 120 invented portfolios, many with ties, against lifelines and scipy, to nine places."""

import numpy as np
import pytest

from portfolio.flow import incidence as ours
from portfolio.flow.lives import End
from tests.portfolio.flow.invented import REMISSION, invented_lives
from tests.references import libraries

SEEDS = range(120)
NINE_PLACES = 1e-9


def lives_of(seed):
    return invented_lives(seed, (3, 12, 33, 120, 400)[seed % 5]) if seed else REMISSION


def agree(found, expected):
    """Compare shares, and bands where the library has one."""
    for (share, band), (wanted, ends) in zip(found, expected, strict=True):
        assert share == pytest.approx(wanted, abs=NINE_PLACES)
        if ends is not None:
            assert band == pytest.approx(tuple(ends), abs=NINE_PLACES)


@pytest.mark.parametrize("seed", SEEDS)
def test_cumulative_incidence_is_that_of_lifelines(seed):
    lives = lives_of(seed)
    found = ours.cumulative_incidence(lives)

    agree(
        zip(found.arrived, found.arrived_band, strict=True),
        libraries.incidence(lives, End.ARRIVED, found.days),
    )
    agree(
        zip(found.stopped, found.stopped_band, strict=True),
        libraries.incidence(lives, End.STOPPED, found.days),
    )


@pytest.mark.parametrize("end", [End.ARRIVED, End.STOPPED])
@pytest.mark.parametrize("seed", SEEDS)
def test_kaplan_meier_is_that_of_lifelines_and_scipy(seed, end):
    lives = lives_of(seed)
    found = ours.kaplan_meier(lives, end)

    agree(zip(found.over, found.band, strict=True), libraries.kaplan_meier(lives, end, found.days))

    days, shares, bands = libraries.empirical(lives, end)
    for day, share, band in zip(days, shares, bands, strict=True):
        told = found.at(int(day))
        assert told.over == pytest.approx(share, abs=NINE_PLACES)
        if 0 < share < 1 and np.isfinite(band).all():
            assert (told.low, told.high) == pytest.approx(tuple(band), abs=NINE_PLACES)

"""Our numbers against values that lifelines, scipy and numpy made; `make references` keeps those fresh."""

import json
from pathlib import Path

import pytest

from portfolio.flow.incidence import cumulative_incidence, kaplan_meier
from portfolio.flow.lives import End
from portfolio.flow.percentile import percentile
from portfolio.flow.scores import Share

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text())
NINE_PLACES = 1e-9


def agree(found, expected):
    """Compare shares, and bands where the library has one; return how many were compared."""
    assert [share for share, _ in found] == pytest.approx([share for share, _ in expected], abs=NINE_PLACES)
    pairs = [(ours, theirs) for (_, ours), (_, theirs) in zip(found, expected, strict=True) if theirs]
    for ours, theirs in pairs:
        assert ours == pytest.approx(tuple(theirs), abs=NINE_PLACES)
    return len(pairs)


@pytest.mark.parametrize("curves", REFERENCE["curves"], ids=lambda curves: curves["name"])
def test_curves_are_those_of_the_libraries(curves):
    lives = {(day, End(end)): count for day, end, count in curves["lives"]}
    found = cumulative_incidence(lives)
    compared = 0

    for end, shares, bands in (
        (End.ARRIVED, found.arrived, found.arrived_band),
        (End.STOPPED, found.stopped, found.stopped_band),
    ):
        theirs = curves[end.value]
        assert list(found.days) == theirs["days"]
        compared += agree(list(zip(shares, bands, strict=True)), theirs["incidence"])

        alone = kaplan_meier(lives, end)
        assert list(alone.days) == theirs["own_days"]
        compared += agree(list(zip(alone.over, alone.band, strict=True)), theirs["kaplan_meier"])
    assert compared > len(found.days)


def test_percentiles_and_intervals_are_those_of_the_libraries():
    for values, wanted in REFERENCE["percentiles"]:
        assert [percentile(values, percent) for percent in (50, 85, 95)] == wanted
    for hit, of, ends in REFERENCE["wilson"]:
        interval = Share(hit, of).interval
        assert [interval.low, interval.high] == pytest.approx(ends, abs=NINE_PLACES)

import pytest

from portfolio.flow.percentile import percentile
from portfolio.flow.scores import Scored, Share, brier, brier_skill, coverage


def test_coverage_counts_both_ends_in():
    scored = [Scored(2, 5, came) for came in (1, 2, 3, 5, 6)]

    share = coverage(scored)

    assert (share, share.share) == (Share(3, 5), 0.6)
    # R. G. Newcombe, Stat. Med. 17 (1998), 857–872, table I, method 3: 81 of 263.
    wilson = Share(81, 263).interval
    assert (round(wilson.low, 4), round(wilson.high, 4)) == (0.2553, 0.3662)


def test_coverage_of_nothing_is_unknown():
    assert (coverage([]), Share(0, 0).share, Share(0, 0).interval) == (Share(0, 0), None, None)


def test_brier_by_hand():
    # 0.1² + 0.4² + 0.5² + 0 = 0.01 + 0.16 + 0.25
    assert brier([0.9, 0.4, 0.5, 0.0], [True, False, True, False]) == pytest.approx(0.42 / 4)
    assert (brier([1.0], [True]), brier([1.0], [False]), brier([0.5], [True])) == (0.0, 1.0, 0.25)


def test_skill_is_the_part_that_is_better_than_one_chance_for_all():
    came = [True, False, True, False]

    assert brier_skill([1.0, 0.0, 1.0, 0.0], came, [0.5] * 4) == 1.0
    assert brier_skill([0.5] * 4, came, [0.5] * 4) == 0.0
    assert brier_skill([0.0, 1.0, 0.0, 1.0], came, [0.5] * 4) == -3.0
    assert brier_skill([0.2], [False], [0.0]) is None  # nothing is better than perfect


@pytest.mark.parametrize(("chances", "came"), [([], []), ([0.5], []), ([0.5], [True, False])])
def test_scores_want_an_outcome_for_each_chance(chances, came):
    with pytest.raises(ValueError, match="cannot be scored"):
        brier(chances, came)


def test_percentile_is_one_of_the_values():
    values = [3, 5, 8, 13, 21, 34, 55, 89, 144, 233]

    assert [percentile(values, percent) for percent in (1, 10, 11, 50, 85, 95, 100)] == [
        3,
        3,
        5,
        21,
        144,
        233,
        233,
    ]
    assert percentile([7], 50) == 7
    for ascending, percent in (([], 50), ([1], 0), ([1], 101)):
        with pytest.raises(ValueError, match="percentile"):
            percentile(ascending, percent)

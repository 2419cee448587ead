from fractions import Fraction

import pytest

from portfolio.flow.incidence import cumulative_incidence, kaplan_meier
from portfolio.flow.lives import End
from tests.portfolio.flow.invented import REMISSION

A, S, O = End.ARRIVED, End.STOPPED, End.OPEN  # noqa: E741 -- short on purpose, in tables of lives

# The worked example of docs/flow-method.md, by hand. Of n at risk as the day begins:
#   day 10, n = 20: 2 arrive, 2 stop     F = 2/20 = 0.1        S = 2/20 = 0.1     left 0.8
#   day 20, n = 16: 2 are open, so watched no longer
#   day 30, n = 14: 4 arrive             F = 0.1 + 0.8 · 4/14                     left 0.8 · 10/14 = 4/7
#   day 40, n = 10: 2 stop, 2 are open   S = 0.1 + 4/7 · 2/10                     left 4/7 · 8/10 = 16/35
#   day 50, n = 6: 2 arrive              F = 23/70 + 16/35 · 2/6 = 101/210        left 16/35 · 4/6 = 32/105
#   day 60, n = 4: all four are open
WORKED = {
    (10, A): 2,
    (10, S): 2,
    (20, O): 2,
    (30, A): 4,
    (40, S): 2,
    (40, O): 2,
    (50, A): 2,
    (60, O): 4,
}


def near(values):
    return pytest.approx([float(value) for value in values], abs=1e-12)


def test_worked_example_of_the_method():
    found = cumulative_incidence(WORKED)

    assert found.days == (10, 30, 40, 50)
    assert found.arrived == near([Fraction(1, 10), Fraction(23, 70), Fraction(23, 70), Fraction(101, 210)])
    assert found.stopped == near([Fraction(1, 10), Fraction(1, 10), Fraction(3, 14), Fraction(3, 14)])
    assert found.at_risk == (20, 14, 10, 6)
    assert (found.total, found.is_enough, found.last_day, found.longest, found.last_arrival) == (
        20,
        True,
        40,
        60,
        50,
    )
    assert [found.at_risk_on(day) for day in (0, 10, 11, 20, 21, 40, 41, 60, 61)] == [
        *(20, 20, 16, 16, 14),
        *(10, 6, 4, 0),
    ]
    # Open lives of which nobody knows are no failures: 8 of 20 is too little; and 8 of the 12 ended too much.
    alone = kaplan_meier(WORKED)
    assert (alone.days, alone.at_risk) == ((10, 30, 50), (20, 14, 6))
    assert alone.over == near([Fraction(1, 10), Fraction(5, 14), Fraction(4, 7)])
    assert [f"{share:.1%}" for share in (8 / 20, found.arrived[-1], alone.over[-1], 8 / 12)] == [
        "40.0%",
        "48.1%",
        "57.1%",
        "66.7%",
    ]
    at = found.at(50)
    assert [
        f"{share:.1%}" for share in (at.arrived_low, at.arrived_high, at.stopped_low, at.stopped_high)
    ] == [
        "27.2%",
        "74.2%",
        "8.6%",
        "47.7%",
    ]


def test_share_at_a_day_holds_until_the_next_step():
    found = cumulative_incidence(WORKED)

    assert found.at(29).arrived == found.at(10).arrived == found.arrived[0]
    assert (found.at(30).arrived_low, found.at(30).arrived_high) == found.arrived_band[1]
    assert (found.at(30).stopped_low, found.at(30).stopped_high) == found.stopped_band[1]
    assert (found.at(39).at_risk, found.at(41).at_risk) == (10, 6)
    assert (found.at(9_999).arrived, found.at(9_999).at_risk) == (found.arrived[-1], 0)
    assert (found.at(9).arrived, found.at(9).arrived_low, found.at(9).at_risk) == (0.0, 0.0, 20)
    assert (
        found.at(9).arrived_high == found.at(9).stopped_high == pytest.approx(0.1611, abs=1e-4)
    )  # of 20 none


def test_published_remissions_come_out():
    """E. A. Gehan, Biometrika 52 (1965); standard errors and log(−log) limits as R's `survfit` gives them."""
    found = kaplan_meier(REMISSION)

    assert [(day, round(1 - over, 3)) for day, over in zip(found.days, found.over, strict=True)] == [
        (6, 0.857),
        (7, 0.807),
        (10, 0.753),
        (13, 0.690),
        (16, 0.627),
        (22, 0.538),
        (23, 0.448),
    ]
    assert found.at_risk == (21, 17, 15, 12, 11, 7, 6)
    assert [(round(1 - high, 3), round(1 - low, 3)) for low, high in found.band] == [
        (0.620, 0.952),
        (0.563, 0.923),
        (0.503, 0.889),
        (0.432, 0.849),
        (0.368, 0.805),
        (0.268, 0.747),
        (0.188, 0.680),
    ]


def test_first_published_product_limit_comes_out():
    """E. L. Kaplan and P. Meier, J. Am. Stat. Assoc. 53 (1958), the eight of its section 1, in tenths."""
    died, lost = (8, 31, 54, 92), (10, 27, 70, 121)
    found = kaplan_meier({**{(day, A): 1 for day in died}, **{(day, O): 1 for day in lost}})

    assert found.days == died
    assert [1 - over for over in found.over] == near(
        [Fraction(7, 8), Fraction(7, 10), Fraction(21, 40), Fraction(21, 80)]
    )


def test_without_stops_both_curves_and_bands_are_one():
    both, alone = cumulative_incidence(REMISSION), kaplan_meier(REMISSION)

    assert both.days == alone.days
    assert both.arrived == near(alone.over)
    for ours, theirs in zip(both.arrived_band, alone.band, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-12)


def test_stops_of_a_kind_of_their_own_can_be_waited_for():
    found = kaplan_meier(WORKED, S)

    assert found.days == (10, 40)
    assert found.over == near([Fraction(1, 10), 1 - Fraction(9, 10) * Fraction(8, 10)])
    with pytest.raises(ValueError, match="has not ended"):
        kaplan_meier(WORKED, O)


# --- Where there is little or nothing to count ----------------------------------------


def test_nobody_makes_a_curve_that_knows_nothing():
    both, alone = cumulative_incidence({}), kaplan_meier({})

    assert (both.days, both.total, both.is_enough, both.last_day, both.last_arrival) == (
        (),
        0,
        False,
        0,
        None,
    )
    assert (both.at(5).arrived, both.at(5).arrived_low, both.at(5).arrived_high) == (0.0, 0.0, 1.0)
    assert (alone.days, alone.at(5).high, alone.day_by(50)) == ((), 1.0, None)


def test_nobody_arrived_is_told_as_how_many_it_could_be():
    """Everybody is open, or stopped: the share is 0, and how high it may be grows as fewer are known."""
    everybody_open = cumulative_incidence({(30, O): 12, (60, O): 8})
    assert everybody_open.days == ()
    assert everybody_open.at(20).arrived_high == pytest.approx(0.1611, abs=1e-4)  # none of 20
    assert everybody_open.at(40).arrived_high == pytest.approx(0.3244, abs=1e-4)  # none of 8
    assert everybody_open.at(61).arrived_high == 1.0

    stopped = cumulative_incidence({(5, S): 10, (9, S): 10})
    assert (stopped.arrived, stopped.stopped, stopped.last_arrival) == ((0.0, 0.0), (0.5, 1.0), None)
    # Those that stopped before are known not to have arrived, so they count among the 20.
    assert [high for _, high in stopped.arrived_band] == pytest.approx([0.1611, 0.1611], abs=1e-4)


def test_all_on_the_day_they_began():
    found = cumulative_incidence({(0, A): 20})

    assert (found.days, found.arrived, found.stopped, found.last_day) == ((0,), (1.0,), (0.0,), 0)
    assert found.arrived_band == (pytest.approx((0.8389, 1.0), abs=1e-4),)  # all of 20
    assert kaplan_meier({(0, A): 20}).band == found.arrived_band

    mixed = cumulative_incidence({(0, A): 6, (0, S): 3, (0, O): 11})
    assert (mixed.arrived, mixed.stopped) == ((0.3,), (0.15,))


@pytest.mark.parametrize("end", list(End))
def test_one_life(end):
    found, alone = cumulative_incidence({(7, end): 1}), kaplan_meier({(7, end): 1})

    assert found.arrived == ((1.0,) if end is A else (0.0,) if end is S else ())
    assert found.stopped == ((1.0,) if end is S else (0.0,) if end is A else ())
    assert alone.over == ((1.0,) if end is A else ())
    assert (found.is_enough, found.last_day) == (False, 0)
    assert all(0 <= low <= high <= 1 for low, high in (*found.arrived_band, *found.stopped_band, *alone.band))


def test_last_at_risk_takes_the_curve_to_the_end_and_the_low_end_stays():
    found = kaplan_meier({(1, A): 5, (2, O): 4, (3, A): 1})

    assert found.over == (0.5, 1.0)
    assert found.band[1] == (found.band[0][0], 1.0)
    both = cumulative_incidence({(1, A): 5, (2, S): 4, (3, A): 1})
    assert both.arrived == near([0.5, 0.5, 0.6])
    # Nobody was censored, so it is the share 6 of 10 with its binomial variance.
    assert both.arrived_band[2] == pytest.approx((0.3298, 0.8773), abs=1e-4)


@pytest.mark.parametrize("each", [1, 2, 3, 7])
def test_all_that_arrived_are_all_whatever_rounding_says(each):
    for longest in range(2, 60):
        found = cumulative_incidence({(day, A): each for day in range(longest)})

        assert (found.arrived[-1], found.arrived_band[-1]) == (1.0, (found.arrived_band[-2][0], 1.0))


def test_a_day_is_told_where_ten_were_at_risk():
    lives = {(day, A): 1 for day in range(1, 21)}
    found = kaplan_meier(lives)

    assert (found.day_by(5), found.day_by(50), found.day_by(55), found.day_by(60)) == (1, 10, 11, None)
    assert found.last_day == cumulative_incidence(lives).last_day == 11
    assert kaplan_meier(dict.fromkeys(lives, 10)).day_by(85) == 17

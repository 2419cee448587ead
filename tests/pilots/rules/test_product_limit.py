import pytest

from pilots.rules.product_limit import Step, day_by, product_limit


def test_ends_come_before_those_no_longer_watched_and_a_day_is_one_step():
    # Day 3: two of four end, one is watched no longer but was at risk. Day 5: the last one ends.
    lasted = {(3, True): 2, (3, False): 1, (5, True): 1}

    assert list(product_limit(lasted)) == [Step(3, 2, 4, 1.0, 0.5), Step(5, 1, 1, 0.5, 0.0)]


@pytest.mark.parametrize(
    "lasted", [{}, {(3, False): 4}, {(3, True): 0}], ids=["nobody", "nobody-ended", "none-of-it"]
)
def test_where_nobody_ended_there_is_no_step(lasted):
    assert list(product_limit(lasted)) == []


def test_day_by_is_told_while_ten_are_at_risk():
    days, over, at_risk = (4, 8, 9), (0.25, 0.5 - 1e-12, 0.85), (40, 10, 9)

    assert [day_by(percent, days, over, at_risk) for percent in (20, 25, 50, 51, 86)] == [4, 4, 8, None, None]

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.money.roi import (
    Growth,
    a_month,
    cost_growth,
    cost_of_delay,
    months_covered,
    payback_month,
    roi,
    verified_share,
)

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))
SEP, OCT = date(2026, 9, 1), date(2026, 10, 1)
TODAY = date(2026, 11, 18)
AMOUNTS = st.decimals(0, 10**15, places=2)


@pytest.mark.parametrize(
    ("verified", "cost", "found"),
    [
        pytest.param("125", "100", "0.25", id="gain"),
        pytest.param("100", "100", "0", id="even"),
        pytest.param("0", "100", "-1", id="nothing-verified"),
        pytest.param("100", "0", None, id="no-cost"),
        pytest.param("0", "0", None, id="nothing"),
    ],
)
def test_roi(verified, cost, found):
    assert roi(Decimal(verified), Decimal(cost)) == (None if found is None else Decimal(found))


def test_verified_share_is_of_what_is_still_claimed():
    assert verified_share(Decimal(40000), Decimal(120000)) == Decimal("0.25")
    assert verified_share(Decimal(0), Decimal(80000)) == 0
    assert verified_share(Decimal(80000), Decimal(0)) == 1
    assert verified_share(Decimal(0), Decimal(0)) is None


@given(AMOUNTS, AMOUNTS)
def test_a_share_lies_between_nothing_and_all(verified, unchecked):
    share = verified_share(verified, unchecked)

    assert share is None if verified + unchecked == 0 else 0 <= share <= 1


def test_payback_is_the_first_month_that_makes_up_for_the_cost():
    costs = {JAN: Fraction(100), FEB: Fraction(20)}

    assert payback_month({FEB: Fraction(60), MAR: Fraction(60)}, costs) == MAR
    assert payback_month({FEB: Fraction(60), MAR: Fraction(59)}, costs) is None
    assert payback_month({JAN: Fraction(100)}, costs) == JAN
    assert payback_month({JAN: Fraction(100)}, {}) is None
    assert payback_month({JAN: Fraction(100)}, {MAR: Fraction(50)}) == MAR


def test_waiting_costs_the_expected_benefit_of_its_days():
    assert cost_of_delay(Decimal(20000), 61) == Decimal("40078.84")  # S0-25
    assert cost_of_delay(Decimal(20000), 0) == 0


@pytest.mark.parametrize(
    ("periods", "months"),
    [
        pytest.param([(date(2026, 1, 1), date(2026, 12, 31))], 12, id="year"),
        pytest.param([(date(2026, 2, 1), date(2026, 2, 28))], 1, id="short-month"),
        pytest.param(
            [(date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 2, 28))], 2, id="two"
        ),
        pytest.param(
            [(date(2026, 1, 1), date(2026, 6, 30)), (date(2026, 3, 1), date(2026, 4, 30))], 6, id="inside"
        ),
        pytest.param([(date(2026, 4, 16), date(2026, 5, 31))], Fraction(3, 2), id="half"),
        pytest.param([], 0, id="none"),
    ],
)
def test_months_covered_counts_days_once(periods, months):
    assert months_covered(periods) == months


def test_an_amount_by_the_month_is_not_known_for_no_time():
    assert a_month(Decimal(240000), Fraction(12)) == Decimal("20000.00")
    assert a_month(Decimal(100), Fraction(3)) == Decimal("33.33")
    assert a_month(Decimal(100), Fraction(0)) is None


def test_cost_grows_faster_than_use():
    found = cost_growth(
        {SEP: Decimal(100), OCT: Decimal(500)}, {SEP: Decimal(1), OCT: Decimal(2)}, today=TODAY
    )

    assert found == Growth(OCT, cost=Decimal(4), volume=Decimal(1))  # S2-21: five times for twice
    assert (found.ratio, found.exceeds(Decimal("1.5")), found.exceeds(Decimal(4))) == (4, True, False)


def test_cost_that_grows_without_use_is_more_than_any_number():
    steady = {SEP: Decimal(10), OCT: Decimal(10)}
    growing = {SEP: Decimal(10), OCT: Decimal(11)}

    assert cost_growth(growing, steady, today=TODAY).ratio is None
    assert cost_growth(growing, steady, today=TODAY).exceeds(Decimal(1000))
    assert not cost_growth(steady, steady, today=TODAY).exceeds(Decimal(1))


@pytest.mark.parametrize(
    ("costs", "volumes"),
    [
        pytest.param({OCT: Decimal(5)}, {SEP: Decimal(1), OCT: Decimal(2)}, id="month-missing"),
        pytest.param({SEP: Decimal(0), OCT: Decimal(5)}, {SEP: Decimal(1), OCT: Decimal(2)}, id="from-zero"),
        pytest.param({SEP: Decimal(1), OCT: Decimal(5)}, {}, id="no-volume"),
        pytest.param(
            {OCT: Decimal(1), date(2026, 11, 1): Decimal(5)},
            {SEP: Decimal(1), OCT: Decimal(2)},
            id="not-whole",
        ),
    ],
)
def test_growth_is_not_known_without_two_whole_months(costs, volumes):
    assert cost_growth(costs, volumes, today=TODAY) is None

"""What holds of attainment and noise for every number that Headway can hold."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kpis.attainment import attainment, drop, improvement, is_better
from kpis.noise import difference_interval, difference_within_noise, rate_interval
from kpis.oneline import fits

NUMBERS = st.decimals(
    min_value=Decimal("-1e9"), max_value=Decimal("1e9"), places=6, allow_nan=False, allow_infinity=False
).filter(fits)
COUNTS = st.integers(min_value=1, max_value=10_000_000)
CLOSE = Decimal("1e-40")  # of the 60 digits kept, the last may differ by rounding


def nearly(one, other):
    with localcontext(prec=60):
        return abs(one - other) <= CLOSE * max(abs(one), abs(other), 1)


@st.composite
def rates(draw):
    """Draw a rate as it comes about: some of the cases."""
    cases = draw(COUNTS)
    return Decimal(draw(st.integers(min_value=0, max_value=cases))) / cases, cases


@given(actual=NUMBERS, baseline=NUMBERS, target=NUMBERS)
def test_mirroring_all_signs_leaves_attainment(actual, baseline, target):
    assert attainment(actual, baseline=baseline, target=target) == attainment(
        -actual, baseline=-baseline, target=-target
    )


@given(actual=NUMBERS, baseline=NUMBERS, low=NUMBERS, high=NUMBERS)
def test_mirroring_a_range_leaves_attainment(actual, baseline, low, high):
    assume(low < high)

    assert attainment(actual, baseline=baseline, target=high, low=low) == attainment(
        -actual, baseline=-baseline, target=-low, low=-high
    )


@given(baseline=NUMBERS, target=NUMBERS)
def test_the_target_is_one_and_the_baseline_zero(baseline, target):
    assume(baseline != target)

    assert attainment(target, baseline=baseline, target=target) == 1
    assert attainment(baseline, baseline=baseline, target=target) == 0


@given(actual=NUMBERS, same=NUMBERS)
def test_equal_baseline_and_target_have_none(actual, same):
    assert attainment(actual, baseline=same, target=same) is None


@given(one=NUMBERS, other=NUMBERS, baseline=NUMBERS, target=NUMBERS)
def test_nearer_to_the_target_is_never_less(one, other, baseline, target):
    assume(baseline != target and one != other)
    direction = "higher" if target > baseline else "lower"

    more = attainment(one, baseline=baseline, target=target) > attainment(
        other, baseline=baseline, target=target
    )

    assert more is is_better(one, other, direction=direction)


@given(one=NUMBERS, other=NUMBERS, baseline=NUMBERS, low=NUMBERS, high=NUMBERS)
def test_nearer_to_a_range_is_never_less(one, other, baseline, low, high):
    assume(low < high and not low <= baseline <= high)

    more = attainment(one, baseline=baseline, target=high, low=low) > attainment(
        other, baseline=baseline, target=high, low=low
    )

    assert more is is_better(one, other, direction="range", low=low, high=high)


@given(actual=NUMBERS, baseline=NUMBERS, target=NUMBERS, shift=NUMBERS)
def test_another_zero_leaves_attainment(actual, baseline, target, shift):
    assume(baseline != target)

    assert attainment(actual + shift, baseline=baseline + shift, target=target + shift) == attainment(
        actual, baseline=baseline, target=target
    )


@given(actual=NUMBERS, baseline=NUMBERS, target=NUMBERS, factor=st.sampled_from([60, 1000, -1, -7]))
def test_another_unit_leaves_attainment(actual, baseline, target, factor):
    assume(baseline != target)

    assert nearly(
        attainment(actual * factor, baseline=baseline * factor, target=target * factor),
        attainment(actual, baseline=baseline, target=target),
    )


@given(new=NUMBERS, old=NUMBERS)
def test_improvement_and_drop_change_sign_with_the_direction(new, old):
    assume(old != 0)

    assert improvement(new, old, "higher") == improvement(new, old, "lower").copy_negate()
    assert drop(new, old, "higher") == drop(new, old, "lower").copy_negate() == drop(old, new, "lower")


@given(rate=rates())
def test_an_interval_holds_its_rate(rate):
    share, cases = rate
    low, high = rate_interval(share, cases)

    assert 0 <= low <= share <= high <= 1


@given(old=rates(), new=rates())
def test_noise_is_the_same_both_ways(old, new):
    there, back = difference_interval(*new, *old), difference_interval(*old, *new)

    assert (there.low, there.high) == (back.high.copy_negate(), back.low.copy_negate())
    assert difference_within_noise(*old, *new) is difference_within_noise(*new, *old)


@given(rate=rates())
def test_no_difference_is_noise(rate):
    assert difference_within_noise(*rate, *rate) is True


@pytest.mark.parametrize("unknown", ["actual", "target"])
def test_unknown_stays_unknown(unknown):
    numbers = {"actual": Decimal(1), "baseline": Decimal(0), "target": Decimal(2)} | {unknown: None}

    assert attainment(**numbers) is None

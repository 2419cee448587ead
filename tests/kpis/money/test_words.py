"""Amounts as people read them."""

from decimal import Decimal

import pytest

from kpis.money.words import about


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("91893.41", "about EUR 92,000"),
        ("18282.55", "about EUR 18,000"),
        ("2600", "about EUR 2,600"),
        ("2649.99", "about EUR 2,600"),
        ("7.4", "about EUR 7"),
        ("0", "about EUR 0"),
        ("99500", "about EUR 100,000"),
    ],
)
def test_estimate_is_said_to_two_digits(amount, words):
    assert about(Decimal(amount), "EUR") == words

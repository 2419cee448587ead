import pytest

from portfolio.exchange.reading.numerals import is_long, number_text, percent, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("7", "7"),
        ("007", "7"),
        ("-0.50", "-0.5"),
        ("1E+3", "1000"),
        ("1.5E-3", "0.0015"),
        ("9" * 40, "9" * 40),
        ("1E+999999999", "1E+999999999"),
        ("NaN", "NaN"),
        ("seven", "seven"),
    ],
)
def test_plain(text, shown):
    assert plain(text) == shown


@pytest.mark.parametrize(("number", "shown"), [(1e300, "1" + "0" * 300), (float("inf"), "inf"), (-0.0, "0")])
def test_numbers_at_the_edges(number, shown):
    assert number_text(number) == shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123456789012345", False),
        ("1234567890123456", True),
        ("-1234567890123456", True),
        ("1.234567890123457E+19", True),
        ("0.30000000000000004", False),
        ("1234567890.1234567", False),
        ("a long text of words", False),
    ],
)
def test_whole_numbers_beyond_15_digits_are_long(text, expected):
    assert is_long(text) is expected


@pytest.mark.parametrize(("text", "shown"), [("0.285", "28.5%"), ("1", "100%"), ("-0.1", "-10%"), ("?", "?")])
def test_percent(text, shown):
    assert percent(text) == shown

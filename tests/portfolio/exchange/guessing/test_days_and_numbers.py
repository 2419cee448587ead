import pytest

from portfolio.exchange.cells import ShortMonth, Slashes
from portfolio.exchange.choices import Decimal
from portfolio.exchange.guessing.contents import Contents
from portfolio.exchange.guessing.dates import guess_dates
from portfolio.exchange.guessing.numbers import guess_decimal
from portfolio.exchange.guessing.profiles import profiles
from portfolio.exchange.workbook import Row


def column(*texts, key="Go live"):
    """Return a column of these cells, the first of them in line 2."""
    rows = [Row(line, (text,)) for line, text in enumerate(texts, 2)]
    return Contents(profiles((key,), rows)[0], len(rows))


def guess(*texts):
    days = column(*texts)
    return guess_dates([days], [days])


@pytest.mark.parametrize(
    ("texts", "slashes"),
    [
        (["25/3/2024", "3/4/2024"], Slashes.DAY_FIRST),
        (["3/25/2024", "3/4/2024"], Slashes.MONTH_FIRST),
        (["3/25/2024 0:00"], Slashes.MONTH_FIRST),
        (["3/4/2024"], None),
        (["3/3/2024"], None),
        (["25.3.2024"], Slashes.DAY_FIRST),
        (["3.4.2024"], Slashes.DAY_FIRST),
        (["3.4.2024", "3/4/2024"], None),
        (["25/3/2024", "3/25/2024"], None),
        (["7/16/1905", "3/4/2024"], None),
        (["45/45/2024"], None),
        (["2024-03-25"], None),
    ],
)
def test_what_proves_the_order_of_day_and_month(texts, slashes):
    assert guess(*texts).style.slashes == slashes


def test_an_order_nothing_proves_is_asked_with_an_example():
    assert [doubt.says for doubt in guess("2024-03-25", "03/04/2024").doubts] == [
        "“03/04/2024” in line 3: 3 April or 4 March 2024? Nothing in the file proves it; please choose."
    ]


def test_another_column_with_days_bears_witness_but_its_numbers_are_no_days():
    days = column("3/4/2024")
    witness = column("25/3/2024", "45292", key="Updated")

    found = guess_dates([days, witness], [days])

    assert found.style.slashes is Slashes.DAY_FIRST
    assert found.style.serials is False


@pytest.mark.parametrize(
    ("texts", "short_months"),
    [
        (["Jul-98"], {ShortMonth.YEAR_LAST}),
        (["98-Jul"], {ShortMonth.YEAR_FIRST}),
        (["Jul-25", "2024-05-01"], {ShortMonth.YEAR_LAST}),
        (["Jul-25", "Jul-12", "2024-05-01"], set()),
        (["Jul-25"], set()),
        (["22-Jul", "2022-05-01"], set()),
        (["12-foo"], set()),
    ],
)
def test_what_proves_where_the_year_stands(texts, short_months):
    assert guess(*texts).style.short_months == short_months


@pytest.mark.parametrize(
    ("text", "is_serial"), [("45292", True), ("12345", False), ("99999", False), ("2024", False)]
)
def test_numbers_that_are_days_as_spreadsheets_count_them(text, is_serial):
    assert guess(text).style.serials is is_serial


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("7/16/1905", "looks like a year that a spreadsheet turned into a serial number"),
        ("ongoing", "is no date that can be read"),
        ("2024-01-02; 2024-03-04", "names more than one date"),
        ("12/Jan/25 9:41 AM", "is no date that can be read"),
        ("Q4FY25", "is a quarter of a fiscal year"),
    ],
)
def test_cells_that_stay_unknown_are_told(text, says):
    found = guess("3/25/2024", text, text)

    assert [says in doubt.says for doubt in found.doubts] == [True]


@pytest.mark.parametrize(
    ("texts", "decimal"),
    [
        (["14,5", "9"], Decimal.COMMA),
        (["14.5"], Decimal.POINT),
        (["1.234,5"], Decimal.COMMA),
        (["1,234.5"], Decimal.POINT),
        (["1.234.567"], Decimal.COMMA),
        (["1,234,567"], Decimal.POINT),
        (["Time 14,5 → 9 min"], Decimal.COMMA),
        (["1,234"], None),
        (["14,5", "14.5"], None),
        (["14", "9 %"], None),
    ],
)
def test_what_proves_the_sign_of_decimals(texts, decimal):
    assert guess_decimal([column(*texts)])[0] == decimal


def test_decimals_in_doubt_name_their_cells():
    both = guess_decimal([column("14,5", "14.5")])[1]
    neither = guess_decimal([column("1.234")])[1]

    assert (
        both[0].says == "“14,5” in line 2 has a decimal comma, “14.5” in line 3 a decimal point. Choose one."
    )
    assert neither[0].says.startswith("“1.234” in line 2: thousands or decimals?")

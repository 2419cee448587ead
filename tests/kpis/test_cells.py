"""Numbers in cells: read as they are meant, or refused; never another number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.cells import kpi_from_cells
from kpis.oneline import DECIMALS, WHOLE_DIGITS, Direction, KpiLine, UnreadableKpi, fits

numbers = st.decimals(
    min_value=-(10**WHOLE_DIGITS) + 1, max_value=10**WHOLE_DIGITS - 1, places=DECIMALS, allow_nan=False
).filter(fits)
GROUPS = [",", ".", " ", "\u00a0", "\u202f", "'", "’"]


def read(target, baseline="", unit="", decimal_comma=None):
    return kpi_from_cells("Handling time", baseline, target, unit, decimal_comma=decimal_comma)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("9", "9"),
        ("9.5", "9.5"),
        ("9,5", "9.5"),
        ("0,125", "0.125"),
        ("-3", "-3"),
        ("\u22123", "-3"),
        ("+3", "3"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1,234,567", "1234567"),
        ("1 234 567,25", "1234567.25"),
        ("1'234", "1234"),
        ("1234,567", "1234.567"),
        ("1.2340", "1.234"),
    ],
)
def test_number_that_reads_in_one_way_is_read(target, expected):
    assert {read(target, decimal_comma=comma).target for comma in (None, True, False)} == {Decimal(expected)}


@pytest.mark.parametrize(
    ("target", "with_comma", "with_point"), [("1,234", "1.234", 1234), ("1.234", 1234, "1.234")]
)
def test_number_that_reads_in_two_ways_is_refused_unless_the_sheet_says(target, with_comma, with_point):
    assert read(target, decimal_comma=True).target == Decimal(with_comma)
    assert read(target, decimal_comma=False).target == Decimal(with_point)
    with pytest.raises(UnreadableKpi, match=r"can be read in two ways. Write 1234, or 1.2340"):
        read(target)


@pytest.mark.parametrize(
    ("baseline", "target", "unit", "expected"),
    [
        ("14", "9", "min", "min"),
        ("14", "9 min", "", "min"),
        ("14 min", "9", "", "min"),
        ("14 min", "9 Min", "min", "min"),
        ("", "12 %", "", "%"),
        ("", "12%", "", "%"),
        ("", "€ 12", "", "€"),
        ("", "12.50 EUR", "", "EUR"),
        ("", "3 per 100 claims", "", "per 100 claims"),
        ("", "40 kg/m2", "", "kg/m2"),
    ],
)
def test_unit_may_stand_beside_either_number(baseline, target, unit, expected):
    assert read(target, baseline, unit).unit == expected


@pytest.mark.parametrize("baseline", ["", " ", "?", "unknown", "Not known.", "n/a", "-"])
def test_blank_baseline_is_one_nobody_knows(baseline):
    assert read("9 min", baseline) == KpiLine("Handling time", None, Decimal(9), "min", None)


def test_direction_follows_from_the_numbers():
    assert [read(target, "14").direction for target in ("9", "20")] == [Direction.LOWER, Direction.HIGHER]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (("", "14", "9", ""), "needs a name"),
        (("Handling time", "14", "", "min"), "needs a target"),
        (("Handling time", "14", "unknown", "min"), "needs a target"),
        (("Handling time", "14", "14.0", "min"), "nothing would move"),
        (("Handling time", "14 h", "9 min", ""), "“min” in one cell and “h” in another"),
        (("Handling time", "", "9 min", "hours"), "“hours” in one cell and “min” in another"),
        (("Handling time", "", "10-15", ""), "is not one number"),
        (("Handling time", "", "10 to 15 min", ""), "is not one number"),
        (("Handling time", "", "14 → 9", ""), "is not one number"),
        (("Handling time", "", ">90 %", ""), "is not one number"),
        (("Handling time", "", "€ 9 min", ""), "is not one number"),
        (("Handling time", "", "1,23,456", ""), "is not one number"),
        (("Handling time", "", "1 2 3", ""), "is not one number"),
        (("Handling time", "", "12.5,", ""), "is not one number"),
        (("Handling time", "", "NaN", ""), "is not one number"),
        (("Handling time", "", "1e5", ""), "is not one number"),
        (("Handling time", "", "٩", ""), "is not one number"),
        (("Handling time", "", "2k", ""), "short for a longer number"),
        (("Handling time", "", "2 Mio.", ""), "short for a longer number"),
        (("Handling time", "", "9" * 40, ""), "at most 14 digits before the point"),
        (("Handling time", "", "0.1234567", ""), "at most 14 digits before the point"),
        (("Handling time", "", "9", "x" * 41), "unit of a KPI has at most 40"),
        (("x" * 201, "", "9", ""), "name of a KPI has at most 200"),
    ],
)
def test_cells_that_state_no_kpi_are_refused_in_words(cells, sentence):
    with pytest.raises(UnreadableKpi, match=sentence):
        kpi_from_cells(*cells, decimal_comma=None)


def outcome(*cells, **sheet):
    """Return the KPI that is read, or the sentence with which it is refused."""
    try:
        return read(*cells, **sheet)
    except UnreadableKpi as refusal:
        return str(refusal)


@given(numbers, st.sampled_from(GROUPS), st.booleans(), st.booleans())
def test_number_written_as_people_write_it_is_read_back_or_refused(number, group, comma, is_told):
    sign = "," if comma else "."
    whole, _, decimals = f"{number:,f}".rstrip("0").partition(".")
    written = whole.replace(",", group if group != sign else "") + (f"{sign}{decimals}" if decimals else "")

    read_as = outcome(written, decimal_comma=comma if is_told else None)

    if is_told or isinstance(read_as, KpiLine):
        assert read_as.target == number
    else:
        assert "two ways" in read_as


@given(
    *[st.text(max_size=12) | st.text("0123456789.,' -+%k€", max_size=12)] * 3,
    st.sampled_from([None, True, False]),
)
def test_whatever_stands_in_a_cell_ends_in_a_kpi_or_a_sentence(baseline, target, unit, comma):
    read_as = outcome(target, baseline, unit, decimal_comma=comma)

    if isinstance(read_as, KpiLine):
        assert fits(read_as.target)
        assert read_as.target != read_as.baseline
    else:
        assert read_as.endswith(".")

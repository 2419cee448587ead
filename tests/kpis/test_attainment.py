"""Attainment and noise by the tables of docs/kpi-method.md, which are read here and run."""

import re
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import pytest

from kpis.attainment import attainment, breaches, drop, improvement, is_better, percent
from kpis.noise import (
    difference_interval,
    difference_within_noise,
    is_per_cent,
    rate_interval,
    share_of,
)

METHOD = Path(__file__).parents[2] / "docs" / "kpi-method.md"


def rows_under(head):
    """Return the rows of the table whose head begins so, as lists of cells."""
    lines = iter(METHOD.read_text().splitlines())
    assert any(line.startswith(head) for line in lines), f"docs/kpi-method.md has no table {head}"
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def number(cell):
    return Decimal(cell) if cell else None


def quotient(cell):
    """Return the exact value of “12/17” as the decimal nearest to it, of 60 digits."""
    if not cell:
        return None
    exact = Fraction(cell)
    with localcontext(prec=60):
        return Decimal(exact.numerator) / exact.denominator


WORKED = rows_under("| Case | Actual |")
PUBLISHED = rows_under("| Rates | Estimate |")


def test_the_worked_table_covers_every_way():
    assert len(WORKED) == len({row[0] for row in WORKED}) == 26
    assert len(PUBLISHED) == 5


@pytest.mark.parametrize("row", WORKED, ids=lambda row: row[0])
def test_attainment_is_as_the_document_says(row):
    _, actual, baseline, low, target, expected, shown = row

    found = attainment(number(actual), baseline=number(baseline), target=number(target), low=number(low))

    assert found == quotient(expected)
    assert ("" if found is None else percent(found)) == shown


def test_attainment_is_exact_where_floats_and_short_contexts_are_not():
    with localcontext(prec=3):
        found = attainment(
            Decimal("10000000000000.000002"),
            baseline=Decimal("10000000000000.000001"),
            target=Decimal("10000000000000.000005"),
        )

    assert found == Decimal("0.25")


@pytest.mark.parametrize(
    ("new", "old", "direction", "better"),
    [
        (9, 14, "lower", True),
        (14, 14, "lower", False),
        (14, 9, "lower", False),
        (88, 71, "higher", True),
        (71, 88, "higher", False),
        (50, 55, "range", True),
        (17, 50, "range", True),
        (25, 30, "range", False),
        (None, 14, "lower", None),
        (14, None, "higher", None),
        (14, 9, "", None),
    ],
)
def test_is_better_knows_each_direction(new, old, direction, better):
    found = is_better(number(new), number(old), direction=direction, low=Decimal(20), high=Decimal(40))

    assert found is better


def test_is_better_cannot_tell_without_the_range():
    assert is_better(Decimal(1), Decimal(2), direction="range") is None


@pytest.mark.parametrize(
    ("new", "old", "direction", "expected"),
    [
        ("83", "80", "higher", "0.0375"),
        ("9", "12", "lower", "0.25"),
        ("15", "12", "lower", "-0.25"),
        ("-5", "-10", "higher", "0.5"),
        ("-10", "-5", "higher", "-1"),
        ("1", "0", "higher", None),
        ("1", None, "higher", None),
        (None, "1", "lower", None),
        ("30", "50", "range", None),
    ],
)
def test_improvement_is_relative_and_positive_when_better(new, old, direction, expected):
    assert improvement(number(new), number(old), direction) == number(expected)


@pytest.mark.parametrize(
    ("demo", "real", "direction", "expected"),
    [
        ("95", "70", "higher", "25"),
        ("9", "12.5", "lower", "3.5"),
        ("70", "72", "higher", "-2"),
        ("95", None, "higher", None),
        (None, "70", "higher", None),
        ("95", "70", "range", None),
        ("95", "70", "", None),
    ],
)
def test_drop_is_in_the_kpis_unit_and_positive_when_worse(demo, real, direction, expected):
    assert drop(number(demo), number(real), direction) == number(expected)


@pytest.mark.parametrize(
    ("value", "threshold", "direction", "expected"),
    [
        ("79.9", "80", "higher", True),
        ("80", "80", "higher", False),
        ("2.1", "2", "lower", True),
        ("2", "2", "lower", False),
        ("1", "2", "range", None),
        (None, "2", "lower", None),
        ("2", None, "lower", None),
    ],
)
def test_breaches_accepts_the_threshold_itself(value, threshold, direction, expected):
    assert breaches(number(value), threshold=number(threshold), direction=direction) is expected


@pytest.mark.parametrize(
    ("share", "shown"),
    [("0.615", "62 %"), ("0.625", "62 %"), ("-0.004", "0 %"), ("-1.5", "−150 %"), ("12.34", "1,234 %")],
)
def test_percent_rounds_for_display_only(share, shown):
    assert percent(Decimal(share)) == shown


def test_percent_has_more_places_where_asked():
    assert percent(Decimal("-0.03756"), places=1) == "−3.8 %"


# --- Noise ---------------------------------------------------------------------------


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row[0])
def test_intervals_are_as_published(row):
    rates, estimate, low, high = row
    counts = [int(count) for count in re.findall("[0-9]+", rates)]
    shares = [Decimal(hits) / of for hits, of in zip(counts[::2], counts[1::2], strict=True)]

    if len(shares) == 1:
        found, middle = rate_interval(shares[0], counts[1]), shares[0]
    else:
        found = difference_interval(shares[0], counts[1], shares[1], counts[3])
        middle = shares[0] - shares[1]

    assert [f"{value:.4f}" for value in (middle, *found)] == [estimate, low, high]


@pytest.mark.parametrize(
    ("old", "old_cases", "new", "new_cases", "expected"),
    [
        pytest.param("0.60", 80, "0.80", 70, False, id="newcombe-1998"),
        pytest.param("0.83", 400, "0.85", 400, True, id="two points of 400"),
        pytest.param("0.83", 40_000, "0.85", 40_000, False, id="two points of 40,000"),
        pytest.param("0", 20, "0", 20, True, id="none at all"),
        pytest.param("0.83", None, "0.85", 400, None, id="cases not known"),
        pytest.param("0.83", 400, "0.85", 0, None, id="no case"),
        pytest.param(None, 400, "0.85", 400, None, id="no rate"),
        pytest.param("1.83", 400, "0.85", 400, None, id="beyond one"),
    ],
)
def test_a_difference_is_noise_or_not_or_not_known(old, old_cases, new, new_cases, expected):
    assert difference_within_noise(number(old), old_cases, number(new), new_cases) is expected


@pytest.mark.parametrize("unit", ["%", " % ", "Percent", "per  cent", "pct", "% of claims"])
def test_a_rate_is_in_per_cent(unit):
    assert is_per_cent(unit)
    assert share_of(Decimal("83.5"), unit) == Decimal("0.835")


@pytest.mark.parametrize(
    ("value", "unit"), [("83", "min"), ("83", "percentage points"), ("101", "%"), ("-1", "%"), (None, "%")]
)
def test_what_is_no_rate_has_no_share(value, unit):
    assert share_of(number(value), unit) is None

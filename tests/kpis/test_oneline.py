from decimal import Decimal

import pytest

from kpis.oneline import Direction, KpiLine, UnreadableKpi, read_kpi


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Handling time 14 → 9 min",
            KpiLine("Handling time", Decimal(14), Decimal(9), "min", Direction.LOWER),
        ),
        (
            "Handling time 14 -> 9 min",
            KpiLine("Handling time", Decimal(14), Decimal(9), "min", Direction.LOWER),
        ),
        (
            "Right queue: 71 % to 88 %",
            KpiLine("Right queue", Decimal(71), Decimal(88), "%", Direction.HIGHER),
        ),
        (
            "Cost per claim 12,50 => 9.75 EUR",
            KpiLine("Cost per claim", Decimal("12.50"), Decimal("9.75"), "EUR", Direction.LOWER),
        ),
        ("Balance -3 → 2", KpiLine("Balance", Decimal(-3), Decimal(2), "", Direction.HIGHER)),
        ("Top 10 hits 4 → 9", KpiLine("Top 10 hits", Decimal(4), Decimal(9), "", Direction.HIGHER)),
        ("Handling time ? → 9 min", KpiLine("Handling time", None, Decimal(9), "min", None)),
        ("not agreed yet", None),
        ("", None),
    ],
)
def test_read_kpi_reads_one_line(text, expected):
    assert read_kpi(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("faster handling", "cannot find a name and two numbers"),
        ("14 → 9", "cannot find a name and two numbers"),
        ("Handling time 9 → 9 min", "Baseline and target are the same"),
        ("Handling time 14 → " + "9" * 40, "at most 14 digits before the point"),
        ("Handling time NaN → 9", "cannot find a name and two numbers"),
        ("x" * 5000, "cannot find a name and two numbers"),
    ],
)
def test_read_kpi_refuses_rather_than_guesses(text, reason):
    with pytest.raises(UnreadableKpi, match=reason):
        read_kpi(text)


def test_the_echo_says_what_was_understood():
    assert str(read_kpi("Handling time 14 → 9 min")) == (
        "Handling time, baseline 14 min, target 9 min, lower is better"
    )
    assert str(read_kpi("Handling time ? → 9 min")) == "Handling time, baseline unknown, target 9 min"

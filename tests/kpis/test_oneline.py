from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.oneline import NEEDED, KpiLine, UnreadableKpi, read_kpi
from kpis.terms import Direction


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
        (
            "Search time from 14 to 9 minutes",
            KpiLine("Search time", Decimal(14), Decimal(9), "minutes", Direction.LOWER),
        ),
        ("Uptime 99.5 %", KpiLine("Uptime", None, Decimal("99.5"), "%", None)),
        ("Uptime: 99.5%", KpiLine("Uptime", None, Decimal("99.5"), "%", None)),
        ("Uptime at least 99.5 %", KpiLine("Uptime", None, Decimal("99.5"), "%", Direction.HIGHER)),
        ("Uptime ≥ 99.5 %", KpiLine("Uptime", None, Decimal("99.5"), "%", Direction.HIGHER)),
        ("Uptime >99.5%", KpiLine("Uptime", None, Decimal("99.5"), "%", Direction.HIGHER)),
        (
            "Cost per search < 0.10 EUR",
            KpiLine("Cost per search", None, Decimal("0.10"), "EUR", Direction.LOWER),
        ),
        ("Cost ≤ 0,10 EUR", KpiLine("Cost", None, Decimal("0.10"), "EUR", Direction.LOWER)),
        ("Errors under 5", KpiLine("Errors", None, Decimal(5), "", Direction.LOWER)),
        (
            "Errors < 3 per 100 claims",
            KpiLine("Errors", None, Decimal(3), "per 100 claims", Direction.LOWER),
        ),
        ("P95 latency < 2 s", KpiLine("P95 latency", None, Decimal(2), "s", Direction.LOWER)),
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
        ("Handling time NaN → 9 min", "cannot find a name and two numbers"),
        ("14 to 9 min", "cannot find a name and two numbers"),
        ("from 14 to 9 min", "A KPI needs a name"),
        ("12 %", "cannot find a name and two numbers"),
        ("at least 5 min", "cannot find a name and two numbers"),
        ("Release 3", "cannot find a name and two numbers"),
        ("faster by 20 %", "cannot find a name and two numbers"),
        ("Top 10 hits 4 hits", "cannot find a name and two numbers"),
        ("Handling time 14 < 9 min", "cannot find a name and two numbers"),
        ("Uptime > 99 % < 100 %", "cannot find a name and two numbers"),
        ("Temperature 20–40 °C", "cannot find a name and two numbers"),
        ("Delay - 5 min", "cannot find a name and two numbers"),
        ("Cost => 5 EUR", "cannot find a name and two numbers"),
        ("Cost < 1,234 EUR", "can be read in two ways"),
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
    assert str(read_kpi("Handling time ? → 9 min")) == "Handling time, baseline not known, target 9 min"
    assert str(read_kpi("Uptime at least 99.5 %")) == (
        "Uptime, baseline not known, target 99.5 %, higher is better"
    )


def test_an_answer_that_is_refused_is_not_offered():
    with pytest.raises(UnreadableKpi) as refused:
        read_kpi("faster", example=NEEDED)

    assert str(refused.value) == (
        "Headway cannot find a name and two numbers in this. "
        "Write it like “Handling time 14 → 9 min”, or “Uptime at least 99.5 %”."
    )
    assert read_kpi("Uptime at least 99.5 %") is not None


WAYS = {
    "<": Direction.LOWER,
    "≤": Direction.LOWER,
    "<=": Direction.LOWER,
    "under": Direction.LOWER,
    "below": Direction.LOWER,
    "at most": Direction.LOWER,
    ">": Direction.HIGHER,
    "≥": Direction.HIGHER,
    ">=": Direction.HIGHER,
    "over": Direction.HIGHER,
    "above": Direction.HIGHER,
    "at least": Direction.HIGHER,
}


@given(
    number=st.decimals(min_value=-9999, max_value=9999, places=2),
    sign=st.sampled_from(["", *WAYS]),
    unit=st.sampled_from(["%", "EUR", "min"]),
)
def test_a_line_with_one_number_is_a_target_and_its_sign_the_way(number, sign, unit):
    line = read_kpi(f"Cost per search {sign} {number} {unit}")

    assert line == KpiLine("Cost per search", None, number, unit, WAYS.get(sign))


@given(text=st.text(alphabet="ab 0149.,<>≤≥→-?%\n:", max_size=40))
def test_whatever_is_typed_ends_in_a_kpi_or_a_sentence(text):
    try:
        line = read_kpi(text)
    except UnreadableKpi:
        return
    if line is not None:
        assert line.name
        assert line.baseline != line.target

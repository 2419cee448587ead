from decimal import Decimal

import pytest

from kpis.oneline import Direction, KpiLine, UnreadableKpi, read_kpi


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            "Handling time 14 → 9 min",
            KpiLine("Handling time", Decimal(14), Decimal(9), "min", Direction.LOWER),
            id="arrow",
        ),
        pytest.param(
            "Right first time: 71 % to 88 %",
            KpiLine("Right first time", Decimal(71), Decimal(88), "%", Direction.HIGHER),
            id="unit-twice",
        ),
        pytest.param(
            "Cost per claim ? -> 41,5 EUR",
            KpiLine("Cost per claim", None, Decimal("41.5"), "EUR", None),
            id="baseline-unknown",
        ),
        pytest.param("not agreed yet", None, id="not-agreed"),
        pytest.param("  ", None, id="empty"),
    ],
)
def test_one_line_is_read_as_kpi_baseline_target_and_unit(text, line):
    assert read_kpi(text) == line


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("Handling time", "cannot find a name and two numbers", id="no-numbers"),
        pytest.param("Handling time 9 → 9 min", "the same, so nothing would move", id="same"),
        pytest.param(
            "Letters 1,000 → 900", "“1,000” can be read in two ways. Write 1000, or 1.000.", id="comma"
        ),
        pytest.param(f"Letters {'9' * 15} → 1", "at most 14 digits before the point", id="too-many-digits"),
        pytest.param("Share 0.1234567 → 1", "and 6 after it", id="too-many-decimals"),
        pytest.param(f"{'N' * 201} 2 → 1", "at most 200 characters", id="long-name"),
    ],
)
def test_one_line_is_refused_rather_than_guessed(text, sentence):
    with pytest.raises(UnreadableKpi) as refusal:
        read_kpi(text)

    assert sentence in str(refusal.value)

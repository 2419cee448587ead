from datetime import date
from decimal import Decimal

import pytest

from kpis.money.delay import NOTHING_EXPECTED, Delay, Wait, Worth, delay
from kpis.money.sums import LedgerLine, RateTable
from kpis.money.terms import Basis, LedgerKind, MoneyPhase

TODAY = date(2026, 11, 18)
EUR = RateTable()
MONTHS = (
    "It has waited 61 days between being shown to work and its first users, days on hold left out; "
    "a month has 30.44 days."
)


def planned(amount="240000", currency="EUR", **fields):
    return LedgerLine(
        kind=LedgerKind.BENEFIT,
        category="cost_saving",
        phase=fields.pop("phase", MoneyPhase.RUN),
        basis=fields.pop("basis", Basis.PLANNED),
        amount=Decimal(amount),
        currency=currency,
        period_from=date(2027, 1, 1),
        period_to=fields.pop("period_to", date(2027, 12, 31)),
    )


def kpi(**fields):
    known = {
        "name": "Handling time",
        "unit": "min",
        "baseline": Decimal(14),
        "target": Decimal(9),
        "target_low": None,
        "value_per_unit": Decimal(4000),
        "value_currency": "EUR",
    }
    return Worth(**known | fields)


def test_planned_benefits_of_running_say_what_a_month_is_worth():
    found = delay(Wait(days=61), [planned()], kpi(), EUR, today=TODAY)

    assert found == Delay(
        currency="EUR",
        days=61,
        is_over=False,
        monthly=Decimal("20000.00"),
        cost=Decimal("40078.84"),
        assumptions=(
            "Its planned benefits of running come to EUR 240,000 over 12 months: EUR 20,000 a month.",
            MONTHS,
        ),
    )


@pytest.mark.parametrize(
    ("last", "sentence", "monthly"),
    [
        (date(2028, 1, 1), "EUR 220,000 over 12.03 months: EUR 18,287.61 a month.", "18287.61"),
        (date(2027, 6, 15), "EUR 220,000 over 5.5 months: EUR 40,000 a month.", "40000.00"),
        (date(2027, 1, 31), "EUR 220,000 over 1 month: EUR 220,000 a month.", "220000.00"),
    ],
    ids=["and-a-day", "and-a-half", "one"],
)
def test_the_numbers_of_the_sentence_come_to_each_other(last, sentence, monthly):
    found = delay(Wait(days=61), [planned("220000", period_to=last)], None, EUR, today=TODAY)

    assert found.assumptions[0] == f"Its planned benefits of running come to {sentence}"
    assert found.monthly == Decimal(monthly)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(planned(phase=MoneyPhase.PILOT), id="of-the-pilot"),
        pytest.param(planned(basis=Basis.ACTUAL), id="actual"),
    ],
)
def test_without_such_a_plan_the_primary_kpi_says_it(other):
    found = delay(Wait(days=61), [other], kpi(), EUR, today=TODAY)

    assert (found.monthly, found.cost) == (Decimal("20000.00"), Decimal("40078.84"))
    assert found.assumptions[0] == (
        "“Handling time” gets better by 5 min, from its baseline to its target, and each is worth "
        "EUR 4,000 a month: EUR 20,000."
    )


@pytest.mark.parametrize(
    ("baseline", "monthly"),
    [("10", "10000.00"), ("27.5", "20000.00"), ("15", "0.00")],
    ids=["below", "above", "in"],
)
def test_a_range_is_reached_at_its_nearer_end(baseline, monthly):
    ranged = kpi(baseline=Decimal(baseline), target_low=Decimal("12.5"), target=Decimal("22.5"))

    assert delay(Wait(days=1), [], ranged, EUR, today=TODAY).monthly == Decimal(monthly)


@pytest.mark.parametrize(
    ("lines", "known", "sentence"),
    [
        pytest.param([], None, NOTHING_EXPECTED, id="nothing"),
        pytest.param([], kpi(value_per_unit=None, value_currency=""), NOTHING_EXPECTED, id="worth-unknown"),
        pytest.param(
            [],
            kpi(baseline=None),
            "“Handling time” lacks a baseline or a target, so what it should bring is not known.",
            id="baseline",
        ),
        pytest.param(
            [],
            kpi(value_currency="USD"),
            "“Handling time” is worth USD, which has no rate: enter one for the program.",
            id="rate-of-kpi",
        ),
        pytest.param(
            [planned(currency="USD")],
            kpi(),
            "USD 240,000 of its planned benefits has no rate: enter one for the program.",
            id="rate-of-plan",
        ),
    ],
)
def test_what_is_missing_is_said_and_no_figure_is_made_up(lines, known, sentence):
    found = delay(Wait(days=61), lines, known, EUR, today=TODAY)

    assert (found.monthly, found.cost, found.assumptions, found.missing) == (None, None, (), sentence)


def test_what_does_not_wait_costs_nothing_by_waiting():
    found = delay(
        Wait(days=None, missing="It is not shown to work yet."), [planned()], None, EUR, today=TODAY
    )

    assert (found.cost, found.monthly, found.missing) == (
        None,
        Decimal("20000.00"),
        "It is not shown to work yet.",
    )


def test_a_wait_that_is_over_is_told_so():
    found = delay(Wait(days=1, is_over=True), [planned()], None, EUR, today=TODAY)

    assert found.assumptions[1].startswith("It waited 1 day between")

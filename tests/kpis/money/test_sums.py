from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.money.currencies import CURRENCIES, fault_of_currency
from kpis.money.sums import (
    LedgerLine,
    PlannedActual,
    RateTable,
    Total,
    by_month,
    month_after,
    nothing,
    planned_actual,
    total,
    totals,
)
from kpis.money.terms import Basis, CostCategory, LedgerKind, MoneyPhase
from kpis.money.words import apart_of, in_a_row, said, said_amount

EUR = RateTable()
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
AMOUNTS = st.decimals(0, 10**13 - 1, places=2)
RATES = st.decimals(Decimal("0.00000001"), 10**6, places=8)


def cost(amount, currency="EUR", first=date(2026, 10, 1), last=date(2026, 10, 31), **fields):
    return LedgerLine(
        kind=LedgerKind.COST,
        category=fields.pop("category", CostCategory.COMPUTE.value),
        phase=fields.pop("phase", MoneyPhase.PILOT),
        basis=fields.pop("basis", Basis.ACTUAL),
        amount=Decimal(amount),
        currency=currency,
        period_from=first,
        period_to=last,
        **fields,
    )


@st.composite
def lines(draw):
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return cost(
        draw(AMOUNTS),
        draw(st.sampled_from(["EUR", "USD", "GBP", "JPY"])),
        first,
        last,
        category=draw(st.sampled_from(list(CostCategory))).value,
        phase=draw(st.sampled_from(list(MoneyPhase))),
    )


@st.composite
def tables(draw):
    rows = st.lists(st.tuples(DAYS, RATES), max_size=3)
    return RateTable("EUR", {currency: draw(rows) for currency in ("USD", "GBP")})


@given(st.lists(lines(), max_size=12), tables(), st.randoms(use_true_random=False))
def test_a_sum_is_the_same_in_whatever_order_it_is_added(entries, table, chance):
    shuffled = list(entries)
    chance.shuffle(shuffled)

    assert total(shuffled, table) == total(entries, table)


@given(st.lists(lines(), max_size=12), tables())
def test_parts_come_to_the_whole_and_nothing_is_lost(entries, table):
    by_phase = totals(entries, table, lambda line: line.phase)
    by_category = totals(entries, table, lambda line: line.category)
    whole = total(entries, table)

    assert sum(by_phase.values(), nothing("EUR")) == whole
    assert sum(by_category.values(), nothing("EUR")) == whole
    assert whole.count == len(entries)
    for currency in ("USD", "GBP", "JPY"):
        apart = [
            line.amount
            for line in entries
            if line.currency == currency and table.rate(currency, line.period_to) is None
        ]
        assert whole.unconverted.get(currency, Decimal(0)) == sum(apart, Decimal(0))


@given(lines(), tables(), DAYS)
def test_months_come_to_exactly_the_amount(line, table, through):
    amount = table.convert(line.amount, line.currency, line.period_to)
    whole = by_month([line], table, through=line.period_to)
    part = by_month([line], table, through=through)

    assert sum(whole.values()) == (0 if amount is None else Fraction(amount))
    assert sum(part.values()) <= sum(whole.values())
    assert all(month.day == 1 for month in whole)


def test_the_newest_rate_of_the_last_day_counts():
    table = RateTable(
        "EUR", {"USD": [(date(2026, 10, 31), Decimal("0.9")), (date(2026, 1, 1), Decimal("0.8"))]}
    )

    assert table.convert(Decimal(100), "USD", date(2026, 10, 30)) == Decimal("80.00")
    assert table.convert(Decimal(100), "USD", date(2026, 10, 31)) == Decimal("90.00")
    assert table.convert(Decimal(100), "USD", date(2025, 12, 31)) is None
    assert table.convert(Decimal(100), "EUR", date(1990, 1, 1)) == Decimal("100.00")


def test_converted_amounts_are_rounded_to_the_cent_half_to_even():
    table = RateTable("EUR", {"USD": [(date(2026, 1, 1), Decimal("0.5"))]})

    assert table.convert(Decimal("0.01"), "USD", date(2026, 1, 1)) == Decimal("0.00")
    assert table.convert(Decimal("0.03"), "USD", date(2026, 1, 1)) == Decimal("0.02")


def test_the_largest_amount_and_rate_stay_exact():
    amount, rate = Decimal("9999999999999.99"), Decimal("99999999.9999999")
    table = RateTable("EUR", {"JPY": [(date(2026, 1, 1), rate)]})

    one = table.convert(amount, "JPY", date(2026, 1, 1))

    assert abs(Fraction(one) - Fraction(amount) * Fraction(rate)) <= Fraction(1, 200)
    assert Fraction(total([cost(amount, "JPY")] * 500, table).amount) == 500 * Fraction(one)


def test_different_currencies_do_not_add_up():
    with pytest.raises(ValueError, match="EUR and USD do not add up"):
        nothing("EUR") + nothing("USD")


@pytest.mark.parametrize(
    ("planned", "actual", "over"),
    [
        pytest.param("20000", "35000", Decimal("0.75"), id="S2-19"),
        pytest.param("20000", "15000", Decimal("-0.25"), id="within"),
        pytest.param("0", "15000", None, id="planned-nothing"),
    ],
)
def test_over_plan(planned, actual, over):
    found = planned_actual([cost(planned, basis=Basis.PLANNED), cost(actual)], EUR)

    assert found.over == over


def test_over_plan_is_not_known_without_a_plan_an_actual_or_a_rate_of_the_plan():
    spent, plan = cost("10"), cost("10", basis=Basis.PLANNED)

    assert planned_actual([spent], EUR).over is None
    assert planned_actual([plan], EUR).over is None
    assert planned_actual([spent, plan, cost("1", "USD", basis=Basis.PLANNED)], EUR).over is None
    assert planned_actual([spent, plan, cost("1", "USD")], EUR).over == 0
    assert PlannedActual(nothing("EUR"), nothing("EUR")).over is None


def test_a_period_is_spread_over_its_days_up_to_a_day():
    entry = cost("90", first=date(2026, 1, 31), last=date(2026, 3, 1))

    assert by_month([entry], EUR, through=date(2026, 12, 31)) == {
        date(2026, 1, 1): 3,
        date(2026, 2, 1): 84,
        date(2026, 3, 1): 3,
    }
    assert by_month([entry], EUR, through=date(2026, 2, 2)) == {date(2026, 1, 1): 3, date(2026, 2, 1): 6}
    assert by_month([entry], EUR, through=date(2026, 1, 30)) == {}
    assert by_month([cost("90", "USD")], EUR, through=date(2026, 12, 31)) == {}
    assert month_after(date(2026, 12, 31)) == date(2027, 1, 1)


def test_sums_name_what_has_no_rate():
    both = Total(Decimal(5000), "EUR", {"GBP": Decimal("300.50"), "USD": Decimal(12000)}, 3)

    assert said(both) == "EUR 5,000 (and GBP 300.50 and USD 12,000, no rate entered)"
    assert said(Total(Decimal(0), "EUR", {"USD": Decimal(12000)}, 1)) == "USD 12,000 (no rate entered)"
    assert said(Total(Decimal(0), "EUR", {}, 1)) == "EUR 0"
    assert said(nothing("EUR")) == "not known"
    assert apart_of(nothing("EUR")) == ""
    assert said_amount(Decimal("-5.5"), "EUR") == "−EUR 5.50"
    assert in_a_row(["a", "b", "c"]) == "a, b and c"


@pytest.mark.parametrize("code", ["EUR", "USD", "JPY", "XCG", "BGN"])
def test_a_currency_of_the_list_is_known(code):
    assert fault_of_currency(code) == ""


@pytest.mark.parametrize("code", ["", "eur", "EURO", "€", "E1R", "ÉUR"])
def test_a_currency_has_three_capital_letters(code):
    assert fault_of_currency(code) == "Write a currency in three capital letters, such as EUR."


# No currency, gold, a currency that is gone, and a code nobody has.
@pytest.mark.parametrize("code", ["XXX", "XAU", "DEM", "ZZZ"])
def test_a_currency_is_one_of_the_list(code):
    assert (
        fault_of_currency(code)
        == f"“{code}” is no currency of ISO 4217's list. Write one such as EUR or USD."
    )
    assert code not in CURRENCIES

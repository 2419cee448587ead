"""What the ledgers of pilots come to, in as many queries for many as for one."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.actions.currency import NewRate, add_rate
from kpis.models import Kpi, LedgerEntry
from kpis.money.read import money_of
from kpis.money.terms import BenefitCategory, Commitment, CostCategory, MoneyPhase
from kpis.web.money import roi_words
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.conftest import NOW, TODAY


@pytest.fixture
def enter():
    """Put an entry down as it is, without asking anybody."""

    def enter(pilot, kind, category, amount, currency="EUR", **fields):
        known = {
            "phase": "pilot",
            "basis": "planned" if kind == "budget" else "actual",
            "period_from": date(2026, 10, 1),
            "period_to": date(2026, 10, 31),
            "entered_at": NOW,
        }
        if fields.get("finding"):
            known["checked_on"] = TODAY
        if fields.get("commitment"):
            known["decided_on"] = TODAY
        return LedgerEntry.objects.create(
            pilot=pilot,
            kind=kind,
            category=category,
            amount=Decimal(amount),
            currency=currency,
            **known | fields,
        )

    return enter


def read(pilot, today=TODAY):
    return money_of([Pilot.objects.select_related("program").get(pk=pilot.pk)], today=today)[pilot.pk]


def test_what_a_pilot_cost_and_brought(make_pilot, enter):
    pilot = make_pilot()
    enter(pilot, "cost", "people", 60_000, basis="planned")
    enter(pilot, "cost", "people", 80_000)
    enter(pilot, "cost", "compute", 40_000, phase="run")
    enter(pilot, "benefit", "cost_saving", 40_000, finding="verified")
    enter(pilot, "benefit", "efficiency", 80_000)
    enter(pilot, "benefit", "impact", 9_000, finding="rejected")
    enter(pilot, "benefit", "impact", 9_000, basis="planned")
    enter(pilot, "budget", "", 100_000, phase="production", commitment="deferred")
    enter(pilot, "budget", "", 7_000, phase="production")

    money = read(pilot)

    assert (money.cost_planned.amount, money.cost_actual.amount) == (60_000, 120_000)
    assert (money.benefit_verified.amount, money.benefit_unchecked.amount) == (40_000, 80_000)
    assert (money.benefit_rejected.amount, money.benefit_planned.amount) == (9_000, 9_000)
    assert money.benefits.claimed.amount == 120_000
    assert (round(money.roi, 4), round(money.verified_share, 4)) == (Decimal("-0.6667"), Decimal("0.3333"))
    assert {phase: round(over, 4) for phase, over in money.overspent.items()} == {
        MoneyPhase.PILOT: Decimal("0.3333")
    }
    assert list(money.cost_by_category) == [CostCategory.PEOPLE, CostCategory.COMPUTE]
    assert list(money.benefits_by_kind) == [
        BenefitCategory.COST_SAVING,
        BenefitCategory.EFFICIENCY,
        BenefitCategory.IMPACT,
    ]
    assert {
        commitment: total.amount for commitment, total in money.budgets[MoneyPhase.PRODUCTION].items()
    } == {Commitment.DEFERRED: 100_000, None: 7_000}
    assert money.budget.amount == 107_000
    assert money.payback is None


def test_by_kind_comes_to_the_whole(make_pilot, enter):
    pilot = make_pilot()
    for category, amount in (("cost_saving", 1), ("efficiency", 20), ("impact", 300), ("risk_avoided", 4000)):
        enter(pilot, "benefit", category, amount, finding="verified")

    money = read(pilot)

    assert sum(found.verified.amount for found in money.benefits_by_kind.values()) == 4321
    assert money.benefit_verified.amount == 4321  # S2-25


def test_without_entries_nothing_is_known(make_pilot):
    money = read(make_pilot())

    assert (money.roi, money.verified_share, money.payback, money.entries) == (None, None, None, ())
    assert money.delay.cost is None


def test_rates_of_the_program_convert_and_what_has_none_is_named(make_pilot, enter, program, by):
    pilot = make_pilot()
    add_rate(NewRate(program=program, currency="USD", rate=Decimal("0.5"), since=date(2026, 10, 31)), by=by)
    enter(pilot, "cost", "compute", 100, "USD")
    enter(pilot, "cost", "compute", 100, "GBP")

    money = read(pilot)

    assert (money.cost_actual.amount, money.unconverted) == (Decimal("50.00"), {"GBP": Decimal("100.00")})


def test_waiting_leaves_days_on_hold_out_and_ends_with_the_pilot(make_pilot, by):
    pilot = make_pilot(stage=Stage.PROVEN, since=date(2026, 9, 1))
    Kpi.objects.create(
        pilot=pilot,
        code="time",
        name="Time",
        baseline=14,
        target=9,
        direction="lower",
        is_primary=True,
        value_per_unit=4000,
        value_currency="EUR",
    )
    assert read(pilot, date(2026, 11, 1)).delay.days == 61
    assert read(pilot, date(2026, 11, 1)).delay.cost == Decimal("40078.84")  # S0-25

    hold_pilot(NewHold(pilot=pilot, reason="Storms", agreed_by="Board", review_on=date(2026, 12, 1)), by=by)
    assert read(pilot, date(2026, 11, 28)).delay.days == 78
    resume_pilot(Resume(pilot=pilot), by=replace(by, at=NOW + timedelta(days=10)))
    assert read(pilot, date(2026, 12, 8)).delay.days == 88

    later = replace(by, at=NOW + timedelta(days=30))
    move = Move(pilot=Pilot.objects.get(), to=Stage.STOPPED, happened=Day(date(2026, 12, 10)), reason="Sold.")
    move_pilot(move, by=later)
    ended = read(pilot, date(2027, 6, 1)).delay
    assert (ended.days, ended.is_over) == (90, True)


def test_what_is_not_shown_to_work_does_not_wait(make_pilot):
    money = read(make_pilot(stage=Stage.PILOTING))

    assert (money.delay.days, money.delay.missing) == (
        None,
        "It is not shown to work yet, so nothing waits for it.",
    )


def test_the_wait_of_a_pilot_with_users_is_over(make_pilot):
    money = read(make_pilot(stage=Stage.LIMITED, since=date(2026, 10, 1)))

    assert (money.delay.days, money.delay.is_over) == (None, True)
    assert money.delay.missing == "Since when it is shown to work is not known."


@pytest.mark.parametrize("count", [1, 20])
def test_the_money_of_many_costs_the_same(make_pilot, enter, count):
    pilots = [make_pilot(f"Pilot {number}") for number in range(count)]
    for pilot in pilots:
        enter(pilot, "cost", "compute", 100)

    with CaptureQueriesContext(connection) as queries:
        found = money_of(pilots, today=TODAY)
        assert sum(money.cost_actual.amount for money in found.values()) == 100 * count
        assert all(money.delay.missing for money in found.values())

    assert len(queries) == 5


def test_what_has_no_rate_makes_nothing_look_better_than_it_is(make_pilot, enter):
    pilot = make_pilot()
    enter(pilot, "cost", "people", 100)
    enter(pilot, "benefit", "cost_saving", 150, finding="verified")
    whole = read(pilot)
    assert (whole.roi, whole.verified_share, whole.payback) == (Decimal("0.5"), 1, date(2026, 10, 1))

    enter(pilot, "benefit", "efficiency", 900, "USD")
    claimed = read(pilot)
    assert (claimed.roi, claimed.verified_share) == (Decimal("0.5"), None)
    assert roi_words(claimed) == "50 %, which share of the claimed benefit is verified is not known"

    enter(pilot, "cost", "compute", 9000, "USD")
    spent = read(pilot)
    assert (spent.roi, spent.verified_share, spent.payback) == (None, None, None)
    assert roi_words(spent) == "not known: USD 9,000 has no rate"


def test_benefit_without_a_rate_makes_roi_and_payback_not_known(make_pilot, enter):
    pilot = make_pilot()
    enter(pilot, "cost", "people", 100)
    enter(pilot, "benefit", "cost_saving", 150, finding="verified")
    enter(pilot, "benefit", "cost_saving", 5000, "USD", finding="verified")
    enter(pilot, "benefit", "cost_saving", 300, "GBP", finding="verified")

    money = read(pilot)

    assert (money.roi, money.payback) == (None, None)
    assert roi_words(money) == "not known: GBP 300 and USD 5,000 have no rate"

"""What KPIs, readings and money say of readiness: the row that makes it so, and those that do not."""

from datetime import timedelta
from decimal import Decimal

import pytest

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.actions.ledger import BudgetDecision, NewEntry, add_entry, decide_budget
from kpis.actions.measurement import NewReading, WithdrawReading, record_readings, withdraw_reading
from kpis.actions.sign import SignKpi, sign_kpi
from kpis.models import Kpi
from kpis.money.terms import Commitment, LedgerKind, MoneyPhase
from kpis.oneline import read_kpi
from kpis.terms import Entry, KpiKind, Provenance
from pilots.access.permissions import OwnerRole
from pilots.actions.model_version import GoLive, NewModelVersion, add_model_version, go_live
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.requirement import settle_requirements
from pilots.computed import COMPUTED
from pilots.gates import State
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.readiness import readiness_of
from tests.conftest import NOW, TODAY

WHOLE = {
    "definition": "Minutes from call to closed file",
    "window_days": 30,
    "method": "Telephone system, all calls",
    "owner": Contact(name="Ines"),
}


def met(pilot) -> frozenset[str]:
    return COMPUTED.met([pilot.pk], today=TODAY)[pilot.pk]


def readiness(pilot):
    fresh = Pilot.objects.select_related("program").get(pk=pilot.pk)
    return readiness_of([fresh], at=NOW)[pilot.pk]


@pytest.fixture
def pilot(make_pilot):
    return make_pilot(stage=Stage.TRANSITION)


@pytest.fixture
def define(pilot, by_system):
    def add(line="Handling time 14 → 9 min", **fields):
        return define_kpi(NewKpi(pilot=pilot, line=read_kpi(line), fields=fields), by=by_system)

    return add


@pytest.fixture
def measure(by_system):
    def log(kpi, provenance=Provenance.LIVE, entry=Entry.API, **more):
        new = NewReading(kpi=kpi, value=Decimal(90), provenance=provenance, is_meant=True, **more)
        return record_readings([new], entry=entry, by=by_system)[0].measurement

    return log


def test_number_is_chosen_once_there_is_a_primary_kpi(pilot, define):
    define("Answer time 9 → 2 s", kind=KpiKind.LATENCY.value)
    assert "metric-chosen" not in met(pilot)

    define()
    assert "metric-chosen" in met(pilot)


@pytest.mark.parametrize(
    ("provenance", "is_met"), [("", True), ("live", True), ("demo", False), ("curated", False)]
)
def test_baseline_counts_unless_it_is_of_chosen_cases(pilot, define, provenance, is_met):
    define(baseline_provenance=provenance)

    assert ("kpi-baseline" in met(pilot)) is is_met


def test_baseline_nobody_knows_is_none(pilot, define):
    define("Handling time ? → 9 min")

    assert "kpi-baseline" not in met(pilot)


def test_signature_counts_under_the_newest_version_of_the_primary_kpi(pilot, define, by_system):
    kpi, other = define(), define("Cost 9 → 5 EUR")
    contact = NewOwnership(pilot=pilot, contact=Contact(name="Ines"), role=OwnerRole.BUSINESS_OWNER)
    owner = add_owner(contact, by=by_system).owner
    sign_kpi(SignKpi(kpi=other, version_number=1, signer=owner, text="Minutes"), by=by_system)
    assert "kpi-signed" not in met(pilot)

    sign_kpi(SignKpi(kpi=kpi, version_number=1, signer=owner, text="Minutes"), by=by_system)
    assert "kpi-signed" in met(pilot)

    edit_kpis([KpiEdit(kpi=kpi, fields={"target": Decimal(8)})], by=by_system)
    assert "kpi-signed" not in met(pilot)

    sign_kpi(SignKpi(kpi=kpi, version_number=2, signer=owner, text="Minutes"), by=by_system)
    assert "kpi-signed" in met(pilot)


def test_three_whole_kpis_in_use_are_enough_and_two_are_not(pilot, define):
    for number in range(2):
        define(f"Number {number} 9 → 5 min", **WHOLE)
    third = define("Number 3 9 → 5 min", **{**WHOLE, "method": ""})
    assert "three-kpis" not in met(pilot)

    Kpi.objects.filter(pk=third.pk).update(method="Asked")
    assert "three-kpis" in met(pilot)

    Kpi.objects.filter(pk=third.pk).update(retired_on=TODAY)
    assert "three-kpis" not in met(pilot)


@pytest.mark.parametrize("provenance", Provenance)
def test_every_kpi_in_use_has_to_be_measured_on_real_data(pilot, define, measure, provenance, by_system):
    kpi, other = define(), define("Cost 9 → 5 EUR")
    measure(kpi)
    row = measure(other, provenance)
    is_real = provenance in {Provenance.SHADOW, Provenance.LIMITED, Provenance.LIVE}
    assert ("real-readings" in met(pilot)) is is_real

    withdraw_reading(WithdrawReading(measurement=row, reason="Wrong file"), by=by_system)
    assert "real-readings" not in met(pilot)

    Kpi.objects.filter(pk=other.pk).update(retired_on=TODAY)
    assert "real-readings" in met(pilot)


def test_pilot_without_kpis_was_not_measured(pilot):
    assert "real-readings" not in met(pilot)


@pytest.mark.parametrize(
    ("fault", "is_met"),
    [
        ({}, True),
        ({"provenance": Provenance.DEMO}, False),
        ({"sample_size": None}, False),
        ({"entry": Entry.FORM}, False),
        ({"entry": Entry.FILE}, True),
    ],
    ids=str,
)
def test_evaluation_is_a_run_of_a_tool_with_its_cases(pilot, define, measure, fault, is_met):
    kpi = define("Accuracy 70 → 95 %", kind=KpiKind.MODEL_QUALITY.value)

    measure(kpi, **({"provenance": Provenance.CURATED, "sample_size": 400} | fault))

    assert ("evaluation" in met(pilot)) is is_met


def test_new_version_without_a_run_opens_the_gate_again(pilot, define, measure, by_system):
    kpi = define("Accuracy 70 → 95 %", kind=KpiKind.MODEL_QUALITY.value)
    first = add_model_version(
        NewModelVersion(pilot=pilot, label="v1", changed_on=TODAY - timedelta(days=9), is_live=True),
        by=by_system,
    )
    second = add_model_version(
        NewModelVersion(pilot=pilot, label="v2", changed_on=TODAY - timedelta(days=1)), by=by_system
    )
    measure(kpi, Provenance.SHADOW, sample_size=400, model_version=first)
    settle_requirements([pilot.pk], at=NOW)
    assert readiness(pilot).of("evaluation").state is State.MET

    go_live(GoLive(model_version=second), by=by_system)
    assert readiness(pilot).of("evaluation").state is State.REOPENED

    measure(kpi, Provenance.SHADOW, sample_size=400, model_version=second)
    assert readiness(pilot).of("evaluation").state.is_met


@pytest.mark.parametrize(
    ("code", "kind"), [("latency-budget", KpiKind.LATENCY), ("cost-budget", KpiKind.COST)]
)
def test_budget_per_answer_is_a_threshold_with_a_real_reading(pilot, define, measure, code, kind):
    kpi = define("Answer 200 → 80", kind=kind.value)
    measure(kpi)
    assert code not in met(pilot)

    Kpi.objects.filter(pk=kpi.pk).update(threshold=100)
    assert code in met(pilot)


def test_threshold_that_was_shown_on_a_demo_is_no_budget(pilot, define, measure):
    measure(define("Answer 200 → 80", kind="latency", threshold=Decimal(100)), Provenance.DEMO)

    assert "latency-budget" not in met(pilot)


@pytest.mark.parametrize(
    ("code", "phase"), [("production-budget", MoneyPhase.PRODUCTION), ("run-budget", MoneyPhase.RUN)]
)
@pytest.mark.parametrize("commitment", Commitment)
def test_money_counts_when_it_is_committed(pilot, by_system, code, phase, commitment):
    new = NewEntry(
        pilot=pilot,
        kind=LedgerKind.BUDGET,
        phase=phase,
        amount=Decimal(500),
        currency="EUR",
        period_from=TODAY,
        period_to=TODAY,
    )
    budget = add_entry(new, by=by_system)
    assert {"production-budget", "run-budget"} & met(pilot) == set()

    decision = BudgetDecision(
        entry=budget, commitment=commitment, decided_on=TODAY, decided_by="Board", because="Said so"
    )
    decide_budget(decision, by=by_system)

    expected = {code} if commitment is Commitment.COMMITTED else set()
    assert {"production-budget", "run-budget"} & met(pilot) == expected

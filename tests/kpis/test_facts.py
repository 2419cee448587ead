"""What the rules of KPIs and money read: from the rows, set-based, and as of a past day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.actions.ledger import BudgetDecision, NewEntry, add_entry, decide_budget
from kpis.actions.loop import LoopEdit, edit_loop
from kpis.actions.measurement import NewReading, WithdrawReading, record_readings, withdraw_reading
from kpis.actions.sign import SignKpi, sign_kpi
from kpis.evaluation import evaluates_itself
from kpis.facts import read
from kpis.models import Kpi
from kpis.money.terms import Commitment, LedgerKind, MoneyPhase
from kpis.oneline import read_kpi
from kpis.rules import OF_WORTH
from kpis.terms import Entry, KpiKind, Provenance
from kpis.worth import NOT_REPLAYED, Reading, Worth
from pilots.access.models import Program, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.evidence import NewEvidence, bring_evidence
from pilots.actions.judge import replay, scan
from pilots.actions.model_version import NewModelVersion, add_model_version
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.waiver import NewWaiver, waive
from pilots.calendar import Day
from pilots.computed import COMPUTED
from pilots.facts import facts_on, facts_today
from pilots.lifecycle import Stage
from pilots.models import Flag, Pilot
from pilots.playbook import EvidenceKind
from tests.conftest import NOW, TODAY

OURS = {rule.key for rule in OF_WORTH}


def at(days: int) -> datetime:
    return NOW - timedelta(days=days)


def known(pilot, day=None) -> Worth:
    pilots = Pilot.objects.filter(pk=pilot.pk)
    [found] = facts_on(pilots, day) if day else facts_today(pilots, at=NOW)
    return found.known_to(Worth)


def measured(kpi, value, days, by, provenance=Provenance.LIVE, **more):
    new = NewReading(
        kpi=kpi, value=Decimal(value), provenance=provenance, measured_at=at(days), is_meant=True, **more
    )
    return record_readings([new], entry=Entry.API, by=by)[0].measurement


@pytest.fixture
def pilot(make_pilot):
    return make_pilot(stage=Stage.PRODUCTION, since=TODAY - timedelta(days=200))


@pytest.fixture
def kpi(pilot, by_system):
    new = NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min"), fields={"threshold": Decimal(10)})
    return define_kpi(new, by=by_system)


def test_pilot_of_which_nothing_is_written_is_known_to_be_in_production(pilot):
    assert known(pilot) == Worth(in_production=TODAY - timedelta(days=200))


def test_pilot_that_has_ended_is_read_no_further(make_pilot):
    assert known(make_pilot(stage=Stage.STOPPED)) == Worth()


def test_kpi_is_read_with_its_parts_its_signature_and_its_days(pilot, kpi, by_system):
    owner = add_owner(
        NewOwnership(pilot=pilot, contact=Contact(name="Ines"), role=OwnerRole.BUSINESS_OWNER), by=by_system
    ).owner

    [before] = known(pilot).kpis
    sign_kpi(SignKpi(kpi=kpi, version_number=1, signer=owner, text="Minutes"), by=by_system)
    [signed] = known(pilot).kpis
    edit_kpis([KpiEdit(kpi=kpi, fields={"target": Decimal(8)})], by=by_system)
    [changed] = known(pilot).kpis

    assert (before.name, before.unit, before.direction) == ("Handling time", "min", "lower")
    assert (before.baseline, before.target, before.threshold) == (14, 9, 10)
    assert before.missing == ("definition", "window", "method", "owner")
    assert (before.agreed_on, before.changed_on) == (TODAY, TODAY)
    assert [(row.is_signed, row.was_signed) for row in (before, signed, changed)] == [
        (False, False),
        (True, True),
        (False, True),
    ]


def test_retired_kpi_and_withdrawn_reading_are_not_read(pilot, kpi, by_system):
    other = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Cost 5 → 4 EUR")), by=by_system)
    other.retired_on = TODAY
    other.save(update_fields=["retired_on"])
    row = measured(kpi, "12", 3, by_system)
    withdraw_reading(WithdrawReading(measurement=row, reason="Typed twice"), by=by_system)

    [found] = known(pilot).kpis

    assert (found.name, found.readings) == ("Handling time", ())


def test_newest_reading_of_each_provenance_and_version_is_read_newest_first(pilot, kpi, by_system):
    version = add_model_version(
        NewModelVersion(pilot=pilot, label="v1", changed_on=TODAY, is_live=True), by=by_system
    )
    measured(kpi, "13", 40, by_system)
    measured(kpi, "12", 30, by_system, sample_size=40)
    measured(kpi, "9", 50, by_system, Provenance.DEMO)
    measured(kpi, "11", 20, by_system, model_version=version)

    [found] = known(pilot).kpis

    told = [(str(row.value.normalize()), row.provenance, row.cases, row.version_id) for row in found.readings]
    assert told == [
        ("11", "live", None, version.pk),
        ("12", "live", 40, None),
        ("9", "demo", None, None),
    ]
    assert (found.latest_real.on, found.latest_prepared.on) == (
        TODAY - timedelta(days=20),
        TODAY - timedelta(days=50),
    )
    assert [int(row.value) for row in found.lately] == [11, 12, 13]


@pytest.mark.parametrize("count", [2, 200])
def test_a_push_reads_as_many_rows_however_many_readings_there_are(pilot, kpi, by_system, count, monkeypatch):
    news = [
        NewReading(
            kpi=kpi,
            value=Decimal(number),
            provenance=Provenance.LIVE,
            measured_at=at(2) - timedelta(minutes=number),
        )
        for number in range(count)
    ]
    record_readings(news, entry=Entry.API, by=by_system)
    measured(kpi, "8", 1, by_system)
    built = []

    def counting(**parts):
        built.append(parts["value"])
        return Reading(**parts)

    monkeypatch.setattr("kpis.facts.Reading", counting)
    [found] = known(pilot).kpis

    assert [int(row.value) for row in found.lately] == [8, 0]
    assert len(built) == 3  # the newest, and one of each of two days


def test_what_was_measured_in_the_evening_counts_before_it_is_tomorrow_there(make_pilot, program, by_system):
    program.zone = "America/Los_Angeles"
    program.save(update_fields=["zone"])
    begun = By(user=None, at=at(100), source=Source.COMMAND)
    pilot = make_pilot(since=TODAY - timedelta(days=150), by=begun)
    kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by_system)
    evening = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)  # the 17th at 19:00
    new = NewReading(kpi=kpi, value=Decimal(12), provenance=Provenance.LIVE, measured_at=evening)
    record_readings([new], entry=Entry.API, by=by_system)

    [on_the_day] = known(pilot, date(2026, 11, 17)).kpis
    [before] = known(pilot, date(2026, 11, 16)).kpis

    assert [row.on for row in (*on_the_day.readings, *on_the_day.lately)] == [date(2026, 11, 17)] * 2
    assert before.readings == before.lately == ()


def test_day_of_the_course_is_one_of_each_program(pilot, kpi, program, other_program, by_system):
    Program.objects.filter(pk=program.pk).update(zone="Pacific/Auckland")
    Program.objects.filter(pk=other_program.pk).update(zone="America/Los_Angeles")
    new = NewPilot(program=other_program, name="P", problem="x", stage=Stage.PRODUCTION, since=Day(TODAY))
    other = log_pilots([new], by=by_system)[0]
    there = define_kpi(NewKpi(pilot=other, line=read_kpi("Time 14 → 9 min")), by=by_system)
    moments = [datetime(2026, 11, 16, hour, tzinfo=UTC) for hour in (5, 10, 12)]
    for one in (kpi, there):
        news = [
            NewReading(kpi=one, value=Decimal(when.hour), provenance=Provenance.LIVE, measured_at=when)
            for when in moments
        ]
        record_readings(news, entry=Entry.API, by=by_system)

    facts = {row.pilot_id: row.known_to(Worth) for row in facts_today(Pilot.objects.all(), at=NOW)}

    def course(of):
        return [(int(row.value), row.on.day) for row in facts[of.pk].kpis[0].lately]

    assert course(pilot) == [(12, 17), (10, 16)]
    assert course(other) == [(12, 16), (5, 15)]


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        ({}, True),
        ({"sample_size": None}, False),
        ({"provenance": Provenance.DEMO}, False),
        ({"model_version": None}, False),
    ],
    ids=str,
)
def test_gate_rules_and_pages_agree_on_what_a_tool_evaluates(pilot, by_system, spoilt, expected):
    version = add_model_version(
        NewModelVersion(pilot=pilot, label="v1", changed_on=TODAY, is_live=True), by=by_system
    )
    fields = {"kind": KpiKind.MODEL_QUALITY.value}
    accuracy = define_kpi(
        NewKpi(pilot=pilot, line=read_kpi("Accuracy 70 → 95 %"), fields=fields), by=by_system
    )
    run = {"sample_size": 400, "model_version": version, "provenance": Provenance.CURATED} | spoilt
    measured(accuracy, "92", 3, by_system, **run)

    def told():
        gate = "evaluation" in COMPUTED.met([pilot.pk], today=TODAY)[pilot.pk]
        return {gate, known(pilot).evaluates_itself, pilot.pk in evaluates_itself([pilot.pk])}

    assert told() == {expected}

    # What a person types later does not hide what the tool sent.
    typed = NewReading(
        kpi=accuracy, value=Decimal(91), provenance=run["provenance"], model_version=run["model_version"]
    )
    record_readings([typed], entry=Entry.FORM, by=by_system)
    assert told() == {expected}

    Kpi.objects.filter(pk=accuracy.pk).update(retired_on=TODAY)
    assert told() == {False}


def test_past_day_is_read_with_the_readings_of_that_day(make_pilot, by_system):
    begun = By(user=None, at=at(100), source=Source.COMMAND)
    pilot = make_pilot(since=TODAY - timedelta(days=150), by=begun)
    kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by_system)
    measured(kpi, "13", 40, by_system)
    measured(kpi, "9", 10, by_system)

    [then] = known(pilot, TODAY - timedelta(days=20)).kpis

    assert [int(row.value) for row in then.readings] == [13]


def test_replay_says_what_it_cannot_replay(db):
    assert NOT_REPLAYED.items() <= replay(TODAY - timedelta(days=5), at=NOW).not_replayed.items()


def test_day_of_a_reading_is_one_of_the_program(pilot, kpi, program, by_system):
    program.zone = "Pacific/Auckland"
    program.save(update_fields=["zone"])
    late = datetime(2026, 11, 17, 20, 0, tzinfo=UTC)
    new = NewReading(kpi=kpi, value=Decimal(12), provenance=Provenance.LIVE, measured_at=late)
    record_readings([new], entry=Entry.API, by=by_system)

    assert known(pilot).kpis[0].latest.on == date(2026, 11, 18)


def test_model_loop_money_evidence_and_waivers_are_read(pilot, by_system):
    add_model_version(NewModelVersion(pilot=pilot, label="v1", changed_on=TODAY, is_live=True), by=by_system)
    edit_loop(LoopEdit(pilot=pilot, fields={"truth_source": "Claim", "retrain_every_days": 90}), by=by_system)
    budget = add_entry(
        NewEntry(
            pilot=pilot,
            kind=LedgerKind.BUDGET,
            phase=MoneyPhase.RUN,
            amount=Decimal(500),
            currency="EUR",
            period_from=TODAY,
            period_to=TODAY,
        ),
        by=by_system,
    )
    decide_budget(
        BudgetDecision(entry=budget, commitment=Commitment.COMMITTED, decided_on=TODAY, decided_by="Board"),
        by=by_system,
    )
    for kind, days in ((EvidenceKind.DEMO, 1), (EvidenceKind.TEST, 9)):
        bring_evidence(
            NewEvidence(
                pilot=pilot,
                requirement="evaluation",
                kind=kind,
                dated=TODAY - timedelta(days=days),
                text="400 cases",
            ),
            by=by_system,
        )
    waive(
        NewWaiver(pilot=pilot, subject="kpi-signed", reason="Later", until=TODAY + timedelta(days=5)),
        by=by_system,
    )

    found = known(pilot)

    assert (found.live_version.label, found.loop.truth_source) == ("v1", "Claim")
    assert found.loop.retrain_every_days == 90
    assert found.has_committed(MoneyPhase.RUN)
    assert not found.has_committed(MoneyPhase.PRODUCTION)
    assert found.shown == {"evaluation": TODAY - timedelta(days=9)}  # a demo shows nothing
    assert found.let_pass == {"kpi-signed"}


@pytest.mark.parametrize("count", [1, 100])
def test_read_costs_the_same_for_any_number_of_pilots(program, by_system, count, django_assert_num_queries):
    news = [
        NewPilot(program=program, name=f"P{number}", problem="x", stage=Stage.PRODUCTION, since=Day(TODAY))
        for number in range(count)
    ]
    pilots = log_pilots(news, by=by_system)
    for pilot in pilots:
        kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Time 14 → 9 min")), by=by_system)
        measured(kpi, "12", 3, by_system)
    entry = NewEntry(
        pilot=pilots[0],
        kind=LedgerKind.COST,
        category="compute",
        phase=MoneyPhase.RUN,
        amount=Decimal(5),
        currency="EUR",
        period_from=TODAY,
        period_to=TODAY,
    )
    add_entry(entry, by=by_system)
    facts = facts_today(Pilot.objects.all(), at=NOW)
    days = dict.fromkeys((fact.pilot_id for fact in facts), TODAY)

    # pilots, KPIs, newest readings, their course, versions, reports, ledger, currencies, rates, loops,
    # evidence, waivers
    with django_assert_num_queries(12):
        found = read(facts, days)

    assert len(found) == count


def test_imported_register_without_kpis_gets_no_flag_of_its_own(program, by_system):
    stages = [Stage.PILOTING, Stage.PROVEN, Stage.TRANSITION, Stage.LIMITED, Stage.PRODUCTION]
    news = [
        NewPilot(
            program=program,
            name=f"Register {number}",
            problem="x",
            stage=stages[number % len(stages)],
            since=Day(TODAY - timedelta(days=500)),
        )
        for number in range(1000)
    ]
    log_pilots(news, by=By(user=None, at=at(60), source=Source.IMPORT))

    scan(at=NOW)

    flagged = Flag.objects.open().filter(is_widespread=False)
    assert {flag.rule_key for flag in flagged} & OURS == set()


def test_primary_kpi_and_what_drifts_have_a_course_and_others_none(pilot, kpi, by_system):
    drift = define_kpi(
        NewKpi(pilot=pilot, line=read_kpi("Drift 0 → 1"), fields={"kind": KpiKind.DRIFT.value}), by=by_system
    )
    speed = define_kpi(
        NewKpi(pilot=pilot, line=read_kpi("Speed 9 → 2 s"), fields={"kind": KpiKind.LATENCY.value}),
        by=by_system,
    )
    for one in (kpi, drift, speed):
        for days in (120, 50, 20):
            measured(one, "3", days, by_system)

    assert {row.name: len(row.lately) for row in known(pilot).kpis} == {
        "Handling time": 2,
        "Drift": 2,
        "Speed": 0,
    }

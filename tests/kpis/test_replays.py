"""What the rules of KPIs and money read of many days at once: what is read of each day alone."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.actions.ledger import NewEntry, add_entry
from kpis.actions.measurement import NewReading, record_readings
from kpis.money.terms import LedgerKind, MoneyPhase
from kpis.oneline import read_kpi
from kpis.terms import Entry, Provenance
from kpis.worth import Worth
from pilots.access.models import Source
from pilots.actions.by import By
from pilots.actions.evidence import NewEvidence, bring_evidence
from pilots.actions.model_version import NewModelVersion, add_model_version
from pilots.actions.stage import Move, move_pilot
from pilots.actions.waiver import NewWaiver, waive
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.playbook import EvidenceKind
from pilots.replays import Then, facts_on
from tests.conftest import NOW, TODAY

DAY = timedelta(days=1)
BEGAN = TODAY - 260 * DAY


def _measured(pilot, by, *, kpi="Handling time 14 → 9 min", every=9):
    found = define_kpi(NewKpi(pilot=pilot, line=read_kpi(kpi)), by=by)
    kinds = (Provenance.LIVE, Provenance.DEMO, Provenance.LIVE, Provenance.SHADOW)
    new = [
        NewReading(
            kpi=found,
            value=Decimal(14) - place,
            provenance=kinds[place % 4],
            measured_at=NOW - days * DAY + (place % 3) * timedelta(hours=7),
            is_meant=True,
        )
        for place, days in enumerate(range(250, 3, -every))
    ]
    record_readings(new, entry=Entry.API, by=by)


def test_every_day_of_many_says_what_that_day_alone_says(make_pilot, program, other_program):
    other_program.zone = "Pacific/Auckland"
    other_program.save(update_fields=["zone"])
    by = By(user=None, at=NOW - 250 * DAY, source=Source.COMMAND)
    for place, stage in enumerate((Stage.PRODUCTION, Stage.LIMITED, Stage.PILOTING)):
        of = other_program if place == 1 else program
        pilot = make_pilot(f"Pilot {place}", stage=stage, since=BEGAN, program=of, by=by)
        now = By(user=None, at=NOW, source=Source.COMMAND)
        add_model_version(NewModelVersion(pilot=pilot, label="v1", changed_on=BEGAN, is_live=True), by=now)
        _measured(pilot, now, every=9 + place)
        add_entry(
            NewEntry(
                pilot=pilot,
                kind=LedgerKind.BUDGET,
                phase=MoneyPhase.RUN,
                amount=Decimal(100),
                currency="EUR",
                period_from=BEGAN,
                period_to=TODAY,
            ),
            by=now,
        )
        for back, kind in ((90, EvidenceKind.DEMO), (30, EvidenceKind.TEST)):
            brought = NewEvidence(
                pilot=pilot, requirement="evaluation", kind=kind, dated=TODAY - back * DAY, text="400 cases"
            )
            bring_evidence(brought, by=now)
        until = TODAY + 5 * DAY
        waive(NewWaiver(pilot=pilot, subject="kpi-signed", reason="Later", until=until), by=now)
    stopped = By(user=None, at=NOW - 80 * DAY, source=Source.COMMAND)
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="Too dear"), by=stopped)
    pilots = Pilot.objects.all()
    days = [TODAY - DAY * back for back in range(199, 0, -11)]

    then = Then(pilots, first=days[0], last=days[-1])
    found = {day: [fact.known_to(Worth) for fact in then.on(day)] for day in days}

    assert found == {day: [fact.known_to(Worth) for fact in facts_on(pilots, day)] for day in days}
    assert len({worth.kpis for worths in found.values() for worth in worths}) > 20
    assert then.on(days[0])[0].known_to(Worth) == found[days[0]][0]  # also backwards


def test_days_cost_no_queries(make_pilot, by_system):
    by = By(user=None, at=NOW - 250 * DAY, source=Source.COMMAND)
    _measured(make_pilot(stage=Stage.PRODUCTION, since=BEGAN, by=by), by_system)

    with CaptureQueriesContext(connection) as asked:
        then = Then(Pilot.objects.all(), first=TODAY - 200 * DAY, last=TODAY, floors={Worth})
        for back in range(200):
            then.on(TODAY - back * DAY)

    assert len(asked) <= 10 + 14

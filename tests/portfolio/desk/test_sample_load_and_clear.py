"""Loading the sample, from the command line as well, and taking it away."""

import json
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.core.management import CommandError, call_command

from kpis.actions.currency import NewRate, add_rate
from kpis.actions.measurement import Correction as ReadingCorrection
from kpis.actions.measurement import correct_reading
from kpis.models import Kpi, LedgerEntry, Measurement, Rate, Report
from pilots.access.models import Event, Membership, Program, Role, Source, User
from pilots.actions.account import add_member, create_token
from pilots.actions.by import By, Refused
from pilots.actions.custom import NewField, define_field
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.limits import set_limits
from pilots.actions.milestone import NewMilestone, add_milestone
from pilots.actions.owner import Contact
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.stage import Correction, correct_transition
from pilots.calendar import Day
from pilots.custom import FieldKind
from pilots.lifecycle import Stage
from pilots.models import (
    Answer,
    CustomField,
    Decision,
    Flag,
    Milestone,
    Owner,
    Ownership,
    Phase,
    Pilot,
    Plan,
    ProgramLine,
    RuleSetting,
    StageTransition,
)
from pilots.rules import RULES
from portfolio.desk.sample import clear_sample, load_sample
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Message
from tests.conftest import NOW


def leave_what_people_leave(sample, demo, by):
    """Add a row of every kind that rules, plans, decisions and mail bring about."""
    flag = Flag.objects.open().filter(pilot__program=sample).first()
    ask_decision(NewDecision(question="Stop it?", pilot=flag.pilot), by=by)
    ask_decision(NewDecision(question="Go on with all of it?", program=sample), by=by)
    Answer.objects.create(
        pilot=flag.pilot, flag=flag, kind="moving", person=demo, was_signed_in=True, given_at=NOW
    )
    set_limits(RULES.get("R-01"), {"warning": 60}, program=sample, reason="Sooner", by=by)
    field = define_field(NewField(program=sample, label="Budget", kind=FieldKind.MONEY), by=by)
    edit_pilot(Edit(pilot=flag.pilot, fields={"custom": {field.code: "5"}}), by=by)
    add_milestone(NewMilestone(pilot=flag.pilot, title="Go-live", owner=Contact(name="Ines")), by=by)
    enqueue("digest", key="digest:1", at=NOW, person=demo)
    by_demo = By(user=demo, at=NOW, source=Source.WEB)
    rate = NewRate(program=sample, currency="USD", rate=Decimal("0.9"), since=date(2026, 11, 2))
    add_rate(rate, by=by_demo)
    reading = Measurement.objects.current().filter(
        kpi__pilot__program=sample, kpi__retired_on=None, kpi__pilot__stage=Stage.PRODUCTION.value
    )[0]
    correction = ReadingCorrection(measurement=reading, fields={"sample_size": 7}, reason="Counted again")
    correct_reading(correction, by=by_demo)
    assert ProgramLine.objects.exists()
    assert Phase.objects.exists()


def test_clear_removes_all_of_it_and_leaves_real_pilots_alone(
    program, make_pilot, manager, by, by_system, administrator
):
    real = make_pilot("Real one")
    before = {
        model: set(model.objects.values_list("pk", flat=True))
        for model in (
            *(Pilot, Event, StageTransition, Owner, Ownership, User, Membership, Program),
            *(Flag, ProgramLine, Decision, Answer, Plan, Phase, RuleSetting, Message),
            *(CustomField, Milestone, Kpi, Measurement, LedgerEntry, Report, Rate),
        )
    }
    sample = load_sample(by=by_system)
    demo = User.objects.get(email="manager@demo.headway.example")
    create_token(user=demo, name="Looking", scopes={"read"}, by=by_system)
    add_member(program=sample, user=manager, role=Role.MANAGER, by=by_system)
    row = StageTransition.objects.filter(pilot__program=sample, to_stage="proven").first()
    correction = Correction(transition=row, happened=Day(row.happened_on), reason="the same day")
    correct_transition(correction, by=by)
    leave_what_people_leave(sample, demo, by)

    cleared = clear_sample(by=By(user=demo, at=NOW, source=Source.WEB))

    assert (cleared.pilots, cleared.logins) == (45, 4)
    assert list(Pilot.objects.all()) == [real]
    trail = Event.objects.get(verb="sample.cleared")
    assert (trail.actor, trail.subject) == (None, "Sample portfolio")
    loaded = Event.objects.get(verb="sample.loaded")
    for model, ids in before.items():
        added = {trail.pk, loaded.pk} if model is Event else set()
        assert set(model.objects.values_list("pk", flat=True)) == ids | added, model


def test_clear_without_a_sample_is_refused(db, by_system):
    with pytest.raises(Refused, match="No sample portfolio is loaded here"):
        clear_sample(by=by_system)


def test_command_loads_and_clears_in_json(db, capsys, few_stories):
    with time_machine.travel(NOW, tick=False):
        call_command("sample", "load", "--json")
        loaded = json.loads(capsys.readouterr().out)
        with pytest.raises(CommandError, match="loaded already") as refusal:
            call_command("sample", "load")
        call_command("sample", "clear", "--json")

    assert (loaded["program"], loaded["pilots"]) == ("sample", 3)
    assert refusal.value.returncode == 2
    cleared = json.loads(capsys.readouterr().out)
    assert (cleared["pilots"], cleared["log_ins"]) == (3, 4)
    assert list(Event.objects.values_list("verb", flat=True).order_by("id")) == [
        "sample.loaded",
        "sample.cleared",
    ]

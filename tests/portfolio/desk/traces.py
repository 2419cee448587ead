"""What people leave in the sample while they look round, and which rows there are."""

from datetime import date
from decimal import Decimal

from kpis.actions.currency import NewRate, add_rate
from kpis.actions.measurement import Correction as ReadingCorrection
from kpis.actions.measurement import correct_reading
from kpis.models import Kpi, LedgerEntry, Measurement, Rate, Report
from pilots.access.models import Event, Membership, Program, Source, User
from pilots.actions.by import By
from pilots.actions.custom import NewField, define_field
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.limits import set_limits
from pilots.actions.milestone import NewMilestone, add_milestone
from pilots.actions.owner import Contact
from pilots.actions.pilot import Edit, edit_pilot
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
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Message
from tests.conftest import NOW

KINDS = (
    *(Pilot, Event, StageTransition, Owner, Ownership, User, Membership, Program),
    *(Flag, ProgramLine, Decision, Answer, Plan, Phase, RuleSetting, Message),
    *(CustomField, Milestone, Kpi, Measurement, LedgerEntry, Report, Rate),
)


def rows_there() -> dict[type, set[int]]:
    """Return the ids of all rows, by model."""
    return {model: set(model.objects.values_list("pk", flat=True)) for model in KINDS}


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

"""Which writes are a word, which are a move, and which are neither: every verb, and every door.

A pilot of which nobody spoke and that did not move is found by these two clocks, so a write that sets one it
should not hides it, and one that sets none accuses somebody who was there.
"""

import ast
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, override_settings

import pilots
from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.actions.ledger import BudgetDecision, NewEntry, add_entry, decide_budget
from kpis.actions.measurement import NewReading, record_readings
from kpis.money.terms import Commitment, LedgerKind, MoneyPhase
from kpis.oneline import read_kpi
from kpis.terms import Entry, Provenance
from pilots.access.models import Event, Program, Role, Source, User
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member, create_programs, create_token
from pilots.actions.answer import GivenAnswer, give_answer, settle_answer
from pilots.actions.assign import assign_flags
from pilots.actions.bulk import Bulk, change_many
from pilots.actions.bulk_asks import PutOnHold, SetOwner, SetTags, SetValues
from pilots.actions.by import By
from pilots.actions.connection import NewConnection, add_connection
from pilots.actions.decision import NewDecision, Settlement, ask_decision, decide
from pilots.actions.evidence import NewEvidence, bring_evidence
from pilots.actions.flag import Dispute, Snooze, dispute_flags, snooze_flags
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.judge import scan
from pilots.actions.log import NewLine, check_in
from pilots.actions.milestone import (
    CloseMilestone,
    MilestoneEdit,
    NewMilestone,
    add_milestone,
    close_milestone,
    edit_milestones,
)
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.owner_end import end_ownership
from pilots.actions.phase import ClosePhase, close_phase
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, log_pilot
from pilots.actions.requirement import settle_requirements
from pilots.actions.rollout import NewStep, StepDecision, add_step, decide_step
from pilots.actions.stage import Correction, Move, correct_transition, move_pilot
from pilots.actions.waiver import NewWaiver, waive
from pilots.calendar import Day
from pilots.design import ConnectionKind, RolloutKind, RolloutOutcome
from pilots.lifecycle import Stage
from pilots.models import AnswerKind, Flag, LogKind, Phase, Pilot, Plan
from pilots.playbook import EvidenceKind
from pilots.web.told import VERBS
from portfolio.digests.links import answer_url
from tests.conftest import NOW, QUICK_HASHERS, TODAY
from tests.passing import waive_gates
from tests.portfolio.exchange.importer import Importer, row

NEITHER, HEARD, MOVED = "neither", "heard", "moved"
LATER = NOW + timedelta(hours=2)
DAY = Day(TODAY - timedelta(days=30))

# --- Every verb ---------------------------------------------------------------------------

WORDS = {"pilot.checked_in", "answer.given", "answer.settled"}
MOVES = {
    *("pilot.moved", "pilot.stopped", "phase.closed", "milestone.done", "milestone.edited"),
    *("decision.decided", "ledger.decided", "gate.approved", "rollout.decided"),
    *("evidence.brought", "measurement.recorded"),
}
# Whatever else is written sets no clock. A new verb has to be put here, or above.
SILENT = {
    f"{noun}.{deed}"
    for noun, deeds in {
        "benchmark": "switched",
        "calendar": "freeze_added freeze_removed holiday_added holiday_removed working_days_set",
        "connection": "added edited removed",
        "decision": "asked passed_on",
        "digest": "set stopped",
        "ending": "told",
        "evidence": "withdrawn",
        "field": "defined edited",
        "flag": "assigned closed disputed escalated opened snoozed woken",
        "forecast": "kept",
        "gate": "approval_revoked met reopened",
        "hold": "extended taken_back",
        "import": "begun dropped undone",
        "invitation": "withdrawn",
        "job": "retried",
        "kpi": "defined edited made_primary removed restored retired signed",
        "ledger": "added checked edited removed",
        "list": "exported",
        "loop": "edited",
        "mail": "read",
        "mapping": "saved",
        "measurement": "corrected withdrawn",
        "member": "added changed removed",
        "message": "all_released given_up released retried",
        "milestone": "added removed reopened",
        "model": "added edited live removed",
        "owner": "accepted added again as_before created deactivated declined deputised edited ended"
        " handed_over invited linked taken_back unlinked unnamed",
        "ownership": "edited",
        "password-link": "created",
        "pack": "frozen removed share_revoked shared",
        "phase": "reopened started",
        "pilot": "commented created edited held history_added history_taken_back imported move_refused"
        " resumed",
        "plan": "made replaced",
        "plan-template": "restored set",
        "playbook": "gate_set requirement_added requirement_edited requirement_restored",
        "program": "created currency_set edited removed",
        "rate": "added removed",
        "register": "imported",
        "report": "begun edited published removed",
        "requirement": "met reopened waits waits_no_longer",
        "rollout": "added edited removed",
        "rule": "backtest_asked limits_set",
        "sample": "cleared loaded",
        "scope": "changed",
        "sharing": "switched",
        "template": "added edited removed",
        "token": "created revoked",
        "transition": "corrected voided",
        "user": "created deactivated reactivated",
        "view": "edited removed saved",
        "waiver": "granted revoked",
    }.items()
    for deed in deeds.split()
}


def clocks_in_code() -> dict[str, set[str]]:
    """Return which clocks each verb may set, as the calls that record it say."""
    root = Path(pilots.__file__).parents[1]
    found: dict[str, set[str]] = {}
    for path in sorted(root.glob("*/actions/*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            given = {word.arg: word.value for word in getattr(call, "keywords", ())}
            if not isinstance(call, ast.Call) or "movement" not in given:
                continue
            names = {node.attr for node in ast.walk(given["movement"]) if isinstance(node, ast.Attribute)}
            for verb in verbs_in(call, given["movement"]):
                found.setdefault(verb, set()).update(names & {"HEARD", "MOVED"})
    return found


def verbs_in(call: ast.Call, movement: ast.expr) -> set[str]:
    """Return the verbs of a call that sets a clock: of two, both hanging on one question, the first alone."""
    parts = [
        part.body
        if isinstance(part, ast.IfExp) and ast.dump(part.test) == ast.dump(getattr(movement, "test", part))
        else part
        for part in call.args
    ]
    texts = [node for part in parts for node in ast.walk(part) if isinstance(node, ast.Constant)]
    return {text.value for text in texts if text.value in VERBS}


def test_every_verb_is_a_word_a_move_or_neither():
    assert set(VERBS) == WORDS | MOVES | SILENT
    assert len(WORDS) + len(MOVES) + len(SILENT) == len(VERBS)


def test_code_sets_the_clocks_by_these_verbs_alone():
    expected = {verb: {"HEARD"} for verb in WORDS} | {verb: {"MOVED"} for verb in MOVES}

    assert clocks_in_code() == expected


# --- Every door ---------------------------------------------------------------------------


class World:
    """A pilot with something of every kind; each write is done two hours later, by the manager."""

    def __init__(self) -> None:
        system = By(user=None, at=NOW, source=Source.COMMAND)
        program = create_programs([Program(name="Claims AI", slug="claims", prefix="CLM")], by=system)[0]
        make = User.objects.create_user
        self.manager, self.owner = (make(f"{name}@example.com", "x", name=name) for name in ("Maren", "Olga"))
        add_member(program=program, user=self.manager, role=Role.MANAGER, by=system)
        self.secret = create_token(
            user=self.manager, name="Tool", scopes={"read", "write", "measure"}, by=system
        )[1]
        new = NewPilot(
            program=program, name="Triage", problem="Nine days.", stage=Stage.TRANSITION, since=DAY
        )
        self.pilot = log_pilot(new, by=system)
        self.kpi = define_kpi(NewKpi(pilot=self.pilot, line=read_kpi("Handling time 14 → 9 min")), by=system)
        self.milestone = add_milestone(NewMilestone(pilot=self.pilot, title="Shadow run"), by=system)
        plan = Plan.objects.create(pilot=self.pilot, number=1, template="built", start=DAY.first, made_at=NOW)
        self.phase = Phase.objects.create(
            plan=plan, number=1, title="Scope", planned_start=DAY.first, planned_end=TODAY
        )
        self.decision = ask_decision(
            NewDecision(question="Go on?", pilot=self.pilot, options=("Go on", "Stop")), by=system
        )
        begins = TODAY - timedelta(days=14)
        step = NewStep(
            pilot=self.pilot, kind=RolloutKind.SHADOW, share_percent=0, starts_on=begins, ends_on=TODAY
        )
        self.step = add_step(step, by=system)
        self.budget = add_entry(self.entry(), by=system)
        self.seat = add_owner(
            NewOwnership(
                pilot=self.pilot,
                contact=Contact(name="Olga", email="olga@example.com"),
                role=OwnerRole.PRODUCTION_OWNER,
            ),
            by=system,
        )
        type(self.seat.owner).objects.filter(pk=self.seat.owner_id).update(user=self.owner)
        type(self.seat).objects.filter(pk=self.seat.pk).update(accepted_on=TODAY)
        self.flag = Flag.objects.create(
            pilot=self.pilot,
            rule="R-08",
            kind="stall",
            pattern="purgatory",
            severity="high",
            since=date(2026, 1, 1),
            crossed_on=date(2026, 7, 1),
            limit_name="high",
            limit=180,
            opened_at=NOW,
        )
        Pilot.objects.update(heard_at=None, moved_at=None)
        self.pilot.refresh_from_db()

    def by(self, source: Source = Source.WEB) -> By:
        return By(user=self.manager, at=LATER, source=source)

    def entry(self) -> NewEntry:
        return NewEntry(
            pilot=self.pilot,
            kind=LedgerKind.BUDGET,
            phase=MoneyPhase.RUN,
            amount=Decimal(60),
            currency="EUR",
            period_from=TODAY,
            period_to=TODAY,
        )

    def evidence(self, kind: EvidenceKind) -> NewEvidence:
        return NewEvidence(
            pilot=self.pilot, requirement="monitoring", kind=kind, dated=TODAY, text="Three panels."
        )

    def reading(self, provenance: Provenance = Provenance.SHADOW) -> NewReading:
        return NewReading(kpi=self.kpi, value=Decimal("9.4"), provenance=provenance, measured_at=NOW)

    def answer(self, *, signed_in: bool) -> GivenAnswer:
        return GivenAnswer(
            pilot=self.pilot, person=self.owner, kind=AnswerKind.MOVING, text="We met.", signed_in=signed_in
        )

    def settle(self, *, accept: bool) -> None:
        given = give_answer(self.answer(signed_in=False), by=By(user=None, at=NOW, source=Source.REPLY))
        settle_answer(given, accept=accept, by=self.by())

    def page(self, address: str, **fields) -> None:
        browser = Client()
        browser.force_login(self.manager)
        response = browser.post(address, fields)
        assert response.status_code == 302, response.content.decode()[-3000:]

    def paste(self, **given) -> None:
        """Bring a table, look at what was understood of it, and save that."""
        address = "/pilots/CLM-1/kpis/readings/table/"
        browser = Client()
        browser.force_login(self.manager)
        form = browser.post(address, {"provenance": "shadow", **given}).context["form"]
        sent = {name: form[name].value() or "" for name in ("table", "provenance", "origin", "seal")}
        self.page(address, **sent, save="1")

    def api(self, address: str, body: object) -> None:
        headers = {"Authorization": f"Bearer {self.secret}"}
        response = Client(headers=headers).post(f"/api/v1/{address}", body, content_type="application/json")
        assert response.status_code < 300, response.content


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Build it in a transaction around all tests of this module; each test has its own inside."""
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=QUICK_HASHERS), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


@pytest.fixture
def world(built, db):
    with time_machine.travel(LATER, tick=False):
        yield built


def line(kind):
    return lambda on, by: check_in(NewLine(pilot=on.pilot, kind=kind, text="It goes on."), by=by)


def moves_to(stage, **said):
    return lambda on, by: move_pilot(Move(pilot=on.pilot, to=stage, **said), by=by)


def goes_live(on, by):
    waive_gates(on.pilot)
    Pilot.objects.update(heard_at=None, moved_at=None)
    move_pilot(Move(pilot=on.pilot, to=Stage.LIMITED, evidence="Thirty handlers."), by=by)


def closes(on, by):
    close_milestone(CloseMilestone(milestone=on.milestone, text="Two weeks of it."), by=by)


def corrects(on, by):
    first = on.pilot.transitions.get()
    correct_transition(Correction(transition=first, happened=Day(TODAY), reason="A slip."), by=by)


def many(asked):
    return lambda on, by: change_many(Bulk(pilots=[on.pilot], asked=asked), by=by)


def measures(entry, provenance=Provenance.SHADOW):
    return lambda on, by: record_readings([on.reading(provenance)], entry=entry, by=by)


def resumes(on, by):
    held = NewHold(pilot=on.pilot, reason="x", agreed_by="S. Keller", review_on=TODAY + timedelta(days=20))
    hold_pilot(held, by=by)
    resume_pilot(Resume(pilot=on.pilot), by=by)


# What a person does: through the browser or the API, it says the same of the pilot.
BY_HAND = {
    "check-in": (HEARD, line(LogKind.CHECK_IN)),
    "answer with a session": (HEARD, lambda on, by: give_answer(on.answer(signed_in=True), by=_as_owner(on))),
    "answer that a manager confirms": (HEARD, lambda on, by: on.settle(accept=True)),
    "stage": (MOVED, goes_live),
    "stage, back": (MOVED, moves_to(Stage.PROVEN, reason="Too early.")),
    "stop": (MOVED, moves_to(Stage.STOPPED, reason="The portal does it.")),
    "milestone done": (MOVED, closes),
    "milestone done and renamed": (
        MOVED,
        lambda on, by: edit_milestones(
            [MilestoneEdit(milestone=on.milestone, fields={"done_on": TODAY, "title": "Run"})], by=by
        ),
    ),
    "phase closed": (MOVED, lambda on, by: close_phase(ClosePhase(phase=on.phase, note="There."), by=by)),
    "decision": (MOVED, lambda on, by: decide(Settlement(decision=on.decision, choice="Go on"), by=by)),
    "evidence": (MOVED, lambda on, by: bring_evidence(on.evidence(EvidenceKind.TEST), by=by)),
    "rollout decided": (
        MOVED,
        lambda on, by: decide_step(
            StepDecision(step=on.step, outcome=RolloutOutcome.PROCEED, result="One in twenty."), by=by
        ),
    ),
    "budget decided": (
        MOVED,
        lambda on, by: decide_budget(
            BudgetDecision(
                entry=on.budget, commitment=Commitment.COMMITTED, decided_on=TODAY, decided_by="Board"
            ),
            by=by,
        ),
    ),
    "comment": (NEITHER, line(LogKind.COMMENT)),
    "edit": (NEITHER, lambda on, by: edit_pilot(Edit(pilot=on.pilot, fields={"unit": "West"}), by=by)),
    "tags": (NEITHER, lambda on, by: edit_pilot(Edit(pilot=on.pilot, fields={"tags": ["mail"]}), by=by)),
    "another owner": (
        NEITHER,
        lambda on, by: add_owner(
            NewOwnership(pilot=on.pilot, contact=Contact(name="Ines"), role=OwnerRole.LEGAL), by=by
        ),
    ),
    "owner ends": (NEITHER, lambda on, by: end_ownership(on.seat, by=by, reason="Left.")),
    "KPI": (
        NEITHER,
        lambda on, by: define_kpi(NewKpi(pilot=on.pilot, line=read_kpi("Errors 9 → 3 %")), by=by),
    ),
    "KPI edited": (
        NEITHER,
        lambda on, by: edit_kpis(
            [KpiEdit(kpi=on.kpi, fields={"target": Decimal(8)}, reason="More.", scope_reason="More.")], by=by
        ),
    ),
    "evidence of a demo": (NEITHER, lambda on, by: bring_evidence(on.evidence(EvidenceKind.DEMO), by=by)),
    "milestone planned": (
        NEITHER,
        lambda on, by: add_milestone(NewMilestone(pilot=on.pilot, title="Go-live"), by=by),
    ),
    "milestone that was there": (
        NEITHER,
        lambda on, by: add_milestone(NewMilestone(pilot=on.pilot, title="Old", done_on=TODAY), by=by),
    ),
    "decision asked": (
        NEITHER,
        lambda on, by: ask_decision(NewDecision(question="How many?", pilot=on.pilot), by=by),
    ),
    "waiver": (
        NEITHER,
        lambda on, by: waive(NewWaiver(pilot=on.pilot, subject="monitoring", reason="x", until=TODAY), by=by),
    ),
    "connection": (
        NEITHER,
        lambda on, by: add_connection(
            NewConnection(pilot=on.pilot, name="Claims", kind=ConnectionKind.SOURCE), by=by
        ),
    ),
    "money": (NEITHER, lambda on, by: add_entry(on.entry(), by=by)),
    "hold and resume": (NEITHER, resumes),
    "history put right": (NEITHER, corrects),
    "answer set aside": (NEITHER, lambda on, by: on.settle(accept=False)),
    "snooze": (
        NEITHER,
        lambda on, by: snooze_flags(
            [Snooze(flag=on.flag, until=TODAY + timedelta(days=9), reason="January.")], by=by
        ),
    ),
    "dispute": (NEITHER, lambda on, by: dispute_flags([Dispute(flag=on.flag, reason="Not so.")], by=by)),
    "flag given to somebody": (NEITHER, lambda on, by: assign_flags([on.flag], to=on.manager, by=by)),
    "bulk: tags": (NEITHER, many(SetTags(add=("mail",)))),
    "bulk: values": (NEITHER, many(SetValues(plain={"unit": "West"}))),
    "bulk: owner": (NEITHER, many(SetOwner(contact=Contact(name="Ines"), reason="She begins."))),
    "bulk: hold": (
        NEITHER,
        many(PutOnHold(reason="x", agreed_by="S. Keller", review_on=TODAY + timedelta(days=20))),
    ),
}
# What depends on the door it comes through.
BY_DOOR = [
    ("reading, form", MOVED, Source.WEB, measures(Entry.FORM)),
    ("reading, pasted", MOVED, Source.WEB, measures(Entry.TABLE)),
    ("reading of chosen cases, form", NEITHER, Source.WEB, measures(Entry.FORM, Provenance.CURATED)),
    ("reading of a demo, pasted", NEITHER, Source.WEB, measures(Entry.TABLE, Provenance.DEMO)),
    ("reading, tool", NEITHER, Source.API, measures(Entry.API, Provenance.LIVE)),
    ("reading, file from the command line", NEITHER, Source.COMMAND, measures(Entry.FILE, Provenance.LIVE)),
    (
        "milestone done, import",
        NEITHER,
        Source.IMPORT,
        lambda on, by: edit_milestones(
            [MilestoneEdit(milestone=on.milestone, fields={"done_on": TODAY})], by=by
        ),
    ),
    ("answer without a session", NEITHER, Source.REPLY, lambda on, by: _answer_by_mail(on)),
    ("scan", NEITHER, Source.JOB, lambda on, by: scan(at=LATER, program=on.pilot.program)),
    (
        "requirements settled",
        NEITHER,
        Source.JOB,
        lambda on, by: settle_requirements([on.pilot.pk], at=LATER),
    ),
]


def _as_owner(on):
    return By(user=on.owner, at=LATER, source=Source.WEB)


def _answer_by_mail(on):
    give_answer(on.answer(signed_in=False), by=By(user=None, at=LATER, source=Source.REPLY))


def clocks(pk) -> str:
    """Return which clock was set, and see that the columns made of it agree."""
    pilot = Pilot.objects.get(pk=pk)
    found = {name for name, at in ((HEARD, pilot.heard_at), (MOVED, pilot.moved_at)) if at is not None}
    assert len(found) < 2
    assert {at for at in (pilot.heard_at, pilot.moved_at) if at} <= {LATER}
    told = Event.objects.filter(pilot_id=pk, at=LATER).exclude(movement="").values_list("movement", flat=True)
    assert set(told) == found
    return found.pop() if found else NEITHER


@pytest.mark.parametrize(
    ("name", "source"),
    [
        *((name, Source.WEB) for name in BY_HAND),
        *((name, Source.API) for name, (expected, _) in BY_HAND.items() if expected is not NEITHER),
    ],
)
def test_what_a_person_does_sets_the_same_clock_by_every_door(world, name, source):
    expected, write = BY_HAND[name]

    write(world, world.by(source))

    assert clocks(world.pilot.pk) == expected


@pytest.mark.parametrize(
    ("expected", "source", "write"),
    [pytest.param(*rest, id=name) for name, *rest in BY_DOOR],
)
def test_some_writes_count_by_who_does_them(world, expected, source, write):
    write(world, world.by(source))

    assert clocks(world.pilot.pk) == expected


ROW = {"kpi": "CLM-1/handling-time", "value": "9.4", "provenance": "live"}
PASTED = "kpi\tmeasured_at\tvalue\tprovenance\nHandling time\t2026-11-17\t9.4\tshadow\n"


@pytest.mark.parametrize(
    ("expected", "knock"),
    [
        pytest.param(
            HEARD,
            lambda on: on.page("/pilots/CLM-1/check-in/", going="moving", text="We met."),
            id="page: check-in",
        ),
        pytest.param(
            NEITHER,
            lambda on: on.page("/pilots/CLM-1/check-in/", going="", text="We met.", comment="1"),
            id="page: comment",
        ),
        pytest.param(
            MOVED,
            lambda on: on.page(
                "/pilots/CLM-1/kpis/handling-time/readings/new/",
                value="9.4",
                provenance="shadow",
                measured_at="17 Nov 2026",
            ),
            id="page: reading",
        ),
        pytest.param(
            HEARD,
            lambda on: on.api("pilots/CLM-1/check-in/", {"going": "moving", "text": "We met."}),
            id="API: check-in",
        ),
        pytest.param(
            MOVED,
            lambda on: on.api("pilots/CLM-1/move/", {"to": "proven", "reason": "Too early."}),
            id="API: move",
        ),
        pytest.param(
            NEITHER,
            lambda on: on.api(
                "pilots/CLM-1/kpis/handling-time/measurements/", {"value": 9.4, "provenance": "live"}
            ),
            id="API: reading",
        ),
        pytest.param(
            NEITHER, lambda on: on.api("measurements/bulk/", {"measurements": [ROW]}), id="API: readings"
        ),
        pytest.param(MOVED, lambda on: on.paste(table=PASTED), id="page: pasted readings"),
        pytest.param(
            MOVED,
            lambda on: on.paste(file=SimpleUploadedFile("readings.csv", PASTED.encode())),
            id="page: file of readings",
        ),
        pytest.param(
            NEITHER,
            lambda on: on.api("pilots/bulk/", {"keys": ["CLM-1"], "set": {"add_tags": ["mail"]}}),
            id="API: bulk",
        ),
    ],
)
def test_doors_themselves_say_who_is_there(world, expected, knock):
    knock(world)

    assert clocks(world.pilot.pk) == expected


def test_link_in_a_mail_is_no_word_until_somebody_is_known_to_have_said_it(world):
    address = answer_url(world.owner, world.flag, LATER).split("/", 3)[3]

    Client().post(f"/{address}", {"kind": "moving", "text": "We met."})
    assert clocks(world.pilot.pk) == NEITHER

    browser = Client()
    browser.force_login(world.owner)
    browser.post(f"/{address}", {"kind": "moving", "text": "We met."})
    assert clocks(world.pilot.pk) == HEARD


def test_import_and_the_next_import_are_neither(world, tmp_path):
    importer = Importer(tmp_path, world.manager, world.pilot.program)
    importer.write([row(1, "Hail")])
    importer.write([row(1, "Hail", "Live", live="2026-03-04")])

    hail = Pilot.objects.get(name="Hail")
    assert (hail.stage, hail.heard_at, hail.moved_at) == ("production", None, None)

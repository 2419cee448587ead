"""No door lets a pilot into a stage the rules do not allow (promise D7), and D5's second half with it.

A machine of random steps moves pilots by page, API, set form and register, holds and resumes them, waives
and names owners. What may follow what is written out here once more, on purpose: not read from the product.
"""

import itertools
from datetime import date, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.actions.account import create_token
from pilots.actions.by import Refused
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.integrity import rebuild_columns
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.lifecycle import Stage
from pilots.models import Hold, Ownership, Pilot, StageTransition
from tests.conftest import NOW, TODAY
from tests.faults.place import LONG
from tests.passing import waive_gates
from tests.promises.doors import Doors, now_of

STEPS, EXAMPLES = (100, 50) if LONG else (25, 4)
WAY = ["idea", "chartered", "piloting", "proven", "transition", "limited", "production", "sustained"]
ENDED = {"stopped", "retired"}
WORDED = {"proven", "limited", "production", "sustained"}
ONWARDS = "onwards"  # to whatever comes next: random stages alone are refused nearly always
STAGES = st.sampled_from([ONWARDS, ONWARDS, ONWARDS, *WAY, *sorted(ENDED)])
WORDS = st.sampled_from(["Agreed in the review.", "Measured: 14 to 9 minutes.", ""])
PILOTS = st.integers(0, 2)


def follows(frm, to):
    """Return whether a stage may follow another, as people wrote it down: docs/lifecycle.md."""
    if frm in ENDED or frm == to:
        return False
    if to == "retired":
        return frm in {"production", "sustained"}
    if to == "stopped":
        return frm not in {"production", "sustained"}
    return WAY.index(to) <= WAY.index(frm) + 1


def is_back(frm, to):
    return frm in WAY and to in WAY and WAY.index(to) < WAY.index(frm)


class Machine(RuleBasedStateMachine):
    """Three pilots of one program, in one transaction that is undone at the end."""

    make_pilot = doors = by = None
    door_count = refused = made = 0

    def __init__(self):
        super().__init__()
        self._undo = transaction.atomic()
        self._undo.__enter__()
        self.pilots = [
            self.make_pilot(f"Pilot {number}", stage=stage, since=date(2026, 9, 1))
            for number, stage in enumerate((Stage.IDEA, Stage.PILOTING, Stage.TRANSITION))
        ]
        self.waived = set()
        self.registers = itertools.count()
        for number in (0, 1):  # two are free to go; the third has everything in its way
            self.waive(number)
            self.own(number, OwnerRole.PRODUCTION_OWNER)
            self.own(number, OwnerRole.RUN_OWNER)

    def teardown(self):
        transaction.set_rollback(True)
        self._undo.__exit__(None, None, None)

    def _move(self, door, number, to, reason, evidence):
        pilot = now_of(self.pilots[number])
        frm, held = pilot.stage, pilot.held_since is not None
        if to == ONWARDS:
            to = WAY[min(WAY.index(frm) + 1, len(WAY) - 1)] if frm in WAY else "idea"
        was_made = door(pilot, to, reason, evidence)
        after = now_of(pilot)
        assert after.stage == (to if was_made else frm)
        type(self).door_count += 1
        type(self).made += was_made
        if was_made:
            assert follows(frm, to), f"{frm} to {to}"
            assert not held or to in ENDED
            assert reason or not (to in ENDED or is_back(frm, to))
            assert evidence or is_back(frm, to) or to not in WORDED
            assert pilot.pk in self.waived or is_back(frm, to) or to not in {"chartered", "limited"}
        elif self._is_plain(pilot, frm, to, held):
            assert not (reason and evidence), f"{frm} to {to} was refused"

    def _is_plain(self, pilot, frm, to, held):
        """Return whether nothing whatever stands in the way of a move that has its reason and evidence."""
        roles = set(Ownership.objects.filter(pilot=pilot).values_list("role", flat=True))
        owned = {"production_owner", "run_owner"} <= roles
        entered = pilot.stage_since is None or pilot.stage_since <= TODAY
        may = follows(frm, to) and to != "sustained"  # for which a year must have passed
        return may and owned and entered and not held and pilot.pk in self.waived

    @rule(number=PILOTS, to=STAGES, reason=WORDS, evidence=WORDS)
    def by_page(self, number, to, reason, evidence):
        self._move(self.doors.web, number, to, reason, evidence)

    @rule(number=PILOTS, to=STAGES, reason=WORDS, evidence=WORDS)
    def by_api(self, number, to, reason, evidence):
        self._move(self.doors.api, number, to, reason, evidence)

    @rule(number=PILOTS, to=STAGES, reason=WORDS, evidence=WORDS)
    def by_set_form(self, number, to, reason, evidence):
        self._move(self.doors.set_form, number, to, reason, evidence)

    @rule(number=PILOTS, to=st.sampled_from(["Piloting", "Proven", "In production", "Flying"]))
    def by_register(self, number, to):
        """A register tells; the rows it leaves say “imported”, and none of them says “made”."""
        pilot = now_of(self.pilots[number])
        moved = pilot.transitions.filter(origin="made").count()
        self.doors.told_by_a_register(pilot, to, next(self.registers))
        assert pilot.transitions.filter(origin="made").count() == moved

    @rule(number=PILOTS)
    def hold(self, number):
        pilot = now_of(self.pilots[number])
        new = NewHold(
            pilot=pilot, reason="Budget.", agreed_by="S. Keller", review_on=TODAY + timedelta(days=30)
        )
        self._tried(lambda: hold_pilot(new, by=self.by), allowed=pilot.stage not in ENDED)

    @rule(number=PILOTS)
    def resume(self, number):
        pilot = now_of(self.pilots[number])
        self._tried(lambda: resume_pilot(Resume(pilot=pilot), by=self.by), allowed=bool(pilot.held_since))

    @rule(number=PILOTS)
    def waive(self, number):
        pilot = now_of(self.pilots[number])
        if pilot.pk not in self.waived and pilot.stage not in ENDED:
            waive_gates(pilot)
            self.waived.add(pilot.pk)

    @rule(number=PILOTS, role=st.sampled_from([OwnerRole.PRODUCTION_OWNER, OwnerRole.RUN_OWNER]))
    def own(self, number, role):
        new = NewOwnership(pilot=now_of(self.pilots[number]), contact=Contact(name="Ines"), role=role)
        self._tried(lambda: add_owner(new, by=self.by), allowed=True)

    def _tried(self, act, *, allowed):
        try:
            with transaction.atomic():
                act()
        except Refused:
            return
        assert allowed

    @invariant()
    def the_stage_is_what_the_history_says(self):
        for pilot in Pilot.objects.all():
            assert list(pilot.transitions.effective().in_order())[-1].to_stage == pilot.stage
        assert list(rebuild_columns(write=False)) == []

    @invariant()
    def nothing_is_there_twice_and_nothing_ended_goes_on(self):
        for pilot in Pilot.objects.all():
            assert Hold.objects.filter(pilot=pilot, until=None).count() <= 1
            assert pilot.stage not in ENDED or pilot.held_since is None
        # Nobody moves without saying so: one event for each row that says “made”.
        moved = StageTransition.objects.filter(origin="made").count()
        assert Event.objects.filter(verb__in=("pilot.moved", "pilot.stopped")).count() == moved


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def machine(make_pilot, manager, by, tmp_path):
    _, secret = create_token(user=manager, name="m", scopes={"read", "write"}, by=by)
    doors = Doors(manager, secret, tmp_path)
    return type("OfThisTest", (Machine,), {"make_pilot": staticmethod(make_pilot), "doors": doors, "by": by})


def run(machine, *, steps=STEPS, examples=EXAMPLES):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not LONG,
            database=None,
            phases=[Phase.generate],  # a failure is told as it is: to make it smaller takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_door_leads_into_an_illegal_state(machine):
    run(machine)

    print(f"{machine.door_count} moves asked for by page, API and set form, {machine.made} of them made")
    assert machine.made > 0


@pytest.mark.parametrize("door", ["by_page", "by_api", "by_set_form"])
def test_a_door_without_the_rules_is_noticed(machine, monkeypatch, door):
    """The control: let a move through unasked, and the same machine fails, whichever door it was."""
    monkeypatch.setattr("pilots.actions.stage.missing_for_move", lambda *_: [])
    walk = machine()

    try:
        with pytest.raises(AssertionError):
            getattr(walk, door)(number=2, to="limited", reason="", evidence="")
        assert walk.made == 1
    finally:
        walk.teardown()

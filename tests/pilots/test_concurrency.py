"""Two people at once, on whichever engine the suite runs: threads with connections of their own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import partial

import pytest
from django.db import connections

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.actions.by import Refused
from pilots.actions.deactivate import Deactivation, Heirs, deactivate_owner
from pilots.actions.hand_over import HandOver, hand_over
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, log_pilot
from pilots.calendar import Day
from pilots.models import Ownership, Pilot
from tests.faults.place import LONG

ROUNDS = 200 if LONG else 8

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


def at_once(*calls):
    """Run the calls together, each in a thread of its own; return results and exceptions in order."""
    barrier = threading.Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(timeout=60)
            return call()
        except Exception as error:  # noqa: BLE001 -- the test asserts which ones came
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def edit(pilot, version, by, **fields):
    return lambda: edit_pilot(Edit(pilot=pilot, fields=fields, version=version), by=by)


def test_of_two_edits_of_one_version_one_is_refused(make_pilot, by_system):
    pilot = make_pilot()
    for _ in range(ROUNDS):
        version = Pilot.objects.get(pk=pilot.pk).version

        results = at_once(
            edit(pilot, version, by_system, name="A" * version),
            edit(pilot, version, by_system, unit="B" * version),
        )

        assert sorted(type(result).__name__ for result in results) == ["Pilot", "Stale"]
        assert Pilot.objects.get(pk=pilot.pk).version == version + 1


def test_without_a_version_both_edits_pass(make_pilot, by_system):
    """The control: where nobody says which version was read, the same race lets the second edit through."""
    pilot = make_pilot()

    results = at_once(edit(pilot, None, by_system, name="one"), edit(pilot, None, by_system, name="two"))

    assert [type(result) for result in results] == [Pilot, Pilot]
    assert Pilot.objects.get(pk=pilot.pk).version == 3


def test_two_edits_of_different_fields_both_survive(make_pilot, by_system):
    pilot = make_pilot()
    for number in range(1, ROUNDS + 1):
        at_once(
            edit(pilot, None, by_system, vendor=f"vendor {number}"),
            edit(pilot, None, by_system, unit=f"unit {number}"),
        )

        stored = Pilot.objects.get(pk=pilot.pk)
        assert (stored.vendor, stored.unit) == (f"vendor {number}", f"unit {number}")
    assert Pilot.objects.get(pk=pilot.pk).version == 1 + 2 * ROUNDS


def test_one_production_owner_whoever_comes_first(make_pilot, by_system):
    for number in range(ROUNDS):
        pilot = make_pilot(f"Pilot {number}")

        def name(person, pilot=pilot):
            return add_owner(
                NewOwnership(pilot=pilot, contact=Contact(name=person), role=OwnerRole.PRODUCTION_OWNER),
                by=by_system,
            )

        results = at_once(lambda: name("Ines"), lambda: name("Rui"))

        assert sum(isinstance(result, Refused) for result in results) == 1
        assert Ownership.objects.filter(pilot=pilot).count() == 1


def test_eight_writers_take_turns_and_every_key_is_unique(program, by_system):
    def log(number):
        return lambda: log_pilot(
            NewPilot(program=program, name=f"Pilot {number}", problem="Slow.", since=Day(date(2026, 9, 1))),
            by=by_system,
        )

    for _ in range(3):
        results = at_once(*[log(number) for number in range(8)])
        assert [result for result in results if isinstance(result, Exception)] == []

    assert sorted(Pilot.objects.values_list("number", flat=True)) == list(range(1, 25))
    assert Event.objects.filter(verb="pilot.created").count() == 24


@contextmanager
def failing_insert(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("The machine died here.")

    monkeypatch.setattr("pilots.actions.change.insert_rows", fail)
    yield
    monkeypatch.undo()


def test_a_change_and_its_event_are_written_together_or_not_at_all(make_pilot, by_system, monkeypatch):
    pilot = make_pilot()

    with failing_insert(monkeypatch), pytest.raises(RuntimeError):
        edit_pilot(Edit(pilot=pilot, fields={"name": "Other"}), by=by_system)

    stored = Pilot.objects.get(pk=pilot.pk)
    assert (stored.name, stored.version) == ("Claims triage", 1)


def test_of_two_hand_overs_one_is_too_late_and_somebody_always_owns(make_pilot, by_system):
    for number in range(5):
        pilot = make_pilot(f"Pilot {number}", owner=Contact(name="Ines"))
        row = pilot.ownerships.select_related("pilot").get()

        def to(person, row=row):
            asked = HandOver(ownership=row, to=Contact(name=person), reason="Moves on")
            return hand_over(asked, by=by_system)

        results = at_once(lambda: to("Rui"), lambda: to("Ana"))

        assert sorted(type(result).__name__ for result in results) == ["Ownership", "Refused"]
        assert Ownership.objects.active().filter(pilot=pilot).count() == 1


def test_who_goes_is_not_named_again_unsaid(make_pilot, by_system):
    """Naming somebody races with taking them out of use: they end on every pilot, or are refused there."""
    for number in range(5):
        pilot, other = (
            make_pilot(f"A {number}", owner=Contact(name=f"Ines {number}")),
            make_pilot(f"B {number}"),
        )
        owner = pilot.ownerships.get().owner
        named = NewOwnership(pilot=other, owner=owner, role=OwnerRole.PRODUCTION_OWNER)
        going = Deactivation(owner=owner, heirs=Heirs(leave=True))

        at_once(partial(add_owner, named, by=by_system), partial(deactivate_owner, going, by=by_system))

        owner.refresh_from_db()
        assert owner.is_active or not owner.ownerships.filter(until__isnull=True).exists()


def test_two_who_go_and_take_over_from_one_another_do_not_wait_for_ever(make_pilot, by_system):
    """Each step ends: one goes first, then the other finds that whoever was to take over is gone."""
    for number in range(5):
        first, second = (
            make_pilot(f"{side} {number}", owner=Contact(name=f"{name} {number}")).ownerships.get().owner
            for side, name in (("A", "Ines"), ("B", "Rui"))
        )

        def go(who, to):
            heirs = Heirs(everything=Contact(name=to.name))
            return partial(deactivate_owner, Deactivation(owner=who, heirs=heirs), by=by_system)

        results = at_once(go(first, second), go(second, first))

        assert sorted(type(result).__name__ for result in results) == ["Owner", "Refused"]

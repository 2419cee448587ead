from datetime import date

import pytest

from pilots.access.models import Role
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.models import Flag, Owner, Ownership
from pilots.web.unblock import Unblocker, said, who_can
from tests.conftest import NOW


@pytest.fixture
def make_flag():
    def make(pilot, rule="R-08", **fields):
        return Flag.objects.create(
            pilot=pilot,
            **{
                "rule": rule,
                "kind": "stall",
                "pattern": "purgatory",
                "severity": "high",
                "since": date(2026, 3, 1),
                "crossed_on": date(2026, 8, 29),
                "limit_name": "high",
                "limit": 180,
                "opened_at": NOW,
            }
            | fields,
        )

    return make


def own(pilot, name, role, by, *, user=None):
    add_owner(NewOwnership(pilot=pilot, contact=Contact(name=name), role=role), by=by)
    if user:
        Owner.objects.filter(name=name).update(user=user)


def test_owners_are_named_in_the_order_of_the_rule(make_pilot, make_flag, manager, by_system):
    pilot = make_pilot()
    own(pilot, "Sara Keller", OwnerRole.SPONSOR, by_system)
    own(pilot, "Aoife Byrne", OwnerRole.PRODUCTION_OWNER, by_system)
    own(pilot, "Bert", OwnerRole.BUSINESS_OWNER, by_system)
    never_proven, vacuum = make_flag(pilot), make_flag(pilot, rule="R-10")

    assert who_can([never_proven, vacuum], manager) == {
        never_proven.pk: [Unblocker("Aoife Byrne"), Unblocker("Sara Keller")],
        vacuum.pk: [Unblocker("Sara Keller"), Unblocker("Bert")],
    }


def test_whoever_holds_two_roles_is_named_once(make_pilot, make_flag, by_system):
    pilot = make_pilot()
    own(pilot, "Sara Keller", OwnerRole.SPONSOR, by_system)
    Ownership.objects.create(
        pilot=pilot, owner=Owner.objects.get(), role=OwnerRole.PRODUCTION_OWNER, since=date(2026, 9, 1)
    )
    flag = make_flag(pilot)

    assert who_can([flag], None) == {flag.pk: [Unblocker("Sara Keller")]}


def test_managers_stand_in_where_nobody_of_the_rule_is_named(
    make_pilot, make_flag, manager, contributor, make_user, program, by_system
):
    gone = make_user("gone@example.com")
    add_member(program=program, user=gone, role=Role.MANAGER, by=by_system)
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    pilot = make_pilot()
    own(pilot, "Lea", OwnerRole.LEGAL, by_system)
    flag, unknown = make_flag(pilot), make_flag(pilot, rule="R-999")

    assert who_can([flag, unknown], contributor) == {
        flag.pk: [Unblocker("Maren")],
        unknown.pk: [Unblocker("Maren")],
    }
    assert who_can([flag], manager)[flag.pk] == [Unblocker("Maren", is_reader=True)]


def test_ended_and_inactive_owners_are_not_asked(make_pilot, make_flag, by_system):
    pilot = make_pilot()
    own(pilot, "Ended", OwnerRole.SPONSOR, by_system)
    own(pilot, "Gone", OwnerRole.PRODUCTION_OWNER, by_system)
    Ownership.objects.filter(owner__name="Ended").update(until=date(2099, 1, 1))
    Owner.objects.filter(name="Gone").update(is_active=False)
    flag = make_flag(pilot)

    assert who_can([flag], None) == {flag.pk: []}


def test_the_reader_is_told_apart(make_pilot, make_flag, contributor, by_system):
    pilot = make_pilot()
    own(pilot, "Cora", OwnerRole.SPONSOR, by_system, user=contributor)
    flag = make_flag(pilot)

    assert who_can([flag], contributor)[flag.pk] == [Unblocker("Cora", is_reader=True)]
    assert who_can([flag], None)[flag.pk] == [Unblocker("Cora")]


def test_queries_do_not_grow_with_flags(make_pilot, make_flag, manager, by_system, django_assert_num_queries):
    flags = [make_flag(make_pilot(f"Pilot {number}")) for number in range(8)]
    own(flags[0].pilot, "Sara Keller", OwnerRole.SPONSOR, by_system)
    again = list(Flag.objects.all())

    with django_assert_num_queries(3):
        who_can(again[:2], manager)
    with django_assert_num_queries(3):
        found = who_can(again, manager)
    with django_assert_num_queries(0):
        assert who_can([], manager) == {}

    assert {person.name for people in found.values() for person in people} == {"Sara Keller", "Maren"}


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([], ""),
        ([Unblocker("S. Keller")], "S. Keller"),
        ([Unblocker("S. Keller"), Unblocker("Ada", is_reader=True)], "S. Keller or you"),
        ([Unblocker("A"), Unblocker("B"), Unblocker("C")], "A, B or C"),
    ],
)
def test_said(people, words):
    assert said(people) == words

"""Owners named by the set: of new pilots, and again when a list comes anew."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Role, User
from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.account import add_member
from pilots.actions.by import Forbidden, Refused
from pilots.actions.owner import Contact, NewOwnership, add_owner, add_owners, shared_addresses
from pilots.actions.owner_set import OwnersOf, set_owners
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.stage import Past
from pilots.lifecycle import Stage
from pilots.models import Origin, Owner, Ownership, Pilot
from tests.conftest import NOW, TODAY

LEAD, SPONSOR, BUILDER = OwnerRole.PRODUCTION_OWNER, OwnerRole.SPONSOR, OwnerRole.BUILDER
ANN, BOB = Contact(name="Ann", email="ann@example.com"), Contact(name="Bob")
IMPORTED = (Past(stage=Stage.PILOTING, happened=None, latest_on=TODAY, origin=Origin.IMPORTED),)


def names_of(pilot, role=LEAD):
    rows = Ownership.objects.active().filter(pilot=pilot, role=role.value)
    return sorted(rows.values_list("owner__name", flat=True))


def give(pilot, role, *contacts, by, **how):
    return set_owners([OwnersOf(pilot=pilot, role=role, contacts=contacts)], by=by, **how)


@pytest.fixture
def log(program, by):
    def log_one(*, acting=by, **fields):
        new = NewPilot(program=program, name="Claims triage", problem="Slow.", **fields)
        return log_pilots([new], by=acting)[0]

    return log_one


# --- Of new pilots -----------------------------------------------------------------


def test_new_pilot_gets_all_it_names_and_each_role_of_a_person_once(log):
    ann_again = Contact(name="A. Berg", email="ann@example.com")

    pilot = log(owner=ANN, owners=((LEAD, ANN), (SPONSOR, ANN), (SPONSOR, ann_again), (SPONSOR, BOB)))

    rows = Ownership.objects.filter(pilot=pilot).order_by("role", "owner__name")
    assert list(rows.values_list("role", "owner__name", "since", "accepted_on")) == [
        (LEAD.value, "Ann", TODAY, None),
        (SPONSOR.value, "Ann", TODAY, None),
        (SPONSOR.value, "Bob", TODAY, None),
    ]
    assert Owner.objects.count() == 2
    assert User.objects.filter(email="ann@example.com").count() == 0
    assert Event.objects.get(verb="pilot.created").after["owners"][3] == {"role": "sponsor", "owner": "Bob"}


@pytest.mark.parametrize(
    ("owners", "sentence"),
    [
        (((LEAD, BOB),), "has several production owners: Ann and Bob"),
        (((BUILDER, ANN),), "Ann would build it and bring it into production"),
        (((SPONSOR, Contact(name="a\x00b")),), "NUL character"),
        (((SPONSOR, Contact(name="x" * 201)),), "A name has at most 200 characters"),
    ],
)
def test_owners_that_cannot_be_are_refused_and_nothing_is_logged(log, owners, sentence):
    with pytest.raises(Refused, match=sentence):
        log(owner=ANN, owners=owners)
    assert not Pilot.objects.exists()


def test_a_register_may_name_the_builder_for_production_and_that_is_kept_as_the_reason(log):
    pilot = log(owner=ANN, owners=((BUILDER, ANN),), past=IMPORTED)

    reasons = Ownership.objects.filter(pilot=pilot).values_list("reason", flat=True)
    assert set(reasons) == {"The register names them for both."}


@pytest.mark.parametrize("role", [LEAD, SPONSOR])
def test_nobody_names_themselves_but_managers_who_then_have_agreed(log, by, contributor, role):
    themselves = Contact(name="Cora", email=contributor.email)
    with pytest.raises(Refused, match="is for a manager to say"):
        log(acting=replace(by, user=contributor), owners=((role, themselves),), stage=Stage.IDEA)

    log(owners=((role, Contact(name="Maren", email=by.user.email)),))

    row = Ownership.objects.get()
    assert (row.owner.user, row.accepted_on) == (by.user, TODAY)


def test_administrators_who_import_are_named_and_have_not_agreed(log, by, administrator):
    themselves = Contact(name="Ada", email=administrator.email)

    log(acting=replace(by, user=administrator), owner=themselves, past=IMPORTED)

    assert Ownership.objects.get().accepted_on is None


def test_addresses_beside_several_names_are_found():
    shared = [Contact(name=name, email="team@example.com") for name in ("Ann Berg", "Bob", "ann  berg", "Cy")]
    alone = [
        Contact(name="Dee", email="dee@example.com"),
        Contact(name="DEE", email="Dee@example.com"),
        BOB,
        BOB,
    ]

    assert shared_addresses([*alone, *shared]) == {"team@example.com": ["Ann Berg", "Bob", "Cy"]}


# --- Once more ---------------------------------------------------------------------


def test_exactly_those_named_hold_the_role_and_the_others_ended(make_pilot, by):
    pilot = make_pilot()
    stays, goes = add_owners(
        [NewOwnership(pilot=pilot, role=SPONSOR, contact=contact) for contact in (ANN, BOB)], by=by
    )
    add_owner(NewOwnership(pilot=pilot, role=LEAD, contact=BOB), by=by)
    version = Pilot.objects.get(pk=pilot.pk).version
    later = replace(by, at=NOW + timedelta(days=3))

    added = give(pilot, SPONSOR, ANN, Contact(name="Cy"), by=later)

    assert [str(row.owner) for row in added] == ["Cy"]
    assert names_of(pilot, SPONSOR) == ["Ann", "Cy"]
    assert names_of(pilot, LEAD) == ["Bob"]
    assert Ownership.objects.get(pk=goes.pk).until == date(2026, 11, 21)
    assert Ownership.objects.get(pk=stays.pk).since == TODAY
    told = Event.objects.filter(at=later.at).order_by("pk")
    assert [(event.verb, event.before or event.after) for event in told] == [
        ("owner.ended", {"owner": "Bob", "role": "sponsor"}),
        ("owner.added", {"owner": "Cy", "role": "sponsor"}),
    ]
    assert {event.version for event in told} == {version + 1}


def test_same_list_again_changes_nothing_even_where_names_are_alike(make_pilot, by, program):
    pilot, other = make_pilot("One"), make_pilot("Other")
    Owner.objects.create(program=program, name="Bob", email="bob@example.com")
    Owner.objects.create(program=program, name="Bob", email="other-bob@example.com")
    give(pilot, LEAD, BOB, by=by)
    give(other, LEAD, ANN, by=by)
    before = list(Ownership.objects.order_by("pk").values())
    events = Event.objects.count()

    give(pilot, LEAD, Contact(name="bob"), by=by)
    give(other, LEAD, Contact(name="Ann Berg", email="ann@example.com"), by=by)

    assert list(Ownership.objects.order_by("pk").values()) == before
    assert Event.objects.count() == events


def test_namesake_with_another_address_is_somebody_else(make_pilot, by):
    pilot = make_pilot(owner=ANN)

    give(pilot, LEAD, replace(ANN, email="ann@example.org"), by=by)

    active = Ownership.objects.active().get(pilot=pilot)
    assert active.owner.email == "ann@example.org"


def test_handing_production_over_and_leaving_it_to_nobody(make_pilot, by):
    pilot = make_pilot(owner=ANN)

    give(pilot, LEAD, BOB, by=by)
    assert names_of(pilot) == ["Bob"]
    give(pilot, LEAD, by=by)
    assert names_of(pilot) == []
    assert Ownership.objects.filter(pilot=pilot).count() == 2


@pytest.mark.parametrize(
    ("contacts", "sentence"),
    [
        ((ANN, BOB), "has several production owners: Ann and Bob"),
        ((Contact(name="Built It"),), "Built It would build it"),
        ((Contact(name="Gone", email="gone@example.com"),), "Gone is not active any longer"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_ends(make_pilot, program, by, contacts, sentence):
    pilot = make_pilot(owner=Contact(name="Tomasz"))
    add_owner(NewOwnership(pilot=pilot, role=BUILDER, contact=Contact(name="Built It")), by=by)
    Owner.objects.create(program=program, name="Gone", email="gone@example.com", is_active=False)

    with pytest.raises(Refused, match=sentence):
        give(pilot, LEAD, *contacts, by=by)
    assert names_of(pilot) == ["Tomasz"]


def test_ended_pilot_gets_owners_by_an_import_only(make_pilot, by):
    pilot = make_pilot(stage=Stage.STOPPED)

    with pytest.raises(Refused, match="it needs no owner any longer"):
        give(pilot, LEAD, ANN, by=by)
    give(pilot, LEAD, ANN, by=by, deed=Deed.IMPORT)

    assert names_of(pilot) == ["Ann"]


def test_import_may_name_the_builder_and_carries_its_batch(make_pilot, by):
    pilot = make_pilot()
    batch = "6f0b5a34-6a0c-4f4e-9f1c-7c7a5f6f7a11"
    both = [OwnersOf(pilot=pilot, role=role, contacts=(ANN,)) for role in (LEAD, BUILDER)]

    set_owners(both, by=by, deed=Deed.IMPORT, batch=batch)

    assert set(Ownership.objects.values_list("reason", flat=True)) == {"The register names them for both."}
    assert {str(event.batch) for event in Event.objects.filter(verb="owner.added")} == {batch}


@pytest.mark.parametrize("deed", [Deed.ASSIGN_OWNERS, Deed.IMPORT])
def test_rights_are_those_of_the_deed(make_pilot, make_user, program, by, by_system, deed):
    editor = make_user("ed@example.com")
    add_member(program=program, user=editor, role=Role.CONTRIBUTOR, by=by_system)
    pilot = make_pilot()

    with pytest.raises(Forbidden):
        give(pilot, SPONSOR, ANN, by=replace(by, user=editor), deed=deed)
    give(pilot, SPONSOR, ANN, by=by, deed=deed)


def test_a_role_named_twice_is_a_mistake_of_the_caller(make_pilot, by):
    pilot = make_pilot()

    with pytest.raises(ValueError, match="Name each role of a pilot once"):
        set_owners([OwnersOf(pilot=pilot, role=LEAD, contacts=())] * 2, by=by)


def test_queries_do_not_grow_with_pilots(make_pilot, by):
    counts = []
    for number in (1, 12):
        pilots = [
            make_pilot(f"P{number} {place}", owner=Contact(name=f"Old {place}")) for place in range(number)
        ]
        wanted = [
            OwnersOf(pilot=pilot, role=LEAD, contacts=(Contact(name=f"New {number} {place}"),))
            for place, pilot in enumerate(pilots)
        ]
        with CaptureQueriesContext(connection) as queries:
            set_owners(wanted, by=by)
        counts.append(len(queries))

    assert counts[0] == counts[1]

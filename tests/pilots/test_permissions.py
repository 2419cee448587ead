from datetime import date

import pytest

from pilots.access.models import Membership, Program, Reach, Role
from pilots.access.permissions import MAY, Deed, OwnerRole, Relation, may
from pilots.models import Owner, Ownership, Pilot

# domain.md section 4, spelt out: who may do what to an ordinary pilot.
EVERYBODY = {
    "viewer": Relation(program_role=Role.VIEWER),
    "contributor": Relation(program_role=Role.CONTRIBUTOR),
    "manager": Relation(program_role=Role.MANAGER),
    "sponsor": Relation(owner_roles=frozenset({OwnerRole.SPONSOR})),
    "production owner": Relation(owner_roles=frozenset({OwnerRole.PRODUCTION_OWNER})),
    "business owner": Relation(owner_roles=frozenset({OwnerRole.BUSINESS_OWNER})),
    "legal seat": Relation(owner_roles=frozenset({OwnerRole.LEGAL})),
    "executive": Relation(is_executive=True),
    "administrator": Relation(is_administrator=True),
    "stranger": Relation(),
}
OWNERS = {"sponsor", "production owner", "business owner", "legal seat"}
TABLE = {
    Deed.SEE: set(EVERYBODY) - {"stranger"},
    Deed.CREATE: {"manager"},
    Deed.CREATE_IDEA: {"contributor", "manager"},
    Deed.EDIT: {"contributor", "manager"} | OWNERS,
    Deed.CHECK_IN: {"contributor", "manager"} | OWNERS,
    Deed.MOVE: {"manager", "production owner"},
    Deed.HOLD: {"manager", "production owner"},
    Deed.STOP: {"manager", "sponsor"},
    Deed.ASSIGN_OWNERS: {"manager"},
    Deed.MARK_CONFIDENTIAL: {"manager"},
    Deed.IMPORT: {"manager", "administrator"},
    Deed.PLAN: {"manager", "production owner"},
    Deed.SNOOZE: {"contributor", "manager"} | OWNERS,
    Deed.ASK_DECISION: {"contributor", "manager"} | OWNERS,
    Deed.DECIDE: {"manager"},  # and whoever it was asked of: tests of the actions on decisions
    Deed.CONFIRM_ANSWER: {"manager"},
    Deed.SET_LIMITS: {"manager", "administrator"},
    Deed.INVITE: {"manager"},
    Deed.DEFINE_FIELDS: {"manager", "administrator"},
    Deed.BRING_EVIDENCE: {"contributor", "manager"} | OWNERS,
    Deed.APPROVE_GATE: {"manager", "sponsor", "legal seat"},
    Deed.WAIVE: {"manager", "sponsor", "legal seat"},
    Deed.HAND_OVER: {"manager"},  # and whoever accepted the role: tests of handing over
    Deed.CONFIGURE: {"manager", "administrator"},
    Deed.MEASURE: {"contributor", "manager"} | OWNERS,
    Deed.SIGN_KPI: {"manager", "business owner"},  # a manager notes paper only: tests of signing
    Deed.ENTER_MONEY: {"contributor", "manager"} | OWNERS,
    # Never one's own: tests of the ledger.
    Deed.CHECK_BENEFIT: {"manager", "executive", "sponsor", "business owner"},
    Deed.CONCLUDE: {"manager", "production owner", "business owner", "sponsor"},
}


def test_table_covers_every_deed():
    assert set(TABLE) == set(Deed) == set(MAY)


@pytest.mark.parametrize("deed", list(Deed))
def test_ordinary_pilot(deed):
    assert {name for name, relation in EVERYBODY.items() if may(deed, relation)} == TABLE[deed]


@pytest.mark.parametrize("deed", list(Deed))
def test_confidential_pilot_is_for_managers_and_its_owners(deed):
    allowed = {
        name
        for name, relation in EVERYBODY.items()
        if may(deed, Relation(**{**vars(relation), "is_confidential": True}))
    }

    assert allowed == TABLE[deed] & ({"manager"} | OWNERS)


@pytest.fixture
def people(program, viewer, contributor, manager, executive, administrator, stranger, make_user):
    owner = make_user("olga@example.com")
    Owner.objects.create(program=program, name="Olga", email=owner.email, user=owner)
    return {
        "viewer": viewer,
        "contributor": contributor,
        "manager": manager,
        "owner": owner,
        "executive": executive,
        "administrator": administrator,
        "stranger": stranger,
    }


def own(pilot, user, *, accepted=True):
    Ownership.objects.create(
        pilot=pilot,
        owner=Owner.objects.get(user=user),
        role=OwnerRole.LEGAL,
        since=date(2026, 9, 1),
        accepted_on=date(2026, 9, 1) if accepted else None,
    )


def test_visible_to_agrees_with_the_table(people, make_pilot):
    ordinary, confidential = make_pilot("Ordinary"), make_pilot("Hidden", is_confidential=True)
    own(ordinary, people["owner"])
    own(confidential, people["owner"])

    seen = {
        name: set(Pilot.objects.visible_to(user).values_list("name", flat=True))
        for name, user in people.items()
    }

    assert seen == {
        "viewer": {"Ordinary"},
        "contributor": {"Ordinary"},
        "manager": {"Ordinary", "Hidden"},
        "owner": {"Ordinary", "Hidden"},
        "executive": {"Ordinary"},
        "administrator": {"Ordinary"},
        "stranger": set(),
    }


def test_an_owner_sees_nothing_before_accepting_or_after_the_end(people, make_pilot):
    pilot = make_pilot()
    own(pilot, people["owner"], accepted=False)
    assert not Pilot.objects.visible_to(people["owner"]).exists()

    Ownership.objects.update(accepted_on=date(2026, 9, 1))
    assert Pilot.objects.visible_to(people["owner"]).exists()

    Owner.objects.filter(user=people["owner"]).update(is_active=False)
    assert not Pilot.objects.visible_to(people["owner"]).exists()

    Owner.objects.filter(user=people["owner"]).update(is_active=True)
    Ownership.objects.update(until=date(2026, 10, 1))
    assert not Pilot.objects.visible_to(people["owner"]).exists()


def test_two_roles_show_a_pilot_once(people, make_pilot):
    pilot = make_pilot()
    own(pilot, people["owner"])
    Ownership.objects.create(
        pilot=pilot,
        owner=Owner.objects.get(user=people["owner"]),
        role=OwnerRole.SECURITY,
        since=date(2026, 9, 1),
        accepted_on=date(2026, 9, 1),
    )

    assert Pilot.objects.visible_to(people["owner"]).count() == 1


def test_a_members_other_program_stays_hidden(people, make_pilot, other_program):
    make_pilot("Foreign", program=other_program)

    for name in ("viewer", "contributor", "manager", "owner"):
        assert not Pilot.objects.visible_to(people[name]).exists()


def test_reach_narrows_what_a_token_sees(manager, make_pilot, program, other_program):
    Membership.objects.create(user=manager, program=other_program, role=Role.MANAGER)
    here, there = make_pilot("Here"), make_pilot("There", program=other_program)
    assert Pilot.objects.visible_to(manager).count() == 2

    manager.reach = Reach(programs=frozenset({program.pk}))
    assert list(Pilot.objects.visible_to(manager)) == [here]
    assert list(Program.objects.visible_to(manager)) == [program]

    manager.reach = Reach(pilots=frozenset({there.pk}))
    assert list(Pilot.objects.visible_to(manager)) == [there]


def test_confidential_and_sample_pilots_are_in_no_total(make_pilot, program, other_program):
    program.is_sample = True
    program.save(update_fields=["is_sample"])
    sample = make_pilot("Sample")
    make_pilot("Hidden", is_confidential=True)
    assert list(Pilot.objects.countable(None)) == [sample]

    real = make_pilot("Real", program=other_program)
    assert list(Pilot.objects.countable(None)) == [real]


def test_sample_stays_in_the_totals_of_who_sees_no_real_pilot(
    viewer, manager, make_pilot, program, other_program
):
    other_program.is_sample = True
    other_program.save(update_fields=["is_sample"])
    for member in (viewer, manager):
        Membership.objects.create(user=member, program=other_program, role=Role.VIEWER)
    sample = make_pilot("Sample", program=other_program)
    make_pilot("Hidden", is_confidential=True)

    assert list(Pilot.objects.visible_to(viewer).countable(viewer)) == [sample]
    assert list(Pilot.objects.visible_to(manager).countable(manager)) == []
    assert list(Pilot.objects.visible_to(manager).countable(manager, of=other_program)) == [sample]

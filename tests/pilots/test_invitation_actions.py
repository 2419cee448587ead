from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from pilots.access.models import Event, Program, Role, Source, User
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member, create_programs
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.contact import OwnerEdit, edit_owner
from pilots.actions.invitation import (
    accept_invitation,
    accept_with_new_account,
    invite_owners,
    link_owner,
    reasons_against,
    withdraw_invitation,
)
from pilots.actions.owner import NewOwnership, accept_ownership, accept_ownerships, add_owner
from pilots.models import Invitation, Owner, OwnerKind, Ownership, Pilot
from tests.conftest import NOW, PASSWORD


@pytest.fixture
def owner(program) -> Owner:
    return Owner.objects.create(program=program, name="Aoife Byrne", email="aoife@example.com")


def at(by: By, days: int, user: User | None = None) -> By:
    return By(user=user or by.user, at=by.at + timedelta(days=days), source=by.source)


def refusal(owners, by) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        invite_owners(owners, by=by)
    return [(reason.code, reason.sentence) for reason in caught.value.reasons]


# --- Inviting ----------------------------------------------------------------------


def test_invitation_is_open_for_fourteen_days_and_leaves_an_event(owner, by):
    invitation = invite_owners([owner], by=by)[0]

    assert (invitation.sent_to, invitation.invited_by, invitation.invited_at) == (
        "aoife@example.com",
        by.user,
        NOW,
    )
    assert invitation.expires_on == date(2026, 12, 2)
    told = Event.objects.get(verb="owner.invited")
    assert (told.actor, told.program, told.subject) == (by.user, owner.program, "Aoife Byrne")
    assert told.after == {
        "invitation": invitation.pk,
        "owner": "Aoife Byrne",
        "email": "aoife@example.com",
        "until": "2026-12-02",
    }
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("fields", "code", "sentence"),
    [
        ({"email": ""}, "no-address", "Aoife Byrne has no address. Write one first."),
        ({"kind": OwnerKind.TEAM.value}, "team", "Aoife Byrne is a team."),
        ({"is_active": False}, "inactive", "Aoife Byrne is not active any longer."),
        (
            {"email": "a@example.com\nBcc: b@example.com"},
            "email",
            "The address of Aoife Byrne cannot be mailed.",
        ),
        ({"email": "a@example.com\r\n"}, "email", "The address of Aoife Byrne cannot be mailed."),
        ({"email": "a@example.com,b@example.com"}, "email", "The address of Aoife Byrne cannot be mailed."),
        ({"email": '"a,b"@example.com'}, "email", "The address of Aoife Byrne cannot be mailed."),
        ({"email": '"a b"@example.com'}, "email", "The address of Aoife Byrne cannot be mailed."),
        ({"email": "nonsense"}, "email", "The address of Aoife Byrne cannot be mailed."),
    ],
)
def test_contact_that_cannot_be_mailed_is_refused(owner, by, fields, code, sentence):
    Owner.objects.filter(pk=owner.pk).update(**fields)

    found = refusal([owner], by)

    assert [reason[0] for reason in found] == [code]
    assert found[0][1].startswith(sentence)
    assert not Invitation.objects.exists()
    assert not Event.objects.filter(verb="owner.invited").exists()


def test_contact_with_an_account_is_refused_open_or_closed(owner, by, stranger):
    Owner.objects.filter(pk=owner.pk).update(user=stranger)
    assert refusal([owner], by) == [("linked", "Aoife Byrne has an account already.")]

    User.objects.filter(pk=stranger.pk).update(is_active=False)
    assert refusal([owner], by) == [
        ("closed", "The account of Aoife Byrne is closed. An administrator can open it again.")
    ]


def test_contact_of_the_sample_is_never_mailed(by_system, manager, by):
    sample = create_programs(
        [Program(name="Sample", slug="sample", prefix="SMP", is_sample=True)], by=by_system
    )
    add_member(program=sample[0], user=manager, role=Role.MANAGER, by=by_system)
    invented = Owner.objects.create(program=sample[0], name="Demo", email="demo@example.com")

    assert refusal([invented], by) == [
        ("sample", "Demo is part of the sample: invented contacts are never mailed.")
    ]


def test_second_invitation_waits_until_the_first_has_expired_and_a_third_is_never_sent(owner, by):
    first = invite_owners([owner], by=by)[0]

    assert refusal([owner], at(by, 14)) == [
        ("open", "Aoife Byrne was invited on Wed 18 Nov 2026, until Wed 2 Dec 2026.")
    ]
    second = invite_owners([owner], by=at(by, 15))[0]
    first.refresh_from_db()
    assert first.withdrawn_at == at(by, 15).at
    assert second.expires_on == date(2026, 12, 17)
    assert refusal([owner], at(by, 400)) == [
        (
            "unanswered",
            (
                "Aoife Byrne was invited twice, last on Thu 3 Dec 2026, and did not answer. "
                "Ask them in person; an administrator can link their account."
            ),
        )
    ]


def test_withdrawing_does_not_make_room_for_another_letter_at_once(owner, by):
    withdraw_invitation(invite_owners([owner], by=by)[0], by=at(by, 1))

    assert refusal([owner], at(by, 2)) == [
        (
            "open",
            (
                "Aoife Byrne was invited on Wed 18 Nov 2026, "
                "withdrawn since; one more can go out after Wed 2 Dec 2026."
            ),
        )
    ]
    assert len(invite_owners([owner], by=at(by, 15))) == 1


def test_corrected_address_may_be_invited_at_once(owner, by):
    withdraw_invitation(invite_owners([owner], by=by)[0], by=at(by, 1))
    edit_owner(OwnerEdit(owner=owner, fields={"email": "a.byrne@example.com"}), by=at(by, 1))

    assert invite_owners([owner], by=at(by, 1))[0].sent_to == "a.byrne@example.com"


def test_all_are_invited_or_none_and_each_reason_is_told(program, owner, by):
    team = Owner.objects.create(program=program, name="Claims IT", kind=OwnerKind.TEAM.value)
    nobody = Owner.objects.create(program=program, name="Tomasz")

    assert [code for code, _ in refusal([owner, team, nobody], by)] == ["team", "no-address"]
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("who", ["contributor", "viewer", "administrator", "executive"])
def test_only_managers_invite(owner, by, who, request, make_pilot):
    person = request.getfixturevalue(who)
    add_owner(
        NewOwnership(pilot=make_pilot(), owner=owner, role=OwnerRole.RUN_OWNER), by=by
    )  # so that they can see the contact

    with pytest.raises(Forbidden, match="You may not invite owners: a manager can"):
        invite_owners([owner], by=By(user=person, at=NOW, source=Source.WEB))
    assert not Invitation.objects.exists()


def test_contact_of_another_program_is_not_there(other_program, by):
    foreign = Owner.objects.create(program=other_program, name="Foreign", email="foreign@example.com")

    with pytest.raises(Owner.DoesNotExist):
        invite_owners([foreign], by=by)


def test_system_invites_nobody(owner, by_system):
    with pytest.raises(Refused, match="says who invites"):
        invite_owners([owner], by=by_system)


def test_two_open_invitations_of_one_contact_cannot_be_stored(owner, by):
    first = invite_owners([owner], by=by)[0]

    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            owner=owner,
            program=owner.program,
            sent_to=owner.email,
            invited_by=by.user,
            invited_at=NOW,
            expires_on=first.expires_on,
        )


def test_reasons_cost_the_same_for_one_and_for_a_hundred(program, by, django_assert_num_queries):
    owners = [Owner(program=program, name=f"P{n}", email=f"p{n}@example.com") for n in range(100)]
    Owner.objects.bulk_create(owners)
    for count in (1, 100):
        with django_assert_num_queries(2):
            assert reasons_against(owners[:count], by=by) == {}


# --- Accepting ---------------------------------------------------------------------


def test_accepting_links_the_account_once_and_accepts_nothing_else(owner, by, stranger, make_pilot):
    row = add_owner(NewOwnership(pilot=make_pilot(), owner=owner, role=OwnerRole.RUN_OWNER), by=by)
    invitation = invite_owners([owner], by=by)[0]

    accept_invitation(invitation, by=at(by, 3, stranger))

    owner.refresh_from_db()
    invitation.refresh_from_db()
    row.refresh_from_db()
    assert (owner.user, invitation.accepted_by, row.accepted_on) == (stranger, stranger, None)
    assert not Pilot.objects.visible_to(stranger).exists()
    told = Event.objects.get(verb="owner.linked")
    assert (told.actor, told.after["account"]) == (stranger, "stranger@example.com")
    with pytest.raises(Refused, match="was accepted before"):
        accept_invitation(invitation, by=at(by, 3, stranger))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda owner, row, by: Invitation.objects.update(withdrawn_at=NOW), "was withdrawn"),
        (
            lambda owner, row, by: Owner.objects.update(email="other@example.com"),
            "an address that is not theirs",
        ),
        (lambda owner, row, by: Owner.objects.update(is_active=False), "is not active any longer"),
        (lambda owner, row, by: Owner.objects.update(user=by.user), "has an account already"),
        (lambda owner, row, by: Invitation.objects.update(expires_on=date(2026, 11, 17)), "has expired"),
    ],
)
def test_lapsed_invitation_opens_nothing(owner, by, stranger, spoil, sentence):
    invitation = invite_owners([owner], by=by)[0]
    spoil(owner, invitation, by)

    with pytest.raises(Refused, match=sentence):
        accept_invitation(invitation, by=at(by, 0, stranger))
    with pytest.raises(Refused, match=sentence):
        accept_with_new_account(invitation, name="Aoife", password=PASSWORD, by=by)
    assert not User.objects.filter(email="aoife@example.com").exists()


def test_last_day_counts_and_the_day_after_does_not(owner, by, stranger):
    invitation = invite_owners([owner], by=by)[0]

    with pytest.raises(Refused, match="has expired"):
        accept_invitation(invitation, by=at(by, 15, stranger))
    assert accept_invitation(invitation, by=at(by, 14, stranger)).user == stranger


def test_account_that_is_another_contact_of_the_program_is_refused_in_words(owner, by, stranger):
    Owner.objects.create(program=owner.program, name="Strange R.", user=stranger)
    invitation = invite_owners([owner], by=by)[0]

    with pytest.raises(Refused, match=r"linked to the contact “Strange R[.]” of Claims AI already"):
        accept_invitation(invitation, by=at(by, 0, stranger))
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"is_active": False}, "is closed"), ({"is_sample": True}, "is a demo log-in")],
)
def test_closed_and_demo_accounts_are_linked_to_nothing(owner, by, stranger, administrator, fields, sentence):
    invitation = invite_owners([owner], by=by)[0]
    User.objects.filter(pk=stranger.pk).update(**fields)
    person = User.objects.get(pk=stranger.pk)

    with pytest.raises(Refused, match=sentence):
        accept_invitation(invitation, by=at(by, 0, person))
    with pytest.raises(Refused, match=sentence):
        link_owner(owner, person, by=By(user=administrator, at=NOW, source=Source.WEB))


def test_new_account_has_the_invited_address_and_no_role(owner, by):
    nobody = By(user=None, at=NOW, source=Source.WEB)
    user = accept_with_new_account(
        invite_owners([owner], by=by)[0], name="Aoife Byrne", password=PASSWORD, by=nobody
    )

    assert (user.email, user.is_administrator, user.is_executive) == ("aoife@example.com", False, False)
    assert user.check_password(PASSWORD)
    assert not user.memberships.exists()
    assert Owner.objects.get().user == user
    made, linked = Event.objects.filter(actor=user).order_by("id")
    assert (made.verb, linked.verb, made.source) == ("user.created", "owner.linked", "web")


@pytest.mark.parametrize("password", ["short", "password1234", "aoife@example.com"])
def test_weak_password_is_refused_and_nothing_is_made(owner, by, password):
    with pytest.raises(Refused) as caught:
        accept_with_new_account(invite_owners([owner], by=by)[0], name="Aoife", password=password, by=by)

    assert {reason.field for reason in caught.value.reasons} == {"password"}
    assert not User.objects.filter(email="aoife@example.com").exists()
    assert Invitation.objects.get().accepted_at is None


def test_account_with_the_address_is_not_taken_over(owner, by, make_user):
    there = make_user("Aoife@example.com")

    with pytest.raises(Refused, match="Sign in with it to accept") as caught:
        accept_with_new_account(
            invite_owners([owner], by=by)[0], name="Thief", password="another horse staple", by=by
        )
    assert caught.value.reasons[0].code == "has-account"
    there.refresh_from_db()
    assert there.check_password(PASSWORD)
    assert Owner.objects.get().user is None


# --- Withdrawing, linking, agreeing ----------------------------------------------------


def test_withdrawing_is_for_managers_and_happens_once(owner, by, contributor):
    invitation = invite_owners([owner], by=by)[0]
    with pytest.raises(Forbidden):
        withdraw_invitation(invitation, by=at(by, 0, contributor))

    withdraw_invitation(invitation, by=by)

    assert Event.objects.get(verb="invitation.withdrawn").subject == "Aoife Byrne"
    with pytest.raises(Refused, match="accepted or withdrawn before"):
        withdraw_invitation(invitation, by=by)


def test_administrator_links_by_hand_and_the_open_invitation_ends(owner, by, administrator, stranger):
    invitation = invite_owners([owner], by=by)[0]
    as_administrator = By(user=administrator, at=NOW, source=Source.WEB)
    with pytest.raises(Forbidden):
        link_owner(owner, stranger, by=by)

    assert link_owner(owner, stranger, by=as_administrator).user == stranger

    invitation.refresh_from_db()
    assert invitation.withdrawn_at == NOW
    assert Event.objects.get(verb="owner.linked").actor == administrator
    with pytest.raises(Refused, match="linked to an account already"):
        link_owner(owner, administrator, by=as_administrator)


def test_team_is_linked_to_no_account(owner, administrator, stranger):
    Owner.objects.update(kind=OwnerKind.TEAM.value)
    with pytest.raises(Refused, match="a team, not a person"):
        link_owner(owner, stranger, by=By(user=administrator, at=NOW, source=Source.WEB))


def test_linked_person_agrees_to_pilots_they_could_not_see(owner, by, stranger, make_pilot):
    rows = [
        add_owner(NewOwnership(pilot=make_pilot(name), owner=owner, role=role), by=by)
        for name, role in (("One", OwnerRole.RUN_OWNER), ("Two", OwnerRole.SPONSOR))
    ]
    Owner.objects.update(user=stranger)

    accept_ownerships(rows, by=at(by, 0, stranger))

    assert set(Ownership.objects.values_list("accepted_on", flat=True)) == {date(2026, 11, 18)}
    assert Pilot.objects.visible_to(stranger).count() == 2
    assert Event.objects.filter(verb="owner.accepted", actor=stranger).count() == 2
    assert set(Pilot.objects.values_list("version", flat=True)) == {3}


def test_nobody_agrees_for_others_to_pilots_they_cannot_see(owner, by, stranger, make_pilot):
    row = add_owner(NewOwnership(pilot=make_pilot(), owner=owner, role=OwnerRole.RUN_OWNER), by=by)

    with pytest.raises(Pilot.DoesNotExist):
        accept_ownership(row, by=at(by, 0, stranger))
    assert Ownership.objects.get().accepted_on is None


def test_contact_that_is_not_active_agrees_to_nothing(owner, by, stranger, make_pilot):
    row = add_owner(NewOwnership(pilot=make_pilot(), owner=owner, role=OwnerRole.RUN_OWNER), by=by)
    Owner.objects.update(user=stranger, is_active=False)

    with pytest.raises(Refused, match="not active any longer"):
        accept_ownership(row, by=at(by, 0, stranger))

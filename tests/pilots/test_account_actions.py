from datetime import timedelta

import pytest

from pilots.access.models import ApiToken, Event, Membership, Program, Reach, Role, Source, User
from pilots.actions.account import add_member, create_programs, create_token, create_user
from pilots.actions.by import By, Forbidden, Refused


def acting(user, by):
    return By(user=user, at=by.at, source=Source.WEB)


def test_an_account_has_one_address_and_leaves_an_event(by_system, db):
    user = create_user(email="Ada@Example.com", name="Ada", by=by_system, is_administrator=True)

    assert (user.email, user.has_usable_password()) == ("ada@example.com", False)
    assert Event.objects.get(verb="user.created").after == {"roles": ["is_administrator"]}
    with pytest.raises(Refused, match="This address has an account already"):
        create_user(email="ADA@example.com", name="Other", by=by_system)


@pytest.mark.parametrize("address", ["nobody", "a@b,c@d.example", "a@b.example\nBcc: x@y.example", ""])
def test_an_account_needs_an_address(address, by_system, db):
    with pytest.raises(Refused):
        create_user(email=address, name="Nobody", by=by_system)
    assert not User.objects.exists()


def test_only_administrators_open_accounts_and_programs(manager, administrator, by):
    fresh = Program(name="Fraud AI", slug="fraud", prefix="FRD")

    with pytest.raises(Forbidden, match="an administrator can"):
        create_user(email="x@example.com", name="X", by=by)
    with pytest.raises(Forbidden, match="an administrator can"):
        create_programs([fresh], by=by)

    create_user(email="x@example.com", name="X", by=acting(administrator, by))
    assert create_programs([fresh], by=acting(administrator, by)) == [fresh]


@pytest.mark.parametrize("prefix", ["clm", "C", "1CL", "TOOLONGPREFIX", "C-M", "CLM"])
def test_a_prefix_is_short_plain_and_taken_once(prefix, program, by_system):
    with pytest.raises(Refused):
        create_programs([Program(name="Other", slug="other", prefix=prefix)], by=by_system)


def test_members_are_named_by_the_programs_manager_or_an_administrator(
    program, other_program, manager, contributor, administrator, by
):
    newcomer = User.objects.create_user("new@example.com", None, name="New")

    add_member(program=program, user=newcomer, role=Role.VIEWER, by=by)
    add_member(program=program, user=newcomer, role=Role.CONTRIBUTOR, by=by)
    assert Membership.objects.get(user=newcomer).role == "contributor"

    for person, where in ((contributor, program), (manager, other_program)):
        with pytest.raises(Forbidden):
            add_member(program=where, user=newcomer, role=Role.VIEWER, by=acting(person, by))
    add_member(program=other_program, user=newcomer, role=Role.VIEWER, by=acting(administrator, by))


def test_a_token_is_kept_as_a_hash_and_shown_once(manager, program, by):
    token, secret = create_token(
        user=manager, name="notebook", scopes={"read"}, by=by, programs=[program], lifetime=timedelta(days=30)
    )

    stored = ApiToken.objects.get()
    assert stored.scopes == ["read"]
    assert secret not in {str(value) for value in vars(stored).values()}
    assert token.reach == Reach(programs=frozenset({program.pk}))
    assert secret not in str(Event.objects.get(verb="token.created").__dict__)


@pytest.mark.parametrize(
    ("name", "scopes"), [("", {"read"}), ("x" * 81, {"read"}), ("tool", set()), ("tool", {"admin"})]
)
def test_a_token_needs_a_name_and_known_scopes(name, scopes, manager, by):
    with pytest.raises(Refused):
        create_token(user=manager, name=name, scopes=scopes, by=by)
    assert not ApiToken.objects.exists()

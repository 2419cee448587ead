from datetime import timedelta

import pytest

from pilots.access.models import ApiToken, Event, Membership, Program, Reach, Role, Source, User
from pilots.access.naming import free_prefix, free_slug
from pilots.actions.account import (
    account_of,
    add_member,
    allow_password_link,
    change_role,
    create_programs,
    create_token,
    create_user,
    deactivate_user,
    edit_program,
    find_account,
    reactivate_user,
    remove_member,
)
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


@pytest.mark.parametrize(
    ("asked", "scopes"),
    [
        ({"read"}, ["read"]),
        ({"measure"}, ["measure"]),
        ({"write"}, ["read", "write"]),
        ({"write", "measure"}, ["read", "write"]),
    ],
)
def test_whoever_may_write_may_do_the_rest_and_readings_stand_alone(asked, scopes, manager, by):
    token, _ = create_token(user=manager, name="tool", scopes=asked, by=by)

    assert token.scopes == scopes
    with pytest.raises(Refused, match="stands alone: such a token reads nothing else"):
        create_token(user=manager, name="tool", scopes={"read", "measure"}, by=by)


# --- Accounts ----------------------------------------------------------------------


def told(verb):
    """Return what the only event of a kind says: who, about what, before and after."""
    found = Event.objects.get(verb=verb)
    return found.actor, found.program, found.subject, found.before, found.after


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"email": "a@b.example\r\nBcc: x@y.example"}, "email", "This is no e-mail address"),
        ({"email": "a@b.example,c@d.example"}, "email", "This is no e-mail address"),
        ({"email": "a\x00@b.example"}, "email", "This is no e-mail address"),
        ({"email": f"{'a' * 5000}@b.example"}, "email", "at most 254 characters; this one has 5010"),
        ({"name": "  "}, "name", "Write a name."),
        ({"name": "x" * 5000}, "name", "at most 200 characters; this one has 5000"),
        ({"name": "Ada\r\nBcc: x@y.example"}, "name", "stands on one line"),
        ({"name": "Ada\x00"}, "name", "stands on one line"),
    ],
)
def test_an_account_is_refused_with_a_sentence(fields, field, sentence, by_system, db):
    with pytest.raises(Refused, match=sentence) as refusal:
        create_user(**{"email": "ada@example.com", "name": "Ada", **fields}, by=by_system)

    assert [reason.field for reason in refusal.value.reasons] == [field]
    assert not User.objects.exists()
    assert not Event.objects.exists()


def test_a_long_address_fits_into_its_event(by_system, db):
    address = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"

    create_user(email=address, name="Ada", by=by_system)

    assert told("user.created")[2] == f"{address[:199]}…"


def test_an_address_taken_in_the_same_moment_is_refused(by_system, make_user, monkeypatch):
    make_user("ada@example.com")
    monkeypatch.setattr(User.objects, "filter", lambda **_: User.objects.none())
    monkeypatch.setattr(User, "full_clean", lambda *_, **__: None)

    with pytest.raises(Refused, match="in the same moment"):
        create_user(email="ada@example.com", name="Ada", by=by_system)


def test_an_account_is_found_by_its_address_however_it_is_written(viewer):
    assert find_account(" VIC@Example.com ") == account_of("vic@example.com") == viewer
    assert find_account("nobody@example.com") is None
    with pytest.raises(Refused, match="An administrator can open one"):
        account_of("nobody@example.com")


def test_an_account_is_closed_and_opened_again(administrator, viewer, by):
    ada = acting(administrator, by)

    deactivate_user(viewer, by=ada)
    assert not User.objects.get(pk=viewer.pk).is_active
    with pytest.raises(Refused, match="The account of Vic is closed already"):
        deactivate_user(viewer, by=ada)

    reactivate_user(viewer, by=ada)
    assert User.objects.get(pk=viewer.pk).is_active
    with pytest.raises(Refused, match="The account of Vic is open already"):
        reactivate_user(viewer, by=ada)
    assert told("user.deactivated") == (administrator, None, "vic@example.com", {}, {})
    assert told("user.reactivated") == (administrator, None, "vic@example.com", {}, {})


def test_accounts_are_closed_by_another_administrator_only(administrator, viewer, by):
    for act in (deactivate_user, reactivate_user):
        with pytest.raises(Forbidden, match="an administrator can"):
            act(viewer, by=by)
    with pytest.raises(Refused, match="You cannot close your own account"):
        deactivate_user(administrator, by=acting(administrator, by))
    assert User.objects.filter(is_active=True).count() == User.objects.count()


@pytest.mark.parametrize("lost", ["is_active", "is_administrator"])
def test_an_administrator_who_was_one_until_now_is_too_late(lost, administrator, viewer, by):
    User.objects.filter(pk=administrator.pk).update(**{lost: False})

    with pytest.raises(Forbidden):
        deactivate_user(viewer, by=acting(administrator, by))


def test_a_password_link_leaves_an_event_and_needs_an_administrator(administrator, viewer, by):
    with pytest.raises(Forbidden, match="an administrator can"):
        allow_password_link(viewer, by=by)

    allow_password_link(viewer, by=acting(administrator, by))

    assert told("password-link.created") == (administrator, None, "vic@example.com", {}, {})


def test_a_closed_account_gets_no_password_link(administrator, viewer, by):
    deactivate_user(viewer, by=acting(administrator, by))

    with pytest.raises(Refused, match="Open it again first"):
        allow_password_link(viewer, by=acting(administrator, by))


@pytest.mark.parametrize("act", [deactivate_user, reactivate_user, allow_password_link])
def test_demo_log_ins_are_left_alone(act, make_user, by_system):
    demo = make_user("demo@example.com", is_sample=True)

    with pytest.raises(Refused, match="is a demo log-in"):
        act(demo, by=by_system)


@pytest.mark.parametrize("reach", [Reach(programs=frozenset({1})), Reach(pilots=frozenset({1}))])
def test_a_limited_token_of_an_administrator_runs_no_site(reach, administrator, program, by):
    administrator.reach = reach
    limited = acting(administrator, by)

    for act in (
        lambda: create_user(email="x@example.com", name="X", by=limited),
        lambda: create_programs([Program(name="Fraud AI", slug="fraud", prefix="FRD")], by=limited),
        lambda: edit_program(program, name="Claims", zone="UTC", by=limited),
    ):
        with pytest.raises(Forbidden, match="This token may not"):
            act()


# --- Programs ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"name": "Claims AI"}, "name", "A program has this name already"),
        ({"prefix": "CLM"}, "prefix", "A program has this prefix already"),
        ({"slug": "claims"}, "slug", "A program has this address already"),
        ({"prefix": "clm"}, "prefix", "Write 2 to 8 capital letters or digits"),
        ({"zone": "Mars/Olympus"}, "zone", "“Mars/Olympus” is not a time zone"),
        ({"name": "Fraud\nAI"}, "name", "stands on one line"),
    ],
)
def test_a_program_is_refused_with_a_sentence(fields, field, sentence, program, by_system):
    before = Event.objects.count()

    with pytest.raises(Refused, match=sentence) as refusal:
        create_programs(
            [Program(**{"name": "Fraud AI", "slug": "fraud", "prefix": "FRD", **fields})], by=by_system
        )

    assert [reason.field for reason in refusal.value.reasons] == [field]
    assert (Program.objects.count(), Event.objects.count()) == (1, before)


def test_a_prefix_taken_in_the_same_moment_is_refused(program, by_system, monkeypatch):
    monkeypatch.setattr(Program, "full_clean", lambda *_: None)

    with pytest.raises(Refused, match="in the same moment"):
        create_programs([Program(name="Fraud AI", slug="fraud", prefix="CLM")], by=by_system)


def test_a_program_gets_another_name_and_zone(program, administrator, by):
    ada = acting(administrator, by)

    edit_program(program, name="Claims", zone="Europe/Berlin", by=ada)
    edit_program(program, name="Claims", zone="Europe/Berlin", by=ada)

    assert Program.objects.values_list("name", "slug", "prefix", "zone").get() == (
        "Claims",
        "claims",
        "CLM",
        "Europe/Berlin",
    )
    assert told("program.edited") == (
        administrator,
        program,
        "Claims",
        {"name": "Claims AI", "zone": "UTC"},
        {"name": "Claims", "zone": "Europe/Berlin"},
    )


def test_a_program_is_edited_by_administrators_and_to_something_sound(
    program, other_program, administrator, by
):
    with pytest.raises(Forbidden, match="an administrator can"):
        edit_program(program, name="Claims", zone="UTC", by=by)
    with pytest.raises(Refused, match="A program has this name already"):
        edit_program(program, name="Finance AI", zone="UTC", by=acting(administrator, by))
    with pytest.raises(Refused, match="is not a time zone"):
        edit_program(program, name="Claims AI", zone="Nowhere", by=acting(administrator, by))


# --- Members -----------------------------------------------------------------------


def test_another_role_is_told_apart_from_a_new_member(program, viewer, manager, by):
    added = Event.objects.filter(verb="member.added").count()

    add_member(program=program, user=viewer, role=Role.CONTRIBUTOR, by=by)
    add_member(program=program, user=viewer, role=Role.CONTRIBUTOR, by=by)

    assert Event.objects.filter(verb="member.added").count() == added
    assert told("member.changed") == (
        manager,
        program,
        "vic@example.com",
        {"role": "viewer"},
        {"role": "contributor"},
    )


def test_a_member_is_changed_and_removed(program, viewer, manager, by):
    membership = viewer.memberships.get()

    assert change_role(membership, Role.MANAGER, by=by).role == "manager"
    remove_member(membership, by=by)

    assert list(program.memberships.values_list("user__email", flat=True)) == ["maren@example.com"]
    assert told("member.removed") == (manager, program, "vic@example.com", {"role": "manager"}, {})
    for act in (
        lambda: change_role(membership, Role.VIEWER, by=by),
        lambda: remove_member(membership, by=by),
    ):
        with pytest.raises(Membership.DoesNotExist):
            act()


def test_the_only_manager_stays(program, manager, administrator, viewer, by):
    membership = manager.memberships.get()
    sentence = "Maren is the only manager of Claims AI. Name another manager first."

    for act in (
        lambda: remove_member(membership, by=by),
        lambda: change_role(membership, Role.VIEWER, by=by),
        lambda: add_member(program=program, user=manager, role=Role.VIEWER, by=acting(administrator, by)),
    ):
        with pytest.raises(Refused, match=sentence):
            act()
    assert manager.memberships.get().role == "manager"

    add_member(program=program, user=viewer, role=Role.MANAGER, by=by)
    remove_member(membership, by=by)
    assert not manager.memberships.exists()


def test_a_manager_who_cannot_sign_in_does_not_count(program, manager, viewer, administrator, by):
    ada = acting(administrator, by)
    add_member(program=program, user=viewer, role=Role.MANAGER, by=ada)
    deactivate_user(viewer, by=ada)

    with pytest.raises(Refused, match="Maren is the only manager"):
        remove_member(manager.memberships.get(), by=ada)

    remove_member(viewer.memberships.get(), by=ada)
    assert list(program.memberships.values_list("user__email", flat=True)) == ["maren@example.com"]


def test_members_are_changed_and_removed_by_those_in_charge(
    program, other_program, viewer, contributor, executive, make_user, by, by_system
):
    foreign = make_user("fred@example.com")
    add_member(program=other_program, user=foreign, role=Role.MANAGER, by=by_system)
    membership = viewer.memberships.get()

    for person in (contributor, viewer, executive, foreign):
        for act in (
            lambda who: change_role(membership, Role.MANAGER, by=who),
            lambda who: remove_member(membership, by=who),
        ):
            with pytest.raises(Forbidden, match="one of its managers or an administrator can"):
                act(acting(person, by))
    assert viewer.memberships.get().role == "viewer"


def test_a_token_that_does_not_reach_the_program_names_nobody(program, viewer, manager, by):
    manager.reach = Reach(programs=frozenset({program.pk + 1}))

    with pytest.raises(Forbidden):
        add_member(program=program, user=viewer, role=Role.MANAGER, by=by)


def test_a_closed_account_and_a_demo_log_in_become_no_members(program, make_user, by):
    closed = make_user("closed@example.com", is_active=False)
    demo = make_user("demo@example.com", is_sample=True)

    for user, sentence in ((closed, "An administrator can open it again"), (demo, "sample portfolio only")):
        with pytest.raises(Refused, match=sentence) as refusal:
            add_member(program=program, user=user, role=Role.VIEWER, by=by)
        assert refusal.value.reasons[0].field == "email"
    assert list(program.memberships.values_list("user__email", flat=True)) == ["maren@example.com"]


@pytest.mark.parametrize(
    ("name", "taken", "prefix"),
    [
        ("Claims AI", set(), "CA"),
        ("Claims", set(), "CLAIMS"),
        ("Claims AI", {"CA"}, "CA2"),
        ("3M", set(), "MX"),
        ("保険", set(), "REG"),
    ],
)
def test_a_prefix_is_proposed_from_the_name(name, taken, prefix):
    assert free_prefix(name, taken) == prefix


def test_a_slug_is_made_from_the_name():
    assert free_slug("Claims AI", {"claims-ai"}) == "claims-ai-2"
    assert free_slug("保険", set()) == "program"

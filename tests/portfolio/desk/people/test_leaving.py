"""Somebody goes: the page shows what they hold, and moves it or says why not."""

import pytest

from pilots.access.models import Role
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.hand_over import NewDeputy, name_deputy
from pilots.actions.milestone import NewMilestone, add_milestone
from pilots.actions.owner import Contact, NewOwnership, add_owner, add_owners
from pilots.models import Owner, Ownership
from tests.conftest import TODAY


def said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def errors(response) -> dict[str, list[str]]:
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def now() -> set[tuple[str, str]]:
    return set(Ownership.objects.active().values_list("pilot__key", "owner__name"))


def test_page_shows_what_they_hold_and_moves_it(client, manager, owner, named, by):
    address = f"/people/{owner.pk}/deactivate/"
    add_milestone(NewMilestone(pilot=named[0].pilot, title="Cut over", owner=Contact(name=owner.name)), by=by)
    client.force_login(manager)

    page = client.get(address)
    refused = client.post(address, {})
    done = client.post(address, {"everything": "Rui", "milestones": "Ana"}, follow=True)

    assert [(part.title, part.count) for part in page.context["parts"]] == [
        ("Run owner", 2),
        ("Open milestones", 1),
    ]
    assert "Secret merger" in page.content.decode()
    assert list(errors(refused)) == ["run_owner", "milestones"]
    assert said(done) == ["Aoife Byrne is out of use; nobody is asked for them any more."]
    assert now() == {("CLM-1", "Rui"), ("CLM-2", "Rui")}
    again = client.post(f"/people/{owner.pk}/reactivate/", follow=True)
    assert said(again) == ["Aoife Byrne can be named again. What was handed over stays there."]
    assert Owner.objects.get(pk=owner.pk).is_active


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("administrator", 403), ("stranger", 404)])
def test_others_learn_nothing_there(request, client, owner, named, who, status):
    client.force_login(request.getfixturevalue(who))

    page = client.get(f"/people/{owner.pk}/deactivate/")

    assert (page.status_code, "Secret merger" in page.content.decode()) == (status, False)


def test_closing_an_account_counts_what_lies_beyond_and_names_none_of_it(
    client, administrator, owner, named, make_user
):
    user = make_user("aoife@example.com")
    Owner.objects.filter(pk=owner.pk).update(user=user)
    address = f"/settings/people/{user.pk}/deactivate/"
    client.force_login(administrator)

    page = client.get(address)
    refused = client.post(address, {})
    done = client.post(address, {"leave_beyond": "on"}, follow=True)

    assert "They answer for 2 more things in programs you do not manage" in page.content.decode()
    assert not [name for name in ("Secret merger", "Claims triage") if name in page.content.decode()]
    assert list(errors(refused)) == ["leave_beyond"]
    assert said(done) == ["The account of Aoife is closed: sessions and tokens are refused from now on."]
    assert now() == {("CLM-1", "Aoife Byrne"), ("CLM-2", "Aoife Byrne")}


def test_closing_an_account_moves_what_its_administrator_manages(
    client, administrator, program, owner, named, make_user, by_system
):
    user = make_user("aoife@example.com")
    Owner.objects.filter(pk=owner.pk).update(user=user)
    add_member(program=program, user=administrator, role=Role.MANAGER, by=by_system)
    client.force_login(administrator)

    client.post(f"/settings/people/{user.pk}/deactivate/", {"everything": "Rui"})

    user.refresh_from_db()
    assert (user.is_active, now()) == (False, {("CLM-1", "Rui"), ("CLM-2", "Rui")})


def test_page_costs_the_same_queries_for_any_number_of_things(
    client, manager, owner, named, make_pilot, by, django_assert_max_num_queries
):
    def count() -> int:
        with django_assert_max_num_queries(60) as queries:
            client.get(f"/people/{owner.pk}/deactivate/")
        return len(queries)

    client.force_login(manager)
    first = count()
    roles = [
        role
        for role in OwnerRole
        if role not in {OwnerRole.RUN_OWNER, OwnerRole.BUILDER, OwnerRole.INFRASTRUCTURE}
    ]
    add_owners(
        [NewOwnership(pilot=row.pilot, owner=owner, role=role) for row in named for role in roles], by=by
    )

    assert count() == first


@pytest.mark.parametrize(("who", "is_shown"), [("manager", True), ("viewer", False)])
def test_managers_read_who_carries_many(request, client, owner, named, make_pilot, by, who, is_shown):
    third = make_pilot("Third")
    add_owner(NewOwnership(pilot=third, owner=owner, role=OwnerRole.SPONSOR), by=by)
    client.force_login(request.getfixturevalue(who))

    page = client.get("/people/")

    assert [(one.name, one.pilots) for one in page.context["people"].load] == (
        [("Aoife Byrne", 3)] if is_shown else []
    )


def test_deputy_reads_until_when_they_are_asked_to_stand_in(client, viewer, owner, named, by):
    row = named[0]
    deputy = name_deputy(NewDeputy(ownership=row, to=Contact(name="Rui"), until=TODAY), by=by)
    Owner.objects.filter(pk=deputy.owner_id).update(user=viewer)
    client.force_login(viewer)

    page = client.get("/people/yours/")

    assert [item.role for item in page.context["asked"]] == ["Deputy run owner until Wed 18 Nov 2026"]

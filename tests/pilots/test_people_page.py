from datetime import date

import pytest
import time_machine

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.stage import Move, move_pilot
from pilots.lifecycle import Stage
from pilots.models import Owner, Ownership, Pilot
from tests.conftest import NOW

URL = "/pilots/CLM-1/people/"
HUGE = 10**20


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


def _name(pilot: Pilot, who: str, role: OwnerRole, by) -> Ownership:
    return add_owner(NewOwnership(pilot=pilot, contact=Contact(name=who), role=role), by=by)


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def test_people_stand_under_what_they_answer_for_the_lead_first(client, viewer, pilot, by):
    _name(pilot, "Claims IT", OwnerRole.BUILDER, by)
    _name(pilot, "Marguerite", OwnerRole.BUSINESS_OWNER, by)
    client.force_login(viewer)

    seats = client.get(URL).context["seats"]

    assert [(seat.role, [str(row.owner) for row in seat.rows]) for seat in seats] == [
        ("Production owner", []),
        ("Business owner", ["Marguerite"]),
        ("Builder", ["Claims IT"]),
    ]


@pytest.mark.parametrize(("who", "is_shown"), [("manager", True), ("viewer", False), ("stranger", False)])
def test_addresses_are_for_managers_and_oneself(request, client, pilot, by, who, is_shown):
    reader = request.getfixturevalue(who)
    contact = Contact(name="Tomasz", email="tomasz@example.com")
    add_owner(NewOwnership(pilot=pilot, contact=contact, role=OwnerRole.BUILDER), by=by)
    own = _name(pilot, "Rina", OwnerRole.PRODUCTION_OWNER, by)
    Owner.objects.filter(pk=own.owner_id).update(user=reader, email="rina@example.com")
    Ownership.objects.filter(pk=own.pk).update(accepted_on=date(2026, 11, 18))
    client.force_login(reader)

    page = client.get(URL).content.decode()

    assert ("Tomasz" in page, "rina@example.com" in page) == (True, True)
    assert ("tomasz@example.com" in page) is is_shown


def test_naming_somebody_mails_nobody_and_says_who_it_is(client, manager, pilot, mailoutbox):
    client.force_login(manager)

    response = client.post(
        URL, {"owner": "Tomasz <tomasz@example.com>", "role": "production_owner", "reason": ""}, follow=True
    )

    assert Ownership.objects.values_list("owner__name", "owner__email", "role", "accepted_on").get() == (
        "Tomasz",
        "tomasz@example.com",
        "production_owner",
        None,
    )
    assert [str(message) for message in response.context["messages"]] == [
        "Tomasz is Production owner of Claims triage."
    ]
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        pytest.param({"owner": ""}, {"owner": ["Write a name or an address."]}, id="nobody"),
        pytest.param(
            {"owner": "nobody yet"},
            {"owner": ["Write a name or an address; nobody needs no entry."]},
            id="nobody-yet",
        ),
        pytest.param(
            {"owner": "a@@b"},
            {"owner": ["“a@@b” is no e-mail address. Write a name, an address, or “nobody yet”."]},
            id="no-address",
        ),
        pytest.param(
            {"owner": "N" * 201},
            {"owner": ["A name has at most 200 characters, an address 254."]},
            id="long-name",
        ),
        pytest.param(
            {"role": "king"}, {"role": ["There is no such role. Choose one of the list."]}, id="unknown-role"
        ),
        pytest.param(
            {"owner": "Claims IT", "role": "production_owner"},
            {
                "reason": [
                    (
                        "Claims IT would build it and bring it into production. "
                        "Production needs somebody who did not build it, or a reason why not."
                    )
                ]
            },
            id="builder-as-lead",
        ),
        pytest.param(
            {"owner": "Claims IT", "role": "builder"},
            {"owner": ["They have this role on it already."]},
            id="twice",
        ),
    ],
)
def test_naming_is_refused_in_words(client, manager, pilot, by, fields, errors):
    _name(pilot, "Claims IT", OwnerRole.BUILDER, by)
    client.force_login(manager)

    response = client.post(URL, {"owner": "Tomasz", "role": "builder", "reason": ""} | fields)

    assert (_errors(response), Ownership.objects.count()) == (errors, 1)


def test_second_lead_is_refused_beside_the_role(client, manager, pilot, by):
    _name(pilot, "Tomasz", OwnerRole.PRODUCTION_OWNER, by)
    client.force_login(manager)

    response = client.post(URL, {"owner": "Aoife", "role": "production_owner", "reason": ""})

    assert _errors(response) == {
        "role": ["This pilot has a production owner already. End that one first, or hand over."]
    }


def test_ending_keeps_the_row_as_history(client, manager, pilot, by):
    row = _name(pilot, "Tomasz", OwnerRole.PRODUCTION_OWNER, by)
    client.force_login(manager)

    response = client.post(f"{URL}{row.pk}/end/", {"reason": "Moved to another team"}, follow=True)

    assert Ownership.objects.get().until == date(2026, 11, 18)
    assert [(role, str(before.owner)) for role, before in response.context["before"]] == [
        ("Production owner", "Tomasz")
    ]
    assert [str(message) for message in response.context["messages"]] == [
        "Tomasz is no longer Production owner."
    ]
    assert Event.objects.get(verb="owner.ended").reason == "Moved to another team"


def test_ending_twice_says_that_it_ended_before(client, manager, pilot, by):
    row = _name(pilot, "Tomasz", OwnerRole.PRODUCTION_OWNER, by)
    client.force_login(manager)
    client.post(f"{URL}{row.pk}/end/")

    response = client.post(f"{URL}{row.pk}/end/", follow=True)

    assert "It ended before." in [str(message) for message in response.context["messages"]]


def test_person_named_agrees_to_answer_for_it(client, viewer, pilot, by):
    row = _name(pilot, "Vic", OwnerRole.PRODUCTION_OWNER, by)
    Owner.objects.update(user=viewer)
    client.force_login(viewer)

    offered = client.get(URL).content.decode()
    client.post(f"{URL}{row.pk}/accept/")

    assert "I answer for it" in offered
    assert Ownership.objects.get().accepted_on == date(2026, 11, 18)
    assert "I answer for it" not in client.get(URL).content.decode()


def test_nobody_agrees_for_somebody_else(client, manager, pilot, by):
    row = _name(pilot, "Tomasz", OwnerRole.PRODUCTION_OWNER, by)
    client.force_login(manager)

    response = client.post(f"{URL}{row.pk}/accept/")

    assert response.status_code == 403
    assert "Only Tomasz can accept this." in response.content.decode()
    assert Ownership.objects.get().accepted_on is None


def test_row_of_another_pilot_is_not_found(client, manager, pilot, make_pilot, by):
    row = _name(make_pilot("Other"), "Tomasz", OwnerRole.PRODUCTION_OWNER, by)
    client.force_login(manager)

    codes = [
        client.post(f"{URL}{pk}/{deed}/").status_code for pk in (row.pk, HUGE) for deed in ("end", "accept")
    ]

    assert codes == [404, 404, 404, 404]
    assert Ownership.objects.get().until is None


def test_ended_pilot_needs_nobody(client, manager, pilot, by):
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="Too few cases."), by=by)
    client.force_login(manager)

    shown = client.get(URL).content.decode()
    refused = client.post(URL, {"owner": "Tomasz", "role": "builder", "reason": ""})

    assert "so it needs no owner any longer" in shown
    assert _errors(refused) == {"__all__": ["It is stopped: it needs no owner any longer."]}


@pytest.mark.parametrize(("who", "status"), [("contributor", 403), ("viewer", 403), ("stranger", 404)])
def test_others_may_not_name_or_end(request, client, pilot, by, who, status):
    row = _name(pilot, "Tomasz", OwnerRole.PRODUCTION_OWNER, by)
    client.force_login(request.getfixturevalue(who))

    named = client.post(URL, {"owner": "Aoife", "role": "builder"})
    ended = client.post(f"{URL}{row.pk}/end/")

    assert (named.status_code, ended.status_code) == (status, status)
    assert Ownership.objects.get().until is None

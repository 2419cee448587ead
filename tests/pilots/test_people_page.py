from datetime import date

import pytest
import time_machine

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.actions.owner import Contact, NewOwnership, add_owner, add_owners
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

    people = client.get(URL).context["people"]

    assert [(part.role, [str(person.row.owner) for person in part.people]) for part in people.roles] == [
        ("Production owner", []),
        ("Business owner", ["Marguerite"]),
        ("Sponsor", []),
        ("Technical lead", []),
        ("Run owner", []),
        ("Builder", ["Claims IT"]),
    ]
    assert [seat.code for seat in people.seats] == [
        "engineering",
        "operations",
        "data_engineering",
        "security",
        "legal",
        "business",
    ]
    assert all(part.meaning for part in people.roles)


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
        "role": [
            (
                "This pilot has a production owner already, and only one is accountable. Hand over instead. "
                f'<a href="{URL}{Ownership.objects.get().pk}/hand-over/">Hand over from Tomasz</a>'
            )
        ]
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


# --- Handing over, deputies, terms and seats -------------------------------------------


@pytest.fixture
def lead(pilot, by) -> Ownership:
    return _name(pilot, "Tomasz", OwnerRole.PRODUCTION_OWNER, by)


def _said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_role_is_handed_over_from_the_page(client, manager, pilot, lead):
    client.force_login(manager)
    form = {"version": pilot.version + 1, "owner": "Aoife", "reason": "Moves on"}

    refused = client.post(f"{URL}{lead.pk}/hand-over/", form | {"reason": ""})
    done = client.post(f"{URL}{lead.pk}/hand-over/", form, follow=True)

    assert _errors(refused) == {"reason": ["Say why it is handed over."]}
    assert _said(done) == [
        "Aoife is Production owner of Claims triage now, and has no account yet: invite them."
    ]
    assert done.context["people"].roles[0].people[0].row.owner.name == "Aoife"


def test_typed_text_survives_when_somebody_was_faster(client, manager, pilot, lead):
    client.force_login(manager)
    form = {"version": 1, "owner": "Aoife", "reason": "Moves on"}

    page = client.post(f"{URL}{lead.pk}/hand-over/", form)

    assert page.status_code == 409
    assert "Moves on" in page.content.decode()
    assert Ownership.objects.active().get().owner.name == "Tomasz"


def test_owner_hands_over_what_only_they_could_see(client, stranger, pilot, lead):
    Pilot.objects.filter(pk=pilot.pk).update(is_confidential=True)
    Owner.objects.filter(pk=lead.owner_id).update(user=stranger)
    Ownership.objects.filter(pk=lead.pk).update(accepted_on=date(2026, 11, 1))
    client.force_login(stranger)
    form = {"version": pilot.version + 1, "owner": "Aoife", "reason": "Moves on"}

    done = client.post(f"{URL}{lead.pk}/hand-over/", form)

    assert (done.status_code, done.headers["Location"]) == (302, "/pilots/")
    assert client.get(URL).status_code == 404


def test_deputy_stands_beside_whom_they_stand_in_for(client, manager, pilot, lead):
    client.force_login(manager)
    form = {"version": pilot.version + 1, "owner": "Aoife", "until": "1 Dec 2026"}

    past = client.post(f"{URL}{lead.pk}/deputy/", form | {"until": "1 Nov 2026"})
    done = client.post(f"{URL}{lead.pk}/deputy/", form, follow=True)

    assert _errors(past) == {"until": ["Choose today or a later day: it would be over."]}
    assert _said(done) == ["Aoife stands in for Tomasz until Tue 1 Dec 2026, once they agree."]
    person = done.context["people"].roles[0].people[0]
    assert (person.row.owner.name, person.deputy.row.owner.name) == ("Tomasz", "Aoife")
    assert person.deputy.facts == "stands in until Tue 1 Dec · has not agreed yet"
    assert done.context["head"].lead == "Tomasz"


def test_seat_is_filled_only_when_it_is_known_what_it_delivers(client, manager, pilot, by):
    legal = _name(pilot, "Rina", OwnerRole.LEGAL, by)
    client.force_login(manager)
    before = client.get(URL).context["people"].seats_settled

    form = {"version": pilot.version + 1, "deliverable": "Contract review", "due_on": "16 Nov 2026"}
    after = client.post(f"{URL}{legal.pk}/terms/", form, follow=True)
    waived = {"version": pilot.version + 2, "reason": "Nothing to run", "until": "1 Mar 2027"}
    third = client.post(f"{URL}seats/operations/waive/", waived, follow=True)

    seat = {seat.code: seat for seat in third.context["people"].seats}
    assert (before, after.context["people"].seats_settled) == ("0 of 6 settled", "1 of 6 settled")
    assert (seat["legal"].people[0].due, seat["legal"].people[0].is_late) == ("Mon 16 Nov, 2 days late", True)
    assert (seat["operations"].waiver.reason, seat["operations"].until) == (
        "Nothing to run",
        "Mon 1 Mar 2027",
    )
    assert third.context["people"].seats_settled == "2 of 6 settled"
    again = client.post(f"{URL}seats/operations/revoke/", follow=True)
    assert again.context["people"].seats_settled == "1 of 6 settled"
    assert client.get(f"{URL}seats/sponsor/waive/").status_code == 404


def test_person_named_says_that_it_is_not_theirs(client, viewer, pilot, lead):
    Owner.objects.filter(pk=lead.owner_id).update(user=viewer)
    client.force_login(viewer)

    page = client.post(f"{URL}{lead.pk}/decline/", follow=True)

    assert _said(page) == ["The managers of Claims AI can read that it is not yours."]
    assert page.context["people"].roles[0].people[0].has_declined


def test_tab_costs_the_same_queries_for_any_number_of_people(
    client, manager, pilot, by, django_assert_max_num_queries
):
    def count() -> int:
        with django_assert_max_num_queries(80) as queries:
            client.get(URL)
        return len(queries)

    _name(pilot, "Tomasz", OwnerRole.LEGAL, by)
    client.force_login(manager)
    first = count()
    add_owners(
        [
            NewOwnership(pilot=pilot, contact=Contact(name=f"Person {number}"), role=OwnerRole.LEGAL)
            for number in range(100)
        ],
        by=by,
    )

    assert count() == first


@pytest.mark.parametrize(("address", "is_told"), [("vic@example.com", True), ("nobody@example.com", False)])
def test_a_manager_reads_that_an_account_is_not_linked(client, manager, viewer, pilot, address, is_told):
    type(viewer).objects.filter(pk=viewer.pk).update(email="vic@example.com")
    Owner.objects.create(program=pilot.program, name="Victoria", email=address)
    client.force_login(manager)

    page = client.post(
        f"/pilots/{pilot.key}/people/", {"owner": address, "role": "business_owner"}, follow=True
    )

    told = "Victoria has an account, but is not linked to this contact"
    assert _said(page)[0] == "Victoria is Business owner of Claims triage."
    assert any(said.startswith(told) for said in _said(page)) is is_told
    assert ("Has an account that is not linked" in page.content.decode()) is is_told
    assert Owner.objects.get(name="Victoria").user is None
    client.force_login(viewer)
    assert "Has an account" not in client.get(f"/pilots/{pilot.key}/people/").content.decode()


def test_handing_over_asks_whom_a_first_name_means(client, manager, pilot, lead):
    Owner.objects.create(program=pilot.program, name="Luka Petrović")
    client.force_login(manager)

    sent = {"owner": "luka", "reason": "Moved.", "version": pilot.version}
    asks = client.post(f"/pilots/{pilot.key}/people/{lead.pk}/hand-over/", sent)

    assert _errors(asks) == {"meant": ["Luka Petrović is a contact here: do you mean them?"]}
    assert "A new person, luka" in asks.content.decode()

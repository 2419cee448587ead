from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Program, Role, User
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member, create_programs
from pilots.actions.by import By
from pilots.actions.invitation import invite_owners
from pilots.actions.owner import NewOwnership, add_owner, add_owners
from pilots.models import Invitation, Owner, OwnerKind, Pilot
from pilots.web.reach import owners_without_mail
from pilots.web.told import tell
from portfolio.outbox.models import Message
from tests.conftest import NOW

URL = "/people/"


def said(answer) -> dict[str, str]:
    return {row.owner.name: row.standing.words for row in answer.context["people"].rows}


def test_everybody_stands_with_whether_mail_reaches_them_and_why(client, manager, program, stranger, by):
    make = Owner.objects.create
    closed = User.objects.create_user("closed@example.com", "x", name="Closed", is_active=False)
    make(program=program, name="Account", user=stranger)
    make(program=program, name="Closed", user=closed)
    make(program=program, name="Team", kind=OwnerKind.TEAM.value)
    make(program=program, name="Gone", email="gone@example.com", is_active=False)
    make(program=program, name="Nameless")
    make(program=program, name="Fresh", email="fresh@example.com")
    asked = make(program=program, name="Asked", email="asked@example.com")
    invite_owners([asked], by=by)
    silent = make(program=program, name="Silent", email="silent@example.com")
    invite_owners([silent], by=By(user=manager, at=NOW - timedelta(days=20), source=by.source))
    client.force_login(manager)

    answer = client.get(URL)

    assert said(answer) == {
        "Account": "gets mail",
        "Asked": "invited on Wed 18 Nov, open until Wed 2 Dec",
        "Closed": "account closed",
        "Fresh": "not invited",
        "Gone": "not active",
        "Nameless": "no address",
        "Silent": "invited on Thu 29 Oct, no answer",
        "Team": "a team",
    }
    tickable = [row.owner.name for row in answer.context["people"].rows if row.may_invite]
    assert tickable == ["Fresh", "Silent"]


def test_count_is_of_people_named_on_running_pilots_whom_mail_does_not_reach(
    client, manager, owner, named, program, stranger, make_pilot, by
):
    Owner.objects.create(program=program, name="On nothing", email="idle@example.com")
    reached = Owner.objects.create(program=program, name="Reached", user=stranger)
    add_owner(NewOwnership(pilot=make_pilot(), owner=reached, role=OwnerRole.SPONSOR), by=by)
    client.force_login(manager)

    answer = client.get(URL)

    assert "1 owner gets no mail yet" in answer.text
    assert owners_without_mail(manager) == 1
    assert [(tab.label, tab.count) for tab in answer.context["people"].tabs] == [
        ("All", 3),
        ("No mail", 1),
        ("Without pilots", 1),
    ]
    assert list(said(client.get(URL, {"show": "no-mail"}))) == ["Aoife Byrne"]
    assert list(said(client.get(URL, {"show": "no-pilots"}))) == ["On nothing"]
    assert list(said(client.get(URL, {"program": "elsewhere"}))) == []


def test_count_is_of_managed_programs_without_the_sample_in_one_query(
    manager, viewer, owner, named, by, by_system, make_pilot, django_assert_num_queries
):
    sample = create_programs(
        [Program(name="Sample", slug="sample", prefix="SMP", is_sample=True)], by=by_system
    )[0]
    add_member(program=sample, user=manager, role=Role.MANAGER, by=by_system)
    invented = Owner.objects.create(program=sample, name="Invented", email="i@example.com")
    pilot = make_pilot("Invented", program=sample)
    add_owner(NewOwnership(pilot=pilot, owner=invented, role=OwnerRole.SPONSOR), by=by_system)

    with django_assert_num_queries(1):
        assert owners_without_mail(manager) == 1
    assert owners_without_mail(viewer) == 0
    Pilot.objects.filter(program=owner.program).update(stage="stopped")
    assert owners_without_mail(manager) == 0


def test_addresses_and_letters_are_for_managers(client, viewer, manager, owner, named):
    client.force_login(viewer)
    seen = client.get(URL)
    assert list(said(seen)) == ["Aoife Byrne"]
    assert "aoife@example.com" not in seen.text
    assert "/people/invite/" not in seen.text
    assert client.get("/people/invite/").status_code == 403
    assert client.post("/people/invite/", {"owner": owner.pk}).status_code == 403

    client.force_login(manager)
    assert "aoife@example.com" in client.get(URL).text


def test_confirmation_shows_who_is_mailed_and_who_is_not(client, manager, owner, named, program):
    team = Owner.objects.create(program=program, name="Claims IT", kind=OwnerKind.TEAM.value)
    client.force_login(manager)

    answer = client.get("/people/invite/", {"owner": [owner.pk, team.pk, "x", "9" * 30]})

    assert [row.name for row in answer.context["to_mail"]] == ["Aoife Byrne"]
    assert "Claims IT is a team." in answer.text
    assert "Send 1 invitation<" in answer.text
    assert not Invitation.objects.exists()


def test_nobody_is_invited_where_one_of_them_cannot_be(client, manager, owner, program):
    team = Owner.objects.create(program=program, name="Claims IT", kind=OwnerKind.TEAM.value)
    client.force_login(manager)

    answer = client.post("/people/invite/", {"owner": [owner.pk, team.pk]})

    assert "Nobody was invited. Claims IT is a team." in answer.text
    assert not Invitation.objects.exists()


def test_contacts_of_other_programs_are_nobody(client, manager, other_program):
    foreign = Owner.objects.create(program=other_program, name="F", email="f@example.com")
    client.force_login(manager)

    assert client.post("/people/invite/", {"owner": foreign.pk}).headers["Location"] == URL
    assert not Invitation.objects.exists()


def test_page_says_when_mail_goes_to_files(client, manager, owner, named, settings):
    client.force_login(manager)
    sentence = "Mail is written to files: nobody receives this."
    query = {"owner": owner.pk}
    assert sentence not in client.get(URL).text + client.get("/people/invite/", query).text

    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"

    assert sentence in client.get(URL).text
    assert sentence in client.get("/people/invite/", query).text


def test_manager_withdraws_once(client, manager, owner, by, post):
    invitation = invite_owners([owner], by=by)[0]
    client.force_login(manager)
    address = f"/people/invitations/{invitation.pk}/withdraw/"
    assert address in client.get(URL).text

    assert "is withdrawn" in client.post(address, follow=True).text
    assert "It was accepted or withdrawn before." in client.post(address, follow=True).text
    assert post() == []
    assert Message.objects.get(kind="invitation").state == "skipped"


def test_administrator_links_by_hand(client, administrator, manager, stranger, owner, named):
    client.force_login(administrator)
    address = f"/people/{owner.pk}/link/"
    assert address in client.get(URL).text
    assert "Nobody has an account with this address." in client.post(address, {"email": "x@example.com"}).text
    assert "This is no e-mail address." in client.post(address, {"email": "x@y,z@q"}).text

    client.post(address, {"email": "STRANGER@example.com"})

    assert Owner.objects.get(pk=owner.pk).user == stranger
    assert Event.objects.get(verb="owner.linked").actor == administrator
    client.force_login(manager)
    assert client.get(address).status_code == 403


def test_administrator_takes_a_wrong_link_back(client, administrator, manager, stranger, owner, named):
    owner.user = stranger
    owner.save(update_fields=["user"])
    address = f"/people/{owner.pk}/unlink/"
    client.force_login(manager)
    assert client.post(address).status_code == 403
    assert address not in client.get(URL).text
    client.force_login(administrator)
    assert address in client.get(URL).text
    assert "stranger@example.com" in client.get(address).text
    assert Owner.objects.get(pk=owner.pk).user == stranger

    taken = client.post(address, follow=True)

    assert Owner.objects.get(pk=owner.pk).user is None
    assert "Aoife Byrne is not linked to the account Stranger any more." in taken.text
    told = Event.objects.get(verb="owner.unlinked")
    assert (told.actor, told.before) == (
        administrator,
        {"owner": "Aoife Byrne", "account": "stranger@example.com"},
    )
    assert tell(told).what == "took the account stranger@example.com from Aoife Byrne"
    again = client.post(address, follow=True)
    assert [str(message) for message in again.context["messages"]] == ["Aoife Byrne is linked to no account."]
    assert Event.objects.filter(verb="owner.unlinked").count() == 1


def test_manager_writes_the_address_an_invitation_lacked(client, manager, contributor, program):
    nameless = Owner.objects.create(program=program, name="Nameless")
    Owner.objects.create(program=program, name="Other", email="other@example.com")
    address = f"/people/{nameless.pk}/edit/"
    client.force_login(contributor)
    assert client.get(address).status_code == 404  # named nowhere they see
    assert client.post(address, {"name": "X", "email": ""}).status_code == 404
    assert address not in client.get(URL).text
    client.force_login(manager)
    assert address in client.get(URL).text
    wrong = client.post(address, {"name": "Nameless", "email": "x@y,z@q"})
    taken = client.post(address, {"name": "Nameless", "email": "other@example.com"})
    empty = client.post(address, {"name": " ", "email": ""})

    client.post(address, {"name": "Nia Melees", "email": "NIA@example.com"})

    assert "This is no e-mail address." in wrong.text
    assert "This program has a contact with that address already." in taken.text
    assert "Write a name." in empty.text
    nameless.refresh_from_db()
    assert (nameless.name, nameless.email) == ("Nia Melees", "nia@example.com")
    told = Event.objects.get(verb="owner.edited")
    assert (told.actor, told.after) == (manager, {"name": "Nia Melees", "email": "nia@example.com"})
    assert said(client.get(URL))["Nia Melees"] == "not invited"
    client.post(address, {"name": "Nia Melees", "email": ""})
    assert Owner.objects.get(pk=nameless.pk).email == ""


def test_today_names_what_waits_for_the_reader_to_agree(client, stranger, contributor, owner, named):
    """For somebody who sees no pilot yet, and for somebody who does."""
    words = "You are named for 2 things you have not agreed to yet."
    for person in (stranger, contributor):
        client.force_login(person)
        assert words not in client.get("/").text
        owner.user = person
        owner.save(update_fields=["user"])

        page = client.get("/").text

        assert words in page
        assert 'href="/people/yours/"' in page


def test_query_count_does_not_grow(client, manager, program, make_pilot, by):
    pilots = [make_pilot(f"Pilot {number}") for number in range(2)]
    client.force_login(manager)

    def add(numbers):
        owners = [Owner(program=program, name=f"P{n:03}", email=f"p{n}@example.com") for n in numbers]
        Owner.objects.bulk_create(owners)
        add_owners(
            [NewOwnership(pilot=p, owner=o, role=OwnerRole.LEGAL) for p in pilots for o in owners], by=by
        )
        invite_owners(owners[::2], by=by)

    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    add([0])
    addresses = (URL, "/people/invite/?all=1", "/pilots/CLM-1/people/")
    before = [queries(address) for address in addresses]
    add(range(1, 100))
    assert [queries(address) for address in addresses] == before
    assert len(client.get(URL).context["people"].rows) == 50


def test_people_tab_of_a_pilot_offers_to_invite_whom_mail_does_not_reach(
    client, manager, viewer, owner, named
):
    client.force_login(manager)
    offer = f"/people/invite/?owner={owner.pk}"
    assert offer in client.get("/pilots/CLM-1/people/").text
    Owner.objects.update(user=viewer)
    assert offer not in client.get("/pilots/CLM-1/people/").text

    Owner.objects.update(user=None)
    client.force_login(viewer)
    assert offer not in client.get("/pilots/CLM-1/people/").text


def test_hidden_pilot_puts_nobody_among_those_without_mail(client, viewer, owner, named):
    """The contact is known from an ended pilot; that a confidential one runs with them shows nowhere."""
    Pilot.objects.filter(is_confidential=False).update(stage="stopped")
    client.force_login(viewer)

    answer = client.get(URL)

    assert list(said(answer)) == ["Aoife Byrne"]
    assert [(tab.label, tab.count) for tab in answer.context["people"].tabs] == [
        ("All", 1),
        ("No mail", 0),
        ("Without pilots", 1),
    ]


def test_reader_is_told_what_waits_for_their_agreement(client, stranger, owner, named):
    Owner.objects.update(user=stranger)
    client.force_login(stranger)

    assert "You are named for 2 things you have not agreed to yet." in client.get(URL).text


def test_invited_owners_are_waited_for_and_not_asked_again(client, manager, owner, named, by):
    client.force_login(manager)
    invite_owners([owner], by=by)

    waiting = client.get(URL).text
    Invitation.objects.update(expires_on=NOW.date() - timedelta(days=1))
    expired = client.get(URL).text

    assert "1 invited, waiting" in waiting
    assert ("no mail yet" in waiting, "Invite them…" in waiting) == (False, False)
    assert ("1 owner gets no mail yet" in expired, "Invite them…" in expired) == (True, True)


def test_sample_contacts_are_neither_counted_nor_said_to_get_mail(
    client, manager, make_user, make_pilot, by_system
):
    sample = create_programs(
        [Program(name="Sample", slug="sample", prefix="SMP", is_sample=True)], by=by_system
    )[0]
    add_member(program=sample, user=manager, role=Role.MANAGER, by=by_system)
    demo = make_user("demo@example.com", is_sample=True)
    for name, user in (("Luka", demo), ("Invented", None)):
        made = Owner.objects.create(program=sample, name=name, email=f"{name}@example.com", user=user)
        pilot = make_pilot(name, program=sample)
        add_owner(NewOwnership(pilot=pilot, owner=made, role=OwnerRole.SPONSOR), by=by_system)
    client.force_login(manager)

    answer = client.get(URL, {"program": "sample"})

    assert said(answer) == {"Luka": "demo log-in: receives no mail", "Invented": "sample: receives no mail"}
    assert answer.context["people"].without_mail == 0
    assert "no mail yet" not in answer.text

"""The whole way of an invitation: asked, mailed, opened, accepted, agreed to."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from pilots.access.models import Event, Membership, Source, User
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.contact import OwnerEdit, edit_owner
from pilots.actions.invitation import invite_owners, withdraw_invitation
from pilots.actions.owner import Contact, decline_ownership
from pilots.models import Invitation, Owner, Ownership, Pilot
from portfolio.desk.people.links import invitation_url
from portfolio.outbox.models import Message
from tests.conftest import NOW, PASSWORD

OTHER_PASSWORD = "staple horse battery correct"


@pytest.fixture
def link(owner, named, by):
    return invitation_url(invite_owners([owner], by=by)[0]).removeprefix("http://127.0.0.1:8000")


def all_rows():
    return list(Invitation.objects.values()), list(Owner.objects.values()), list(User.objects.values())


def test_owner_without_account_comes_from_a_mail_to_their_pilots(client, manager, owner, named, post):
    client.force_login(manager)
    shown = client.get("/people/invite/", {"all": "1"})
    assert [row.email for row in shown.context["to_mail"]] == ["aoife@example.com"]
    client.post("/people/invite/", {"owner": [owner.pk]})
    (mail,) = post()
    assert (mail.to, mail.subject) == (
        ["aoife@example.com"],
        "Maren invites you to Headway, for Claims AI",
    )
    html = mail.alternatives[0][0]
    for text in (mail.body, html):
        assert "Run owner: Claims triage" in text
        assert "Run owner: a confidential pilot" in text
        assert "Secret merger" not in text
        assert "2 Dec 2026" in text
    assert "you are sent nothing more" in mail.body
    url = re.search(r"http://127\.0\.0\.1:8000(/people/accept/\S+)", mail.body)[1]
    assert url in html

    stranger = Client()
    before = all_rows()
    page = stranger.get(url)
    assert (page.status_code, all_rows()) == (200, before)
    assert "Secret merger" not in page.text
    answer = stranger.post(url, {"name": "Aoife Byrne", "password": PASSWORD, "email": "thief@example.com"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/people/yours/")
    account = User.objects.get(email="aoife@example.com")
    assert not User.objects.filter(email="thief@example.com").exists()

    asked = stranger.get("/people/yours/")
    assert [item.ownership.pk for item in asked.context["asked"]] == [row.pk for row in named]
    assert "Secret merger" not in asked.text
    assert not Pilot.objects.visible_to(account).exists()
    done = stranger.post("/people/yours/", {"shown": [row.pk for row in named]})
    assert done.headers["Location"] == "/pilots/?mine=true"
    assert set(Ownership.objects.values_list("accepted_on", flat=True)) == {date(2026, 11, 18)}
    mine = stranger.get(done.headers["Location"])
    assert "Claims triage" in mine.text
    assert "Secret merger" in mine.text
    verbs = Event.objects.filter(actor=account).values_list("verb", flat=True).order_by("id")
    assert list(verbs) == ["user.created", "owner.linked", "owner.accepted", "owner.accepted"]
    assert len(post()) == 1


def test_owner_with_account_signs_in_and_confirms(link, stranger, owner):
    browser = Client()
    sign_in = browser.get(link).context["sign_in"]
    assert sign_in.startswith("/accounts/login/?next=%2Fpeople%2Faccept%2F")
    back = browser.post(sign_in, {"login": stranger.email, "password": PASSWORD})
    assert back.headers["Location"] == link
    before = all_rows()
    page = browser.get(link)
    assert "The invitation went to aoife@example.com" in page.text
    assert all_rows() == before

    assert browser.post(link).headers["Location"] == "/people/yours/"

    assert Owner.objects.get(pk=owner.pk).user == stranger
    assert browser.get(link).headers["Location"] == "/people/yours/"


def test_one_row_may_be_agreed_to_and_others_left(link, named, stranger, owner):
    Owner.objects.update(user=stranger)
    browser = Client()
    browser.force_login(stranger)

    answer = browser.post(
        "/people/yours/", {"shown": [row.pk for row in named], "ownership": str(named[0].pk)}
    )

    assert answer.headers["Location"] == "/people/yours/"
    assert Ownership.objects.get(pk=named[0].pk).accepted_on == date(2026, 11, 18)
    assert Ownership.objects.get(pk=named[1].pk).accepted_on is None


def test_what_is_not_theirs_is_said_to_the_managers_and_asked_no_more(link, named, stranger, manager):
    Owner.objects.update(user=stranger)
    browser, theirs = Client(), Client()
    browser.force_login(stranger)
    theirs.force_login(manager)

    answer = browser.post("/people/yours/", {"not_mine": str(named[0].pk)}, follow=True)
    again = browser.post("/people/yours/", {"not_mine": str(named[0].pk)}, follow=True)

    said = [str(message) for message in answer.context["messages"]]
    assert said == [f"The managers of {named[0].owner.program} can read that it is not yours."]
    assert "It was accepted, refused or ended before." in again.text
    assert [item.ownership for item in answer.context["asked"]] == [named[1]]
    told = Event.objects.get(verb="owner.declined")
    assert (told.pilot_id, told.actor, told.after["role"]) == (named[0].pilot_id, stranger, named[0].role)
    assert Ownership.objects.get(pk=named[0].pk).until is None
    page = theirs.get(f"{named[0].pilot.get_absolute_url()}people/").text
    assert page.count("Said that it is not theirs.") == 1


def test_nobody_declines_for_somebody_else_or_twice(named, stranger, manager):
    Owner.objects.update(user=stranger)

    with pytest.raises(Forbidden, match="Only"):
        decline_ownership(named[0], by=By(user=manager, at=NOW, source=Source.WEB))
    decline_ownership(named[0], by=By(user=stranger, at=NOW, source=Source.WEB))
    with pytest.raises(Refused, match="You said so before"):
        decline_ownership(named[0], by=By(user=stranger, at=NOW, source=Source.WEB))


@pytest.mark.parametrize("sent", [{}, {"ownership": "x"}, {"shown": ["99999999999999999999"]}])
def test_nobody_agrees_to_rows_of_others_or_to_nothing(link, named, stranger, sent):
    browser = Client()
    browser.force_login(stranger)
    sent = sent or {"shown": [row.pk for row in named]}

    assert browser.post("/people/yours/", sent).headers["Location"] == "/people/yours/"
    assert not Ownership.objects.filter(accepted_on__isnull=False).exists()


def test_account_with_the_address_is_not_taken_over(link, make_user, owner):
    there = make_user("aoife@example.com")

    answer = Client().post(link, {"name": "Thief", "password": OTHER_PASSWORD})

    assert answer.status_code == 200
    assert "This address has an account already." in answer.text
    assert f'<a href="{answer.context["sign_in"]}">Sign in</a>' in answer.text
    there.refresh_from_db()
    assert there.check_password(PASSWORD)
    assert Owner.objects.get(pk=owner.pk).user is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": "", "password": PASSWORD}, "name"),
        ({"name": "Aoife", "password": "short"}, "password"),
        ({"name": "Aoife", "password": "aoife@example.com"}, "password"),
        ({"name": "A\u2028B", "password": PASSWORD}, "name"),
        ({"name": "x" * 201, "password": PASSWORD}, "name"),
    ],
)
def test_new_account_is_refused_beside_the_field(link, sent, field):
    answer = Client().post(link, sent)

    assert list(answer.context["form"].errors) == [field]
    assert not User.objects.filter(email="aoife@example.com").exists()


def test_account_that_is_another_contact_already_is_told_so(link, stranger, program):
    Owner.objects.create(program=program, name="Strange R.", user=stranger)
    browser = Client()
    browser.force_login(stranger)

    answer = browser.post(link)

    assert "linked to the contact “Strange R.” of Claims AI already" in answer.text


# --- Links that open nothing ---------------------------------------------------------


LAPSES = {
    "withdrawn": (lambda: Invitation.objects.update(withdrawn_at=NOW), "This invitation was withdrawn"),
    "expired": (
        lambda: Invitation.objects.update(expires_on=date(2026, 11, 17)),
        "This invitation has expired",
    ),
    "address": (lambda: Owner.objects.update(email="new@example.com"), "This link works no more"),
    "inactive": (lambda: Owner.objects.update(is_active=False), "This link works no more"),
    "linked": (lambda: Owner.objects.update(user=User.objects.first()), "This link works no more"),
}


@pytest.mark.parametrize("case", LAPSES)
def test_lapsed_link_says_so_and_tells_nothing(link, case, stranger):
    spoil, title = LAPSES[case]
    spoil()
    signed_in = Client()
    signed_in.force_login(stranger)
    before = all_rows()

    for browser in (Client(), signed_in):
        for answer in (browser.get(link), browser.post(link, {"name": "A", "password": PASSWORD})):
            assert (answer.status_code, title in answer.text) == (410, True)
            for secret in ("Aoife", "aoife@", "Maren", "Claims", "Secret"):
                assert secret not in answer.text
    assert all_rows() == before


def test_used_link_opens_nothing_for_anybody_else(link):
    Client().post(link, {"name": "Aoife", "password": PASSWORD})

    again = Client().post(link, {"name": "Second", "password": OTHER_PASSWORD})

    assert again.status_code == 410
    assert "This invitation was accepted" in again.text
    assert User.objects.filter(email="aoife@example.com").count() == 1


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda link: link[:-4] + "xyz/",
        lambda link: link.replace("accept/", "accept/9"),
        lambda _: "/people/accept/1/",
    ],
)
def test_link_we_did_not_make_tells_nothing(link, spoiled):
    answer = Client().get(spoiled(link))

    assert answer.status_code == 410
    assert "This link is not complete" in answer.text
    assert "Aoife" not in answer.text


def test_accept_page_is_kept_by_no_cache(link):
    assert "no-store" in Client().get(link).headers["Cache-Control"]


# --- The mail ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda by: withdraw_invitation(Invitation.objects.get(), by=by), "It was withdrawn."),
        (
            lambda by: edit_owner(
                OwnerEdit(owner=Owner.objects.get(), fields={"email": "b@example.com"}), by=by
            ),
            "The contact has another address now.",
        ),
        (lambda by: Invitation.objects.update(expires_on=date(2026, 11, 17)), "It has expired."),
        (
            lambda by: Membership.objects.filter(user=by.user).update(role="contributor"),
            "Maren may not invite any longer.",
        ),
        (
            lambda by: User.objects.filter(pk=by.user.pk).update(is_active=False),
            "Maren may not invite any longer.",
        ),
        (lambda by: Owner.objects.update(user=by.user), "The contact has an account."),
        (lambda by: Owner.objects.update(is_active=False), "The contact is not active any longer."),
        (lambda by: Invitation.objects.all().delete(), "The invitation is gone."),
    ],
)
def test_letter_is_not_sent_once_it_is_wrong(owner, by, post, spoil, why):
    invite_owners([owner], by=by)
    spoil(by)

    assert post() == []
    message = Message.objects.get(kind="invitation")
    assert (message.state, message.last_error) == ("skipped", why)


def test_letter_goes_out_once(owner, by, post):
    invitation = invite_owners([owner], by=by)[0]

    post()
    post()

    assert len(post()) == 1
    assert Message.objects.get(kind="invitation").key == f"invitation:{invitation.pk}"


def test_names_stay_on_one_line_and_are_escaped(owner, by, post):
    Owner.objects.update(name="<b>Aoife</b>\nBcc: x@example.com")
    User.objects.filter(pk=by.user.pk).update(name="Maren\r\nBcc: y@example.com")

    invite_owners([owner], by=by)
    (mail,) = post()

    assert mail.subject == "Maren Bcc: y@example.com invites you to Headway, for Claims AI"
    assert mail.recipients() == ["aoife@example.com"]
    assert "Hello <b>Aoife</b> Bcc: x@example.com," in mail.body
    assert "<b>" not in mail.alternatives[0][0]


def test_written_address_gets_no_mail_without_an_invitation(make_pilot, by, post, client, manager):
    """The canary: naming, creating, assigning, moving and weeks of rings mail nobody who was not invited."""
    pilot = make_pilot(owner=Contact(name="Canary", email="canary@example.com"), by=by)
    client.force_login(manager)
    client.post(
        f"/pilots/{pilot.key}/people/", {"owner": "Bird <bird@example.com>", "role": "business_owner"}
    )
    client.post(f"/pilots/{pilot.key}/check-in/", {"text": "All well.", "going": "well", "version": 2})
    assert Owner.objects.filter(email__in=["canary@example.com", "bird@example.com"]).count() == 2

    from portfolio.digests.due import enqueue_due

    sent = []
    for week in range(6):
        enqueue_due(NOW + timedelta(weeks=week))
        sent = post(NOW + timedelta(weeks=week))

    addressed = {address for mail in sent for address in mail.recipients()}
    assert addressed <= {"maren@example.com"}

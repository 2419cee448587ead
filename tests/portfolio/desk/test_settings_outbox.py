from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pilots.access.models import Event
from pilots.actions.by import By, Forbidden
from pilots.models import Invitation
from portfolio.desk.people.links import invitation_url
from portfolio.desk.settings_link import password_url
from portfolio.desk.settings_outbox_keys import LEFT_OUT
from portfolio.outbox import actions
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Message
from portfolio.outbox.route_words import FILE_BACKEND
from tests.conftest import NOW
from tests.portfolio.desk.test_settings_members import said

URL = "/settings/outbox/"
NAME = "20261118-090000-139.log"
NOBODY = "<strong>Nobody receives mail.</strong>"


@pytest.fixture
def ada(client, administrator):
    client.force_login(administrator)
    return client


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILE_BACKEND, tmp_path / "mail"
    settings.EMAIL_FILE_PATH.mkdir()
    return settings.EMAIL_FILE_PATH


def queue(key, state="queued", **fields):
    enqueue("password_reset", key=key, at=fields.pop("at", NOW), person=fields.pop("person", None))
    Message.objects.filter(key=key).update(state=state, **fields)
    return Message.objects.get(key=key)


def happened():
    return list(
        Event.objects.filter(verb__startswith="message.").values_list("verb", "subject", "source", "after")
    )


@pytest.mark.parametrize("who", ["manager", "executive", "viewer"])
def test_only_administrators_see_the_outbox(client, db, request, who, folder):
    (folder / NAME).write_text("Subject: Hello\n\nText")
    row = queue("a", "dead").pk
    client.force_login(request.getfixturevalue(who))

    answers = [
        client.get(URL),
        client.get(f"{URL}files/{NAME}/"),
        client.post(f"{URL}{row}/retry/"),
        client.post(f"{URL}{row}/release/"),
        client.post(f"{URL}{row}/give-up/"),
        client.post(f"{URL}release/"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 6
    assert "You may not see the outbox: an administrator can." in answers[0].content.decode()
    assert (Message.objects.get().state, happened()) == ("dead", [])


def test_an_empty_outbox_says_what_will_stand_here(ada):
    html = ada.get(URL).content.decode()

    assert "No mail was queued yet" in html
    assert '<a href="/settings/outbox/" aria-current="page">Outbox</a>' in html
    assert NOBODY in html


def test_the_settings_lead_to_the_outbox(ada):
    assert '<a href="/settings/outbox/">Outbox</a>' in ada.get("/settings/").content.decode()


def test_the_list_says_who_when_and_why_not(ada, manager):
    queue("sent", "sent", person=manager, sent_at=NOW, attempts=1)
    queue("dead", "dead", attempts=1, last_error="The mail server answered 550: <b>No</b>")

    page = ada.get(URL)

    html = page.content.decode()
    assert [row.message.key for row in page.context["rows"]] == ["dead", "sent"]
    assert [(entry.says, entry.count) for entry in page.context["filters"]] == [
        ("All", 2),
        ("Queued", 0),
        ("Being sent", 0),
        ("Sent", 1),
        ("Parked", 1),
        ("Held back", 0),
        ("Not needed", 0),
    ]
    assert '<div class="small fault"><bdi>The mail server answered 550: &lt;b&gt;No&lt;/b&gt;</bdi>' in html
    assert "To <bdi>Maren</bdi>, maren@example.com" in html
    assert "To somebody without an account" in html
    assert "sent Wed 18 Nov 2026, 09:00" in html


def test_the_list_is_filtered_and_keeps_its_filter_between_pages(ada):
    for number in range(51):
        queue(f"d{number}", "dead")
    queue("s", "sent")

    page = ada.get(f"{URL}?state=dead&page=2")
    assert [row.message.key for row in page.context["rows"]] == ["d0"]
    assert "?state=dead&amp;page=1" in page.content.decode()
    assert "None is held back now." in ada.get(f"{URL}?state=held").content.decode()
    assert ada.get(f"{URL}?state=lost").status_code == 404


def test_the_outbox_asks_the_same_queries_for_any_number(ada, make_user):
    def count():
        with CaptureQueriesContext(connection) as asked:
            assert ada.get(URL).status_code == 200
        return len(asked)

    queue("first", person=make_user("first@example.com"))
    ada.get(URL)
    alone = count()
    for number in range(99):
        queue(f"m{number}", "dead", person=make_user(f"p{number}@example.com"))

    assert count() == alone


def test_late_mail_is_told_with_its_error(ada):
    queue("a", at=timezone.now() - timedelta(hours=2), last_error="The mail server cannot be used: refused")
    html = ada.get(URL).content.decode()
    assert "Mail is late: the oldest has waited for 2 hours. The mail server cannot be used: refused" in html


def test_a_parked_message_is_tried_again_as_if_new(ada, manager):
    row = queue("a", "dead", person=manager, attempts=8, faults=3, last_error="550")

    answer = ada.post(f"{URL}{row.pk}/retry/", follow=True)

    row.refresh_from_db()
    assert (row.state, row.attempts, row.faults) == ("queued", 0, 0)
    assert said(answer) == ["It goes out within a minute."]
    after = {"message": row.pk, "key": "a"}
    assert happened() == [("message.retried", "password_reset to Maren", "web", after)]


def test_held_messages_are_released_one_by_one_or_all(ada):
    first, *_ = [queue(key, "held") for key in "abc"]
    assert "3 mails are held back" in ada.get(URL).content.decode()

    ada.post(f"{URL}{first.pk}/release/", follow=True)
    assert list(Message.objects.order_by("pk").values_list("state", flat=True)) == ["queued", "held", "held"]
    answer = ada.post(f"{URL}release/", follow=True)
    assert said(answer) == ["2 mails go out within minutes."]
    assert set(Message.objects.values_list("state", flat=True)) == {"queued"}
    assert said(ada.post(f"{URL}release/", follow=True)) == ["Nothing is held back any longer."]
    assert [verb for verb, *_ in happened()] == ["message.released", "message.all_released"]


@pytest.mark.parametrize("state", ["queued", "dead", "held"])
def test_what_was_given_up_is_not_sent(ada, state):
    row = queue("a", state)

    answer = ada.post(f"{URL}{row.pk}/give-up/", follow=True)

    row.refresh_from_db()
    assert (row.state, row.last_error) == ("skipped", "Given up by Ada.")
    assert said(answer) == ["It was given up and will not be sent."]
    assert [verb for verb, *_ in happened()] == ["message.given_up"]


@pytest.mark.parametrize(
    ("act", "state"),
    [
        ("retry", "queued"),
        ("retry", "sent"),
        ("release", "sent"),
        ("release", "dead"),
        ("give-up", "sent"),
        ("give-up", "skipped"),
    ],
)
def test_what_changed_meanwhile_is_left_alone(ada, act, state):
    row = queue("a", state)

    answer = ada.post(f"{URL}{row.pk}/{act}/", follow=True)

    assert said(answer) == [
        "This mail is not what it was when you looked. See where it stands now, then decide."
    ]
    assert (Message.objects.get().state, happened()) == (state, [])


def test_a_message_that_is_not_there_is_404(ada):
    assert ada.post(f"{URL}7/retry/").status_code == 404


def test_actions_ask_who_acts_themselves(manager):
    by = By(user=manager, at=NOW, source="web")
    for act in (actions.try_again, actions.release, actions.give_up):
        with pytest.raises(Forbidden):
            act(queue(act.__name__, "dead"), by=by)
    with pytest.raises(Forbidden):
        actions.release_all(by=by)


# --- Mail files ----------------------------------------------------------------------------


def test_mail_that_goes_to_files_is_said_listed_and_read(ada, folder, settings):
    mail.EmailMultiAlternatives(
        "Prüfung <b>",
        f"Link: {settings.SITE_URL}/x/?a=1&b=2\nhttps://example.net/y\n<script>alert(1)</script>",
        None,
        ["a@example.com"],
    ).send()

    page = ada.get(URL)
    html = page.content.decode()
    [file] = page.context["files"]
    assert f"{NOBODY} It is written to files in <code>{folder}</code>" in html
    assert f'<a href="/settings/outbox/files/{file.name}/"><bdi>Prüfung &lt;b&gt;</bdi></a>' in html

    shown = ada.get(f"{URL}files/{file.name}/")
    assert shown["Content-Type"] == "text/html; charset=utf-8"
    assert "no-store" in shown["Cache-Control"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown.content.decode()
    assert "<script>alert" not in shown.content.decode()
    assert "<bdi>a@example.com</bdi>" in shown.content.decode()
    link = f"{settings.SITE_URL}/x/?a=1&amp;b=2"
    assert f'<a class="link" href="{link}">{link}</a>' in shown.content.decode()
    assert 'href="https://example.net' not in shown.content.decode()


@pytest.fixture
def keyed(folder, manager):
    """Return a file with a password mail and an invitation, and the keys in it."""
    links = password_url(manager), invitation_url(Invitation(pk=7))
    with mail.get_connection() as route:
        for link, to in zip(links, ("maren@example.com", "new@example.com"), strict=True):
            mail.EmailMessage("Your link", f"Open {link}\nand go on.", to=[to], connection=route).send()
        mail.EmailMessage("Hello", "Nothing to open.", to=["c@example.com"], connection=route).send()
    [file] = folder.iterdir()
    return file.name, [link.rstrip("/").rsplit("/", 1)[1] for link in links]


def test_ways_in_are_left_out_of_mail_files_of_a_site_others_use(ada, keyed, settings):
    name, keys = keyed
    settings.SITE_IS_LOOPBACK = False
    html = ada.get(f"{URL}files/{name}/").content.decode()

    assert not [key for key in keys if key in html]
    assert html.count(LEFT_OUT) == 2
    assert "and go on." in html
    assert not Event.objects.filter(verb="mail.read").exists()


def test_reading_a_way_in_on_ones_own_machine_is_noted(ada, administrator, keyed, settings):
    name, keys = keyed
    settings.SITE_IS_LOOPBACK = True
    ada.get(URL)
    assert not Event.objects.filter(verb="mail.read").exists()

    html = ada.get(f"{URL}files/{name}/").content.decode()
    assert [key for key in keys if key in html] == keys
    noted = Event.objects.filter(verb="mail.read").order_by("pk")
    assert list(noted.values_list("subject", "actor", "after__file")) == [
        ("password link to maren@example.com", administrator.pk, name),
        ("invitation to new@example.com", administrator.pk, name),
    ]


def test_only_the_newest_twenty_files_are_listed(ada, folder):
    for number in range(25):
        (folder / f"202611{number + 1:02}-090000-1.log").write_text(f"Subject: Mail {number}\n\nText")

    page = ada.get(URL)
    assert [file.mails[0].subject for file in page.context["files"]] == [
        f"Mail {n}" for n in range(24, 4, -1)
    ]


def test_a_file_with_several_mails_shows_each(ada, folder):
    with mail.get_connection() as route:
        for subject in ("One", "Two"):
            mail.EmailMessage(subject, f"{'-' * 79}\nText", to=["a@example.com"], connection=route).send()

    [file] = ada.get(URL).context["files"]
    assert [part.subject for part in file.mails] == ["One", "Two"]
    html = ada.get(f"{URL}files/{file.name}/").content.decode()
    assert "<h2>One</h2>" in html
    assert "<h2>Two</h2>" in html


@pytest.mark.parametrize(
    "name",
    [
        "20261118-090000-1.log",
        "..%2Fsecret_key",
        "secret_key",
        "..",
        "20261118-090000-2.log",
        "20261118-090000-3.log",
    ],
)
def test_no_other_file_is_shown(ada, folder, name):
    (folder.parent / "secret_key").write_text("the key")
    (folder / "secret_key").write_text("the key")
    (folder / "20261118-090000-2.log").symlink_to(folder.parent / "secret_key")
    (folder / "20261118-090000-3.log").mkdir()

    assert ada.get(f"{URL}files/{name}/").status_code == 404
    assert ada.get(URL).context["files"] == []


def test_files_are_not_shown_where_mail_goes_elsewhere(ada, folder, settings):
    (folder / NAME).write_text("Subject: Hello\n\nText")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "mail.example.com", 587, True
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "headway", "very secret"

    html = ada.get(URL).content.decode()
    assert "mail.example.com:587 (STARTTLS, signed in as headway)" in html
    assert "very secret" not in html
    assert NOBODY not in html
    assert ada.get(f"{URL}files/{NAME}/").status_code == 404


def test_a_file_that_is_no_mail_is_shown_as_far_as_it_can_be(ada, folder):
    (folder / NAME).write_bytes(b"\xff\xfe\x00 not a mail \x80")
    assert ada.get(f"{URL}files/{NAME}/").status_code == 200


def test_a_stranger_is_sent_to_sign_in(db):
    assert Client().get(URL)["Location"] == f"/accounts/login/?next={URL}"

import json
import socket
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portfolio.outbox.models import Message
from portfolio.outbox.route import SMTP_BACKEND
from portfolio.outbox.route_words import FILE_BACKEND

pytestmark = pytest.mark.django_db
FROM = "Headway <headway@headway.example.com>"


@pytest.fixture(autouse=True)
def sender(settings):
    settings.DEFAULT_FROM_EMAIL = FROM


def run(*args):
    out = StringIO()
    call_command("send_test_mail", *args, stdout=out)
    return out.getvalue().strip()


def refusal(*args):
    with pytest.raises(CommandError) as caught:
        run(*args)
    assert caught.value.returncode == 2
    return str(caught.value)


def test_it_says_which_server_took_the_mail(smtp):
    port = smtp.controller.port

    assert run("ada@example.com") == (
        f"The mail server took a mail to ada@example.com. Used: 127.0.0.1:{port} (not encrypted), "
        f"from {FROM}. See whether it arrives."
    )
    [mail] = smtp.messages
    assert (mail["To"], mail["Subject"], mail["From"]) == ("ada@example.com", "Headway: a test", FROM)
    assert mail["Message-ID"].endswith("@headway.example.com>")
    assert Message.objects.count() == 0


def test_it_says_so_where_mail_goes_to_files(settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILE_BACKEND, tmp_path

    assert run("ada@example.com") == (
        "Nobody receives mail yet: a mail to ada@example.com was written to files in "
        f"{tmp_path}, from {FROM}. Set EMAIL_URL to the address of a mail server."
    )
    [file] = tmp_path.iterdir()
    assert "Subject: Headway: a test" in file.read_text()


def test_it_says_where_the_links_of_mail_lead_while_only_this_machine_gets_there(settings, tmp_path, capsys):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILE_BACKEND, tmp_path

    call_command("send_test_mail", "ada@example.com")
    assert capsys.readouterr().err == (
        "Links in mail lead to http://127.0.0.1:8000, which only this machine reaches. "
        "Where that is wrong, set PORT as for make run, or SITE_URL to the address people use.\n"
    )
    settings.SITE_IS_LOOPBACK = False
    call_command("send_test_mail", "ada@example.com")
    assert capsys.readouterr().err == ""


def test_a_tool_reads_json(settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILE_BACKEND, tmp_path
    told = json.loads(run("ada@example.com", "--json"))

    assert told.pop("message_id").endswith("@headway.example.com>")
    assert told == {"address": "ada@example.com", "server": None, "folder": str(tmp_path), "from": FROM}


def test_a_server_that_cannot_be_reached_is_named(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = taken.getsockname()

        sentence = refusal("ada@example.com")

    assert sentence.startswith("The mail server cannot be used: [Errno 111] Connection refused")
    assert f"127.0.0.1:{settings.EMAIL_PORT}" in sentence
    assert sentence.endswith("Look at EMAIL_URL and MAIL_FROM.")


def test_what_the_server_refuses_is_told_in_its_words(smtp):
    assert refusal("refuse5@example.com").startswith(
        "The mail server answered 550: 5.1.1 No such person here. Used: "
    )


def test_a_server_that_goes_away_is_told(smtp, settings):
    settings.EMAIL_TIMEOUT = 1
    assert "It is not known whether the mail was taken" in refusal("silent@example.com")


@pytest.mark.parametrize(
    "address", ["nobody", "a@example.com,b@example.com", "a@example.com\nBcc: b@example.com"]
)
def test_one_plain_address_is_asked_for(smtp, address):
    assert "is not one plain address that mail can go to." in refusal(address)
    assert smtp.accepted == []

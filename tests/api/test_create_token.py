import io
import json

import pytest
from django.core.management import CommandError, call_command

from pilots.access.models import ApiToken, Event
from tests.api.conftest import Api


def run(*args, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("create_token", *args, stdout=out, stderr=err, **options)
    return out.getvalue().strip(), err.getvalue()


def test_token_is_printed_once_and_works(manager):
    secret, told = run("maren@example.com", name="nightly export", scopes="read,write")

    assert secret.startswith("hw_")
    assert "shown this once" in told
    assert Api(secret).get("me/").data["token"]["name"] == "nightly export"
    token = ApiToken.objects.get()
    stored = [str(getattr(token, field.attname)) for field in token._meta.concrete_fields]
    assert not any(secret in value or value == secret[3:] for value in stored)
    assert Event.objects.get(verb="token.created").subject == "maren@example.com: nightly export"


def test_json_is_for_tools(manager):
    answer, told = run("MAREN@example.com", name="x", scopes="read", json=True)

    assert list(json.loads(answer)) == ["token"]
    assert told == ""


def test_limits_are_kept(manager, make_pilot, other_program):
    make_pilot()
    secret, _ = run("maren@example.com", name="x", scopes="read", programs="claims", pilots="CLM-1", days=30)

    token = Api(secret).get("me/").data["token"]
    assert (token["scopes"], token["programs"], token["pilots"]) == (["read"], ["claims"], ["CLM-1"])
    assert token["expires_at"] is not None


@pytest.mark.parametrize(
    ("email", "options", "sentence"),
    [
        ("nobody@example.com", {}, "There is no account with the address nobody@example.com."),
        (
            "maren@example.com",
            {"scopes": "admin"},
            "A token's scopes are read, write and measure. Give it one or more.",
        ),
        (
            "maren@example.com",
            {"scopes": ""},
            "A token's scopes are read, write and measure. Give it one or more.",
        ),
        ("maren@example.com", {"programs": "finance"}, "maren@example.com sees no program finance."),
        ("maren@example.com", {"pilots": "CLM-9"}, "maren@example.com sees no pilot CLM-9."),
        ("maren@example.com", {"days": 0}, "A token lives 1 to 3650 days."),
        ("maren@example.com", {"name": "x" * 81}, "Give the token a name of up to 80 characters."),
    ],
)
def test_what_cannot_be_is_one_sentence_and_no_token(manager, other_program, email, options, sentence):
    with pytest.raises(CommandError) as refusal:
        run(email, **({"name": "x", "scopes": "read"} | options))

    assert (str(refusal.value), refusal.value.returncode) == (sentence, 2)
    assert ApiToken.objects.count() == 0


def test_closed_account_gets_no_token(manager):
    manager.is_active = False
    manager.save(update_fields=["is_active"])

    with pytest.raises(CommandError, match="is closed"):
        run("maren@example.com", name="x", scopes="read")

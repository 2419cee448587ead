"""One's own tokens: shown once, kept as a hash, limited as chosen, and revoked."""

import logging
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pilots.access.models import ApiToken, Event
from pilots.actions.account import create_token, revoke_token
from pilots.actions.by import Forbidden
from pilots.web.token_rows import GONE, token_rows
from tests.conftest import NOW, PASSWORD

PAGE = "/accounts/tokens/"
SECRET = re.compile(r"hw_[0-9a-f]{64}")


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def send(client, manager):
    client.force_login(manager)

    def send(**fields):
        given = {"name": "nightly run", "may": "read", "days": "90"} | fields
        return client.post(PAGE, {name: value for name, value in given.items() if value is not None})

    return send


@pytest.fixture
def make_token(by_system):
    def make(user, name="tool", **given) -> ApiToken:
        return create_token(
            user=user, name=name, scopes=given.pop("scopes", {"read"}), by=by_system, **given
        )[0]

    return make


def secret_in(response) -> str:
    [secret] = SECRET.findall(response.content.decode())
    return secret


def call(secret, path="me/", method="get", **fields):
    return getattr(Client(), method)(
        f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"}, **fields
    )


def errors(response) -> dict[str, list[str]]:
    return {name: list(found) for name, found in response.context["form"].errors.items()}


# --- Making ------------------------------------------------------------------------


def test_secret_is_shown_in_one_answer_only_and_kept_as_a_hash(send, client, manager, caplog):
    with caplog.at_level(logging.DEBUG):
        made = send()

    secret = secret_in(made)
    assert made.status_code == 200
    assert "no-store" in made.headers["Cache-Control"]
    token = ApiToken.objects.get()
    stored = [str(getattr(token, field.attname)) for field in token._meta.concrete_fields]
    assert not any(secret in value or secret[3:] in value for value in stored)
    assert secret not in caplog.text
    assert secret not in str(dict(client.session.items()))
    assert secret not in str(list(Event.objects.values()))
    assert not SECRET.search(client.get(PAGE).content.decode())
    assert (token.user, token.scopes, token.expiry) == (manager, ["read"], NOW + timedelta(days=90))
    event = Event.objects.get(verb="token.created")
    assert (event.actor, event.subject) == (manager, "maren@example.com: nightly run")


@pytest.mark.parametrize(
    ("fields", "scopes"), [({"may": "read"}, ["read"]), ({"may": "measure"}, ["measure"])]
)
def test_token_may_what_was_chosen(send, fields, scopes):
    secret = secret_in(send(**fields))

    assert call(secret).json()["token"]["scopes"] == scopes
    answer = call(secret, "pilots/", "post", data={}, content_type="application/json")
    assert answer.status_code == 403


def test_token_reaches_no_further_than_it_is_limited(send, make_pilot, program):
    make_pilot()
    make_pilot("Second")

    one = call(secret_in(send(pilot="clm-2"))).json()["token"]
    family = call(secret_in(send(programs=[program.pk]))).json()["token"]

    assert (one["programs"], one["pilots"]) == (None, ["CLM-2"])
    assert (family["programs"], family["pilots"]) == (["claims"], None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, {"name": ["Say what it is for: that is its name."]}),
        ({"name": "x" * 81}, {"name": ["Write at most 80 characters; these are 81."]}),
        ({"may": None}, {"may": ["Choose what it may."]}),
        ({"may": "all"}, {"may": ["Choose one of the three."]}),
        ({"days": "400"}, {"days": ["Choose one of the three."]}),
        ({"pilot": "FIN-1"}, {"pilot": ["You see no pilot FIN-1. Write the key of one that you see."]}),
        ({"programs": ["999"]}, {"programs": ["Choose programs of the list."]}),
        ({"programs": ["x"]}, {"programs": ["Choose programs of the list."]}),
    ],
)
def test_refusal_stands_beside_its_field_and_what_was_typed_is_kept(
    send, make_pilot, other_program, fields, said
):
    make_pilot("Ledger", program=other_program)

    answer = send(**fields)

    assert errors(answer) == said
    assert not ApiToken.objects.exists()
    assert str(fields.get("name", "nightly run")) in answer.content.decode()


def test_programs_and_a_pilot_together_are_refused(send, make_pilot, program):
    make_pilot()

    answer = send(pilot="CLM-1", programs=[program.pk])

    assert errors(answer) == {"pilot": ["Choose programs or one pilot, not both."]}
    assert not ApiToken.objects.exists()


def test_token_that_may_change_things_asks_for_the_password_first(send, client, make_pilot):
    make_pilot()

    asked = send(may="write", pilot="CLM-1")

    assert asked.status_code == 302
    assert asked.url == "/accounts/reauthenticate/?next=%2Faccounts%2Ftokens%2F"
    assert not ApiToken.objects.exists()
    wrong = client.post(asked.url, {"password": "not it", "next": PAGE})
    assert (wrong.status_code, ApiToken.objects.count()) == (200, 0)
    made = client.post(asked.url, {"password": PASSWORD, "next": PAGE})
    token = call(secret_in(made)).json()["token"]
    assert (token["name"], token["scopes"], token["pilots"]) == ("nightly run", ["read", "write"], ["CLM-1"])


def test_nobody_makes_or_revokes_tokens_of_others(manager, administrator, by, make_token):
    token = make_token(administrator)

    with pytest.raises(Forbidden, match="You may not make tokens of other people"):
        create_token(user=administrator, name="x", scopes={"read"}, by=by)
    with pytest.raises(Forbidden, match="You may not revoke tokens of other people"):
        revoke_token(token, by=by)
    assert ApiToken.objects.get() == token


# --- The page ----------------------------------------------------------------------


def test_page_shows_ones_own_tokens_only_the_newest_first(
    client, manager, administrator, program, make_pilot, make_token
):
    pilot = make_pilot()
    make_token(manager, "old", lifetime=timedelta(days=30), programs=[program])
    with time_machine.travel(NOW + timedelta(days=40), tick=False):
        make_token(manager, "new", scopes={"measure"}, pilot_ids=[pilot.pk, 999])
        make_token(manager, "all", scopes={"write"})
        make_token(administrator, "theirs")
        client.force_login(manager)
        rows = client.get(PAGE).context["rows"]

    assert {(row.name, row.may, row.limits, row.made, row.ends) for row in rows} == {
        ("all", "read and change", "everything you see", "Mon 28 Dec", "never"),
        ("new", "send readings", f"CLM-1, {GONE}", "Mon 28 Dec", "never"),
        ("old", "read", "Claims AI", "Wed 18 Nov", "over since Fri 18 Dec, 10 days"),
    }
    assert [row.is_over for row in rows] == [False, False, True]
    assert rows[-1].name == "old"


def test_page_costs_the_same_for_any_number_of_tokens(client, manager, make_pilot, program, make_token):
    client.force_login(manager)
    counts = []
    for number in (1, 20):
        for index in range(number):
            pilot = make_pilot(f"Pilot {number} {index}")
            make_token(manager, f"t{index}", programs=[program], pilot_ids=[pilot.pk])
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(PAGE).status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_page_is_for_whoever_is_signed_in(client, stranger):
    assert client.get(PAGE).url == f"/accounts/login/?next={PAGE}"
    client.force_login(stranger)
    assert client.get(PAGE).context["rows"] == []


# --- Revoking ----------------------------------------------------------------------


def test_revoked_token_opens_nothing(send, client, manager):
    secret = secret_in(send())
    address = f"{PAGE}{ApiToken.objects.get().token_key}/revoke/"

    assert client.get(address).context["row"].name == "nightly run"
    assert call(secret).status_code == 200
    done = client.post(address, follow=True)

    assert [str(message) for message in done.context["messages"]] == [
        "“nightly run” is revoked: it opens nothing any longer."
    ]
    assert call(secret).status_code == 401
    event = Event.objects.get(verb="token.revoked")
    assert (event.actor, event.subject, event.before) == (
        manager,
        "maren@example.com: nightly run",
        {"scopes": ["read"]},
    )
    assert client.post(address).status_code == 404


def test_tokens_of_others_are_not_there(client, administrator, manager, make_token):
    token = make_token(manager)
    client.force_login(administrator)

    for method in (client.get, client.post):
        assert method(f"{PAGE}{token.token_key}/revoke/").status_code == 404
    assert ApiToken.objects.get() == token


def test_rows_of_no_tokens_are_none(manager):
    assert token_rows([], manager, now=timezone.now()) == []


def test_command_makes_a_token_that_sends_readings(manager, capsys):
    call_command("create_token", "maren@example.com", name="x", scopes="measure")

    secret = capsys.readouterr().out.strip()
    assert call(secret).json()["token"]["scopes"] == ["measure"]

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from knox.settings import CONSTANTS

from pilots.access.models import ApiToken, Role
from pilots.actions.account import add_member
from pilots.actions.owner import Contact
from pilots.actions.pilot import Edit, edit_pilot
from pilots.lifecycle import Stage
from pilots.models import Owner, Ownership, Pilot
from tests.api.conftest import Api
from tests.conftest import PASSWORD

LISTS = ["me/", "programs/", "pilots/", "owners/", "ownerships/", "transitions/", "holds/", "log/", "events/"]


@pytest.mark.parametrize("path", [*LISTS, "schema/", "pilots/CLM-1/"])
def test_stranger_gets_401_and_learns_how_to_come_in(db, anyone, path):
    answer = anyone.get(path)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="Headway"'
    assert answer.data["detail"] == "Say who you are: send “Authorization: Bearer hw_…” with a token."


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer hw_" + "0" * 64,
        "Bearer hw_" + "0" * 63 + "é",
        "Bearer hw_\xff\xfe",
        "Bearer hw_" + "0" * 100_000,
        "Bearer a b c",
        "Basic bWFyZW46eA==",
        "bearer\t",
    ],
)
def test_what_is_no_token_is_401(db, anyone, header):
    assert anyone.get("me/", Authorization=header).status_code == 401


def test_token_of_somebody_else_with_the_same_beginning_is_401(api, make_api, manager):
    secret = api.headers["Authorization"].removeprefix("Bearer ")
    forged = secret[: CONSTANTS.TOKEN_KEY_LENGTH] + "0" * (len(secret) - CONSTANTS.TOKEN_KEY_LENGTH)

    assert api.get("me/").status_code == 200
    assert Api(forged).get("me/").status_code == 401


def test_hash_of_a_token_is_no_token(api, anyone):
    api.get("me/")
    token = ApiToken.objects.get()

    for stored in (token.digest, token.token_key, f"hw_{token.digest[:64]}"):
        assert anyone.get("me/", Authorization=f"Bearer {stored}").status_code == 401


def test_expired_token_is_401_and_stays_to_be_seen(make_api, manager):
    api = make_api(manager, lifetime=timedelta(seconds=-1))

    answer = api.get("me/")

    assert (answer.status_code, answer.data["detail"]) == (401, "This token has expired. Make a new one.")
    assert ApiToken.objects.count() == 1


def test_closed_account_is_401_at_once(api, manager):
    assert api.get("me/").status_code == 200
    manager.is_active = False
    manager.save(update_fields=["is_active"])

    assert api.get("me/").status_code == 401


def test_tokens_of_the_sample_open_nothing_beyond_this_machine(api, manager, settings):
    manager.is_sample = True
    manager.save(update_fields=["is_sample"])
    settings.SITE_IS_LOOPBACK = True
    assert api.get("me/").status_code == 200

    settings.SITE_IS_LOOPBACK = False

    assert api.get("me/").status_code == 401


def test_reading_token_may_not_write(make_api, manager, make_pilot):
    make_pilot()
    reader = make_api(manager, scopes={"read"})

    assert reader.get("pilots/CLM-1/").status_code == 200
    answer = reader.post("pilots/CLM-1/move/", {"to": "stopped", "reason": "x"})
    assert answer.status_code == 403
    assert answer.data["detail"] == "This token may only read. Make one with the scope “write”."
    assert Pilot.objects.get().stage == "piloting"


def test_me_tells_who_and_how_far(api, make_api, manager, make_pilot):
    make_pilot()

    assert api.get("me/").data == {
        "id": manager.pk,
        "email": "maren@example.com",
        "name": "Maren",
        "zone": "UTC",
        "is_executive": False,
        "is_administrator": False,
        "programs": [{"program": "claims", "role": "manager"}],
        "token": {
            "name": "test",
            "scopes": ["read", "write"],
            "programs": None,
            "pilots": None,
            "expires_at": None,
        },
    }
    limited = make_api(manager, pilot_ids=[Pilot.objects.get().pk]).get("me/").data
    assert (limited["programs"], limited["token"]["pilots"]) == ([], ["CLM-1"])


def test_me_names_no_limit_that_its_user_cannot_see(make_api, manager, viewer, make_pilot, program, by):
    pilots = [make_pilot("Shown"), make_pilot("Hidden")]
    limited = make_api(viewer, pilot_ids=[pilot.pk for pilot in pilots])
    edit_pilot(Edit(pilot=pilots[1], fields={"is_confidential": True}), by=by)
    assert limited.get("me/").data["token"]["pilots"] == ["CLM-1"]

    elsewhere = make_api(viewer, programs=[program])
    viewer.memberships.all().delete()
    assert elsewhere.get("me/").data["token"]["programs"] == []
    assert limited.get("me/").data["token"]["pilots"] == []


# --- The reader's zone -------------------------------------------------------------


@pytest.fixture
def far_east(manager):
    """The manager, where it is tomorrow already when it is noon in UTC."""
    manager.zone = "Pacific/Kiritimati"
    manager.save(update_fields=["zone"])
    timezone.deactivate()
    with time_machine.travel(datetime(2026, 11, 18, 12, tzinfo=UTC), tick=False):
        yield manager


def test_token_and_session_read_in_the_same_zone(far_east, make_api):
    client = Client()
    client.force_login(far_east)

    days = [reader.get("funnel/").data["as_of"] for reader in (Api(client=client), make_api(far_east))]

    assert days == ["2026-11-19", "2026-11-19"]


def test_zone_is_that_of_the_token_where_somebody_else_is_signed_in(far_east, make_api, viewer):
    client = Client()
    client.force_login(viewer)
    both = Api(client=client)
    both.headers = make_api(far_east).headers

    assert both.get("funnel/").data["as_of"] == "2026-11-19"


@pytest.mark.parametrize("path", ["funnel/", "funnel/?as_of=nonsense", "pilots/CLM-9/"])
def test_zone_of_a_caller_ends_with_the_request(far_east, make_api, path):
    make_api(far_east).get(path)

    assert timezone.get_current_timezone_name() == "UTC"


def test_zone_of_a_caller_ends_with_a_request_that_breaks(far_east, make_api, monkeypatch):
    def broken(*args):
        raise RuntimeError

    monkeypatch.setattr("portfolio.api.funnel.count_apart", broken)
    with pytest.raises(RuntimeError):
        make_api(far_east).get("funnel/")

    assert timezone.get_current_timezone_name() == "UTC"


# --- Reach -------------------------------------------------------------------------


@pytest.fixture
def two_programs(program, other_program, manager, by_system, make_pilot):
    """The manager manages both; each has a pilot with an owner."""
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    make_pilot("Ours", owner=Contact(name="Tomasz"))
    make_pilot("Theirs", program=other_program, owner=Contact(name="Aoife"))


def test_token_limited_to_a_program_sees_nothing_else(two_programs, make_api, manager, program):
    limited = make_api(manager, programs=[program])

    for path in LISTS[1:]:
        text = limited.get(path).content.decode()
        assert "FIN-1" not in text, path
        assert "Theirs" not in text, path
        assert "Aoife" not in text, path
    assert [pilot["key"] for pilot in limited.get("pilots/?count=true").data["results"]] == ["CLM-1"]
    assert limited.get("pilots/FIN-1/").status_code == 404
    assert limited.get(f"owners/{Owner.objects.get(name='Aoife').pk}/").status_code == 404
    assert limited.get("pilots/?program=finance").status_code == 400


def test_token_limited_to_a_program_changes_nothing_else(two_programs, make_api, manager, program):
    limited = make_api(manager, programs=[program])
    theirs = Ownership.objects.get(pilot__key="FIN-1")
    row = Pilot.objects.get(key="FIN-1").transitions.get()

    assert limited.post("pilots/FIN-1/move/", {"to": "stopped", "reason": "x"}).status_code == 404
    assert limited.patch("pilots/FIN-1/", {"vendor": "x"}).status_code == 404
    assert limited.post(f"ownerships/{theirs.pk}/end/").status_code == 404
    assert limited.patch(f"owners/{theirs.owner_id}/", {"name": "x"}).status_code == 404
    assert limited.post(f"transitions/{row.pk}/void/", {"reason": "x"}).status_code == 404
    assert limited.post("log/", {"pilot": "FIN-1", "text": "x"}).status_code == 400
    new = {"program": "finance", "name": "a", "problem": "b", "stage": "idea"}
    assert limited.post("pilots/", new).status_code == 400
    assert limited.post("owners/", {"program": "finance", "name": "x"}).status_code == 400
    mixed = {"pilot": "CLM-1", "role": "sponsor", "owner": theirs.owner_id}
    assert limited.post("ownerships/", mixed).status_code == 400
    assert set(Pilot.objects.values_list("version", flat=True)) == {1}
    assert limited.post("pilots/CLM-1/move/", {"to": "stopped", "reason": "x"}).status_code == 200


def test_token_limited_to_a_pilot_sees_that_pilot(two_programs, make_api, manager, make_pilot):
    make_pilot("Another")
    limited = make_api(manager, pilot_ids=[Pilot.objects.get(key="CLM-1").pk])

    assert [pilot["key"] for pilot in limited.get("pilots/").data["results"]] == ["CLM-1"]
    assert limited.get("programs/").data["results"] == []
    assert {event["pilot"] for event in limited.get("events/").data["results"]} <= {"CLM-1"}
    assert {row["pilot"] for row in limited.get("transitions/").data["results"]} == {"CLM-1"}


def test_limit_holds_when_what_it_names_is_gone(two_programs, make_api, manager):
    limited = make_api(manager, pilot_ids=[10**9])

    assert limited.get("pilots/").data["results"] == []


def test_own_entry_in_another_program_is_out_of_reach(
    two_programs, make_api, manager, program, other_program
):
    own = Owner.objects.create(program=other_program, name="Maren", user=manager)

    assert make_api(manager).get(f"owners/{own.pk}/").status_code == 200
    assert make_api(manager, programs=[program]).get(f"owners/{own.pk}/").status_code == 404


# --- Visible, forbidden ------------------------------------------------------------


def test_what_is_not_visible_is_not_there(make_api, stranger, make_pilot):
    make_pilot()
    api = make_api(stranger)

    missing, hidden = api.get("pilots/CLM-9/"), api.get("pilots/CLM-1/")
    assert (missing.status_code, hidden.status_code) == (404, 404)
    assert missing.content == hidden.content
    for path in LISTS[1:]:
        assert api.get(path).data["results"] == [], path


def test_body_of_a_request_for_a_hidden_pilot_is_not_judged(make_api, stranger, make_pilot):
    make_pilot()

    assert make_api(stranger).post("pilots/CLM-1/move/", {"to": "nonsense"}).status_code == 404


def test_visible_but_not_theirs_to_do_is_403_and_says_who_can(make_api, viewer, make_pilot):
    make_pilot()
    api = make_api(viewer)

    assert api.get("pilots/CLM-1/").status_code == 200
    answer = api.post("pilots/CLM-1/move/", {"to": "proven", "evidence": "x"})
    assert answer.status_code == 403
    assert answer.data["detail"] == "You may not move this pilot: a manager or its production owner can."
    assert api.patch("pilots/CLM-1/", {"name": "x"}).status_code == 403
    assert api.post("pilots/CLM-1/check-in/", {"text": "x"}).status_code == 403
    assert api.post("log/", {"pilot": "CLM-1", "text": "x"}).status_code == 403
    assert api.post("owners/", {"program": "claims", "name": "x"}).status_code == 403


def test_contributor_logs_ideas_only(make_api, contributor):
    api = make_api(contributor)
    new = {"program": "claims", "name": "a", "problem": "b", "stage": "idea"}

    assert api.post("pilots/", new).status_code == 201
    assert api.post("pilots/", new | {"stage": "piloting"}).status_code == 403
    assert Pilot.objects.count() == 1


def test_confidential_pilot_is_nowhere(make_api, viewer, executive, administrator, make_pilot):
    make_pilot("Canary", is_confidential=True, owner=Contact(name="Canary owner"))

    for user in (viewer, executive, administrator):
        api = make_api(user)
        assert api.get("pilots/CLM-1/").status_code == 404
        assert api.get("pilots/?count=true").data["count"] == 0
        for path in ("pilots/", "ownerships/", "transitions/", "log/", "events/"):
            assert "Canary" not in api.get(path).content.decode(), (user, path)
            assert "CLM-1" not in api.get(path).content.decode(), (user, path)


# --- Sessions ----------------------------------------------------------------------


def test_session_reads_and_writes_with_csrf_token_only(manager, make_pilot):
    make_pilot()
    client = Client(enforce_csrf_checks=True)
    assert client.login(email=manager.email, password=PASSWORD)
    api = Api(client=client)

    assert api.get("me/").data["token"] is None
    refused = api.post("pilots/CLM-1/check-in/", {"text": "x"})
    assert (refused.status_code, refused.data["errors"][0]["code"]) == (403, "permission_denied")

    client.get("/api/v1/docs/")
    token = client.cookies["headway_csrf"].value
    assert api.post("pilots/CLM-1/check-in/", {"text": "x"}, X_CSRFToken=token).status_code == 200


def test_token_needs_no_csrf_token(api, make_pilot):
    make_pilot()
    strict = Api(client=Client(enforce_csrf_checks=True))
    strict.headers = api.headers

    assert strict.post("pilots/CLM-1/check-in/", {"text": "x"}).status_code == 200


def test_nothing_is_kept_by_caches_or_shared_between_callers(api, make_pilot):
    make_pilot()

    answer = api.get("pilots/CLM-1/")

    assert answer["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}


def test_every_address_of_the_api_is_closed_by_default():
    """Views name neither authentication nor permission: the settings do, for all of them."""
    found = [pattern.callback for pattern in _patterns(get_resolver("portfolio.api.urls").url_patterns)]
    views = [callback.cls for callback in found if hasattr(callback, "cls")]

    assert len(views) >= 10
    for view in views:
        names = [name.__name__ for name in view.permission_classes]
        assert names == ["IsAuthenticatedWithinScope"], view
        assert [auth.__name__ for auth in view.authentication_classes] == [
            "BearerTokenAuthentication",
            "SessionAuthentication",
        ], view


def _patterns(patterns):
    for pattern in patterns:
        yield from _patterns(pattern.url_patterns) if hasattr(pattern, "url_patterns") else [pattern]


def test_user_of_the_sample_may_use_a_token(make_api, make_user, program, by_system, make_pilot):
    program.is_sample = True
    program.save(update_fields=["is_sample"])
    make_pilot("Sample", stage=Stage.IDEA, since=None)
    demo = make_user("demo@example.com", is_sample=True)
    add_member(program=program, user=demo, role=Role.VIEWER, by=by_system)

    assert [pilot["name"] for pilot in make_api(demo).get("pilots/").data["results"]] == ["Sample"]

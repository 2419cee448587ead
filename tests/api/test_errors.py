import logging

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from pilots.access.models import Membership, Program
from pilots.actions.owner import Contact
from pilots.api.programs import ProgramResource
from pilots.lifecycle import Stage
from pilots.models import Owner, Ownership, Pilot
from pilots.web.clashes import find_clash
from tests.api.conftest import Api


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing/", 404),
        ("GET", "", 404),
        ("POST", "nothing/", 404),
        ("GET", "pilots", 404),
        ("POST", "pilots", 404),
        ("GET", "pilots/CLM-0/", 404),
        ("GET", "pilots/clm-1/", 404),
        ("GET", "pilots/CLM-99999999999/", 404),
        ("GET", "pilots/a%2Fb/", 404),
        ("GET", "owners/0/", 404),
        ("GET", "owners/99999999999999999999999/", 404),
        ("GET", "owners/1.5/", 404),
        ("GET", "transitions/9223372036854775808/", 404),
        ("GET", "pilots/%00/", 400),
        ("GET", "pilots/?search=%00", 400),
        ("GET", "owners/%00/", 400),
        ("DELETE", "pilots/", 405),
        ("PUT", "me/", 405),
        ("POST", "me/", 405),
        ("POST", "events/", 405),
        ("OPTIONS", "pilots/", 405),
        ("PROPFIND", "pilots/", 405),
        ("TRACE", "pilots/", 405),
    ],
)
def test_every_error_is_a_problem(api, method, path, status):
    answer = api.send(method, path)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/", "/api", "/api/v2/pilots/", "/api/v1"])
def test_addresses_outside_the_version_are_problems_too(db, path):
    answer = Client().get(path)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_pages_keep_their_own_errors(db):
    answer = Client().get("/nothing-here/")

    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_missing_slash_is_said(api):
    answer = api.post("pilots", {"name": "x"})

    assert answer.data["detail"] == "There is nothing at this address. Addresses of the API end in a slash."


def test_405_names_what_is_possible(api):
    assert api.send("DELETE", "pilots/")["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_other_formats_are_406(api, accept):
    answer = api.get("me/", Accept=accept)

    assert answer.status_code == 406
    assert answer.data["detail"] == (
        "Only JSON is answered here. Accept application/json, or leave Accept out."
    )


def test_head_answers_like_get_without_a_body(api, make_pilot):
    make_pilot()

    answer = api.send("HEAD", "pilots/CLM-1/")

    assert (answer.status_code, answer["ETag"], answer.content) == (200, '"v1"', b"")


def test_host_we_do_not_serve_is_a_problem(api):
    assert api.get("me/", Host="elsewhere.example").status_code == 400


def test_mistake_of_ours_is_a_problem_without_its_trace(api, monkeypatch, caplog):
    def fail(self, request):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(ProgramResource, "queryset_for", fail)
    quiet = Api(client=Client(raise_request_exception=False))
    quiet.headers = api.headers

    with caplog.at_level(logging.CRITICAL, logger="django.request"):
        answer = quiet.get("programs/")

    assert answer.status_code == 500
    assert "secret" not in answer.content.decode()
    assert answer.data["errors"] == []


# --- Clashes -----------------------------------------------------------------------


def clash_of(write):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        write()
    return find_clash(caught.value)


def test_constraints_are_known_by_either_engine(program, make_pilot, manager):
    pilot = make_pilot(owner=Contact(name="Tomasz", email="tomasz@example.com"))
    other = Owner.objects.create(program=program, name="Aoife")
    membership = Membership(user=manager, program=program, role="viewer")

    found = [
        clash_of(lambda: Owner.objects.create(program=program, name="T", email="tomasz@example.com")),
        clash_of(lambda: Owner.objects.create(program=program, name="")),
        clash_of(lambda: Membership.objects.bulk_create([membership])),
        clash_of(lambda: Program.objects.create(name="Other", slug="claims", prefix="OTH")),
        clash_of(lambda: Pilot.objects.filter(pk=pilot.pk).update(stage="flying")),
        clash_of(
            lambda: Ownership.objects.create(
                pilot=pilot, owner=other, role="production_owner", since=pilot.created_at.date()
            )
        ),
    ]

    assert [clash.code if clash else None for clash in found] == [
        "owner_email_once_per_program",
        "owner_has_name",
        "membership_once",
        "program-slug-once",
        "pilot_stage_known",
        "one_production_owner",
    ]
    assert found[5].sentence == "This pilot has a production owner already. Hand over instead."


def test_constraint_nobody_knows_stays_a_mistake_of_ours(db):
    def write():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE strange (x integer NOT NULL)")
            cursor.execute("INSERT INTO strange VALUES (NULL)")

    assert clash_of(write) is None


def test_lost_race_is_409(api, program, monkeypatch):
    """Somebody adds the same address between the check and the insert."""

    def race(*args, **kwargs):
        Owner.objects.bulk_create([Owner(program=program, name="A", email="a@example.com") for _ in range(2)])

    monkeypatch.setattr("pilots.api.people.create_owner", race)

    answer = api.post("owners/", {"program": "claims", "name": "x"})

    assert (answer.status_code, answer.data["errors"][0]["code"]) == (409, "owner_email_once_per_program")


def test_pilot_without_effective_history_stage_is_never_offered(api, make_pilot):
    """The only row of a history cannot be taken back: the refusal is a sentence, not a fault of ours."""
    pilot = make_pilot(stage=Stage.IDEA, since=None)

    answer = api.post(f"transitions/{pilot.transitions.get().pk}/void/", {"reason": "x"})

    assert (answer.status_code, answer.data["errors"][0]["code"]) == (409, "only-row")

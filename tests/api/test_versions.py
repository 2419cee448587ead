import threading

import pytest
from django.db import connection

from pilots.models import LogEntry, Pilot
from tests.api.conftest import Api
from tests.faults.place import LONG

ROUNDS = 200 if LONG else 6


def test_edit_from_an_old_version_is_412_and_writes_nothing(api, make_pilot):
    make_pilot()
    first = api.get("pilots/CLM-1/")
    assert api.patch("pilots/CLM-1/", {"vendor": "Acme"}, If_Match=first["ETag"]).status_code == 200

    answer = api.patch("pilots/CLM-1/", {"vendor": "Other"}, If_Match=first["ETag"])

    assert answer.status_code == 412
    assert answer.data["errors"][0]["code"] == "stale"
    assert Pilot.objects.get().vendor == "Acme"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("move", {"to": "proven", "evidence": "x"}),
        ("hold", {"reason": "x", "agreed_by": "y", "review_on": "2099-01-01"}),
        ("check-in", {"text": "x"}),
        ("resume", {}),
    ],
)
def test_verbs_hold_to_the_version_too(api, make_pilot, path, body):
    make_pilot()

    assert api.post(f"pilots/CLM-1/{path}/", body, If_Match='"v7"').status_code == 412
    assert Pilot.objects.get().version == 1
    assert LogEntry.objects.count() == 0
    if path != "resume":
        assert api.post(f"pilots/CLM-1/{path}/", body, If_Match='"v1"')["ETag"] == '"v2"'


def test_correction_holds_to_the_version_of_its_pilot(api, make_pilot):
    row = make_pilot().transitions.get()
    body = {"happened_on": "2026-08", "reason": "Wrong month"}

    assert api.post(f"transitions/{row.pk}/correct/", body, If_Match='"v2"').status_code == 412
    assert api.post(f"transitions/{row.pk}/correct/", body, If_Match='"v1"')["ETag"] == '"v2"'


def test_put_without_if_match_is_428(api, make_pilot):
    make_pilot()

    answer = api.put("pilots/CLM-1/", {"name": "x"})

    assert answer.status_code == 428
    assert Pilot.objects.get().version == 1


def test_patch_needs_no_if_match(api, make_pilot):
    make_pilot()

    assert api.patch("pilots/CLM-1/", {"vendor": "Acme"}).status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('"v1"', 200),
        ("*", 200),
        ('"v3", "v1"', 200),
        ('W/"v1"', 412),
        ('"v01"', 412),
        ('"V1"', 412),
        ("v1", 400),
        ('"v1', 400),
        ("", 400),
        ('"v1" "v2"', 400),
    ],
)
def test_if_match_is_compared_strongly(api, make_pilot, header, status):
    make_pilot()

    assert api.patch("pilots/CLM-1/", {"vendor": "Acme"}, If_Match=header).status_code == status


@pytest.mark.parametrize("path", ["owners/", "ownerships/", "log/", "pilots/"])
def test_if_match_where_nothing_has_versions_is_412(api, program, path):
    assert api.post(path, {}, If_Match='"v1"').status_code == 412


@pytest.mark.parametrize(("header", "status"), [('"v1"', 304), ('W/"v1"', 304), ("*", 304), ('"v2"', 200)])
def test_pilot_that_did_not_change_is_304(api, make_pilot, header, status):
    make_pilot()

    answer = api.get("pilots/CLM-1/", If_None_Match=header)

    assert (answer.status_code, answer["ETag"]) == (status, '"v1"')
    assert (answer.content == b"") is (status == 304)


def test_whatever_a_pilot_shows_changes_its_version(api, make_pilot):
    make_pilot()
    seen = {api.get("pilots/CLM-1/")["ETag"]}

    def changed() -> bool:
        tag = api.get("pilots/CLM-1/")["ETag"]
        is_new = tag not in seen
        seen.add(tag)
        return is_new

    ownership = api.post("ownerships/", {"pilot": "CLM-1", "role": "sponsor", "contact": "S. Keller"}).data
    assert changed()
    api.patch(f"owners/{ownership['owner']}/", {"name": "Sabine Keller"})
    assert changed()
    api.post(f"ownerships/{ownership['id']}/end/", {})
    assert changed()
    api.patch("pilots/CLM-1/", {"tags": ["x"]})
    assert changed()
    api.post("pilots/CLM-1/check-in/", {"text": "x"})
    assert changed()


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_two_edits_from_one_version_one_wins(api, make_pilot):
    """One answer 200 and one 412 each time, and what was accepted is what is stored."""
    make_pilot()
    for _ in range(ROUNDS):
        tag = api.get("pilots/CLM-1/")["ETag"]
        answers = at_once(
            api, [({"vendor": "one"}, {"If_Match": tag}), ({"vendor": "two"}, {"If_Match": tag})]
        )

        assert sorted(status for status, _ in answers) == [200, 412]
        accepted = next(data["vendor"] for status, data in answers if status == 200)
        assert Pilot.objects.get().vendor == accepted
        api.patch("pilots/CLM-1/", {"vendor": None})


def at_once(api, requests):
    """Send PATCH requests from as many threads, released together; return status and data of each."""
    gate = threading.Barrier(len(requests))
    answers = []

    def send(body, headers):
        mine = Api()
        mine.headers = api.headers
        gate.wait()
        answer = mine.patch("pilots/CLM-1/", body, **headers)
        answers.append((answer.status_code, answer.data))
        connection.close()

    threads = [threading.Thread(target=send, args=request) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers

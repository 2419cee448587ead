import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from pilots.access.models import IdempotencyKey
from pilots.actions.once import KEPT
from pilots.models import LogEntry, Pilot
from tests.api.conftest import Api

NEW = {"program": "claims", "name": "a", "problem": "b", "stage": "idea"}


def test_same_key_and_body_brings_the_first_answer(api, program):
    first = api.post("pilots/", NEW, Idempotency_Key="one")
    second = api.post("pilots/", NEW, Idempotency_Key="one")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert (first["Location"], first["ETag"]) == (second["Location"], second["ETag"])
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert Pilot.objects.count() == 1


def test_without_a_key_a_repetition_is_a_second_pilot(api, program):
    api.post("pilots/", NEW)
    api.post("pilots/", NEW)

    assert Pilot.objects.count() == 2


def test_every_post_knows_the_key(api, make_pilot):
    make_pilot()
    api.post("pilots/CLM-1/check-in/", {"text": "x"}, Idempotency_Key="one")
    api.post("pilots/CLM-1/check-in/", {"text": "x"}, Idempotency_Key="one")

    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("pilots/", NEW | {"name": "other"}, {}),
        ("log/", NEW, {}),
        ("pilots/", NEW, {"If_Match": "*"}),
    ],
)
def test_key_with_another_request_is_422(api, program, path, body, headers):
    api.post("pilots/", NEW, Idempotency_Key="one")

    answer = api.post(path, body, Idempotency_Key="one", **headers)

    assert (answer.status_code, answer.data["errors"][0]["code"]) == (422, "idempotency-key-reused")
    assert Pilot.objects.count() == 1


def test_refusal_leaves_the_key_free(api, make_pilot):
    make_pilot()
    refused = api.post("pilots/CLM-1/move/", {"to": "limited"}, Idempotency_Key="one")
    assert refused.status_code == 409
    assert IdempotencyKey.objects.count() == 0

    again = api.post("pilots/CLM-1/move/", {"to": "proven", "evidence": "x"}, Idempotency_Key="one")
    assert again.status_code == 200


def test_crash_leaves_neither_key_nor_effect(api, program, monkeypatch):
    def fail(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("pilots.actions.once.IdempotencyKey.save", fail)
    with pytest.raises(KeyboardInterrupt):
        api.post("pilots/", NEW, Idempotency_Key="one")
    monkeypatch.undo()

    assert (Pilot.objects.count(), IdempotencyKey.objects.count()) == (0, 0)
    assert api.post("pilots/", NEW, Idempotency_Key="one").status_code == 201


def test_keys_of_different_callers_do_not_meet(api, make_api, manager, contributor, program):
    second_token = make_api(manager)
    for caller in (api, second_token, make_api(contributor)):
        assert caller.post("pilots/", NEW, Idempotency_Key="one").status_code == 201

    assert Pilot.objects.count() == 3


def test_closed_token_gets_no_kept_answer(api, manager, program):
    api.post("pilots/", NEW, Idempotency_Key="one")
    manager.is_active = False
    manager.save(update_fields=["is_active"])

    assert api.post("pilots/", NEW, Idempotency_Key="one").status_code == 401


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é"])
def test_key_that_is_none_is_400(api, program, key):
    assert api.post("pilots/", NEW, Idempotency_Key=key).status_code == 400
    assert Pilot.objects.count() == 0


def test_old_keys_are_forgotten(api, program):
    api.post("pilots/", NEW, Idempotency_Key="one")
    IdempotencyKey.objects.update(kept_at=timezone.now() - KEPT - timedelta(minutes=1))

    assert api.post("pilots/", NEW, Idempotency_Key="two").status_code == 201
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["two"]


@pytest.mark.django_db(transaction=True)
def test_six_at_once_do_it_once(api, program):
    gate = threading.Barrier(6)
    answers = []

    def send():
        mine = Api()
        mine.headers = api.headers
        gate.wait()
        answer = mine.post("pilots/", NEW, Idempotency_Key="one")
        answers.append((answer.status_code, answer.data["key"]))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [(201, "CLM-1")] * 6
    assert Pilot.objects.count() == 1

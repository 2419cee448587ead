"""Who has a run in hand, and what becomes of one that fails, dies or freezes."""

import logging
import threading
from datetime import timedelta

import pytest
from django.db import connection

from pilots.access.models import Event, Source
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.job import (
    DIED,
    LEASE,
    fail_run,
    finish_run,
    offer_run,
    park_dead_runs,
    prune_runs,
    record_failure,
    record_heartbeat,
    retry_run,
    take_run,
)
from pilots.models import Heartbeat, JobRun
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
KEY = "rules:2026-11-18T09"
SECOND = timedelta(seconds=1)


def offer(key=KEY, due_at=NOW):
    return offer_run("rules", key, due_at)


def test_run_is_offered_once_whether_done_or_not():
    assert [offer(), offer()] == [True, False]

    run = take_run("rules", NOW)
    finish_run(run, outcome={"opened": 2}, at=NOW)

    assert offer() is False
    assert take_run("rules", NOW + timedelta(days=1)) is None
    assert JobRun.objects.values("key", "outcome", "finished_at", "attempts", "lease_token").get() == {
        "key": KEY,
        "outcome": {"opened": 2},
        "finished_at": NOW,
        "attempts": 1,
        "lease_token": None,
    }


def test_run_is_taken_by_one_worker_while_its_lease_lasts():
    offer()

    first = take_run("rules", NOW)

    assert (first.key, first.attempts, first.lease_until) == (KEY, 1, NOW + LEASE)
    assert take_run("rules", NOW + LEASE - SECOND) is None
    assert take_run("rules", NOW + LEASE).attempts == 2


def test_run_is_taken_when_due_oldest_first_and_of_its_own_job():
    offer("rules:b", NOW - timedelta(hours=1))
    offer("rules:a", NOW)
    offer_run("integrity", "integrity:c", NOW - timedelta(hours=9))
    offer("rules:later", NOW + SECOND)

    assert [run and run.key for run in (take_run("rules", NOW) for _ in range(3))] == [
        "rules:b",
        "rules:a",
        None,
    ]


def test_frozen_worker_that_wakes_up_changes_nothing():
    offer()
    frozen = take_run("rules", NOW)
    other = take_run("rules", NOW + LEASE)

    assert finish_run(frozen, outcome={"by": "frozen"}, at=NOW + LEASE) is False
    assert fail_run(frozen, error="woke up") is False
    assert finish_run(other, outcome={"by": "other"}, at=NOW + LEASE) is True
    assert JobRun.objects.values_list("outcome", "last_error").get() == ({"by": "other"}, "")


def test_run_that_fails_three_times_is_parked_and_reported(caplog):
    offer()
    for attempt in (1, 2, 3):
        assert not JobRun.objects.parked(NOW).exists()
        run = take_run("rules", NOW)
        assert run.attempts == attempt
        fail_run(run, error="ValueError: no such stage\nand more")

    assert take_run("rules", NOW + timedelta(days=9)) is None
    parked = JobRun.objects.parked(NOW).get()
    assert (parked.attempts, parked.finished_at, parked.lease_until) == (3, None, None)
    assert parked.last_error == "ValueError: no such stage\nand more"
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        f"Job run {KEY} is parked after 3 attempts: ValueError: no such stage"
    ]


def test_run_whose_worker_dies_three_times_is_parked_and_reported_once(caplog):
    offer()
    at = NOW
    for _ in range(3):
        assert take_run("rules", at) is not None
        assert park_dead_runs(at) == []
        at += LEASE

    assert take_run("rules", at) is None
    assert park_dead_runs(at) == [KEY]
    assert park_dead_runs(at) == []
    assert JobRun.objects.parked(at).get().last_error == DIED
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1


def test_administrator_runs_a_parked_run_again(administrator):
    offer()
    for _ in range(3):
        fail_run(take_run("rules", NOW), error="ValueError")
    by = By(user=administrator, at=NOW, source=Source.WEB)

    retry_run(JobRun.objects.get(), by=by)

    assert take_run("rules", NOW).attempts == 1
    assert Event.objects.filter(verb="job.retried").values_list("actor", "subject").get() == (
        administrator.pk,
        KEY,
    )


def test_run_that_is_not_parked_is_not_run_again(administrator):
    offer()

    with pytest.raises(Refused, match=f"{KEY} is not parked: it is running, or done"):
        retry_run(JobRun.objects.get(), by=By(user=administrator, at=NOW, source=Source.WEB))

    assert not Event.objects.filter(verb="job.retried").exists()


def test_nobody_but_administrators_runs_a_job_again(manager):
    offer()
    for _ in range(3):
        fail_run(take_run("rules", NOW), error="ValueError")

    with pytest.raises(Forbidden, match="You may not run jobs again"):
        retry_run(JobRun.objects.get(), by=By(user=manager, at=NOW, source=Source.WEB))

    assert JobRun.objects.parked(NOW).exists()


def test_runs_older_than_thirty_days_are_forgotten():
    offer("rules:old", NOW - timedelta(days=30, seconds=1))
    offer("rules:kept", NOW - timedelta(days=30))

    assert prune_runs(NOW) == 1
    assert JobRun.objects.get().key == "rules:kept"


def test_failure_stays_noted_until_the_job_ends_well():
    record_heartbeat(job="outbox", at=NOW)
    record_failure(job="outbox", at=NOW + SECOND, error="OSError: no route\nTraceback")

    beat = Heartbeat.objects.get()
    assert (beat.beat_at, beat.failed_at, beat.error) == (NOW, NOW + SECOND, "OSError: no route")

    record_heartbeat(job="outbox", at=NOW + 2 * SECOND)
    beat.refresh_from_db()
    assert (beat.beat_at, beat.failed_at, beat.error) == (NOW + 2 * SECOND, None, "")


def test_job_that_never_ended_well_is_late():
    record_failure(job="rules", at=NOW, error="ValueError")

    beat = Heartbeat.objects.get()
    assert beat.beat_at is None
    assert beat.is_late(NOW, timedelta(hours=2)) is True


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_take_each_run_once():
    keys = [f"rules:{number}" for number in range(40)]
    taken, errors = [], []
    start = threading.Barrier(4)

    def work():
        try:
            start.wait(60)
            for key in keys:
                offer(key)
            while run := take_run("rules", NOW):
                taken.append(run.key)
                finish_run(run, outcome={}, at=NOW)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the test shows it
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert errors == []
    assert sorted(taken) == sorted(keys)

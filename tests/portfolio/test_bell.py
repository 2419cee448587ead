"""Ringing for the jobs after a change: once, after the commit, and never at the cost of the change."""

import os
import socket
import time

import pytest
from django.db import transaction

from pilots.actions import bell as doorbell
from pilots.actions.bell import ring_soon
from pilots.actions.decision import NewDecision, ask_decision
from pilots.models import Decision
from portfolio import celery
from portfolio.bell import Bell
from portfolio.celery import app, is_stopping, stop_soon


@pytest.fixture
def rings(monkeypatch):
    heard = []
    monkeypatch.setattr(doorbell, "_RINGS", [lambda: heard.append(True)])
    return heard


@pytest.fixture
def broker(monkeypatch):
    """Return a function that makes an address the broker's."""

    def use(address):
        monkeypatch.setitem(app.conf, "broker_url", address)
        monkeypatch.setitem(app.conf, "broker_transport", None)
        monkeypatch.setitem(app.conf, "broker_transport_options", {"visibility_timeout": 300})
        monkeypatch.setitem(app.conf, "broker_write_url", address)

    return use


@pytest.mark.django_db
def test_many_wishes_of_one_change_ring_once_after_its_commit(rings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        ring_soon()
        with transaction.atomic():
            ring_soon()
        ring_soon()
        assert rings == []

    assert (len(callbacks), rings) == (1, [True])


@pytest.mark.django_db(transaction=True)
def test_change_that_is_rolled_back_rings_for_nobody(rings):
    with transaction.atomic():
        ring_soon()
        transaction.set_rollback(True)

    assert rings == []


@pytest.mark.django_db(transaction=True)
def test_bell_that_breaks_leaves_the_change_and_what_follows_it(rings, monkeypatch):
    def fail():
        raise OSError("no broker")

    monkeypatch.setattr(doorbell, "_RINGS", [fail])
    followed = []
    with transaction.atomic():
        ring_soon()
        transaction.on_commit(lambda: followed.append(True))

    assert followed == [True]


@pytest.mark.django_db
def test_asking_for_a_decision_rings(rings, make_pilot, by, django_capture_on_commit_callbacks):
    pilot = make_pilot()

    with django_capture_on_commit_callbacks(execute=True):
        ask_decision(NewDecision(question="Go on?", pilot=pilot), by=by)

    assert rings == [True]
    assert Decision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["maren@example.com", "nobody@example.com"])
def test_asking_for_a_password_rings_whether_or_not_there_is_an_account(client, manager, rings, address):
    client.post("/accounts/password/reset/", {"email": address})

    assert rings == [True]


ROUNDS = 3  # the quickest counts: other tests use the same two cores


def seconds(ring, answer):
    """Return how long a ring took that had to answer so."""
    started = time.monotonic()
    assert ring() == answer
    return time.monotonic() - started


def test_broker_that_is_down_costs_a_warning_and_no_time(broker, caplog):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        broker(f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")
        bells = [Bell() for _ in range(ROUNDS)]
        took = [seconds(lambda bell=bell: [bell.ring(), bell.ring()], [False, False]) for bell in bells]

    assert [bell.failed for bell in bells] == [2] * ROUNDS
    assert min(took) < 2
    assert "The doorbell did not ring (2 so far)" in caplog.text


def test_broker_that_never_answers_costs_a_second_at_most(broker):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        broker(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        took = [seconds(Bell().ring, answer=False) for _ in range(ROUNDS)]

    assert min(took) < 2


def test_ring_reaches_the_folder_and_grows_stale_in_a_minute(monkeypatch, tmp_path):
    monkeypatch.setitem(app.conf, "broker_url", None)
    monkeypatch.setitem(app.conf, "broker_transport", "portfolio.doorbell:Transport")
    monkeypatch.setitem(app.conf, "broker_transport_options", {"folder": str(tmp_path)})

    assert Bell().ring() is True

    (message,) = tmp_path.glob("*.celery.msg")
    assert '"task": "portfolio.ring"' in message.read_text()
    assert '"expires": "2' in message.read_text()


def test_site_rings_when_the_ground_asks():
    from portfolio.bell import bell

    (answer,) = doorbell._RINGS
    assert answer == bell.ring


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # Celery's workers fork as well
def test_child_of_a_worker_hears_that_the_worker_is_to_end():
    """The signal reaches the parent alone; the task runs in a child that was forked before."""
    assert is_stopping() is False
    hears, tells = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(hears, 1)
        os._exit(0 if is_stopping() else 1)
    try:
        stop_soon()
        os.write(tells, b"!")
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        celery._IS_STOPPING[0] = 0
        os.close(hears)
        os.close(tells)

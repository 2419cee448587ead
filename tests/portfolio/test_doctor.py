import json
import socket
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from pilots.access.models import Role
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.job import fail_run, offer_run, record_heartbeat, take_run
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.models import JobRun
from portfolio.celery import app
from portfolio.desk.sample import load_sample
from portfolio.health.doctor import Verdict, examine
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Message, State
from portfolio.ringing import ring
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setitem(app.conf, "broker_url", None)
    monkeypatch.setitem(app.conf, "broker_transport", "portfolio.doorbell:Transport")
    monkeypatch.setitem(app.conf, "broker_transport_options", {"folder": str(tmp_path)})


def told(now=NOW):
    """Return what is not in order, as name and words."""
    return {line.name: line.words for line in examine(now) if line.verdict is not Verdict.OK}


def test_all_is_told_well_where_all_is_well(settings, administrator, manager):
    settings.SITE_URL, settings.SITE_IS_LOOPBACK, settings.SITE_IS_HTTPS = "https://h.example", False, True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    ring(lambda: NOW)

    assert told() == {}


def test_new_copy_is_told_what_it_lacks():
    found = told()

    assert found["ring"] == "has not ended well yet"
    assert found["accounts"] == "nobody can sign in"
    assert found["mail"].startswith("nobody receives mail")
    assert found["address"].endswith("is reached from this machine only")


def test_late_and_failed_jobs_and_parked_runs_are_told(administrator):
    ring(lambda: NOW)
    run = JobRun.objects.get(job="rules")
    JobRun.objects.filter(pk=run.pk).update(outcome=run.outcome | {"failed": {"R-08": "KeyError"}})
    JobRun.objects.filter(job="integrity").update(outcome={"columns": {"stage": 2}, "guards": []})
    offer_run("rules", "rules:2026-11-18T08", NOW - timedelta(hours=1))
    for _ in range(3):
        fail_run(take_run("rules", NOW), error="ValueError")

    found = told(NOW + timedelta(hours=5))

    assert found["rules"] == "4 hours late; ended well 5 hours ago"
    assert found["ring"] == "4 hours late; ended well 5 hours ago"
    assert found["integrity"].startswith("These columns do not follow from history: stage of 2.")
    assert found["failed rules"].startswith("R-08 could not be asked at the last scan")
    assert found["parked runs"] == "rules:2026-11-18T08 failed or died three times"


def test_mail_that_waits_or_is_parked_is_told(administrator):
    enqueue("test", key="a", at=NOW, person=administrator)
    assert "outbox" not in {line.name for line in examine(NOW) if "waited" in line.words and line.todo}

    record_heartbeat(job="outbox", at=NOW + timedelta(minutes=30))
    waiting = [
        line.words for line in examine(NOW + timedelta(minutes=30)) if line.name == "outbox" and line.todo
    ]
    assert waiting == ["the oldest unsent mail has waited 30 minutes"]

    Message.objects.update(state=State.DEAD.value)
    dead = [
        line.words for line in examine(NOW + timedelta(minutes=30)) if line.name == "outbox" and line.todo
    ]
    assert dead == ["1 mail parked"]


def test_program_without_a_manager_and_owners_without_mail_are_told(
    administrator, program, manager, other_program, make_pilot, by, by_system
):
    contact = Contact(name="Sam Typed", email="sam@example.com")
    add_owner(NewOwnership(pilot=make_pilot(), contact=contact, role=OwnerRole.SPONSOR), by=by)

    found = told()

    assert found["programs"] == "nobody manages Finance AI"
    assert found["owners"] == "1 owner of running pilots gets no mail"
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    assert "programs" not in told()


def test_demo_log_ins_on_a_public_address_are_told(settings, administrator, by_system, few_stories):
    load_sample(by=by_system)
    assert "demo log-ins" not in told()

    settings.SITE_IS_LOOPBACK = False

    assert "demo log-ins" in told()


def test_broker_that_is_down_is_missing(monkeypatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        monkeypatch.setitem(app.conf, "broker_url", address)
        monkeypatch.setitem(app.conf, "broker_write_url", address)
        monkeypatch.setitem(app.conf, "broker_transport", None)

        (line,) = [line for line in examine(NOW) if line.name == "broker"]

    assert line.verdict is Verdict.MISSING
    assert "not reachable" in line.words


def test_lost_database_is_missing_and_the_rest_is_told_all_the_same(monkeypatch):
    def lose(*_arguments, **_named):
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", lose)
    out = StringIO()

    with pytest.raises(CommandError, match=r"^Missing: database, migrations, guards\.$") as refusal:
        call_command("doctor", stdout=out)

    assert refusal.value.returncode == 2
    names = [line.split()[1] for line in out.getvalue().splitlines() if not line.startswith(" ")]
    assert names == ["database", "migrations", "guards", "broker", "mail", "address", "PDF"]


def test_command_answers_in_words_and_in_json(administrator):
    out = StringIO()
    call_command("doctor", stdout=out)
    words = out.getvalue()
    out = StringIO()
    call_command("doctor", "--json", stdout=out)
    lines = json.loads(out.getvalue())["lines"]

    assert "→ Set EMAIL_URL and SITE_URL, restart, manage.py send_test_mail." in words
    assert [set(line) for line in lines] == [{"name", "verdict", "words", "todo"}] * len(lines)
    assert {line["verdict"] for line in lines} == {"ok", "look"}

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from pilots.actions.job import record_heartbeat
from pilots.models import Heartbeat
from portfolio.health import checks
from portfolio.outbox.claim import claim
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Message
from portfolio.tasks import ring

ALL_WELL = {
    "ready": True,
    "checks": {
        "database": {"ok": True, "words": "reachable"},
        "migrations": {"ok": True, "words": "applied"},
        "guards": {"ok": True, "words": "in place"},
        "jobs": {"ok": True, "words": "on time"},
        "rules": {"ok": True, "words": "up to date"},
        "mail": {"ok": True, "words": "on time"},
    },
}


def readiness(client) -> tuple[int, dict]:
    answer = client.get("/readyz")
    assert answer["Content-Type"] == "application/json"
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code, answer.json()


def test_healthz_answers_a_stranger_without_the_database(client):
    answer = client.get("/healthz")  # pytest-django refuses the database to a test that does not ask for it

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_read(client, path):
    assert client.post(path).status_code == 405


@pytest.mark.django_db
def test_readyz_says_that_all_is_well(client):
    ring()

    assert readiness(client) == (200, ALL_WELL)


@pytest.mark.django_db
def test_readyz_stays_ready_and_says_so_when_no_job_has_run(client):
    assert readiness(client) == (
        200,
        {
            "ready": True,
            "checks": ALL_WELL["checks"]
            | {
                "jobs": {"ok": False, "words": "none has run yet"},
                "rules": {"ok": False, "words": "not asked yet"},
            },
        },
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "words"), [(299, "on time"), (301, "late")])
def test_readyz_calls_jobs_late_after_five_minutes(client, seconds, words):
    record_heartbeat(job="ring", at=timezone.now() - timedelta(seconds=seconds))

    status, told = readiness(client)

    assert (status, told["checks"]["jobs"]) == (200, {"ok": words == "on time", "words": words})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "state", "words"),
    [
        (595, "queued", "on time"),
        (605, "queued", "late"),
        (605, "sending", "late"),
        (605, "sent", "on time"),
        (605, "dead", "on time"),
        (5, "held", "some is held back"),
    ],
)
def test_readyz_calls_mail_late_after_ten_minutes(client, seconds, state, words):
    enqueue("test", key="a", at=timezone.now() - timedelta(seconds=seconds))
    if state == "sending":
        claim(timezone.now())
    else:
        Message.objects.update(state=state)

    status, told = readiness(client)

    assert (status, told["checks"]["mail"]) == (200, {"ok": words == "on time", "words": words})


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "words"), [(119, "up to date"), (121, "late")])
def test_readyz_calls_the_rules_late_after_two_hours(client, minutes, words):
    record_heartbeat(job="rules", at=timezone.now() - timedelta(minutes=minutes))

    status, told = readiness(client)

    assert (status, told["checks"]["rules"]) == (200, {"ok": words == "up to date", "words": words})


@pytest.mark.django_db
def test_readyz_is_not_ready_while_a_migration_waits(client):
    ((app, newest),) = MigrationLoader(connection).graph.leaf_nodes("pilots")
    MigrationRecorder(connection).record_unapplied(app, newest)

    status, told = readiness(client)

    assert (status, told["ready"]) == (503, False)
    assert told["checks"]["migrations"] == {"ok": False, "words": "waiting to be applied"}


@pytest.mark.django_db
def test_readyz_is_not_ready_when_history_is_not_guarded(client):
    with connection.cursor() as cursor:
        on_table = ' ON "access_event"' if connection.vendor == "postgresql" else ""
        cursor.execute(f'DROP TRIGGER "headway_access_event_update"{on_table}')

    status, told = readiness(client)

    assert (status, told["ready"]) == (503, False)
    assert told["checks"]["guards"] == {"ok": False, "words": "history is not protected"}


def test_readyz_tells_a_stranger_nothing_about_a_lost_database(client, monkeypatch):
    def lose(*_arguments, **_named):
        raise OperationalError('connection to server at "db.internal", user "headway" failed')

    monkeypatch.setattr(connection, "cursor", lose)

    status, told = readiness(client)

    assert status == 503
    assert told == {
        "ready": False,
        "checks": {
            "database": {"ok": False, "words": "not reachable, or not set up"},
            "migrations": {"ok": False, "words": "not known"},
            "guards": {"ok": False, "words": "not known"},
            "jobs": {"ok": False, "words": "not known"},
            "rules": {"ok": False, "words": "not known"},
            "mail": {"ok": False, "words": "not known"},
        },
    }


@pytest.mark.django_db
def test_readiness_command_prints_the_checks():
    ring()
    out = StringIO()

    call_command("readiness", stdout=out)

    assert out.getvalue() == (
        "database: reachable\nmigrations: applied\nguards: in place\njobs: on time\nrules: up to date\n"
        "mail: on time\n"
    )


@pytest.mark.django_db
def test_readiness_command_fails_when_jobs_are_late():
    out = StringIO()

    with pytest.raises(CommandError, match=r"^Not in order: jobs, rules\.$") as refusal:
        call_command("readiness", "--json", stdout=out)

    assert refusal.value.returncode == 2
    assert json.loads(out.getvalue())["checks"]["jobs"] == {"ok": False, "words": "none has run yet"}


@pytest.mark.django_db
def test_heartbeat_is_one_row_per_job():
    first, second = timezone.now() - timedelta(minutes=1), timezone.now()
    record_heartbeat(job="ring", at=first)
    record_heartbeat(job="other", at=first)

    record_heartbeat(job="ring", at=second)

    assert set(Heartbeat.objects.values_list("job", "beat_at")) == {("other", first), ("ring", second)}


def test_findings_that_are_not_needed_leave_the_site_ready():
    late = checks.Finding("jobs", ok=False, words="late", is_needed=False)
    broken = checks.Finding("guards", ok=False, words="history is not protected")

    assert checks.is_ready([late]) is True
    assert checks.is_ready([late, broken]) is False

"""`manage.py prepare`: what happens to a database before every start."""

from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from pilots.models import Heartbeat, Pilot
from portfolio.management.commands import prepare

pytestmark = pytest.mark.django_db


def run() -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("prepare", stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_first_start_loads_the_sample_once_and_every_start_tells_the_log_ins(monkeypatch, few_stories):
    monkeypatch.delenv("SAMPLE", raising=False)

    first_words, progress = run()
    pilots = Pilot.objects.count()
    second_words, second_progress = run()

    assert pilots > 0
    assert progress == "Loading the sample portfolio …\n"
    assert (second_words, second_progress) == (first_words, "")
    assert Pilot.objects.count() == pilots
    assert first_words.splitlines() == [
        "Sample log-ins, all with the password look-round-headway",
        "  manager@demo.headway.example    Program manager",
        "  owner@demo.headway.example      Pilot owner",
        "  executive@demo.headway.example  Executive",
        "  viewer@demo.headway.example     Viewer",
    ]


def test_start_without_the_sample_says_how_to_sign_in(monkeypatch):
    monkeypatch.setenv("SAMPLE", "0")

    words, progress = run()

    assert words == f"{prepare.NOBODY_YET}\n"
    assert progress == ""
    assert not Pilot.objects.exists()


def test_sample_stays_away_from_a_database_that_someone_uses(monkeypatch, make_user):
    monkeypatch.delenv("SAMPLE", raising=False)
    make_user("real@example.com")

    words, progress = run()

    assert (words.strip(), progress) == ("", "")
    assert not Pilot.objects.exists()
    assert get_user_model().objects.count() == 1


def test_upgraded_database_has_its_new_clocks_and_is_looked_at(monkeypatch, make_pilot):
    monkeypatch.setenv("SAMPLE", "0")
    pilot = make_pilot()
    Pilot.objects.update(moved_clock_on=None, health="not_known")
    ((app, newest),) = MigrationLoader(connection).graph.leaf_nodes("pilots")
    MigrationRecorder(connection).record_unapplied(app, newest)
    applied = []

    def migrate(command, **_named):
        applied.append(command)
        MigrationRecorder(connection).record_applied(app, newest)

    monkeypatch.setattr(prepare, "call_command", migrate)

    _words, progress = run()

    pilot.refresh_from_db()
    assert applied == ["migrate"]
    assert progress == "Preparing the database …\n"
    assert pilot.moved_clock_on is not None
    assert Heartbeat.objects.get().job == "rules"


def test_start_without_a_new_migration_looks_at_nothing(monkeypatch, make_pilot):
    monkeypatch.setenv("SAMPLE", "0")
    make_pilot()

    run()

    assert not Heartbeat.objects.exists()


def test_unreachable_database_is_told_in_a_sentence(monkeypatch):
    def fail(*_arguments, **_named):
        raise OperationalError("connection refused\n\tIs the server running?")

    monkeypatch.setattr(connections["default"], "cursor", fail)
    monkeypatch.setattr(prepare, "MigrationExecutor", fail)

    with pytest.raises(SystemExit) as refusal:
        run()

    assert refusal.value.code == (
        "The database could not be prepared: connection refused\nDATABASE_URL says where it is."
    )

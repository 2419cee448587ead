"""Web, worker and beat started by hand with the commands of docker-compose.yml.

On the embedded default they share a SQLite file and a folder; with DATABASE_URL and REDIS_URL they
run as a team's containers do, on a database of their own that goes when the test ends.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import yaml

from portfolio.jobs import JOBS
from tests.portfolio.conftest import ROOT, free_port, wait_for
from tests.ready import copy_ready

pytestmark = [pytest.mark.processes, pytest.mark.early]

SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
WEB = json.loads((ROOT / "Dockerfile").read_text().rpartition("CMD ")[2])  # the image's own command


@pytest.fixture
def database_url(tmp_path):
    """Give the address of a database nobody used yet, on the engine under test."""
    given = os.environ.get("DATABASE_URL", "")
    if not given:
        copy_ready(tmp_path / "by_hand.sqlite3")
        yield f"sqlite:///{tmp_path}/by_hand.sqlite3"
        return
    name = f"headway_by_hand_{os.getpid()}"
    with psycopg.connect(given, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    yield urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
    with psycopg.connect(given, autocommit=True) as server:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def environment(tmp_path, database_url) -> dict[str, str]:
    kept = {
        name: os.environ[name] for name in ("HOME", "LANG", "REDIS_URL", "CACHE_URL") if name in os.environ
    }
    if "REDIS_URL" in kept:  # a database that the tests beside this one do not use
        kept["REDIS_URL"] = urlunsplit(urlsplit(kept["REDIS_URL"])._replace(path="/7"))
    return kept | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": database_url,
        "PORT": str(free_port()),
        "SAMPLE": "false",
    }


@pytest.fixture
def start(environment, tmp_path):
    """Return a function that starts a command in the background; all of them end with the test."""
    started: list[subprocess.Popen] = []

    def start_command(command: list[str]) -> subprocess.Popen:
        with (tmp_path / f"{len(started)}.log").open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start_command
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def ask(environment: dict[str, str], code: str) -> str:
    """Run code in a process that knows the product's settings. Returns what it prints."""
    whole = f"import django; django.setup()\n{code}"
    settings = {"DJANGO_SETTINGS_MODULE": "portfolio.settings"}
    asked = subprocess.run(
        [sys.executable, "-c", whole],
        cwd=ROOT,
        env=environment | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip()


LAST_BEAT = (
    "from pilots.models import Heartbeat; print(Heartbeat.objects.get(job='ring').beat_at.isoformat())"
)
# Beat after a pause: what its file says was long ago, so the ring is due at once and not in a minute.
PAUSE_BEAT = """
from datetime import UTC, datetime, timedelta
from portfolio.celery import app
scheduler = app.Beat().Service(app).get_scheduler()
scheduler.schedule["ring"].last_run_at = datetime.now(UTC) - timedelta(hours=1)
scheduler.sync()
scheduler.close()
"""


MANY_PILOTS = """
from datetime import timedelta
from django.utils import timezone
from pilots.access.models import Program, Source
from pilots.actions.account import create_programs
from pilots.actions.by import By
from pilots.actions.check import checking_later
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.lifecycle import Stage
by = By(user=None, at=timezone.now() - timedelta(days=60), source=Source.COMMAND)
program, = create_programs([Program(name="Claims", slug="claims", prefix="CLM")], by=by)
news = [NewPilot(program=program, name=f"P{n}", problem="Slow.", stage=Stage.PILOTING) for n in range(40)]
with checking_later():
    log_pilots(news, by=by)
"""
FOUND = """
import json
from django.db.models import Count
from pilots.access.models import Event
from pilots.models import Flag, JobRun
twice = Flag.objects.open().values("pilot", "rule", "subject").annotate(n=Count("pk")).filter(n__gt=1)
print(json.dumps({
    "runs": sorted(JobRun.objects.filter(finished_at__isnull=False).values_list("job", flat=True)),
    "attempts": sorted(set(JobRun.objects.values_list("attempts", flat=True))),
    "flags": Flag.objects.open().count(),
    "told": Event.objects.filter(verb="flag.opened").count(),
    "twice": twice.count(),
}))
"""


def found(environment: dict[str, str]) -> dict[str, object]:
    return json.loads(ask(environment, FOUND))


@pytest.mark.faults
def test_two_beats_and_four_workers_scan_once_an_hour(start, environment, tmp_path):
    subprocess.run(SERVICES["migrate"]["command"], cwd=ROOT, env=environment, check=True, capture_output=True)
    ask(environment, MANY_PILOTS)
    assert found(environment)["flags"] == 0
    while datetime.now(UTC).minute == 59:  # a run is named by its hour, so none may begin meanwhile
        time.sleep(1)
    ask(environment, PAUSE_BEAT)

    workers = [start(SERVICES["worker"]["command"]) for _ in range(4)]  # each rings when it starts
    beats = [
        start([*SERVICES["beat"]["command"], f"--schedule={tmp_path}/{name}"]) for name in ("beat", "beat2")
    ]
    wait_for(lambda: "rules" in found(environment)["runs"], "the scan", within=90)
    ask(environment, "from portfolio.bell import bell; [bell.ring() for _ in range(8)]")
    wait_for(lambda: len(found(environment)["runs"]) == len(JOBS), "every job's run", within=90)

    seen = found(environment)
    assert (seen["runs"], seen["attempts"]) == (sorted(job.code for job in JOBS), [1])
    assert seen["flags"] >= 40  # one rule at least finds each of the forty
    assert (seen["told"], seen["twice"]) == (seen["flags"], 0)
    for process in [*workers, *beats]:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(timeout=35) for process in [*workers, *beats]] == [0] * 6


def test_web_worker_and_beat_work_together_and_end_when_told(start, environment):
    subprocess.run(SERVICES["migrate"]["command"], cwd=ROOT, env=environment, check=True, capture_output=True)
    site = f"http://127.0.0.1:{environment['PORT']}"

    def jobs(name: str = "jobs") -> dict[str, object]:
        try:
            with urllib.request.urlopen(f"{site}/readyz", timeout=5) as answer:
                return json.load(answer)["checks"][name]
        except OSError:
            return {}

    web = start(WEB)
    wait_for(jobs, "/readyz to turn ready")
    assert jobs() == {"ok": False, "words": "none has run yet"}

    worker = start(SERVICES["worker"]["command"])
    wait_for(lambda: jobs() == {"ok": True, "words": "on time"}, "the worker's first heartbeat")
    wait_for(lambda: jobs("rules") == {"ok": True, "words": "up to date"}, "the first scan")
    first_beat = datetime.fromisoformat(ask(environment, LAST_BEAT))

    ask(environment, PAUSE_BEAT)
    beat = start(SERVICES["beat"]["command"])
    wait_for(
        lambda: datetime.fromisoformat(ask(environment, LAST_BEAT)) > first_beat, "a heartbeat rung by beat"
    )

    worker.send_signal(getattr(signal, SERVICES["worker"]["stop_signal"]))
    for process in (web, beat):
        process.send_signal(signal.SIGTERM)
    assert [process.wait(timeout=35) for process in (web, worker, beat)] == [0, 0, 0]

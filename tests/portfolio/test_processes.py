"""Web, worker and beat started by hand with the commands of docker-compose.yml.

On the embedded default they share a SQLite file and a folder; with DATABASE_URL and REDIS_URL they
run as a team's containers do, on a database of their own that goes when the test ends.
"""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import yaml

from tests.portfolio.conftest import ROOT, free_port, wait_for

pytestmark = pytest.mark.processes

SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
WEB = json.loads((ROOT / "Dockerfile").read_text().rpartition("CMD ")[2])  # the image's own command


@pytest.fixture
def database_url(tmp_path):
    """Give the address of an empty database on the engine under test."""
    given = os.environ.get("DATABASE_URL", "")
    if not given:
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


def test_web_worker_and_beat_work_together_and_end_when_told(start, environment):
    subprocess.run(SERVICES["migrate"]["command"], cwd=ROOT, env=environment, check=True, capture_output=True)
    site = f"http://127.0.0.1:{environment['PORT']}"

    def jobs() -> dict[str, object]:
        try:
            with urllib.request.urlopen(f"{site}/readyz", timeout=5) as answer:
                return json.load(answer)["checks"]["jobs"]
        except OSError:
            return {}

    web = start(WEB)
    wait_for(jobs, "/readyz to turn ready")
    assert jobs() == {"ok": False, "words": "none has run yet"}

    worker = start(SERVICES["worker"]["command"])
    wait_for(lambda: jobs() == {"ok": True, "words": "on time"}, "the worker's first heartbeat")
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

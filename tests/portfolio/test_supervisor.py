"""`make run`, as real processes: what starts, what is started again, and that nothing stays behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.portfolio.conftest import ROOT, bare_environment, free_port, wait_for

pytestmark = [pytest.mark.processes, pytest.mark.early]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the product where it is expected to refuse."""
    return subprocess.run(
        [sys.executable, "-m", "portfolio.run", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_run_serves_welcomes_and_beats_and_ctrl_c_leaves_nothing(start):
    took = []
    for _ in range(2):  # the quicker counts: other tests use the same two cores
        began = time.monotonic()
        copy = start().wait_until_up()
        took.append(time.monotonic() - began)
        if took[-1] < 10:
            break
        assert copy.stop() == 0

    def jobs_are_on_time() -> bool:
        status, body = copy.get("/readyz")
        return status == 200 and json.loads(body)["checks"]["jobs"] == {"ok": True, "words": "on time"}

    assert min(took) < 10, f"a second start took {took} s"
    assert copy.get("/healthz") == (200, "ok")
    wait_for(jobs_are_on_time, "the first heartbeat")
    assert copy.pids("gunicorn")
    assert copy.pids("celery", " worker ")
    assert copy.pids("celery", " beat ")

    assert copy.stop() == 0

    assert copy.pids() == set()
    assert copy.words == (
        f"\nHeadway is running: http://127.0.0.1:{copy.port}\n"
        "\nNobody can sign in yet. Make the first account:\n"
        "  .venv/bin/python manage.py create_admin you@example.com\n"
        f"\nLogs: {copy.folder}/logs. Ctrl-C stops everything.\n"
        "\nStopping …\n"
        "Headway has stopped.\n"
    )


@pytest.mark.faults
@pytest.mark.once
def test_killed_child_is_started_again(start):
    copy = start().wait_until_up()

    for name, words in (
        ("web server", ("gunicorn",)),
        ("worker", ("celery", " worker ")),
        ("beat", ("celery", " beat ")),
    ):
        before = copy.pids(*words)
        os.kill(min(before), signal.SIGKILL)  # the oldest is the one the supervisor started
        told = f"The {name} ended (killed by signal 9) and is started again."
        wait_for(lambda told=told: told in copy.words, f"the supervisor to notice: {name}")
        wait_for(lambda words=words, before=before: copy.pids(*words) - before, f"a new {name}")
        assert copy.pids(*words) & before == set(), "what the killed one had started is still there"

    wait_for(lambda: answers(copy.port), "the site to answer again")
    assert copy.stop() == 0
    assert copy.pids() == set()


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.faults
@pytest.mark.once
def test_killed_supervisor_takes_its_children_along(start):
    copy = start().wait_until_up()
    # Web master and two workers, Celery's worker and its child, beat.
    wait_for(lambda: len(copy.pids()) == 6, "every child and grandchild to be there")

    copy.process.kill()

    wait_for(lambda: not copy.pids(), "every child to end")


@pytest.mark.faults
@pytest.mark.once
def test_child_that_keeps_ending_stops_everything(start):
    copy = start(GUNICORN_CMD_ARGS="--no-such-option")

    assert copy.process.wait(timeout=120) == 1

    assert copy.pids() == set()
    assert copy.words.splitlines()[-3:] == [
        "The web server ended 4 times right after its start, so Headway stops.",
        f"Its log says why: {copy.folder}/logs/web.log",
        "Headway has stopped.",
    ]
    assert "--no-such-option" in (copy.folder / "logs" / "web.log").read_text()


def test_second_run_on_one_folder_is_refused(start):
    copy = start().wait_until_up()

    refused = run(**bare_environment(copy.folder, free_port()))

    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr == (
        f"Headway already runs on {copy.folder} (process {copy.process.pid}). Stop it, or give this one "
        "a folder and a port of its own: make run DATA_DIR=var2 PORT=8001\n"
    )


def test_port_in_use_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        refused = run(**bare_environment(tmp_path, port))

    assert refused.returncode == 2
    assert refused.stderr == f"Port {port} is already in use. Choose another: make run PORT={port + 1}\n"


def test_unwritable_folder_is_refused(tmp_path):
    file = tmp_path / "file"
    file.touch()

    refused = run(**bare_environment(file / "data", free_port()))

    assert refused.returncode == 2
    assert refused.stderr == f"DATA_DIR is {file}/data, which cannot be made: Not a directory.\n"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        pytest.param("PORT", "http", "PORT is 'http'. Write a whole number from 1 to 65535.", id="port"),
        pytest.param(
            "HOST",
            "no-such-host.invalid",
            "HOST is 'no-such-host.invalid', which is no address here. Leave it out for 127.0.0.1.",
            id="host",
        ),
        pytest.param("DEBUG", "ture", "DEBUG is 'ture'. Write true or false.", id="switch"),
        pytest.param(
            "SECRET_KEY", "short", "SECRET_KEY is too short. Write at least 32 random characters.", id="key"
        ),
        pytest.param(
            "DATABASE_URL",
            "postgres://headway:secret@127.0.0.1:1/none",
            "The database could not be prepared: connection failed: connection to server at "
            '"127.0.0.1", port 1 failed: Connection refused\nDATABASE_URL says where it is.',
            id="database",
        ),
    ],
)
def test_wrong_variable_is_refused_in_a_sentence(tmp_path, name, value, sentence):
    refused = run(**bare_environment(tmp_path, free_port()) | {name: value})

    assert refused.returncode == 2
    assert refused.stderr == f"{sentence}\n"


@pytest.mark.faults
@pytest.mark.once
def test_run_stops_with_the_process_that_started_it(prepared_folder, tmp_path):
    folder, words = tmp_path / "data", tmp_path / "words"
    shutil.copytree(prepared_folder, folder)
    words.touch()  # the shell may tell the process before it has opened the file
    command = f"{sys.executable} -m portfolio.run --stop-with-parent >{words} 2>&1 & echo $!; wait"
    environment = bare_environment(folder, free_port())
    with subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as shell:
        supervisor = Path("/proc", shell.stdout.readline().strip())
        try:
            wait_for(lambda: "is running" in words.read_text(), "the site to be up")
        finally:
            shell.kill()

    wait_for(lambda: not supervisor.exists(), "the supervisor to end")
    assert words.read_text().endswith("\nStopping …\nHeadway has stopped.\n")


def test_leash_without_the_kernels_help_ends_its_command(tmp_path):
    mark = tmp_path / "pid"
    script = (
        "import os, subprocess, sys\n"
        "leash = ('from portfolio.run import leash; leash.ask_kernel = lambda: False; '\n"
        "         'leash.main(int(sys.argv[1]), sys.argv[2:])')\n"
        "subprocess.Popen([sys.executable, '-c', 'import sys; ' + leash, str(os.getpid()), '/bin/sh', '-c',\n"
        f"                 'echo $$ > {mark}; exec sleep 60']).wait()\n"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    wait_for(lambda: mark.exists() and mark.read_text().strip(), "the command to start")
    command = Path("/proc", mark.read_text().strip())
    assert command.exists()

    supervisor.kill()
    supervisor.wait()

    wait_for(
        lambda: not command.exists() or "(zombie)" in (command / "status").read_text(), "the command to end"
    )


def make_run(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "run", f"PYTHON={python}"],
        cwd=ROOT,
        env=bare_environment(folder, free_port()),  # nothing of the `make` that may run this test
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_make_names_the_pythons_it_can_use(tmp_path, version):
    other = tmp_path / "python-other"
    pretend = f"import sys; sys.version_info = {(*version, 1)}; exec(sys.argv[1])"
    other.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{pretend}' \"$2\"\n")
    other.chmod(0o755)

    refused = make_run(tmp_path, str(other))

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.splitlines()[0] == (
        f"Headway needs Python 3.11, 3.12 or 3.13, and {other} is Python {version[0]}.{version[1]}. "
        "Name another: make run PYTHON=/path/to/python3.12"
    )


def test_make_says_when_there_is_no_python(tmp_path):
    refused = make_run(tmp_path, "no-such-python")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.splitlines()[0] == (
        "Headway needs Python 3.11, 3.12 or 3.13, and there is no no-such-python here. "
        "Name one: make run PYTHON=/path/to/python3.12"
    )

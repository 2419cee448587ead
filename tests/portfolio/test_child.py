"""One supervised process: what it leaves behind, its pauses, its log."""

import itertools
import os
from pathlib import Path

import pytest

from portfolio.run import child as child_module
from portfolio.run.child import Child
from tests.portfolio.conftest import wait_for

pytestmark = pytest.mark.processes


def is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def ended(child: Child) -> str:
    child.start_when_due()
    words: list[str] = []
    wait_for(lambda: words.append(child.reap()) or words[-1], "the child to end")
    return words[-1]


def test_ended_child_takes_along_what_it_started(tmp_path):
    log = tmp_path / "log"
    code = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True); raise SystemExit(3)"
    child = Child("worker", log, "-c", code)

    assert ended(child) == "exit status 3"

    wait_for(lambda: not is_alive(int(log.read_text())), "the grandchild to end")


def test_pauses_grow_while_a_child_ends_at_once(tmp_path, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(child_module.time, "monotonic", lambda: clock[0])
    child = Child("worker", tmp_path / "log", "-c", "pass")
    starts = []

    for _ in range(6):
        child.start_when_due()
        while child._process is None:
            clock[0] += 0.5
            child.start_when_due()
        starts.append(clock[0])
        os.waitid(os.P_PID, child._process.pid, os.WEXITED | os.WNOWAIT)
        child.reap()

    assert [later - sooner for sooner, later in itertools.pairwise(starts)] == [1, 2, 4, 8, 8]
    assert child.quick_ends == 6


def test_child_that_lived_a_while_starts_its_count_anew(tmp_path, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(child_module.time, "monotonic", lambda: clock[0])
    child = Child("worker", tmp_path / "log", "-c", "pass")
    child.quick_ends = 3
    child.start_when_due()
    os.waitid(os.P_PID, child._process.pid, os.WEXITED | os.WNOWAIT)

    clock[0] += child_module.SETTLED_AFTER
    child.reap()

    assert child.quick_ends == 0


def test_large_log_is_set_aside_and_written_on(tmp_path):
    log = tmp_path / "worker.log"
    log.write_bytes(b"x" * (child_module.LARGEST_LOG + 1))
    child = Child("worker", log, "-c", "print('next')")

    child.rotate_log()
    ended(child)

    assert log.read_text() == "next\n"
    assert (tmp_path / "worker.log.1").stat().st_size == child_module.LARGEST_LOG + 1


def test_small_log_stays(tmp_path):
    log = tmp_path / "worker.log"
    log.write_text("as it was")

    Child("worker", log, "-c", "pass").rotate_log()

    assert log.read_text() == "as it was"
    assert not (tmp_path / "worker.log.1").exists()

"""Real processes of the product, each on a data folder and a port of its own."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ready import copy_ready

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0  # seconds; generous, because other tests use the same two cores
# Below those that the kernel gives to whoever connects, so that nobody takes one between here and its use.
PORTS = range(20000, 32000)


def free_port() -> int:
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(condition: Callable[[], object], what: str, within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"waited {within} s for {what}"
        time.sleep(0.1)


def bare_environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    """Return what a newcomer's shell holds, so that neither .env nor CI's variables take part."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"ENV_FILE": os.devnull, "DATA_DIR": str(folder), "PORT": str(port), "SAMPLE": "0"} | more


class Copy:
    """One running `python -m portfolio.run`, its words and its processes."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.terminal = folder.with_name(f"{folder.name}.terminal")
        self.environment = bare_environment(folder, self.port, **more)
        with self.terminal.open("w") as terminal:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portfolio.run"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def words(self) -> str:
        return self.terminal.read_text()

    def wait_until_up(self) -> "Copy":
        wait_for(lambda: "is running" in self.words or self.process.poll() is not None, "the site to be up")
        assert self.process.poll() is None, self.words
        return self

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def pids(self, *words: str) -> set[int]:
        """Return the children whose command line holds all the words, and their children."""
        mark = f"DATA_DIR={self.folder}".encode()
        found = set()
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = place.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
                is_ours = mark in place.joinpath("environ").read_bytes().split(b"\0")
                if is_ours and int(place.name) != self.process.pid and all(word in command for word in words):
                    found.add(int(place.name))
        return found

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=PATIENCE)

    def clear_away(self) -> None:
        self.process.kill()
        self.process.wait()
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory) -> Path:
    """Return a data folder with its database set up, to be copied: migrating takes longer than starting."""
    folder = tmp_path_factory.mktemp("prepared")
    copy_ready(folder / "headway.sqlite3")
    subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=ROOT,
        env=bare_environment(folder, free_port()),
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def start(tmp_path, prepared_folder) -> Iterator[Callable[..., Copy]]:
    """Return a function that starts a copy of the product; all of them end with the test."""
    copies: list[Copy] = []

    def start_copy(**more: str) -> Copy:
        folder = tmp_path / f"data{len(copies)}"
        shutil.copytree(prepared_folder, folder)
        copies.append(Copy(folder, **more))
        return copies[-1]

    yield start_copy
    for copy in copies:
        copy.clear_away()

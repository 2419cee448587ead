"""A copy of the product for one fault test: a database of its own, and processes that can be killed."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.portfolio.conftest import ROOT, free_port, wait_for
from tests.ready import copy_ready

SET_UP = "import django; django.setup()\nfrom tests.faults.worker import *\n"
KEPT = ("HOME", "LANG", "PATH")
LONG = os.environ.get("HEADWAY_LONG") == "1"  # `make faults`: the whole numbers; otherwise short ones


class Sink:
    """A mail server in a process of its own; every accepted mail is a line of its log."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "accepted.jsonl"
        self.log.touch()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.smtp_sink", str(self.port), str(self.log)],
            cwd=ROOT,
            start_new_session=True,
        )

    def accepted(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def is_up(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            return True
        return False

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


class Place:
    """One database, one mail server, and any number of workers."""

    def __init__(self, folder: Path, database_url: str, sink: Sink) -> None:
        self.folder = folder
        self.sink = sink
        self.environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {
            "HEADWAY_SINK_LOG": str(self.sink.log),
            "ENV_FILE": os.devnull,
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "portfolio.settings",
            "SITE_URL": "https://headway.example",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "SAMPLE": "false",
        }

    def run(self, *command: str, **variables: str) -> int:
        """Run `python -m tests.faults.worker …`; return how it ended."""
        with (self.folder / "worker.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker", *command],
                cwd=ROOT,
                env=self.environment | variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return process.wait(timeout=600)

    def ask(self, code: str) -> str:
        """Run code in a process that knows the product; return what it prints."""
        asked = subprocess.run(
            [sys.executable, "-c", SET_UP + code],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert asked.returncode == 0, asked.stderr
        return asked.stdout.strip()


class Engine:
    """Makes databases that are migrated, and populated, already; on the engine under test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.given = os.environ.get("DATABASE_URL", "")
        self._made = 0
        self._name = f"headway_faults_{os.getpid()}"
        self._templates: dict[tuple[int, int], str] = {}
        self._create(self._name)
        if not self.given:
            copy_ready(f"{folder}/{self._name}.sqlite3")
        self._run("manage.py", "migrate", "-v0", "--skip-checks", address=self._address(self._name))

    @contextmanager
    def database(self, people: int, pilots: int) -> Iterator[str]:
        """Give a database of its own to a test, with so many members and pilots, and no mail yet."""
        if (people, pilots) not in self._templates:
            template = f"{self._name}_of_{people}_and_{pilots}"
            self._create(template, like=self._name)
            code = f"populate({people}, {pilots})"
            self._run("-c", SET_UP + code, address=self._address(template))
            self._templates[people, pilots] = template
        self._made += 1
        name = f"{self._name}_{self._made}"
        self._create(name, like=self._templates[people, pilots])
        yield self._address(name)
        self._drop(name)

    def drop(self) -> None:
        for name in [self._name, *self._templates.values()]:
            self._drop(name)

    def _address(self, name: str) -> str:
        if self.given:
            return urlunsplit(urlsplit(self.given)._replace(path=f"/{name}"))
        return f"sqlite:///{self.folder}/{name}.sqlite3"

    def _create(self, name: str, like: str = "") -> None:
        if self.given:
            self._server(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like}"' if like else ""))
        elif like:
            # A copied file would lack what still stands in the write-ahead log.
            with closing(self._file(like)) as whole, closing(self._file(name)) as copy:
                whole.backup(copy)

    def _file(self, name: str) -> sqlite3.Connection:
        return sqlite3.connect(f"{self.folder}/{name}.sqlite3")

    def _drop(self, name: str) -> None:
        if self.given:
            self._server(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _server(self, statement: str) -> None:
        with psycopg.connect(self.given, autocommit=True) as server:
            server.execute(statement)

    def _run(self, *command: str, address: str) -> None:
        environment = {name: os.environ[name] for name in KEPT if name in os.environ} | {
            "ENV_FILE": os.devnull,
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "portfolio.settings",
        }
        subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True, capture_output=True)


__all__ = ["LONG", "Engine", "Place", "Sink", "free_port", "wait_for"]

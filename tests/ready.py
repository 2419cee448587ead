"""One database, migrated once for a whole run: its workers and the processes they start copy it.

Migrating takes eight seconds. Where several workers run the tests, the process that hands them out has it
done beside, while they collect. `migrate` runs on every copy all the same and finds nothing to do; whoever
gets an empty file (because migrating failed) migrates for itself, and says why that cannot be done.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[1]
PLACE = "HEADWAY_TESTS_READY"  # the variable that tells workers the folder
PATIENCE = 120.0  # seconds


def pytest_sessionstart(session):
    """Begin to migrate, where this process only hands out tests to others."""
    if not session.config.getoption("numprocesses", None) or hasattr(session.config, "workerinput"):
        return
    folder = os.environ[PLACE] = tempfile.mkdtemp(prefix="headway-ready-")
    session.config.add_cleanup(lambda: clear_away(making, Path(folder)))
    making = subprocess.Popen([sys.executable, "-m", "tests.ready"], cwd=ROOT)


def clear_away(making, folder):
    making.kill()
    making.wait()
    del os.environ[PLACE]
    shutil.rmtree(folder)
    if given := os.environ.get("DATABASE_URL"):
        with psycopg.connect(given, autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{folder.name}" WITH (FORCE)')


def main():
    """Migrate a SQLite file, and before it a database of PostgreSQL where the tests run on one."""
    folder = Path(os.environ[PLACE])
    if given := os.environ.get("DATABASE_URL"):
        with psycopg.connect(given, autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{folder.name}"')
        address = urlunsplit(urlsplit(given)._replace(path=f"/{folder.name}"))
        (folder / "name").write_text(folder.name if migrate(address) else "")
        (folder / "name").rename(folder / "ready.postgresql")
    made = folder / "made.sqlite3"
    if not migrate(f"sqlite:///{made}"):
        made.write_bytes(b"")
    made.rename(folder / "ready.sqlite3")


def migrate(address):
    """Migrate the database at an address; return whether that went well."""
    environment = os.environ | {"DATABASE_URL": address, "DATA_DIR": os.environ[PLACE]}
    command = [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"]
    return not subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode


def ready(kind="sqlite3"):
    """Return the file that is ready: empty if it could not be made, None where nobody makes one."""
    if PLACE not in os.environ:
        return None
    file, deadline = Path(os.environ[PLACE], f"ready.{kind}"), time.monotonic() + PATIENCE
    while not file.exists():
        if time.monotonic() > deadline:
            return None
        time.sleep(0.05)
    return file


def copy_ready(target):
    """Write what is ready to a SQLite file, if anything is. SQLite itself copies: no journal stays behind."""
    file = ready()
    if file and file.stat().st_size:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Let the database of the tests begin as a copy; pytest-django asks this before it makes one."""
    from django.db import connection

    if connection.vendor == "postgresql":
        if (file := ready("postgresql")) and (name := file.read_text()):
            connection.settings_dict["TEST"]["TEMPLATE"] = name
        return
    make = connection.creation._create_test_db

    def make_of_ready(*given):
        name = make(*given)
        copy_ready(name)
        return name

    connection.creation._create_test_db = make_of_ready


if __name__ == "__main__":
    main()

"""A database for one run of the benchmark, made and taken away; the product's own is never opened.

Each step runs in a process of its own that knows only this database, so its memory is its own too.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def scratch() -> Iterator[dict[str, str]]:
    """Give the environment of an empty database: a SQLite file, or one beside that of `DATABASE_URL`."""
    given = os.environ.get("DATABASE_URL", "")
    with tempfile.TemporaryDirectory(prefix="headway-bench-") as folder:
        plain = {"DATA_DIR": folder, "ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "portfolio.settings"}
        if not given.startswith(("postgres://", "postgresql://")):
            yield os.environ | plain | {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
            return
        name = sql.Identifier(f"headway_bench_{os.getpid()}")
        with psycopg.connect(given, autocommit=True) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            address = urlunsplit(urlsplit(given)._replace(path=f"/headway_bench_{os.getpid()}"))  # noqa: SLF001 -- documented
            yield os.environ | plain | {"DATABASE_URL": address}
        finally:
            with psycopg.connect(given, autocommit=True) as server:
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def run(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a step in a process of its own; return what it prints."""
    done = subprocess.run(  # noqa: S603 -- our own steps
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout

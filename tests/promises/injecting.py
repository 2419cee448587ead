"""Dies after each SQL statement of a request in turn, and compares the database with what it was before.

`Injector` stands between a test's client and the product: the first time a test writes through an
address, the same request is sent once per statement, and each time the process “dies” right after that
statement. What is found is undone, then the request goes through as the test meant it. So every write a
test makes is a fault test too, and no list of addresses has to be kept by hand.

As a plugin (`-p tests.promises.injecting`) it goes with a whole run of pytest; HEADWAY_INJECTED names a
file that gets one line per address.
"""

import copy
import hashlib
import os
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import Resolver404, resolve

SAFE = {"GET", "HEAD", "OPTIONS"}
WRITES = ("INSERT", "UPDATE", "DELETE")
NOT_OURS = {"django_session", "django_migrations", "sqlite_sequence"}  # sessions are of the browser
# Signing in counts tries in the cache, and after an invitation it follows what was accepted; a file that is
# brought is kept first and looked through later, and whoever brought it sees which of the two it is.
SKIPPED = ("accounts/", "people/accept/", "pilots/import/", "api/v1/^imports/")


class Died(BaseException):
    """The process ended here. No `except Exception` hears of it, as none hears of a kill."""


def fingerprint():
    """Return a digest of every row of every table."""
    digest = hashlib.blake2b()
    tables = sorted(set(connection.introspection.table_names()) - NOT_OURS)
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
            digest.update(table.encode() + repr(cursor.fetchall()).encode())
    return digest.digest()


@contextmanager
def undone():
    """Undo all of the block, even after something died half-way."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


class Watch:
    """Notes each statement of a request, and dies after one of them."""

    def __init__(self, dies_after=None):
        self.statements = []
        self._dies_after = dies_after

    def __call__(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        self.statements.append(sql)
        if len(self.statements) == self._dies_after:
            raise Died
        return result


class Injector:
    """Tries every write of a client; `faults` names what was left half-done."""

    def __init__(self, *, times=1, every_statement=False):
        self.times = times
        self.every_statement = every_statement
        self.tried = Counter()
        self.seen = Counter()
        self.faults = []
        self._is_busy = False

    @contextmanager
    def between(self):
        """Stand between clients and the product for as long as the block runs."""
        real = Client.generic

        def generic(client, method, path, *args, **kwargs):
            def send():
                return real(client, method, path, *args, **kwargs)

            if method not in SAFE and connection.in_atomic_block and not self._is_busy:
                self._is_busy = True
                try:
                    self._try(client, method, path, send)
                finally:
                    self._is_busy = False
            return send()

        Client.generic = generic
        try:
            yield self
        finally:
            Client.generic = real

    def _try(self, client, method, path, send):
        name = f"{method} {_route(path)}"
        if self.seen[name] >= self.times or name.split(" ")[1].startswith(SKIPPED):
            return
        cookies = copy.deepcopy(client.cookies)
        before = fingerprint()
        statements = self._statements(send, before)
        client.cookies = copy.deepcopy(cookies)
        if not statements:
            return
        self.seen[name] += 1
        # After the last write all of it may be there: what is read then is for the answer.
        last = max(number for number, sql in enumerate(statements, 1) if _writes(sql))
        for number, sql in enumerate(statements[:last], 1):
            if self.every_statement or _writes(sql):
                if self._is_half_done(send, number, before):
                    self.faults.append(f"{name} died after statement {number}: {sql[:120]}")
                self.tried[name] += 1
                client.cookies = copy.deepcopy(cookies)

    def _statements(self, send, before):
        """Return what the request says to the database, nothing when it is refused or changes nothing."""
        watch = Watch()
        with undone():
            try:
                with connection.execute_wrapper(watch):
                    response = send()
            except Exception:  # noqa: BLE001 -- it belongs to the test, which sends it again
                return []
            if response.status_code >= 400 or fingerprint() == before:
                return []
        return watch.statements

    def _is_half_done(self, send, number, before):
        with undone():
            try:
                with connection.execute_wrapper(Watch(dies_after=number)):
                    send()
            except Died:
                transaction.set_rollback(False)  # look before all of it is undone
            return fingerprint() != before


def _writes(sql):
    return sql.lstrip().upper().startswith(WRITES) and not any(f'"{table}"' in sql for table in NOT_OURS)


def _route(path):
    try:
        return resolve(path.split("?")[0]).route
    except Resolver404:
        return path


@pytest.fixture(autouse=True)
def every_write_dies_everywhere(request):
    """As a plugin: each test's writes die after each of their statements."""
    where = os.environ.get("HEADWAY_INJECTED")
    injector = _OF_ALL
    if not where or request.node.get_closest_marker("faults"):
        yield
        return
    known = Counter(injector.tried)
    with injector.between():
        yield
    new = injector.tried - known
    if new:
        with Path(where).open("a") as file:
            file.writelines(f"{count} {name}\n" for name, count in new.items())
    found, injector.faults[:] = list(injector.faults), []
    assert found == [], "\n".join(found)


_OF_ALL = Injector(every_statement=os.environ.get("HEADWAY_LONG") == "1")

"""Lets many reads see the database as it stood at one moment, without keeping anybody from writing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[None]:
    """Read what the first query saw, whatever is written meanwhile; nothing may be written within.

    Inside a transaction that is open already its own isolation holds: nothing can change it by then.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with _without_lock(), transaction.atomic():
            yield
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


@contextmanager
def _without_lock() -> Iterator[None]:
    """Begin without the lock that the settings take for writers: WAL gives every reader its moment."""
    sqlite: Any = connection  # the name is of this engine alone
    mode = sqlite.transaction_mode
    sqlite.transaction_mode = "DEFERRED"
    try:
        yield
    finally:
        sqlite.transaction_mode = mode

"""The doorbell as this floor knows it: the roof says what a ring is, and here one asks for it."""

from collections.abc import Callable

from django.db import connection, transaction

_RINGS: list[Callable[[], object]] = []


def answer_with(ring: Callable[[], object]) -> None:
    """Let `ring` be what happens. The roof calls this when the site starts."""
    _RINGS[:] = [ring]


def ring_soon() -> None:
    """Have the jobs look at once, after the commit, where somebody waits for a mail.

    However often it is asked for, a transaction rings once. A ring that fails or is lost costs nobody
    anything but the time until the next one, within a minute.
    """
    waiting = {function for _, function, *_ in connection.run_on_commit}
    if _ring not in waiting:
        transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    for ring in _RINGS:
        ring()

"""Looks at pilots by the rules after they changed, once their change is committed."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.db import transaction

from pilots.actions.bell import ring_soon
from pilots.actions.job import offer_run
from pilots.actions.judge import check_pilots
from pilots.actions.requirement import settle_requirements

AT_ONCE = 500  # pilots looked at while somebody waits: a tenth of a second
SCAN = "rules"  # the job that looks at everybody

_LATER: ContextVar[bool] = ContextVar("checks come later", default=False)


def check_after_commit(ids: Sequence[int], *, at: datetime, settled: Collection[int] = ()) -> None:
    """Ask the rules about these pilots after the commit. If that fails, the hourly scan does it.

    Where they are many, nobody waits for it: a scan is put down to begin at once. It also counts what
    is widespread among them, which a check leaves as it was. Of `settled` the requirements are not looked
    at: nothing they read changed.
    """
    if not ids or _LATER.get():
        return
    if len(ids) > AT_ONCE:
        offer_run(SCAN, f"{SCAN}:{at.isoformat()}", at)
        ring_soon()
        return
    changed = tuple(ids)
    unsettled = tuple(pk for pk in ids if pk not in settled)

    def look() -> None:  # a function with a name: Django writes it down when it fails
        check_pilots(changed, at=at)
        if unsettled:
            settle_requirements(unsettled, at=at)

    transaction.on_commit(look, robust=True)


@contextmanager
def checking_later() -> Iterator[None]:
    """Leave the rules alone inside the block, for whoever changes many pilots and scans at the end."""
    token = _LATER.set(True)
    try:
        yield
    finally:
        _LATER.reset(token)

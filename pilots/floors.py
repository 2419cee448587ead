"""The groups of facts beside the named ones, of this floor (`pilots.known`) and of upper floors.

They are registered when the site starts. A reader takes the facts so far and the day it is in each pilot's
program, and returns its own by pilot; one that is left out knows nothing.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import date
from typing import TypeVar

from pilots.rules.facts import Facts

Floor = Callable[[Sequence[Facts], Mapping[int, date]], Mapping[int, object]]
FLOORS: dict[type, Floor] = {}

# Readers that are prepared for many days at once: for these pilots, from the first to the last day. They
# answer in memory what the reader of the same group asks the database; a group without one is read per day.
Prepare = Callable[[Sequence[int], date, date], Floor]
REPLAYS: dict[type, Prepare] = {}


KeptT = TypeVar("KeptT")
_KEPT: ContextVar[dict[type, object] | None] = ContextVar("kept_for_one_look", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Let readers keep what is the same for all pilots until its end: one look takes many chunks."""
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


def kept(kind: type[KeptT]) -> KeptT:
    """Return what a reader keeps for this look, empty at its start; outside of one nothing is kept."""
    memory = _KEPT.get()
    if memory is None:
        return kind()
    found = memory.setdefault(kind, kind())
    if not isinstance(found, kind):
        raise TypeError(f"{found!r} is kept as {kind}.")
    return found


def readers_of(floors: Container[type] | None) -> dict[type, Floor]:
    """Return the readers of the groups that are asked for; all of them unless said."""
    return {kind: read for kind, read in FLOORS.items() if floors is None or kind in floors}


def prepared_readers(
    floors: Container[type] | None, pilots: Sequence[int], first: date, last: date
) -> dict[type, Floor]:
    """Return readers of the groups for many days: the prepared ones, where there are any."""
    return {
        kind: REPLAYS[kind](pilots, first, last) if kind in REPLAYS else read
        for kind, read in readers_of(floors).items()
    }


def with_floors(
    facts: Sequence[Facts], days: Mapping[int, date], readers: Mapping[type, Floor]
) -> list[Facts]:
    """Add what the readers know; `days` is each pilot's day in its program."""
    if not readers:
        return list(facts)
    known: dict[int, dict[type, object]] = {fact.pilot_id: {} for fact in facts}
    for kind, read in readers.items():
        for pk, found in read(facts, days).items():
            known[pk][kind] = found
    return [replace(fact, floors=known[fact.pilot_id]) for fact in facts]

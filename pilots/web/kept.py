"""Keeps for ten minutes what takes long to count, each reader's own, until anything changes."""

import hashlib
import logging
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.db.models import Max

from pilots.access.models import Event, User
from pilots.models import Heartbeat, RuleSetting

log = logging.getLogger(__name__)

SECONDS = 600
KeptT = TypeVar("KeptT")


def kept_for(reader: User, what: str, of: object, make: Callable[[], KeptT]) -> KeptT:
    """Return what was made for this reader and these values before, or make it; `repr` tells values apart.

    Whatever is told as an event, a new limit or a look of the rules at everybody begins anew. What none
    of them tells (somebody signed in, an older event that was written down later) shows after ten minutes.
    Three queries. A cache that is not there keeps nothing.
    """
    key = f"{what}:{_digest(reader, of)}"
    try:
        found: KeptT | None = cache.get(key)
    except Exception:  # whatever is wrong with the cache, the page is there
        log.exception("The cache could not be read")
        return make()
    if found is None:
        found = make()
        try:
            cache.set(key, found, SECONDS)
        except Exception:  # it was made all the same; the next reader makes it anew
            log.exception("The cache could not be written")
    return found


def _digest(reader: User, of: object) -> str:
    sees = (reader.pk, reader.is_administrator, reader.is_executive, reader.is_sample, _reach(reader))
    beat = Heartbeat.objects.filter(job="rules").order_by("job").values_list("beat_at", flat=True).first()
    newest = (_newest(Event), _newest(RuleSetting), beat)
    return hashlib.sha256(repr((sees, newest, of)).encode()).hexdigest()


def _reach(reader: User) -> object:
    if reader.reach is None:
        return None
    parts = (reader.reach.programs, reader.reach.pilots)
    return [None if part is None else sorted(part) for part in parts]


def _newest(model: type[Event] | type[RuleSetting]) -> int | None:
    newest: int | None = model.objects.aggregate(newest=Max("pk"))["newest"]
    return newest

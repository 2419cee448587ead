"""Remembers when a person last looked, so that a page can say what is new to them.

Kept for one's own eyes and told to nobody, so it leaves no event: it is not what anybody did to a pilot.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.http import HttpRequest

from pilots.access.models import User
from portfolio.visits.models import Visit

PREFETCH = ("Sec-Purpose", "Purpose", "X-Moz")
PATIENCE = 500  # milliseconds in which others that write may end

log = logging.getLogger(__name__)


def visited(user: User, page: str, today: date) -> date | None:
    """Note that a person opened a page; return the day of their visit before today's, None on a first one.

    Several visits on one day are one: what was new in the morning still is in the afternoon. A clock that
    went back changes nothing.
    """
    visit, is_first = Visit.objects.get_or_create(user=user, page=page, defaults={"last_on": today})
    if is_first:
        return None
    if visit.last_on < today:
        # Of two that come at once, the second finds the day already noted.
        with transaction.atomic():
            noted = Visit.objects.filter(pk=visit.pk, last_on__lt=today)
            noted.update(previous_on=F("last_on"), last_on=today)
    return visit.before(today)


def note(user: User, page: str, today: date) -> None:
    """Note a visit if that costs the page nothing: while others write it is lost, and said in the log.

    Call it once the numbers are there.
    """
    try:
        with _in_a_hurry():
            visited(user, page, today)
    except DatabaseError:
        log.warning("A visit of %s was not noted.", page, exc_info=True)


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    """Wait for a lock on SQLite, where writers queue, for a moment only; PostgreSQL locks the one row."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        (before,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {int(before)}")


def last_visit(user: User, page: str) -> Visit | None:
    """Return what is noted of a page, without noting anything."""
    return Visit.objects.filter(user=user, page=page).first()


def seen_before(user: User, page: str, today: date) -> date | None:
    """Return the day of the visit before today's, without noting anything."""
    visit = last_visit(user, page)
    return visit.before(today) if visit else None


def is_visit(request: HttpRequest) -> bool:
    """Tell whether somebody opened the page; a swap, a HEAD or a fetch in advance is no visit."""
    is_part = bool(request.headers.get("HX-Request")) and not request.headers.get(
        "HX-History-Restore-Request"
    )
    is_ahead = any("prefetch" in request.headers.get(name, "") for name in PREFETCH)
    return request.method == "GET" and not is_part and not is_ahead

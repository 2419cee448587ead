"""Remembers when a person last looked, so that a page can say what is new to them.

Kept for one's own eyes and told to nobody, so it leaves no event: it is not what anybody did to a pilot.
"""

from datetime import date

from django.db.models import F
from django.http import HttpRequest

from pilots.access.models import User
from portfolio.visits.models import Visit

PREFETCH = ("Sec-Purpose", "Purpose", "X-Moz")


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
        noted = Visit.objects.filter(pk=visit.pk, last_on__lt=today)
        noted.update(previous_on=F("last_on"), last_on=today)
        return visit.last_on
    return visit.previous_on


def seen_before(user: User, page: str, today: date) -> date | None:
    """Return the same day without noting anything."""
    visit = Visit.objects.filter(user=user, page=page).first()
    if visit is None:
        return None
    return visit.last_on if visit.last_on < today else visit.previous_on


def is_visit(request: HttpRequest) -> bool:
    """Tell whether somebody opened the page; a swap, a HEAD or a fetch in advance is no visit."""
    is_part = bool(request.headers.get("HX-Request")) and not request.headers.get(
        "HX-History-Restore-Request"
    )
    is_ahead = any("prefetch" in request.headers.get(name, "") for name in PREFETCH)
    return request.method == "GET" and not is_part and not is_ahead

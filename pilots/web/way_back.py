"""Where a form leads back to: the page it was opened from, as long as that page is one of ours."""

import re

from django.utils.http import url_has_allowed_host_and_scheme

from pilots.web.http import UserRequest

NAME = "next"
THEN = "then"  # names a place on that page: where somebody goes on who has done what they came for
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,40}")


def way_back(request: UserRequest, default: str) -> str:
    """Return the address the form carries, if it stays on this site; else `default`."""
    asked = request.POST.get(NAME) or request.GET.get(NAME, "")
    # Only a path of our own: an address that begins with two slashes names another host.
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(
        asked, allowed_hosts=None, require_https=request.is_secure()
    )
    return asked if is_ours else default


def place_after(request: UserRequest) -> str:
    """Return the place at which the form says that one goes on; empty where it names none."""
    asked = request.POST.get(THEN) or request.GET.get(THEN, "")
    return asked if _PLACE.fullmatch(asked) else ""


def way_on(request: UserRequest, default: str) -> str:
    """Return the way back at the place where one goes on: after the deed, not after leaving it be."""
    back, place = way_back(request, default), place_after(request)
    return f"{back.partition('#')[0]}#{place}" if place else back

"""What is refused before anything else looks at it, who may keep a page, and the zone of its times."""

import zoneinfo
from collections.abc import Callable
from datetime import UTC, tzinfo

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control

GetResponse = Callable[[HttpRequest], HttpResponse]


def refuse_bad_addresses(get_response: GetResponse) -> GetResponse:
    """Answer 400 to an address with a NUL in it: PostgreSQL cannot compare one and would fail later."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The address holds a NUL character.")
        return get_response(request)

    return middleware


def read_times_in_own_zone(get_response: GetResponse) -> GetResponse:
    """Show times in the zone of the person who reads; days of a pilot follow its program's zone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            with timezone.override(_zone(request.user.zone)):
                return get_response(request)
        return get_response(request)

    return middleware


def _zone(name: str) -> tzinfo:
    """Return a zone by its name; UTC where this machine does not know it (any more)."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def keep_pages_private(get_response: GetResponse) -> GetResponse:
    """Let no cache, on the way or in the browser, keep a page that was made for somebody signed in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and response.headers.get("Content-Type", "").startswith("text/html"):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware

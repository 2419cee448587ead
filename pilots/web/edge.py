"""What is refused before anything else looks at it, and the zone in which a person reads times."""

import zoneinfo
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

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
            with timezone.override(zoneinfo.ZoneInfo(request.user.zone)):
                return get_response(request)
        return get_response(request)

    return middleware

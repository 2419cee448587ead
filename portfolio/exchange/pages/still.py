"""Answers pages that wait for the worker."""

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from pilots.web.http import UserRequest
from portfolio.exchange.models import Import
from portfolio.exchange.waiting import waiting


def still_working(request: UserRequest, import_: Import) -> HttpResponse | None:
    """Return nothing new (204) while the words are those shown, other words, or None at the end."""
    working = waiting(import_, timezone.now())
    if not working:
        return None
    if request.GET.get("shown") == working:
        return HttpResponse(status=204)
    context = {"working": working, "address": request.path}
    return HttpResponse(render_to_string("exchange/partials/working.html", context, request))

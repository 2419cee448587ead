"""Requests as views see them: LoginRequiredMiddleware lets nobody else through."""

from django.http import HttpRequest
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from pilots.access.models import Source, User
from pilots.actions.by import By


class UserRequest(HttpRequest):
    """A request of a signed-in person."""

    user: User
    htmx: HtmxDetails


def by_web(request: UserRequest) -> By:
    """Return who acts, for a change asked for in the browser."""
    return By(user=request.user, at=timezone.now(), source=Source.WEB)

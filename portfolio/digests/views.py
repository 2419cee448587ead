"""The page about one's own digest, and the one that stops it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pilots.access.models import Source, User
from pilots.access.models.user import zone_names
from pilots.actions.by import By
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from portfolio.digests.actions import set_preferences, unsubscribe
from portfolio.digests.forms import PreferencesForm
from portfolio.digests.links import Unreadable, read_unsubscribe
from portfolio.digests.models import setting_of
from portfolio.digests.page import DigestPage


@require_http_methods(["GET", "HEAD", "POST"])
def digest(request: UserRequest) -> HttpResponseBase:
    """Show what somebody would get now, and let them choose when and of what."""
    page = DigestPage(request.user, timezone.now())
    posted = request.POST if request.method == "POST" else None
    form = PreferencesForm(posted, person=request.user, setting=page.setting)
    if form.is_valid() and carried_out(
        form, lambda: set_preferences(request.user, form.preferences, by=by_web(request))
    ):
        messages.success(request, "Your digest was saved.")
        return redirect("digests:digest")
    context = {"page": page, "form": form, "zones": sorted(zone_names())}
    return TemplateResponse(request, "digests/digest.html", context)


@csrf_exempt  # a mail program posts it, without a cookie of ours; the signed link is the proof
@login_not_required
@require_http_methods(["GET", "HEAD", "OPTIONS", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; only a POST stops the digest (RFC 8058). Whoever scans the link changes nothing."""
    person = _person(token)
    context: dict[str, Any] = {"person": person, "is_stopped": False, "token": token}
    if person is None:
        return _shown(request, context, status=400)
    if request.method == "POST":
        unsubscribe(person, by=By(user=None, at=timezone.now(), source=Source.REPLY))
    context["is_stopped"] = not setting_of(person).is_on
    return _shown(request, context)


def _shown(request: HttpRequest, context: dict[str, Any], status: int = 200) -> TemplateResponse:
    response = TemplateResponse(request, "digests/stop.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "private, no-store"
    return response


def _person(token: str) -> User | None:
    try:
        link = read_unsubscribe(token)
    except Unreadable:
        return None
    return User.objects.filter(pk=link.user_id).first()

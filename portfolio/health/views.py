"""For balancers, containers and the person who wonders: is it alive, can it serve?"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portfolio.health import checks


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer "ok" as long as this process answers at all. Asks nothing of the database."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when people can be served and 503 when not, with each check in words.

    Late jobs do not take the site away from people, so they are told and stay 200.
    """
    findings = checks.look(timezone.now())
    is_ready = checks.is_ready(findings)
    told = {finding.name: {"ok": finding.ok, "words": finding.words} for finding in findings}
    return JsonResponse({"ready": is_ready, "checks": told}, status=200 if is_ready else 503)

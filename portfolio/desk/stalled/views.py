"""The page of what is stuck."""

from django.http import Http404, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots.access.models import Program
from pilots.web.http import UserRequest
from portfolio.desk.stalled.page import StalledPage


@require_safe
def stalled(request: UserRequest) -> HttpResponseBase:
    program = request.GET.get("program", "")
    if program and not Program.objects.visible_to(request.user).filter(slug=program).exists():
        raise Http404
    page = StalledPage(request.user, asked=request.GET, now=timezone.now())
    return TemplateResponse(request, "stalled/stalled.html", {"page": page})

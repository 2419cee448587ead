"""The page of what is stuck."""

from django.http import Http404, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots.access.models import Program
from pilots.web.http import UserRequest
from portfolio.desk.stalled.page import StalledPage
from portfolio.findings.read import read_findings


@require_safe
def stalled(request: UserRequest) -> HttpResponseBase:
    program = request.GET.get("program", "")
    if program and not Program.objects.visible_to(request.user).filter(slug=program).exists():
        raise Http404
    now = timezone.now()
    page = StalledPage(request.user, asked=request.GET, now=now)
    findings = None
    if not page.problems and not page.scope.is_empty:
        findings = read_findings(page.scope.counted, at=now, program=program)
    return TemplateResponse(request, "stalled/stalled.html", {"page": page, "findings": findings})

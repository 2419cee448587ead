"""The page of Pace."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from pilots.models import Pilot
from pilots.web.http import UserRequest
from portfolio.dashboards.filters import FunnelFilterSet
from portfolio.dashboards.refusal import Refusal
from portfolio.pace.page import PacePage, not_understood


@require_safe
def pace(request: UserRequest) -> HttpResponse:
    """Show one view of the pace; while the address cannot be read, what needs another look and no number."""
    filters = FunnelFilterSet(request.GET, Pilot.objects.visible_to(request.user), request=request)
    problems = not_understood(request.GET)
    page = None
    if filters.is_valid() and not problems:
        page = PacePage(request.user, filters, request.GET.get("view", ""))
    is_swap = bool(request.htmx) and not request.htmx.history_restore_request
    template = "pace/partials/pace.html" if is_swap else "pace/pace.html"
    refusal = None if page else Refusal(request.GET, filters.form, problems, path=reverse("pace:pace"))
    response = TemplateResponse(request, template, {"page": page, "refusal": refusal})
    patch_vary_headers(response, ["HX-Request"])
    return push_url(response, page.address.here) if is_swap and page else response

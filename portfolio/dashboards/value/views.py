"""The value page."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from pilots.models import Pilot
from pilots.web.http import UserRequest
from portfolio.dashboards.value.filters import ValueFilterSet
from portfolio.dashboards.value.page import ValuePage, not_understood


@require_safe
def value(request: UserRequest) -> HttpResponse:
    """Show what the pilots are worth; while the address cannot be read, what needs another look."""
    filters = ValueFilterSet(request.GET, Pilot.objects.visible_to(request.user), request=request)
    problems = not_understood(request.GET)
    asked = request.GET.get("page", "")
    page = ValuePage(request.user, filters, page=asked) if filters.is_valid() and not problems else None
    context = {"page": page, "form": filters.form, "problems": problems}
    return TemplateResponse(request, "dashboards/value.html", context)

"""The dashboards' pages."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from pilots.models import Pilot
from pilots.web.http import UserRequest
from portfolio.dashboards.comparison import asked_by, not_understood
from portfolio.dashboards.filters import FunnelFilterSet
from portfolio.dashboards.page import FunnelPage
from portfolio.dashboards.refusal import Refusal
from portfolio.visits.actions import is_visit, last_visit, note


@require_safe
def funnel(request: UserRequest) -> HttpResponse:
    """Show the funnel; while the address cannot be read, what needs another look and no number."""
    filters = FunnelFilterSet(request.GET, Pilot.objects.visible_to(request.user), request=request)
    problems = not_understood(request.GET)
    is_readable = filters.is_valid() and not problems
    page, today = None, timezone.localdate()
    visit = last_visit(request.user, "funnel") if is_readable else None
    if is_readable:
        seen_on = visit.before(today) if visit else None
        page = FunnelPage(request.user, filters, seen_on=seen_on, by=asked_by(request.GET))
    is_swap = bool(request.htmx) and not request.htmx.history_restore_request
    template = "dashboards/partials/funnel.html" if is_swap else "dashboards/funnel.html"
    refusal = (
        None if page else Refusal(request.GET, filters.form, problems, path=reverse("dashboards:funnel"))
    )
    response = TemplateResponse(request, template, {"page": page, "refusal": refusal})
    if page and is_visit(request) and (visit is None or visit.last_on < today):
        response.add_post_render_callback(lambda _: note(request.user, "funnel", today))
    patch_vary_headers(response, ["HX-Request"])
    # A form sends its empty fields too; the address to keep and share is the one without them.
    return push_url(response, page.address.here) if is_swap and page else response

"""The timeline: the plans of many pilots on one axis."""

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from pilots.web.http import UserRequest
from pilots.web.timeline import Timeline


@require_safe
def pilot_timeline(request: UserRequest) -> HttpResponseBase:
    timeline = Timeline(request)
    if timeline.has_blanks and not request.htmx:
        return redirect(timeline.address)
    is_swap = bool(request.htmx) and not request.htmx.history_restore_request
    name = "pilots/partials/pilot_timeline.html" if is_swap else "pilots/pilot_timeline.html"
    response = TemplateResponse(request, name, {"listing": timeline})
    patch_vary_headers(response, ["HX-Request"])
    return push_url(response, timeline.address) if is_swap and timeline.has_blanks else response

"""The page with the list of pilots."""

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from pilots.web.http import UserRequest
from pilots.web.listing import Listing


@require_safe
def pilot_list(request: UserRequest) -> HttpResponseBase:
    listing = Listing(request)
    if listing.has_blanks and not request.htmx:
        return redirect(listing.address)
    is_swap = bool(request.htmx) and not request.htmx.history_restore_request
    template = "pilots/partials/pilot_table.html" if is_swap else "pilots/pilot_list.html"
    response = TemplateResponse(request, template, {"listing": listing})
    patch_vary_headers(response, ["HX-Request"])
    return push_url(response, listing.address) if is_swap and listing.has_blanks else response

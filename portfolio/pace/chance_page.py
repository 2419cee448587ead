"""The page of a pilot's chance; the pilot's own page fetches it as a part of itself."""

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from pilots.views.find import find_pilot
from pilots.web.head import PilotHead
from pilots.web.http import UserRequest
from portfolio.pace.chance import chance_of
from portfolio.pace.chance_words import tell_chance


@require_safe
def pilot_chance(request: UserRequest, key: str) -> HttpResponseBase:
    pilot, relation = find_pilot(request, key)
    found = chance_of(pilot, request.user, pilot.program.today(timezone.now()))
    context = {"pilot": pilot, "chance": tell_chance(found)}
    if request.htmx and not request.htmx.history_restore_request:
        response = TemplateResponse(request, "pace/partials/chance.html", context)
    else:
        head = PilotHead(pilot, relation, tab="pilots:pilot_detail", reader=request.user)
        response = TemplateResponse(request, "pace/chance.html", {**context, "head": head})
    patch_vary_headers(response, ["HX-Request"])
    return response

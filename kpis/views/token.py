"""A token with which a tool sends readings of one pilot, and the line that sends the first."""

import json

from django.conf import settings
from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from kpis.forms.token import ReadingsTokenForm
from kpis.models import Kpi
from kpis.terms import Provenance
from pilots.access.models import ApiToken
from pilots.access.permissions import Deed
from pilots.actions.account import create_token
from pilots.actions.change import require
from pilots.models import Pilot
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.spoken import spoken
from pilots.web.token_rows import TokenRow, token_rows

EXAMPLE = "12345"  # a number nobody takes for theirs


@require_http_methods(["GET", "POST"])
@translating
def readings_token(request: UserRequest, key: str) -> HttpResponseBase:
    """Make a token that sends readings of this pilot and nothing else; show it this once."""
    pilot, relation = find_pilot(request, key)
    require(Deed.MEASURE, relation)
    kpis = list(Kpi.objects.in_use().filter(pilot=pilot).order_by("-is_primary", "name", "pk"))
    if not kpis or pilot.is_ended:
        return TemplateResponse(request, "kpis/reading_none.html", {"pilot": pilot})
    form = ReadingsTokenForm(request.POST if request.method == "POST" else None, pilot=pilot, kpis=kpis)
    if form.is_valid():
        made: list[tuple[ApiToken, str]] = []
        if carried_out(form, lambda: made.append(_made(request, pilot, form))):
            token, secret = made[0]
            context = {
                "pilot": pilot,
                "secret": secret,
                "line": curl(pilot, form.chosen, secret),
                "kpi": form.chosen,
                "until": _until(token),
            }
            response = TemplateResponse(request, "kpis/token_made.html", context)
            add_never_cache_headers(response)
            return response
    context = {"pilot": pilot, "form": form, "rows": _rows(request, pilot)}
    return TemplateResponse(request, "kpis/token_new.html", context)


def _made(request: UserRequest, pilot: Pilot, form: ReadingsTokenForm) -> tuple[ApiToken, str]:
    return create_token(
        user=request.user,
        name=form.cleaned_data["name"],
        scopes={"measure"},
        pilot_ids=[pilot.pk],
        lifetime=form.lifetime,
        by=by_web(request),
    )


def _until(token: ApiToken) -> str:
    """Return the day on which it ends, such as “Fri 19 Feb 2027”; empty where it does not."""
    return spoken(timezone.localdate(token.expiry), timezone.localdate()) if token.expiry else ""


def curl(pilot: Pilot, kpi: Kpi, secret: str) -> str:
    """Return the line that sends a reading; its number is an example, and counts for nothing."""
    body = json.dumps({"value": EXAMPLE, "provenance": Provenance.DEMO.value})
    address = f"{settings.SITE_URL}/api/v1/pilots/{pilot.key}/kpis/{kpi.code}/measurements/"
    headers = f"-H 'Authorization: Bearer {secret}' -H 'Content-Type: application/json'"
    return f"curl {address} {headers} -d '{body}'"


def _rows(request: UserRequest, pilot: Pilot) -> list[TokenRow]:
    """Return one's own tokens that send readings of this pilot."""
    own = ApiToken.objects.filter(user=request.user, may_measure=True).order_by("-created", "token_key")
    here = [token for token in own if pilot.pk in token.pilot_ids]
    return token_rows(here, request.user, now=timezone.now())

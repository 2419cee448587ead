"""The address at which the value page leaves as a file."""

from django.core.exceptions import BadRequest
from django.http import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from pilots.actions.export import Export, record_export
from pilots.models import Pilot
from pilots.web.http import UserRequest, by_web
from portfolio.dashboards.value.filters import ValueFilterSet
from portfolio.dashboards.value.page import ValuePage, not_understood
from portfolio.exchange.export.answer import PARAMETER, answer, file_name, wanted_kind
from portfolio.exchange.export.value import value_table


@require_GET
def value_export(request: UserRequest) -> HttpResponseBase:
    """Write down who took it, and send the pilots that the page lists."""
    kind = wanted_kind(request.GET)
    asked = request.GET.copy()
    asked.pop(PARAMETER, None)
    filters = ValueFilterSet(asked, Pilot.objects.visible_to(request.user), request=request)
    if not_understood(asked) or not filters.is_valid():
        raise BadRequest("The address asks for what Value does not know. Open the page and choose again.")
    page = ValuePage(request.user, filters)
    program = filters.form.cleaned_data.get("program")
    lines = page.listed_lines
    export = Export(list="value", format=kind.value, rows=len(lines), asked=page.query, program=program)
    record_export(export, by=by_web(request))
    name = file_name("value", kind, on=timezone.localdate(), program=program.slug if program else "")
    return answer(value_table(lines), kind, name)

"""The address at which the numbers of Pace leave as a file."""

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from pilots.actions.export import Export, record_export
from pilots.models import Pilot
from pilots.web.http import UserRequest, by_web
from portfolio.dashboards.filters import FunnelFilterSet
from portfolio.exchange.export.answer import PARAMETER, FileKind, answer, file_name, wanted_kind, workbook
from portfolio.exchange.export.pace import PaceFile
from portfolio.exchange.export.unmade import unmade
from portfolio.pace.page import BY_CODE, VIEW, not_understood
from portfolio.pace.reading import Reading
from portfolio.pace.sections.all import SECTIONS


@require_GET
def pace_export(request: UserRequest) -> HttpResponseBase:
    """Write down who took it, and send the tables of a view, of all where none is named."""
    kind = wanted_kind(request.GET)
    asked = request.GET.copy()
    asked.pop(PARAMETER, None)
    filters = FunnelFilterSet(asked, Pilot.objects.visible_to(request.user), request=request)
    problems = not_understood(asked)
    if problems or not filters.is_valid():
        shown = f"{reverse('pace:pace')}?{asked.urlencode()}"
        return unmade(request, shown, form=filters.form, problems=problems)
    view = asked.get(VIEW, "")
    file = PaceFile(Reading(request.user, filters), [BY_CODE[view]] if view else SECTIONS)
    program = filters.form.cleaned_data.get("program")
    export = Export(list="pace", format=kind.value, rows=file.rows, asked=asked.urlencode(), program=program)
    record_export(export, by=by_web(request))
    what = f"pace-{view}" if view else "pace"
    name = file_name(what, kind, on=timezone.localdate(), program=program.slug if program else "")
    return answer(file.table(), kind, name) if kind is FileKind.CSV else workbook(file.fill, name)

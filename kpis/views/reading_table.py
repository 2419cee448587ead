"""A table of readings: pasted or as a file, looked through, then saved whole or not at all."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from kpis.actions.measurement import record_readings
from kpis.actions.reading_table import ReadingTable, look_through, take_apart
from kpis.forms.reading_table import MOST_BYTES, TOO_LONG, ReadingTableForm
from kpis.models import Kpi
from kpis.web.reading_table import Preview, preview_of, said_of_saved
from pilots.access.permissions import Deed
from pilots.actions.by import By, Refused
from pilots.actions.change import require
from pilots.models import Pilot
from pilots.views.find import find_pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating

MOST_SENT = 4 * MOST_BYTES  # beyond it nothing is even read


@csrf_exempt  # only until it is known that the request is not too large: reading the token reads all of it
@require_http_methods(["GET", "POST"])
@translating
def readings_table(request: UserRequest, key: str) -> HttpResponseBase:
    """Take a table, say what is understood of it, and save what was looked at."""
    pilot, relation = find_pilot(request, key)
    require(Deed.MEASURE, relation)
    kpis = list(Kpi.objects.in_use().filter(pilot=pilot).order_by("-is_primary", "name", "pk"))
    if not kpis or pilot.is_ended:
        return TemplateResponse(request, "kpis/reading_none.html", {"pilot": pilot})
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isascii() and length.isdigit() and int(length) > MOST_SENT:
        return _too_long(request, pilot, kpis)
    try:
        return _sent(request, pilot, kpis)
    except RequestDataTooBig:
        return _too_long(request, pilot, kpis)


@csrf_protect
def _sent(request: UserRequest, pilot: Pilot, kpis: Sequence[Kpi]) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request, pilot, kpis, ReadingTableForm())
    form, by = ReadingTableForm(request.POST, request.FILES), by_web(request)
    if not form.is_valid():
        return _page(request, pilot, kpis, form)
    table = take_apart(
        form.cleaned_data["table"],
        kpis=kpis,
        zone=ZoneInfo(pilot.program.zone),
        provenance=form.usual,
        is_meant=form.cleaned_data["is_meant"],
    )
    if "save" in request.POST and form.is_as_seen and not table.faults and _saved(request, form, table, by):
        return redirect("pilots:pilot_kpis", key=pilot.key)
    preview = None
    if not table.faults:
        preview = preview_of(table, look_through(table, entry=form.entry, by=by), pilot, by.at)
    form.keep()
    for sentence in table.faults:
        form.add_error("table", sentence)
    return _page(request, pilot, kpis, form, preview)


def _saved(request: UserRequest, form: ReadingTableForm, table: ReadingTable, by: By) -> bool:
    """Save all rows, or none: then the preview says which are refused."""
    try:
        recorded = record_readings(table.news, entry=form.entry, by=by)
    except Refused:
        return False
    messages.success(request, said_of_saved(recorded))
    return True


def _too_long(request: UserRequest, pilot: Pilot, kpis: Sequence[Kpi]) -> HttpResponseBase:
    form = ReadingTableForm({})
    form.is_valid()
    form.errors.clear()
    form.add_error("table", TOO_LONG)
    return _page(request, pilot, kpis, form, status=413)


def _page(
    request: UserRequest,
    pilot: Pilot,
    kpis: Sequence[Kpi],
    form: ReadingTableForm,
    preview: Preview | None = None,
    *,
    status: int = 200,
) -> TemplateResponse:
    context = {"pilot": pilot, "kpis": kpis, "form": form, "preview": preview}
    return TemplateResponse(request, "kpis/readings_table.html", context, status=status)

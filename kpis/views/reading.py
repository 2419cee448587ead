"""Readings by hand: logging one, correcting it, and withdrawing it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from kpis.actions.measurement import (
    Correction,
    NewReading,
    WithdrawReading,
    correct_reading,
    record_readings,
    withdraw_reading,
)
from kpis.forms.reading import USUAL, CorrectReadingForm, ReadingForm, WithdrawReadingForm
from kpis.models import Kpi, Measurement
from kpis.reading import day_of, plain
from kpis.terms import Entry, Provenance
from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.calendar import Day
from pilots.models import ModelVersion, Pilot
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.spoken import spoken

LATEST_VERSIONS = 50


@require_http_methods(["GET", "POST"])
@translating
def reading_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Log a reading of one of the pilot's KPIs; the primary one is proposed."""
    pilot = _measured(request, key)
    kpis = list(Kpi.objects.in_use().filter(pilot=pilot).order_by("-is_primary", "name", "pk"))
    return _new(request, pilot, kpis)


@require_http_methods(["GET", "POST"])
@translating
def kpi_reading_new(request: UserRequest, key: str, code: str) -> HttpResponseBase:
    """Log a reading of this KPI."""
    pilot = _measured(request, key)
    return _new(request, pilot, [get_object_or_404(Kpi, pilot=pilot, code=code)])


def _measured(request: UserRequest, key: str) -> Pilot:
    pilot, relation = find_pilot(request, key)
    require(Deed.MEASURE, relation)
    return pilot


def _new(request: UserRequest, pilot: Pilot, kpis: Sequence[Kpi]) -> HttpResponseBase:
    if not kpis or pilot.is_ended:
        return TemplateResponse(request, "kpis/reading_none.html", {"pilot": pilot})
    by = by_web(request)
    versions = _versions(pilot)
    usual = USUAL.get(pilot.at_stage)
    initial = {
        "kpi": kpis[0].code,
        "provenance": usual.value if usual else None,
        "measured_at": Day(by.today(pilot.program)),
    }
    form = ReadingForm(
        request.POST if request.method == "POST" else None, kpis=kpis, versions=versions, initial=initial
    )
    if form.is_valid() and form.chosen:
        new = NewReading(kpi=form.chosen, **form.reading, is_meant=form.cleaned_data["is_meant"])
        if carried_out(form, lambda: _or_404(lambda: record_readings([new], entry=Entry.FORM, by=by))):
            messages.success(request, f"{said(form.chosen, new.value, new.provenance)} is logged.")
            return redirect("pilots:pilot_kpis", key=pilot.key)
    return TemplateResponse(request, "kpis/reading_new.html", {"pilot": pilot, "form": form, "kpis": kpis})


@require_http_methods(["GET", "POST"])
@translating
def reading_correct(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Put another reading in the place of one; both stay to be seen."""
    pilot = _measured(request, key)
    reading = _find(pilot, row)
    if not reading.is_current:
        return _closed(request, reading)
    form = CorrectReadingForm(
        request.POST if request.method == "POST" else None,
        kpis=[reading.kpi],
        versions=_versions(pilot, reading.model_version),
        initial=_as_recorded(reading),
    )
    if form.is_valid():
        asked = Correction(
            measurement=reading,
            fields=form.changed,
            reason=form.cleaned_data["reason"],
            is_meant=form.cleaned_data["is_meant"],
        )
        found: list[Measurement] = []
        if carried_out(form, lambda: found.append(correct_reading(asked, by=by_web(request)))):
            if found[0].pk == reading.pk:
                messages.info(request, "It says the same as before, so nothing was written.")
            else:
                now = said(reading.kpi, found[0].value, found[0].provenance)
                messages.success(request, f"{now} stands in its place.")
            return redirect("pilots:pilot_kpis", key=pilot.key)
    context = {"pilot": pilot, "form": form, "reading": reading, "said": said_of(reading)}
    return TemplateResponse(request, "kpis/reading_correct.html", context)


@require_http_methods(["GET", "POST"])
@translating
def reading_withdraw(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask why it does not hold, and take it out of all figures."""
    pilot = _measured(request, key)
    reading = _find(pilot, row)
    if not reading.is_current:
        return _closed(request, reading)
    form = WithdrawReadingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        asked = WithdrawReading(measurement=reading, reason=form.cleaned_data["reason"])
        if carried_out(form, lambda: withdraw_reading(asked, by=by_web(request))):
            messages.success(request, f"{said(reading.kpi, reading.value, reading.provenance)} is withdrawn.")
            return redirect("pilots:pilot_kpis", key=pilot.key)
    context = {"pilot": pilot, "form": form, "reading": reading, "said": said_of(reading)}
    return TemplateResponse(request, "kpis/reading_withdraw.html", context)


# --- What they share ---------------------------------------------------------------


def _find(pilot: Pilot, row: int) -> Measurement:
    rows = Measurement.objects.filter(kpi__pilot=pilot).select_related("kpi", "model_version", "corrected_by")
    reading = get_object_or_404(rows, pk=row)
    reading.kpi.pilot = pilot
    return reading


def _closed(request: UserRequest, reading: Measurement) -> HttpResponseBase:
    """Say that a reading was corrected or withdrawn before, and lead to what stands in its place."""
    context = {"pilot": reading.kpi.pilot, "reading": reading, "said": said_of(reading)}
    return TemplateResponse(request, "kpis/reading_closed.html", context)


def _versions(pilot: Pilot, kept: ModelVersion | None = None) -> list[ModelVersion]:
    """Return the versions of its model, the live one first, then the newest; and the one that is named."""
    rows = list(pilot.model_versions.order_by("-is_live", "-changed_on", "-pk")[:LATEST_VERSIONS])
    return rows if kept is None or kept in rows else [*rows, kept]


def _as_recorded(reading: Measurement) -> dict[str, object]:
    zone = ZoneInfo(reading.kpi.pilot.program.zone)
    return {
        "value": plain(reading.value),
        "provenance": reading.provenance,
        "measured_at": day_of(reading.measured_at, zone),
        "window_from": reading.window_from,
        "sample_size": reading.sample_size,
        "model_version": str(reading.model_version_id or ""),
        "note": reading.note,
    }


def _or_404(act: Callable[[], object]) -> object:
    """Do it; a KPI that was removed meanwhile is not there."""
    try:
        return act()
    except Kpi.DoesNotExist as gone:
        raise Http404 from gone


def said(kpi: Kpi, value: Decimal, provenance: str) -> str:
    """Return such as “Handling time: 9.4 min, shadow”."""
    return f"{kpi.name}: {plain(value)} {kpi.unit}".rstrip() + f", {Provenance(provenance).label.lower()}"


def said_of(reading: Measurement) -> str:
    program = reading.kpi.pilot.program
    day = day_of(reading.measured_at, ZoneInfo(program.zone))
    told = said(reading.kpi, reading.value, reading.provenance)
    return f"{told}, of {spoken(day, program.today(reading.recorded_at))}"

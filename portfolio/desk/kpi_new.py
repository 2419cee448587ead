"""Agrees a number that should move, for a pilot that is logged already."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.definition import completeness, missing_parts
from kpis.models import Kpi
from kpis.oneline import NEEDED, KpiLine, UnreadableKpi, read_kpi
from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.forms.fields import Words
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.desk.echo import echo


class KpiForm(forms.Form):
    kpi = Words(
        label="The number that should move, in one line",
        error_messages={"required": f"Write the number. {NEEDED}"},
    )

    def clean_kpi(self) -> KpiLine:
        try:
            line = read_kpi(self.cleaned_data["kpi"], example=NEEDED)
        except UnreadableKpi as error:
            raise ValidationError(str(error)) from error
        if line is None:
            raise ValidationError("Nothing to save while no number is agreed.")
        return line


@require_http_methods(["GET", "POST"])
@translating
def kpi_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Read the line back while somebody types, and save it."""
    pilot, relation = find_pilot(request, key)
    require(Deed.EDIT, relation)
    form = KpiForm(request.POST or None)
    form.fields["kpi"].widget.attrs |= {
        "hx-get": reverse("desk:kpi_echo", query={"needed": "yes"}),
        "hx-target": "#kpi-echo",
        "hx-trigger": "input changed delay:300ms",
    }
    if form.is_valid():
        defined: list[Kpi] = []
        new = NewKpi(pilot=pilot, line=form.cleaned_data["kpi"])
        if carried_out(form, lambda: defined.append(define_kpi(new, by=by_web(request)))):
            lacks = completeness(new.line.name, missing_parts(defined[0]))
            messages.success(request, f"{new.line.name} is agreed for {pilot}. {lacks}".strip())
            return redirect("pilots:kpi_detail", key=pilot.key, code=defined[0].code)
    context = {"pilot": pilot, "form": form, "conflict": None, **echo(form["kpi"].value(), example=NEEDED)}
    return TemplateResponse(request, "desk/kpi_new.html", context)

"""The reports about a pilot: beginning one, writing it, publishing it, and reading what was kept."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from kpis.actions.report import (
    EDITABLE,
    NewReport,
    Publication,
    RemoveReport,
    ReportEdit,
    begin_report,
    edit_report,
    publish_report,
    remove_report,
)
from kpis.forms.report import NewReportForm, ReportForm
from kpis.models import Report
from kpis.reports.figures import figures_of
from kpis.terms import ReportKind, Verdict
from kpis.web.reports import Reports, days_of, in_words, short_of_accepted
from pilots.access.permissions import Deed, Relation, may
from pilots.actions.change import require
from pilots.forms.production import RemoveRowForm
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.views.attempt import carried_out
from pilots.views.conflict import conflict
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating

# Where a verdict leads: to which stage the pilot can move with it.
LEADS_TO = {Verdict.EXPAND: Stage.PRODUCTION, Verdict.HELD: Stage.SUSTAINED}


@require_http_methods(["GET", "POST"])
@translating
def report_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask which report, and begin it."""
    pilot, relation = find_pilot(request, key)
    require(Deed.EDIT, relation)
    reports = Reports(pilot, relation, by_web(request).today(pilot.program))
    offered = [(offer.kind, offer.words) for offer in reports.offered]
    form = NewReportForm(offered, request.POST or None, initial={"version": pilot.version})
    if form.is_valid():
        kind, version = ReportKind(form.cleaned_data["kind"]), form.cleaned_data["version"]
        begun: list[Report] = []
        new = NewReport(pilot=pilot, kind=kind, version=version)
        if carried_out(form, lambda: begun.append(begin_report(new, by=by_web(request)))):
            return redirect("pilots:report_detail", key=pilot.key, row=begun[0].pk)
    return form_page(request, "kpis/report_new.html", pilot, form, offered=offered)


@require_http_methods(["GET", "POST"])
@translating
def report_detail(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Show a report; of a draft save the words, or publish it."""
    report, relation = _find(request, key, row)
    if report.published_at is not None:
        return _shown(request, report, relation)
    if request.method == "POST":
        require(Deed.EDIT, relation)
    form = ReportForm(
        ReportKind(report.kind),
        request.POST or None,
        initial={name: getattr(report, name) for name in EDITABLE} | {"version": report.pilot.version},
    )
    is_publishing = "publish" in request.POST

    def act() -> None:
        version = form.cleaned_data["version"]
        if is_publishing:
            publish_report(
                Publication(report=report, fields=form.values, version=version), by=by_web(request)
            )
        else:
            edit_report(ReportEdit(report=report, fields=form.values, version=version), by=by_web(request))

    if form.is_valid() and carried_out(form, act):
        messages.success(request, "It is published." if is_publishing else "The draft is saved.")
        return redirect("pilots:report_detail", key=key, row=row)
    return _draft(request, report, relation, form)


@require_http_methods(["GET", "POST"])
@translating
def report_remove(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask once, and take the draft away."""
    report, relation = _find(request, key, row)
    require(Deed.EDIT, relation)
    pilot = report.pilot
    form = RemoveRowForm(request.POST or None, initial={"version": pilot.version})

    def act() -> None:
        remove_report(RemoveReport(report=report, version=form.cleaned_data["version"]), by=by_web(request))

    if form.is_valid() and carried_out(form, act):
        messages.success(request, "The draft is removed.")
        return redirect("pilots:pilot_kpis", key=pilot.key)
    return form_page(request, "kpis/report_remove.html", pilot, form, report=report)


def _find(request: UserRequest, key: str, row: int) -> tuple[Report, Relation]:
    pilot, relation = find_pilot(request, key)
    report: Report = get_object_or_404(pilot.reports.select_related("published_by"), pk=row)
    report.pilot = pilot
    return report, relation


def _draft(request: UserRequest, report: Report, relation: Relation, form: ReportForm) -> HttpResponseBase:
    pilot = report.pilot
    if form.stale:
        pilot.refresh_from_db()
    figures = figures_of(report, pilot, at=timezone.now())
    form.mind(short_of_accepted(figures))
    context = _common(report) | {
        "form": form,
        "conflict": conflict(pilot, form.stale) if form.stale else None,
        "figures": in_words(figures, pilot, last=report.period_to),
        "may_edit": may(Deed.EDIT, relation),
        "may_publish": may(Deed.CONCLUDE, relation),
    }
    return TemplateResponse(request, "kpis/report_draft.html", context, status=409 if form.stale else 200)


def _shown(request: UserRequest, report: Report, relation: Relation) -> HttpResponseBase:
    context = _common(report) | {
        "figures": in_words(report.figures, report.pilot, last=report.period_to),
        "verdict": Verdict(report.verdict).label if report.verdict else "",
        "onward": _onward(report, report.pilot, relation),
    }
    return TemplateResponse(request, "kpis/report_detail.html", context)


def _common(report: Report) -> dict[str, object]:
    return {
        "pilot": report.pilot,
        "report": report,
        "label": ReportKind(report.kind).label,
        "days": days_of(report),
    }


def _onward(report: Report, pilot: Pilot, relation: Relation) -> tuple[str, str] | None:
    """Return where a verdict leads while the pilot stands before it: words and address."""
    to = LEADS_TO.get(Verdict(report.verdict)) if report.verdict else None
    before = {Stage.PRODUCTION: Stage.LIMITED, Stage.SUSTAINED: Stage.PRODUCTION}
    if to is None or pilot.at_stage is not before[to] or not may(Deed.MOVE, relation):
        return None
    query = {"to": to.value, "evidence": f"{ReportKind(report.kind).label}: {report.summary}"}
    return f"Move it to {to.label}…", reverse("pilots:pilot_move", args=[pilot.key], query=query)

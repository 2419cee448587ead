"""The addresses of exports. Each shows what the page of the same list shows to the same person."""

from django.http import HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from pilots.access.models import Program
from pilots.actions.export import Export, record_export
from pilots.models import Pilot
from pilots.views.find import find_pilot
from pilots.web.history import HistoryPage
from pilots.web.http import UserRequest, by_web
from pilots.web.listing import Listing
from pilots.web.refusals import translating
from portfolio.dashboards.comparison import asked_by, not_understood
from portfolio.dashboards.filters import FunnelFilterSet
from portfolio.dashboards.page import FunnelPage
from portfolio.desk.people.page import PeoplePage
from portfolio.desk.stalled.page import StalledPage
from portfolio.desk.stalled.scorecard import ScorecardPage
from portfolio.exchange.export.answer import (
    PARAMETER,
    FileKind,
    answer,
    file_name,
    wanted_kind,
    workbook,
)
from portfolio.exchange.export.funnel import FunnelFile
from portfolio.exchange.export.history import history_table
from portfolio.exchange.export.people import people_table
from portfolio.exchange.export.pilots import pilots_table
from portfolio.exchange.export.scorecard import scorecard_table
from portfolio.exchange.export.shown import PARAMETER as SHOWN
from portfolio.exchange.export.shown import shown_table
from portfolio.exchange.export.stalled import stalled_table
from portfolio.exchange.export.table import Table
from portfolio.exchange.export.template import template_response
from portfolio.exchange.export.unmade import unmade

# Parameters of an export that are none of its list: a file has no pages.
BESIDES = (PARAMETER, "page", SHOWN)


@require_GET
def pilot_list(request: UserRequest) -> HttpResponseBase:
    """Export all pilots of the list at this address; one that is not understood is shown as the page.

    So is a past day: a file would hold what is there today. With `shown=true` the file has the columns
    that the page shows, else every column there is.
    """
    listing = Listing(request, besides=BESIDES)
    if listing.problems or listing.as_of:
        return redirect(listing.address)
    is_as_shown = request.GET.get(SHOWN) == "true"
    table = shown_table(listing) if is_as_shown else pilots_table(listing.pilots, request.user)
    return _exported(request, table, "pilots", rows=listing.total, asked=listing.query, slug=listing.program)


@require_POST
def pilots_chosen(request: UserRequest) -> HttpResponseBase:
    """Export the pilots ticked on the list, in its order and with its columns; all of them where none is.

    A past day is shown as the page, as `pilot_list` does.
    """
    asked = QueryDict(request.POST.get("query", ""))
    listing = Listing(request, asked=asked, besides=BESIDES)
    if listing.problems or listing.as_of:
        return redirect(listing.address)
    keys = None if request.POST.get("all") else request.POST.getlist("pilot")
    rows = listing.total if keys is None else listing.pilots.filter(key__in=keys).count()
    table = shown_table(listing, keys)
    return _exported(request, table, "pilots", rows=rows, asked=listing.query, slug=listing.program)


@require_GET
def stalled(request: UserRequest) -> HttpResponseBase:
    asked = request.GET.copy()
    for name in BESIDES:
        asked.pop(name, None)
    page = StalledPage(request.user, asked=asked, now=timezone.now())
    if page.program:
        get_object_or_404(Program.objects.visible_to(request.user), slug=page.program)
    if page.problems:
        return redirect(page.address)
    return _exported(
        request, stalled_table(page), "stalled", rows=page.flag_total, asked=page.query, slug=page.program
    )


@require_GET
def scorecard(request: UserRequest) -> HttpResponseBase:
    asked = request.GET.copy()
    asked.pop(PARAMETER, None)
    page = ScorecardPage(request.user, asked=asked, now=timezone.now())
    program = page.program
    if page.problems:
        return redirect(page.address)
    return _exported(
        request,
        scorecard_table(page),
        "scorecard",
        rows=len(page.rows),
        asked=page.query,
        slug=program.slug if program else "",
    )


@require_GET
def people(request: UserRequest) -> HttpResponseBase:
    page = PeoplePage(request)
    return _exported(
        request, people_table(page), "people", rows=page.total, asked=page.query, slug=page.program
    )


@require_GET
def funnel(request: UserRequest) -> HttpResponseBase:
    asked = request.GET.copy()
    asked.pop(PARAMETER, None)
    filters = FunnelFilterSet(asked, Pilot.objects.visible_to(request.user), request=request)
    problems = not_understood(asked)
    if problems or not filters.is_valid():
        shown = f"{reverse('dashboards:funnel')}?{asked.urlencode()}"
        return unmade(request, shown, form=filters.form, problems=problems)
    file = FunnelFile(FunnelPage(request.user, filters, by=asked_by(asked)))
    kind, by = wanted_kind(request.GET), by_web(request)
    program = filters.form.cleaned_data.get("program")
    export = Export(list=file.what, format=kind.value, rows=file.rows, asked=file.asked, program=program)
    record_export(export, by=by)
    name = file_name(file.what, kind, on=timezone.localdate(), program=program.slug if program else "")
    return answer(file.table(), kind, name) if kind is FileKind.CSV else workbook(file.fill, name)


@require_GET
@translating
def pilot_history(request: UserRequest, key: str) -> HttpResponseBase:
    """Export what the history of a pilot shows at this address, all that is older included."""
    pilot, _ = find_pilot(request, key)
    transitions = list(pilot.transitions.in_order())
    asked = request.GET.copy()
    asked.pop(PARAMETER, None)
    page = HistoryPage(pilot, asked, transitions)
    if page.problems:
        return redirect(f"{page.path}?{asked.urlencode()}")
    table = history_table(page, transitions)
    what = f"history-{pilot.key.lower()}"
    return _exported(request, table, what, rows=page.total, asked=page.query, slug=pilot.program.slug)


@require_GET
def template(request: UserRequest) -> HttpResponseBase:
    """Give the empty file to fill in; with the columns of the program the address names."""
    slug = request.GET.get("program", "")
    program = get_object_or_404(Program.objects.visible_to(request.user), slug=slug) if slug else None
    return template_response(wanted_kind(request.GET), program)


def _exported(
    request: UserRequest, table: Table, what: str, *, rows: int, asked: str, slug: str
) -> HttpResponseBase:
    """Write down who took which list, and send it."""
    kind, by = wanted_kind(request.GET), by_web(request)
    program = Program.objects.visible_to(request.user).filter(slug=slug).first() if slug else None
    export = Export(list=what, format=kind.value, rows=rows, asked=asked, program=program)
    record_export(export, by=by)
    name = file_name(what, kind, on=timezone.localdate(), program=program.slug if program else "")
    return answer(table, kind, name)

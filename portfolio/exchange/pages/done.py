"""What an import did, what is left to do, and the way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from pilots.access.models import Program
from pilots.actions.by import Refused
from pilots.models import Owner, Ownership, Pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.reach import unreached
from pilots.web.spoken import spoken
from portfolio.exchange import runs
from portfolio.exchange.models import Import, ImportedPilot, Step, Wanted
from portfolio.exchange.pages.road import DONE, OVER, url_of
from portfolio.exchange.pages.step import context_of, of_import
from portfolio.exchange.pages.still import still_working
from portfolio.exchange.undo_plan import plan_undo
from portfolio.exchange.waiting import waiting

MOST_LISTED = 20
HEADINGS = {Step.APPLIED: "Imported", Step.UNDONE: "Undone", Step.DROPPED: "Given up"}


@dataclass(frozen=True)
class Left:
    """What is left to do after an import: owners without mail, the days before anything is judged."""

    without_mail: int
    people_url: str
    pilots_url: str
    funnel_url: str
    quiet_until: str


@require_safe
@of_import
def import_done(request: UserRequest, import_: Import) -> HttpResponseBase:
    """Say what happened; while it is being undone, how far that is."""
    if import_.at_step not in OVER:
        return redirect(import_)
    if request.htmx:  # a page that waits
        return still_working(request, import_) or HttpResponseClientRefresh()
    working = waiting(import_, timezone.now())
    context: dict[str, Any] = {
        **context_of(import_, DONE, heading=HEADINGS[import_.at_step], form_id=""),
        "working": working,
        "address": url_of(import_, DONE),
        "said": import_.last_error,
        "is_applied": import_.at_step is Step.APPLIED,
        "is_undone": import_.at_step is Step.UNDONE,
        "summary": import_.summary,
        "undone": undone_in_words(runs.summary_of(import_, request.user)),
        "left": left(request, import_) if import_.at_step is Step.APPLIED else None,
    }
    return TemplateResponse(request, "exchange/import_done.html", context)


def left(request: UserRequest, import_: Import) -> Left:
    """Return what remains to be done, as this reader sees it; the same queries for any number of pilots."""
    written = ImportedPilot.objects.filter(of_import=import_)
    pilots = Pilot.objects.visible_to(request.user).filter(pk__in=written.values("pilot"))
    named = Ownership.objects.active().filter(pilot__in=pilots.active()).values("owner")
    owners = unreached(Owner.objects.visible_to(request.user)).filter(pk__in=named)
    program: Program | None = import_.program
    query = f"?{urlencode({'program': program.slug})}" if program else ""
    mail = urlencode({"show": "no-mail", **({"program": program.slug} if program else {})})
    made = pilots.filter(pk__in=written.filter(is_new=True).values("pilot"))
    quiet = made.aggregate(last=Max("quiet_until"))["last"]
    today = timezone.localdate()
    return Left(
        without_mail=owners.count(),
        people_url=f"{reverse('people:people')}?{mail}",
        pilots_url=reverse("pilots:pilot_list") + query,
        funnel_url=reverse("dashboards:funnel") + query,
        quiet_until=spoken(quiet + timedelta(days=1), today) if quiet and quiet >= today else "",
    )


def undone_in_words(summary: Mapping[str, Any]) -> list[str]:
    """Return what an undo did, in sentences; empty where nothing was undone."""
    undone = summary.get("undone")
    if not undone:
        return []
    parts = (
        (
            undone["removed"],
            "pilot is gone, with its history.",
            "pilots are gone, with their history.",
        ),
        (
            undone["restored"],
            "pilot has back what the import changed.",
            "pilots have back what it changed.",
        ),
        (undone["contacts"], "contact was removed.", "contacts were removed."),
        (len(undone["programs"]), "empty program was removed.", "empty programs were removed."),
    )
    said = [f"{count:,} {one if count == 1 else many}" for count, one, many in parts if count]
    said += [f"{key or 'A pilot'} stays: {_small(why)}" for key, why in undone["stayed"][:MOST_LISTED]]
    said += [
        f"{f'{what.capitalize()} of {key}' if key else 'A pilot'} stays: {_small(why)}"
        for key, what, why in undone["kept"][:MOST_LISTED]
    ]
    return said or ["It had changed nothing that could be taken back."]


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


@require_http_methods(["GET", "HEAD", "POST"])
@of_import
def import_undo(request: UserRequest, import_: Import) -> HttpResponseBase:
    """Say beforehand what goes and what stays; then let the worker take it back."""
    if import_.at_step is not Step.APPLIED or import_.wanted:
        return redirect(import_)
    said = ""
    if request.method == "POST":
        try:
            runs.ask(import_, Wanted.UNDO, by=by_web(request))
        except Refused as refused:
            said = str(refused)
        else:
            return redirect(url_of(import_, DONE))
    plan = plan_undo(import_, request.user)
    context = {
        **context_of(import_, DONE, heading="Undo this import", form_id=""),
        "plan": plan,
        "said": said,
        "stays": [*plan.stays, *plan.kept][:MOST_LISTED],
        "more": max(0, len(plan.stays) + len(plan.kept) - MOST_LISTED),
    }
    return TemplateResponse(request, "exchange/import_undo.html", context)

"""Everything that happened to a pilot, and the correction of what its history says."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_safe

from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.actions.stage import Correction, correct_transition
from pilots.forms.change import CorrectForm
from pilots.lifecycle import Stage
from pilots.models import StageTransition
from pilots.views.attempt import carried_out
from pilots.views.conflict import conflict
from pilots.views.find import find_pilot
from pilots.web.head import PilotHead
from pilots.web.history import HistoryPage
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.road import ORIGIN_WORDS, with_origin
from pilots.web.told import SYSTEM


@dataclass(frozen=True)
class Entry:
    """One row of the road as the page shows it; `why_gone` says why a row no longer counts."""

    row: StageTransition
    label: str
    when: str
    who: str
    why_gone: str


@require_safe
@translating
def pilot_history(request: UserRequest, key: str) -> HttpResponseBase:
    pilot, relation = find_pilot(request, key)
    head = PilotHead(pilot, relation, tab="pilots:pilot_history", reader=request.user)
    page = HistoryPage(pilot, request.GET, head.transitions)
    context = {
        "pilot": pilot,
        "head": head,
        "road": entries(head.transitions),
        "page": page,
        "told": page.told,
    }
    return TemplateResponse(request, "pilots/pilot_history.html", context)


@require_http_methods(["GET", "POST"])
@translating
def transition_correct(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Give one row of the road a better date, or take it back; the old row stays to be seen."""
    pilot, relation = find_pilot(request, key)
    require(Deed.MOVE, relation)
    rows = StageTransition.objects.select_related("pilot").filter(pilot=pilot, voids__isnull=True)
    transition = get_object_or_404(rows, pk=row)
    initial = {"version": pilot.version, "happened_on": transition.happened}
    form = CorrectForm(request.POST or None, initial=initial)
    takes_back = "take_back" in request.POST
    if form.is_valid() and not takes_back and form.cleaned_data["happened_on"] is None:
        form.add_error("happened_on", "Write the day it happened, or take the row back.")
    if form.is_valid():
        correction = Correction(
            transition=transition,
            happened=None if takes_back else form.cleaned_data["happened_on"],
            reason=form.cleaned_data["reason"],
            version=form.cleaned_data["version"],
        )
        if carried_out(form, lambda: correct_transition(correction, by=by_web(request))):
            done = "was taken back" if takes_back else "is corrected"
            messages.success(request, f"{Stage(transition.to_stage).label} in the history of {pilot} {done}.")
            return redirect("pilots:pilot_history", key=pilot.key)
    if form.stale:
        pilot.refresh_from_db()
    context = {
        "pilot": pilot,
        "form": form,
        "label": Stage(transition.to_stage).label,
        "when": _when(transition),
        "conflict": conflict(pilot, form.stale) if form.stale else None,
    }
    return TemplateResponse(request, "pilots/pilot_correct.html", context, status=409 if form.stale else 200)


def entries(rows: list[StageTransition]) -> list[Entry]:
    """Return the road, newest first, with what was corrected or taken back struck and explained."""
    gone: dict[int, str] = {}
    for row in rows:
        if row.supersedes_id:
            gone[row.supersedes_id] = f"Corrected to {row.happened or 'a day nobody knows'}{_because(row)}"
        if row.voids_id:
            gone[row.voids_id] = f"Taken back by {_who(row)}{_because(row)}"
    return [
        Entry(row, Stage(row.to_stage).label, _when(row), _who(row), gone.get(row.pk, ""))
        for row in reversed(rows)
        if row.to_stage
    ]


def _because(row: StageTransition) -> str:
    return f": {row.reason}" if row.reason else "."


def _who(row: StageTransition) -> str:
    return str(row.actor) if row.actor else SYSTEM


def _when(row: StageTransition) -> str:
    return with_origin(str(row.happened or "not known"), ORIGIN_WORDS[row.origin])

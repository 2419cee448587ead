"""Moves a pilot to another stage, or ends it."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from pilots.access.permissions import Deed, may
from pilots.actions.change import require
from pilots.actions.stage import Move, missing_beforehand, move_pilot
from pilots.calendar import Day
from pilots.forms.change import MoveForm
from pilots.lifecycle import ENDS, Missing, Stage, is_back
from pilots.models import Pilot
from pilots.views.attempt import carried_out
from pilots.views.conflict import conflict
from pilots.views.find import find_pilot
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.ways import Way, ways


@require_http_methods(["GET", "POST"])
@translating
def pilot_move(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask for the day, the reason and whatever the chosen stage needs; `?to=` chooses the stage."""
    pilot, relation = find_pilot(request, key)
    if not may(Deed.STOP, relation):
        require(Deed.MOVE, relation)
    open_ways = ways(pilot, relation)
    asked = _asked(request, open_ways)
    form = _form(request, pilot, asked)
    if form.is_valid():
        to = Stage(form.cleaned_data["to"])
        move = Move(
            pilot=pilot,
            to=to,
            happened=form.cleaned_data["happened_on"],
            reason=form.cleaned_data["reason"],
            evidence=form.cleaned_data.get("evidence", ""),
            version=form.cleaned_data["version"],
        )
        if carried_out(form, lambda: move_pilot(move, by=by_web(request)), ways_out=_ways_out(pilot)):
            messages.success(request, f"{pilot} {_done(to)}.")
            return redirect(pilot)
    if form.has_error("evidence"):
        form.fields["evidence"].help_text = ""  # the refusal says the same
    if form.stale:
        pilot.refresh_from_db()
        open_ways = ways(pilot, relation)
    context = {
        "pilot": pilot,
        "form": form,
        "to": asked,
        "ways": open_ways,
        "chosen": next((way for way in open_ways if way.stage is asked), None),
        "may_extend": pilot.is_undecided and pilot.decide_by is not None and may(Deed.EDIT, relation),
        "beforehand": _beforehand(pilot, asked) if not form.is_bound else [],
        "conflict": conflict(pilot, form.stale) if form.stale else None,
    }
    return TemplateResponse(request, "pilots/pilot_move.html", context, status=409 if form.stale else 200)


def _asked(request: UserRequest, open_ways: list[Way]) -> Stage | None:
    """Return the stage the person asks for; unless they say so, the first that is open to them."""
    code = request.POST.get("to") or request.GET.get("to", "")
    if code in {stage.value for stage in Stage}:
        return Stage(code)
    return open_ways[0].stage if open_ways else None


def _form(request: UserRequest, pilot: Pilot, to: Stage | None) -> MoveForm:
    today = pilot.program.today(timezone.now())
    initial = {"to": to, "version": pilot.version, "happened_on": Day(today)}
    form = MoveForm(request.POST or None, initial=initial)
    form.ask_for(to, needs_reason=to is not None and (to in ENDS or is_back(pilot.at_stage, to)))
    return form


def _beforehand(pilot: Pilot, to: Stage | None) -> list[tuple[Missing, tuple[str, str] | None]]:
    """Return what would keep it from the stage anyhow, with where that can be put right."""
    if to is None:
        return []
    missing = missing_beforehand(pilot, to, today=pilot.program.today(timezone.now()))
    return [(item, _ways_out(pilot).get(item.code)) for item in missing]


def _ways_out(pilot: Pilot) -> dict[str, tuple[str, str]]:
    people = reverse("pilots:pilot_people", args=[pilot.key])
    history = reverse("pilots:pilot_history", args=[pilot.key])
    return {
        "production-owner": ("Name one", people),
        "run-owner": ("Name one", people),
        "on-hold": ("Resume it", reverse("pilots:pilot_resume", args=[pilot.key])),
        "before-last": ("Correct it", history),
        "ended": ("See its history", history),
    }


def _done(to: Stage) -> str:
    if to in ENDS:
        return f"was {to.label.lower()}"
    return f"moved to {to.label}"

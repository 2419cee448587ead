"""Moves a pilot to another stage, or ends it."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from pilots.access.permissions import Deed, may
from pilots.actions.by import By, Reason
from pilots.actions.change import require
from pilots.actions.ending import End, LateLegacy, end_of, end_pilot, tell_ending
from pilots.actions.refusal import note_refusal, would_note
from pilots.actions.stage import Move, MoveRefused, move_pilot, refusal_beforehand
from pilots.calendar import Day
from pilots.forms.change import MoveForm
from pilots.forms.ending import EndForm, LegacyForm
from pilots.lifecycle import ENDS, Missing, Stage, is_back
from pilots.models import Flag, Pilot
from pilots.rules.registry import Severity
from pilots.views.attempt import carried_out
from pilots.views.conflict import conflict
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.http import UserRequest, by_web
from pilots.web.named import CODE, named_run_owner, with_name
from pilots.web.out_of_move import exits
from pilots.web.refusals import translating
from pilots.web.ways import Way, ways

InTheWay = TypeVar("InTheWay", Missing, Reason)


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
    ways_out = exits(pilot, relation, asked, reader=request.user)
    if form.is_valid():
        to = Stage(form.cleaned_data["to"])
        act = partial(_carry_out, pilot, to, form, by=by_web(request))
        if carried_out(form, act, ways_out=ways_out):
            messages.success(request, f"{pilot} {_done(to)}.")
            return redirect(pilot)
    if form.has_error("evidence"):
        form.fields["evidence"].help_text = ""  # the refusal says the same
    if form.stale:
        pilot.refresh_from_db()
        open_ways = ways(pilot, relation)
    beforehand = None
    if asked is not None and not form.is_bound:
        beforehand = refusal_beforehand(pilot, asked, at=timezone.now())
    missing = beforehand.in_the_way if beforehand else []
    missing = [_named(pilot, item, timezone.now()) for item in missing]
    context = {
        "pilot": pilot,
        "form": form,
        "to": asked,
        "ways": open_ways,
        "chosen": next((way for way in open_ways if way.stage is asked), None),
        "may_extend": pilot.is_undecided and pilot.decide_by is not None and may(Deed.EDIT, relation),
        "beforehand": [(item, ways_out.get(item.code, [])) for item in missing],
        "blocks": beforehand is not None and would_note(beforehand),
        "critical": _critical(pilot) if open_ways else [],
        "conflict": conflict(pilot, form.stale) if form.stale else None,
    }
    return TemplateResponse(request, "pilots/pilot_move.html", context, status=409 if form.stale else 200)


def _critical(pilot: Pilot) -> list[str]:
    """Return what is open and critical now: a move may close a flag whose cause it leaves as it was."""
    flags = Flag.objects.open().filter(pilot=pilot, severity=Severity.CRITICAL.value)
    return [flag.known_rule.title if flag.known_rule else flag.rule_key for flag in flags.order_by("pk")]


def _carry_out(pilot: Pilot, to: Stage, form: MoveForm, *, by: By) -> Pilot:
    cleaned = form.cleaned_data
    if isinstance(form, EndForm) and to is end_of(pilot.at_stage):
        end = End(
            pilot=pilot,
            reason=cleaned["reason"],
            legacy=form.legacy,
            happened=cleaned["happened_on"],
            version=cleaned["version"],
        )
        return end_pilot(end, by=by)
    move = Move(
        pilot=pilot,
        to=to,
        happened=cleaned["happened_on"],
        reason=cleaned["reason"],
        evidence=cleaned.get("evidence", ""),
        version=cleaned["version"],
    )
    try:
        return move_pilot(move, by=by)
    except MoveRefused as refused:
        note_refusal(refused, by=by)
        form.noted = refused.noted
        refused.reasons = [_named(pilot, reason, by.at) for reason in refused.reasons]
        raise


def _named(pilot: Pilot, item: InTheWay, at: datetime) -> InTheWay:
    """Return what is in the way; where a named person has not agreed yet, that one by name."""
    if item.code != CODE:
        return item
    there = pilot.ownerships.active().select_related("owner").order_by("since", "pk")
    named = named_run_owner(list(there), pilot.program.today(at))
    return replace(item, sentence=with_name(item.sentence, named)) if named else item


def _asked(request: UserRequest, open_ways: list[Way]) -> Stage | None:
    """Return the stage the person asks for; unless they say so, the first that is open to them."""
    code = request.POST.get("to") or request.GET.get("to", "")
    if code in {stage.value for stage in Stage}:
        return Stage(code)
    return open_ways[0].stage if open_ways else None


def _form(request: UserRequest, pilot: Pilot, to: Stage | None) -> MoveForm:
    today = pilot.program.today(timezone.now())
    initial = {
        "to": to,
        "version": pilot.version,
        "happened_on": Day(today),
        "evidence": request.GET.get("evidence", ""),  # a report that says so leads here
    }
    kind = EndForm if to in ENDS else MoveForm
    form = kind(request.POST or None, initial=initial)
    form.ask_for(to, needs_reason=to is not None and (to in ENDS or is_back(pilot.at_stage, to)))
    return form


def _done(to: Stage) -> str:
    if to in ENDS:
        return f"was {to.label.lower()}"
    return f"moved to {to.label}"


@require_http_methods(["GET", "POST"])
@translating
def pilot_ending(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask what a pilot left behind that has ended without saying it."""
    pilot, relation = find_pilot(request, key)
    require(Deed.STOP if pilot.at_stage is not Stage.RETIRED else Deed.MOVE, relation)
    form = LegacyForm(request.POST or None, initial={"version": pilot.version})
    if form.is_valid():
        late = LateLegacy(pilot=pilot, legacy=form.legacy, version=form.cleaned_data["version"])
        if carried_out(form, lambda: tell_ending(late, by=by_web(request))):
            messages.success(request, f"What {pilot} leaves behind is written down.")
            return redirect(pilot)
    return form_page(request, "pilots/pilot_ending.html", pilot, form)

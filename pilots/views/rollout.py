"""The rollout of a pilot: planning its steps, and deciding after each whether it goes on."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.actions.rollout import (
    EDITABLE,
    NewStep,
    RemoveStep,
    StepDecision,
    StepEdit,
    add_step,
    decide_step,
    edit_step,
    remove_step,
)
from pilots.design import RolloutKind, RolloutOutcome
from pilots.forms.change import ChangeForm
from pilots.forms.production import DecideForm, RemoveRowForm, StepForm
from pilots.models import Pilot, RolloutStep
from pilots.rollout import EXPAND_EARLY, TOO_EARLY, named
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.http import UserRequest, by_web
from pilots.web.production import next_start
from pilots.web.refusals import translating


@require_http_methods(["GET", "POST"])
@translating
def step_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask how large the next step is and from when, and plan it."""
    pilot, relation = find_pilot(request, key)
    require(Deed.MOVE, relation)
    steps = list(pilot.rollout_steps.order_by("number"))
    start = next_start(steps, by_web(request).today(pilot.program))
    initial = {"version": pilot.version, "starts_on": start, "kind": _next_kind(steps)}
    form = StepForm(request.POST or None, initial=initial)
    if form.is_valid():
        values = form.values
        new = NewStep(
            pilot=pilot,
            kind=RolloutKind(values.pop("kind")),
            version=form.cleaned_data["version"],
            **values,
        )
        if carried_out(form, lambda: add_step(new, by=by_web(request)), ways_out=_ways_out(pilot)):
            messages.success(request, f"Step {len(steps) + 1}, {new.kind.label.lower()}, is planned.")
            return redirect("pilots:pilot_production", key=pilot.key)
    return form_page(request, "pilots/step_edit.html", pilot, form, step=None)


@require_http_methods(["GET", "POST"])
@translating
def step_edit(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Show what is planned, and write what is new in it."""
    step = _find(request, key, row)
    now = {name: getattr(step, name) for name in EDITABLE}
    form = StepForm(request.POST or None, initial=now | {"version": step.pilot.version})

    def edit() -> None:
        asked = StepEdit(step=step, fields=form.values, version=form.cleaned_data["version"])
        edit_step(asked, by=by_web(request))

    return _page(request, "pilots/step_edit.html", form, step, edit, "is saved")


@require_http_methods(["GET", "POST"])
@translating
def step_decide(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask what was seen and what follows from it."""
    step = _find(request, key, row)
    initial = {
        "version": step.pilot.version,
        "outcome": step.outcome,
        "result": step.result,
        "decided_on": by_web(request).today(step.pilot.program),
    }
    form = DecideForm(request.POST or None, initial=initial)

    def decide() -> None:
        values = form.values
        asked = StepDecision(
            step=step,
            outcome=RolloutOutcome(values.pop("outcome")),
            version=form.cleaned_data["version"],
            **values,
        )
        decide_step(asked, by=by_web(request))

    return _page(request, "pilots/step_decide.html", form, step, decide, "is decided")


@require_http_methods(["GET", "POST"])
@translating
def step_remove(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask once, and take it out of the plan."""
    step = _find(request, key, row)
    form = RemoveRowForm(request.POST or None, initial={"version": step.pilot.version})

    def remove() -> None:
        asked = RemoveStep(step=step, version=form.cleaned_data["version"])
        remove_step(asked, by=by_web(request))

    return _page(request, "pilots/step_remove.html", form, step, remove, "is out of the plan")


def _next_kind(steps: list[RolloutStep]) -> str:
    """Return the kind that usually follows, for the form to begin with."""
    kinds = list(RolloutKind)
    if not steps:
        return kinds[0].value
    return kinds[min(kinds.index(RolloutKind(steps[-1].kind)) + 1, len(kinds) - 1)].value


def _ways_out(pilot: Pilot) -> dict[str, tuple[str, str]]:
    """Where the thirty days can be waived, for whoever may."""
    address = f"{reverse('pilots:pilot_waive', args=[pilot.key])}?{urlencode({'subject': EXPAND_EARLY})}"
    return {TOO_EARLY: ("Have it waived…", address)}


def _find(request: UserRequest, key: str, row: int) -> RolloutStep:
    pilot, relation = find_pilot(request, key)
    require(Deed.MOVE, relation)
    step = get_object_or_404(pilot.rollout_steps, pk=row)
    step.pilot = pilot
    return step


def _page(
    request: UserRequest,
    template: str,
    form: ChangeForm,
    step: RolloutStep,
    act: Callable[[], None],
    done: str,
) -> HttpResponseBase:
    pilot, name = step.pilot, named(step).capitalize()
    if form.is_valid() and carried_out(form, act, ways_out=_ways_out(pilot)):
        messages.success(request, f"{name}, {done}.")
        return redirect("pilots:pilot_production", key=pilot.key)
    return form_page(request, template, pilot, form, step=step, name=name)

"""Plans the steps from nobody to everybody, and decides after each whether it goes on."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pilots.access.models import Movement
from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing
from pilots.actions.production_rules import (
    changed,
    faults_of_days,
    faults_of_texts,
    refuse_ended,
    refuse_too_many,
    refuse_unknown,
    tidy,
    told,
    versions,
)
from pilots.actions.waiver import waived_subjects
from pilots.calendar import Day
from pilots.design import RolloutKind, RolloutOutcome
from pilots.models import Pilot, RolloutStep
from pilots.rollout import EXPAND_EARLY, Fault, faults_in_order, faults_of_step, named

TEXTS = ("audience", "rollback_when")
EDITABLE = ("kind", "share_percent", "starts_on", "ends_on", *TEXTS)
TOLD = ("number", *EDITABLE, "outcome", "decided_on", "result")
MOST_STEPS = 40


@dataclass(frozen=True, kw_only=True)
class NewStep:
    """A step to plan after those there are. `share_percent` is 0 to 100, of the real work it decides."""

    pilot: Pilot
    kind: RolloutKind
    share_percent: int
    starts_on: date
    ends_on: date | None = None
    audience: str = ""
    rollback_when: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class StepEdit:
    """New values for some of `EDITABLE`; what is not named stays."""

    step: RolloutStep
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class StepDecision:
    """What was seen in a step, and whether it goes on. `decided_on` is None for today."""

    step: RolloutStep
    outcome: RolloutOutcome
    result: str
    decided_on: date | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class RemoveStep:
    step: RolloutStep
    version: int | None = None


def add_step(new: NewStep, *, by: By) -> RolloutStep:
    read = versions(new.pilot, new.version)
    with changing([new.pilot], deed=Deed.MOVE, by=by, versions=read) as change:
        pilot = change.pilots[new.pilot.pk]
        steps = _there(pilot)
        refuse_too_many(len(steps) + 1, "rollout steps", most=MOST_STEPS)
        row = RolloutStep(
            pilot=pilot,
            number=len(steps) + 1,
            kind=new.kind,
            share_percent=new.share_percent,
            starts_on=new.starts_on,
            ends_on=new.ends_on,
            audience=new.audience,
            rollback_when=new.rollback_when,
        )
        _check(row, [*steps, row], change, was=[])
        row.save(force_insert=True)
        change.record(pilot, "rollout.added", after=told(row, TOLD))
    return row


def edit_step(edit: StepEdit, *, by: By) -> RolloutStep:
    """Change a step that is not decided; what keeps its value leaves no trace.

    Raises `RolloutStep.DoesNotExist` for one that was removed meanwhile.
    """
    refuse_unknown(edit.fields, EDITABLE)
    with _changing(edit.step, by, edit.version) as change:
        pilot = change.pilots[edit.step.pilot_id]
        steps = _there(pilot)
        row = _find(steps, edit.step)
        refuse_decided(row)
        was, before = _faults_of_others(row, steps, change), told(row, TOLD)
        for name, value in edit.fields.items():
            setattr(row, name, value)
        _check(row, steps, change, was=was)
        if difference := changed(before, told(row, TOLD), known_by="number"):
            row.save(update_fields=list(EDITABLE))
            change.record(pilot, "rollout.edited", before=difference[0], after=difference[1])
    return row


def decide_step(decision: StepDecision, *, by: By) -> RolloutStep:
    """Record what a step has shown and what follows from it; it counts as movement.

    It may be decided anew, as long as nothing larger has begun; going back is possible at any time.
    """
    with _changing(decision.step, by, decision.version) as change:
        pilot = change.pilots[decision.step.pilot_id]
        refuse_ended(pilot)
        steps = _there(pilot)
        row = _find(steps, decision.step)
        before, today = told(row, TOLD), by.today(pilot.program)
        row.outcome, row.result = RolloutOutcome(decision.outcome).value, decision.result.strip()
        row.decided_on = decision.decided_on or today
        if reasons := _faults_of_decision(row, steps, today):
            raise Refused(reasons)
        if difference := changed(before, told(row, TOLD), known_by="number"):
            row.save(update_fields=["outcome", "result", "decided_on"])
            after = difference[1] | {"kind": row.kind, "share_percent": row.share_percent}
            change.record(
                pilot, "rollout.decided", before=difference[0], after=after, movement=Movement.MOVED
            )
    return row


def remove_step(remove: RemoveStep, *, by: By) -> None:
    """Take a step that is not decided out of the plan; those after it move up."""
    with _changing(remove.step, by, remove.version) as change:
        pilot = change.pilots[remove.step.pilot_id]
        refuse_ended(pilot)
        steps = _there(pilot)
        row = _find(steps, remove.step)
        refuse_decided(row)
        was = _faults_of_others(row, steps, change)
        rest = [step for step in steps if step is not row]
        change.record(pilot, "rollout.removed", before=told(row, TOLD))
        row.delete()
        for number, step in enumerate(rest, 1):
            if step.number != number:
                step.number = number
        _refuse([], was, _faults_of_all(rest, change))
        for step in rest:  # in their order, so that no number is there twice
            step.save(update_fields=["number"])


# --- What a step may be --------------------------------------------------------------


def refuse_decided(row: RolloutStep) -> None:
    if row.outcome:
        sentence = (
            f"{named(row).capitalize()}, was decided on {Day(row.decided_on)}: "  # type: ignore[arg-type]
            f"{RolloutOutcome(row.outcome).label.lower()}. What it was stays: decide it anew, or plan more."
        )
        raise Refused.because(sentence, code="decided")


def _check(
    row: RolloutStep, steps: Sequence[RolloutStep], change: Change, *, was: Sequence[tuple[int, Fault]]
) -> None:
    pilot = change.pilots[row.pilot_id]
    refuse_ended(pilot)
    row.kind = RolloutKind(row.kind).value
    tidy(row, TEXTS)
    reasons = [*faults_of_texts(row, TEXTS), *faults_of_days(row, ("starts_on", "ends_on"), up_to=None)]
    reasons += _reasons(faults_of_step(row))
    if reasons:  # the order says nothing about a step that is not right by itself
        raise Refused(reasons)
    found = _faults_of_all(steps, change)
    own = [fault for pk, fault in found if pk == row.pk]
    _refuse(own, was, [(pk, fault) for pk, fault in found if pk != row.pk])


def _refuse(
    own: Sequence[Fault], was: Sequence[tuple[int, Fault]], others: Sequence[tuple[int, Fault]]
) -> None:
    """Refuse for what is wrong with a step, and for what it would make wrong with others."""
    known = {(pk, fault.code) for pk, fault in was}
    made = [fault for pk, fault in others if (pk, fault.code) not in known]
    reasons = [
        *_reasons(own),
        *(Reason(f"A later step would be wrong then. {fault.sentence}", "", fault.code) for fault in made),
    ]
    if reasons:
        raise Refused(reasons)


def _reasons(faults: Sequence[Fault]) -> list[Reason]:
    return [Reason(fault.sentence, fault.field, fault.code) for fault in faults]


def _faults_of_all(steps: Sequence[RolloutStep], change: Change) -> list[tuple[int, Fault]]:
    """Return what the order of the steps makes wrong, each with the id of its step."""
    if not steps:
        return []
    pilot = change.pilots[steps[0].pilot_id]
    today = change.by.today(pilot.program)
    early = may_expand_early(pilot, today)
    return [
        (step.pk, fault)
        for place, step in enumerate(steps)
        for fault in faults_in_order(steps, place, today, may_expand_early=early)
    ]


def _faults_of_others(
    row: RolloutStep, steps: Sequence[RolloutStep], change: Change
) -> list[tuple[int, Fault]]:
    return [(pk, fault) for pk, fault in _faults_of_all(steps, change) if pk != row.pk]


def _faults_of_decision(row: RolloutStep, steps: Sequence[RolloutStep], today: date) -> list[Reason]:
    reasons = faults_of_texts(row, ("result",))
    if not row.result:
        reasons.append(Reason("Write what was seen: a figure, a sentence.", "result", "required"))
    reasons += faults_of_days(row, ("decided_on",), up_to=today)
    if row.starts_on > today:
        reasons.append(Reason(f"It starts on {Day(row.starts_on)}; decide it then.", "", "not-started"))
    elif row.decided_on is not None and row.decided_on < row.starts_on:
        sentence = f"It was not decided before it began on {Day(row.starts_on)}."
        reasons.append(Reason(sentence, "decided_on", "order"))
    larger = [
        step
        for step in steps
        if step.number > row.number and step.share_percent > row.share_percent and step.starts_on <= today
    ]
    if row.outcome == RolloutOutcome.HOLD.value and larger:
        sentence = (
            f"{named(larger[0]).capitalize()}, has begun with {larger[0].share_percent} %. Decide that one."
        )
        reasons.append(Reason(sentence, "outcome", "begun"))
    return reasons


def may_expand_early(pilot: Pilot, day: date) -> bool:
    """Return whether somebody has waived the thirty days, and the waiver holds on this day."""
    return EXPAND_EARLY in waived_subjects([pilot.pk], on=day).get(pilot.pk, ())


# --- Steps they share --------------------------------------------------------------


def _changing(step: RolloutStep, by: By, version: int | None) -> AbstractContextManager[Change]:
    read = versions(step.pilot, version)
    return changing([step.pilot], deed=Deed.MOVE, by=by, versions=read)


def _there(pilot: Pilot) -> list[RolloutStep]:
    """Return the steps of a pilot in their order, now that it is locked."""
    return list(RolloutStep.objects.filter(pilot=pilot).order_by("number"))


def _find(steps: Sequence[RolloutStep], wanted: RolloutStep) -> RolloutStep:
    found = next((step for step in steps if step.pk == wanted.pk), None)
    if found is None:
        raise RolloutStep.DoesNotExist("The step was removed meanwhile.")
    return found

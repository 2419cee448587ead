"""Writes down how a pilot learns what came true of its answers, and when it is trained anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kpis.models import FeedbackLoop
from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing
from pilots.actions.production_rules import (
    changed,
    faults_of_days,
    faults_of_texts,
    refuse_ended,
    refuse_unknown,
    tidy,
    told,
    versions,
)
from pilots.models import Pilot

TEXTS = ("truth_source", "linkage_key", "retrain_when")
DAYS = ("counted_on", "retrained_on")
COUNTS = ("answered", "labelled")
EDITABLE = (*TEXTS, *COUNTS, *DAYS, "retrain_every_days")
MOST_COUNTED = 10**15  # a whole number both databases hold exactly
LONGEST_CADENCE = 3_660


@dataclass(frozen=True, kw_only=True)
class LoopEdit:
    """New values for some of `EDITABLE`; what is not named stays, None and "" are not known."""

    pilot: Pilot
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


def edit_loop(edit: LoopEdit, *, by: By) -> FeedbackLoop:
    """Write the named fields; what keeps its value leaves no trace."""
    refuse_unknown(edit.fields, EDITABLE)
    with changing([edit.pilot], deed=Deed.EDIT, by=by, versions=versions(edit.pilot, edit.version)) as change:
        pilot = change.pilots[edit.pilot.pk]
        row = FeedbackLoop.objects.filter(pilot=pilot).first() or FeedbackLoop(pilot=pilot)
        before = told(row, EDITABLE)
        for name, value in edit.fields.items():
            setattr(row, name, value)
        _check(row, change)
        if difference := changed(before, told(row, EDITABLE), known_by="truth_source"):
            row.save()
            change.record(pilot, "loop.edited", before=difference[0], after=difference[1])
    return row


def _check(row: FeedbackLoop, change: Change) -> None:
    pilot = change.pilots[row.pilot_id]
    refuse_ended(pilot)
    tidy(row, TEXTS)
    reasons = faults_of_texts(row, TEXTS)
    reasons += faults_of_days(row, DAYS, up_to=change.by.today(pilot.program))
    reasons += _faults_of_counts(row)
    cadence = row.retrain_every_days
    if cadence is not None and not 1 <= cadence <= LONGEST_CADENCE:
        sentence = f"Write days from 1 to {LONGEST_CADENCE:,}, or leave it empty."
        reasons.append(Reason(sentence, "retrain_every_days", "range"))
    if reasons:
        raise Refused(reasons)


def _faults_of_counts(row: FeedbackLoop) -> list[Reason]:
    """A share needs both numbers and the day they were counted; more than all is not possible."""
    known = {name: getattr(row, name) for name in (*COUNTS, "counted_on")}
    if all(value is None for value in known.values()):
        return []
    reasons = [
        Reason(sentence, name, "required")
        for name, sentence in (
            ("answered", "Write how many answers there were in the period."),
            ("labelled", "Write how many of them have a known outcome; 0 where none has."),
            ("counted_on", "Write the day on which they were counted."),
        )
        if known[name] is None
    ]
    for name in COUNTS:
        number = known[name]
        if number is not None and not 0 <= number <= MOST_COUNTED:
            reasons.append(Reason(f"Write a number from 0 to {MOST_COUNTED:,}.", name, "range"))
    if row.answered == 0:
        reasons.append(
            Reason("Without answers there is no share. Leave all three empty.", "answered", "zero")
        )
    elif row.answered is not None and row.labelled is not None and row.labelled > row.answered:
        sentence = f"It gave {row.answered:,} answers, so no more than that can have an outcome."
        reasons.append(Reason(sentence, "labelled", "more-than-all"))
    return reasons

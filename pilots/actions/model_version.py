"""Keeps which versions of its model a pilot had, and since when the live one is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import RestrictedError

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
from pilots.calendar import Day
from pilots.models import ModelVersion, Pilot

TEXTS = ("label", "provider")
EDITABLE = (*TEXTS, "is_pinned", "changed_on", "training_data_through")
TOLD = (*EDITABLE, "is_live")


@dataclass(frozen=True, kw_only=True)
class NewModelVersion:
    """A version to keep. `changed_on` is the day it came, for the live one the day it went live.

    None of `is_pinned` and `training_data_through` means: not known.
    """

    pilot: Pilot
    label: str
    changed_on: date
    provider: str = ""
    is_pinned: bool | None = None
    training_data_through: date | None = None
    is_live: bool = False
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class ModelVersionEdit:
    """New values for some of `EDITABLE`; what is not named stays."""

    model_version: ModelVersion
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class GoLive:
    """A version goes live in place of the one that was; `changed_on` is None for today."""

    model_version: ModelVersion
    changed_on: date | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class RemoveModelVersion:
    model_version: ModelVersion
    version: int | None = None


def add_model_version(new: NewModelVersion, *, by: By) -> ModelVersion:
    read = versions(new.pilot, new.version)
    with changing([new.pilot], deed=Deed.EDIT, by=by, versions=read) as change:
        pilot = change.pilots[new.pilot.pk]
        others = _there(pilot)
        row = ModelVersion(
            pilot=pilot,
            label=new.label,
            provider=new.provider,
            is_pinned=new.is_pinned,
            changed_on=new.changed_on,
            training_data_through=new.training_data_through,
            is_live=new.is_live,
        )
        refuse_too_many(len(others) + 1, "versions of its model")
        _check(row, others, change)
        before = _end_live(others) if row.is_live else {}
        row.save(force_insert=True)
        change.record(pilot, "model.added", before=before, after=told(row, TOLD))
    return row


def edit_model_version(edit: ModelVersionEdit, *, by: By) -> ModelVersion:
    """Write the named fields; what keeps its value leaves no trace.

    Raises `ModelVersion.DoesNotExist` for one that was removed meanwhile.
    """
    refuse_unknown(edit.fields, EDITABLE)
    pilot = edit.model_version.pilot
    with changing([pilot], deed=Deed.EDIT, by=by, versions=versions(pilot, edit.version)) as change:
        row, others = _apart(_there(pilot), edit.model_version)
        before = told(row, TOLD)
        for name, value in edit.fields.items():
            setattr(row, name, value)
        _check(row, others, change)
        if difference := changed(before, told(row, TOLD), known_by="label"):
            row.save(update_fields=list(EDITABLE))
            change.record(change.pilots[pilot.pk], "model.edited", before=difference[0], after=difference[1])
    return row


def go_live(live: GoLive, *, by: By) -> ModelVersion:
    """Make a version the live one. Evidence from before that day speaks of another model (S3-11)."""
    pilot = live.model_version.pilot
    with changing([pilot], deed=Deed.EDIT, by=by, versions=versions(pilot, live.version)) as change:
        pilot = change.pilots[pilot.pk]
        refuse_ended(pilot)
        row, others = _apart(_there(pilot), live.model_version)
        if row.is_live:
            raise Refused.because(f"It is live since {Day(row.changed_on)}.", code="live")
        row.changed_on, row.is_live = live.changed_on or by.today(pilot.program), True
        _check(row, others, change)
        before = _end_live(others)
        row.save(update_fields=["changed_on", "is_live"])
        change.record(pilot, "model.live", before=before, after=told(row, TOLD))
    return row


def remove_model_version(remove: RemoveModelVersion, *, by: By) -> None:
    """Forget a version that is not live; what it was stays in the events.

    Raises `Refused` for one on which something rests, such as a reading: that would be of no model.
    """
    pilot = remove.model_version.pilot
    with changing([pilot], deed=Deed.EDIT, by=by, versions=versions(pilot, remove.version)) as change:
        pilot = change.pilots[pilot.pk]
        refuse_ended(pilot)
        row, others = _apart(_there(pilot), remove.model_version)
        if row.is_live and others:
            raise Refused.because("It is live. Let another version go live first.", code="live")
        change.record(pilot, "model.removed", before=told(row, TOLD))
        try:
            row.delete()
        except RestrictedError:
            sentence = f"Readings were taken of “{row.label}”, so it stays."
            raise Refused.because(sentence, code="in-use") from None


# --- What a version may be ------------------------------------------------------------


def _check(row: ModelVersion, others: Iterable[ModelVersion], change: Change) -> None:
    pilot = change.pilots[row.pilot_id]
    refuse_ended(pilot)
    tidy(row, TEXTS)
    reasons = faults_of_texts(row, TEXTS)
    if not row.label:
        reasons.append(Reason("Say which version it is.", "label", "required"))
    elif any(other.label.casefold() == row.label.casefold() for other in others):
        sentence = f"It has a version “{row.label}” already. Give this one another name."
        reasons.append(Reason(sentence, "label", "repeated"))
    days = ("changed_on", "training_data_through")
    wrong_days = faults_of_days(row, days, up_to=change.by.today(pilot.program))
    reasons += wrong_days or _faults_of_order(row, others)
    if reasons:
        raise Refused(reasons)


def _faults_of_order(row: ModelVersion, others: Iterable[ModelVersion]) -> list[Reason]:
    reasons = []
    if row.training_data_through is not None and row.training_data_through > row.changed_on:
        sentence = f"It came on {Day(row.changed_on)}; it cannot have learned from what was later."
        reasons.append(Reason(sentence, "training_data_through", "order"))
    live = next((other for other in others if other.is_live), None)
    if row.is_live and live is not None and row.changed_on < live.changed_on:
        sentence = f"“{live.label}” is live since {Day(live.changed_on)}; this one cannot follow it before."
        reasons.append(Reason(sentence, "changed_on", "order"))
    return reasons


# --- Steps they share --------------------------------------------------------------


def _end_live(others: Iterable[ModelVersion]) -> dict[str, Any]:
    """End the version that was live; return what the event says of it."""
    live = next((other for other in others if other.is_live), None)
    if live is None:
        return {}
    live.is_live = False
    live.save(update_fields=["is_live"])
    return {"live": live.label}


def _there(pilot: Pilot) -> list[ModelVersion]:
    """Return the versions of a pilot, now that it is locked."""
    return list(ModelVersion.objects.filter(pilot=pilot).order_by("pk"))


def _apart(rows: list[ModelVersion], wanted: ModelVersion) -> tuple[ModelVersion, list[ModelVersion]]:
    found = next((row for row in rows if row.pk == wanted.pk), None)
    if found is None:
        raise ModelVersion.DoesNotExist("The version was removed meanwhile.")
    return found, [row for row in rows if row is not found]

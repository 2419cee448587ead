"""Adds milestones to pilots, changes them, and says that they are done."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pilots.access.models import Movement, Source
from pilots.access.permissions import Deed
from pilots.actions.by import By, Refused
from pilots.actions.change import Change, as_json, changing, refuse_unstorable
from pilots.actions.evidence import NewEvidence, add_evidence
from pilots.actions.milestone_rules import (
    check_milestone,
    faults_of_days,
    one_line,
    refuse_ended,
    refuse_shown,
    refuse_too_many,
)
from pilots.actions.owner import Contact, ensure_owners
from pilots.actions.owner_held import hold_named
from pilots.actions.phases import Placed, phase_for, phases_that_count
from pilots.calendar import Day
from pilots.models import Milestone, Owner, Pilot
from pilots.playbook import EvidenceKind

EDITABLE = ("title", "due_on", "done_on", "owner", "is_required")


@dataclass(frozen=True, kw_only=True)
class NewMilestone:
    """A milestone to add. `owner` may be somebody the program has no contact of yet."""

    pilot: Pilot
    title: str
    due_on: date | None = None
    done_on: date | None = None
    owner: Contact | None = None
    is_required: bool = False
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class MilestoneEdit:
    """New values for some of `EDITABLE`; what is not named stays.

    `owner` is a `Contact` as somebody wrote it down, an `Owner` of the program, or None.
    """

    milestone: Milestone
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class CloseMilestone:
    """Somebody says that a milestone is done, and may show it. `done_on` is None for today."""

    milestone: Milestone
    done_on: date | None = None
    link: str = ""
    text: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReopenMilestone:
    milestone: Milestone
    reason: str
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class RemoveMilestone:
    milestone: Milestone
    version: int | None = None


# --- Adding ------------------------------------------------------------------------


def add_milestone(new: NewMilestone, *, by: By) -> Milestone:
    return add_milestones([new], by=by)[0]


def add_milestones(
    news: Sequence[NewMilestone], *, by: By, deed: Deed = Deed.PLAN, batch: uuid.UUID | None = None
) -> list[Milestone]:
    """Add each milestone, or none of them. One that was done before it came here is no movement."""
    pilots, versions = [new.pilot for new in news], _versions((new.pilot, new.version) for new in news)
    with changing(pilots, deed=deed, by=by, versions=versions, batch=batch) as change:
        there = _there(change.pilots)
        phases = phases_that_count(change.pilots.values(), at=by.at)
        owners = _owners(change, [(new.pilot.pk, new.owner) for new in news])
        rows = []
        for new in news:
            pilot = change.pilots[new.pilot.pk]
            row = Milestone(
                pilot=pilot,
                title=one_line(new.title),
                due_on=new.due_on,
                done_on=new.done_on,
                owner=_owner(new.owner, pilot, owners),
                is_required=new.is_required,
                phase=phase_for(new.due_on, phases.get(pilot.pk, [])),
                position=max((other.position for other in there[pilot.pk]), default=-1) + 1,
            )
            start = _plan_start(phases.get(pilot.pk), deed)
            check_milestone(row, pilot, there[pilot.pk], deed=deed, by=by, plan_start=start)
            there[pilot.pk].append(row)
            refuse_too_many(there[pilot.pk])
            rows.append(row)
        hold_named(row.owner_id for row in rows if row.owner_id is not None)
        Milestone.objects.bulk_create(rows, batch_size=1000)
        for row in rows:
            change.record(change.pilots[row.pilot_id], "milestone.added", after=_told(row))
    return rows


# --- Changing ----------------------------------------------------------------------


def edit_milestone(edit: MilestoneEdit, *, by: By) -> Milestone:
    return edit_milestones([edit], by=by)[0]


def edit_milestones(
    edits: Sequence[MilestoneEdit], *, by: By, deed: Deed = Deed.PLAN, batch: uuid.UUID | None = None
) -> list[Milestone]:
    """Write the named fields of each milestone, or of none; what keeps its value leaves no trace.

    Raises `Milestone.DoesNotExist` for one that was removed meanwhile.
    """
    for edit in edits:
        if unknown := set(edit.fields) - set(EDITABLE):
            raise ValueError(f"Not editable: {', '.join(sorted(unknown))}.")
    pilots = [edit.milestone.pilot for edit in edits]
    versions = _versions((edit.milestone.pilot, edit.version) for edit in edits)
    with changing(pilots, deed=deed, by=by, versions=versions, batch=batch) as change:
        there = _there(change.pilots)
        known = {row.pk: row for rows in there.values() for row in rows}
        phases = phases_that_count(change.pilots.values(), at=by.at)
        owners = _owners(change, [(edit.milestone.pilot_id, edit.fields.get("owner")) for edit in edits])
        rows: list[Milestone] = []
        named: list[int] = []
        for edit in edits:
            row = known.get(edit.milestone.pk)
            if row is None:
                raise Milestone.DoesNotExist("The milestone was removed meanwhile.")
            pilot = change.pilots[row.pilot_id]
            before, was = _told(row), _state(row)
            for name, value in edit.fields.items():
                setattr(row, name, _owner(value, pilot, owners) if name == "owner" else value)
            row.title = one_line(row.title)
            row.phase = phase_for(row.due_on, phases.get(pilot.pk, []))
            others = [other for other in there[pilot.pk] if other is not row]
            start = _plan_start(phases.get(pilot.pk), deed) if row.due_on != was["due_on"] else None
            check_milestone(row, pilot, others, deed=deed, by=by, plan_start=start)
            _note(change, row, before, was, deed=deed)
            rows.append(row)
            if row.owner_id is not None and row.owner_id != was["owner"]:
                named.append(row.owner_id)
        hold_named(named)
        Milestone.objects.bulk_update(rows, [*EDITABLE, "phase"], batch_size=500)
    return rows


def _note(change: Change, row: Milestone, before: dict[str, Any], was: dict[str, Any], *, deed: Deed) -> None:
    after, now = _told(row), _state(row)
    changed = [name for name in EDITABLE if was[name] != now[name]]
    if not changed:
        return
    is_closed = "done_on" in changed and was["done_on"] is None
    by_person = deed is not Deed.IMPORT and change.by.source is not Source.IMPORT
    change.record(
        change.pilots[row.pilot_id],
        "milestone.done" if changed == ["done_on"] and is_closed else "milestone.edited",
        before={"title": before["title"], **{name: before.get(name) for name in changed}},
        after={"title": after["title"], **{name: after.get(name) for name in changed}},
        movement=Movement.MOVED if is_closed and by_person else Movement.NONE,
    )


def close_milestone(close: CloseMilestone, *, by: By) -> Milestone:
    """Record that a milestone is done, and when; it counts as movement."""
    with changing(
        [close.milestone.pilot],
        deed=Deed.PLAN,
        by=by,
        versions=_versions([(close.milestone.pilot, close.version)]),
    ) as change:
        pilot = change.pilots[close.milestone.pilot_id]
        row = _again(close.milestone)
        refuse_ended(pilot)
        if row.done_on is not None:
            raise Refused.because(f"It was done on {Day(row.done_on)}.", code="done")
        before, was = _told(row), _state(row)
        row.done_on = done_on = close.done_on or by.today(pilot.program)
        if reasons := faults_of_days(row, by.today(pilot.program)):
            raise Refused(reasons)
        row.save(update_fields=["done_on"])
        _note(change, row, before, was, deed=Deed.PLAN)
        if close.link.strip() or close.text.strip():
            add_evidence(change, [_shown(close, row, pilot, done_on)])
    return row


def _shown(close: CloseMilestone, row: Milestone, pilot: Pilot, done_on: date) -> NewEvidence:
    """Return what somebody showed with a milestone: a document, since nobody said what else it is."""
    return NewEvidence(
        pilot=pilot,
        kind=EvidenceKind.DOCUMENT,
        dated=done_on,
        milestone=row,
        link=close.link,
        text=close.text,
    )


def reopen_milestone(reopen: ReopenMilestone, *, by: By) -> Milestone:
    """Take back that a milestone was done; what was said then stays in the events."""
    with changing(
        [reopen.milestone.pilot],
        deed=Deed.PLAN,
        by=by,
        versions=_versions([(reopen.milestone.pilot, reopen.version)]),
    ) as change:
        pilot = change.pilots[reopen.milestone.pilot_id]
        row = _again(reopen.milestone)
        refuse_ended(pilot)
        refuse_unstorable({"reason": reopen.reason})
        if row.done_on is None:
            raise Refused.because("It is open already.", code="open")
        if not reopen.reason.strip():
            raise Refused.because("Say why it is open again.", field="reason", code="reason")
        before = _told(row)
        row.done_on = None
        row.save(update_fields=["done_on"])
        change.record(
            pilot, "milestone.reopened", before=before, after=_told(row), reason=reopen.reason.strip()
        )
    return row


# --- Removing ----------------------------------------------------------------------


def remove_milestone(remove: RemoveMilestone, *, by: By) -> None:
    remove_milestones([remove], by=by)


def remove_milestones(
    removes: Sequence[RemoveMilestone],
    *,
    by: By,
    deed: Deed = Deed.PLAN,
    batch: uuid.UUID | None = None,
) -> None:
    """Take each milestone out, or none of them; what it was stays in the events.

    Raises `Refused` for one of which somebody brought evidence, withdrawn or not.
    """
    pilots = [remove.milestone.pilot for remove in removes]
    versions = _versions((remove.milestone.pilot, remove.version) for remove in removes)
    with changing(pilots, deed=deed, by=by, versions=versions, batch=batch) as change:
        known = {row.pk: row for rows in _there(change.pilots).values() for row in rows}
        refuse_shown([remove.milestone.pk for remove in removes])
        for remove in removes:
            row = known.get(remove.milestone.pk)
            if row is None:
                raise Milestone.DoesNotExist("The milestone was removed meanwhile.")
            pilot = change.pilots[row.pilot_id]
            if deed is not Deed.IMPORT:
                refuse_ended(pilot)
            change.record(pilot, "milestone.removed", before=_told(row))
        Milestone.objects.filter(pk__in=[remove.milestone.pk for remove in removes]).delete()


# --- Steps they share --------------------------------------------------------------


def _versions(read: Iterable[tuple[Pilot, int | None]]) -> dict[int, int]:
    return {pilot.pk: version for pilot, version in read if version is not None}


def _plan_start(phases: Sequence[Placed] | None, deed: Deed) -> date | None:
    """Return day 1 of the plan that counts; a register may tell what was due before it."""
    return phases[0].phase.plan.start if phases and deed is not Deed.IMPORT else None


def _there(pilots: Mapping[int, Pilot]) -> dict[int, list[Milestone]]:
    """Return the milestones of each pilot, now that it is locked."""
    found: dict[int, list[Milestone]] = {pk: [] for pk in pilots}
    for row in Milestone.objects.filter(pilot__in=list(found)).select_related("owner").order_by("pk"):
        row.pilot = pilots[row.pilot_id]
        found[row.pilot_id].append(row)
    return found


def _again(milestone: Milestone) -> Milestone:
    return Milestone.objects.select_related("owner", "pilot__program").get(pk=milestone.pk)


def _owners(
    change: Change, named: Iterable[tuple[int, Contact | Owner | None]]
) -> dict[tuple[int, Contact], Owner]:
    """Return the contact of the program for whatever was written, by program."""
    by_program: dict[int, list[Contact]] = {}
    for pilot_id, contact in named:
        if isinstance(contact, Contact):
            by_program.setdefault(change.pilots[pilot_id].program_id, []).append(contact)
    programs = {pilot.program_id: pilot.program for pilot in change.pilots.values()}
    return {
        (pk, contact): owner
        for pk, contacts in by_program.items()
        for contact, owner in ensure_owners(programs[pk], contacts, by=change.by).items()
    }


def _owner(
    named: Contact | Owner | None, pilot: Pilot, owners: Mapping[tuple[int, Contact], Owner]
) -> Owner | None:
    if isinstance(named, Contact):
        return owners[pilot.program_id, named]
    if named is not None and named.program_id != pilot.program_id:
        sentence = f"{named} is a contact of another program. Name somebody of {pilot.program}."
        raise Refused.because(sentence, field="owner", code="other-program")
    return named


def _state(row: Milestone) -> dict[str, Any]:
    """Return what is compared: two contacts may bear one name."""
    return {name: row.owner_id if name == "owner" else getattr(row, name) for name in EDITABLE}


def _told(row: Milestone) -> dict[str, Any]:
    """Return a milestone as events keep it, what is not known left out."""
    told = {
        "title": row.title,
        "due_on": as_json(row.due_on),
        "done_on": as_json(row.done_on),
        "owner": row.owner.name if row.owner else None,
        "is_required": True if row.is_required else None,
    }
    return {name: value for name, value in told.items() if value is not None}

"""Logs pilots and edits what describes them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from pilots.access.models import Event, Program, Source
from pilots.access.permissions import Deed, OwnerRole, relation_to_program
from pilots.actions.by import By, Reason
from pilots.actions.change import Change, as_json, changing, require
from pilots.actions.check import check_after_commit
from pilots.actions.custom import Known, checked_values, fields_of
from pilots.actions.description import (
    DESCRIPTION,
    DESIGN,
    check_description,
    past_decision,
    read_tags,
    unwatched,
)
from pilots.actions.event import event_row
from pilots.actions.flag_giving import free_unseen
from pilots.actions.owner import Contact
from pilots.actions.owner_set import Named, name_first_owners
from pilots.actions.scope import ScopeNote, note_scope, notes_of, settled_words
from pilots.actions.stage import Past, past_entry, past_row
from pilots.calendar import Day
from pilots.columns import derived, judged, span_rows
from pilots.lifecycle import Stage, Standing, stand
from pilots.models import HowBuilt, Origin, Pilot, PilotTag, RiskTier, StageSpan, StageTransition
from pilots.models.feed import HIDDEN
from pilots.rows import find_ids, insert_new, insert_rows

QUIET = timedelta(days=14)
EDITABLE = (*DESCRIPTION, *DESIGN, "is_confidential", "tags", "custom")


@dataclass(frozen=True, kw_only=True)
class NewPilot:
    """A pilot to log. `past` is its history as an import knows it; else it is in `stage` since `since`.

    `owner` brings it into production; `owners` are all others, and may name that one once more.
    `custom` holds values of custom fields by code, as JSON (`pilots.custom.FieldKind`).
    """

    program: Program
    name: str
    problem: str
    stage: Stage = Stage.PILOTING
    since: Day | None = None
    owner: Contact | None = None
    owners: tuple[Named, ...] = ()
    decide_by: date | None = None
    unit: str = ""
    vendor: str = ""
    contract: str = ""
    how_built: HowBuilt | None = None
    risk: RiskTier | None = None
    is_confidential: bool = False
    tags: tuple[str, ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)
    past: tuple[Past, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Edit:
    """New values for some of `EDITABLE`; what is not named stays.

    `custom` names the codes of some fields, each with its value or None; those not named stay too.
    `scope_reason` says why what day 15 of the plan settled changes. With `puts_back` it is what stood
    there before, so a day may be past.
    """

    pilot: Pilot
    fields: Mapping[str, Any] = field(default_factory=dict)
    scope_reason: str = ""
    puts_back: bool = False
    version: int | None = None


def log_pilot(new: NewPilot, *, by: By) -> Pilot:
    return log_pilots([new], by=by)[0]


def log_pilots(news: Sequence[NewPilot], *, by: By, batch: uuid.UUID | None = None) -> list[Pilot]:
    """Log each pilot, or none of them; the number of queries grows with programs, not with pilots.

    Stating a stage needs no gates: its history is marked stated or imported, and starts quiet days.
    """
    with transaction.atomic():
        programs = _lock_programs({new.program.pk for new in news})
        _check_permissions(news, programs, by=by)
        todays = {program.pk: by.today(program) for program in programs.values()}
        drafts = [
            _draft(new, programs[new.program.pk], custom, today=todays[new.program.pk], by=by)
            for new, custom in zip(news, _custom_of(news), strict=True)
        ]
        pilots = [draft.pilot for draft in drafts]
        Program.objects.bulk_update(programs.values(), ["last_number"])
        insert_new(Pilot, pilots)
        find_ids(Pilot, pilots, by="key")
        _insert_children(drafts, by=by)
        insert_rows(Event, [_logged(draft, by=by, batch=batch) for draft in drafts])
        check_after_commit([pilot.pk for pilot in pilots], at=by.at)
    return pilots


@dataclass(frozen=True)
class _Draft:
    """A pilot about to be stored, what has happened to it, and where that leaves it."""

    new: NewPilot
    pilot: Pilot
    pasts: tuple[Past, ...]
    standing: Standing


def _lock_programs(ids: set[int]) -> dict[int, Program]:
    locked = Program.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return {program.pk: program for program in locked}


def _check_permissions(news: Sequence[NewPilot], programs: Mapping[int, Program], *, by: By) -> None:
    of_program: dict[int, list[NewPilot]] = {}
    for new in news:
        of_program.setdefault(new.program.pk, []).append(new)
    for pk, mine in of_program.items():
        relation = relation_to_program(by.user, programs[pk])
        if any(new.past for new in mine):
            require(Deed.IMPORT, relation)
        elif all(new.stage is Stage.IDEA for new in mine):
            require(Deed.CREATE_IDEA, relation)
        else:
            require(Deed.CREATE, relation)
        if any(new.is_confidential for new in mine):
            require(Deed.MARK_CONFIDENTIAL, relation)


def _history(new: NewPilot, today: date) -> tuple[Past, ...]:
    if new.past:
        return new.past
    fresh_idea = new.stage is Stage.IDEA and new.since is None
    happened = Day(today) if fresh_idea else new.since
    origin = Origin.MADE if fresh_idea else Origin.STATED
    return (Past(stage=new.stage, happened=happened, latest_on=today, origin=origin),)


def _custom_of(news: Sequence[NewPilot]) -> list[dict[str, Any]]:
    """Return what stands in the custom fields of each; one query, and none where nobody names any."""
    known = fields_of({new.program.pk for new in news if new.custom})
    return [
        {
            code: value
            for code, value in checked_values(known[new.program.pk], new.custom).items()
            if value is not None
        }
        if new.custom
        else {}
        for new in news
    ]


def _draft(new: NewPilot, program: Program, custom: dict[str, Any], *, today: date, by: By) -> _Draft:
    program.last_number += 1
    pasts = _history(new, today)
    standing = stand(map(past_entry, pasts))
    pilot = Pilot(
        program=program,
        number=program.last_number,
        key=f"{program.prefix}-{program.last_number}",
        name=new.name.strip(),
        problem=new.problem.strip(),
        unit=new.unit.strip(),
        vendor=new.vendor.strip(),
        contract=new.contract.strip(),
        how_built=new.how_built.value if new.how_built else "",
        risk=new.risk.value if new.risk else "",
        is_confidential=new.is_confidential,
        decide_by=new.decide_by,
        custom=custom,
        is_imported=bool(new.past),
        quiet_until=today + QUIET if new.past or new.stage is not Stage.IDEA else None,
        created_at=by.at,
        updated_at=by.at,
        **derived(standing, [], silence_from=today, moved_from=today),
    )
    _check_new(new, pilot, today=today)
    for name, value in judged(pilot, [], at=by.at).items():
        setattr(pilot, name, value)
    return _Draft(new, pilot, pasts, standing)


def _check_new(new: NewPilot, pilot: Pilot, *, today: date) -> None:
    reasons = []
    if new.since and new.since.first > today:
        reasons.append(Reason(f"{new.since} has not come yet. Write a day up to today.", "since", "future"))
    if new.decide_by and new.decide_by < today and not new.past:
        reasons.append(past_decision(new.decide_by, today))
    check_description(pilot, reasons)


def _insert_children(drafts: Sequence[_Draft], *, by: By) -> None:
    insert_rows(
        StageTransition,
        [past_row(draft.pilot, past, by=by) for draft in drafts for past in draft.pasts],
    )
    insert_rows(
        StageSpan,
        [span for draft in drafts for span in span_rows(draft.pilot.pk, draft.standing.spans, [])],
    )
    _insert_tags({draft.pilot.pk: read_tags(draft.new.tags) for draft in drafts if draft.new.tags})
    name_first_owners([(draft.pilot, _named(draft.new)) for draft in drafts], by=by)


def _insert_tags(tags: Mapping[int, Sequence[str]]) -> None:
    insert_rows(PilotTag, [{"pilot_id": pk, "name": name} for pk, names in tags.items() for name in names])


def _named(new: NewPilot) -> tuple[Named, ...]:
    return ((OwnerRole.PRODUCTION_OWNER, new.owner), *new.owners) if new.owner else new.owners


def _logged(draft: _Draft, *, by: By, batch: uuid.UUID | None) -> dict[str, Any]:
    new, pilot = draft.new, draft.pilot
    after = {name: as_json(value) for name in DESCRIPTION if (value := getattr(pilot, name))}
    after |= {"stage": pilot.stage, "since": str(draft.standing.since or "not known")}
    if new.owner:
        after["owner"] = new.owner.name
    if new.owners:
        after["owners"] = [{"role": role.value, "owner": contact.name} for role, contact in new.owners]
    if pilot.custom:
        after["custom"] = pilot.custom
    verb = "pilot.imported" if new.past else "pilot.created"
    return event_row(verb, by=by, program=pilot.program, pilot=pilot, after=after, batch=batch)


def edit_pilot(edit: Edit, *, by: By) -> Pilot:
    return edit_pilots([edit], by=by)[0]


@transaction.atomic
def edit_pilots(
    edits: Sequence[Edit], *, by: By, deed: Deed = Deed.EDIT, batch: uuid.UUID | None = None
) -> list[Pilot]:
    """Write the named fields of each pilot, or of none; fields that keep their value leave no trace."""
    versions = {edit.pilot.pk: edit.version for edit in edits if edit.version is not None}
    hidden: list[Pilot] = []
    tagged: dict[int, list[str]] = {}
    scope: list[ScopeNote] = []
    with changing([edit.pilot for edit in edits], deed=deed, by=by, versions=versions, batch=batch) as change:
        tags = _tags_of([edit.pilot.pk for edit in edits if "tags" in edit.fields])
        known = fields_of({edit.pilot.program_id for edit in edits if edit.fields.get("custom")})
        for edit in edits:
            pilot = change.pilots[edit.pilot.pk]
            unknown = set(edit.fields) - set(EDITABLE)
            if unknown:
                raise ValueError(f"Not editable: {', '.join(sorted(unknown))}.")
            was_confidential, was = pilot.is_confidential, settled_words(pilot)
            if edit.fields.get("is_confidential", was_confidential) != was_confidential:
                change.require(Deed.MARK_CONFIDENTIAL, pilot)
            fields = known.get(pilot.program_id, {})
            after = _edit(change, pilot, edit, tags_before=tags.get(pilot.pk, []), known=fields)
            scope += notes_of(pilot, was, after, edit.scope_reason)
            if "tags" in after:
                tagged[pilot.pk] = tags[pilot.pk] = after["tags"]
            if pilot.is_confidential and not was_confidential:
                hidden.append(pilot)
        if tagged:
            PilotTag.objects.filter(pilot__in=list(tagged)).delete()
            _insert_tags(tagged)
        note_scope(change, scope, deed=deed)
        insert_rows(Event, [_tombstone(pilot, by=by) for pilot in hidden])
    if hidden:
        free_unseen(by=by, pilots=[pilot.pk for pilot in hidden])
    return [change.pilots[edit.pilot.pk] for edit in edits]


def _tombstone(pilot: Pilot, *, by: By) -> dict[str, Any]:
    """Return what tells followers of the feed to drop a pilot. They see it no longer: the key must do."""
    stone = event_row(HIDDEN, by=replace(by, user=None), program=pilot.program)
    return stone | {"pilot_key": pilot.key}


def _tags_of(ids: Sequence[int]) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = {}
    for pilot_id, name in (
        PilotTag.objects.filter(pilot__in=ids).order_by("name").values_list("pilot_id", "name")
    ):
        tags.setdefault(pilot_id, []).append(name)
    return tags


def _edit(
    change: Change, pilot: Pilot, edit: Edit, *, tags_before: list[str], known: Known
) -> dict[str, Any]:
    """Set what is named and tell it; return what is new, of which the tags are still to be written."""
    cleaned = {name: text.strip() if isinstance(text, str) else text for name, text in edit.fields.items()}
    tags, custom = cleaned.pop("tags", None), edit.fields.get("custom")
    cleaned.pop("custom", None)
    before, after = change.set(pilot, **cleaned)
    today = change.by.today(pilot.program)
    reasons = []
    # A register may say that the day is past.
    is_told = edit.puts_back or change.by.source is Source.IMPORT
    if "decide_by" in after and pilot.decide_by is not None and pilot.decide_by < today and not is_told:
        reasons.append(past_decision(pilot.decide_by, today))
    if not is_told:
        reasons += [*unwatched(pilot, after), *_not_alone(pilot, after)]
    check_description(pilot, reasons)
    if tags is not None and sorted(read_tags(tags)) != sorted(tags_before):
        before["tags"], after["tags"] = tags_before, read_tags(tags)
    if custom and (values := checked_values(known, custom, pilot.custom)):
        before["custom"] = {code: pilot.custom.get(code) for code in values}
        after["custom"] = values
        merged = {**pilot.custom, **values}
        change.set(pilot, custom={code: value for code, value in merged.items() if value is not None})
    if after:
        change.record(pilot, "pilot.edited", before=before, after=after)
    return after


def _not_alone(pilot: Pilot, after: Mapping[str, Any]) -> list[Reason]:
    """Return why a pilot with connections cannot be said to stand alone; one query where that is said."""
    if not after.get("stands_alone_because"):
        return []
    count = pilot.connections.count()
    if not count:
        return []
    listed = "A connection is listed" if count == 1 else f"{count:,} connections are listed"
    sentence = f"{listed}, so it does not stand alone. Remove what is not true."
    return [Reason(sentence, "stands_alone_because", "connected")]

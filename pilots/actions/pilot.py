"""Logs pilots and edits what describes them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from pilots.access.models import Event, Program, Source
from pilots.access.permissions import Deed, OwnerRole, may, relation_to_program
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, as_json, changing, refuse_unstorable, require
from pilots.actions.check import check_after_commit
from pilots.actions.custom import Known, checked_values, fields_of
from pilots.actions.event import event
from pilots.actions.owner import Contact, ensure_owners
from pilots.actions.stage import Past, past_row
from pilots.calendar import Day
from pilots.columns import derived, judged, span_rows
from pilots.lifecycle import Stage, stand
from pilots.models import HowBuilt, Origin, Ownership, Pilot, PilotTag, RiskTier, StageSpan, StageTransition
from pilots.models.feed import HIDDEN

QUIET = timedelta(days=14)
DESCRIPTION = ("name", "problem", "unit", "vendor", "contract", "how_built", "risk", "decide_by")
EDITABLE = (*DESCRIPTION, "is_confidential", "tags", "custom")


@dataclass(frozen=True, kw_only=True)
class NewPilot:
    """A pilot to log. `past` is its history as an import knows it; else it is in `stage` since `since`.

    `custom` holds values of custom fields by code, as JSON (`pilots.custom.FieldKind`).
    """

    program: Program
    name: str
    problem: str
    stage: Stage = Stage.PILOTING
    since: Day | None = None
    owner: Contact | None = None
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
    """

    pilot: Pilot
    fields: Mapping[str, Any] = field(default_factory=dict)
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
        customs = _custom_of(news)
        pilots = [
            _build(new, programs[new.program.pk], custom, by=by)
            for new, custom in zip(news, customs, strict=True)
        ]
        Program.objects.bulk_update(programs.values(), ["last_number"])
        Pilot.objects.bulk_create(pilots, batch_size=500)
        _insert_children(news, pilots, by=by)
        Event.objects.bulk_create(
            [_logged(new, pilot, by=by, batch=batch) for new, pilot in zip(news, pilots, strict=True)],
            batch_size=1000,
        )
        check_after_commit([pilot.pk for pilot in pilots], at=by.at)
    return pilots


def _lock_programs(ids: set[int]) -> dict[int, Program]:
    locked = Program.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return {program.pk: program for program in locked}


def _check_permissions(news: Sequence[NewPilot], programs: Mapping[int, Program], *, by: By) -> None:
    for program in programs.values():
        relation = relation_to_program(by.user, program)
        mine = [new for new in news if new.program.pk == program.pk]
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


def _build(new: NewPilot, program: Program, custom: dict[str, Any], *, by: By) -> Pilot:
    today = by.today(program)
    program.last_number += 1
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
    )
    _check_new(new, pilot, today=today)
    standing = stand(past_row(pilot, past, by=by).as_entry() for past in _history(new, today))
    for name, value in derived(standing, [], silence_from=today, moved_from=today).items():
        setattr(pilot, name, value)
    for name, value in judged(pilot, [], at=by.at).items():
        setattr(pilot, name, value)
    return pilot


def _check_new(new: NewPilot, pilot: Pilot, *, today: date) -> None:
    reasons = []
    if new.since and new.since.first > today:
        reasons.append(Reason(f"{new.since} has not come yet. Write a day up to today.", "since", "future"))
    if new.decide_by and new.decide_by < today and not new.past:
        reasons.append(_past_decision(new.decide_by, today))
    _check_description(pilot, reasons)


def _past_decision(decide_by: date, today: date) -> Reason:
    later = Day(today + timedelta(days=90))
    return Reason(
        f"{Day(decide_by)} is past. Choose a later day; 90 days on is {later}.", "decide_by", "past"
    )


def _check_description(pilot: Pilot, reasons: list[Reason]) -> None:
    refuse_unstorable({name: getattr(pilot, name) for name in DESCRIPTION})
    try:
        pilot.clean_fields(exclude={field.name for field in pilot._meta.fields} - set(DESCRIPTION))
    except ValidationError as error:
        reasons = [*reasons, *Refused.invalid(error).reasons]
    if reasons:
        raise Refused(reasons)


def _insert_children(news: Sequence[NewPilot], pilots: Sequence[Pilot], *, by: By) -> None:
    pairs = list(zip(news, pilots, strict=True))
    rows = [
        past_row(pilot, past, by=by)
        for new, pilot in pairs
        for past in _history(new, by.today(pilot.program))
    ]
    StageTransition.objects.bulk_create(rows, batch_size=1000)
    histories: dict[int, list[StageTransition]] = {}
    for row in rows:
        histories.setdefault(row.pilot_id, []).append(row)
    spans: list[StageSpan] = []
    for pilot in pilots:
        spans += span_rows(pilot, stand(row.as_entry() for row in histories[pilot.pk]).spans, [])
    StageSpan.objects.bulk_create(spans, batch_size=1000)
    PilotTag.objects.bulk_create(
        [PilotTag(pilot=pilot, name=name) for new, pilot in pairs for name in read_tags(new.tags)],
        batch_size=1000,
    )
    _name_owners(pairs, by=by)


def _name_owners(pairs: Sequence[tuple[NewPilot, Pilot]], *, by: By) -> None:
    owned = [(new.owner, pilot) for new, pilot in pairs if new.owner]
    ownerships = []
    for program in {pilot.program for _, pilot in owned}:
        mine = [(contact, pilot) for contact, pilot in owned if pilot.program_id == program.pk]
        owners = ensure_owners(program, [contact for contact, _ in mine], by=by)
        today = by.today(program)
        manages = may(Deed.ASSIGN_OWNERS, relation_to_program(by.user, program))
        for contact, pilot in mine:
            owner = owners[contact]
            names_self = by.user is not None and owner.user_id == by.user.pk
            if names_self and not manages:
                raise Refused.because(
                    "Who brings it into production is for a manager to say. Write “nobody yet”.",
                    field="owner",
                    code="own-owner",
                )
            ownerships.append(
                Ownership(
                    pilot=pilot,
                    owner=owner,
                    role=OwnerRole.PRODUCTION_OWNER.value,
                    since=today,
                    accepted_on=today if names_self else None,
                )
            )
    Ownership.objects.bulk_create(ownerships, batch_size=1000)


def _logged(new: NewPilot, pilot: Pilot, *, by: By, batch: uuid.UUID | None) -> Event:
    after = {name: as_json(getattr(pilot, name)) for name in DESCRIPTION if getattr(pilot, name)}
    after |= {"stage": pilot.stage, "since": str(pilot.since or "not known")}
    if new.owner:
        after["owner"] = new.owner.name
    if pilot.custom:
        after["custom"] = pilot.custom
    verb = "pilot.imported" if new.past else "pilot.created"
    return event(verb, by=by, program=pilot.program, pilot=pilot, after=after, batch=batch)


def read_tags(names: Sequence[str]) -> list[str]:
    """Return the words once each, without white space around them; raise `Refused` for a long one."""
    cleaned = list(dict.fromkeys(" ".join(name.split()) for name in names if name.strip()))
    for name in cleaned:
        refuse_unstorable({"tags": name})
        if len(name) > 60:
            raise Refused.because(
                f"“{name[:30]}…” is too long for a tag: 60 characters.", field="tags", code="length"
            )
    return cleaned


def edit_pilot(edit: Edit, *, by: By) -> Pilot:
    return edit_pilots([edit], by=by)[0]


def edit_pilots(
    edits: Sequence[Edit], *, by: By, deed: Deed = Deed.EDIT, batch: uuid.UUID | None = None
) -> list[Pilot]:
    """Write the named fields of each pilot, or of none; fields that keep their value leave no trace."""
    versions = {edit.pilot.pk: edit.version for edit in edits if edit.version is not None}
    hidden: list[Pilot] = []
    with changing([edit.pilot for edit in edits], deed=deed, by=by, versions=versions, batch=batch) as change:
        tags = _tags_of([edit.pilot.pk for edit in edits if "tags" in edit.fields])
        known = fields_of({edit.pilot.program_id for edit in edits if edit.fields.get("custom")})
        for edit in edits:
            pilot = change.pilots[edit.pilot.pk]
            unknown = set(edit.fields) - set(EDITABLE)
            if unknown:
                raise ValueError(f"Not editable: {', '.join(sorted(unknown))}.")
            was_confidential = pilot.is_confidential
            if edit.fields.get("is_confidential", was_confidential) != was_confidential:
                change.require(Deed.MARK_CONFIDENTIAL, pilot)
            fields = known.get(pilot.program_id, {})
            _edit(change, pilot, edit.fields, tags_before=tags.get(pilot.pk, []), known=fields)
            if pilot.is_confidential and not was_confidential:
                hidden.append(pilot)
        Event.objects.bulk_create([_tombstone(pilot, by=by) for pilot in hidden], batch_size=1000)
    return [change.pilots[edit.pilot.pk] for edit in edits]


def _tombstone(pilot: Pilot, *, by: By) -> Event:
    """Return what tells followers of the feed to drop a pilot. They see it no longer: the key must do."""
    stone = event(HIDDEN, by=replace(by, user=None), program=pilot.program)
    stone.pilot_key = pilot.key
    return stone


def _tags_of(ids: Sequence[int]) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = {}
    for pilot_id, name in (
        PilotTag.objects.filter(pilot__in=ids).order_by("name").values_list("pilot_id", "name")
    ):
        tags.setdefault(pilot_id, []).append(name)
    return tags


def _edit(
    change: Change, pilot: Pilot, fields: Mapping[str, Any], *, tags_before: list[str], known: Known
) -> None:
    cleaned = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    tags, custom = cleaned.pop("tags", None), fields.get("custom")
    cleaned.pop("custom", None)
    before, after = change.set(pilot, **cleaned)
    today = change.by.today(pilot.program)
    reasons = []
    is_told = change.by.source is Source.IMPORT  # a register may say that the day is past
    if "decide_by" in after and pilot.decide_by is not None and pilot.decide_by < today and not is_told:
        reasons.append(_past_decision(pilot.decide_by, today))
    _check_description(pilot, reasons)
    if tags is not None and sorted(read_tags(tags)) != sorted(tags_before):
        before["tags"], after["tags"] = tags_before, read_tags(tags)
        PilotTag.objects.filter(pilot=pilot).delete()
        PilotTag.objects.bulk_create(PilotTag(pilot=pilot, name=name) for name in after["tags"])
    if custom and (values := checked_values(known, custom, pilot.custom)):
        before["custom"] = {code: pilot.custom.get(code) for code in values}
        after["custom"] = values
        merged = {**pilot.custom, **values}
        change.set(pilot, custom={code: value for code, value in merged.items() if value is not None})
    if after:
        change.record(pilot, "pilot.edited", before=before, after=after)

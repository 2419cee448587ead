"""Defines the numbers that should move, and changes what was agreed about them."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kpis.actions.kpi_rules import (
    EDITABLE,
    LONGEST_CODE,
    NUMBERS,
    check,
    free_code,
    refuse_too_many,
    refuse_unit_changes,
    take_over,
    told,
)
from kpis.actions.kpi_versions import LONGEST_REASON, write_first, write_next
from kpis.definition import SIGNED, parts_of
from kpis.models import Kpi
from kpis.oneline import KpiLine
from kpis.terms import KpiKind
from pilots.access.permissions import Deed
from pilots.actions.by import By, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.actions.owner import Contact, ensure_owners
from pilots.actions.owner_held import hold_named
from pilots.actions.scope import ScopeNote, note_scope
from pilots.models import Owner, Pilot
from pilots.rows import update_rows

__all__ = [
    "EDITABLE",
    "LONGEST_CODE",
    "NUMBERS",
    "KpiEdit",
    "NewKpi",
    "define_kpi",
    "define_kpis",
    "edit_kpis",
]


@dataclass(frozen=True, kw_only=True)
class NewKpi:
    """A KPI to add; `version` is that of the pilot as it was read.

    `fields` names any others of `EDITABLE`, or states what the line leaves open; they count before it.
    """

    pilot: Pilot
    line: KpiLine
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class KpiEdit:
    """New values for some of `EDITABLE`; what is not named stays. Numbers are `Decimal`, None is unknown.

    `owner` is a `Contact` as somebody wrote it down, an `Owner` of the program, or None. With
    `keeps_direction` numbers that turn it round are refused; without, it follows from them.
    `scope_reason` says why a KPI changes that day 15 of the plan settled, `reason` why it changes at all;
    either stands beside the version. `version` is that of the pilot.
    """

    kpi: Kpi
    fields: Mapping[str, Any] = field(default_factory=dict)
    keeps_direction: bool = False
    scope_reason: str = ""
    reason: str = ""
    version: int | None = None


def define_kpi(new: NewKpi, *, by: By) -> Kpi:
    """Add a KPI to a pilot; the first business one is its primary one."""
    return define_kpis([new], by=by)[0]


def define_kpis(
    news: Sequence[NewKpi], *, by: By, deed: Deed = Deed.EDIT, batch: uuid.UUID | None = None
) -> list[Kpi]:
    """Add each KPI, or none of them; the first business one of a pilot is its primary one.

    Raises `Refused` for a name the pilot has already, for numbers Headway cannot hold, and for parts
    that contradict each other (`kpi_rules.check`).
    """
    versions = {new.pilot.pk: new.version for new in news if new.version is not None}
    with changing([new.pilot for new in news], deed=deed, by=by, versions=versions, batch=batch) as change:
        known = _known(change.pilots)
        owners = _owners(change, [(new.pilot.pk, new.fields.get("owner")) for new in news])
        rows = []
        for new in news:
            pilot = change.pilots[new.pilot.pk]
            others = known[pilot.pk]
            kpi = _row(new, pilot, others, owners)
            called = "name" if "name" in new.fields else "kpi"
            check(kpi, pilot, others, today=by.today(pilot.program), called=called)
            others.append(kpi)
            refuse_too_many(pilot, others)
            rows.append(kpi)
            more = {name: told(getattr(kpi, name)) for name in EDITABLE if new.fields.get(name) is not None}
            change.record(pilot, "kpi.defined", after={"kpi": _as_line(kpi), **more})
        hold_named(kpi.owner_id for kpi in rows if kpi.owner_id is not None)
        Kpi.objects.bulk_create(rows, batch_size=1000)
        write_first(rows, by=by)
    return rows


def _row(
    new: NewKpi, pilot: Pilot, others: Sequence[Kpi], owners: Mapping[tuple[int, Contact], Owner]
) -> Kpi:
    line = new.line
    stated = line.direction.value if line.direction else ""
    kpi = Kpi(pilot=pilot, direction=stated if line.baseline is None else "")
    parts = {"name": line.name, "unit": line.unit, "baseline": line.baseline, "target": line.target}
    take_over(kpi, _with_owner({**parts, **new.fields}, pilot, owners), keeps_direction=False)
    kpi.code = free_code(kpi.name, others)
    kpi.is_primary = kpi.kind == KpiKind.BUSINESS.value and not any(other.is_primary for other in others)
    return kpi


def _as_line(kpi: Kpi) -> str:
    """Return a KPI as the one line that events tell."""
    unit = f" {kpi.unit}" if kpi.unit else ""
    start = f"baseline {told(kpi.baseline)}{unit}" if kpi.baseline is not None else "baseline not known"
    if kpi.target is not None:
        low = f"{told(kpi.target_low)} to " if kpi.target_low is not None else ""
        end = f"target {low}{told(kpi.target)}{unit}"
    else:
        end = f"threshold {told(kpi.threshold)}{unit}"
    way = f", {kpi.get_direction_display()}" if kpi.direction else ""
    return f"{kpi.name}, {start}, {end}{way}"


def edit_kpis(
    edits: Sequence[KpiEdit], *, by: By, deed: Deed = Deed.EDIT, batch: uuid.UUID | None = None
) -> list[Kpi]:
    """Write the named fields of each KPI, or of none; fields that keep their value leave no trace.

    A change of any signed part makes a version, and nobody has signed that one. The code stays, since
    links name it. Raises `Refused` as `define_kpis` does and for another unit of what has readings, and
    `Kpi.DoesNotExist` for one that is gone.
    """
    pilots = [Pilot(pk=edit.kpi.pilot_id) for edit in edits]
    versions = {edit.kpi.pilot_id: edit.version for edit in edits if edit.version is not None}
    with changing(pilots, deed=deed, by=by, versions=versions, batch=batch) as change:
        known = _known(change.pilots)
        owners = _owners(change, [(edit.kpi.pilot_id, edit.fields.get("owner")) for edit in edits])
        rows = {kpi.pk: kpi for kpis in known.values() for kpi in kpis}
        was = {edit.kpi.pk: parts_of(rows[edit.kpi.pk]) for edit in edits if edit.kpi.pk in rows}
        changed: dict[int, Kpi] = {}
        reasons: dict[int, str] = {}
        other_units: list[Kpi] = []
        named: list[int] = []
        scope: list[ScopeNote] = []
        for edit in edits:
            if edit.kpi.pk not in rows:
                raise Kpi.DoesNotExist("A KPI is gone.")
            kpi = rows[edit.kpi.pk]
            pilot, called, unit, owner = change.pilots[kpi.pilot_id], kpi.name, kpi.unit, kpi.owner_id
            before, after = _set(kpi, _with_owner(edit.fields, pilot, owners), edit)
            if not after:
                continue
            others = [other for other in known[pilot.pk] if other is not kpi]
            check(kpi, pilot, others, today=by.today(pilot.program))
            if unit and unit != kpi.unit:
                other_units.append(kpi)
            if kpi.owner_id is not None and kpi.owner_id != owner:
                named.append(kpi.owner_id)
            changed[kpi.pk] = kpi
            reasons[kpi.pk] = _reason(edit)
            scope += _scope(called, before, after, pilot=pilot, reason=edit.scope_reason)
            change.record(
                pilot,
                "kpi.edited",
                before={"kpi": called, **before},
                after={"kpi": called, **after},
                reason=edit.reason.strip(),
            )
        refuse_unit_changes(other_units)
        hold_named(named)
        note_scope(change, scope, deed=deed)
        update_rows(Kpi, list(changed.values()), EDITABLE)
        write_next(list(changed.values()), was, reasons, by=by)
    return [rows[edit.kpi.pk] for edit in edits]


def _set(kpi: Kpi, fields: Mapping[str, Any], edit: KpiEdit) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set the named fields and the direction that follows; return what they were and what they are."""
    old = {name: getattr(kpi, name) for name in EDITABLE}
    take_over(kpi, fields, keeps_direction=edit.keeps_direction)
    names = [name for name in EDITABLE if getattr(kpi, name) != old[name]]
    before = {name: told(old[name]) for name in names}
    return before, {name: told(getattr(kpi, name)) for name in names}


def _reason(edit: KpiEdit) -> str:
    """Return what stands beside the version: why it changed, or why the scope did."""
    refuse_unstorable({"reason": edit.reason})
    reason = edit.reason.strip()
    if len(reason) > LONGEST_REASON:
        sentence = f"Write at most {LONGEST_REASON} characters; these are {len(reason):,}."
        raise Refused.because(sentence, field="reason", code="length")
    return reason or edit.scope_reason.strip()


def _scope(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any], *, pilot: Pilot, reason: str
) -> list[ScopeNote]:
    """Return the one note of a KPI whose settled parts change; what was empty was not settled."""
    parts = [part for part in SIGNED if part in after and before[part] not in {None, ""}]
    if not parts:
        return []

    def said(values: Mapping[str, Any]) -> str:
        return ", ".join(
            f"{part.replace('_', ' ')} {values[part] if values[part] not in {None, ''} else 'not known'}"
            for part in parts
        )

    return [
        ScopeNote(
            pilot=pilot, what=f"the KPI {name}"[:200], before=said(before), after=said(after), reason=reason
        )
    ]


# --- Steps they share --------------------------------------------------------------


def _known(pilots: Iterable[int]) -> dict[int, list[Kpi]]:
    known: dict[int, list[Kpi]] = {pk: [] for pk in pilots}
    for kpi in Kpi.objects.filter(pilot__in=list(known)).select_related("owner").order_by("pk"):
        known[kpi.pilot_id].append(kpi)
    return known


def _owners(change: Change, named: Iterable[tuple[int, object]]) -> dict[tuple[int, Contact], Owner]:
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


def _with_owner(
    fields: Mapping[str, Any], pilot: Pilot, owners: Mapping[tuple[int, Contact], Owner]
) -> Mapping[str, Any]:
    """Return fields with the contact of the program in place of who was written down."""
    named = fields.get("owner")
    if isinstance(named, Contact):
        return {**fields, "owner": owners[pilot.program_id, named]}
    if isinstance(named, Owner) and named.program_id != pilot.program_id:
        sentence = f"{named} is a contact of another program. Name somebody of {pilot.program}."
        raise Refused.because(sentence, field="owner", code="other-program")
    return fields

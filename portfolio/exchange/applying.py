"""Writes a plan through the actions; the caller holds the transaction."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pilots.access.models import Program, Role
from pilots.access.permissions import Deed
from pilots.access.roles import OwnerRole
from pilots.actions.account import add_member, create_programs
from pilots.actions.by import By
from pilots.actions.change import as_json
from pilots.actions.description import read_tags
from pilots.actions.owner import noting_new_owners
from pilots.actions.owner_set import OwnersOf, set_owners
from pilots.actions.pilot import Edit, NewPilot, edit_pilots, log_pilots
from pilots.actions.register import COLUMNS, RegisterRow, remember_rows
from pilots.actions.stage import Past, record_past
from pilots.models import Origin, Ownership, Pilot, PilotTag, RegisterEntry, StageTransition
from portfolio.exchange.applying_more import AT_ONCE, write_kpis, write_milestones
from portfolio.exchange.history import Step
from portfolio.exchange.merging import values_of
from portfolio.exchange.plan import Known, Plan, remembered
from portfolio.exchange.programs import Programs
from portfolio.exchange.understood import (
    CONFIDENTIAL,
    DECIDE_BY,
    FIELDS,
    TAGS,
    Told,
    UnderstoodRow,
    custom_key,
)


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written of one pilot that an undo needs: `fields` maps a key to [before, after], as JSON.

    The keys are those of `Edit.fields`, `custom.<code>`, `kpi.<id>` and `milestone.<id>`; under
    `owner.<role>` stand the ids of the ownerships that ended and of those that began, under `steps` none
    and those of the steps recorded.
    """

    line: int
    pilot: int
    is_new: bool
    fields: Mapping[str, list[Any]]
    entry_before: Mapping[str, Any] | None


@dataclass(frozen=True)
class Done:
    """What a plan left behind: per pilot, and the ids of the contacts it made."""

    written: tuple[Written, ...]
    contacts: tuple[int, ...]


def write_plan(
    plan: Plan,
    where: Programs,
    pilots: Mapping[int, Pilot],
    *,
    register: str,
    title: str,
    as_of: date,
    by: By,
    batch: uuid.UUID,
) -> Done:
    """Write all of a plan; `pilots` are those it changes, by id."""
    return _Writer(plan, where, pilots, register=register, as_of=as_of, by=by, batch=batch).write(title)


class _Writer:
    def __init__(
        self,
        plan: Plan,
        where: Programs,
        pilots: Mapping[int, Pilot],
        *,
        register: str,
        as_of: date,
        by: By,
        batch: uuid.UUID,
    ) -> None:
        self.plan, self.where, self.pilots = plan, where, pilots
        self.register, self.as_of, self.by, self.batch = register, as_of, by, batch
        self.traces: dict[int, dict[str, list[Any]]] = defaultdict(dict)

    def write(self, title: str) -> Done:
        if self.where.fresh:
            _open(self.where.fresh, by=self.by)
        with noting_new_owners() as contacts:
            logged = self._log()
            self._change()
            self._tell_more(logged)
        before = self._entries_before()
        rows = [*self._remembered_new(logged), *self._remembered_known()]
        if rows or self.plan.changed:
            remember_rows(rows, by=self.by, subject=title, counts=self._counts(), batch=self.batch)
        return Done(tuple(self._written(logged, before)), tuple(sorted(contacts)))

    def _counts(self) -> dict[str, int]:
        plan = self.plan
        return {
            "rows": plan.rows,
            "new": len(plan.new),
            "changed": len(plan.changed),
            "same": plan.same,
        }

    # --- Pilots that are new ------------------------------------------------------------

    def _log(self) -> list[Pilot]:
        news = [_new_pilot(row, self.where.of(row)) for row, _ in self.plan.new]
        return log_pilots(news, by=self.by, batch=self.batch) if news else []

    # --- Pilots that are known ----------------------------------------------------------

    def _change(self) -> None:
        edits, pasts, owners = [], [], []
        for item in self.plan.changed:
            pilot = self.pilots[item.entry.pilot]
            if fields := _edited(item):
                edits.append(Edit(pilot=pilot, fields=fields))
                self.traces[pilot.pk] |= _traces(pilot, fields)
            if item.merged.steps:
                pasts.append((pilot, _pasts(item.merged.steps)))
            owners += [
                OwnersOf(pilot=pilot, role=OwnerRole(name), contacts=told.value)
                for name, told in _changed(item, "owner")
            ]
        for pilot_id, names in _tags([edit.pilot.pk for edit in edits if TAGS in edit.fields]).items():
            self.traces[pilot_id][TAGS][0] = names
        if edits:
            edit_pilots(edits, by=self.by, deed=Deed.IMPORT, batch=self.batch)
        if pasts:
            known = _steps(pasts)
            record_past(pasts, by=self.by, batch=self.batch)
            for pilot_id, ids in _steps(pasts).items():
                self.traces[pilot_id]["steps"] = [[], sorted(ids - known[pilot_id])]
        if owners:
            before = _active(owners)
            set_owners(owners, by=self.by, deed=Deed.IMPORT, batch=self.batch)
            after = _active(owners)
            for pilot_id, role in before | after:
                was, now = before.get((pilot_id, role), set()), after.get((pilot_id, role), set())
                self.traces[pilot_id][f"owner.{role}"] = [sorted(was - now), sorted(now - was)]

    def _tell_more(self, logged: Sequence[Pilot]) -> None:
        """Write KPIs and milestones, of new pilots and of those that changed."""
        told: list[tuple[Pilot, Told]] = [
            (pilot, told)
            for (row, _), pilot in zip(self.plan.new, logged, strict=True)
            for key, told in row.more.items()
            if key.startswith(("kpi.", "milestone."))
        ]
        for item in self.plan.changed:
            pilot = self.pilots[item.entry.pilot]
            told += [(pilot, told) for kind in ("kpi", "milestone") for _, told in _changed(item, kind)]
        new = {pilot.pk for pilot in logged}
        for write in (write_kpis, write_milestones):
            for pilot_id, key, trace in write(told, by=self.by, batch=self.batch):
                if pilot_id not in new:
                    self.traces[pilot_id][key] = trace

    # --- What is remembered -------------------------------------------------------------

    def _entries_before(self) -> dict[int, dict[str, Any]]:
        """Return the entries of pilots that are about to change, or to be remembered anew, by id."""
        ids = [item.entry.id for item in self.plan.known if item.entry.id and _leaves_a_trace(item)]
        found = {}
        for start in range(0, len(ids), AT_ONCE):
            for entry in RegisterEntry.objects.filter(pk__in=ids[start : start + AT_ONCE]):
                found[entry.pk] = {name: getattr(entry, name) for name in COLUMNS}
                found[entry.pk]["as_of"] = entry.as_of.isoformat()
        return found

    def _remembered_new(self, logged: Sequence[Pilot]) -> list[RegisterRow]:
        return [
            RegisterRow(
                pilot=pilot,
                register=self.register,
                reference=reference,
                family=row.family,
                digest=row.digest,
                as_of=self.as_of,
                values=values_of(row),
            )
            for (row, reference), pilot in zip(self.plan.new, logged, strict=True)
        ]

    def _remembered_known(self) -> list[RegisterRow]:
        rows = []
        for item in self.plan.known:
            columns = remembered(item, self.as_of)
            if columns is not None:
                pilot = self.pilots[item.entry.pilot]
                entry = item.entry.id or None
                rows.append(RegisterRow(pilot=pilot, register=self.register, entry=entry, **columns))
        return rows

    def _written(self, logged: Sequence[Pilot], before: Mapping[int, Mapping[str, Any]]) -> Iterable[Written]:
        for (row, _), pilot in zip(self.plan.new, logged, strict=True):
            yield Written(line=row.line, pilot=pilot.pk, is_new=True, fields={}, entry_before=None)
        for item in self.plan.known:
            if not _leaves_a_trace(item):
                continue
            yield Written(
                line=item.row.line,
                pilot=item.entry.pilot,
                is_new=False,
                fields=self.traces.get(item.entry.pilot, {}),
                entry_before=before.get(item.entry.id),
            )


def _leaves_a_trace(item: Known) -> bool:
    return item.merged.values is not None or item.merged.changes_something


def _open(fresh: Sequence[Program], *, by: By) -> None:
    """Open programs, each managed by the person who imports: without a manager nobody could act there."""
    for program in create_programs(fresh, by=by):
        if by.user is not None:
            add_member(program=program, user=by.user, role=Role.MANAGER, by=by)


def _new_pilot(row: UnderstoodRow, program: Program) -> NewPilot:
    more = {key: told.value for key, told in row.more.items()}
    return NewPilot(
        program=program,
        name=row.name,
        problem=row.problem,
        unit=row.unit,
        vendor=row.vendor,
        contract=row.contract,
        risk=row.risk,
        how_built=row.how_built,
        decide_by=more.get(DECIDE_BY),
        is_confidential=more.get(CONFIDENTIAL, False),
        tags=more.get(TAGS, ()),
        custom=_parts(more, "custom"),
        owners=tuple(
            (OwnerRole(role), person) for role, people in _parts(more, "owner").items() for person in people
        ),
        past=_pasts(row.steps),
    )


def _parts(more: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return what a row tells under keys of two parts, by the second."""
    return {key.partition(".")[2]: value for key, value in more.items() if key.startswith(f"{kind}.")}


def _pasts(steps: Sequence[Step]) -> tuple[Past, ...]:
    return tuple(
        Past(
            stage=step.stage,
            happened=step.happened,
            latest_on=step.latest_on,
            origin=Origin.IMPORTED,
            supersedes=StageTransition(pk=step.supersedes) if step.supersedes else None,
        )
        for step in steps
    )


def _edited(item: Known) -> dict[str, Any]:
    """Return what `edit_pilots` writes of a known row."""
    fields: dict[str, Any] = {}
    for key, text in item.merged.fields.items():
        if key in FIELDS:
            fields[key] = text
        elif key in {DECIDE_BY, TAGS}:
            fields[key] = item.row.more[key].value
        elif key == CONFIDENTIAL:
            fields["is_confidential"] = item.row.more[key].value
    if custom := {code: told.value for code, told in _changed(item, "custom")}:
        fields["custom"] = custom
    return fields


def _changed(item: Known, kind: str) -> list[tuple[str, Told]]:
    """Return what changed under keys of two parts: the second part, and what the row tells."""
    return [
        (key.partition(".")[2], item.row.more[key])
        for key in item.merged.fields
        if key.startswith(f"{kind}.")
    ]


# --- What an undo needs ------------------------------------------------------------


def _traces(pilot: Pilot, fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return before and after of what is edited, as JSON; which tags there were is read for all at once."""
    traces: dict[str, list[Any]] = {}
    for name, value in fields.items():
        if name == "custom":
            for code, told in value.items():
                traces[custom_key(code)] = [pilot.custom.get(code), told]
        elif name == TAGS:
            traces[name] = [[], read_tags(value)]
        else:
            traces[name] = [as_json(getattr(pilot, name)), as_json(value)]
    return traces


def _tags(pilots: Sequence[int]) -> dict[int, list[str]]:
    """Return the tags of these pilots, of those that have any; a tag may hold a comma."""
    found: dict[int, list[str]] = defaultdict(list)
    for start in range(0, len(pilots), AT_ONCE):
        rows = PilotTag.objects.filter(pilot__in=pilots[start : start + AT_ONCE]).order_by("pilot", "name")
        for pilot, name in rows.values_list("pilot", "name"):
            found[pilot].append(name)
    return found


def _steps(pasts: Sequence[tuple[Pilot, Any]]) -> dict[int, set[int]]:
    """Return the ids of all that was ever said of the stages of these pilots, which are locked."""
    ids = sorted(pilot.pk for pilot, _ in pasts)
    found: dict[int, set[int]] = {pk: set() for pk in ids}
    for start in range(0, len(ids), AT_ONCE):
        rows = StageTransition.objects.filter(pilot__in=ids[start : start + AT_ONCE]).order_by("pk")
        for pk, pilot in rows.values_list("pk", "pilot"):
            found[pilot].add(pk)
    return found


def _active(owners: Sequence[OwnersOf]) -> dict[tuple[int, str], set[int]]:
    """Return the ids of the active ownerships of these pilots in these roles."""
    wanted = {(item.pilot.pk, item.role.value) for item in owners}
    found: dict[tuple[int, str], set[int]] = defaultdict(set)
    ids = sorted({pilot for pilot, _ in wanted})
    for start in range(0, len(ids), AT_ONCE):
        rows = Ownership.objects.active().filter(pilot__in=ids[start : start + AT_ONCE])
        for pk, pilot, role in rows.values_list("pk", "pilot", "role"):
            if (pilot, role) in wanted:
                found[pilot, role].add(pk)
    return found

"""Imports a register: reads the file, plans, and writes the plan in one transaction."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pilots.access.models import Program, Role, User
from pilots.access.permissions import Deed
from pilots.actions.account import add_member, create_programs
from pilots.actions.by import By
from pilots.actions.pilot import Edit, NewPilot, edit_pilots, log_pilots
from pilots.actions.register import RegisterRow, one_import_at_a_time, remember_rows
from pilots.actions.stage import Past, record_past
from pilots.calendar import Day
from pilots.models import Origin, Pilot, StageTransition
from portfolio.exchange import mapping_reader as mappings
from portfolio.exchange import programs, stored
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.history import Step
from portfolio.exchange.identity import match
from portfolio.exchange.mapping import Mapping
from portfolio.exchange.merging import values_of
from portfolio.exchange.plan import Plan, make_plan, needs_history, remembered
from portfolio.exchange.programs import Programs
from portfolio.exchange.reading import read_workbook
from portfolio.exchange.understanding import Understood, UnderstoodRow, header_keys, understand
from portfolio.exchange.workbook import Sheet, Workbook

HEADER_WITHIN = 10  # rows at the top of a file among which the header may stand


@dataclass(frozen=True, kw_only=True)
class Order:
    """What somebody asks to import. `mapping` and `program` are names, or "" for what the file says."""

    file: Path
    mapping: str = ""
    program: str = ""
    as_of: date | None = None


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A file that was read and understood; nothing here depends on what is stored but `into`."""

    workbook: Workbook
    sheet: Sheet
    mapping: Mapping
    as_of: date
    into: Program | None
    understood: Understood

    @property
    def register(self) -> str:
        """Return the name under which rows are remembered; a chosen program has a register of its own."""
        return f"{self.mapping.register}@{self.into.prefix}" if self.into else self.mapping.register


@dataclass(frozen=True)
class Outcome:
    """What an import would do, or did."""

    prepared: Prepared
    plan: Plan
    programs: Programs
    applied: bool


def prepare(order: Order, *, user: User | None, today: date, say: Callable[[str], None]) -> Prepared:
    """Read and understand the file; raise `CannotImport` for anything wrong with it or with the order."""
    say(f"Reading {order.file.name}.")
    named = mappings.find(order.mapping) if order.mapping else None
    workbook = read_workbook(order.file, encoding=named.encoding if named else "")
    mapping, place = _recognise(workbook.first_visible, named)
    if not named and mapping.encoding:
        workbook = read_workbook(order.file, encoding=mapping.encoding)
    sheet = workbook.first_visible
    as_of = order.as_of or mapping.as_of
    if as_of is None:
        raise CannotImport("Say with --as-of which day the file speaks of, such as --as-of 2026-10-31.")
    if as_of > today:
        raise CannotImport(f"The file cannot speak of {Day(as_of)}: that day has not come yet.")
    into = programs.find_program(order.program, user) if order.program else None
    if into is None and not mapping.program:
        raise CannotImport(
            f"The mapping {mapping.name} names no column of programs. Name one with --program."
        )
    rows = sheet.rows[place + 1 :]
    if not rows:
        raise CannotImport("The file has a header and no rows.")
    say(f"Understanding {len(rows):,} rows by the mapping {mapping.name}.")
    understood = understand(rows, header_keys(sheet.rows[place].cells), mapping, as_of=as_of, into=into)
    return Prepared(
        workbook=workbook, sheet=sheet, mapping=mapping, as_of=as_of, into=into, understood=understood
    )


def _recognise(sheet: Sheet, named: Mapping | None) -> tuple[Mapping, int]:
    """Return the mapping and the place of the header among the rows."""
    known = [named] if named else mappings.shipped()
    for place, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        fitting = mappings.recognise(known, row.cells)
        if len(fitting) > 1:
            names = ", ".join(mapping.name for mapping in fitting)
            raise CannotImport(f"Several mappings fit this file: {names}. Name one with --mapping.")
        if fitting:
            return fitting[0], place
    if named:
        marks = ", ".join(f"“{mark}”" for mark in named.headers[:3])
        raise CannotImport(
            f"The file has no header with {marks}, by which the mapping {named.name} knows it."
        )
    raise CannotImport(
        "No mapping knows the header of this file. "
        "Write one as docs/mapping-file.md describes, and name it with --mapping."
    )


def preview(prepared: Prepared, *, by: By) -> Outcome:
    """Say what an import would do; nothing is written."""
    plan, where, _ = _plan(prepared, by, lock=False)
    return Outcome(prepared, plan, where, applied=False)


def apply(prepared: Prepared, *, by: By, say: Callable[[str], None]) -> Outcome:
    """Write what the plan says, all of it or nothing.

    The plan is made inside the transaction that writes it, so what is applied is what is stored. Where
    a row is refused nothing is written and the outcome says so.
    """
    with one_import_at_a_time():
        plan, where, pilots = _plan(prepared, by, lock=True)
        if plan.refused:
            return Outcome(prepared, plan, where, applied=False)
        say(f"Writing {len(plan.new):,} new and {len(plan.changed):,} changed pilots.")
        batch = uuid.uuid4()
        if where.fresh:
            _open(where.fresh, by=by)
        rows = _write_new(prepared, plan, where, by=by, batch=batch)
        _write_changes(plan, pilots, by=by, batch=batch)
        rows += _renewed(prepared, plan, pilots)
        if rows or plan.changed:
            counts = {
                "rows": plan.rows,
                "new": len(plan.new),
                "changed": len(plan.changed),
                "same": plan.same,
            }
            remember_rows(rows, by=by, subject=prepared.mapping.title, counts=counts, batch=batch)
    return Outcome(prepared, plan, where, applied=True)


def _plan(prepared: Prepared, by: By, *, lock: bool) -> tuple[Plan, Programs, dict[int, Pilot]]:
    """Return the plan, the programs of new rows, and the pilots it changes by id."""
    entries = stored.known_entries(prepared.register, by.user, lock=lock)
    matching = match(prepared.understood.rows, entries)
    told = [entry.pilot for row, entry, _ in matching.known if needs_history(row, entry, prepared.as_of)]
    plan = make_plan(
        prepared.understood, matching, stored.histories(told), prepared.mapping, as_of=prepared.as_of
    )
    where = programs.assign([row for row, _ in plan.new], entries, prepared.into)
    used = {program.pk for program in where.of_agency.values() if program.pk}
    programs.check_rights(by.user, where.fresh, used | {entry.program for _, entry, _ in matching.known})
    return plan, where, stored.pilots(told)


def _open(fresh: Sequence[Program], *, by: By) -> None:
    """Open programs, each managed by the person who imports: without a manager nobody could act there."""
    for program in create_programs(fresh, by=by):
        if by.user is not None:
            add_member(program=program, user=by.user, role=Role.MANAGER, by=by)


def _write_new(
    prepared: Prepared, plan: Plan, where: Programs, *, by: By, batch: uuid.UUID
) -> list[RegisterRow]:
    news = [
        NewPilot(
            program=where.of(row),
            name=row.name,
            problem=row.problem,
            unit=row.unit,
            vendor=row.vendor,
            contract=row.contract,
            risk=row.risk,
            how_built=row.how_built,
            past=_pasts(row.steps),
        )
        for row, _ in plan.new
    ]
    logged = log_pilots(news, by=by, batch=batch)
    return [
        _register_row(prepared, row, pilot, reference)
        for (row, reference), pilot in zip(plan.new, logged, strict=True)
    ]


def _register_row(prepared: Prepared, row: UnderstoodRow, pilot: Pilot, reference: str) -> RegisterRow:
    return RegisterRow(
        pilot=pilot,
        register=prepared.register,
        reference=reference,
        family=row.family,
        digest=row.digest,
        as_of=prepared.as_of,
        values=values_of(row),
    )


def _write_changes(plan: Plan, pilots: dict[int, Pilot], *, by: By, batch: uuid.UUID) -> None:
    edits = [
        Edit(pilot=pilots[item.entry.pilot], fields=item.merged.fields)
        for item in plan.changed
        if item.merged.fields
    ]
    if edits:
        edit_pilots(edits, by=by, deed=Deed.IMPORT, batch=batch)
    pasts = [
        (pilots[item.entry.pilot], _pasts(item.merged.steps)) for item in plan.changed if item.merged.steps
    ]
    if pasts:
        record_past(pasts, by=by, batch=batch)


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


def _renewed(prepared: Prepared, plan: Plan, pilots: dict[int, Pilot]) -> list[RegisterRow]:
    rows = []
    for item in plan.known:
        columns = remembered(item, prepared.as_of)
        if columns is not None:
            rows.append(
                RegisterRow(
                    pilot=pilots[item.entry.pilot],
                    register=prepared.register,
                    entry=item.entry.id,
                    **columns,
                )
            )
    return rows

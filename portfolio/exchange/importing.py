"""Imports a register: reads the file, plans, and writes the plan in one transaction."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pilots.access.models import Program, User
from pilots.actions.by import By
from pilots.actions.register import one_import_at_a_time
from pilots.calendar import Day
from pilots.custom import FieldKind
from pilots.models import CustomField, Pilot
from portfolio.exchange import mapping_reader as mappings
from portfolio.exchange import programs, stored
from portfolio.exchange.applying import Written, write_plan
from portfolio.exchange.findings import CannotImport, CellWarning
from portfolio.exchange.folding import fold, fold_reference
from portfolio.exchange.identity import KnownEntry, Matching, match, without_repeated_identifiers
from portfolio.exchange.inactive import without_inactive
from portfolio.exchange.layout import Place, recognise, row_on, sheet_called
from portfolio.exchange.mapping import Mapping as RegisterMapping
from portfolio.exchange.more_cells import OwnField
from portfolio.exchange.more_sheets import add_more_sheets
from portfolio.exchange.people_of_file import settle_people
from portfolio.exchange.plan import Plan, make_plan, needs_history, version_of
from portfolio.exchange.programs import Programs
from portfolio.exchange.reading import read_workbook
from portfolio.exchange.row_reader import Reading
from portfolio.exchange.settling import Settled, settle
from portfolio.exchange.understanding import header_keys, understand
from portfolio.exchange.understood import Understood
from portfolio.exchange.workbook import Kind, Sheet, Workbook

Answers = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What somebody asks to import: a `file`, or a `workbook` that was read before.

    `mapping` is the name of a mapping, `plain` one that is at hand as a dict; with neither the file is known
    by its header. All rows go to `into`, or to the program called `program`, or where the mapping says.
    `answers` None means that nobody is there to ask: doubts are settled as the mapping says.
    """

    file: Path | None = None
    workbook: Workbook | None = None
    mapping: str = ""
    plain: Mapping[str, Any] | None = None
    program: str = ""
    into: Program | None = None
    as_of: date | None = None
    answers: Answers | None = None


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A file that was read and understood; nothing here depends on what is stored but `into`."""

    workbook: Workbook
    sheet: Sheet
    mapping: RegisterMapping
    as_of: date
    into: Program | None
    understood: Understood
    answers: Answers | None
    not_imported: tuple[str, ...]

    @property
    def register(self) -> str:
        """Return the name under which rows are remembered; a chosen program has a register of its own."""
        return f"{self.mapping.register}@{self.into.prefix}" if self.into else self.mapping.register


@dataclass(frozen=True)
class Outcome:
    """What an import would do, or did.

    `version` is a digest of the plan and of the pilots it rests on. `written` and `contacts`, ids of the
    contacts it made, are what an undo takes back.
    """

    prepared: Prepared
    plan: Plan
    programs: Programs
    applied: bool
    version: str
    written: tuple[Written, ...] = ()
    contacts: tuple[int, ...] = ()


def prepare(order: Order, *, user: User | None, today: date, say: Callable[[str], None]) -> Prepared:
    """Read and understand the file; raise `CannotImport` for anything wrong with it or with the order."""
    workbook, mapping, place = _find(order, say)
    as_of = order.as_of or mapping.as_of
    if as_of is None:
        raise CannotImport("Say with --as-of which day the file speaks of, such as --as-of 2026-10-31.")
    if as_of > today:
        raise CannotImport(f"The file cannot speak of {Day(as_of)}: that day has not come yet.")
    into = order.into or (programs.find_program(order.program, user) if order.program else None)
    if into is None and not mapping.program:
        raise CannotImport(
            f"The mapping {mapping.name} names no column of programs. Name one with --program."
        )
    rows = place.sheet.rows[place.header + 1 :]
    if not rows:
        raise CannotImport("The file has a header and no rows.")
    say(f"Understanding {len(rows):,} rows by the mapping {mapping.name}.")
    reading = Reading(
        as_of=as_of,
        into=into,
        rows_have_ends=workbook.kind is Kind.CSV,
        fields=own_fields(mapping, into),
    )
    header = header_keys(place.sheet.rows[place.header].cells)
    understood = understand(rows, header, mapping, reading)
    add_more_sheets(workbook, mapping, understood, reading)
    settle_people(understood)
    return Prepared(
        workbook=workbook,
        sheet=place.sheet,
        mapping=mapping,
        as_of=as_of,
        into=into,
        understood=understood,
        answers=order.answers,
        not_imported=_unused(header, mapping),
    )


def _unused(header: Sequence[str], mapping: RegisterMapping) -> tuple[str, ...]:
    """Return the columns the mapping does not speak of."""
    used = {fold(name) for name in (*mapping.columns, *mapping.layout.ignored)}
    return tuple(name for name in header if fold(name) not in used)


def _find(order: Order, say: Callable[[str], None]) -> tuple[Workbook, RegisterMapping, Place]:
    """Return the workbook, its mapping, and where the header stands."""
    named = mappings.find(order.mapping) if order.mapping else None
    workbook = order.workbook or _read(order, named.encoding if named else "", say)
    if order.plain is not None:
        mapping = mappings.from_plain(str(order.plain.get("title") or "of this import"), order.plain)
        if mapping.layout.header:
            sheet = (
                sheet_called(workbook, mapping.layout.sheet)
                if mapping.layout.sheet
                else workbook.first_visible
            )
            return workbook, mapping, Place(sheet, row_on(sheet, mapping.layout.header))
        return workbook, *recognise(workbook, [mapping], is_named=True)
    mapping, place = recognise(workbook, [named] if named else mappings.shipped(), is_named=bool(named))
    if not named and mapping.encoding and order.workbook is None:
        workbook = _read(order, mapping.encoding, say)
        mapping, place = recognise(workbook, [mapping], is_named=True)
    return workbook, mapping, place


def _read(order: Order, encoding: str, say: Callable[[str], None]) -> Workbook:
    if order.file is None:
        raise ValueError("An order needs a file or a workbook.")
    say(f"Reading {order.file.name}.")
    return read_workbook(order.file, encoding=encoding)


def own_fields(mapping: RegisterMapping, into: Program | None) -> dict[str, OwnField]:
    """Return the program's own fields a mapping names, by code; raise `CannotImport` for one it lacks."""
    if not mapping.custom:
        return {}
    if into is None:
        raise CannotImport("Custom fields belong to one program. Import into one, named with --program.")
    fields = {
        field.code: OwnField(field.label, FieldKind(field.kind), tuple(field.choices))
        for field in CustomField.objects.filter(program=into, is_active=True)
    }
    missing = [item.field for item in mapping.custom if item.field not in fields]
    if missing:
        raise CannotImport(
            f"{into.name} has no custom field “{missing[0]}”. Define it in Settings, or leave its column out."
        )
    return fields


def preview(prepared: Prepared, *, by: By) -> Outcome:
    """Say what an import would do; nothing is written."""
    plan, where, _ = _plan(prepared, by, lock=False)
    return Outcome(prepared, plan, where, applied=False, version=version_of(plan))


def apply(
    prepared: Prepared, *, by: By, say: Callable[[str], None], batch: uuid.UUID | None = None
) -> Outcome:
    """Write what the plan says, all of it or nothing; `batch` marks its events.

    The plan is made inside the transaction that writes it, so what is applied is what is stored. Where
    a row is refused or a question open, nothing is written and the outcome says so.
    """
    with one_import_at_a_time():
        plan, where, pilots = _plan(prepared, by, lock=True)
        outcome = Outcome(prepared, plan, where, applied=False, version=version_of(plan))
        if plan.refused or plan.open(prepared.answers):
            return outcome
        say(f"Writing {len(plan.new):,} new and {len(plan.changed):,} changed pilots.")
        done = write_plan(
            plan,
            where,
            pilots,
            register=prepared.register,
            title=prepared.mapping.title,
            as_of=prepared.as_of,
            by=by,
            batch=batch or uuid.uuid4(),
        )
    return Outcome(
        prepared,
        plan,
        where,
        applied=True,
        version=outcome.version,
        written=done.written,
        contacts=done.contacts,
    )


def _plan(prepared: Prepared, by: By, *, lock: bool) -> tuple[Plan, Programs, dict[int, Pilot]]:
    """Return the plan, the programs of new rows, and the pilots it changes by id."""
    mapping, understood = prepared.mapping, prepared.understood
    rows = understood.rows
    unidentified: list[CellWarning] = []
    if prepared.answers is not None:
        rows, unidentified = without_repeated_identifiers(rows)
    rows, inactive = without_inactive(rows, prepared.into)
    entries = stored.known_entries(prepared.register, mapping, by.user, lock=lock)
    strangers = stored.strangers(prepared.into, mapping, by.user, entries, lock=lock) if prepared.into else []
    by_key = {fold_reference(entry.key): entry for entry in (*entries, *strangers) if entry.is_visible}
    matching = match(rows, entries, by_key if prepared.into else None)
    settled = settle(
        matching,
        strangers=strangers,
        references=[entry.reference for entry in entries],
        ambiguous=mapping.ambiguous,
        twins=prepared.understood.twins,
        answers=prepared.answers,
    )
    settled.warnings += [*unidentified, *inactive]
    told = [entry.pilot for row, entry, _ in settled.known if needs_history(row, entry, prepared.as_of)]
    plan = make_plan(
        prepared.understood,
        settled,
        stored.histories(told),
        as_of=prepared.as_of,
        answers=prepared.answers,
        missing=_missing(entries, settled, matching, prepared.as_of),
    )
    where = programs.assign([row for row, _ in plan.new], entries, prepared.into)
    plan.refused += programs.not_to_be_hidden(by.user, plan, where)
    used = {program.pk for program in where.of_agency.values() if program.pk}
    programs.check_rights(by.user, where.fresh, used | {entry.program for _, entry, _ in settled.known})
    return plan, where, stored.pilots(told)


def _missing(
    entries: Sequence[KnownEntry], settled: Settled, matching: Matching, as_of: date
) -> list[KnownEntry]:
    """Return the entries of the last edition, or of this one, that no row may be."""
    met = {entry.pilot for _, entry, _ in settled.known}
    met |= {entry.pilot for item in matching.ambiguous for entry in item.candidates}
    last = max((entry.as_of for entry in entries), default=date.max)
    if as_of < last:
        return []
    return [entry for entry in entries if entry.is_visible and entry.as_of == last and entry.pilot not in met]

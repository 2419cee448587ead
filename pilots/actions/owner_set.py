"""Names the owners of many pilots at once: those of new pilots, and those a list names anew."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pilots.access.models import Program
from pilots.access.permissions import Deed, OwnerRole, may, relation_to_program
from pilots.actions.by import By, Refused
from pilots.actions.change import Change, changing
from pilots.actions.flag_giving import free_unseen
from pilots.actions.owner import Contact, builder_as_owner, ensure_owners, makes_and_owns
from pilots.actions.owner_end import end_rows
from pilots.actions.owner_held import hold_named
from pilots.models import Owner, Ownership, Pilot
from pilots.rows import insert_new, insert_rows

Named = tuple[OwnerRole, Contact]
LEAD = OwnerRole.PRODUCTION_OWNER
# A register states who answers for what; that it names a builder for production is its reason to be told.
AS_THE_REGISTER_SAYS = "The register names them for both."


@dataclass(frozen=True, kw_only=True)
class OwnersOf:
    """Exactly those who hold a role on a pilot, as a list names them; nobody where `contacts` is empty."""

    pilot: Pilot
    role: OwnerRole
    contacts: tuple[Contact, ...]


def name_first_owners(named: Iterable[tuple[Pilot, Sequence[Named]]], *, by: By) -> None:
    """Name the owners of pilots that were just stored; the same person in the same role counts once.

    Raises `Refused` for two production owners, for people who name themselves without managing the
    program, and for a builder who is to own production, unless a register says all that of the past.
    """
    of_program: dict[Program, list[tuple[Pilot, Sequence[Named]]]] = {}
    for pilot, contacts in named:
        if contacts:
            of_program.setdefault(pilot.program, []).append((pilot, contacts))
    rows: list[dict[str, Any]] = []
    for program, mine in of_program.items():
        owners = ensure_owners(program, (contact for _, names in mine for _, contact in names), by=by)
        today, manages = by.today(program), may(Deed.ASSIGN_OWNERS, relation_to_program(by.user, program))
        for pilot, names in mine:
            roles = _roles(pilot, [(role, owners[contact]) for role, contact in names])
            for owner, held in roles.items():
                names_self = by.user is not None and owner.user_id == by.user.pk
                if names_self and not manages and not pilot.is_imported:
                    raise _for_a_manager_to_say(held)
                rows += [
                    {
                        "pilot_id": pilot.pk,
                        "owner_id": owner.pk,
                        "role": role,
                        "since": today,
                        "accepted_on": today if names_self and manages else None,
                        "reason": _reason(owner, held, is_told=pilot.is_imported),
                    }
                    for role in held
                ]
    hold_named(row["owner_id"] for row in rows)
    insert_rows(Ownership, rows)


def _roles(pilot: Pilot, named: Iterable[tuple[OwnerRole, Owner]]) -> dict[Owner, dict[str, None]]:
    """Return the roles of each owner in the order named; raise `Refused` for a second production owner."""
    roles: dict[Owner, dict[str, None]] = {}
    for role, owner in named:
        roles.setdefault(owner, {})[role.value] = None
    _check_one_lead(pilot, [owner for owner, held in roles.items() if LEAD.value in held])
    return roles


def _check_one_lead(pilot: Pilot, leads: Sequence[Owner]) -> None:
    if len(leads) > 1:
        names = " and ".join(str(owner) for owner in leads)
        raise Refused.because(
            f"“{pilot}” has several production owners: {names}. One person brings it into production; "
            "give the others another role.",
            field="owner",
            code="second-production-owner",
        )


def _for_a_manager_to_say(held: Iterable[str]) -> Refused:
    what = "brings it into production" if LEAD.value in held else "answers for it"
    sentence = f"Who {what} is for a manager to say. Write “nobody yet”."
    return Refused.because(sentence, field="owner", code="own-owner")


def _reason(owner: Owner, held: Iterable[str], *, is_told: bool) -> str:
    if not makes_and_owns(set(held)):
        return ""
    if not is_told:
        raise builder_as_owner(owner)
    return AS_THE_REGISTER_SAYS


def set_owners(
    wanted: Sequence[OwnersOf],
    *,
    by: By,
    deed: Deed = Deed.ASSIGN_OWNERS,
    batch: uuid.UUID | None = None,
    reason: str = "",
) -> list[Ownership]:
    """Make those who hold a role on each pilot exactly the people named; return the rows that are new.

    Those not named any longer end today, for this reason, and stay as history, the others stay
    untouched. Raises `Refused` as naming them one by one does; an import may also say who answered for
    what has ended.
    """
    with changing([item.pilot for item in wanted], deed=deed, by=by, batch=batch) as change:
        held = _held(change)
        added, ended = _differences(wanted, change, held)
        is_told = deed is Deed.IMPORT
        roles: dict[tuple[int, int], set[str]] = {}
        stays = [row for rows in held.values() for row in rows if row not in ended]
        for row in (*stays, *added):
            roles.setdefault((row.pilot_id, row.owner_id), set()).add(row.role)
        for row in added:
            _check_addition(change.pilots[row.pilot_id], is_told=is_told)
            row.reason = _reason(row.owner, roles[row.pilot_id, row.owner_id], is_told=is_told)
        hold_named(row.owner_id for row in added)
        end_rows(change, ended, new=added)
        insert_new(Ownership, added)
        if ended:
            free_unseen(by=by, pilots=list(change.pilots))
        for row in ended:
            told = {"owner": row.owner.name, "role": row.role}
            change.record(change.pilots[row.pilot_id], "owner.ended", before=told, reason=reason)
        for row in added:
            told = {"owner": row.owner.name, "role": row.role}
            change.record(change.pilots[row.pilot_id], "owner.added", after=told, reason=row.reason)
    return added


def _held(change: Change) -> dict[int, list[Ownership]]:
    held: dict[int, list[Ownership]] = {pk: [] for pk in change.pilots}
    for row in (
        Ownership.objects.active()
        .principals()
        .filter(pilot__in=list(held))
        .select_related("owner")
        .order_by("pk")
    ):
        held[row.pilot_id].append(row)
    return held


def _differences(
    wanted: Sequence[OwnersOf], change: Change, held: dict[int, list[Ownership]]
) -> tuple[list[Ownership], list[Ownership]]:
    """Return the rows to add and the rows to end."""
    if len({(item.pilot.pk, item.role) for item in wanted}) < len(wanted):
        raise ValueError("Name each role of a pilot once.")
    kept: set[int] = set()
    asked: dict[Program, list[tuple[OwnersOf, Contact]]] = {}
    for item in wanted:
        holding = [row for row in held[item.pilot.pk] if row.role == item.role.value]
        for contact in dict.fromkeys(item.contacts):
            row = next((row for row in holding if _is_same(row.owner, contact)), None)
            if row is not None:
                kept.add(row.pk)
            else:
                asked.setdefault(change.pilots[item.pilot.pk].program, []).append((item, contact))
    added = [row for program, named in asked.items() for row in _rows(program, named, change, held, kept)]
    ended = [
        row
        for item in wanted
        for row in held[item.pilot.pk]
        if row.role == item.role.value and row.pk not in kept
    ]
    _check_leads(wanted, change, [*(row for rows in held.values() for row in rows if row.pk in kept), *added])
    return added, ended


def _is_same(owner: Owner, contact: Contact) -> bool:
    """Whether who holds the role is whom a cell names: a namesake elsewhere takes nothing from them."""
    if contact.email:
        return owner.email == contact.email
    return owner.name.casefold() == contact.name.casefold()


def _rows(
    program: Program,
    named: Sequence[tuple[OwnersOf, Contact]],
    change: Change,
    held: dict[int, list[Ownership]],
    kept: set[int],
) -> list[Ownership]:
    """Return a row for each of these people of a program; those who hold the role already are kept."""
    by, today = change.by, change.by.today(program)
    owners = ensure_owners(program, (contact for _, contact in named), by=by)
    manages = may(Deed.ASSIGN_OWNERS, relation_to_program(by.user, program))
    rows: dict[tuple[int, str, int], Ownership] = {}
    for item, contact in named:
        pilot, owner = change.pilots[item.pilot.pk], owners[contact]
        holds = [row for row in held[pilot.pk] if (row.role, row.owner_id) == (item.role.value, owner.pk)]
        if holds:
            kept.add(holds[0].pk)
            continue
        names_self = by.user is not None and owner.user_id == by.user.pk
        rows[pilot.pk, item.role.value, owner.pk] = Ownership(
            pilot=pilot,
            owner=owner,
            role=item.role.value,
            since=today,
            accepted_on=today if names_self and manages else None,
        )
    return list(rows.values())


def _check_leads(wanted: Sequence[OwnersOf], change: Change, rows: Iterable[Ownership]) -> None:
    leads: dict[int, list[Owner]] = {item.pilot.pk: [] for item in wanted if item.role is LEAD}
    for row in rows:
        if row.role == LEAD.value and row.pilot_id in leads:
            leads[row.pilot_id].append(row.owner)
    for pk, owners in leads.items():
        _check_one_lead(change.pilots[pk], owners)


def _check_addition(pilot: Pilot, *, is_told: bool) -> None:
    if pilot.is_ended and not is_told:
        raise Refused.because(
            f"It is {pilot.at_stage.label.lower()}: it needs no owner any longer.", code="ended"
        )

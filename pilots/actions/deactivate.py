"""Takes somebody off everything at once: roles, milestones, questions asked of them. Nothing is left unsaid.

One transaction, one batch of events. Who takes over still has to accept.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from pilots.access.models import Event, Program, User
from pilots.access.permissions import Deed, OwnerRole, relation_to_program
from pilots.actions.account import deactivate_user, require_administrator
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing, refuse_unstorable, require
from pilots.actions.event import event
from pilots.actions.flag_giving import free_flags, free_unseen, hold_flagged
from pilots.actions.hand_over import pass_milestones_on, take_over
from pilots.actions.holdings import Held, holdings
from pilots.actions.owner import Contact, ensure_owners, insert_owners, makes_and_owns
from pilots.actions.owner_end import end_rows, told
from pilots.models import Decision, Invitation, Owner, Ownership, Pilot

MILESTONES = "milestones"


@dataclass(frozen=True, kw_only=True)
class Heirs:
    """Who takes over: by role (or `MILESTONES`), `everything` for the rest.

    `leave` says that what nobody is named for shall end without anybody in its place.
    """

    by_role: Mapping[str, Contact] = field(default_factory=dict)
    everything: Contact | None = None
    leave: bool = False

    def of(self, what: str) -> Contact | None:
        return self.by_role.get(what, self.everything)


@dataclass(frozen=True, kw_only=True)
class Deactivation:
    """A contact who is to be named for nothing any more."""

    owner: Owner
    heirs: Heirs = Heirs()
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Closing:
    """An account to close. `leave_beyond`: what lies in programs one does not manage stays as it is."""

    user: User
    heirs: Heirs = Heirs()
    reason: str = ""
    leave_beyond: bool = False


def deactivate_owner(asked: Deactivation, *, by: By) -> Owner:
    """Take a contact out of use and move all they hold in their program, or refuse and move nothing.

    Raises `Refused` with a reason for each thing that would be left, or cannot move.
    """
    seen = Owner.objects.visible_to(by.user).select_related("program", "user")
    owner = seen.get(pk=asked.owner.pk)
    require(Deed.ASSIGN_OWNERS, relation_to_program(by.user, owner.program))
    _deactivate([owner], asked.heirs, asked.reason, by=by)
    return owner


def close_account(asked: Closing, *, by: By) -> User:
    """Close an account and move what its holder answers for in the programs one manages.

    Raises `Refused` while anything lies beyond them, unless that is said to stay.
    """
    require_administrator(by.user, "open or close accounts")
    with transaction.atomic():
        rows = Owner.objects.filter(user=asked.user, is_active=True).select_related("program", "user")
        contacts = list(rows.order_by("pk"))
        held = holdings(contacts, reader=by.user, user=asked.user)
        if held.beyond and not asked.leave_beyond:
            raise Refused.because(beyond_in_words(held.beyond), field="leave_beyond", code="beyond")
        mine = [owner for owner in contacts if owner.program_id in held.programs]
        if mine or held.decisions:
            _deactivate(mine, asked.heirs, asked.reason, by=by, user=asked.user)
        return deactivate_user(asked.user, by=by)


def beyond_in_words(count: int) -> str:
    """Say that somebody holds more than the reader may know of."""
    things = "1 more thing" if count == 1 else f"{count:,} more things"
    return (
        f"They answer for {things} in programs you do not manage. A manager there can hand over first; "
        "or say that it stays as it is, and it is flagged to them."
    )


# --- Moving ------------------------------------------------------------------------


def _deactivate(
    owners: Sequence[Owner], heirs: Heirs, reason: str, *, by: By, user: User | None = None
) -> None:
    """Move what these contacts hold, and with `user` what is asked of that account where one manages."""
    batch = uuid.uuid4()
    refuse_unstorable({"reason": reason})
    held = holdings(owners, reader=by.user, user=user)
    if held.beyond and user is None:
        raise Refused.because(beyond_in_words(held.beyond), code="beyond")
    with _changing(owners, held, by=by, batch=batch) as change:
        found = _named(owners, heirs, by=by)
        _lock(owners, found.values())
        again = holdings(owners, reader=by.user, user=user)
        if {pilot.pk for pilot in again.pilots} != set(change.pilots):
            raise Refused.because(
                "Somebody named them for something else in the same moment. Look, then try again.",
                code="simultaneous",
            )
        _refuse_what_would_be_left(again, heirs)
        takers = _takers(owners, heirs, found)
        _pass_roles_on(change, again, takers, reason)
        _pass_milestones_on(change, again, takers)
        decisions = _pass_decisions_on(change, again, takers, batch)
        _pass_flags_on(owners, takers, by=by)
        free_unseen(by=by, pilots=list(change.pilots))  # of deputies that ended along with them
        Owner.objects.filter(pk__in=[owner.pk for owner in owners]).update(is_active=False)
        Invitation.objects.open().filter(owner__in=owners).update(withdrawn_at=by.at)
        counts = {"roles": len(again.roles), "milestones": len(again.milestones), "decisions": decisions}
        after = counts if len(owners) == 1 else {}
        rows = [_gone(owner, after, reason, by=by, batch=batch) for owner in owners]
        Event.objects.bulk_create(rows)


@contextmanager
def _changing(owners: Sequence[Owner], held: Held, *, by: By, batch: uuid.UUID) -> Iterator[Change]:
    """Hold all pilots at once: those of the flags they see to may be others, and contacts come after them."""
    with transaction.atomic():
        hold_flagged([owner.user for owner in owners if owner.user], also=[pilot.pk for pilot in held.pilots])
        with changing(held.pilots, deed=Deed.ASSIGN_OWNERS, by=by, batch=batch) as change:
            yield change


def _lock(owners: Sequence[Owner], takers: Iterable[Owner]) -> None:
    """Hold who goes and who takes over in one go, after the pilots, as naming somebody does.

    In the order of their ids: of two who go and take over from one another neither waits for ever.
    """
    going, taking = {owner.pk for owner in owners}, {owner.pk: owner for owner in takers}
    for row in Owner.objects.filter(pk__in={*going, *taking}).order_by("pk").select_for_update():
        if row.pk in going and not row.is_active:
            raise Refused.because(f"{row} is not active already.", code="unchanged")
        if row.pk in taking:
            taking[row.pk].is_active = row.is_active


def _gone(owner: Owner, after: Mapping[str, int], reason: str, *, by: By, batch: uuid.UUID) -> Event:
    owner.is_active = False
    return event(
        "owner.deactivated",
        by=by,
        program=owner.program,
        subject=owner.name,
        after=after,
        reason=reason.strip(),
        batch=batch,
    )


def _refuse_what_would_be_left(held: Held, heirs: Heirs) -> None:
    if heirs.leave:
        return
    reasons = [
        Reason(
            f"They are {OwnerRole(role).label.lower()} of {_pilots(rows)}. "
            "Name who takes over, or say that nobody does.",
            role,
            "left",
        )
        for role, rows in held.by_role.items()
        if heirs.of(role) is None
    ]
    if held.milestones and heirs.of(MILESTONES) is None:
        count = len(held.milestones)
        sentence = f"They see to {'1 open milestone' if count == 1 else f'{count:,} open milestones'}. "
        reasons.append(Reason(f"{sentence}Name who takes over, or say that nobody does.", MILESTONES, "left"))
    if reasons:
        raise Refused(reasons)


def _pilots(rows: Sequence[Ownership]) -> str:
    """Return “CLM-3”, or “CLM-3 and 2 more”."""
    more = len(rows) - 1
    return f"{rows[0].pilot.key} and {more:,} more" if more else rows[0].pilot.key


class _Takers:
    """The contacts who take over, by program and what it is."""

    def __init__(self, heirs: Heirs, found: Mapping[tuple[int, Contact], Owner]) -> None:
        self._heirs, self._found = heirs, found

    def of(self, program_id: int, what: str = "") -> Owner | None:
        contact = self._heirs.of(what)
        return None if contact is None else self._found.get((program_id, contact))


def _named(owners: Sequence[Owner], heirs: Heirs, *, by: By) -> dict[tuple[int, Contact], Owner]:
    """Find or make whoever is to take over, in each program."""
    contacts = [*heirs.by_role.values(), *([heirs.everything] if heirs.everything else [])]
    programs = sorted({owner.program for owner in owners}, key=lambda program: program.pk)
    return {
        (program.pk, contact): taker
        for program in programs
        for contact, taker in ensure_owners(program, contacts, by=by).items()
    }


def _takers(owners: Sequence[Owner], heirs: Heirs, found: Mapping[tuple[int, Contact], Owner]) -> _Takers:
    """Refuse whoever is named and is going or gone; they are held."""
    fields = {contact: what for what, contact in heirs.by_role.items()}
    reasons = []
    for (_, contact), taker in found.items():
        if taker in owners:
            sentence = f"{taker} is the one who goes. Name somebody else."
            reasons.append(Reason(sentence, fields.get(contact, "everything"), "same-owner"))
        elif not taker.is_active:
            sentence = f"{taker} is not active any longer. Name somebody else."
            reasons.append(Reason(sentence, fields.get(contact, "everything"), "inactive"))
    if reasons:
        raise Refused(reasons)
    return _Takers(heirs, found)


def _pass_roles_on(change: Change, held: Held, takers: _Takers, reason: str) -> None:
    new: dict[int, Ownership] = {}
    for row in held.roles:
        taker = takers.of(row.owner.program_id, row.role)
        if taker is not None:
            new[row.pk] = take_over(row, taker, change.pilots[row.pilot_id], by=change.by)
    there = _roles_there(held, [row.owner_id for row in new.values()])
    held_already = {pk for pk, row in new.items() if row.role in there.get((row.pilot_id, row.owner_id), ())}
    _refuse_builders(new.values(), there)
    rows = [row for pk, row in new.items() if pk not in held_already]
    unique = {(row.pilot_id, row.owner_id, row.role): row for row in rows}
    end_rows(change, held.every_row, new=list(unique.values()))
    insert_owners(list(unique.values()))
    for row in held.every_row:
        pilot, taken = change.pilots[row.pilot_id], new.get(row.pk)
        if taken is None:
            change.record(pilot, "owner.ended", before=told(row), reason=reason)
        else:
            change.record(pilot, "owner.handed_over", before=told(row), after=told(taken), reason=reason)


def _roles_there(held: Held, takers: Iterable[int]) -> dict[tuple[int, int], set[str]]:
    """Return the roles that those who take over have on these pilots already, by pilot and contact."""
    active = Ownership.objects.active().principals()
    rows = active.filter(pilot__in={row.pilot_id for row in held.roles}, owner__in=set(takers))
    there: dict[tuple[int, int], set[str]] = {}
    for pilot_id, owner_id, role in rows.values_list("pilot_id", "owner_id", "role"):
        there.setdefault((pilot_id, owner_id), set()).add(role)
    return there


def _refuse_builders(new: Iterable[Ownership], there: Mapping[tuple[int, int], set[str]]) -> None:
    """Refuse whoever would come to build a pilot and bring it into production (requirement row S0-9)."""
    after = {key: set(roles) for key, roles in there.items()}
    rows = list(new)
    for row in rows:
        after.setdefault((row.pilot_id, row.owner_id), set()).add(row.role)
    clashing: dict[str, list[Ownership]] = {}
    for row in rows:
        key = (row.pilot_id, row.owner_id)
        if makes_and_owns(after[key]) and not makes_and_owns(there.get(key, set())):
            clashing.setdefault(row.role, []).append(row)
    if clashing:
        raise Refused(
            Reason(
                f"{found[0].owner} would build {_pilots(found)} and bring it into production. "
                "Name somebody else, or hand it over by itself first and say why.",
                role,
                "builder-as-owner",
            )
            for role, found in clashing.items()
        )


def _pass_milestones_on(change: Change, held: Held, takers: _Takers) -> None:
    by_taker: dict[Owner | None, list[Any]] = {}
    for milestone in held.milestones:
        program_id = change.pilots[milestone.pilot_id].program_id
        by_taker.setdefault(takers.of(program_id, MILESTONES), []).append(milestone)
    for taker, milestones in by_taker.items():
        pass_milestones_on(change, milestones, taker)


def _pass_decisions_on(change: Change, held: Held, takers: _Takers, batch: uuid.UUID) -> int:
    """Ask whoever takes everything over, where they can sign in and see it; else any manager."""
    for decision in held.decisions:
        before = decision.decider
        taker = takers.of(decision.program_id)
        decision.decider = taker.user if taker and _can_decide(taker, decision) else None
        decision.save(update_fields=["decider"])
        names = {"question": decision.question}
        was, now = {**names, "decider": str(before)}, {**names, "decider": str(decision.decider or "")}
        if decision.pilot_id is not None:
            pilot = change.pilots[decision.pilot_id]
            change.record(pilot, "decision.passed_on", before=was, after=now)
        else:
            Event.objects.bulk_create(
                [
                    event(
                        "decision.passed_on",
                        by=change.by,
                        program=decision.program,
                        before=was,
                        after=now,
                        batch=batch,
                    )
                ]
            )
    return len(held.decisions)


def _pass_flags_on(owners: Sequence[Owner], takers: _Takers, *, by: By) -> None:
    """Let whoever takes everything over see to the flags, where they can; else nobody does."""
    for owner in owners:
        if owner.user is not None:
            taker = takers.of(owner.program_id)
            free_flags(owner.user, by=by, to=taker.user if taker else None, programs=[owner.program])


def _can_decide(taker: Owner, decision: Decision) -> bool:
    if taker.user is None or not taker.user.is_active:
        return False
    if decision.pilot_id is not None:
        return Pilot.objects.visible_to(taker.user).filter(pk=decision.pilot_id).exists()
    return Program.objects.visible_to(taker.user).filter(pk=decision.program_id).exists()

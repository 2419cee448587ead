"""Hands a role over in one step, and names who stands in for a while.

The old row ends and the new one begins in one transaction, so nobody ever sees two production owners or
none. Who takes over still has to accept.
"""

import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError

from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.actions.flag_giving import free_unseen
from pilots.actions.owner import Contact, check_builders, check_owner, ensure_owners, insert_owners
from pilots.actions.owner_end import end_rows, require_holder, told
from pilots.calendar import Day
from pilots.models import Milestone, Owner, OwnerKind, Ownership, Pilot
from pilots.rows import update_rows

LONGEST_REASON = 500
LONGEST_DEPUTY = timedelta(days=366)
ENDED_AT_ONCE = 200  # deputies whose pilots are locked at a time
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """Somebody else takes over a role. `exception` says why a builder may own production."""

    ownership: Ownership
    to: Contact | Owner
    reason: str
    exception: str = ""
    with_milestones: bool = False
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewDeputy:
    """Somebody acts for an owner until a day, that day included."""

    ownership: Ownership
    to: Contact | Owner
    until: date
    exception: str = ""
    version: int | None = None


def hand_over(asked: HandOver, *, by: By) -> Ownership:
    """End a row and name who takes over from it; a manager may, and whoever accepted it.

    What they are to deliver goes along, unless it was delivered. What they may decide does not: that was
    said of a person. Raises `Refused` for a row that ended meanwhile, so of two at once one is too late.
    """
    reason = _words(asked.reason)
    refuse_unstorable({"exception": asked.exception})
    with _of_row(asked.ownership, asked.version, by=by) as (change, pilot, row):
        require_holder(change, pilot, row, Deed.HAND_OVER)
        if row.deputises_id is not None:
            raise Refused.because(
                f"{row.owner} only stands in for somebody. End that, or hand over for whom they stand in.",
                code="deputy",
            )
        owner = _taker(change, pilot, asked.to)
        if owner.pk == row.owner_id:
            raise Refused.because(
                f"{owner} has it already. Name somebody else.", field="owner", code="same-owner"
            )
        new = take_over(row, owner, pilot, by=by)
        new.reason = asked.exception.strip()
        end_rows(change, [row], new=[new])
        _check_builder(new)
        insert_owners([new])
        free_unseen(by=by, pilots=[pilot.pk])
        change.record(pilot, "owner.handed_over", before=told(row), after=told(new), reason=reason)
        if asked.with_milestones:
            open_ones = Milestone.objects.waiting().filter(pilot=pilot, owner=row.owner)
            pass_milestones_on(change, list(open_ones.order_by("pk")), owner)
    return new


@contextmanager
def _of_row(
    ownership: Ownership, version: int | None, *, by: By
) -> Iterator[tuple[Change, Pilot, Ownership]]:
    """Open a change of the pilot of a row that has not ended; whose it is to change, the caller asks."""
    versions = None if version is None else {ownership.pilot_id: version}
    changes = changing([ownership.pilot], deed=Deed.SEE, by=by, versions=versions, batch=uuid.uuid4())
    with changes as change:
        row = Ownership.objects.select_related("owner").get(pk=ownership.pk)
        if row.until is not None:
            raise _ended(row)
        yield change, change.pilots[row.pilot_id], row


def _ended(row: Ownership) -> Refused:
    held = Ownership.objects.active().principals().filter(pilot=row.pilot_id, role=row.role)
    names = " and ".join(held.order_by("pk").values_list("owner__name", flat=True)) or "Nobody"
    role = OwnerRole(row.role).label.lower()
    return Refused.because(f"{row.owner} ended meanwhile. {names} is {role} now.", code="ended")


def _words(reason: str) -> str:
    text = reason.strip()
    refuse_unstorable({"reason": text})
    if not text:
        raise Refused.because("Say why it is handed over.", field="reason", code="required")
    if len(text) > LONGEST_REASON:
        raise Refused.because(
            f"Write at most {LONGEST_REASON} characters; these are {len(text)}.",
            field="reason",
            code="length",
        )
    return text


def _taker(change: Change, pilot: Pilot, to: Contact | Owner) -> Owner:
    owner = to
    if isinstance(owner, Contact):
        owner = ensure_owners(pilot.program, [owner], by=change.by)[owner]
    check_owner(pilot, owner)
    return owner


def _check_builder(row: Ownership) -> None:
    try:
        check_builders([row])
    except Refused as refused:
        raise Refused(replace(reason, field="exception") for reason in refused.reasons) from refused


def take_over(row: Ownership, owner: Owner, pilot: Pilot, *, by: By) -> Ownership:
    """Return the row of who takes a role over, not stored yet."""
    today = by.today(pilot.program)
    is_done = row.delivered_on is not None
    return Ownership(
        pilot=pilot,
        owner=owner,
        role=row.role,
        since=today,
        accepted_on=today if by.user and owner.user_id == by.user.pk else None,
        deliverable="" if is_done else row.deliverable,
        due_on=None if is_done else row.due_on,
    )


def pass_milestones_on(change: Change, milestones: Sequence[Milestone], owner: Owner | None) -> None:
    """Let somebody else see to these milestones, or nobody; `change` is of their pilots."""
    before = dict(Owner.objects.filter(milestones__in=milestones).values_list("pk", "name"))
    for milestone in milestones:
        change.record(
            change.pilots[milestone.pilot_id],
            "milestone.edited",
            before={"title": milestone.title, "owner": before.get(milestone.owner_id or 0)},
            after={"title": milestone.title, "owner": owner.name if owner else None},
        )
        milestone.owner = owner
    update_rows(Milestone, milestones, ["owner"])


# --- Deputies ----------------------------------------------------------------------


def name_deputy(new: NewDeputy, *, by: By) -> Ownership:
    """Name who acts for an owner until a day. They have the role's rights once they accept.

    A manager may, and whoever accepted the role. There is one deputy at a time.
    """
    refuse_unstorable({"exception": new.exception})
    with _of_row(new.ownership, new.version, by=by) as (change, pilot, row):
        require_holder(change, pilot, row, Deed.HAND_OVER)
        _check_deputy(row, new.until, by.today(pilot.program))
        owner = _taker(change, pilot, new.to)
        _check_person(owner, row)
        deputy = take_over(row, owner, pilot, by=by)
        deputy.deliverable, deputy.due_on = "", None
        deputy.deputises, deputy.ends_on, deputy.reason = row, new.until, new.exception.strip()
        _check_builder(deputy)
        insert_owners([deputy])
        after = {**told(deputy), "for": row.owner.name, "until": new.until.isoformat()}
        change.record(pilot, "owner.deputised", after=after, reason=deputy.reason)
    return deputy


def _check_deputy(row: Ownership, until: date, today: date) -> None:
    if row.deputises_id is not None:
        raise Refused.because(f"{row.owner} stands in for somebody themselves.", code="deputy")
    other = row.deputies.filter(until__isnull=True).select_related("owner").first()
    if other is not None and other.ends_on is not None:
        raise Refused.because(
            f"{other.owner} stands in until {Day(other.ends_on)} already. End that first.",
            field="owner",
            code="second-deputy",
        )
    if until < today:
        raise Refused.because("Choose today or a later day: it would be over.", field="until", code="past")
    if until > today + LONGEST_DEPUTY:
        raise Refused.because(
            "Somebody stands in for a year at most. Hand over instead.", field="until", code="far"
        )


def _check_person(owner: Owner, row: Ownership) -> None:
    if owner.pk == row.owner_id:
        raise Refused.because(
            f"{owner} has it themselves. Name somebody else.", field="owner", code="same-owner"
        )
    if owner.kind != OwnerKind.PERSON.value:
        raise Refused.because(
            f"{owner} is a team. Name a person, who can accept.", field="owner", code="team"
        )


def end_deputies(by: By) -> int:
    """End every deputy whose last day is over in their program's zone; return how many.

    They end in chunks of so many pilots, each for itself: what stops one chunk is logged, and tried again
    by the next run.
    """
    found = Ownership.objects.active().filter(
        deputises__isnull=False, ends_on__lt=by.at.date() + timedelta(days=2)
    )
    over = [
        row
        for row in found.select_related("pilot__program").order_by("pilot", "pk")
        if row.ends_on is not None and row.ends_on < by.today(row.pilot.program)
    ]
    ended = 0
    for start in range(0, len(over), ENDED_AT_ONCE):
        some = over[start : start + ENDED_AT_ONCE]
        try:
            ended += _end(some, by=by)
        except (Refused, Forbidden, ObjectDoesNotExist, DatabaseError):
            log.exception("Deputies of %d pilots were not ended", len({row.pilot_id for row in some}))
    return ended


def _end(over: Sequence[Ownership], *, by: By) -> int:
    rows = Ownership.objects.active().filter(pk__in=[row.pk for row in over])
    with changing([row.pilot for row in over], deed=Deed.SEE, by=by) as change:
        ending = list(rows.select_related("owner").order_by("pk"))
        for row in ending:
            row.until = row.ends_on
            change.record(change.pilots[row.pilot_id], "owner.ended", before=told(row))
        update_rows(Ownership, ending, ["until"])
        free_unseen(by=by, pilots=list(change.pilots))
    return len(ending)

"""Ends who answers for what. Whoever deputises for them ends with them: there is nobody left to act for."""

from collections.abc import Sequence
from typing import Any

from pilots.access.permissions import Deed
from pilots.actions.by import By, Refused
from pilots.actions.change import Change, changing
from pilots.actions.flag_giving import free_unseen
from pilots.models import Ownership, Pilot
from pilots.rows import update_rows


def told(row: Ownership) -> dict[str, Any]:
    """Return who answered for what, as events keep it."""
    held = {"owner": row.owner.name, "role": row.role}
    return held if row.deputises_id is None else {**held, "deputy": True}


def end_rows(change: Change, rows: Sequence[Ownership], *, new: Sequence[Ownership] = ()) -> list[Ownership]:
    """End these rows today and return the deputies that ended with them.

    A deputy among those who are to hold the role themselves from now on (`new`) ends too: a person has
    a role on a pilot once. The caller records what ended of its own; deputies are recorded here.
    """
    if not rows and not new:
        return []
    ending = {row.pk for row in rows}
    taking = {(row.pilot_id, row.role, row.owner_id) for row in new}
    standing_in = (
        Ownership.objects.active()
        .filter(deputises__isnull=False, pilot__in=[row.pilot_id for row in (*rows, *new)])
        .select_related("owner")
        .order_by("pk")
    )
    deputies = [
        row
        for row in standing_in
        if row.pk not in ending
        and (row.deputises_id in ending or (row.pilot_id, row.role, row.owner_id) in taking)
    ]
    for row in (*rows, *deputies):
        row.until = max(change.by.today(change.pilots[row.pilot_id].program), row.since)
    update_rows(Ownership, [*rows, *deputies], ["until"])
    for row in deputies:
        change.record(change.pilots[row.pilot_id], "owner.ended", before=told(row))
    return deputies


def end_ownership(ownership: Ownership, *, by: By, reason: str = "") -> Ownership:
    """End who answers for what, today; the row stays as history.

    A manager may; a deputy is ended by whom they act for too.
    """
    with changing([ownership.pilot], deed=Deed.SEE, by=by) as change:
        pilot = change.pilots[ownership.pilot_id]
        row = Ownership.objects.select_related("owner", "deputises__owner").get(pk=ownership.pk)
        if row.deputises is None or not is_holder(row.deputises, by=by):
            change.require(Deed.ASSIGN_OWNERS, pilot)
        if row.until is not None:
            raise Refused.because("It ended before.", code="ended")
        end_rows(change, [row])
        free_unseen(by=by, pilots=[pilot.pk])
        change.record(pilot, "owner.ended", before=told(row), reason=reason)
    return row


def is_holder(row: Ownership, *, by: By) -> bool:
    """Return whether whoever acts has accepted this and still answers for it; `row` has its owner."""
    if by.user is None or row.until is not None or row.accepted_on is None:
        return False
    return row.owner.is_active and row.owner.user_id == by.user.pk


def require_holder(change: Change, pilot: Pilot, row: Ownership, deed: Deed) -> None:
    """Raise `Forbidden` for whoever neither accepted this row nor may do the deed to the pilot."""
    if row.deputises_id is not None or not is_holder(row, by=change.by):
        change.require(deed, pilot)

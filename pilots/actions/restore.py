"""Takes back what an import added to pilots that were there before it: steps of their history, owners."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from pilots.access.permissions import Deed
from pilots.actions.by import By
from pilots.actions.change import Change, changing
from pilots.actions.owner_end import told
from pilots.actions.owner_held import held_owners
from pilots.models import Owner, Ownership, Pilot, StageTransition

REASON = "The import that said so was undone."


def take_back_past(rows: Mapping[int, Sequence[int]], *, by: By, batch: uuid.UUID | None = None) -> None:
    """Void rows of the history of pilots, by pilot id; one that stood for an older row gives its place back.

    The rows must count, and leave a history behind: neither superseded nor voided, and not all there is.
    """
    if not rows:
        return
    with changing([Pilot(pk=pk) for pk in rows], deed=Deed.IMPORT, by=by, batch=batch) as change:
        wanted = [pk for ids in rows.values() for pk in ids]
        found = StageTransition.objects.filter(pk__in=wanted, pilot__in=list(rows))
        back = [_taking_back(row, by=by) for row in found.select_related("supersedes").order_by("pk")]
        before = {pk: pilot.stage for pk, pilot in change.pilots.items()}
        StageTransition.objects.bulk_create(back, batch_size=1000)
        change.apply_history()
        for pilot in change.pilots.values():
            change.record(
                pilot,
                "pilot.history_taken_back",
                before={"stage": before[pilot.pk]},
                after={"stage": pilot.stage},
                reason=REASON,
            )


def _taking_back(row: StageTransition, *, by: By) -> StageTransition:
    common: dict[str, Any] = {
        "pilot_id": row.pilot_id,
        "recorded_at": by.at,
        "actor": by.user,
        "reason": REASON,
    }
    older = row.supersedes
    if older is None:
        return StageTransition(**common, to_stage="", latest_on=row.latest_on, origin=row.origin, voids=row)
    return StageTransition(
        **common,
        to_stage=older.to_stage,
        happened_on=older.happened_on,
        precision=older.precision,
        latest_on=older.latest_on,
        origin=older.origin,
        evidence=older.evidence,
        supersedes=row,
    )


def take_back_owners(
    pilots: Sequence[int],
    *,
    added: Sequence[int],
    ended: Sequence[int],
    by: By,
    batch: uuid.UUID | None = None,
) -> None:
    """Take out who an import named, and let those go on whom it ended; ids of ownerships of these pilots.

    Whoever was taken out of use since stays ended.
    """
    if not pilots:
        return
    with changing([Pilot(pk=pk) for pk in pilots], deed=Deed.IMPORT, by=by, batch=batch) as change:
        verbs = ("owner.taken_back", "owner.again")
        put_owners_back(change, added=added, ended=ended, verbs=verbs, reason=REASON)


def put_owners_back(
    change: Change, *, added: Sequence[int], ended: Sequence[int], verbs: tuple[str, str], reason: str
) -> None:
    """Take out who was named and let those go on who ended; `verbs` tell of the one and of the other.

    Who is not there any longer stays ended, and so does a deputy whose last day is over or who stood in
    for such a person.
    """
    named = Ownership.objects.filter(pilot__in=list(change.pilots)).select_related("owner").order_by("pk")
    gone, before = list(named.filter(pk__in=added)), list(named.filter(pk__in=ended))
    there = {owner.pk for owner in held_owners(row.owner_id for row in before) if is_there(owner)}
    again = [row for row in before if row.deputises_id is None and row.owner_id in there]
    holders = {row.pk for row in again}
    for row in before:
        if row.ends_on is None or row.owner_id not in there or row.deputises_id not in holders:
            continue
        if row.ends_on >= change.by.today(change.pilots[row.pilot_id].program):
            again.append(row)
    # Deputies first: whom they stand in for is protected by them.
    Ownership.objects.filter(deputises__in=gone).delete()
    Ownership.objects.filter(pk__in=[row.pk for row in gone]).delete()
    Ownership.objects.filter(pk__in=[row.pk for row in again]).update(until=None)
    for verb, rows in zip(verbs, (gone, again), strict=True):
        for row in rows:
            change.record(change.pilots[row.pilot_id], verb, before=told(row), reason=reason)


def is_there(owner: Owner) -> bool:
    """Return what `Ownership.objects.there()` asks, of one contact with its account."""
    return owner.is_active and (owner.user is None or owner.user.is_active)

"""Undoes one change of many pilots: what was there before is put back, as a change with its own events."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from pilots.access.models import User
from pilots.access.permissions import Deed, may
from pilots.actions.bulk import refusing
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.change import FORBIDDEN_WORDS, changing
from pilots.actions.owner_held import held_owners
from pilots.actions.pilot import Edit, edit_pilots
from pilots.actions.restore import is_there, put_owners_back
from pilots.models import BulkEdit, Hold, Owner, Ownership, Pilot
from pilots.models.pilot import relations

REASON = "A change of several pilots was undone."


@dataclass(frozen=True, kw_only=True)
class Undo:
    """Pilots changed since stay as they are when `leaving_out` is set; else one of them refuses it all."""

    edit: BulkEdit
    leaving_out: bool = False


@dataclass(frozen=True)
class Reversible:
    """Which pilots would be put back, which were changed since, and which are gone or not seen any longer."""

    back: list[tuple[Pilot, Mapping[str, Any]]]
    refused: list[tuple[Pilot, str]]
    gone: list[str]


def look_back(edit: BulkEdit, *, by: By, lock: bool = False) -> Reversible:
    """Say what undoing a change would do now; three queries, two more where owners come back."""
    steps = {step["pilot"]: step for step in edit.steps}
    visible = Pilot.objects.visible_to(by.user).filter(pk__in=list(steps)).values("pk")
    rows = Pilot.objects.filter(pk__in=visible).select_related("program").order_by("pk")
    pilots = list(rows.select_for_update(of=("self",), no_key=True) if lock else rows)
    deed, standing = _deed_of(edit), relations(by.user, pilots)
    found = Reversible([], [], [])
    left = _left(steps, pilots)
    for pilot in pilots:
        if pilot.version != steps[pilot.pk]["version"]:
            found.refused.append((pilot, "It was changed since."))
        elif not may(deed, standing[pilot.pk]):
            found.refused.append((pilot, f"You may not {FORBIDDEN_WORDS[deed]}."))
        elif pilot.pk in left:
            found.refused.append(
                (pilot, f"It would go back to {left[pilot.pk]}, who is not active any longer.")
            )
        else:
            found.back.append((pilot, steps[pilot.pk]))
    found.gone.extend(step["key"] for pk, step in steps.items() if pk not in {pilot.pk for pilot in pilots})
    return found


def _left(steps: Mapping[int, Mapping[str, Any]], pilots: Sequence[Pilot]) -> dict[int, Owner]:
    """Return, by pilot id, who would come back and is not there any longer; inside a change they are held."""
    ended = [pk for pilot in pilots for pk in steps[pilot.pk].get("ended", ())]
    if not ended:
        return {}
    rows = list(Ownership.objects.principals().filter(pk__in=ended).order_by("-pk"))
    with transaction.atomic():
        gone = {owner.pk: owner for owner in held_owners(row.owner_id for row in rows) if not is_there(owner)}
    return {row.pilot_id: gone[row.owner_id] for row in rows if row.owner_id in gone}


def undo_many(undo: Undo, *, by: By) -> list[Pilot]:
    """Put back what one change did; return the pilots that are as before.

    Raises `BulkEdit.DoesNotExist` for somebody else's, `Forbidden` for a token that does not reach all of
    its pilots, since a change is undone once, and `Refused` for one undone before and, unless
    they are left out, for pilots that were changed since.
    """
    if by.user is None:
        raise Forbidden("Only a person undoes a change of several pilots.")
    require_reach(undo.edit, by.user)
    with transaction.atomic():
        edit = BulkEdit.objects.select_for_update().get(pk=undo.edit.pk, made_by=by.user)
        if edit.undone_at is not None:
            raise Refused.because("This was undone before.", code="undone")
        found = look_back(edit, by=by, lock=True)
        if not undo.leaving_out:
            if found.refused:
                raise refusing(found.refused, code="changed-since")
            if found.gone:
                keys = ", ".join(found.gone[:20])
                raise Refused.because(f"Gone, or not to be seen any longer: {keys}.", code="gone")
        if not found.back:
            raise Refused.because("All of them were changed since, so nothing can be undone.", code="nothing")
        _put_back(found.back, by=by, batch=edit.pk)
        edit.undone_at = by.at
        edit.save(update_fields=["undone_at"])
    return [pilot for pilot, _ in found.back]


def require_reach(edit: BulkEdit, user: User) -> None:
    """Raise `Forbidden` where a token is limited to some of the pilots of a change, or to none of them."""
    if user.reach is None:
        return
    pilots = Pilot.objects.filter(pk__in=[step["pilot"] for step in edit.steps])
    beyond = Q(pk__in=[])
    if user.reach.programs is not None:
        beyond |= ~Q(program__in=user.reach.programs)
    if user.reach.pilots is not None:
        beyond |= ~Q(pk__in=user.reach.pilots)
    if pilots.filter(beyond).exists():
        raise Forbidden("This change has pilots that this token does not reach. Undo it in the browser.")


def _deed_of(edit: BulkEdit) -> Deed:
    first: Mapping[str, Any] = edit.steps[0] if edit.steps else {}
    return Deed.HOLD if "hold" in first else Deed.ASSIGN_OWNERS if "added" in first else Deed.EDIT


def _put_back(steps: Sequence[tuple[Pilot, Mapping[str, Any]]], *, by: By, batch: uuid.UUID) -> None:
    first = steps[0][1]
    if "hold" in first:
        _wake(steps, by=by, batch=batch)
    elif "added" in first:
        _seat_again(steps, by=by, batch=batch)
    else:
        edits = [Edit(pilot=pilot, fields=_fields(step["before"]), puts_back=True) for pilot, step in steps]
        edit_pilots(edits, by=by, batch=batch)


def _fields(before: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(before)
    if fields.get("decide_by"):
        fields["decide_by"] = date.fromisoformat(fields["decide_by"])
    return fields


def _wake(steps: Sequence[tuple[Pilot, Mapping[str, Any]]], *, by: By, batch: uuid.UUID) -> None:
    """Take the holds away: they were never meant, so no time of rest stays in the record."""
    with changing([pilot for pilot, _ in steps], deed=Deed.HOLD, by=by, batch=batch) as change:
        Hold.objects.filter(pk__in=[step["hold"] for _, step in steps]).delete()
        change.apply_history()
        for pilot, _ in steps:
            change.record(change.pilots[pilot.pk], "hold.taken_back", reason=REASON)


def _seat_again(steps: Sequence[tuple[Pilot, Mapping[str, Any]]], *, by: By, batch: uuid.UUID) -> None:
    added = [row for _, step in steps for row in step["added"]]
    ended = [row for _, step in steps for row in step["ended"]]
    with changing([pilot for pilot, _ in steps], deed=Deed.ASSIGN_OWNERS, by=by, batch=batch) as change:
        verbs = ("owner.unnamed", "owner.as_before")
        put_owners_back(change, added=added, ended=ended, verbs=verbs, reason=REASON)

"""Takes pilots and programs away that an import made and nobody needs. Keys are never given again.

A tombstone stays in the feed, so that copies elsewhere can follow: `pilot.removed` with the key.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import ForeignObjectRel, Model, QuerySet

from pilots.access.guards import permit_deletes
from pilots.access.models import Event, Membership, Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.account import PROGRAM_REMOVED, require_administrator
from pilots.actions.by import By, Refused
from pilots.actions.change import require
from pilots.actions.event import event
from pilots.models import Owner, Ownership, Pilot, StageTransition
from pilots.models.feed import REMOVED
from pilots.models.pilot import relations

AT_ONCE = 500
CONFIDENTIAL = "confidential"  # the subject of such a tombstone: only its program's managers read it


def remove_pilots(
    pilots: Iterable[Pilot], *, by: By, batch: uuid.UUID | None = None, leaving: Collection[int] = ()
) -> int:
    """Delete pilots with everything that happened to them; return how many. All of them or none.

    `leaving` are the ids of programs that go after them; tombstones name none of these. Raises
    `Pilot.DoesNotExist` for one the person cannot see, `Forbidden` for one that is not theirs to remove.
    """
    wanted = sorted({pilot.pk for pilot in pilots})
    with transaction.atomic(), permit_deletes():
        for start in range(0, len(wanted), AT_ONCE):
            _remove(wanted[start : start + AT_ONCE], by=by, batch=batch, leaving=leaving)
    return len(wanted)


def _remove(ids: Sequence[int], *, by: By, batch: uuid.UUID | None, leaving: Collection[int]) -> None:
    visible = Pilot.objects.visible_to(by.user).filter(pk__in=ids).select_related("program")
    found = list(visible.order_by("pk").select_for_update(of=("self",)))
    if len(found) != len(ids):
        raise Pilot.DoesNotExist("A pilot is gone, or not visible to the person who asked.")
    standing = relations(by.user, found)
    for pilot in found:
        require(Deed.IMPORT, standing[pilot.pk])
    rows = StageTransition.objects.filter(pilot__in=ids)
    # The newest corrections first: a row that another one corrects is protected by it.
    while rows.filter(superseded_by__isnull=True, voided_by__isnull=True).delete()[0]:
        pass
    # Deputies too: whom they stand in for is protected by them.
    Ownership.objects.filter(pilot__in=ids, deputises__isnull=False).delete()
    Pilot.objects.filter(pk__in=ids).delete()
    Event.objects.filter(pilot_id__in=ids).delete()
    Event.objects.bulk_create(_tombstones(found, by=by, batch=batch, leaving=leaving))


def _tombstones(
    pilots: Iterable[Pilot], *, by: By, batch: uuid.UUID | None, leaving: Collection[int]
) -> Iterator[Event]:
    for pilot in pilots:
        program = None if pilot.program_id in leaving else pilot.program
        about = CONFIDENTIAL if pilot.is_confidential else ""
        stone = event(REMOVED, by=by, program=program, subject=about, batch=batch)
        stone.pilot_id, stone.pilot_key = pilot.pk, pilot.key
        yield stone


def remove_contacts(owners: Sequence[Owner], *, by: By) -> None:
    """Delete contacts whom nobody needs: named on nothing any longer, without an account, never invited.

    Whoever calls this has looked; a contact that is named on something is protected by that row.
    """
    programs = {owner.program for owner in owners}
    for program in programs:
        require(Deed.IMPORT, relation_to_program(by.user, program))
    Owner.objects.filter(pk__in=[owner.pk for owner in owners]).delete()


def is_untouched(program: Program, *, made_by: int | None, but: Collection[type[Model]] = ()) -> bool:
    """Return whether nothing is in a program but its maker and rows of the models `but`."""
    if Membership.objects.filter(program=program).exclude(user=made_by).exists():
        return False
    pointing = [
        relation
        for relation in Program._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel) and relation.related_model not in {Event, Membership, *but}
    ]
    return not any(_pointing_to(program, relation).exists() for relation in pointing)


def _pointing_to(row: Model, relation: ForeignObjectRel) -> QuerySet[Any]:
    model: Any = relation.related_model
    found: QuerySet[Any] = model.objects.filter(**{relation.field.name: row})
    return found


def remove_programs(programs: Sequence[Program], *, by: By, batch: uuid.UUID | None = None) -> None:
    """Delete programs in which nothing is, with what happened to them.

    What stays says how far its keys went: a program that takes the prefix again goes on from there. Raises
    `Refused` for one that somebody needs.
    """
    if not programs:
        return
    require_administrator(by.user, "remove programs")
    with transaction.atomic(), permit_deletes():
        locked = Program.objects.filter(pk__in=[program.pk for program in programs]).order_by("pk")
        for program in locked.select_for_update():
            if not is_untouched(program, made_by=by.user.pk if by.user else None):
                raise Refused.because(f"{program} is in use, so it stays.", code="in-use")
            Event.objects.filter(program=program).delete()
            program.delete()
            gone = {"prefix": program.prefix, "last_number": program.last_number}
            told = event(PROGRAM_REMOVED, by=by, subject=program.prefix, before=gone, batch=batch)
            Event.objects.bulk_create([told])

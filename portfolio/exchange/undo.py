"""Takes back what an import wrote, all of it or nothing; `undo_plan` says beforehand what that is."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction

from kpis.actions.kpi import KpiEdit, edit_kpis
from kpis.actions.remove import remove_kpis
from kpis.models import Kpi
from pilots.access.models import Event
from pilots.access.permissions import Deed
from pilots.actions.by import By, Refused
from pilots.actions.event import event
from pilots.actions.milestone import MilestoneEdit, RemoveMilestone, edit_milestones, remove_milestones
from pilots.actions.pilot import Edit, edit_pilots
from pilots.actions.register import one_import_at_a_time, put_back_rows
from pilots.actions.remove import remove_contacts, remove_pilots, remove_programs
from pilots.actions.restore import take_back_owners, take_back_past
from pilots.models import Milestone, Owner, Pilot
from portfolio.exchange import stored
from portfolio.exchange.going_back import NUMBERS, Back, chunks
from portfolio.exchange.models import Import, ImportedPilot
from portfolio.exchange.undo_plan import Stays, UndoPlan, plan_undo, what_of

Item = TypeVar("Item")
DAYS = {"decide_by", "due_on", "done_on"}


def undo_import(import_: Import, *, by: By) -> UndoPlan:
    """Take an import back in one transaction, by a plan made inside it; return that plan.

    Raises `Refused` while a later import is built upon it.
    """
    with one_import_at_a_time():
        _hold(import_)
        plan = plan_undo(import_, by.user)
        if plan.blocked:
            raise Refused.because(plan.blocked, code="built-upon")
        _put_back(plan, import_, by=by)
        for ids in chunks(plan.goes):
            pilots = [Pilot(pk=pk) for pk in ids]
            leaving = {program.pk for program in plan.programs}
            remove_pilots(pilots, by=by, batch=import_.batch, leaving=leaving)
        remove_contacts(list(Owner.objects.filter(pk__in=plan.contacts).select_related("program")), by=by)
        remove_programs(plan.programs, by=by, batch=import_.batch)
        told = plan.as_json()
        counts = {name: value if isinstance(value, int) else len(value) for name, value in told.items()}
        done = event(
            "import.undone",
            by=by,
            program=import_.program,
            subject=import_.file_name,
            after=counts,
            batch=import_.batch,
        )
        Event.objects.bulk_create([done])
    return plan


def _hold(import_: Import) -> None:
    """Lock the contacts it made and the pilots it wrote, in the order of whoever edits a contact.

    Who is at work on one ends first, and the plan sees what they did; who comes later waits. Pilots are
    locked with their keys, so that nothing new points to one; contacts are not, or a naming that is about
    to end would wait for us and we for its pilot.
    """
    for some in chunks(sorted(import_.made.get("contacts", []))):
        locked = Owner.objects.filter(pk__in=some).order_by("pk").select_for_update(no_key=True)
        list(locked.values_list("pk"))
    pilots = ImportedPilot.objects.filter(of_import=import_).order_by("pilot").values_list("pilot", flat=True)
    for some in chunks(list(pilots)):
        list(Pilot.objects.filter(pk__in=some).order_by("pk").select_for_update().values_list("pk"))


def _put_back(plan: UndoPlan, import_: Import, *, by: By) -> None:
    backs, batch = plan.back, import_.batch
    take_back_past({pk: back.steps for pk, back in backs.items() if back.steps}, by=by, batch=batch)
    with_owners = [pk for pk, back in backs.items() if back.owners_added or back.owners_ended]
    take_back_owners(
        with_owners,
        added=[row for back in backs.values() for row in back.owners_added],
        ended=[row for back in backs.values() for row in back.owners_ended],
        by=by,
        batch=batch,
    )
    _put_back_fields(plan, import_, by=by)
    _put_back_kpis(plan, import_, by=by)
    _put_back_milestones(plan, import_, by=by)
    put_back_rows({pk: back.entry for pk, back in backs.items()}, register=import_.register, by=by)


def _as_many_as_can_be(
    items: Sequence[Item], write: Callable[[Sequence[Item]], object]
) -> Iterator[tuple[Item, Refused]]:
    """Write these; yield those that an action refuses, each with why. The plan foresees nearly all of them.

    Halving finds them in a few calls: one that cannot be written must not keep ten thousand from it.
    """
    if not items:
        return
    try:
        with transaction.atomic():
            write(items)
    except Refused as refused:
        if len(items) == 1:
            yield items[0], refused
            return
        half = len(items) // 2
        yield from _as_many_as_can_be(items[:half], write)
        yield from _as_many_as_can_be(items[half:], write)


def _keep(plan: UndoPlan, pilot: Pilot, what: str, refused: Refused) -> None:
    plan.kept.append(Stays(pilot.key, pilot.name, str(refused), what_of(what)))


def _put_back_fields(plan: UndoPlan, import_: Import, *, by: By) -> None:
    fields = {pk: told for pk, back in plan.back.items() if (told := _fields(back))}
    edits = [Edit(pilot=pilot, fields=fields[pk]) for pk, pilot in stored.pilots(fields).items()]

    def write(some: Sequence[Edit]) -> object:
        return edit_pilots(some, by=by, deed=Deed.IMPORT, batch=import_.batch)

    for edit, refused in _as_many_as_can_be(edits, write):
        back = plan.back[edit.pilot.pk]
        back.fields, back.custom = {}, {}
        for name in edit.fields:
            _keep(plan, edit.pilot, name, refused)


def _fields(back: Back) -> dict[str, Any]:
    fields = {name: _value(name, value) for name, value in back.fields.items()}
    return {**fields, "custom": back.custom} if back.custom else fields


def _value(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name in DAYS and value else value


def _put_back_kpis(plan: UndoPlan, import_: Import, *, by: By) -> None:
    before = {pk: old for back in plan.back.values() for pk, old in back.kpis.items()}
    rows = list(Kpi.objects.filter(pk__in=before).select_related("pilot").order_by("pk"))
    gone = [row for row in rows if before[row.pk] is None]

    def remove(some: Sequence[Kpi]) -> None:
        remove_kpis(some, by=by, deed=Deed.IMPORT, batch=import_.batch)

    for kpi, refused in _as_many_as_can_be(gone, remove):
        del plan.back[kpi.pilot_id].kpis[kpi.pk]
        _keep(plan, kpi.pilot, "kpi", refused)
    edits = [KpiEdit(kpi=row, fields=_numbers(old)) for row in rows if (old := before[row.pk]) is not None]

    def write(some: Sequence[KpiEdit]) -> object:
        return edit_kpis(some, by=by, deed=Deed.IMPORT, batch=import_.batch)

    for edit, refused in _as_many_as_can_be(edits, write):
        del plan.back[edit.kpi.pilot_id].kpis[edit.kpi.pk]
        _keep(plan, edit.kpi.pilot, "kpi", refused)


def _numbers(old: dict[str, Any]) -> dict[str, Any]:
    return {
        name: Decimal(value) if name in NUMBERS and value is not None else value
        for name, value in old.items()
    }


def _put_back_milestones(plan: UndoPlan, import_: Import, *, by: By) -> None:
    before = {pk: old for back in plan.back.values() for pk, old in back.milestones.items()}
    rows = list(Milestone.objects.filter(pk__in=before).select_related("pilot").order_by("pk"))
    gone = [RemoveMilestone(milestone=row) for row in rows if before[row.pk] is None]
    if gone:
        remove_milestones(gone, by=by, deed=Deed.IMPORT, batch=import_.batch)
    edits = [
        MilestoneEdit(milestone=row, fields=_with_owner(old))
        for row in rows
        if (old := before[row.pk]) is not None
    ]

    def write(some: Sequence[MilestoneEdit]) -> object:
        return edit_milestones(some, by=by, deed=Deed.IMPORT, batch=import_.batch)

    for edit, refused in _as_many_as_can_be(edits, write):
        del plan.back[edit.milestone.pilot_id].milestones[edit.milestone.pk]
        _keep(plan, edit.milestone.pilot, "milestone", refused)


def _with_owner(old: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a milestone as `MilestoneEdit` takes them."""
    fields = {name: _value(name, value) for name, value in old.items() if name != "owner_id"}
    if "owner_id" in old:
        fields["owner"] = Owner.objects.filter(pk=old["owner_id"]).first()
    return fields

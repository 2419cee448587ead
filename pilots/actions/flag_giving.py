"""Writes who sees to flags, and takes whoever leaves off theirs."""

import uuid
from collections.abc import Iterable, Sequence

from pilots.access.models import Event, Program, User
from pilots.actions.by import By
from pilots.actions.event import event
from pilots.models import Flag, Pilot


def give(flags: Sequence[Flag], to: User | None, *, by: By) -> None:
    """Write who sees to these flags, with an event for each that was not theirs; inside a transaction.

    Load the pilot, its program and the assignee of each along with it.
    """
    others = [flag for flag in flags if flag.assignee != to]
    batch = uuid.uuid4() if len(others) > 1 else None
    events = [_event(flag, to, by=by, batch=batch) for flag in others]
    for flag in others:
        flag.assignee = to
    Flag.objects.filter(pk__in=[flag.pk for flag in others]).update(assignee=to)
    Event.objects.bulk_create(events, batch_size=1000)


def free_flags(user: User, *, by: By, to: User | None = None, programs: Iterable[Program] = ()) -> int:
    """Take somebody off the open flags they see to, and return how many; inside a transaction.

    With `programs`, of these only. `to` takes over where they see the pilot, else nobody does; it may be the
    one who leaves, who then keeps what they still see.
    """
    found = Flag.objects.open().filter(assignee=user).select_related("pilot__program", "assignee")
    within = [program.pk for program in programs]
    if within:
        found = found.filter(pilot__program__in=within)
    flags = list(found.order_by("pk").select_for_update(of=("self",), no_key=True))
    seen: set[int] = set()
    if to is not None and to.is_active and flags:
        pilots = Pilot.objects.visible_to(to).filter(pk__in={flag.pilot_id for flag in flags})
        seen = set(pilots.values_list("pk", flat=True))
    give([flag for flag in flags if flag.pilot_id in seen], to, by=by)
    give([flag for flag in flags if flag.pilot_id not in seen], None, by=by)
    return len(flags)


def _event(flag: Flag, to: User | None, *, by: By, batch: uuid.UUID | None) -> Event:
    rule = flag.known_rule
    return event(
        "flag.assigned",
        by=by,
        program=flag.pilot.program,
        pilot=flag.pilot,
        subject=rule.title if rule else flag.rule_key,
        before={"assignee": str(flag.assignee or "")},
        after={"rule": flag.rule_key, "severity": flag.severity, "assignee": str(to or "")},
        batch=batch,
    )

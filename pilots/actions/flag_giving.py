"""Writes who sees to flags, and takes whoever leaves, or sees a pilot no longer, off theirs.

Pilots are locked before anything of theirs, in the order of their ids, as everywhere.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence

from django.db import transaction

from pilots.access.models import Event, Program, User
from pilots.actions.by import By
from pilots.actions.event import event
from pilots.models import Flag, Pilot
from pilots.models.flag import FlagQuerySet

AT_ONCE = 1000  # pilots locked at a time


def give(flags: Sequence[Flag], to: User | None, *, by: By, reason: str = "") -> None:
    """Write who sees to these flags, with an event for each that was not theirs; inside a transaction.

    Load the pilot, its program and the assignee of each along with it.
    """
    others = [flag for flag in flags if flag.assignee != to]
    batch = uuid.uuid4() if len(others) > 1 else None
    events = [_event(flag, to, by=by, reason=reason, batch=batch) for flag in others]
    for flag in others:
        flag.assignee = to
    Flag.objects.filter(pk__in=[flag.pk for flag in others]).update(assignee=to)
    Event.objects.bulk_create(events, batch_size=1000)


def hold_flagged(users: Iterable[User], *, also: Iterable[int] = ()) -> None:
    """Lock the pilots whose open flags these people see to, and further ones; inside a transaction.

    For whoever locks more afterwards, such as accounts and contacts: pilots come first.
    """
    seen_to = Flag.objects.open().filter(assignee__in=list(users))
    _hold({*also, *seen_to.values_list("pilot_id", flat=True)})


def free_flags(user: User, *, by: By, to: User | None = None, programs: Iterable[Program] = ()) -> int:
    """Take somebody off the open flags they see to, and return how many; inside a transaction.

    With `programs`, of these only. `to` takes over where they see the pilot, else nobody does; it may be the
    one who leaves, who then keeps what they still see.
    """
    found = Flag.objects.open().filter(assignee=user)
    within = [program.pk for program in programs]
    if within:
        found = found.filter(pilot__program__in=within)
    flags = _held(found)
    seen: set[int] = set()
    if to is not None and to.is_active and flags:
        pilots = Pilot.objects.visible_to(to).filter(pk__in={flag.pilot_id for flag in flags})
        seen = set(pilots.values_list("pk", flat=True))
    reason = f"{user} does not see it any longer." if user.is_active else f"The account of {user} is closed."
    give([flag for flag in flags if flag.pilot_id in seen], to, by=by)
    give([flag for flag in flags if flag.pilot_id not in seen], None, by=by, reason=reason)
    return len(flags)


def free_unseen(
    *, by: By, pilots: Collection[int] | None = None, user: User | None = None, program: Program | None = None
) -> int:
    """Take people off the open flags whose pilot they do not see any longer; return how many.

    Of some pilots, one person or one program only, where named. Call it once what they may see is written;
    the scan calls it for all, and so heals whatever nobody called it for. One query where all is well.
    """
    found = Flag.objects.open().unseen_by_assignee()
    if pilots is not None:
        found = found.filter(pilot__in=pilots)
    if user is not None:
        found = found.filter(assignee=user)
    if program is not None:
        found = found.filter(pilot__program=program)
    concerned = sorted(set(found.values_list("pilot_id", flat=True)))
    freed = 0
    for start in range(0, len(concerned), AT_ONCE):
        with transaction.atomic():
            flags = _held(found.filter(pilot__in=concerned[start : start + AT_ONCE]))
            give(flags, None, by=by, reason="Whoever saw to it does not see this pilot any longer.")
            freed += len(flags)
    return freed


def _held(flags: FlagQuerySet) -> list[Flag]:
    """Lock the pilots of these flags, then return the flags as they are now."""
    held = _hold(set(flags.values_list("pilot_id", flat=True)))
    still = flags.filter(pilot__in=held) if held else flags.none()
    return list(still.select_related("pilot__program", "assignee").order_by("pk"))


def _hold(pilots: Collection[int]) -> list[int]:
    if not pilots:
        return []
    rows = Pilot.objects.filter(pk__in=pilots).order_by("pk").select_for_update(no_key=True)
    return list(rows.values_list("pk", flat=True))


def _event(flag: Flag, to: User | None, *, by: By, reason: str, batch: uuid.UUID | None) -> Event:
    rule = flag.known_rule
    return event(
        "flag.assigned",
        by=by,
        program=flag.pilot.program,
        pilot=flag.pilot,
        subject=rule.title if rule else flag.rule_key,
        before={"assignee": str(flag.assignee or "")},
        after={"rule": flag.rule_key, "severity": flag.severity, "assignee": str(to or "")},
        reason=reason,
        batch=batch,
    )

"""Who sees to a flag: somebody is named, somebody else, or nobody any longer.

To name somebody says nothing about the pilot: no clock, no version and no health hears of it.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction

from pilots.access.models import User
from pilots.actions.by import By, Reason, Refused
from pilots.actions.flag import hold_pilots
from pilots.actions.flag_giving import give
from pilots.calendar import Day
from pilots.models import Flag, Pilot


def assign_flags(flags: Sequence[Flag], *, to: User | None, by: By) -> list[Flag]:
    """Name who sees to these flags, None for nobody, and return them as they are now: all or none.

    A flag that is theirs already stays, without an event. Raises `Refused` for a flag that has cleared, an
    account that is closed, or somebody who does not see a pilot of these; `Forbidden` for whoever may not
    snooze there, `Pilot.DoesNotExist` for a pilot the one who asks does not see.
    """
    ids = {flag.pk for flag in flags}
    with transaction.atomic():
        pilots = hold_pilots({flag.pilot_id for flag in flags}, by=by)
        asked = list(
            Flag.objects.filter(pk__in=ids, pilot__in=list(pilots)).select_related("assignee").order_by("pk")
        )
        if len(asked) != len(ids):
            raise Flag.DoesNotExist("A flag is gone.")
        for flag in asked:
            flag.pilot = pilots[flag.pilot_id]
        reasons = [_cleared(flag) for flag in asked if flag.closed_at is not None]
        if to is not None:
            reasons += _unfit(to, pilots.values())
        if reasons:
            raise Refused(reasons)
        give(asked, to, by=by)
    return asked


def _cleared(flag: Flag) -> Reason:
    day = Day(flag.pilot.program.today(flag.closed_at or flag.opened_at))
    return Reason(f"It cleared on {day}, so there is nothing to see to.", "", "cleared")


def _unfit(to: User, pilots: Iterable[Pilot]) -> list[Reason]:
    """Say why somebody cannot see to flags of these pilots. Holds their account, so that it stays open."""
    if not list(User.objects.filter(pk=to.pk, is_active=True).select_for_update(no_key=True)):
        return [Reason(f"The account of {to} is closed. Name somebody else.", "person", "inactive")]
    known = {pilot.pk: pilot.key for pilot in pilots}
    seen = set(Pilot.objects.visible_to(to).filter(pk__in=known).values_list("pk", flat=True))
    return [
        Reason(f"{to} cannot see {key}. Name somebody who can.", "person", "cannot-see")
        for pk, key in known.items()
        if pk not in seen
    ]

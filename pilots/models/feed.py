"""Which events a person may read: those of the pilots they see, and of the programs they manage.

A pilot that becomes confidential takes its events with it. So that a copy elsewhere can follow, one
event stays behind for those who saw it till then: a tombstone, with its key and nothing else of it.
"""

from copy import copy

from pilots.access.models import Event, Program, User
from pilots.access.models.event import EventQuerySet
from pilots.access.models.user import Reach
from pilots.models.pilot import Pilot

HIDDEN = "pilot.hidden"


def events_visible_to(user: User) -> EventQuerySet:
    pilots = Pilot.objects.visible_to(user).order_by().values("pk")
    events = Event.objects.filter(pilot_id__in=pilots) | Event.objects.of_programs_managed_by(user)
    return events | _tombstones_for(user)


def _tombstones_for(user: User) -> EventQuerySet:
    """Return those of the pilots a person would see if these were not confidential.

    A token limited to pilots knows no program, but its pilots' tombstones are for it.
    """
    reach = user.reach or Reach()
    member = copy(user)
    member.reach = Reach(programs=reach.programs)
    stones = Event.objects.filter(
        verb=HIDDEN, pilot_id__isnull=True, program__in=Program.objects.visible_to(member)
    )
    if reach.pilots is not None:
        keys = Pilot.objects.filter(pk__in=reach.pilots).values("key")
        stones = stones.filter(pilot_key__in=keys)
    return stones

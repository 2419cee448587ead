"""Which events a person may read: those of the pilots they see, and of the programs they manage."""

from pilots.access.models import Event, User
from pilots.access.models.event import EventQuerySet
from pilots.models.pilot import Pilot


def events_visible_to(user: User) -> EventQuerySet:
    pilots = Pilot.objects.visible_to(user).order_by().values("pk")
    return Event.objects.filter(pilot_id__in=pilots) | Event.objects.of_programs_managed_by(user)

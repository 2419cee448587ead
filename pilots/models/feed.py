"""Which events a person may read: those of the pilots they see, and of the programs they manage.

A pilot that becomes confidential takes its events with it, and so does one that is removed. So that a copy
elsewhere can follow, one event stays behind for those who saw it till then: a tombstone, with its key and
nothing else of it.
"""

from copy import copy

from django.db import connections
from django.db.models import Q, Value

from pilots.access.models import Event, Program, Role, User
from pilots.access.models.event import EventQuerySet, SnapshotEdge
from pilots.access.models.user import Reach
from pilots.models.pilot import Pilot

HIDDEN = "pilot.hidden"
REMOVED = "pilot.removed"


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
    return stones | _removed_for(user, member)


def _removed_for(user: User, member: User) -> EventQuerySet:
    """Return the tombstones of pilots that are gone; their ids are kept, since no row has the key any longer.

    That of a confidential one (its subject says so) is for managers. One without a program is of a program
    that went with its pilots: those see it who see all programs.
    """
    removed = Event.objects.filter(verb=REMOVED)
    ordinary = Q(program__in=Program.objects.visible_to(member), subject="")
    found = ordinary | Q(program__in=Program.objects.where(member, Role.MANAGER))
    reach = user.reach or Reach()
    if reach.programs is None and (user.is_executive or user.is_administrator) and not user.is_sample:
        found |= Q(program__isnull=True, subject="")
    removed = removed.filter(found)
    return removed if reach.pilots is None else removed.filter(pilot_id__in=reach.pilots)


# --- Rows that another cluster numbered --------------------------------------------
#
# A dump that is restored into another PostgreSQL cluster keeps its transaction numbers, which can lie
# far ahead of the new cluster's own. The feed shows such rows first, then those this cluster wrote.


def written_elsewhere(events: EventQuerySet) -> EventQuerySet:
    """Keep the rows whose transaction this cluster has not come to yet."""
    return events.filter(xact__gte=_edge(events, "pg_snapshot_xmax"))


def written_here(events: EventQuerySet) -> EventQuerySet:
    """Keep the rows of this cluster, up to the oldest transaction that still runs."""
    return events.filter(xact__lt=_edge(events, "pg_snapshot_xmin"))


def _edge(events: EventQuerySet, function: str) -> SnapshotEdge | Value:
    """Return where this cluster's numbers end; SQLite writes only 0."""
    return SnapshotEdge(function=function) if connections[events.db].vendor == "postgresql" else Value(1)


def is_of_another_cluster(xact: int) -> bool:
    """Return whether this cluster has not come to a transaction yet; costs a query on PostgreSQL."""
    connection = connections[Event.objects.db]
    if connection.vendor != "postgresql":
        return xact > 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        return xact >= int(cursor.fetchone()[0])

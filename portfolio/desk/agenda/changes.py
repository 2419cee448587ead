"""What changed lately in the pilots of a reader, in words."""

from datetime import timedelta

from django.utils import timezone

from pilots.access.models import Event, Source
from pilots.models import Pilot
from pilots.web.spoken import ago
from pilots.web.told import tell
from pilots.web.told_readiness import NOTICED
from portfolio.desk.agenda.context import Reading
from portfolio.desk.agenda.shapes import AT_MOST, Change

RECENT = timedelta(days=7)


def changes(reading: Reading) -> list[Change]:
    """Return the newest changes of the last seven days.

    Imports, flags and what Headway saw by itself are left out: they fill pages.
    """
    pilots = reading.scope.pilots
    events = (
        Event.objects.filter(
            pilot_id__in=pilots.values("pk"), at__gt=reading.now - RECENT, at__lte=reading.now
        )
        .exclude(source=Source.IMPORT.value)
        .exclude(verb__startswith="flag.")
        .exclude(verb__in=NOTICED)
        .select_related("actor")
        .order_by("-at", "-id")[:AT_MOST]
    )
    found = list(events)
    known = pilots.in_bulk({event.pilot_id for event in found if event.pilot_id})
    return [_change(reading, event, known[event.pilot_id]) for event in found if event.pilot_id in known]


def _change(reading: Reading, event: Event, pilot: Pilot) -> Change:
    told = tell(event)
    when = timezone.localtime(event.at)
    words = f" “{told.words}”" if told.words else ""
    return Change(
        name=pilot.name,
        url=pilot.get_absolute_url(),
        icon=told.icon,
        sentence=f"{told.who} {told.what}.{words}",
        under=f"{pilot.key}, {ago(when.date(), reading.today)}, {when:%H:%M}",
    )

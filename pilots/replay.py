"""Pilots as they were on a past day: stage, dates, hold and who answered for them, from history.

Two ways to look back (`pilots.models.cohort.Cohort`): as it is known today, or as it was recorded at a
moment. What describes a pilot stays today's. Health follows from flags and cannot be replayed: it is
said to be not known.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Max, Q

from pilots.access.models import Event, Movement
from pilots.access.roles import OwnerRole
from pilots.columns import derived, read_holds
from pilots.health import Health
from pilots.lifecycle import effective, stand
from pilots.models.cohort import Cohort
from pilots.models.ownership import Ownership, OwnershipQuerySet
from pilots.models.pilot import Pilot
from pilots.models.stage import StageTransition
from pilots.pauses import Period


def replay(pilots: Sequence[Pilot], cohort: Cohort) -> list[Pilot]:
    """Return copies that show the past day, for reading only; three queries for any number of pilots.

    Those that were not there yet are left out.
    """
    ids = [pilot.pk for pilot in pilots]
    rows, holds = rows_then(ids, cohort), read_holds(ids)
    moved = _last_moves(pilots, cohort)
    found = []
    for pilot in pilots:
        counting = effective(row.as_entry() for row in rows.get(pilot.pk, []))
        entries = [entry for entry in counting if entry.latest_on <= cohort.day]
        if entries:
            lasting = holds_then(holds[pilot.pk], cohort.known_on)
            values = derived(stand(entries), lasting, silence_from=None, moved_from=None)
            found.append(_copied(pilot, **values, moved_at=moved.get(pilot.pk)))
    return found


def rows_then(ids: Sequence[int], cohort: Cohort) -> dict[int, list[StageTransition]]:
    """Return the rows of history that were recorded by then, by pilot id; a later correction is none."""
    found: dict[int, list[StageTransition]] = {}
    rows = StageTransition.objects.filter(pilot__in=ids).select_related("actor").order_by("latest_on", "pk")
    if cohort.known_at is not None:
        rows = rows.filter(recorded_at__lte=cohort.known_at)
    for row in rows:
        found.setdefault(row.pilot_id, []).append(row)
    return found


def holds_then(periods: Sequence[Period], day: date) -> list[Period]:
    """Return the holds that had begun; one that ended later still lasted, and the day it ends is free."""
    return [
        period if period.until is not None and period.until <= day else replace(period, until=None)
        for period in periods
        if period.since <= day
    ]


def answering(cohort: Cohort | None) -> OwnershipQuerySet:
    """Return who answered for something on the day; now, where there is none."""
    if cohort is None:
        return Ownership.objects.active()
    day = cohort.known_on
    lasting = Q(until__isnull=True) | Q(until__gt=day)
    # Whoever takes over begins on the day on which the other ends; a deputy is there on the last day too.
    on_last_day = Q(until=F("ends_on"), ends_on=day)
    not_over = Q(ends_on__isnull=True) | Q(ends_on__gte=day)
    return Ownership.objects.filter(lasting | on_last_day, not_over, since__lte=day)


def leads_then(pilots: Sequence[Pilot], cohort: Cohort) -> dict[int, str]:
    """Return the name of each pilot's production owner on the day, by the pilot's id."""
    leads = answering(cohort).principals().filter(role=OwnerRole.PRODUCTION_OWNER.value)
    return dict(leads.filter(pilot__in=list(pilots)).order_by("pk").values_list("pilot_id", "owner__name"))


def end_of(day: date, zone: str) -> datetime:
    """Return the moment at which a day is over somewhere."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))


def _last_moves(pilots: Sequence[Pilot], cohort: Cohort) -> dict[int, datetime]:
    """Return when each pilot had last moved by the end of the day in its program's zone."""
    by_zone: dict[str, list[int]] = {}
    for pilot in pilots:
        by_zone.setdefault(pilot.program.zone, []).append(pilot.pk)
    asked = Q(pk__in=[])
    for zone, ids in by_zone.items():
        asked |= Q(pilot_id__in=ids, at__lt=end_of(cohort.day, zone))
    events = Event.objects.filter(asked, movement=Movement.MOVED.value)
    if cohort.known_at is not None:
        events = events.filter(at__lte=cohort.known_at)
    return dict(events.order_by().values_list("pilot_id").annotate(last=Max("at")))


def _copied(pilot: Pilot, **values: object) -> Pilot:
    shown = copy(pilot)
    unknown = dict.fromkeys(("health_since", "blocked_on", "heard_at", "quiet_until"))
    nothing = {**unknown, "health": Health.NOT_KNOWN.value, "pattern": "", "blocked_by": ""}
    for name, value in {**nothing, **values}.items():
        setattr(shown, name, value)
    return shown

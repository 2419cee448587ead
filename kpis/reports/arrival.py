"""Reads since when a pilot has users and is in production."""

from datetime import date, timedelta

from kpis.reports.periods import WINDOW_DAYS, Arrival
from pilots.models import Pilot
from pilots.workdays import pauses_of


def arrival_of(pilot: Pilot, *, today: date) -> Arrival:
    """Return what is known of its arrival; three queries where it has users."""
    went_live = pilot.reached_limited_on
    paused = _paused(pilot, went_live, today) if went_live else 0
    return Arrival(went_live=went_live, in_production=pilot.reached_production_on, paused=paused)


def _paused(pilot: Pilot, went_live: date, today: date) -> int:
    """Return how many days of its first 30 were held or frozen; a pause in the added days adds too."""
    pauses, last, paused = pauses_of(pilot), went_live, 0
    while (end := went_live + timedelta(days=WINDOW_DAYS + paused)) != last:
        last = end
        paused = pauses.days(went_live, min(end, today))
    return paused

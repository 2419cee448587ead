"""How long ago, and how late, in words."""

from datetime import datetime, timedelta

from pilots.models import Heartbeat

_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


def how_long(span: timedelta) -> str:
    """Return “90 minutes” or “3 hours”: the largest unit that fits twice, so little is rounded away."""
    for unit, word in _UNITS:
        count = span // unit
        if count >= 2:
            return f"{count:,} {word}s"
    return "1 minute" if span >= timedelta(minutes=1) else "less than a minute"


def ended(beat: Heartbeat | None, at: datetime) -> str:
    """Return when a job last ended well, as “3 hours ago”."""
    if beat is None or beat.beat_at is None:
        return "never yet"
    span = at - beat.beat_at
    return "just now" if span < timedelta(minutes=1) else f"{how_long(span)} ago"


def lateness(beat: Heartbeat | None, at: datetime, *, every: timedelta, late_after: timedelta) -> str:
    """Return how late a job is that should end well so often; empty while it is on time."""
    if beat is None or beat.beat_at is None:
        return "has not ended well yet"
    return f"{how_long(at - beat.beat_at - every)} late" if beat.is_late(at, late_after) else ""

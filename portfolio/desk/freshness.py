"""When the rules last looked, and whether that is too long ago to trust what the flags say."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from pilots.calendar import Day
from pilots.models import Heartbeat
from portfolio.jobs import RULES
from portfolio.lateness import how_long


@dataclass(frozen=True)
class Freshness:
    """`at` is None while the rules have never run to their end."""

    at: datetime | None
    now: datetime

    @property
    def is_late(self) -> bool:
        return self.at is None or self.now - self.at > RULES.late_after

    @property
    def said(self) -> str:
        """Return “Wed 18 Nov 2026, 09:00” in the reader's zone; empty when there was never a look."""
        if self.at is None:
            return ""
        there = timezone.localtime(self.at)
        return f"{Day(there.date())}, {there:%H:%M}"

    @property
    def for_how_long(self) -> str:
        """Return “5 hours” or “3 days”: how long ago the last look was."""
        return how_long(self.now - self.at) if self.at else ""


def freshness(now: datetime) -> Freshness:
    """Return when the rules last ran to their end, as their heartbeat tells; one query."""
    beat = Heartbeat.objects.filter(job=RULES.code).first()
    return Freshness(beat.beat_at if beat else None, now)

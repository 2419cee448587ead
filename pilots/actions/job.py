"""What scheduled jobs leave behind."""

from datetime import datetime

from pilots.models import Heartbeat


def record_heartbeat(*, job: str, at: datetime) -> None:
    """Note that a job ran. One statement, so two workers at once cannot collide."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(job=job, beat_at=at)],
        update_conflicts=True,
        unique_fields=["job"],
        update_fields=["beat_at"],
    )

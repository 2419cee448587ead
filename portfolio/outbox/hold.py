"""Holds mail back where it may have gone out already: after a restore, or a long standstill."""

from datetime import datetime, timedelta

from django.db import transaction

from pilots.models import Heartbeat
from portfolio.outbox.drain import drain_events
from portfolio.outbox.models import Message, Restore, State

LONGEST_GAP = timedelta(hours=1)
RESTORED = (
    "Held back: this copy stood still for more than an hour, or was restored, after this was queued. "
    "It may have been sent already."
)
FELL_DUE = (
    "Held back: it fell due between the backup and the restore of this copy. It may have been sent already."
)


def hold_after_gap(at: datetime) -> int:
    """Hold what was queued before the jobs' last heartbeat, when that is more than an hour ago.

    Call it before the heartbeat of this ring is written. Mail queued since, by people who worked while
    the jobs stood still, goes out.
    """
    beat_at = Heartbeat.objects.filter(job="ring").values_list("beat_at", flat=True).first()
    if beat_at is None or at - beat_at <= LONGEST_GAP:
        return 0
    drain_events(at)  # what follows from events before the gap is as old as they are
    return hold_unsent(before=beat_at)


def note_restore(*, backup_of: datetime, at: datetime) -> int:
    """Hold everything that would go out by itself, and remember what this copy cannot know; return how many.

    Mail that falls due by the clock, and did so between the backup and now, is held when it is queued: see
    `lost_times`. Of a mere standstill nobody tells us, and such mail goes out once, late.
    """
    drain_events(at)
    with transaction.atomic():
        Restore.objects.bulk_create([Restore(backup_of=backup_of, noted_at=at)])
        return hold_unsent()


def lost_times() -> list[tuple[datetime, datetime]]:
    """Return the spans of which this copy does not know what was sent, each with some time before its backup.

    What fell due shortly before the backup may have been queued and sent after it.
    """
    rows = Restore.objects.order_by("pk").values_list("backup_of", "noted_at")
    return [(backup_of - LONGEST_GAP, noted_at) for backup_of, noted_at in rows]


def hold_unsent(*, before: datetime | None = None) -> int:
    """Hold everything that would go out by itself; return how many. For a restore, which knows it is one."""
    unsent = Message.objects.unsent()
    if before is not None:
        unsent = unsent.filter(queued_at__lte=before)
    return unsent.update(state=State.HELD.value, lease_token=None, lease_until=None, last_error=RESTORED)

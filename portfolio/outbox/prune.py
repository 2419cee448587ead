"""Forgets what is settled. What was sent is kept as long as somebody may ask about it, and no longer.

With a mail its key is forgotten, by which a repeat of what it followed from would be known. So the drain of
events passes over those older than this (`portfolio/outbox/drain.py`).
"""

from datetime import datetime, timedelta

from django.db.models import Q

from portfolio.outbox.models import Message, State

KEPT = timedelta(days=90)


def prune_messages(at: datetime) -> int:
    """Delete what was sent, or not needed, more than ninety days ago; what is parked or held stays."""
    sent = Q(state=State.SENT.value, sent_at__lt=at - KEPT)
    skipped = Q(state=State.SKIPPED.value, queued_at__lt=at - KEPT)
    return Message.objects.filter(sent | skipped).delete()[0]

"""How mail stands: counted by state, and how long the oldest has waited."""

from datetime import datetime, timedelta

from django.db.models import Count, Min

from portfolio.outbox.models import Message, State

LATE_AFTER = timedelta(seconds=600)


def counts() -> dict[State, int]:
    found = dict(Message.objects.order_by().values_list("state").annotate(Count("pk")))
    return {state: found.get(state.value, 0) for state in State}


def oldest_unsent(at: datetime) -> timedelta | None:
    """Return how long the oldest unsent message has waited; None when nothing waits."""
    first: datetime | None = Message.objects.unsent().aggregate(first=Min("queued_at"))["first"]
    return None if first is None else max(at - first, timedelta())

"""Turns events into messages: each event is shown once, in the feed's gap-free order, to the functions
registered for its verb. The cursor moves in the transaction that queues, so nothing is lost between the
two, and a repeat finds its keys taken. Keys are kept as long as their mail (`portfolio/outbox/prune.py`): an
event that is older is passed over, since nobody can say any more whether its mail went out.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from billiard.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Q

from pilots.access.models import Event
from pilots.access.models.event import EventQuerySet
from pilots.models.feed import is_of_another_cluster, written_elsewhere, written_here
from portfolio.outbox import kinds
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Cursor, Message
from portfolio.outbox.prune import KEPT

logger = logging.getLogger(__name__)

OnEvent = Callable[[Event], None]

NAME = "events"
KIND = "event"
AT_ONCE = 500

_FUNCTIONS: defaultdict[str, list[OnEvent]] = defaultdict(list)


def on_event(verb: str, function: OnEvent) -> None:
    """Let `function(event)` queue the mail that follows from events of a verb."""
    if function not in _FUNCTIONS[verb]:
        _FUNCTIONS[verb].append(function)


def drain_events(at: datetime) -> int:
    """Show the events since last time to whoever waits for them; return how many there were."""
    seen = 0
    while shown := _drain_some(at):
        seen += shown
    return seen


def _drain_some(at: datetime) -> int:
    Cursor.objects.bulk_create([Cursor(name=NAME)], ignore_conflicts=True)
    with transaction.atomic():
        cursor = Cursor.objects.select_for_update().get(name=NAME)
        events = _following(cursor)
        for event in events:
            if event.at >= at - KEPT:
                _show(event, at)
        if events:
            cursor.xact, cursor.event_id = events[-1].xact, events[-1].pk
        cursor.save(update_fields=["xact", "event_id", "is_elsewhere"])
    return len(events)


def _following(cursor: Cursor) -> list[Event]:
    """Return the next events. Rows that another cluster numbered, before a restore, come first.

    Their numbers say nothing about our own rows, which are then read from their beginning: what was
    shown before finds its keys taken.
    """
    settled = Event.objects.settled().in_feed_order().select_related("actor", "program")
    xact, event_id = cursor.xact, cursor.event_id
    cursor.is_elsewhere = cursor.is_elsewhere or is_of_another_cluster(xact)
    if cursor.is_elsewhere:
        events = list(written_elsewhere(_after(xact, event_id, settled))[:AT_ONCE])
        if events:
            return events
        xact, event_id = 0, 0
    events = list(written_here(_after(xact, event_id, settled))[:AT_ONCE])
    if events:
        cursor.is_elsewhere = False
    return events


def _after(xact: int, event_id: int, events: EventQuerySet) -> EventQuerySet:
    # The first condition is implied by the second; it is the one the index serves.
    return events.filter(Q(xact__gte=xact) & (Q(xact__gt=xact) | Q(pk__gt=event_id)))


def _show(event: Event, at: datetime) -> None:
    """Call each function; where one fails, leave a message an administrator can try again."""
    if event.verb not in _FUNCTIONS:
        return
    try:
        with transaction.atomic():
            for function in _FUNCTIONS[event.verb]:
                function(event)
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # one event that nobody can read must not keep back the mail of all later ones
        logger.exception("Could not queue what follows from event %s (%s)", event.pk, event.verb)
        enqueue(KIND, key=f"event:{event.pk}", at=at, ref=str(event.pk))


def _show_again(message: Message, at: datetime) -> kinds.Skip:
    event = Event.objects.select_related("actor", "program").get(pk=int(message.ref))
    with transaction.atomic():
        for function in _FUNCTIONS[event.verb]:
            function(event)
    return kinds.Skip("The mail that follows from this event is queued now.")


kinds.register(KIND, _show_again)

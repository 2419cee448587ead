"""Which pilots are stuck, as queries: Today, the list of what is stuck and the list of pilots share them."""

from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q

from pilots.health import Health
from pilots.models import Flag, PilotQuerySet
from pilots.models.flag import FlagQuerySet
from pilots.rules.registry import SERIOUS, Kind, Rule


def stalling(at: datetime) -> FlagQuerySet:
    """Return the flags that make a pilot stalled, if nothing else is to be said of it."""
    serious = [severity.value for severity in SERIOUS]
    return Flag.objects.counting(at).filter(kind=Kind.STALL.value, severity__in=serious)


def newly_stalled(pilots: PilotQuerySet, after: date, *, at: datetime) -> PilotQuerySet:
    """Keep the pilots that became stalled after a day.

    One that was stalled already and has one flag more is no news, and a starting position never is.
    """
    news = stalling(at).filter(pilot=OuterRef("pk"), is_starting=False)
    return pilots.in_health(Health.STALLED).filter(Exists(news), health_since__gt=after)


def asleep(at: datetime) -> FlagQuerySet:
    """Return the open flags that are snoozed or disputed now; those told once for a program are no news."""
    return Flag.objects.open().filter(Q(snoozed_until__gt=at) | Q(disputed_until__gt=at), is_widespread=False)


def with_flag(pilots: PilotQuerySet, rule: Rule, *, is_shared: bool | None = None) -> PilotQuerySet:
    """Keep the pilots with an open flag of a rule; with `is_shared`, told once for its program or not."""
    flags = Flag.objects.open().filter(pilot=OuterRef("pk"), rule=rule.code, subject=rule.subject)
    if is_shared is not None:
        flags = flags.filter(is_widespread=is_shared)
    return pilots.filter(Exists(flags))

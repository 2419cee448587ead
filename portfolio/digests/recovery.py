"""Which pilots are stuck no more, and what happened to them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from pilots.access.models import Event
from pilots.calendar import Day
from pilots.health import Health
from pilots.models import Flag, Pilot, PilotQuerySet
from pilots.rules.registry import SERIOUS, Kind
from pilots.web.spoken import spoken
from pilots.web.told import say, tell
from portfolio.digests.links import absolute
from portfolio.digests.parts import Recovery
from portfolio.outbox.letter import one_line

A_DAY = timedelta(days=1)
# What lifts no stall: words and questions.
NO_DEED = ("flag.", "answer.", "decision.asked", "pilot.commented", "pilot.checked_in")


def _phase(event: Event) -> str:
    return f"phase {event.after.get('phase', '')} closed"


def _moved(event: Event) -> str:
    return f"now {say('stage', event.after.get('stage'))}"


def _role(event: Event) -> str:
    return say("role", event.after.get("role")).lower() or "owner"


# What lifts a stall, in two or three words; anything else is told as the history tells it.
SHORT: Mapping[str, Callable[[Event], str]] = {
    "phase.closed": _phase,
    "pilot.moved": _moved,
    "pilot.resumed": lambda event: "resumed",
    "plan.made": lambda event: "plan made",
    "plan.replaced": lambda event: "planned anew",
    "pilot.edited": lambda event: "decision day set" if "decide_by" in event.after else "edited",
    "owner.added": lambda event: f"{_role(event)} named",
    "owner.handed_over": lambda event: f"{_role(event)} handed over",
}
DATED = {"phase.closed": "finished_on", "pilot.moved": "happened_on"}


def recovered(pilots: PilotQuerySet, *, since: datetime, at: datetime) -> list[Recovery]:
    """Return the pilots of which a stalling flag was closed since a moment and that are well again."""
    well = pilots.in_health(Health.ON_TRACK, Health.AT_RISK)
    closed = Flag.objects.filter(
        closed_at__gt=since,
        closed_at__lte=at,
        kind=Kind.STALL.value,
        severity__in=[severity.value for severity in SERIOUS],
        is_widespread=False,
        pilot__in=well,
    ).select_related("pilot__program")
    last = {flag.pilot_id: flag for flag in closed.order_by("closed_at", "pk")}
    what = _what_happened(last, since)
    rows = [_told(flag, what.get(pk)) for pk, flag in last.items()]
    return sorted(rows, key=lambda row: row.key)


def _what_happened(flags: Mapping[int, Flag], since: datetime) -> dict[int, Event]:
    """Return the last deed before each flag was closed, by pilot; one query."""
    events = Event.objects.filter(pilot_id__in=list(flags), at__gt=since - A_DAY)
    found: dict[int, Event] = {}
    for event in events.select_related("actor").order_by("at", "pk"):
        flag = flags[event.pilot_id or 0]
        if event.at <= (flag.closed_at or event.at) and not event.verb.startswith(NO_DEED):
            found[flag.pilot_id] = event
    return found


def _told(flag: Flag, event: Event | None) -> Recovery:
    pilot: Pilot = flag.pilot
    closed_at = flag.closed_at or flag.opened_at
    today = pilot.program.today(closed_at)
    what, day = "no limit is passed any longer", today
    if event is not None:
        short = SHORT.get(event.verb)
        told = tell(event)
        what = short(event) if short else f"{told.who} {told.what}"
        day = _day(event, pilot)
    return Recovery(
        key=pilot.key,
        name=one_line(pilot.name),
        pilot_url=absolute(pilot.get_absolute_url()),
        what=one_line(what),
        day=spoken(Day(day), today),
        is_confidential=pilot.is_confidential,
    )


def _day(event: Event, pilot: Pilot) -> date:
    dated = event.after.get(DATED.get(event.verb, ""))
    try:
        return date.fromisoformat(str(dated))
    except ValueError:
        return pilot.program.today(event.at)

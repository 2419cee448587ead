"""What blocks a pilot, as lists and its page show it: who said so, in which words, and who can clear it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import OuterRef, Subquery

from pilots.access.models import User
from pilots.models import LogEntry, LogKind, Pilot
from pilots.models.log import Going
from pilots.web.spoken import spoken
from pilots.web.unblock import said, who_answers

NEXT_ACTION = "Clear what blocks it, then check in"


@dataclass(frozen=True)
class Blocking:
    """One pilot that somebody called blocked. `words` and `by` are of their last check-in; "" if none was."""

    fact: str
    words: str
    by: str
    who: str
    next_action: str = NEXT_ACTION


def blocking(pilots: Iterable[Pilot], reader: User | None, *, at: datetime) -> dict[int, Blocking]:
    """Return it by pilot id for those that are blocked; the same queries for any number of them."""
    blocked = [pilot for pilot in pilots if pilot.blocked_on is not None and not pilot.rests]
    if not blocked:
        return {}
    lines = _last_said([pilot.pk for pilot in blocked])
    people = who_answers([pilot.pk for pilot in blocked], reader)
    return {
        pilot.pk: _blocking(pilot, lines.get(pilot.pk), said(people[pilot.pk]), pilot.program.today(at))
        for pilot in blocked
    }


def blocked_fact(pilot: Pilot, today: date) -> str:
    """Return “Said to be blocked by Legal since Mon 9 Nov.”, or nothing."""
    if pilot.blocked_on is None:
        return ""
    by = f" by {pilot.blocked_by}" if pilot.blocked_by else ""
    return f"Said to be blocked{by} since {spoken(pilot.blocked_on, today)}."


def _blocking(pilot: Pilot, line: LogEntry | None, who: str, today: date) -> Blocking:
    by = ""
    if line is not None:
        on = spoken(pilot.program.today(line.written_at), today)
        by = f"{line.author}, {on}" if line.author else on
    return Blocking(blocked_fact(pilot, today), line.text if line else "", by, who)


def _last_said(pilots: Sequence[int]) -> dict[int, LogEntry]:
    """Return the last check-in of each pilot where it says that it is blocked; one query."""
    said_so = LogEntry.objects.filter(kind=LogKind.CHECK_IN.value)
    newest = said_so.filter(pilot=OuterRef("pilot")).order_by("-written_at", "-pk").values("pk")[:1]
    last = said_so.filter(pilot__in=pilots, going=Going.BLOCKED.value, pk=Subquery(newest))
    return {line.pilot_id: line for line in last.select_related("author")}

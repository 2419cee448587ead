"""Which pilots wait for one person, and for what: Today counts these, and the list shows the same ones."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import Q

from pilots.access.models import Program, User
from pilots.lifecycle import Stage
from pilots.models import PilotQuerySet

SOON = timedelta(days=7)
SILENT_AFTER = timedelta(days=28)


class Waiting(StrEnum):
    """What a pilot wants of somebody; the label follows on “waits for my …”."""

    DECISION = "decision"
    REVIEW = "review"
    OWNER = "owner"
    WORD = "word"

    @property
    def label(self) -> str:
        return {
            "decision": f"decision, now or within {SOON.days} days",
            "review": "review of its hold",
            "owner": "choice of a production owner",
            "word": f"word, after more than {SILENT_AFTER.days} days",
        }[self.value]


# The time zones of the programs by the day it is there: three different days at most.
ProgramDays = Mapping[date, Sequence[str]]


def program_days(now: datetime) -> ProgramDays:
    """Return which day it is at a moment in which zone of a program; one query."""
    found: dict[date, list[str]] = {}
    for zone in Program.objects.order_by("zone").values_list("zone", flat=True).distinct():
        found.setdefault(now.astimezone(ZoneInfo(zone)).date(), []).append(zone)
    return found


def waiting(pilots: PilotQuerySet, what: Waiting, *, reader: User, days: ProgramDays) -> PilotQuerySet:
    """Keep the pilots that wait for this of the reader, by the day of each pilot's program.

    Start from `visible_to(reader)`. Who is asked is who may do it; a pilot on hold asks for its review only.
    """
    match what:
        case Waiting.DECISION:
            near = _due(days, lambda today: Q(decide_by__lte=today + SOON))
            return pilots.movable_by(reader).undecided().filter(near)
        case Waiting.REVIEW:
            passed = _due(days, lambda today: Q(hold_review_on__lt=today))
            return pilots.movable_by(reader).filter(passed)
        case Waiting.OWNER:
            led = pilots.led().values("pk")
            return _at_work(pilots.managed_by(reader), Stage.PILOTING).exclude(pk__in=led)
        case Waiting.WORD:
            silent = _due(days, lambda today: Q(silence_clock_on__lt=today - SILENT_AFTER))
            asked = pilots.managed_by(reader) | pilots.owned_by(reader)
            return _at_work(asked, Stage.CHARTERED).filter(silent)


def _due(days: ProgramDays, asks: Callable[[date], Q]) -> Q:
    """Return what is asked of a day, asked of each pilot's program by its own."""
    found = Q(pk__in=[])
    for today, zones in days.items():
        found |= Q(program__zone__in=zones) & asks(today)
    return found


def _at_work(pilots: PilotQuerySet, since: Stage) -> PilotQuerySet:
    return pilots.active().that_reached(since).filter(held_since__isnull=True)

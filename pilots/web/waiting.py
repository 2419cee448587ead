"""Which pilots wait for one person, and for what: Today counts these, and the list shows the same ones."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import Q

from pilots.access.models import Program, User
from pilots.lifecycle import Stage
from pilots.models import PilotQuerySet
from pilots.rules.time import CADENCE

SOON = timedelta(days=7)


class Waiting(StrEnum):
    """What a pilot wants of somebody; the label follows on “waits for my …”."""

    DECISION = "decision"
    REVIEW = "review"
    OWNER = "owner"
    WORD = "word"
    SOON = "soon"

    @property
    def label(self) -> str:
        return {
            "decision": f"decision, now or within {SOON.days} days",
            "review": "review of its hold",
            "owner": "choice of a production owner",
            "word": "check-in, which is overdue",
            "soon": f"check-in or review within {SOON.days} days",
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
            settled = _at_work(pilots.managed_by(reader), Stage.PILOTING).filter(_due(days, _has_arrived))
            return settled.exclude(pk__in=led)
        case Waiting.WORD:
            asked = _asked(pilots, reader).filter(_due(days, _has_arrived), held_since__isnull=True)
            return asked.filter(_due(days, _is_overdue))
        case Waiting.SOON:
            asked = _asked(pilots, reader).filter(_due(days, _has_arrived))
            return asked.filter(_due(days, _is_due_soon)) | pilots.movable_by(reader).filter(
                _due(days, lambda today: Q(hold_review_on__range=(today, today + SOON)))
            )


def _asked(pilots: PilotQuerySet, reader: User) -> PilotQuerySet:
    """Keep those of which the reader is to hear, or to say, how it goes."""
    return pilots.managed_by(reader) | pilots.owned_by(reader)


def _has_arrived(today: date) -> Q:
    """Ask whether the quiet days after an import are over: a list of hundreds nags nobody at once."""
    return Q(is_imported=False) | Q(quiet_until__isnull=True) | Q(quiet_until__lt=today)


def _is_overdue(today: date) -> Q:
    """Ask whether a check-in was due before a day, by the rhythm of each stage."""
    found = Q(pk__in=[])
    for stage, rhythm in CADENCE.items():
        found |= Q(stage=stage.value, silence_clock_on__lt=today - timedelta(days=rhythm))
    return found


def _is_due_soon(today: date) -> Q:
    found = Q(pk__in=[])
    for stage, rhythm in CADENCE.items():
        first = today - timedelta(days=rhythm)
        found |= Q(stage=stage.value, silence_clock_on__range=(first, first + SOON))
    return found & Q(held_since__isnull=True)


def _due(days: ProgramDays, asks: Callable[[date], Q]) -> Q:
    """Return what is asked of a day, asked of each pilot's program by its own."""
    found = Q(pk__in=[])
    for today, zones in days.items():
        found |= Q(program__zone__in=zones) & asks(today)
    return found


def _at_work(pilots: PilotQuerySet, since: Stage) -> PilotQuerySet:
    return pilots.active().that_reached(since).filter(held_since__isnull=True)

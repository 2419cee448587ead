"""Milestones the reader sees to: those that are late, and those due soon."""

from datetime import date

from django.db.models import Q, QuerySet
from django.urls import reverse

from pilots.models import Milestone
from pilots.web.spoken import ahead, spoken
from pilots.web.waiting import SOON
from portfolio.desk.agenda.context import Reading
from portfolio.desk.agenda.shapes import AT_MOST, Chapter, Line

OVERDUE = "Your overdue milestones"
DUE = f"Milestones due in {SOON.days} days"


def overdue(reading: Reading) -> Chapter:
    """Milestones whose day has passed by the day of their program, the latest first; two queries."""
    return _chapter(reading, OVERDUE, "due_on__lt", is_late=True)


def due_soon(reading: Reading) -> Chapter:
    return _chapter(reading, DUE, "due_on__range", is_late=False)


def _chapter(reading: Reading, title: str, lookup: str, *, is_late: bool) -> Chapter:
    wanted = Q(pk__in=[])
    for today, zones in reading.days.items():
        bound = today if is_late else (today, today + SOON)
        wanted |= Q(**{lookup: bound}, pilot__program__zone__in=zones)
    found = _open(reading).filter(wanted)
    rows = found.select_related("pilot__program", "owner", "phase").order_by("due_on", "pk")[:AT_MOST]
    lines = [_line(reading, row, row.due_on, is_late=is_late) for row in rows if row.due_on]
    return Chapter(title, found.count(), lines, is_asked=is_late)


def _open(reading: Reading) -> QuerySet[Milestone]:
    """Return open milestones the reader sees to: named for it, or nobody is and they lead or manage it."""
    pilots = reading.scope.pilots
    theirs = pilots.movable_by(reading.reader).values("pk")
    mine = Q(owner__user=reading.reader) | Q(owner__isnull=True, pilot__in=theirs)
    moving = pilots.active().filter(held_since__isnull=True).values("pk")
    return Milestone.objects.filter(mine, done_on__isnull=True, pilot__in=moving)


def _line(reading: Reading, row: Milestone, due: date, *, is_late: bool) -> Line:
    pilot, today = row.pilot, row.pilot.program.today(reading.now)
    who = row.owner.name if row.owner else "Nobody is named for it"
    part = f" Part of phase {row.phase.number}, {row.phase.title}." if row.phase else ""
    page = reverse("pilots:milestone_done", args=[pilot.key, row.pk])
    return Line(
        name=pilot.name,
        key=pilot.key,
        href=f"{reverse('pilots:pilot_plan', args=[pilot.key])}#milestones",
        title=row.title,
        icon="check",
        why=f"{who}.{part}",
        action="Mark done",
        url=page,
        when=f"{spoken(due, today)}, {ahead(due, today)}" if is_late or due == today else spoken(due, today),
        is_late=is_late,
    )

"""Who reads Today, when, and of which pilots: what every chapter starts from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.expressions import OrderBy
from django.urls import reverse
from django.utils import timezone

from pilots.access.models import User
from pilots.models import Flag, LogEntry, LogKind, Pilot, PilotQuerySet
from pilots.web.scope import Scope
from pilots.web.spoken import spoken
from pilots.web.waiting import ProgramDays, Waiting, program_days, waiting
from portfolio.desk.agenda.shapes import AT_MOST


@dataclass(frozen=True)
class Reading:
    """One person, one moment, one scope. `today` is the reader's day; a pilot's is its program's."""

    reader: User
    scope: Scope
    now: datetime

    @cached_property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @cached_property
    def days(self) -> ProgramDays:
        return program_days(self.now)

    def waiting(self, what: Waiting) -> PilotQuerySet:
        return waiting(self.scope.pilots, what, reader=self.reader, days=self.days)

    @property
    def seen_to(self) -> PilotQuerySet:
        """Keep the pilots with a flag that counts and that the reader sees to."""
        flags = Flag.objects.counting(self.now).filter(assignee=self.reader, pilot=OuterRef("pk"))
        return self.scope.pilots.filter(Exists(flags))

    def with_today(self, pilots: Iterable[Pilot]) -> list[tuple[Pilot, date]]:
        """Return each pilot with the day it is in its program."""
        return [(pilot, pilot.program.today(self.now)) for pilot in pilots]

    def list_url(self, **filters: str) -> str:
        return f"{reverse('pilots:pilot_list')}?{urlencode({**self._program, **filters})}"

    def stalled_url(self, **filters: str) -> str:
        return f"{reverse('stalled:stalled')}?{urlencode({**self._program, **filters})}"

    @property
    def _program(self) -> dict[str, str]:
        return {"program": self.scope.program} if self.scope.program else {}

    def stage(self, pilot: Pilot) -> str:
        if pilot.since is None:
            return f"{pilot.at_stage.label}, since when is not known."
        return f"{pilot.at_stage.label} since {spoken(pilot.since, self.today)}."

    def last_word(self, entry: LogEntry | None) -> str:
        if entry is None:
            return "No check-in yet."
        day = spoken(entry.pilot.program.today(entry.written_at), self.today)
        going = entry.get_going_display().lower()
        said = f": “{entry.text}”" if entry.text else f": {going}."
        return f"Last word on {day}{said}"


def first(pilots: PilotQuerySet, *order: str | OrderBy) -> list[Pilot]:
    return list(pilots.select_related("program").order_by(*order, "pk")[:AT_MOST])


def last_words(pilots: Iterable[Pilot]) -> dict[int, LogEntry]:
    """Return the last check-in of each pilot, by its id; one query, which reads no other line."""
    said = LogEntry.objects.filter(kind=LogKind.CHECK_IN.value)
    newest = said.filter(pilot=OuterRef("pilot")).order_by("-written_at", "-pk").values("pk")[:1]
    last = said.filter(pilot__in=pilots, pk=Subquery(newest)).select_related("pilot__program")
    return {entry.pilot_id: entry for entry in last}

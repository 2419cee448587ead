"""The head of a pilot's page as of a past day: the same words, from what had happened by then."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import Max, Q

from pilots.columns import read_holds
from pilots.models import Hold, Ownership, Pilot, Plan
from pilots.models.cohort import Cohort
from pilots.pauses import Pauses, own_today
from pilots.plans import day_of
from pilots.replay import answering, end_of, holds_then, replay, rows_then
from pilots.web.road import Road, Step
from pilots.web.spoken import ahead, days, spoken
from pilots.workdays import read_freezes


@dataclass(frozen=True)
class HeldThen:
    """The hold a pilot was in, as facts: label and words."""

    title: str
    facts: list[tuple[str, str]]


@dataclass(frozen=True)
class PlanThen:
    """The plan that counted on the day; `day` is which day of it that was, pauses taken out."""

    number: int
    day: str
    ends: str


class Then:
    """One pilot on a past day; `pilot` is None where it was not there yet.

    The dates of the road are those that count as the cohort knows them, so a correction made since
    shows unless the page asks for what was recorded then.
    """

    def __init__(self, pilot: Pilot, cohort: Cohort) -> None:
        self._asked = pilot
        self.cohort = cohort
        self.day = cohort.day

    @cached_property
    def pilot(self) -> Pilot | None:
        return next(iter(replay([self._asked], self.cohort)), None)

    @cached_property
    def steps(self) -> list[Step]:
        rows = rows_then([self._asked.pk], self.cohort).get(self._asked.pk, [])
        gone = {row.supersedes_id for row in rows} | {row.voids_id for row in rows}
        counting = [row for row in rows if row.pk not in gone and row.to_stage and row.latest_on <= self.day]
        return Road(self.pilot or self._asked, counting, self.day).steps

    @cached_property
    def owners(self) -> list[tuple[str, str]]:
        rows: list[Ownership] = list(
            answering(self.cohort).filter(pilot=self._asked).select_related("owner").order_by("since", "pk")
        )
        return [(row.role_in_words, row.owner.name) for row in rows]

    @property
    def since(self) -> str:
        """Since when it had been in its stage; empty when nobody knows."""
        return spoken(self.pilot.since, self.day) if self.pilot and self.pilot.since else ""

    @cached_property
    def hold(self) -> HeldThen | None:
        if self.pilot is None or self.pilot.held_since is None:
            return None
        hold = Hold.objects.filter(pilot=self._asked, since=self.pilot.held_since).order_by("-pk").first()
        if hold is None:
            return None
        review = f"{spoken(hold.review_on, self.day)}, {ahead(hold.review_on, self.day)}"
        held = (self.day - hold.since).days
        title = f"On hold since {spoken(hold.since, self.day)}{f', {days(held)}' if held else ''}"
        return HeldThen(title, [("Why", hold.reason), ("Agreed by", hold.agreed_by), ("Review", review)])

    @cached_property
    def plan(self) -> PlanThen | None:
        """The plan that had been made and not replaced by the end of the day."""
        moment = self._moment()
        made = Plan.objects.filter(
            Q(replaced_at__isnull=True) | Q(replaced_at__gt=moment), made_at__lte=moment
        )
        found = made.filter(pilot=self._asked).annotate(last=Max("phases__planned_end")).order_by("-number")
        row = found.values_list("number", "start", "last").first()
        if row is None:
            return None
        number, start, last = row
        day = self._pauses.plan_day(start, self._clock)
        told = f"day {day} of {day_of(start, last)}" if day > 0 else f"begins {spoken(start, self.day)}"
        ends = self._pauses.moved(last, start, self._clock)
        return PlanThen(number, told, spoken(ends, self.day))

    def _moment(self) -> datetime:
        over = end_of(self.day, self._asked.program.zone)
        return min(over, self.cohort.known_at) if self.cohort.known_at else over

    @property
    def _clock(self) -> date:
        return own_today(self.day, self.pilot.held_since if self.pilot else None)

    @cached_property
    def _pauses(self) -> Pauses:
        holds = holds_then(read_holds([self._asked.pk])[self._asked.pk], self.cohort.known_on)
        return Pauses(holds, read_freezes([self._asked.program_id])[self._asked.program_id])

"""A plan as its page shows it: its days in words, and each phase as a row of a drawing."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from pilots.actions.plan import PLANNED
from pilots.calendar import Day
from pilots.columns import Period, held_days
from pilots.models import Phase, Pilot, Plan
from pilots.plans import Template, day_of
from pilots.web.spoken import brief, days, spoken

ONE = timedelta(days=1)
TICKS = 6
EDGE = 6  # per cent of the drawing in which words would run over its end


@dataclass(frozen=True)
class Bar:
    """A stretch of the drawing, as attributes of an SVG rectangle."""

    x: str
    width: str


@dataclass(frozen=True)
class Mark:
    """A line across the drawing; `anchor` is the side from which its words are written."""

    x: str
    anchor: str


@dataclass(frozen=True)
class Tick:
    """A line of the drawing with its day."""

    x: str
    label: str


@dataclass(frozen=True)
class Row:
    """One phase: its days, how it stands, and what is drawn of it.

    `kind` is closed, now, over or later. Only the first open phase can be closed, and only the last
    closed one can be opened again.
    """

    phase: Phase
    days: str
    dates: str
    state: str
    kind: str
    planned: Bar
    actual: Bar | None
    over: Bar | None
    can_close: bool
    can_reopen: bool


class Course:
    """One plan of a pilot as it stands today. Days on hold are taken out, as the rule of overrun does.

    `phases` are all of the plan, in their order; `holds` those of the pilot.
    """

    def __init__(
        self, pilot: Pilot, plan: Plan, phases: Sequence[Phase], holds: Sequence[Period], today: date
    ) -> None:
        self.pilot = pilot
        self.plan = plan
        self.phases = phases
        self.holds = holds
        self.today = min(today, pilot.held_since) if pilot.held_since else today
        self.is_followed = pilot.at_stage in PLANNED

    # --- In words -------------------------------------------------------------------

    @property
    def held(self) -> int:
        return held_days(self.holds, self.plan.start, None)

    @property
    def length(self) -> int:
        return day_of(self.plan.start, self.phases[-1].planned_end)

    @property
    def day(self) -> int:
        """Which day of the plan today is; it stands still during a hold."""
        return day_of(self.plan.start, self.today) - self.held

    @property
    def last_day(self) -> date:
        """The planned end, later by the holds."""
        return self.phases[-1].planned_end + timedelta(days=self.held)

    @property
    def title(self) -> str:
        name = f"Plan {self.plan.number}"
        if not self.is_followed:
            return name
        if self.day < 1:
            return f"{name}, begins {spoken(self.plan.start, self.today)}"
        return f"{name}, {days_told(self.day, self.length)}"

    @property
    def template(self) -> str:
        return Template(self.plan.template).label

    @property
    def sub(self) -> str:
        """Where it ends, and what moved that day."""
        ends = f"{self.template}, until {spoken(self.last_day, self.today)}."
        return f"{ends} {days(self.held).capitalize()} on hold are taken out." if self.held else ends

    # --- Phase by phase ---------------------------------------------------------------

    @cached_property
    def first_open(self) -> Phase | None:
        return next((phase for phase in self.phases if phase.finished_on is None), None)

    @cached_property
    def last_closed(self) -> Phase | None:
        return next((phase for phase in reversed(self.phases) if phase.finished_on), None)

    @cached_property
    def rows(self) -> list[Row]:
        began, rows = self.plan.start, []
        for phase in self.phases:
            rows.append(self._row(phase, began))
            began = phase.finished_on + ONE if phase.finished_on else phase.planned_start
        return rows

    def _row(self, phase: Phase, began: date) -> Row:
        start, end = self._stands(phase)
        until = phase.finished_on or (self.today if phase is self.first_open and self.is_followed else None)
        over = (until - end).days if until else 0
        first, last = day_of(self.plan.start, phase.planned_start), day_of(self.plan.start, phase.planned_end)
        return Row(
            phase=phase,
            days=f"days {first}–{last}",
            dates=f"{brief(Day(start), self.today)} – {brief(Day(end), self.today)}",
            state=self._state(phase, start, over),
            kind=self._kind(phase, over),
            planned=self._bar(start, end),
            actual=self._bar(began, min(until, end)) if until and min(until, end) >= began else None,
            over=self._bar(max(end + ONE, began), until) if until and over > 0 and until >= began else None,
            can_close=phase is self.first_open and not self.pilot.is_ended,
            can_reopen=phase is self.last_closed,
        )

    def _stands(self, phase: Phase) -> tuple[date, date]:
        """Return the planned days, later by the holds until it was closed."""
        shift = timedelta(days=held_days(self.holds, self.plan.start, phase.finished_on))
        return phase.planned_start + shift, phase.planned_end + shift

    def _kind(self, phase: Phase, over: int) -> str:
        if phase.finished_on:
            return "closed"
        if phase is not self.first_open or not self.is_followed:
            return "later"
        return "over" if over > 0 else "now"

    def _state(self, phase: Phase, start: date, over: int) -> str:
        if phase.finished_on:
            told = f"closed {spoken(phase.finished_on, self.today)}"
            return f"{told}, {days(over)} over" if over > 0 else told
        if not self.is_followed:
            return "not closed"
        if phase is self.first_open and over > 0:
            return f"open, {days(over)} over"
        return "open" if phase is self.first_open or start <= self.today else "not begun"

    # --- The drawing -------------------------------------------------------------------

    @cached_property
    def _ends(self) -> tuple[date, date]:
        finished = [phase.finished_on for phase in self.phases if phase.finished_on]
        shown = [self.last_day, *finished, *([self.today] if self.is_followed else [])]
        return min(self.plan.start, *shown), max(shown) + ONE

    def _x(self, day: date) -> float:
        first, end = self._ends
        return 100 * (day - first).days / (end - first).days

    def _bar(self, first: date, last: date) -> Bar:
        left = self._x(first)
        return Bar(f"{left:.2f}%", f"{self._x(last + ONE) - left:.2f}%")

    @property
    def now(self) -> Mark | None:
        """Where the line of today is drawn: at the end of the day, so that what is done lies before it."""
        first, end = self._ends
        if not self.is_followed or not first <= self.today < end:
            return None
        x = self._x(self.today + ONE)
        return Mark(f"{x:.2f}%", "start" if x < EDGE else "end" if x > 100 - EDGE else "middle")

    @property
    def ticks(self) -> list[Tick]:
        """Some days to read the drawing by, whole weeks apart."""
        first, end = self._ends
        step = max(-(-(end - first).days // (7 * TICKS)), 1) * 7
        shown = range(0, (end - first).days - step // 2, step)
        marked = [first + timedelta(days=offset) for offset in shown]
        return [Tick(f"{self._x(day):.2f}%", brief(Day(day), self.today)) for day in marked]


def days_told(day: int, length: int) -> str:
    """Return “day 38 of 90”, or that the days are used up."""
    return f"day {day} of {length}" if day <= length else f"day {day}, {days(day - length)} over its {length}"


@dataclass(frozen=True)
class Before:
    """A plan that was replaced."""

    number: int
    dates: str
    replaced: str
    reason: str


def before(plans: Sequence[Plan], today: date) -> list[Before]:
    """Return the replaced plans, newest first, each with why the next one was made.

    `plans` are all of a pilot with their phases, newest first.
    """
    told = []
    for newer, plan in itertools.pairwise(plans):
        last = max(phase.planned_end for phase in plan.phases.all())
        replaced = newer.pilot.program.today(newer.made_at)
        dates = f"{spoken(plan.start, today)} – {spoken(last, today)}"
        told.append(Before(plan.number, dates, spoken(replaced, today), newer.reason))
    return told


def slip(plans: Sequence[Plan]) -> str:
    """Return by how much the end moved from the first plan to the newest, in words; empty if it did not."""
    newest, first = (max(phase.planned_end for phase in plan.phases.all()) for plan in (plans[0], plans[-1]))
    moved = (newest - first).days
    if not moved:
        return ""
    return f"It ends {days(abs(moved))} {'later' if moved > 0 else 'earlier'} than plan {plans[-1].number}."

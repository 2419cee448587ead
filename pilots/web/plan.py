"""A plan as its page shows it: its days in words, and each phase as a row of a drawing.

Pages over many plans read with `read_pauses` (two queries for any number of pilots) and make a `Course`
of each; it asks the database for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from pilots.actions.plan import PLANNED
from pilots.calendar import Day
from pilots.models import Milestone, Phase, Pilot, Plan
from pilots.pauses import Pauses, own_today
from pilots.plans import Template, day_of
from pilots.web.spans import Span, spans
from pilots.web.spoken import brief, days, spoken

ONE = timedelta(days=1)
TICKS = 6
EDGE = 6  # per cent of the drawing in which words would run over its end
WIDE_EDGE = 36  # the same for the title of a milestone
SHORT = 28  # characters of it that are drawn


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
class Diamond:
    """A milestone in the drawing; `kind` is due, late or done."""

    x: str
    kind: str


@dataclass(frozen=True)
class Note:
    """Words over the drawing: the milestone that is latest, or the next; `anchor` as in `Mark`."""

    x: str
    anchor: str
    text: str
    is_late: bool


@dataclass(frozen=True)
class Row:
    """One phase: its days, how it stands, and what is drawn of it.

    `kind` is closed, now, over or later. Only the first open phase can be closed, and only the last
    closed one can be opened again. `slip` says how its end moved since plan 1, `done` how many of its
    milestones are done; both are empty where there is nothing to say.
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
    can_begin: bool = False
    slip: str = ""
    done: str = ""
    diamonds: tuple[Diamond, ...] = ()
    note: Note | None = None


class Course:
    """One plan of a pilot as it stands today. Held and frozen days are taken out, as the rules do.

    `phases` are all of the plan, in their order; `milestones` those of the pilot that lie in a phase, and
    `baseline` the phases of its first plan, where this is a later one.
    """

    def __init__(
        self,
        pilot: Pilot,
        plan: Plan,
        phases: Sequence[Phase],
        pauses: Pauses,
        today: date,
        *,
        milestones: Sequence[Milestone] = (),
        baseline: Sequence[Phase] = (),
    ) -> None:
        self.pilot = pilot
        self.plan = plan
        self.phases = phases
        self.pauses = pauses
        self.milestones = milestones
        self.baseline = baseline
        self.today = own_today(today, pilot.held_since)
        self.is_followed = pilot.at_stage in PLANNED

    # --- In words -------------------------------------------------------------------

    @cached_property
    def held(self) -> int:
        return self.pauses.held(self.plan.start, self.today)

    @cached_property
    def frozen(self) -> int:
        return self.pauses.frozen(self.plan.start, self.today)

    @property
    def length(self) -> int:
        return day_of(self.plan.start, self.phases[-1].planned_end)

    @property
    def day(self) -> int:
        """Which day of the plan today is; it stands still during a hold or a freeze."""
        return self.pauses.plan_day(self.plan.start, self.today)

    @cached_property
    def last_day(self) -> date:
        """The planned end, later by the pauses."""
        return self.pauses.moved(self.phases[-1].planned_end, self.plan.start, self.today)

    @property
    def title(self) -> str:
        name = f"Plan {self.plan.number}"
        if not self.is_followed:
            return name
        if self.closed_on:
            return f"{name}, {closed_told(self.closed_on, self.today)}"
        if self.day < 1:
            return f"{name}, begins {spoken(self.plan.start, self.today)}"
        return f"{name}, {days_told(self.day, self.length)}"

    @property
    def template(self) -> str:
        return Template(self.plan.template).label

    @property
    def sub(self) -> str:
        """Where it ends, and what moved that day."""
        told = [f"{self.template}, until {spoken(self.last_day, self.today)}."]
        if self.held:
            told.append(f"{days(self.held).capitalize()} on hold {_are(self.held)} taken out.")
        if self.frozen:
            told.append(f"{days(self.frozen).capitalize()} frozen {_are(self.frozen)} taken out.")
        ahead = (self.last_day - self.phases[-1].planned_end).days - self.held - self.frozen
        if ahead:
            told.append(f"{days(ahead).capitalize()} of a freeze to come {_are(ahead)} reckoned in.")
        return " ".join(told)

    # --- Phase by phase ---------------------------------------------------------------

    @cached_property
    def first_open(self) -> Phase | None:
        return next((phase for phase in self.phases if phase.finished_on is None), None)

    @cached_property
    def closed_on(self) -> date | None:
        """The day its last phase was closed; None while one is open. From then on its days count no more."""
        return all_closed_on([phase.finished_on for phase in self.phases])

    @cached_property
    def last_closed(self) -> Phase | None:
        return next((phase for phase in reversed(self.phases) if phase.finished_on), None)

    @cached_property
    def spans(self) -> list[Span]:
        return spans(self.plan, self.phases, self.pauses, self.today, is_followed=self.is_followed)

    @cached_property
    def rows(self) -> list[Row]:
        return [self._row(span) for span in self.spans]

    def _row(self, span: Span) -> Row:
        phase, over = span.phase, span.over
        mine = [row for row in self.milestones if row.phase_id == phase.pk]
        first, last = day_of(self.plan.start, phase.planned_start), day_of(self.plan.start, phase.planned_end)
        return Row(
            phase=phase,
            days=f"days {first}–{last}",
            dates=f"{brief(Day(span.first), self.today)} – {brief(Day(span.last), self.today)}",
            state=self._state(phase, span.first, over),
            kind=self._kind(phase, over),
            planned=self._bar(span.first, span.last),
            actual=self._bar(*span.actual) if span.actual else None,
            over=self._bar(*span.beyond) if span.beyond else None,
            can_close=phase is self.first_open and not self.pilot.is_ended,
            can_reopen=phase is self.last_closed,
            can_begin=self.is_followed and phase.finished_on is None and phase is not self.first_open,
            slip=self._slip(phase),
            done=f"{sum(row.done_on is not None for row in mine)} of {len(mine)} done" if mine else "",
            diamonds=tuple(diamond for row in mine for diamond in self._diamonds(row)),
            note=self._note(mine),
        )

    def _slip(self, phase: Phase) -> str:
        was = next((row.planned_end for row in self.baseline if _kind_of(row) == _kind_of(phase)), None)
        return moved_words((phase.planned_end - was).days) if was else ""

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
        shown = [self.last_day, *([self.today] if self.is_followed else [])]
        shown += [phase.finished_on for phase in self.phases if phase.finished_on]
        shown += [phase.started_on for phase in self.phases if phase.started_on]
        inside = [row for row in self.milestones if row.phase_id is not None]
        shown += [day for row in inside for day in (row.due_on, row.done_on) if day]
        return min(self.plan.start, *shown), max(shown) + ONE

    def _x(self, day: date) -> float:
        first, end = self._ends
        return 100 * (day - first).days / (end - first).days

    def _bar(self, first: date, last: date) -> Bar:
        left = self._x(first)
        return Bar(f"{left:.2f}%", f"{self._x(last + ONE) - left:.2f}%")

    def _diamonds(self, row: Milestone) -> list[Diamond]:
        found = []
        if row.due_on:
            late = self.is_followed and row.done_on is None and row.due_on < self.today
            found.append(Diamond(self._middle(row.due_on), "late" if late else "due"))
        if row.done_on:
            found.append(Diamond(self._middle(row.done_on), "done"))
        return found

    def _note(self, rows: Sequence[Milestone]) -> Note | None:
        """Name the milestone that is latest; where none is, the next that is due."""
        waiting = [(row.due_on, row.title) for row in rows if row.done_on is None and row.due_on]
        if not waiting or not self.is_followed:
            return None
        due, title = min(waiting)
        late = (self.today - due).days
        short = title if len(title) <= SHORT else f"{title[: SHORT - 1].rstrip()}…"
        x = self._x(due) + 50 / self._span
        anchor = "start" if x < WIDE_EDGE else "end" if x > 100 - WIDE_EDGE else "middle"
        return Note(f"{x:.2f}%", anchor, f"{short}, {days(late)} late" if late > 0 else short, late > 0)

    def _middle(self, day: date) -> str:
        return f"{self._x(day) + 50 / self._span:.2f}%"

    @property
    def _span(self) -> int:
        first, end = self._ends
        return (end - first).days

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


def all_closed_on(days_closed: Sequence[date | None]) -> date | None:
    """Return the day on which the last of some phases was closed; None while one is open."""
    closed = [day for day in days_closed if day is not None]
    return max(closed) if closed and len(closed) == len(days_closed) else None


def closed_told(day: date, today: date) -> str:
    return f"all phases closed on {spoken(day, today)}"


def moved_words(moved: int) -> str:
    if not moved:
        return ""
    return f"{days(abs(moved))} {'later' if moved > 0 else 'earlier'} than first planned"


def _kind_of(phase: Phase) -> str:
    return phase.code or phase.title


def _are(count: int) -> str:
    return "is" if count == 1 else "are"

"""Many plans on one axis of time: a lane for each pilot that goes by a plan, what ends next on top."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Q

from pilots.actions.plan import PLANNED
from pilots.models import Milestone, Phase, Pilot, Plan
from pilots.models.pilot import PilotQuerySet
from pilots.pauses import Pauses, own_today
from pilots.plans import day_of
from pilots.web.chips import without
from pilots.web.listing import PER_PAGE, Listing, Problem
from pilots.web.plan import all_closed_on
from pilots.web.spans import Span, spans
from pilots.web.spoken import ahead, days, number_word, spoken
from pilots.workdays import read_pauses

ONE = timedelta(days=1)
TICKS = 8
NARROW = 5  # months that have room for their names on a phone
EDGE = 6  # per cent of the drawing in which words would run over its end


class Planned(NamedTuple):
    """The plan a pilot goes by; `today` stands still while it is held, `end` is later by its pauses.

    `is_running`: a phase of it is open.
    """

    plan: Plan
    pauses: Pauses
    today: date
    planned_end: date
    end: date
    is_running: bool

    @property
    def pilot(self) -> Pilot:
        return self.plan.pilot


@dataclass(frozen=True)
class Bar:
    """A stretch of a lane as attributes of an SVG rectangle; `kind` is planned, actual or over."""

    kind: str
    x: str
    width: str


@dataclass(frozen=True)
class Dot:
    """A milestone in a lane; `kind` is done, due or late."""

    kind: str
    x: str


@dataclass(frozen=True)
class Tick:
    """The first of a month; `anchor` is the side from which its words are written.

    `is_extra`: a narrow drawing has no room for its words.
    """

    x: str
    label: str
    anchor: str = "middle"
    is_extra: bool = False


@dataclass(frozen=True)
class Lane:
    """One pilot: the words, which the table repeats, and what is drawn of its plan."""

    pilot: Pilot
    start: str
    day: str
    phase: str
    over: str
    ends: str
    ended_by: str
    milestones: str
    late: str
    slip: str
    bars: list[Bar]
    dots: list[Dot]


class Axis:
    """From the first day that is drawn to the last, in per cent."""

    def __init__(self, first: date, last: date, today: date) -> None:
        self.first, self.end, self.today = min(first, today), max(last, today) + ONE, today

    def x(self, day: date) -> float:
        return 100 * (day - self.first).days / (self.end - self.first).days

    def bar(self, kind: str, first: date, last: date) -> Bar:
        left = self.x(first)
        return Bar(kind, f"{left:.2f}%", f"{self.x(last + ONE) - left:.2f}%")

    @property
    def now(self) -> Tick:
        """The line of today, at the end of the day: what is done lies before it."""
        x = self.x(self.today + ONE)
        return Tick(f"{x:.2f}%", "today", _anchor(x))

    @property
    def ticks(self) -> list[Tick]:
        """The first of some months; each January, and the first that is shown, say their year.

        Words near an end of the axis are written inwards, so that they stay on it.
        """
        months = list(_month_starts(self.first, self.end))
        step = max(-(-len(months) // TICKS), 1)
        shown = months[::step]
        said = [f"{day:%b %Y}" if day.month <= step or day == shown[0] else f"{day:%b}" for day in shown]
        return [
            Tick(
                f"{(x := self.x(day)):.2f}%",
                words,
                _anchor(x),
                is_extra=bool(place % 2) and len(shown) > NARROW and " " not in words,
            )
            for place, (day, words) in enumerate(zip(shown, said, strict=True))
        ]


def _anchor(x: float) -> str:
    return "start" if x < EDGE else "end" if x > 100 - EDGE else "middle"


class Timeline(Listing):
    """What one address shows of the plans. Pilots that go by none are counted beside it, never dropped.

    The order is given: running plans by the nearest end, then those whose phases are all closed. Seven
    queries for any number of plans, beside the list's own.
    """

    place = "pilots:pilot_timeline"
    has_order = False

    @cached_property
    def problems(self) -> list[Problem]:
        found = super().problems
        for name in ("as_of", "known_at"):
            if name in self.asked:
                sentence = (
                    "Plans cannot be shown as they were on a past day: they are drawn as they stand today."
                )
                found = [*found, Problem(sentence, without(self.asked, name, path=self.path))]
        return found

    # --- Which plans -----------------------------------------------------------------

    @cached_property
    def _planned(self) -> list[Planned]:
        live = Plan.objects.live().filter(pilot__in=self._followed).order_by("pk")
        plans = list(live.select_related("pilot__program"))
        told = live.order_by().annotate(
            end=Max("phases__planned_end"), left=Count("phases", filter=Q(phases__finished_on__isnull=True))
        )
        ends = {pk: (end, left) for pk, end, left in told.values_list("pk", "end", "left")}
        pauses = read_pauses({plan.pilot_id: plan.pilot.program_id for plan in plans})
        found = []
        for plan in plans:
            today = own_today(plan.pilot.program.today(self._now), plan.pilot.held_since)
            paused = pauses[plan.pilot_id]
            end, left = ends[plan.pk]
            moved = paused.moved(end, plan.start, today)
            found.append(Planned(plan, paused, today, end, moved, is_running=bool(left)))
        return sorted(found, key=lambda item: (not item.is_running, item.end, item.plan.pilot_id))

    @property
    def _followed(self) -> PilotQuerySet:
        found: PilotQuerySet = self._found.filter(stage__in=[stage.value for stage in PLANNED])
        return found

    @property
    def _pages(self) -> int:
        return self._plan_pages.num_pages

    @cached_property
    def _plan_pages(self) -> "Paginator[Planned]":
        return Paginator(self._planned, PER_PAGE)

    @cached_property
    def plan_page(self) -> "Page[Planned]":
        return self._plan_pages.page(self._wanted_page or 1)

    @property
    def is_empty(self) -> bool:
        return not self._planned

    @cached_property
    def beside(self) -> str:
        """“14 have no plan and 3 are past theirs: not drawn.” Empty when all are drawn."""
        undrawn = self.total - len(self._planned)
        if not undrawn:
            return ""
        have = Plan.objects.live().filter(pilot__in=self._found).values("pilot").distinct().count()
        past, without_plan = have - len(self._planned), self.total - have
        said = []
        if without_plan:
            said.append(f"{without_plan:,} {'has' if without_plan == 1 else 'have'} no plan")
        if past:
            said.append(f"{past:,} {'is past its own' if past == 1 else 'are past theirs'}")
        return f"{' and '.join(said)}: not drawn."

    # --- What is drawn ---------------------------------------------------------------

    @cached_property
    def axis(self) -> Axis:
        """The days of all lanes of this page."""
        shown = list(self.plan_page)
        today = max(item.pilot.program.today(self._now) for item in shown)
        finished = [
            phase.finished_on for rows in self._phases.values() for phase in rows if phase.finished_on
        ]
        dots = [
            day for rows in self._milestones.values() for row in rows if (day := row.done_on or row.due_on)
        ]
        first = min(item.plan.start for item in shown)
        ends = [item.end for item in shown]
        kept = [day for day in dots if first <= day <= max(ends)]
        return Axis(first, max([*ends, *finished, *kept]), today)

    @cached_property
    def lanes(self) -> list[Lane]:
        return [self._lane(item) for item in self.plan_page]

    @cached_property
    def _phases(self) -> dict[int, list[Phase]]:
        found: dict[int, list[Phase]] = {}
        plans = [item.plan.pk for item in self.plan_page]
        for phase in Phase.objects.filter(plan__in=plans).order_by("plan", "number"):
            found.setdefault(phase.plan_id, []).append(phase)
        return found

    @cached_property
    def _milestones(self) -> dict[int, list[Milestone]]:
        found: dict[int, list[Milestone]] = {}
        pilots = [item.plan.pilot_id for item in self.plan_page]
        for milestone in Milestone.objects.filter(pilot__in=pilots).order_by("pilot", "due_on", "pk"):
            found.setdefault(milestone.pilot_id, []).append(milestone)
        return found

    @cached_property
    def _first_ends(self) -> dict[int, date]:
        """Return the planned end of each pilot's first plan, by the pilot's id."""
        pilots = [item.plan.pilot_id for item in self.plan_page]
        ends = Phase.objects.filter(plan__pilot__in=pilots, plan__number=1).order_by()
        return dict(ends.values_list("plan__pilot").annotate(end=Max("planned_end")))

    def _lane(self, item: Planned) -> Lane:
        phases = self._phases.get(item.plan.pk, [])
        milestones = self._milestones.get(item.plan.pilot_id, [])
        judged = item.today
        today = item.pilot.program.today(self._now)
        placed = spans(item.plan, phases, item.pauses, judged, is_followed=True)
        span = next((span for span in placed if span.phase.finished_on is None), None)
        first_open = span.phase if span else None
        late = sum(not row.done_on and row.days_late(judged) > 0 for row in milestones)
        done = sum(row.done_on is not None for row in milestones)
        is_open = first_open is not None
        return Lane(
            pilot=item.pilot,
            start=spoken(item.plan.start, today),
            day=_day(item),
            phase=f"Phase {first_open.number}, {first_open.title}" if first_open else _closed(phases, today),
            over=f"{days(span.over)} over" if span and span.over > 0 else "",
            ends=spoken(item.end, today),
            ended_by=ahead(item.end, judged) if is_open else "",
            milestones=f"{done} of {len(milestones)} done" if milestones else "none",
            late=f"{late} milestone{'s' if late > 1 else ''} late" if late else "",
            slip=_slip(item, self._first_ends.get(item.plan.pilot_id)),
            bars=_bars(self.axis, placed),
            dots=_dots(self.axis, milestones, judged),
        )


def _closed(phases: Sequence[Phase], today: date) -> str:
    day = all_closed_on([phase.finished_on for phase in phases])
    return f"All phases closed on {spoken(day, today)}" if day else "No phases"


def _month_starts(first: date, end: date) -> list[date]:
    day = first if first.day == 1 else (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    found = []
    while day < end:
        found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def _day(item: Planned) -> str:
    if not item.is_running:
        return "all phases closed"
    day = item.pauses.plan_day(item.plan.start, item.today)
    return f"day {day} of {day_of(item.plan.start, item.planned_end)}" if day > 0 else "not begun"


def _slip(item: Planned, first_end: date | None) -> str:
    """Return how far its end moved since the first plan, and how often it was planned anew."""
    again = item.plan.number - 1
    if not again or first_end is None:
        return ""
    moved = (item.planned_end - first_end).days
    anew = "planned anew once" if again == 1 else f"planned anew {number_word(again)} times"
    if not moved:
        return f"{anew}, the same end"
    return f"{anew}, ends {days(abs(moved))} {'later' if moved > 0 else 'earlier'} than first planned"


def _bars(axis: Axis, found: Sequence[Span]) -> list[Bar]:
    bars = []
    for span in found:
        bars.append(axis.bar("planned", span.first, span.last))
        if span.actual:
            bars.append(axis.bar("actual", *span.actual))
        if span.beyond:
            bars.append(axis.bar("over", *span.beyond))
    return bars


def _dots(axis: Axis, milestones: Sequence[Milestone], today: date) -> list[Dot]:
    """Return those that have a day on the axis, in the middle of that day."""
    found = []
    for row in milestones:
        day = row.done_on or row.due_on
        if day is not None and axis.first <= day < axis.end:
            kind = "done" if row.done_on else "late" if row.days_late(today) else "due"
            middle = (axis.x(day) + axis.x(day + ONE)) / 2
            found.append(Dot(kind, f"{middle:.2f}%"))
    return found

"""A pilot's way through the stages as the stepper shows it: what it reached, when, and who says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pilots.calendar import Day, Precision
from pilots.lifecycle import ENDS, MAIN_PATH, Stage, effective, stand
from pilots.models import Origin, Pilot, StageTransition
from pilots.web.spoken import brief, days

ORIGIN_WORDS = {Origin.MADE.value: "", Origin.STATED.value: "stated", Origin.IMPORTED.value: "imported"}


@dataclass(frozen=True)
class Step:
    """One bar of the stepper; `share` is how far the current one is filled, 0 to 100."""

    label: str
    note: str
    state: str
    share: int = 100


class Road:
    """What the rows of a pilot's history say; `rows` are all of them, oldest first.

    `plan_box` is today's day of its plan and how many days that has, while it goes by one; `plan_closed` is
    when all phases of it were closed: then its days count no more.
    """

    def __init__(
        self,
        pilot: Pilot,
        rows: Sequence[StageTransition],
        today: date,
        *,
        plan_box: tuple[int, int] | None = None,
        plan_closed: date | None = None,
    ) -> None:
        self.pilot = pilot
        self.plan_closed = plan_closed
        self.plan_box = plan_box
        self.today = today
        entries = [row.as_entry() for row in rows]
        counting = {entry.id for entry in effective(entries)}
        self.rows = [row for row in rows if row.pk in counting]
        self.reached = stand(entries).reached

    def origin_of(self, stage: Stage) -> str:
        """Return “stated” or “imported” for a date Headway did not see happen, else nothing."""
        day = self.reached.get(stage)
        for row in self.rows:
            if row.to_stage == stage.value and row.happened == day:
                return ORIGIN_WORDS[row.origin]
        return ""

    def reason_for(self, stage: Stage) -> str:
        """Return the last reason somebody gave for coming to a stage."""
        reasons = [row.reason for row in self.rows if row.to_stage == stage.value and row.reason]
        return reasons[-1] if reasons else ""

    @property
    def steps(self) -> list[Step]:
        now = self.pilot.at_stage
        passed = self._passed()
        steps = []
        for place, stage in enumerate(MAIN_PATH):
            told = self._told(stage)
            if stage is now:
                steps.append(Step(stage.label, self._since(told), "now", self._share()))
            elif place < passed:
                steps.append(Step(stage.label, told or "not known", "done"))
            else:
                steps.append(Step(stage.label, f"was there {told}" if told else "", "later"))
        return steps

    def _passed(self) -> int:
        """Return how many of the eight stages lie behind it."""
        if self.pilot.at_stage not in ENDS:
            return MAIN_PATH.index(self.pilot.at_stage)
        return max((place + 1 for place, stage in enumerate(MAIN_PATH) if stage in self.reached), default=0)

    def _told(self, stage: Stage) -> str:
        day = self.reached.get(stage)
        return with_origin(brief(day, self.today), self.origin_of(stage)) if day else ""

    def _since(self, told: str) -> str:
        if self.plan_closed:
            return f"all phases closed on {brief(Day(self.plan_closed), self.today)}"
        box = self._box()
        if self.plan_box and box:
            return f"day {box[0]} of {box[1]}"
        if not told:
            return "since when is not known"
        return f"{told}, {box[0]} of {days(box[1])}" if box else f"since {told}"

    def _share(self) -> int:
        box = self._box()
        return max(min(100 * box[0] // box[1], 100), 0) if box else 100

    def _box(self) -> tuple[int, int] | None:
        """Return today's day and the length of the time box: the plan's, which begins with day 1.

        While piloting, it is the age in days, as the flags beside it count it.
        """
        if self.plan_box:
            return self.plan_box if self.plan_box[0] > 0 else None
        pilot, since = self.pilot, self.pilot.since
        if pilot.at_stage is not Stage.PILOTING or pilot.is_on_hold or pilot.decide_by is None:
            return None
        if since is None or since.precision is not Precision.DAY or pilot.stage_clock_on is None:
            return None
        length = (pilot.decide_by - pilot.stage_clock_on).days
        return ((self.today - pilot.stage_clock_on).days, length) if length > 0 else None


def with_origin(text: str, origin: str) -> str:
    return f"{text}, {origin}" if origin else text


def on(day: Day | None, told: str) -> str:
    """Return “on Mon 16 Nov” or “in October 2026”, whichever reads right."""
    if day is None:
        return "on a day nobody knows"
    return f"{'on' if day.precision is Precision.DAY else 'in'} {told}"

"""The named facts a rule may read about one pilot on one day. A plain module.

`pilots.facts` reads them: today from the derived columns, a past day from history. Clocks are already
shifted by ended holds and by freezes. An imprecise day counts as the latest it can be: it never accuses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from pilots.calendar import MONDAY_TO_FRIDAY, WorkCalendar
from pilots.lifecycle import ENDS, MAIN_PATH, Stage

FloorT = TypeVar("FloorT")
PLACES = {stage: place for place, stage in enumerate(MAIN_PATH)}

# Which facts cannot be replayed for a past day, and what a replay reads instead.
NOT_REPLAYED = {
    "decide_by": "the decision day as it is set today",
    "plan": "the phases as they are today",
    "calendar": "holidays, freezes and working days as they are today",
    "people": "contacts, accounts, what was agreed with them and what is waived as they are today",
    "load": "which other pilots of the same owner are active as they are today",
    "connections": "connections and rollout steps as they are written down today",
    "pace": "stays in stages as the history tells them today, and of whom a word was ever told",
    "refusal": "refused moves that wait today; one that was settled or moved on since is not known",
    "playbook": "what the playbook asks, the record and waivers as they are today; evidence by its day",
}


@dataclass(frozen=True, slots=True)
class OpenPhase:
    """The first phase of the running plan that is not closed; its days are shifted by what paused it."""

    number: int
    title: str
    start: date
    end: date

    @property
    def length(self) -> int:
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class RunningPlan:
    """The plan a pilot is judged by: its own days, shifted by pauses, and what of it is still open."""

    start: date
    end: date
    open_phase: OpenPhase | None

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one pilot; None where nobody knows."""

    pilot_id: int
    program_id: int
    stage: Stage
    reached: int  # `Pilot.reached_mask`
    is_held: bool
    is_confidential: bool
    here_since: date  # when it was logged here
    stage_clock: date | None  # when it entered its stage
    proven_clock: date | None  # when it was shown to work
    silence_clock: date | None  # the last word or move
    moved_clock: date | None  # the last move alone
    decide_by: date | None
    quiet_until: date | None
    has_production_owner: bool
    plan: RunningPlan | None = None
    calendar: WorkCalendar = MONDAY_TO_FRIDAY  # the working days of its program
    floors: Mapping[type, object] = field(default_factory=dict)  # what upper floors know of it

    def known_to(self, floor: type[FloorT]) -> FloorT:
        """Return what an upper floor knows of it, as that floor's rules read it."""
        found = self.floors.get(floor)
        return found if isinstance(found, floor) else floor()

    @property
    def is_ended(self) -> bool:
        return self.stage in ENDS

    @property
    def rests(self) -> bool:
        """Whether no clock runs: it has ended or is on hold."""
        return self.is_ended or self.is_held

    def has_reached(self, stage: Stage) -> bool:
        return bool(self.reached & stage.bit)

    def is_between(self, first: Stage, last: Stage) -> bool:
        place = PLACES.get(self.stage)
        return place is not None and PLACES[first] <= place <= PLACES[last]

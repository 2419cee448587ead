"""What has to hold before a phase is closed, each with where it stands and the way to settle it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from pilots.calendar import Day
from pilots.gates import Readiness, Standing
from pilots.models import Milestone, Phase, Pilot
from pilots.web.plan import Row
from pilots.web.spoken import brief, spoken


@dataclass(frozen=True)
class Criterion:
    """One thing a phase needs. `state` is met, waived or open; `url` leads to where it is settled.

    `code` is that of a refusal; `waive_url` is empty for what nobody waives.
    """

    code: str
    title: str
    state: str
    words: str
    url: str
    way: str
    waive_url: str = ""

    @property
    def holds(self) -> bool:
        return self.state != "open"


@dataclass(frozen=True)
class Needs:
    """What one open phase of a plan needs before it is closed."""

    row: Row
    criteria: Sequence[Criterion]

    @property
    def settled(self) -> int:
        return sum(item.holds for item in self.criteria)

    @property
    def all_hold(self) -> bool:
        return self.settled == len(self.criteria)

    @property
    def sentence(self) -> str:
        """How far it is; empty where it needs nothing."""
        if not self.criteria:
            return ""
        return f"{self.settled} of {len(self.criteria)} settled"


def criteria(
    pilot: Pilot, phase: Phase, readiness: Readiness, milestones: Iterable[Milestone], today: date
) -> list[Criterion]:
    """Return the exit criteria of a phase as they stand: requirements first, then required milestones."""
    standings = readiness.in_phase(phase.code) if phase.code else []
    required = [row for row in milestones if row.phase_id == phase.pk and row.is_required]
    return [
        *(_of_requirement(pilot, standing, today) for standing in standings),
        *(_of_milestone(pilot, row, today) for row in required),
    ]


def ways_out(found: Iterable[Criterion]) -> dict[str, tuple[str, str]]:
    """Return for each criterion that does not hold, by its code, the words and address of the way out."""
    return {item.code: (item.way, item.url) for item in found if not item.holds}


def _of_requirement(pilot: Pilot, standing: Standing, today: date) -> Criterion:
    requirement, state = standing.requirement, standing.state
    if state.is_met:
        kind, words = "met", f"met {spoken(standing.met_on, today)}" if standing.met_on else "met"
    elif state.lets_pass and standing.waiver:
        kind, words = "waived", f"waived until {brief(Day(standing.waiver.until), today)}"
    else:
        kind, words = "open", requirement.missing
    return Criterion(
        standing.code,
        requirement.title,
        kind,
        words,
        f"{reverse('pilots:pilot_readiness', args=[pilot.key])}#{standing.code}",
        "Settle it",
        f"{reverse('pilots:pilot_waive', args=[pilot.key])}?subject={standing.code}",
    )


def _of_milestone(pilot: Pilot, row: Milestone, today: date) -> Criterion:
    done = row.done_on
    return Criterion(
        f"milestone-{row.pk}",
        row.title,
        "met" if done else "open",
        f"done {spoken(done, today)}" if done else "This milestone is not done.",
        reverse("pilots:milestone_done", args=[pilot.key, row.pk]),
        "Say it is done",
    )

"""How a plan lies in the calendar: shapes of templates, and the arithmetic of their days. Plain rules.

Day 1 is the first day, so day N is `start + N − 1`. The templates that come with Headway are data in
`pilots.templates`; a program may put its own shape in place of one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from pilots.lifecycle import Stage
from pilots.playbook import PhaseCode

SETTLED = 15  # after this day of the plan, use case, KPIs and serving pattern are settled
# Why a plan takes the place of the one before, where the pilot had gone back meanwhile: it begins anew.
AGAIN = f"It came to “{Stage.TRANSITION.label}” again."


class Template(StrEnum):
    """What a plan is made from."""

    BUILT = "built"
    BOUGHT = "bought"
    REGULATED = "regulated"

    @property
    def label(self) -> str:
        return {
            "built": "Built here, 90 days",
            "bought": "Bought tool, 90 days",
            "regulated": "Regulated, 26 weeks",
        }[self.value]


TEMPLATE_CHOICES = [(template.value, template.label) for template in Template]
# How a pilot is built ("own", "bought", "configured") and the risk tier that asks for the longer way.
BOUGHT = frozenset({"bought", "configured"})
REGULATED = frozenset({"high", "prohibited"})


def template_for(how_built: str, risk: str) -> Template:
    """Return the template a pilot gets unless somebody chooses; what is not known counts as built here."""
    if risk in REGULATED:
        return Template.REGULATED
    return Template.BOUGHT if how_built in BOUGHT else Template.BUILT


# --- Shapes -------------------------------------------------------------------------


@dataclass(frozen=True)
class PlannedMilestone:
    """Something to have by a day of the plan."""

    title: str
    day: int
    is_required: bool = False


@dataclass(frozen=True)
class PhaseShape:
    """A stretch of a template up to its last day; `code` is None for a kind without exit criteria."""

    code: PhaseCode | None
    title: str
    last_day: int
    milestones: tuple[PlannedMilestone, ...] = ()


@dataclass(frozen=True)
class PlanShape:
    """What a plan looks like before it has a start."""

    label: str
    phases: tuple[PhaseShape, ...]

    @property
    def length(self) -> int:
        return self.phases[-1].last_day

    @property
    def milestones(self) -> tuple[PlannedMilestone, ...]:
        return tuple(milestone for phase in self.phases for milestone in phase.milestones)


def as_data(shape: PlanShape) -> list[dict[str, Any]]:
    """Return the phases as JSON keeps them."""
    return [
        {
            "code": phase.code.value if phase.code else "",
            "title": phase.title,
            "last_day": phase.last_day,
            "milestones": [
                {"title": item.title, "day": item.day, "is_required": item.is_required}
                for item in phase.milestones
            ],
        }
        for phase in shape.phases
    ]


def from_data(label: str, phases: Sequence[Mapping[str, Any]]) -> PlanShape:
    return PlanShape(
        label,
        tuple(
            PhaseShape(
                PhaseCode(phase["code"]) if phase["code"] else None,
                phase["title"],
                phase["last_day"],
                tuple(
                    PlannedMilestone(item["title"], item["day"], item["is_required"])
                    for item in phase["milestones"]
                ),
            )
            for phase in phases
        ),
    )


# --- Days ---------------------------------------------------------------------------


@dataclass(frozen=True)
class PlannedPhase:
    """One stretch of a plan, from its first to its last day."""

    number: int
    code: PhaseCode | None
    title: str
    start: date
    end: date


def on_day(start: date, number: int) -> date:
    """Return the day on which day `number` of a plan falls."""
    return start + timedelta(days=number - 1)


def day_of(start: date, day: date) -> int:
    """Return which day of a plan it is; zero and less before it begins."""
    return (day - start).days + 1


def phases_of(shape: PlanShape, start: date, last_days: Sequence[date] = ()) -> tuple[PlannedPhase, ...]:
    """Return the phases of a plan that begins on `start`, without gap or overlap.

    `last_days` puts other last days in place of the template's, one a phase.
    """
    ends = last_days or [on_day(start, phase.last_day) for phase in shape.phases]
    phases, first = [], start
    for number, (phase, end) in enumerate(zip(shape.phases, ends, strict=True), start=1):
        phases.append(PlannedPhase(number, phase.code, phase.title, first, end))
        first = end + timedelta(days=1)
    return tuple(phases)


def stretched(day: int, shape: PlanShape, phases: Sequence[PlannedPhase]) -> date:
    """Return when day `day` of a template falls in a plan whose phases may be longer or shorter.

    A milestone keeps its distance to the end of its phase, and never lies before that phase begins.
    """
    for form, phase in zip(shape.phases, phases, strict=True):
        if day <= form.last_day:
            return max(phase.end - timedelta(days=form.last_day - day), phase.start)
    return phases[-1].end

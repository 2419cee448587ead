"""How a plan lies in the calendar: templates as data, and the arithmetic of its days. Plain rules.

Day 1 is the first day, so day N is `start + N − 1`. The split of the 90 days of what is built here is the
source's (S0); how the 26 weeks of regulated work are split is ours, and so is what the phases of a bought
tool are called.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


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


@dataclass(frozen=True)
class PlannedPhase:
    """One stretch of a plan, from its first to its last day."""

    number: int
    title: str
    start: date
    end: date


# The title of each phase, and the day of the plan on which it ends.
PHASES: dict[Template, tuple[tuple[str, int], ...]] = {
    Template.BUILT: (
        ("Scope and define", 15),
        ("Build the pipeline", 45),
        ("Integrate and test", 75),
        ("Ship and measure", 90),
    ),
    # A bought tool needs no model serving; its middle goes into procurement, privacy and the vendor.
    Template.BOUGHT: (
        ("Scope and define", 15),
        ("Evaluate and procure", 45),
        ("Integrate and test", 75),
        ("Ship and measure", 90),
    ),
    # 4 + 7 + 7 + 4 + 4 weeks: the committee and the works council sit between the tests and the users.
    Template.REGULATED: (
        ("Scope and define", 28),
        ("Build the pipeline", 77),
        ("Integrate and test", 126),
        ("Committee and works council", 154),
        ("Ship and measure", 182),
    ),
}
# How a pilot is built ("own", "bought", "configured") and the risk tier that asks for the longer way.
BOUGHT = frozenset({"bought", "configured"})
REGULATED = frozenset({"high", "prohibited"})


def template_for(how_built: str, risk: str) -> Template:
    """Return the template a pilot gets unless somebody chooses; what is not known counts as built here."""
    if risk in REGULATED:
        return Template.REGULATED
    return Template.BOUGHT if how_built in BOUGHT else Template.BUILT


def length_of(template: Template) -> int:
    """Return how many days a plan of this template has."""
    return PHASES[template][-1][1]


def on_day(start: date, number: int) -> date:
    """Return the day on which day `number` of a plan falls."""
    return start + timedelta(days=number - 1)


def day_of(start: date, day: date) -> int:
    """Return which day of a plan it is; zero and less before it begins."""
    return (day - start).days + 1


def phases_of(template: Template, start: date) -> tuple[PlannedPhase, ...]:
    """Return the phases of a plan that begins on `start`, without gap or overlap."""
    phases, first = [], 1
    for number, (title, last) in enumerate(PHASES[template], start=1):
        phases.append(PlannedPhase(number, title, on_day(start, first), on_day(start, last)))
        first = last + 1
    return tuple(phases)

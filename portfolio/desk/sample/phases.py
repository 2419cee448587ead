"""When the phases of a sample plan are closed: all of them in time where it went live for a few."""

from datetime import date

from pilots.lifecycle import Stage
from pilots.plans import PlannedPhase, phases_of, template_for
from pilots.templates import TEMPLATES
from portfolio.desk.sample.story import Closed, Moved, Step, Story
from portfolio.desk.sample.waits import WAITS
from portfolio.desk.sample.worth import WORTH

# What was there in the end, by the title of the phase.
NOTES = {
    "Scope and define": "One page: who uses it, on which data, and what has to be true on the last day.",
    "Build the pipeline": "It runs on our own data every night, and somebody reads what it reports.",
    "Evaluate and procure": "The contract is signed, and data protection has agreed.",
    "Integrate and test": "Tried by the people who will use it; what they found is mended.",
    "Committee and works council": "Both agreed, on two conditions that are met.",
    "Ship and measure": "The first users are named, and the way back is written down.",
}


def steps_with_phases(story: Story) -> tuple[Step, ...]:
    """Return every step of a story, its numbers, waits, and phases closed before it went live for a few."""
    steps = (*story.every_step, *WORTH.get(story.name, ()), *WAITS.get(story.name, ()))
    days = {step.to: step.days for step in steps if isinstance(step, Moved)}
    began, live = days.get(Stage.TRANSITION), days.get(Stage.LIMITED)
    if began is None or live is None:
        return steps
    phases = phases_of(TEMPLATES[template_for(story.how_built or "", story.risk or "")], date.min)
    return (*steps, *(Closed(_day(phase, phases[-1], began, live), NOTES[phase.title]) for phase in phases))


def _day(phase: PlannedPhase, last: PlannedPhase, began: int, live: int) -> int:
    """Return how many days back a phase ended: as far along the way as planned, and never later."""
    end, whole = (phase.end - date.min).days, (last.end - date.min).days
    return began - round(end * min(1, (began - live) / whole))

"""Reads the groups of facts that rules of this floor go by beside the named ones; each module one group."""

from pilots.floors import FLOORS, REPLAYS, Floor
from pilots.known import asked, asked_replay, course, pace, people, production
from pilots.rules.asked_facts import Asked
from pilots.rules.course_facts import Course
from pilots.rules.pace_facts import Pace
from pilots.rules.people_facts import People
from pilots.rules.production_facts import Production

GROUPS: dict[type, Floor] = {
    Asked: asked.read,
    Course: course.read,
    Pace: pace.read,
    People: people.read,
    Production: production.read,
}


def register() -> None:
    """Put the groups of this floor where the facts are read."""
    FLOORS.update(GROUPS)
    REPLAYS.update(
        {
            Asked: asked_replay.prepare,
            Course: course.prepare,
            Pace: pace.prepare,
            People: people.prepare,
            Production: production.prepare,
        }
    )

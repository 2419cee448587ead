"""Reads the groups of facts that rules of this floor go by beside the named ones; each module one group."""

from pilots.floors import FLOORS, Floor
from pilots.known import course, people
from pilots.rules.course_facts import Course
from pilots.rules.people_facts import People

GROUPS: dict[type, Floor] = {
    Course: course.read,
    People: people.read,
}


def register() -> None:
    """Put the groups of this floor where the facts are read."""
    FLOORS.update(GROUPS)

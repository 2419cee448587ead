"""Reads the groups of facts that rules of this floor go by beside the named ones; each module one group."""

from pilots.facts import FLOORS, Floor

GROUPS: dict[type, Floor] = {}


def register() -> None:
    """Put the groups of this floor where the facts are read."""
    FLOORS.update(GROUPS)

"""The rules of this floor. Importing the package registers them; upper floors add theirs."""

from pilots.rules import asked, connections, course, duties, ownership, pace, people, provider, rollout, time
from pilots.rules.registry import RULES

__all__ = [
    "RULES",
    "asked",
    "connections",
    "course",
    "duties",
    "ownership",
    "pace",
    "people",
    "provider",
    "rollout",
    "time",
]

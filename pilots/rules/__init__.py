"""The rules of this floor. Importing the package registers them; upper floors add theirs."""

from pilots.rules import asked, course, duties, ownership, pace, people, production, time
from pilots.rules.registry import RULES

__all__ = ["RULES", "asked", "course", "duties", "ownership", "pace", "people", "production", "time"]

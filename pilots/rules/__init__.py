"""The rules of this floor. Importing the package registers them; upper floors add theirs."""

from pilots.rules import course, ownership, people, time
from pilots.rules.registry import RULES

__all__ = ["RULES", "course", "ownership", "people", "time"]

"""What the rules about a pilot's course go by: how its plan moved, and how it is held. A plain module."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Move:
    """The last day of a running plan was moved: on which day, and by how many days, pauses taken out.

    `days` is below zero where the end came nearer.
    """

    on: date
    days: int


@dataclass(frozen=True, slots=True)
class Held:
    """The hold that lasts; both days are shifted by the frozen days since."""

    since: date
    review_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is known of a pilot's way beside its stage and its plan."""

    moves: tuple[Move, ...] = ()  # of the plan that runs, oldest first
    # Since when it has a result and no users: the end of its integration, shifted by what paused it since.
    staged_since: date | None = None
    scope_changes: tuple[date, ...] = ()  # of the plan that runs, oldest first
    is_hard: bool = False  # whether somebody said that it is hard to bring into production
    hold: Held | None = None
    holds: int = 0  # how many there have been, this one among them

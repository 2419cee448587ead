"""What a running plan has asked of a pilot by now, and what a move was refused for. Plain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pilots.rules.registry import Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A requirement that was due and is not there; `phase` is the number of its phase, 0 for the plan."""

    code: str
    title: str  # as it stands inside a sentence
    due_on: date
    phase: int
    next_action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A move that was refused for what the pilot lacked. `lacks` is what of that is still open, in words."""

    to: str  # the name of the stage asked for
    on: date
    lacks: tuple[str, ...]
    next_action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where a pilot stands with what its playbook asks."""

    # By pattern what was due by now and is neither there nor waived, the one due first before the others.
    overdue: Mapping[Pattern, tuple[Overdue, ...]] = field(default_factory=dict)
    due: frozenset[Pattern] = frozenset()  # the patterns of which anything was due by now
    open_gates: tuple[str, ...] = ()  # those of G1 to G6, such as “G2 Data access”
    ship_on: date | None = None  # when the last phase of its plan begins
    refusal: Refusal | None = None

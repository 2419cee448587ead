"""Where a pilot stands with what its playbook asks: records in, standings out. Plain modules."""

from pilots.gates.judging import judge, why_not
from pilots.gates.record import (
    GateRule,
    Given,
    Pass,
    Past,
    Piece,
    Playbook,
    Record,
    Stretch,
    Wait,
)
from pilots.gates.standing import GateStanding, Readiness, Standing, State

__all__ = [
    "GateRule",
    "GateStanding",
    "Given",
    "Pass",
    "Past",
    "Piece",
    "Playbook",
    "Readiness",
    "Record",
    "Standing",
    "State",
    "Stretch",
    "Wait",
    "judge",
    "why_not",
]

"""What a pilot has to show before which step: the shapes, and the requirements as data."""

from pilots.playbook.requirements import PLAYBOOK
from pilots.playbook.shapes import (
    ANY_BUT_DEMO,
    GATES_BEFORE,
    MAY_JOIN,
    PAPER,
    PROOF,
    READY,
    Applies,
    Area,
    Audience,
    EvidenceKind,
    Gate,
    PhaseCode,
    Requirement,
    Traits,
)

__all__ = [
    "ANY_BUT_DEMO",
    "GATES_BEFORE",
    "MAY_JOIN",
    "PAPER",
    "PLAYBOOK",
    "PROOF",
    "READY",
    "Applies",
    "Area",
    "Audience",
    "EvidenceKind",
    "Gate",
    "PhaseCode",
    "Requirement",
    "Traits",
]

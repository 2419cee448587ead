"""What is known of one pilot on one day, and what its program asks: the plain values that gates judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pilots.access.roles import OwnerRole
from pilots.lifecycle import Stage
from pilots.pauses import Pauses
from pilots.playbook import GATES_BEFORE, Audience, EvidenceKind, Gate, PhaseCode, Requirement, Traits

# --- What is there ------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece of evidence as it is judged; `by` is the account that brought it."""

    id: int
    requirement: str
    kind: EvidenceKind
    dated: date
    by: int | None
    audience: Audience | None = None


@dataclass(frozen=True, kw_only=True)
class Pass:
    """A waiver in force."""

    id: int
    subject: str
    until: date


@dataclass(frozen=True, kw_only=True)
class Past:
    """Since when a requirement is met, or since when no longer, as it was noticed."""

    met_on: date | None = None
    reopened_on: date | None = None
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """For whom a requirement waits, and since when."""

    id: int
    on: OwnerRole
    since: date
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Given:
    """An approval of a gate; `role` is None for a manager's, `basis` what it rested on."""

    id: int
    gate: Gate
    role: OwnerRole | None
    by: int | None
    basis: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A phase of the live plan: its planned days, and what has paused the plan since it began."""

    code: PhaseCode | None
    start: date
    end: date
    since: date | None = None
    pauses: Pauses = field(default_factory=Pauses)

    def start_on(self, day: date) -> date:
        return self._moved(self.start, day)

    def end_on(self, day: date) -> date:
        """Return its last day as it stood on a day: a later pause moves nothing that was met by then."""
        return self._moved(self.end, day)

    def _moved(self, planned: date, day: date) -> date:
        return self.pauses.moved(planned, self.since, day) if self.since else planned


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is known of one pilot on one day."""

    stage: Stage
    today: date
    traits: Traits = field(default_factory=Traits)
    computed: frozenset[str] = frozenset()
    pieces: tuple[Piece, ...] = ()
    passes: Mapping[str, Pass] = field(default_factory=dict)
    past: Mapping[str, Past] = field(default_factory=dict)
    waits: Mapping[str, Wait] = field(default_factory=dict)
    approvals: tuple[Given, ...] = ()
    phases: tuple[Stretch, ...] = ()
    live_since: date | None = None  # when the live version of its model changed last


# --- What has to be -----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class GateRule:
    """Who approves a gate in one program, and whether it stands before go-live there."""

    approvers: tuple[OwnerRole, ...] = ()
    needs_all: bool = False
    before_go_live: bool = False


@dataclass(frozen=True, kw_only=True)
class Playbook:
    """The requirements of one program in their order, and how it passes its gates."""

    requirements: Mapping[str, Requirement]
    rules: Mapping[Gate, GateRule] = field(default_factory=dict)

    def gates_before(self, stage: Stage) -> tuple[Gate, ...]:
        gates = GATES_BEFORE.get(stage, ())
        if stage is not Stage.LIMITED:
            return gates
        return gates + tuple(gate for gate, rule in self.rules.items() if rule.before_go_live)

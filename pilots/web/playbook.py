"""What one program asks of its pilots, requirement by requirement, as its settings and the API show it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pilots.access.models import Program
from pilots.access.roles import OwnerRole
from pilots.models import Approving, GateSetting, PlaybookEntry
from pilots.playbook import MAY_JOIN, PLAYBOOK, EvidenceKind, Gate, PhaseCode, Requirement
from pilots.readiness import own_requirement, reworded
from pilots.web.spoken import any_of

PHASE_WORDS = {
    PhaseCode.SCOPE: "Scope and define",
    PhaseCode.BUILD: "Build the pipeline",
    PhaseCode.INTEGRATE: "Integrate and test",
    PhaseCode.COMMITTEE: "Committees",
    PhaseCode.SHIP: "Ship and measure",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One requirement as a program has it. `is_changed`: not as the playbook comes."""

    requirement: Requirement
    is_used: bool = True
    is_own: bool = False
    is_changed: bool = False

    @property
    def code(self) -> str:
        return self.requirement.code

    @property
    def title(self) -> str:
        return self.requirement.title

    @property
    def gate(self) -> Gate | None:
        return self.requirement.gate

    @property
    def is_computed(self) -> bool:
        return self.requirement.is_computed

    @property
    def kinds(self) -> list[EvidenceKind]:
        return [kind for kind in EvidenceKind if kind in self.requirement.kinds]

    @property
    def shown_by(self) -> str:
        """What shows it: “Test, shadow run or live use”, or that the record tells."""
        if self.is_computed:
            return "The record itself tells"
        return any_of([kind.label.lower() for kind in self.kinds]).capitalize()

    @property
    def helped_by(self) -> str:
        return any_of([role.label.lower() for role in self.requirement.unblockers]).capitalize()


@dataclass(frozen=True, kw_only=True)
class GateAsked:
    """How a program passes a gate."""

    gate: Gate
    approving: Approving
    roles: tuple[OwnerRole, ...]
    before_go_live: bool
    asked: tuple[Asked, ...]

    @property
    def may_join(self) -> bool:
        return self.gate in MAY_JOIN

    @property
    def approved_by(self) -> str:
        """Who has to agree, in words: “Legal and security”."""
        names = [role.label.lower() for role in self.roles]
        if self.approving is Approving.NOBODY or not names:
            return "Nobody has to approve it: the evidence is enough"
        if self.approving is Approving.ANY:
            return f"Approved by {any_of(names)}"
        return f"Approved by {' and '.join(filter(None, [', '.join(names[:-1]), names[-1]]))}"


@dataclass(frozen=True, kw_only=True)
class Book:
    """All that one program asks: by gate, and what stands in a phase only."""

    gates: tuple[GateAsked, ...]
    in_phases: tuple[Asked, ...]

    @property
    def every(self) -> list[Asked]:
        return [asked for gate in self.gates for asked in gate.asked] + list(self.in_phases)

    def get(self, code: str) -> Asked | None:
        return next((asked for asked in self.every if asked.code == code), None)

    def gate(self, gate: Gate) -> GateAsked:
        return next(row for row in self.gates if row.gate is gate)


def read_book(program: Program) -> Book:
    """Return what a program asks, switched-off requirements too; two queries."""
    entries = list(PlaybookEntry.objects.filter(program=program).order_by("pk"))
    settings = {row.gate: row for row in GateSetting.objects.filter(program=program)}
    every = _every(entries)
    return Book(
        gates=tuple(
            _gate(gate, settings.get(gate.value), [row for row in every if row.gate is gate]) for gate in Gate
        ),
        in_phases=tuple(row for row in every if row.gate is None),
    )


def _gate(gate: Gate, row: GateSetting | None, asked: Sequence[Asked]) -> GateAsked:
    return GateAsked(
        gate=gate,
        approving=Approving(row.approving) if row else Approving.NOBODY,
        roles=tuple(OwnerRole(role) for role in row.roles) if row else (),
        before_go_live=bool(row and row.before_go_live),
        asked=tuple(asked),
    )


def _every(entries: Iterable[PlaybookEntry]) -> list[Asked]:
    by_code = {entry.code: entry for entry in entries}
    own = [entry for code, entry in by_code.items() if code not in PLAYBOOK]
    return [_of_playbook(known, by_code.get(code)) for code, known in PLAYBOOK.items()] + [
        Asked(requirement=own_requirement(entry), is_used=entry.is_used, is_own=True) for entry in own
    ]


def _of_playbook(known: Requirement, entry: PlaybookEntry | None) -> Asked:
    if entry is None:
        return Asked(requirement=known)
    return Asked(requirement=reworded(known, entry), is_used=entry.is_used, is_changed=True)

"""Where one pilot stands with a requirement, with a gate, and with everything its playbook asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pilots.access.roles import OwnerRole
from pilots.gates.record import Given, Pass, Piece, Wait
from pilots.lifecycle import ENDS, MAIN_PATH, RUNNING, Missing, Stage
from pilots.playbook import GATES_BEFORE, READY, Audience, Gate, Requirement


class State(StrEnum):
    """How far a requirement, or a gate, is."""

    NOT_STARTED = "not_started"
    PARTIAL = "partial"
    MET = "met"
    MET_LATE = "met_late"
    WAIVED = "waived"
    REOPENED = "reopened"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()

    @property
    def is_met(self) -> bool:
        return self in {State.MET, State.MET_LATE}

    @property
    def lets_pass(self) -> bool:
        return self.is_met or self is State.WAIVED


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One requirement of one pilot. `beside` holds evidence that does not count, each with why not."""

    requirement: Requirement
    state: State
    counting: tuple[Piece, ...] = ()
    beside: tuple[tuple[Piece, str], ...] = ()
    waiver: Pass | None = None
    waiting: Wait | None = None
    met_on: date | None = None
    due_on: date | None = None
    is_awake: bool = False

    @property
    def code(self) -> str:
        return self.requirement.code

    @property
    def basis(self) -> str:
        """What it rests on, for an approval to remember."""
        if self.counting:
            return ",".join(str(piece.id) for piece in self.counting)
        if self.state.is_met:
            return "record"
        return f"waiver {self.waiver.id}" if self.waiver else ""

    def days_late(self, today: date) -> int:
        """Return how many days it is late, or was when it was met; 0 when it is not, or has no day."""
        if self.due_on is None or self.state is State.WAIVED:
            return 0
        until = (self.met_on or self.due_on) if self.state.is_met else today
        return max((until - self.due_on).days, 0)

    @property
    def is_only_friendly(self) -> bool:
        """Whether nobody but the team or friendly users has tried it (S4-28)."""
        tried = {piece.audience for piece in self.counting if piece.audience}
        return bool(tried) and Audience.ORDINARY not in tried


@dataclass(frozen=True, kw_only=True)
class GateStanding:
    """One gate of one pilot. `lacking` are the roles that still have to approve; with `any_of`, one does."""

    gate: Gate
    standings: tuple[Standing, ...]
    approvals: tuple[Given, ...] = ()
    stale: tuple[Given, ...] = ()
    lacking: tuple[OwnerRole, ...] = ()
    any_of: bool = False
    waiver: Pass | None = None

    @property
    def state(self) -> State:
        states = {standing.state for standing in self.standings}
        is_met = bool(states) and all(state.is_met for state in states) and not self.lacking
        if self.waiver and not is_met:  # what is there needs no waiver
            return State.WAIVED
        if all(state.lets_pass for state in states) and not self.lacking:
            if State.WAIVED in states:
                return State.WAIVED
            return State.MET_LATE if State.MET_LATE in states else State.MET
        if State.REOPENED in states or self.stale:
            return State.REOPENED
        begun = any(state is not State.NOT_STARTED for state in states)
        return State.PARTIAL if begun or self.approvals else State.NOT_STARTED

    @property
    def open(self) -> tuple[Standing, ...]:
        return tuple(standing for standing in self.standings if not standing.state.lets_pass)

    @property
    def is_settled_but_for_approval(self) -> bool:
        return not self.open and bool(self.lacking) and self.waiver is None

    @property
    def brought_by(self) -> frozenset[int]:
        """The accounts whose evidence it rests on: they cannot approve it."""
        pieces = [piece for standing in self.standings for piece in standing.counting]
        return frozenset(piece.by for piece in pieces if piece.by is not None)

    @property
    def basis(self) -> dict[str, str]:
        return {standing.code: standing.basis for standing in self.standings}

    @property
    def who_lacks(self) -> str:
        """Who still has to approve; where one is enough, a manager of the program is too."""
        if self.any_of:
            return " or ".join([*(role.label for role in self.lacking), "a manager"])
        return " and ".join(role.label for role in self.lacking)

    def missing(self) -> list[Missing]:
        """Return what keeps it from being passed, in words."""
        if self.state.lets_pass:
            return []
        name = f"{self.gate.value} {self.gate.label}"
        found = [
            Missing(standing.code, f"{name}: {lower_first(standing.requirement.missing)}")
            for standing in self.open
        ]
        if self.lacking:
            sentence = f"{name}: {self.who_lacks} has not approved it on what is there now."
            found.append(Missing(f"approval-{self.gate.value}", sentence))
        return found


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """Where one pilot stands with everything the playbook asks of it."""

    stage: Stage
    standings: tuple[Standing, ...]
    gates: Mapping[Gate, GateStanding]
    go_live: tuple[Gate, ...]
    passes: Mapping[str, Pass]

    @property
    def is_ready(self) -> bool:
        """All six gates are met, none of them by a waiver; nobody can set it (S3-26)."""
        return all(self.gates[gate].standings and self.gates[gate].state.is_met for gate in READY)

    @property
    def met_count(self) -> int:
        return sum(self.gates[gate].state.is_met for gate in READY)

    def of(self, code: str) -> Standing | None:
        return next((standing for standing in self.standings if standing.code == code), None)

    def gates_before(self, stage: Stage) -> tuple[Gate, ...]:
        return self.go_live if stage is Stage.LIMITED else GATES_BEFORE.get(stage, ())

    def missing_before(self, stage: Stage) -> list[Missing]:
        """Return what keeps it from entering a stage, gate by gate."""
        return [item for gate in self.gates_before(stage) for item in self.gates[gate].missing()]

    def in_phase(self, code: str) -> list[Standing]:
        return [standing for standing in self.standings if standing.requirement.phase == code]

    def missing_in(self, code: str) -> list[Missing]:
        """Return which exit criteria of a kind of phase are open."""
        return [
            Missing(standing.code, standing.requirement.missing)
            for standing in self.in_phase(code)
            if not standing.state.lets_pass
        ]

    @property
    def next_gate(self) -> GateStanding | None:
        """The first gate that still stands before its next step; None where none does."""
        after = stage_after(self.stage)
        wanted = self.gates_before(after) if after and self.gates_before(after) else self.go_live
        return next((self.gates[gate] for gate in wanted if not self.gates[gate].state.lets_pass), None)

    @property
    def sentence(self) -> str:
        """Say in one sentence what stands between it and go-live."""
        if self.stage in ENDS:
            return f"It is {self.stage.label.lower()}, so nothing is asked of it any longer."
        is_live = self.stage is Stage.LIMITED or self.stage in RUNNING
        ahead = (Gate.G0, *self.go_live) if self.stage is Stage.IDEA else self.go_live
        open_gates = [self.gates[gate] for gate in ahead if not self.gates[gate].state.lets_pass]
        if is_live and open_gates:
            names = ", ".join(item.gate.value for item in open_gates)
            return f"It has users, and {names} {_are(open_gates)} not met."
        if not open_gates:
            waived = [gate.value for gate in self.go_live if self.gates[gate].state is State.WAIVED]
            how = f"; {', '.join(waived)} by waiver" if waived else ""
            between = "All its gates are met" if is_live else "Nothing stands between it and go-live"
            return f"{between}{how}."
        first = open_gates[0]
        verb = "stands" if len(open_gates) == 1 else "stand"
        passed = sum(self.gates[gate].state is State.WAIVED for gate in ahead)
        beside = f"; {passed} passed by waiver" if passed else ""
        count = f"{len(open_gates)} of {len(ahead)} gates {verb} between it and go-live{beside}."
        return f"{count} {first.gate.value} {first.gate.label} is next: {_lacks(first)}."


def lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def stage_after(stage: Stage) -> Stage | None:
    if stage not in MAIN_PATH:
        return None
    place = MAIN_PATH.index(stage) + 1
    return MAIN_PATH[place] if place < len(MAIN_PATH) else None


def _are(gates: list[GateStanding]) -> str:
    return "is" if len(gates) == 1 else "are"


def _lacks(gate: GateStanding) -> str:
    """Return what a gate lacks, the first two by name."""
    titles = [lower_first(standing.requirement.title) for standing in gate.open]
    if not titles:
        return f"{gate.who_lacks} still has to approve it"
    named = " and ".join(titles[:2]) if len(titles) <= 2 else f"{titles[0]}, {titles[1]}"
    rest = f" and {len(titles) - 2} more" if len(titles) > 2 else ""
    return f"it lacks {named}{rest}"

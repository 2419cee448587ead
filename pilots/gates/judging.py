"""Judges a record by a playbook: plain rules, no database, no clock.

A requirement is met by the record itself or by evidence that counts; it is waived for a time, or reopened
when its evidence grows stale. Sources: requirement rows S3-20 to S3-26, S3-6, C-7.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from pilots.access.roles import OwnerRole
from pilots.gates.record import GateRule, Given, Pass, Past, Piece, Playbook, Record
from pilots.gates.standing import GateStanding, Readiness, Standing, State, stage_after
from pilots.lifecycle import ENDS, Stage
from pilots.playbook import EvidenceKind, Gate, Requirement


def judge(record: Record, playbook: Playbook) -> Readiness:
    """Return where a pilot stands by its program's playbook."""
    standings = tuple(
        _standing(requirement, record, playbook)
        for requirement in playbook.requirements.values()
        if requirement.applies.to(record.traits)
    )
    gates = {gate: _gate(gate, standings, record, playbook) for gate in Gate}
    return Readiness(
        stage=record.stage,
        standings=standings,
        gates=gates,
        go_live=playbook.gates_before(Stage.LIMITED),
        passes=record.passes,
    )


def why_not(piece: Piece, requirement: Requirement, record: Record) -> str:
    """Return why a piece of evidence does not count, "" where it does."""
    if piece.kind is EvidenceKind.DEMO:
        return "A demo never counts."
    if piece.kind not in requirement.kinds:
        counts = ", ".join(kind.label.lower() for kind in EvidenceKind if kind in requirement.kinds)
        return f"Here only this counts: {counts}."
    if requirement.good_for is not None and record.today > piece.dated + timedelta(days=requirement.good_for):
        return f"It is older than {requirement.good_for} days."
    if requirement.reopens_on_change and record.live_since is not None and piece.dated < record.live_since:
        return "A newer version is live since."
    return ""


def _standing(requirement: Requirement, record: Record, playbook: Playbook) -> Standing:
    pieces = [piece for piece in record.pieces if piece.requirement == requirement.code]
    reasons = [(piece, why_not(piece, requirement, record)) for piece in pieces]
    counting = tuple(piece for piece, reason in reasons if not reason)
    beside = tuple((piece, reason) for piece, reason in reasons if reason)
    waiver = record.passes.get(requirement.code)
    if waiver is None and requirement.gate is not None:
        waiver = record.passes.get(requirement.gate.value)
    past = record.past.get(requirement.code, Past())
    is_told = requirement.has_condition and requirement.code in record.computed
    is_met = is_told or bool(counting)
    met_on = past.met_on or (min(piece.dated for piece in counting) if counting else None)
    due_on = _due_on(requirement, record, met_on if is_met and met_on else record.today)
    waiting = None if is_met else record.waits.get(requirement.code)
    went_stale = any(piece.kind in requirement.kinds for piece, _ in beside)
    return Standing(
        requirement=requirement,
        state=_state(is_met, past, met_on, due_on, waiver, went_stale, bool(beside or waiting)),
        counting=counting,
        beside=beside,
        waiver=waiver,
        waiting=waiting,
        met_on=met_on if is_met else None,
        due_on=due_on,
        is_awake=_is_awake(requirement, record, playbook),
    )


def _state(
    is_met: bool,  # noqa: FBT001 -- said by name in the one place that calls it
    past: Past,
    met_on: date | None,
    due_on: date | None,
    waiver: Pass | None,
    went_stale: bool,  # noqa: FBT001
    is_begun: bool,  # noqa: FBT001
) -> State:
    if is_met:
        return State.MET_LATE if due_on and met_on and met_on > due_on else State.MET
    if waiver:
        return State.WAIVED
    if past.reopened_on or past.met_on or went_stale:
        return State.REOPENED
    return State.PARTIAL if is_begun else State.NOT_STARTED


def _due_on(requirement: Requirement, record: Record, day: date) -> date | None:
    phases = (phase for phase in record.phases if requirement.phase and phase.code == requirement.phase)
    return next((phase.end_on(day) for phase in phases), None)


def _is_awake(requirement: Requirement, record: Record, playbook: Playbook) -> bool:
    """Whether it matters now: it stands before the next move, or its phase of the plan has begun."""
    if record.stage in ENDS:
        return False
    begun = next((phase for phase in record.phases if phase.code and phase.code == requirement.phase), None)
    if begun is not None:
        return begun.start_on(record.today) <= record.today
    after = stage_after(record.stage)
    return after is not None and requirement.gate in playbook.gates_before(after)


def _gate(gate: Gate, standings: Iterable[Standing], record: Record, playbook: Playbook) -> GateStanding:
    own = tuple(standing for standing in standings if standing.requirement.gate is gate)
    rule = playbook.rules.get(gate, GateRule())
    basis = {standing.code: standing.basis for standing in own}
    given = [item for item in record.approvals if item.gate is gate]
    valid = tuple(item for item in given if item.basis == basis)
    stale = tuple(item for item in given if item.basis != basis)
    return GateStanding(
        gate=gate,
        standings=own,
        approvals=valid,
        stale=stale,
        lacking=_lacking(rule, valid),
        any_of=not rule.needs_all,
        waiver=record.passes.get(gate.value),
    )


def _lacking(rule: GateRule, valid: Iterable[Given]) -> tuple[OwnerRole, ...]:
    """Return who still has to approve. Where any of several may, a manager's approval is enough too."""
    roles = {item.role for item in valid}
    if not rule.approvers:
        return ()
    if rule.needs_all:
        return tuple(role for role in rule.approvers if role not in roles)
    return () if roles & {None, *rule.approvers} else rule.approvers

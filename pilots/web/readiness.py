"""Where one pilot stands with what its program asks, as its page shows it: now, behind it, and later."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from pilots.access.models import Role, User
from pilots.access.permissions import Deed, OwnerRole, Relation, may
from pilots.approving import approving_roles
from pilots.gates import GateStanding, Readiness, Standing, State
from pilots.lifecycle import MAIN_PATH, RUNNING, Stage
from pilots.models import Approval, Evidence, Pilot, Waiver
from pilots.playbook import GATES_BEFORE, MAY_JOIN, READY, Gate, PhaseCode
from pilots.web.playbook import PHASE_WORDS
from pilots.web.readiness_rows import RequirementRow, Rows, state_words
from pilots.web.spoken import any_of, number_word, spoken


@dataclass(frozen=True)
class GateMark:
    """One gate as a mark with a word."""

    gate: Gate
    state: State

    @property
    def word(self) -> str:
        return state_words(self.state)


def gate_marks(readiness: Readiness) -> list[GateMark]:
    """Return the gates before go-live with how far each is: the six, and those the program lets join."""
    joined = [gate for gate in readiness.go_live if gate in MAY_JOIN]
    return [GateMark(gate, readiness.gates[gate].state) for gate in (*READY, *joined)]


def headline(readiness: Readiness) -> str:
    """Return “Not ready: two of six gates are met”."""
    met, of = readiness.met_count, len(READY)
    if readiness.is_ready:
        return f"Ready: all {number_word(of)} gates are met"
    count = "none" if met == 0 else number_word(met)
    return f"Not ready: {count} of {number_word(of)} gates {'is' if met == 1 else 'are'} met"


@dataclass(frozen=True)
class ApprovalRow:
    """Somebody's yes to a gate. `is_stale`: what it rested on has changed since."""

    approval: Approval
    who: str
    on: str
    is_stale: bool
    may_revoke: bool


@dataclass(frozen=True)
class GateSection:
    """A gate, or a phase of the plan, with those of its requirements that matter now."""

    id: str
    title: str
    note: str
    rows: list[RequirementRow]
    mark: GateMark | None = None
    approvals: Sequence[ApprovalRow] = ()
    lacking: str = ""
    own_evidence: bool = False
    may_approve: bool = False
    may_waive: bool = False
    waiver: Waiver | None = None
    waived_until: str = ""


@dataclass(frozen=True)
class Group:
    """Requirements that are folded away, under the name of their gate or phase."""

    title: str
    rows: list[RequirementRow]
    id: str = ""


class ReadinessPage:
    """All that the page of one pilot shows to one reader; three queries beside the reading of its readiness.

    `owners` are who answers for it now, by role: names for who can unblock. `named` says that
    somebody was named to run it who has not agreed yet.
    """

    def __init__(
        self,
        pilot: Pilot,
        readiness: Readiness,
        *,
        relation: Relation,
        reader: User,
        owners: Mapping[OwnerRole, Sequence[str]],
        at: datetime,
        named: str = "",
    ) -> None:
        self.pilot, self.readiness = pilot, readiness
        self._relation, self._reader = relation, reader
        self._today: date = pilot.program.today(at)
        self._rows = Rows(
            pilot,
            relation=relation,
            owners=owners,
            today=self._today,
            evidence={row.pk: row for row in _evidence(pilot)},
            waivers={row.pk: row for row in _waivers(pilot)},
            named=named,
        )

    @property
    def title(self) -> str:
        if self.pilot.is_ended:
            return "Readiness"
        if not self.now and not self._is_live and not self.readiness.is_ready:
            return "Nothing is asked of it now"
        return headline(self.readiness)

    @property
    def marks(self) -> list[GateMark]:
        return gate_marks(self.readiness)

    # --- What matters now ------------------------------------------------------------

    @cached_property
    def now(self) -> list[GateSection]:
        """The gates that stand before the next step or are open in use, then the phase of the plan."""
        gates = [self._gate(item) for item in self.readiness.gates.values() if self._is_now(item)]
        return gates + [
            self._phase(code, rows)
            for code in PhaseCode
            if (rows := [item for item in self._of_phase(code) if item.is_awake])
            and not all(item.state.lets_pass for item in rows)
        ]

    @cached_property
    def behind(self) -> list[Group]:
        """What was asked for and is passed, by gate and phase."""
        gates = [
            Group(_name(item.gate), self._rows.of(item.standings), item.gate.value)
            for item in self.readiness.gates.values()
            if item.standings and not self._is_now(item) and self._is_behind(item)
        ]
        phases = [
            Group(PHASE_WORDS[code], self._rows.of(rows))
            for code in PhaseCode
            if (rows := [item for item in self._of_phase(code) if item.is_awake])
            and all(item.state.lets_pass for item in rows)
        ]
        return gates + phases

    @cached_property
    def later(self) -> list[Group]:
        """What is silent still, by gate and phase."""
        gates = []
        for item in self.readiness.gates.values():
            if self._is_behind(item) and not self._is_now(item):
                continue
            shown = {row.code for section in self.now for row in section.rows}
            rows = [standing for standing in item.standings if standing.code not in shown]
            if rows:
                is_shown = any(section.id == item.gate.value for section in self.now)
                gates.append(
                    Group(_name(item.gate), self._rows.of(rows), "" if is_shown else item.gate.value)
                )
        phases = [
            Group(PHASE_WORDS[code], self._rows.of(rows))
            for code in PhaseCode
            if (rows := [item for item in self._of_phase(code) if not item.is_awake])
        ]
        return gates + phases

    @property
    def behind_count(self) -> int:
        return sum(len(group.rows) for group in self.behind)

    @property
    def later_count(self) -> int:
        return sum(len(group.rows) for group in self.later)

    def _of_phase(self, code: PhaseCode) -> list[Standing]:
        """Return what is asked for in a phase and by no gate."""
        return [item for item in self.readiness.in_phase(code) if item.requirement.gate is None]

    @property
    def _is_live(self) -> bool:
        return self.pilot.at_stage is Stage.LIMITED or self.pilot.at_stage in RUNNING

    def _is_now(self, item: GateStanding) -> bool:
        if self.pilot.is_ended or not item.standings:
            return False
        if self._is_live:
            return item.gate in self.readiness.go_live and not item.state.is_met
        return any(standing.is_awake for standing in item.standings) and not (
            item.state.lets_pass and not item.waiver
        )

    def _is_behind(self, item: GateStanding) -> bool:
        """Whether its step is made, or it is passed while it matters."""
        step = Stage.CHARTERED if item.gate in GATES_BEFORE[Stage.CHARTERED] else Stage.LIMITED
        is_made = (
            self.pilot.at_stage in MAIN_PATH
            and MAIN_PATH.index(self.pilot.at_stage) >= MAIN_PATH.index(step)
            and item.gate in self.readiness.gates_before(step)
        )
        return is_made or (item.state.lets_pass and any(standing.is_awake for standing in item.standings))

    # --- One gate ----------------------------------------------------------------------

    def _gate(self, item: GateStanding) -> GateSection:
        shown = [
            standing
            for standing in item.standings
            if standing.is_awake or self._is_live or standing.state is not State.NOT_STARTED
        ]
        waiver = self._rows.waivers.get(item.waiver.id) if item.waiver else None
        mine = self._reader.pk in item.brought_by
        return GateSection(
            id=item.gate.value,
            title=_name(item.gate),
            note=item.gate.note,
            rows=self._rows.of(shown),
            mark=GateMark(item.gate, item.state),
            approvals=self._approvals(item),
            lacking=lacking_words(item),
            own_evidence=mine and bool(item.lacking),
            may_approve=not item.open and not mine and bool(approving_roles(item, self._relation)),
            may_waive=item.waiver is None and not item.state.is_met and may(Deed.WAIVE, self._relation),
            waiver=waiver,
            waived_until=spoken(waiver.until, self._today) if waiver else "",
        )

    def _approvals(self, item: GateStanding) -> list[ApprovalRow]:
        stale = {given.id for given in item.stale}
        wanted = {given.id for given in (*item.approvals, *item.stale)}
        return [self._approval(row, is_stale=row.pk in stale) for row in self._given if row.pk in wanted]

    @cached_property
    def _given(self) -> list[Approval]:
        rows = Approval.objects.standing().filter(pilot=self.pilot).select_related("approved_by")
        return list(rows.order_by("approved_at", "pk"))

    def _approval(self, row: Approval, *, is_stale: bool) -> ApprovalRow:
        role = OwnerRole(row.role).label.lower() if row.role else "manager"
        who = row.approved_by.name if row.approved_by else "Headway"
        is_own = row.approved_by_id == self._reader.pk
        return ApprovalRow(
            approval=row,
            who=f"{who}, {role}",
            on=spoken(self.pilot.program.today(row.approved_at), self._today),
            is_stale=is_stale,
            may_revoke=is_own or self._relation.program_role is Role.MANAGER,
        )

    def _phase(self, code: PhaseCode, standings: Iterable[Standing]) -> GateSection:
        return GateSection(
            id=f"phase-{code.value}",
            title=PHASE_WORDS[code],
            note="What the phase of the plan asks for before it closes",
            rows=self._rows.of(standings),
        )


def lacking_words(item: GateStanding) -> str:
    """Return who still has to approve a gate, "" where nobody has to."""
    if not item.lacking or item.waiver:
        return ""
    names = [role.label for role in item.lacking]
    if item.any_of:
        return f"{any_of(names)} has to approve it on what is there now."
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"{listed} {'has' if len(names) == 1 else 'have'} to approve it on what is there now."


def _name(gate: Gate) -> str:
    return f"{gate.value} {gate.label}"


def _evidence(pilot: Pilot) -> Iterable[Evidence]:
    return (
        Evidence.objects.standing().filter(pilot=pilot).select_related("brought_by").order_by("dated", "pk")
    )


def _waivers(pilot: Pilot) -> Iterable[Waiver]:
    rows = Waiver.objects.filter(pilot=pilot, revoked_at__isnull=True).select_related("waived_by")
    return rows.order_by("pk")

"""The production record in words: what it connects to, how it is let out, and which model it runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from pilots.computed import LINEAGE, REVIEWED_FOR
from pilots.design import ConnectionKind, ConnectionState, RolloutKind, RolloutOutcome
from pilots.models import Connection, ModelVersion, Pilot, RolloutStep
from pilots.rollout import faults_in_order, leap
from pilots.web.spoken import ago, ahead, days, spoken

LADDER = list(ConnectionState)
PARTS = {
    "origin": "origin",
    "transformations": "transformations",
    "approved_by": "approval",
    "constraints": "constraints",
}


@dataclass(frozen=True)
class Fact:
    """One fact; `kind` is "" for what is known, else "unknown" or "late"."""

    words: str
    kind: str = ""


# --- Connections ---------------------------------------------------------------------


@dataclass(frozen=True)
class ConnectionRow:
    """A connection; `rungs` says for each state of the ladder whether it is reached."""

    connection: Connection
    of: str
    state: str
    rungs: list[bool]
    facts: list[Fact]


def lineage_known(connection: Connection) -> tuple[int, list[str]]:
    """Return how many of the four parts of its lineage are written down, and which are not."""
    missing = [PARTS[part] for part in LINEAGE if not getattr(connection, part)]
    return len(LINEAGE) - len(missing), missing


def connection_rows(
    connections: Iterable[Connection], today: date, *, first_version: date | None = None
) -> list[ConnectionRow]:
    """Return the connections; `first_version` is since when there is any version of the model."""
    return [_connection(row, today, first_version) for row in connections]


def _connection(row: Connection, today: date, first_version: date | None) -> ConnectionRow:
    state = ConnectionState(row.state)
    tested = f" {spoken(row.tested_on, today)}" if row.tested_on else ""
    facts = [_real(row), _contract(row, today, first_version)]
    if row.kind == ConnectionKind.SOURCE.value:
        facts += [_lineage(row), _access(row, today)]
    facts += _checks(row, today)
    if not row.owner:
        facts.append(Fact("Nobody is named on the other side", "unknown"))
    return ConnectionRow(
        connection=row,
        of=" · ".join(part for part in (ConnectionKind(row.kind).label, row.owner) if part),
        state=f"{state.label}{tested}",
        rungs=[LADDER.index(rung) <= LADDER.index(state) for rung in LADDER],
        facts=facts,
    )


def _real(row: Connection) -> Fact:
    match row.is_live:
        case True:
            return Fact("The real thing")
        case False:
            return Fact("A copy or a sandbox")
        case None:
            return Fact("Not known whether it is the real thing", "unknown")


def _contract(row: Connection, today: date, first_version: date | None) -> Fact:
    if row.contract_agreed_on is None:
        return Fact("No contract is agreed", "unknown")
    words = f"Contract agreed {spoken(row.contract_agreed_on, today)}"
    if first_version is not None and row.contract_agreed_on > first_version:
        words += ", after the first version of the model"
    return Fact(words)


def _lineage(row: Connection) -> Fact:
    known, missing = lineage_known(row)
    if not missing:
        return Fact("Lineage 4 of 4")
    return Fact(f"Lineage {known} of {len(LINEAGE)}: {', '.join(missing)} unknown", "unknown")


def _access(row: Connection, today: date) -> Fact:
    if row.access_reviewed_on is None:
        return Fact("Nobody has reviewed who may read it", "unknown")
    words = f"Access reviewed {spoken(row.access_reviewed_on, today)}, {ago(row.access_reviewed_on, today)}"
    if row.access_reviewed_on < today - REVIEWED_FOR:
        return Fact(f"{words}: a year is over", "late")
    return Fact(words)


def _checks(row: Connection, today: date) -> list[Fact]:
    facts = []
    if row.quality_checked_on:
        checked = spoken(row.quality_checked_on, today)
        facts.append(Fact(f"Quality checked {checked}, {ago(row.quality_checked_on, today)}"))
    elif row.kind == ConnectionKind.SOURCE.value:
        facts.append(Fact("Quality was not checked", "unknown"))
    if row.freshness_hours:
        hours = "1 hour" if row.freshness_hours == 1 else f"{row.freshness_hours:,} hours"
        facts.append(Fact(f"Its data may be {hours} old"))
    return facts


def connections_sum(connections: Sequence[Connection]) -> str:
    """Return such as “1 of 3 tested · contracts 2 of 3 · lineage whole for 1 of 2 sources”."""
    count = len(connections)
    if not count:
        return ""
    tested = sum(row.state == ConnectionState.TESTED.value for row in connections)
    agreed = sum(row.contract_agreed_on is not None for row in connections)
    parts = [f"{tested} of {count} tested", f"contracts {agreed} of {count}"]
    sources = [row for row in connections if row.kind == ConnectionKind.SOURCE.value]
    if sources:
        whole = sum(not lineage_known(row)[1] for row in sources)
        noun = "source" if len(sources) == 1 else "sources"
        parts.append(f"lineage whole for {whole} of {len(sources)} {noun}")
    return " · ".join(parts)


# --- Rollout -------------------------------------------------------------------------


@dataclass(frozen=True)
class StepRow:
    """A step; `warnings` say why it cannot go on as it is planned."""

    step: RolloutStep
    title: str
    dates: str
    state: Fact
    warnings: list[str]
    can_decide: bool

    @property
    def is_decided(self) -> bool:
        return bool(self.step.outcome)


def step_rows(steps: Sequence[RolloutStep], today: date, *, may_expand_early: bool) -> list[StepRow]:
    return [
        StepRow(
            step=step,
            title=f"{step.number} {RolloutKind(step.kind).label}",
            dates=_dates(step, today),
            state=_state(step, today),
            warnings=[]
            if step.outcome
            else [
                fault.sentence
                for fault in faults_in_order(steps, place, today, may_expand_early=may_expand_early)
            ],
            can_decide=step.starts_on <= today,
        )
        for place, step in enumerate(steps)
    ]


def _dates(step: RolloutStep, today: date) -> str:
    start = spoken(step.starts_on, today)
    return f"{start} to {spoken(step.ends_on, today)}" if step.ends_on else f"from {start}"


def _state(step: RolloutStep, today: date) -> Fact:
    if step.outcome and step.decided_on:
        return Fact(f"{RolloutOutcome(step.outcome).label}, decided {spoken(step.decided_on, today)}")
    if step.starts_on > today:
        return Fact(f"starts {ahead(step.starts_on, today)}")
    if step.ends_on is not None and step.ends_on < today:
        return Fact(f"over, and not decided for {days((today - step.ends_on).days)}", "late")
    day = (today - step.starts_on).days + 1
    whole = f" of {(step.ends_on - step.starts_on).days + 1}" if step.ends_on else ""
    return Fact(f"runs, day {day}{whole}")


def big_bang(steps: Sequence[RolloutStep]) -> str:
    """Return the sentence on a step that is too large, or on a plan without a small one; "" for none."""
    if not steps:
        return ""
    if found := leap(steps):
        return (
            f"From {found[0]} % to {found[1]} % in one step is a big bang. "
            "Plan a step between: what goes wrong then goes wrong for fewer."
        )
    small = {RolloutKind.SHADOW.value, RolloutKind.CANARY.value}
    if not any(step.kind in small and step.ends_on and step.rollback_when for step in steps):
        return (
            "Gate G5 asks for a shadow run or a canary with its last day and the sign to go back; "
            "none here has both."
        )
    return ""


# --- Versions of the model -----------------------------------------------------------


@dataclass(frozen=True)
class VersionRow:
    version: ModelVersion
    since: str
    facts: list[Fact]


def version_rows(versions: Iterable[ModelVersion], today: date) -> list[VersionRow]:
    """Return the live version first, then the others, the newest first."""
    rows = sorted(versions, key=lambda row: (row.is_live, row.changed_on, row.pk), reverse=True)
    return [_version(row, today) for row in rows]


def _version(row: ModelVersion, today: date) -> VersionRow:
    verb = "live since" if row.is_live else "came"
    pinned = {
        True: Fact("Pinned"),
        False: Fact("The provider may change it"),
        None: Fact("Not known whether it is pinned", "unknown"),
    }
    return VersionRow(
        version=row,
        since=f"{verb} {spoken(row.changed_on, today)}, {ago(row.changed_on, today)}",
        facts=[*([pinned[row.is_pinned]] if row.provider else []), _age(row, today)],
    )


def _age(row: ModelVersion, today: date) -> Fact:
    through = row.training_data_through
    if through is None:
        return Fact("How old its training data is: not known", "unknown")
    return Fact(f"Learned from data up to {spoken(through, today)}, {days((today - through).days)} old")


# --- The page ------------------------------------------------------------------------


@dataclass
class Production:
    """All of one pilot's record, read in three queries."""

    pilot: Pilot
    today: date
    may_expand_early: bool = False
    connections: list[Connection] = field(init=False)
    steps: list[RolloutStep] = field(init=False)
    versions: list[ModelVersion] = field(init=False)

    def __post_init__(self) -> None:
        self.connections = list(self.pilot.connections.order_by("pk"))
        self.steps = list(self.pilot.rollout_steps.order_by("number"))
        self.versions = list(self.pilot.model_versions.order_by("pk"))

    @property
    def connection_rows(self) -> list[ConnectionRow]:
        first = min((row.changed_on for row in self.versions), default=None)
        return connection_rows(self.connections, self.today, first_version=first)

    @property
    def connections_sum(self) -> str:
        return connections_sum(self.connections)

    @property
    def step_rows(self) -> list[StepRow]:
        return step_rows(self.steps, self.today, may_expand_early=self.may_expand_early)

    @property
    def big_bang(self) -> str:
        return big_bang(self.steps)

    @property
    def version_rows(self) -> list[VersionRow]:
        return version_rows(self.versions, self.today)

    @property
    def evidence_from(self) -> str:
        """Since when evidence of quality counts: since the live version came."""
        live = next((row for row in self.versions if row.is_live), None)
        return spoken(live.changed_on, self.today) if live else ""


def next_start(steps: Sequence[RolloutStep], today: date) -> date:
    """Return the first day on which another step may start, proposed by the form."""
    ends = [step.ends_on or step.starts_on for step in steps]
    return max([today, *[day + timedelta(days=1) for day in ends]])

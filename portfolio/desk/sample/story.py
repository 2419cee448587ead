"""How a sample pilot's life is written down. Days count back from the day of loading: 0 is that day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kpis.money.terms import Commitment, LedgerKind, MoneyPhase
from kpis.terms import Provenance, ReportKind, Verdict
from pilots.access.permissions import OwnerRole
from pilots.design import ConnectionKind, RolloutKind, RolloutOutcome
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, RiskTier
from pilots.models.log import Going


@dataclass(frozen=True)
class Moved:
    """The manager moves it. `why` is the evidence, or the reason when it ends or goes back."""

    days: int
    to: Stage
    why: str = ""


@dataclass(frozen=True)
class Named:
    """Somebody from `people` answers for it from this day on."""

    days: int
    person: str
    role: OwnerRole = OwnerRole.PRODUCTION_OWNER


@dataclass(frozen=True)
class Entrusted:
    """It is written down what the production owner may decide, and what money they may release."""

    days: int
    authority: str
    budget: str


@dataclass(frozen=True)
class Left:
    """The production owner does so no longer."""

    days: int
    why: str


@dataclass(frozen=True)
class Agreed:
    """The number that should move, in one line."""

    days: int
    kpi: str


@dataclass(frozen=True)
class Said:
    """The demo owner checks in; `manager` when it was the manager."""

    days: int
    text: str
    going: Going | None = None
    manager: bool = False


@dataclass(frozen=True)
class Held:
    """It is put on hold; the review day is `review_in` days after the day of loading."""

    days: int
    reason: str
    agreed_by: str
    review_in: int


@dataclass(frozen=True)
class Resumed:
    days: int
    note: str = ""


@dataclass(frozen=True)
class Postponed:
    """The decision gets another day, `decide_in` days after the day of loading."""

    days: int
    decide_in: int


@dataclass(frozen=True)
class Closed:
    """The manager closes the phase of its plan that is open; `note` says what is there."""

    days: int
    note: str


@dataclass(frozen=True)
class Prepared:
    """What the open phase asks for is brought, but for the codes in `lacks`; the phase stays open."""

    days: int
    lacks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shown:
    """These requirements are shown, whatever the phase."""

    days: int
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Waived:
    """The manager lets a requirement pass, up to a day counted back: with one of the past it has lapsed."""

    days: int
    code: str
    why: str
    until: int


@dataclass(frozen=True)
class Waited:
    """The manager notes that a requirement waits for somebody from this day on."""

    days: int
    code: str
    on: OwnerRole
    note: str


@dataclass(frozen=True)
class Freed:
    """The requirement waits no longer."""

    days: int
    code: str


@dataclass(frozen=True)
class Connected:
    """A connection is listed, or told anew by its name; `dates` are days back, by the field they fill."""

    days: int
    name: str
    kind: ConnectionKind
    parts: Mapping[str, Any]
    dates: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Stepped:
    """A step of the rollout is planned, `first` and `last` counted back; decided at once with an outcome."""

    days: int
    kind: RolloutKind
    share: int
    first: int
    last: int | None = None
    audience: str = ""
    back_when: str = ""
    outcome: RolloutOutcome | None = None
    result: str = ""


@dataclass(frozen=True)
class Asked:
    """The demo owner asks for a decision; it is needed `needed_in` days after the day of loading.

    The demo executive is to decide where `of_executive`, any manager otherwise.
    """

    days: int
    question: str
    options: tuple[str, ...]
    needed_in: int
    of_executive: bool = False


@dataclass(frozen=True)
class Answered:
    """The demo owner answers from the mail, without signing in; a manager is yet to confirm it."""

    days: int
    text: str


@dataclass(frozen=True)
class Counted:
    """Another number, with the parts that a line cannot say (`kpis.actions.kpi.EDITABLE`)."""

    days: int
    kpi: str
    parts: Mapping[str, Any]


@dataclass(frozen=True)
class Signed:
    """The manager notes that the business owner signed the main KPI as it is."""

    days: int


@dataclass(frozen=True)
class Changed:
    """The manager changes the main KPI, and says why."""

    days: int
    parts: Mapping[str, Any]
    why: str


@dataclass(frozen=True)
class Reading:
    """What a tool counted on one day, by the KPI's name and the version's label, "" where none is known."""

    days: int
    kpi: str
    value: str
    provenance: Provenance
    cases: int | None = None
    version: str = ""


@dataclass(frozen=True)
class Measured:
    """A tool sends readings of the days before."""

    days: int
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Versioned:
    """Another version of the model goes live; its training data ends `trained_to` days back."""

    days: int
    label: str
    trained_to: int | None = None
    provider: str = ""


@dataclass(frozen=True)
class Looped:
    """The owner writes down how it learns; `trained` is how many days back it was trained last."""

    days: int
    parts: Mapping[str, Any]
    trained: int


@dataclass(frozen=True)
class Entry:
    """Money over the days from `first` to `last`, both counted back; by the words of the ledger."""

    kind: LedgerKind
    phase: MoneyPhase
    amount: str
    first: int
    last: int
    category: str = ""
    is_planned: bool = False
    note: str = ""
    verified: str = ""
    decided: Commitment | None = None
    because: str = ""


@dataclass(frozen=True)
class Booked:
    """The owner writes money down; the manager checks benefits and notes what became of budgets."""

    days: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Reported:
    """The manager publishes a look back."""

    days: int
    kind: ReportKind
    summary: str
    verdict: Verdict | None = None


Step = (
    Moved
    | Named
    | Entrusted
    | Left
    | Agreed
    | Said
    | Held
    | Resumed
    | Postponed
    | Closed
    | Prepared
    | Shown
    | Waived
    | Waited
    | Freed
    | Connected
    | Stepped
    | Asked
    | Answered
    | Counted
    | Signed
    | Changed
    | Measured
    | Versioned
    | Looped
    | Booked
    | Reported
)


@dataclass(frozen=True, kw_only=True)
class Story:
    """One pilot from its first day. `own` when the demo owner proposes it as their own.

    `approved` and `began` are empty while it is an idea; `decide_in` counts from the day of loading.
    """

    name: str
    problem: str
    unit: str
    logged: int
    approved: int | None = None
    began: int | None = None
    decide_in: int | None = None
    own: bool = False
    steps: tuple[Step, ...] = ()
    vendor: str = ""
    how_built: HowBuilt | None = None
    risk: RiskTier | None = None
    tags: tuple[str, ...] = ()

    @property
    def every_step(self) -> tuple[Step, ...]:
        start: list[Step] = []
        if self.approved is not None:
            start.append(Moved(self.approved, Stage.CHARTERED))
        if self.began is not None:
            start.append(Moved(self.began, Stage.PILOTING))
        return (*start, *self.steps)

"""What is known of a pilot's KPIs, readings and money on one day, as the rules of this floor read it.

A plain module: `kpis.facts` fills it. Days are those of the pilot's program, numbers are in the KPI's own
unit, None is what nobody knows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from kpis.attainment import attainment, breaches
from kpis.money.sums import LedgerLine, RateTable
from kpis.money.terms import Basis, Commitment, Finding, LedgerKind, MoneyPhase
from kpis.noise import is_per_cent
from kpis.terms import REAL, USED, Direction, KpiKind, Provenance, ReportKind, way_of

# Which of it cannot be replayed for a past day, and what a replay reads instead.
NOT_REPLAYED = {
    "kpis": "definitions, signatures and corrected readings as they are today",
    "model": "the versions of the model, and whether a tool evaluates them, as they are today",
    "money": "the ledger as it is today",
    "reports": "the published reports and the feedback loop as they are today",
    "readiness": "evidence and waivers as they are today",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading that counts today."""

    on: date
    value: Decimal
    provenance: Provenance
    cases: int | None = None
    version_id: int | None = None

    @property
    def is_real(self) -> bool:
        return self.provenance in REAL

    @property
    def is_used(self) -> bool:
        return self.provenance in USED


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiFacts:
    """One KPI in use. `readings` is the newest of each provenance and model version, newest first.

    `lately` holds the last real reading of each day (UTC) and provenance for a hundred days, newest first,
    where a rule needs their course: of the primary one, of drift and of adoption.
    """

    id: int
    name: str
    kind: KpiKind = KpiKind.BUSINESS
    unit: str = ""
    direction: str = ""
    baseline: Decimal | None = None
    baseline_is_real: bool = True
    target: Decimal | None = None
    low: Decimal | None = None
    threshold: Decimal | None = None
    cadence_days: int | None = None
    is_primary: bool = False
    missing: tuple[str, ...] = ()
    agreed_on: date | None = None  # first defined
    changed_on: date | None = None  # defined as it is now
    is_signed: bool = False
    was_signed: bool = False
    readings: tuple[Reading, ...] = ()
    lately: tuple[Reading, ...] = ()

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @property
    def latest(self) -> Reading | None:
        return self.readings[0] if self.readings else None

    @property
    def latest_real(self) -> Reading | None:
        return next((reading for reading in self.readings if reading.is_real), None)

    @property
    def latest_used(self) -> Reading | None:
        return next((reading for reading in self.readings if reading.is_used), None)

    @property
    def latest_prepared(self) -> Reading | None:
        """The newest reading of a demo or of chosen cases."""
        return next((reading for reading in self.readings if not reading.is_real), None)

    def breaks(self, reading: Reading) -> bool:
        """Return whether a reading is worse than the threshold; False where that cannot be told."""
        way = way_of(self.kind, self.direction)
        return bool(breaches(reading.value, threshold=self.threshold, direction=way))

    def way_gone(self, value: Decimal, *, to_threshold: bool = False) -> Decimal | None:
        """Return how much of the way from the baseline is gone, 1 at the target (or the threshold)."""
        end = self.target
        if self.direction != Direction.RANGE and (
            end is None or (to_threshold and self.threshold is not None)
        ):
            end = self.threshold
        return attainment(value, baseline=self.baseline, target=end, low=self.low)

    def points(self, value: Decimal) -> Decimal | None:
        """Return a value in points of a hundred: in %, or a score from 0 to 1; None for others."""
        if is_per_cent(self.unit):
            return value
        is_score = self.kind is KpiKind.MODEL_QUALITY and not self.unit and 0 <= value <= 1
        return value * 100 if is_score else None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFacts:
    """One version of the model a pilot uses."""

    id: int
    label: str
    changed_on: date
    trained_through: date | None = None
    is_live: bool = False
    is_a_providers: bool = False  # who may change it unasked


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopFacts:
    """How a pilot learns what came true of its answers; empty where nobody has written it down."""

    truth_source: str = ""
    linkage_key: str = ""
    retrain_every_days: int | None = None
    retrained_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Money set aside for a phase; the rest is empty until somebody decided about it."""

    phase: MoneyPhase
    commitment: Commitment | None = None
    decided_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published report; `reached` is how far the primary KPI was on its way then, 1 at the target."""

    kind: ReportKind
    first: date
    last: date
    on: date
    reached: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What is known of a pilot's KPIs, readings and money on one day."""

    went_live: date | None = None
    in_production: date | None = None
    kpis: tuple[KpiFacts, ...] = ()  # those in use, the primary one first
    versions: tuple[VersionFacts, ...] = ()  # of its model, newest first
    loop: LoopFacts = field(default_factory=LoopFacts)
    evaluates_itself: bool = False  # `kpis.evaluation`, as it is today
    ledger: tuple[LedgerLine, ...] = ()
    rates: RateTable = field(default_factory=RateTable)
    budgets: tuple[Budget, ...] = ()
    reports: tuple[Published, ...] = ()  # newest first
    shown: Mapping[str, date] = field(default_factory=dict)  # the newest evidence, by requirement
    let_pass: frozenset[str] = frozenset()  # requirements and gates with a waiver in force

    @property
    def primary(self) -> KpiFacts | None:
        return next((kpi for kpi in self.kpis if kpi.is_primary), None)

    @property
    def live_version(self) -> VersionFacts | None:
        return next((version for version in self.versions if version.is_live), None)

    @property
    def readings(self) -> Iterable[Reading]:
        return (reading for kpi in self.kpis for reading in kpi.readings)

    def of_kind(self, *kinds: KpiKind) -> tuple[KpiFacts, ...]:
        return tuple(kpi for kpi in self.kpis if kpi.kind in kinds)

    def is_let_pass(self, *subjects: str) -> bool:
        return not self.let_pass.isdisjoint(subjects)

    def has_committed(self, phase: MoneyPhase) -> bool:
        return any(
            budget.phase is phase and budget.commitment is Commitment.COMMITTED for budget in self.budgets
        )

    @property
    def benefits(self) -> list[LedgerLine]:
        """What it is said to have brought, checked or not; what was rejected is said no longer."""
        return [
            line
            for line in self.ledger
            if line.kind is LedgerKind.BENEFIT
            and line.basis is Basis.ACTUAL
            and line.finding is not Finding.REJECTED
        ]

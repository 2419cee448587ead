"""Reads the money of any number of pilots, in a fixed number of queries."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from kpis.models import Kpi, LedgerEntry, ProgramMoney, Rate
from kpis.money.delay import Delay, Wait, Worth, delay
from kpis.money.roi import OVERSPENT, payback_month, roi_of, verified_share_of
from kpis.money.sums import (
    LedgerLine,
    PlannedActual,
    RateTable,
    Total,
    by_month,
    planned_actual,
    total,
    totals,
)
from kpis.money.terms import (
    DEFAULT_CURRENCY,
    Basis,
    BenefitCategory,
    Commitment,
    CostCategory,
    Finding,
    LedgerKind,
    MoneyPhase,
)
from pilots.columns import read_holds
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.pauses import Pauses, Period, held_days, own_today

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Benefits:
    """Benefits of one kind, or of all: planned, claimed and not checked, verified, rejected."""

    planned: Total
    unchecked: Total
    verified: Total
    rejected: Total

    @property
    def claimed(self) -> Total:
        """What is claimed to have come: verified or not checked yet, never what was rejected."""
        return self.verified + self.unchecked


class Money:
    """The money of one pilot, in the currency of its program.

    `entries` are its rows with `kpi`, `entered_by` and `checked_by` loaded, oldest period first. Sums name
    what has no rate (`Total.unconverted`); shares and ratios are None where they cannot be told.
    """

    def __init__(
        self,
        pilot: Pilot,
        entries: Sequence[LedgerEntry],
        table: RateTable,
        kpi: Kpi | None,
        holds: Sequence[Period],
        *,
        today: date,
    ) -> None:
        self.pilot = pilot
        self.entries = tuple(entries)
        self.table = table
        self.today = today
        self.lines = tuple(line_of(entry) for entry in entries)
        self._kpi = kpi
        self._holds = holds

    @property
    def currency(self) -> str:
        return self.table.currency

    # --- Cost ------------------------------------------------------------------------

    @cached_property
    def cost(self) -> PlannedActual:
        return planned_actual(self._of(LedgerKind.COST), self.table)

    @property
    def cost_planned(self) -> Total:
        return self.cost.planned

    @property
    def cost_actual(self) -> Total:
        return self.cost.actual

    @cached_property
    def cost_by_phase(self) -> dict[MoneyPhase, PlannedActual]:
        """Cost of the phases that have any, in their order."""
        return self._costs(MoneyPhase, lambda line: line.phase)

    @cached_property
    def cost_by_category(self) -> dict[CostCategory, PlannedActual]:
        """Cost of the categories that have any, in their order."""
        return self._costs(CostCategory, lambda line: CostCategory(line.category))

    @cached_property
    def cost_by_phase_and_category(self) -> dict[tuple[MoneyPhase, CostCategory], PlannedActual]:
        keys = [(phase, category) for phase in MoneyPhase for category in CostCategory]
        return self._costs(keys, lambda line: (line.phase, CostCategory(line.category)))

    @cached_property
    def overspent(self) -> dict[MoneyPhase, Decimal]:
        """The phases whose actual cost is more than 110 % of the plan, with the share above it (R-77)."""
        over = {phase: cost.over for phase, cost in self.cost_by_phase.items()}
        return {phase: share for phase, share in over.items() if share is not None and share > OVERSPENT}

    # --- Benefit ----------------------------------------------------------------------

    @cached_property
    def benefits(self) -> Benefits:
        return _benefits(self._of(LedgerKind.BENEFIT), self.table)

    @property
    def benefit_planned(self) -> Total:
        return self.benefits.planned

    @property
    def benefit_unchecked(self) -> Total:
        """Actual benefits nobody has checked yet."""
        return self.benefits.unchecked

    @property
    def benefit_verified(self) -> Total:
        return self.benefits.verified

    @property
    def benefit_rejected(self) -> Total:
        return self.benefits.rejected

    @cached_property
    def benefits_by_kind(self) -> dict[BenefitCategory, Benefits]:
        """Benefits of the kinds that have any, in their order."""
        lines = self._of(LedgerKind.BENEFIT)
        return {
            kind: _benefits([line for line in lines if line.category == kind.value], self.table)
            for kind in BenefitCategory
            if any(line.category == kind.value for line in lines)
        }

    # --- Budgets ----------------------------------------------------------------------

    @cached_property
    def budgets(self) -> dict[MoneyPhase, dict[Commitment | None, Total]]:
        """Budgets by phase and by what became of them; None is a budget nobody has decided about."""
        found: dict[MoneyPhase, dict[Commitment | None, Total]] = {}
        sums = totals(self._of(LedgerKind.BUDGET), self.table, lambda line: (line.phase, line.commitment))
        for phase in MoneyPhase:
            for commitment in (*Commitment, None):
                if (phase, commitment) in sums:
                    found.setdefault(phase, {})[commitment] = sums[phase, commitment]
        return found

    @cached_property
    def budget(self) -> Total:
        """All that was set aside, whatever became of it."""
        return total(self._of(LedgerKind.BUDGET), self.table)

    # --- What it comes to ---------------------------------------------------------------

    @cached_property
    def roi(self) -> Decimal | None:
        """(Verified benefit − actual cost) ÷ actual cost; always to be said with `verified_share`.

        None while nobody has verified or rejected a benefit.
        """
        return roi_of(self.benefit_verified, self.benefit_rejected, self.cost_actual)

    @cached_property
    def verified_share(self) -> Decimal | None:
        return verified_share_of(self.benefit_verified, self.benefit_unchecked)

    @cached_property
    def payback(self) -> date | None:
        """The first day of the month in which it had earned what it cost.

        None where that is to come, or cannot be told: part of the cost or of the benefit has no rate.
        """
        if not (self.cost_actual.is_whole and self.benefit_verified.is_whole):
            return None
        verified = [line for line in self.lines if line.finding is Finding.VERIFIED]
        costs = [line for line in self._of(LedgerKind.COST) if line.basis is Basis.ACTUAL]
        earned, spent = (by_month(lines, self.table, through=self.today) for lines in (verified, costs))
        return payback_month(earned, spent)

    @cached_property
    def delay(self) -> Delay:
        """What it costs that the pilot waits, with the assumptions behind it."""
        wait = wait_of(self.pilot, self._holds, today=self.today)
        worth = _worth(self._kpi) if self._kpi else None
        return delay(wait, self.lines, worth, self.table, today=self.today)

    @cached_property
    def unconverted(self) -> dict[str, Decimal]:
        """What has no rate in all of the ledger, by currency."""
        return dict(total(self.lines, self.table).unconverted)

    # --- Steps they share ---------------------------------------------------------------

    def _of(self, kind: LedgerKind) -> list[LedgerLine]:
        return [line for line in self.lines if line.kind is kind]

    def _costs(self, keys: Iterable[K], key: Callable[[LedgerLine], K]) -> dict[K, PlannedActual]:
        lines: dict[K, list[LedgerLine]] = {}
        for line in self._of(LedgerKind.COST):
            lines.setdefault(key(line), []).append(line)
        return {of: planned_actual(lines[of], self.table) for of in keys if of in lines}


def money_of(pilots: Sequence[Pilot], *, today: date) -> dict[int, Money]:
    """Return the money of each pilot by its id, in five queries for any number."""
    ids = [pilot.pk for pilot in pilots]
    entries: dict[int, list[LedgerEntry]] = {pk: [] for pk in ids}
    rows = LedgerEntry.objects.filter(pilot__in=ids).select_related("kpi", "entered_by", "checked_by")
    for entry in rows.order_by("period_from", "period_to", "pk"):
        entries[entry.pilot_id].append(entry)
    tables = tables_of({pilot.program_id for pilot in pilots})
    primary = {kpi.pilot_id: kpi for kpi in Kpi.objects.filter(pilot__in=ids, is_primary=True)}
    holds = read_holds(ids)
    return {
        pilot.pk: Money(
            pilot,
            entries[pilot.pk],
            tables[pilot.program_id],
            primary.get(pilot.pk),
            holds[pilot.pk],
            today=today,
        )
        for pilot in pilots
    }


def tables_of(programs: Iterable[int]) -> dict[int, RateTable]:
    """Return the currency and the rates of each program by its id, in two queries."""
    ids = set(programs)
    chosen = ProgramMoney.objects.filter(program__in=ids)
    currencies = dict(chosen.values_list("program_id", "currency"))
    rates: dict[int, dict[str, list[tuple[date, Decimal]]]] = {pk: {} for pk in ids}
    known = Rate.objects.filter(program__in=ids).order_by("since", "pk")
    for program, currency, since, rate in known.values_list("program_id", "currency", "since", "rate"):
        rates[program].setdefault(currency, []).append((since, rate))
    return {pk: RateTable(currencies.get(pk, DEFAULT_CURRENCY), rates[pk]) for pk in ids}


def line_of(entry: LedgerEntry) -> LedgerLine:
    """Return a row as arithmetic sees it."""
    return LedgerLine(
        kind=LedgerKind(entry.kind),
        category=entry.category,
        phase=MoneyPhase(entry.phase),
        basis=Basis(entry.basis),
        amount=entry.amount,
        currency=entry.currency,
        period_from=entry.period_from,
        period_to=entry.period_to,
        commitment=Commitment(entry.commitment) if entry.commitment else None,
        finding=Finding(entry.finding) if entry.finding else None,
    )


def wait_of(pilot: Pilot, holds: Sequence[Period], *, today: date) -> Wait:
    """Return how long a pilot waited, or waits, from being shown to work to its first users."""
    if not pilot.has_reached(Stage.PROVEN):
        return Wait(days=None, missing="It is not shown to work yet, so nothing waits for it.")
    had_users = pilot.has_reached(Stage.LIMITED)
    # Where only its first users are known, the clock begins with them, and says nothing of the wait.
    if pilot.proven_clock_on is None or (had_users and pilot.reached_proven_on is None):
        missing = "Since when it is shown to work is not known."
        return Wait(days=None, is_over=had_users or pilot.is_ended, missing=missing)
    began = Pauses(holds).unheld(pilot.proven_clock_on)
    is_over = had_users or pilot.is_ended
    end: date | None = own_today(today, pilot.held_since)
    if had_users:
        end = pilot.reached_limited_on
    elif pilot.is_ended:
        end = pilot.reached_on(pilot.at_stage)
    if end is None:
        return Wait(days=None, is_over=True, missing="When its first users came is not known.")
    return Wait(days=max((end - began).days - held_days(holds, began, end), 0), is_over=is_over)


def _benefits(lines: Sequence[LedgerLine], table: RateTable) -> Benefits:
    planned = [line for line in lines if line.basis is Basis.PLANNED]
    actual = [line for line in lines if line.basis is Basis.ACTUAL]
    found = {
        finding: total([line for line in actual if line.finding is finding], table)
        for finding in (None, Finding.VERIFIED, Finding.REJECTED)
    }
    return Benefits(
        planned=total(planned, table),
        unchecked=found[None],
        verified=found[Finding.VERIFIED],
        rejected=found[Finding.REJECTED],
    )


def _worth(kpi: Kpi) -> Worth:
    return Worth(
        name=kpi.name,
        unit=kpi.unit,
        baseline=kpi.baseline,
        target=kpi.target,
        target_low=kpi.target_low,
        value_per_unit=kpi.value_per_unit,
        value_currency=kpi.value_currency,
    )

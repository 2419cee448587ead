"""The money of a pilot in words: what it came to, what was set aside, what waits to be checked."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.core.paginator import Page, Paginator

from kpis.actions.ledger import own_claims
from kpis.attainment import breaches, percent
from kpis.models import Kpi, LedgerEntry
from kpis.money.read import Money, money_of
from kpis.money.sums import Total
from kpis.money.terms import (
    Basis,
    Commitment,
    LedgerKind,
    MoneyPhase,
)
from kpis.money.words import about, apart_of, said, said_amount
from kpis.reading import plain
from kpis.standing import KpiStanding, standings_of
from kpis.terms import KpiKind, way_of
from kpis.web.money_rows import (
    BenefitRow,
    CostRow,
    EntryRow,
    LimitRow,
    State,
    benefit_row,
    cost_row,
    label_words,
    period_words,
    said_or_none,
    state_of,
    what_words,
)
from pilots.access.models import User
from pilots.access.permissions import Deed, Relation, may
from pilots.models import Pilot
from pilots.web.spoken import spoken

PER_PAGE = 100
LIMITED_KINDS = (KpiKind.LATENCY, KpiKind.COST)


# --- The sentence on top -------------------------------------------------------------


def lead(money: Money) -> str:
    """Return what it came to in one sentence, always with the share of its benefit that is verified."""
    cost, verified, unchecked = money.cost_actual, money.benefit_verified, money.benefit_unchecked
    if not money.entries:
        return "No money is written down yet, so what it costs and brings is not known."
    if not cost.count:
        return f"What it has cost is not known: no actual cost is written down. {_brought(money)}"
    spent = f"It has cost {said(cost)}"
    if verified.count:
        sentence = f"{spent} and brought {said(verified)} that somebody verified"
    elif unchecked.count:
        sentence = f"{spent} and brought nothing that somebody verified"
    else:
        sentence = f"{spent}, and no benefit is written down"
    if money.roi is None:
        return f"{sentence}. ROI is not known: {_lacking(money)}."
    return f"{sentence}: ROI {percent(money.roi)}, {share_words(money)}."


def _brought(money: Money) -> str:
    claimed, share = money.benefits.claimed, money.verified_share
    if not claimed.count:
        return "No benefit is claimed either."
    verified = "" if share is None else f", {percent(share)} of it verified"
    return f"{said(claimed)} of benefit is claimed{verified}."


def share_words(money: Money) -> str:
    """Return “33 % of claimed benefit verified”, or that there is nothing to verify."""
    share = money.verified_share
    if not money.benefit_unchecked.is_whole:
        return "which share of the claimed benefit is verified is not known"
    return "no benefit claimed" if share is None else f"{percent(share)} of claimed benefit verified"


def roi_words(money: Money) -> str:
    """Return “−67 %, 33 % of claimed benefit verified”; never without its share."""
    if money.roi is None:
        return f"not known: {_lacking(money)}"
    return f"{percent(money.roi)}, {share_words(money)}"


def _lacking(money: Money) -> str:
    """Return why there is no ROI: what has no rate, nothing spent, or nothing checked."""
    missing = money.cost_actual + money.benefit_verified
    verb = "has" if len(missing.unconverted) == 1 else "have"
    if not missing.is_whole:
        return f"{apart_of(missing)} {verb} no rate"
    return "nothing checked yet" if money.cost_actual.amount else "no actual cost"


# --- The page --------------------------------------------------------------------------


class MoneyPage:
    """All the tab shows of one pilot; each part is read when first needed, eight queries in all."""

    def __init__(self, pilot: Pilot, relation: Relation, *, reader: User, today: date, page: str) -> None:
        self.pilot = pilot
        self.today = today
        self.may_enter = may(Deed.ENTER_MONEY, relation)
        self.may_decide = may(Deed.CONCLUDE, relation)
        self._may_check = may(Deed.CHECK_BENEFIT, relation)
        self._reader = reader
        self._page = page

    @cached_property
    def money(self) -> Money:
        return money_of([self.pilot], today=self.today)[self.pilot.pk]

    @property
    def lead(self) -> str:
        return lead(self.money)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What it came to, as label and value."""
        money = self.money
        rejected = money.benefit_rejected
        return [
            ("Actual cost", said(money.cost_actual)),
            ("Planned cost", said(money.cost_planned)),
            ("Verified benefit", said(money.benefit_verified)),
            ("Claimed, not checked", said_or_none(money.benefit_unchecked)),
            *([("Rejected", said(rejected))] if rejected.count else []),
            ("ROI", roi_words(money)),
            ("Paid back", self.payback),
        ]

    @property
    def payback(self) -> str:
        month = self.money.payback
        if month is not None:
            return f"{month:%B} {month.year}"
        cost, verified = self.money.cost_actual, self.money.benefit_verified
        is_told = cost.count and cost.is_whole and verified.is_whole
        return "not yet" if is_told else f"not known: {_lacking(self.money)}"

    @property
    def delay_words(self) -> str:
        """Return what its waiting costs so far; empty where that is not known."""
        delay = self.money.delay
        if delay.cost is None:
            return ""
        verb = "cost" if delay.is_over else "has cost"
        return f"Waiting {verb} {about(delay.cost, delay.currency)}."

    @property
    def unconverted(self) -> str:
        """What is in no sum, as “USD 12,000”; empty where everything is."""
        return apart_of(Total(Decimal(0), self.money.currency, self.money.unconverted))

    @cached_property
    def cost_rows(self) -> list[CostRow]:
        """Each phase with its categories under it."""
        rows = []
        for phase, cost in self.money.cost_by_phase.items():
            rows.append(cost_row(phase.label, cost, is_phase=True))
            parts = self.money.cost_by_phase_and_category
            rows += [cost_row(category.label, parts[of, category]) for of, category in parts if of is phase]
        return rows

    @property
    def cost_total(self) -> CostRow:
        return cost_row("All costs", self.money.cost)

    @property
    def overspent(self) -> str:
        """Return the sentence on the phases that cost more than 110 % of their plan; empty for none."""
        over = [f"{phase.label} {percent(share)}" for phase, share in self.money.overspent.items()]
        return f"Over plan by more than a tenth: {', '.join(over)}." if over else ""

    @cached_property
    def benefit_rows(self) -> list[BenefitRow]:
        return [benefit_row(kind.label, found) for kind, found in self.money.benefits_by_kind.items()]

    @property
    def benefit_total(self) -> BenefitRow:
        return benefit_row("All benefits", self.money.benefits)

    @cached_property
    def budget_rows(self) -> list[EntryRow]:
        """Each budget, those of the pilot first."""
        phases = list(MoneyPhase)
        budgets = [entry for entry in self.money.entries if entry.kind == LedgerKind.BUDGET.value]
        return [
            self._row(entry) for entry in sorted(budgets, key=lambda row: phases.index(MoneyPhase(row.phase)))
        ]

    @property
    def budget_sum(self) -> str:
        """Return “EUR 100,000 set aside: 60,000 committed …” by what became of it; empty for no budget."""
        found: dict[Commitment | None, Total] = {}
        for sums in self.money.budgets.values():
            for commitment, total in sums.items():
                found[commitment] = found[commitment] + total if commitment in found else total
        parts = [
            f"{said(found[commitment])} {commitment.label.lower() if commitment else 'not decided'}"
            for commitment in (*Commitment, None)
            if commitment in found
        ]
        return f"{said(self.money.budget)} set aside: {', '.join(parts)}" if parts else ""

    @property
    def still_open(self) -> str:
        """Return the sentence on budgets of a pilot that has ended; empty where none is left."""
        if not self.pilot.is_ended:
            return ""
        states = {Commitment.COMMITTED.value, Commitment.DEFERRED.value, ""}
        left = [row for row in self.budget_rows if row.entry.commitment in states]
        if not left:
            return ""
        noun = "budget is" if len(left) == 1 else "budgets are"
        return (
            f"It is {self.pilot.at_stage.label.lower()}, and {len(left)} {noun} not released or redirected: "
            "say what became of the money."
        )

    @cached_property
    def limit_rows(self) -> list[LimitRow]:
        """What an answer may take or cost, for the KPIs of these kinds that have a limit."""
        kinds = [kind.value for kind in LIMITED_KINDS]
        kpis = list(
            Kpi.objects.in_use()
            .filter(pilot=self.pilot, kind__in=kinds, threshold__isnull=False)
            .order_by("kind", "name", "pk")
        )
        standings = standings_of(kpis, today=self.today)
        return [self._limit(kpi, standings) for kpi in kpis]

    def _limit(self, kpi: Kpi, standings: Mapping[int, KpiStanding]) -> LimitRow:
        reading = standings[kpi.pk].latest_real
        unit = f" {kpi.unit}" if kpi.unit else ""
        broken = breaches(
            reading.value if reading else None,
            threshold=kpi.threshold,
            direction=way_of(kpi.kind, kpi.direction),
        )
        states = {
            True: State("Breached", "bad"),
            False: State("Within budget", "good"),
            None: State("Not known: no reading on real data" if reading is None else "Not known", "open"),
        }
        latest = "none"
        if reading is not None:
            day = self.pilot.program.today(reading.measured_at)
            latest = f"{plain(reading.value)}{unit}, {spoken(day, self.today)}"
        return LimitRow(
            kpi=kpi,
            kind=KpiKind(kpi.kind).label,
            threshold=f"{plain(kpi.threshold or Decimal(0))}{unit}",
            latest=latest,
            state=states[broken],
        )

    @cached_property
    def page(self) -> "Page[LedgerEntry]":
        """The entries of this page, newest period first."""
        return Paginator(tuple(reversed(self.money.entries)), PER_PAGE).get_page(self._page)

    @cached_property
    def entry_rows(self) -> Sequence[EntryRow]:
        return [self._row(entry) for entry in self.page]

    @cached_property
    def _own(self) -> set[int]:
        """What the reader claimed, and so may not check; asked only where they might."""
        return own_claims(list(self.page), self._reader)

    def _row(self, entry: LedgerEntry) -> EntryRow:
        table = self.money.table
        in_own = table.convert(entry.amount, entry.currency, entry.period_to)
        converted = ""
        if entry.currency != table.currency:
            converted = "no rate entered" if in_own is None else said_amount(in_own, table.currency)
        is_claim = entry.kind == LedgerKind.BENEFIT.value and entry.basis == Basis.ACTUAL.value
        return EntryRow(
            entry=entry,
            label=label_words(entry),
            what=what_words(entry),
            amount=said_amount(entry.amount, entry.currency),
            converted=converted,
            period=period_words(entry, self.today),
            state=state_of(entry, self.today),
            note=entry.note,
            may_check=is_claim and self._may_check and entry.pk not in self._own,
            may_decide=self.may_decide and entry.kind == LedgerKind.BUDGET.value,
        )

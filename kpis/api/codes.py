"""The code lists of this floor, by name: the description of the API gives each its own type."""

from kpis.actions.measurement import Outcome
from kpis.money.terms import (
    Basis,
    BenefitCategory,
    Commitment,
    CostCategory,
    Finding,
    LedgerKind,
    MoneyPhase,
)
from kpis.terms import Direction, Entry, KpiKind, Provenance, ReportKind, Verdict
from pilots.web.filter_fields import choices_of

BASIS = choices_of(Basis)
COMMITMENT = choices_of(Commitment)
DIRECTION = choices_of(Direction)
ENTRY = choices_of(Entry)
FINDING = choices_of(Finding)
KPI_KIND = choices_of(KpiKind)
LEDGER_KIND = choices_of(LedgerKind)
MONEY_CATEGORY = [*choices_of(CostCategory), *choices_of(BenefitCategory)]
MONEY_PHASE = choices_of(MoneyPhase)
PROVENANCE = choices_of(Provenance)
READING_OUTCOME = [(item.value, item.value) for item in Outcome]
REPORT_KIND = choices_of(ReportKind)
VERDICT = choices_of(Verdict)

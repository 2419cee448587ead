"""The words money is described by. A plain module."""

from enum import StrEnum


class LedgerKind(StrEnum):
    COST = "cost"
    BENEFIT = "benefit"
    BUDGET = "budget"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class CostCategory(StrEnum):
    """What money is spent on (S4-13, requirements 3.9)."""

    PEOPLE = "people"
    COMPUTE = "compute"
    STORAGE = "storage"
    NETWORK = "network"
    LICENCES = "licences"
    VENDOR = "vendor"
    DATA = "data"
    TRAINING = "training"
    OTHER = "other"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class BenefitCategory(StrEnum):
    """The four kinds of benefit (S2-25)."""

    COST_SAVING = "cost_saving"
    EFFICIENCY = "efficiency"
    IMPACT = "impact"
    RISK_AVOIDED = "risk_avoided"

    @property
    def label(self) -> str:
        return {
            "cost_saving": "Cost saving",
            "efficiency": "Efficiency",
            "impact": "Business impact",
            "risk_avoided": "Risk avoided",
        }[self.value]


class MoneyPhase(StrEnum):
    """Which part of its life money is for."""

    PILOT = "pilot"
    PRODUCTION = "production"
    RUN = "run"

    @property
    def label(self) -> str:
        return {"pilot": "Pilot", "production": "Way to production", "run": "Running it"}[self.value]


class Basis(StrEnum):
    PLANNED = "planned"
    ACTUAL = "actual"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class Commitment(StrEnum):
    """What became of a budget (S0-5)."""

    COMMITTED = "committed"
    DEFERRED = "deferred"
    REDIRECTED = "redirected"
    RELEASED = "released"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class Finding(StrEnum):
    """What somebody other than its author found of a claimed benefit."""

    VERIFIED = "verified"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return self.value.capitalize()


CATEGORIES: dict[LedgerKind, dict[str, str]] = {
    LedgerKind.COST: {item.value: item.label for item in CostCategory},
    LedgerKind.BENEFIT: {item.value: item.label for item in BenefitCategory},
    LedgerKind.BUDGET: {"": "Budget"},
}
# The currency of a program where nobody has chosen one.
DEFAULT_CURRENCY = "EUR"

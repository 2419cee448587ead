"""The groups behind the numbers of the value page. A plain module."""

from decimal import Decimal
from enum import StrEnum

from kpis.money.terms import Commitment
from pilots.lifecycle import RUNNING, Stage


class Progress(StrEnum):
    """How far a primary KPI came by its newest reading of real use, in pilots that have users."""

    REACHED = "reached"
    ON_THE_WAY = "on_the_way"
    NO_BETTER = "no_better"
    NOT_KNOWN = "not_known"

    @property
    def label(self) -> str:
        return {
            "reached": "Target reached",
            "on_the_way": "Better than the baseline",
            "no_better": "No better than the baseline",
            "not_known": "Not known",
        }[self.value]


class Place(StrEnum):
    """Where a pilot's money went, by where the pilot is."""

    PRODUCTION = "production"
    BEFORE = "before"
    NEVER = "never"
    RETIRED = "retired"

    @property
    def label(self) -> str:
        return {
            "production": "In production",
            "before": "On the way there",
            "never": "Stopped before it",
            "retired": "Retired",
        }[self.value]


class Group(StrEnum):
    """Pilots that one number of the page counts."""

    REACHED = "reached"
    ON_THE_WAY = "on_the_way"
    NO_BETTER = "no_better"
    NOT_KNOWN = "not_known"
    PRODUCTION = "production"
    BEFORE = "before"
    NEVER = "never"
    RETIRED = "retired"
    WITH_MONEY = "with_money"
    SPENT = "spent"
    VERIFIED = "verified"
    UNCHECKED = "unchecked"
    REJECTED = "rejected"
    BUDGET_COMMITTED = "budget_committed"
    BUDGET_DEFERRED = "budget_deferred"
    BUDGET_REDIRECTED = "budget_redirected"
    BUDGET_RELEASED = "budget_released"
    BUDGET_UNDECIDED = "budget_undecided"
    WAITING = "waiting"
    BREACHED = "breached"
    DEPLOYED = "deployed"


GROUP_WORDS: dict[Group, str] = {
    Group.REACHED: "whose primary KPI reached its target",
    Group.ON_THE_WAY: "whose primary KPI is better than its baseline",
    Group.NO_BETTER: "whose primary KPI is no better than its baseline",
    Group.NOT_KNOWN: "that have users, and nobody knows how far their primary KPI came",
    Group.PRODUCTION: "in production that money is written down for",
    Group.BEFORE: "on the way to production that money is written down for",
    Group.NEVER: "stopped before production that money is written down for",
    Group.RETIRED: "retired that money is written down for",
    Group.WITH_MONEY: "that money is written down for",
    Group.SPENT: "with an actual cost",
    Group.VERIFIED: "with a benefit that somebody verified",
    Group.UNCHECKED: "with a benefit that nobody has checked",
    Group.REJECTED: "with a benefit that was rejected",
    Group.BUDGET_COMMITTED: "with a committed budget",
    Group.BUDGET_DEFERRED: "with a deferred budget",
    Group.BUDGET_REDIRECTED: "with a redirected budget",
    Group.BUDGET_RELEASED: "with a released budget",
    Group.BUDGET_UNDECIDED: "with a budget nobody has decided about",
    Group.WAITING: "shown to work that wait for their first users",
    Group.BREACHED: "slower or dearer than was agreed",
    Group.DEPLOYED: "only deployed: a part of the loop is missing",
}


# What became of a budget, and the pilots that have one; None is undecided.
BUDGET_GROUPS: dict[Commitment | None, Group] = {
    Commitment.COMMITTED: Group.BUDGET_COMMITTED,
    Commitment.DEFERRED: Group.BUDGET_DEFERRED,
    Commitment.REDIRECTED: Group.BUDGET_REDIRECTED,
    Commitment.RELEASED: Group.BUDGET_RELEASED,
    None: Group.BUDGET_UNDECIDED,
}


def progress_of(attainment: Decimal | None) -> Progress:
    """Return the step that an attainment is on; 1 is the target, 0 the baseline (docs/kpi-method.md)."""
    if attainment is None:
        return Progress.NOT_KNOWN
    if attainment >= 1:
        return Progress.REACHED
    return Progress.ON_THE_WAY if attainment > 0 else Progress.NO_BETTER


def place_of(stage: Stage) -> Place:
    if stage is Stage.STOPPED:
        return Place.NEVER
    if stage is Stage.RETIRED:
        return Place.RETIRED
    return Place.PRODUCTION if stage in RUNNING else Place.BEFORE

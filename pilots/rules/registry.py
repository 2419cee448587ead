"""What a rule is, and the one list of them all. A plain module: no database, no clock.

A rule judges one pilot's facts on one day. The hourly scan, the check after a commit, a replay of a
past day and the sentence on the page all use the same function, so they cannot disagree.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from pilots.access.roles import OwnerRole
from pilots.rules.facts import Facts


class Severity(StrEnum):
    """How bad a finding is, mildest first."""

    INFO = "info"
    WARNING = "warning"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return RANKS[self]

    @property
    def label(self) -> str:
        return self.value.capitalize()


RANKS = {severity: place for place, severity in enumerate(Severity)}
SERIOUS = frozenset({Severity.HIGH, Severity.CRITICAL})


class Kind(StrEnum):
    """What a finding says about a pilot. Only a stall can make it stalled (docs/rules.md)."""

    STALL = "stall"
    RISK = "risk"
    GATE = "gate"
    HYGIENE = "hygiene"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class Pattern(StrEnum):
    """The ways in which pilots fail; the label is a headline, the note says it in half a sentence."""

    PURGATORY = "purgatory"
    OWNERSHIP_VACUUM = "ownership_vacuum"
    ROI_FOG = "roi_fog"
    DEMO_TRAP = "demo_trap"
    INTEGRATION_CLIFF = "integration_cliff"
    DATA_MISMATCH = "data_mismatch"
    NO_EVALUATION = "no_evaluation"
    NO_MLOPS = "no_mlops"
    OPERATIONS_NOT_READY = "operations_not_ready"
    MONEY_NOT_COMMITTED = "money_not_committed"
    BIG_BANG = "big_bang"
    VALUE_DECAY = "value_decay"

    @property
    def label(self) -> str:
        return PATTERN_WORDS[self][0]

    @property
    def note(self) -> str:
        return PATTERN_WORDS[self][1]


PATTERN_WORDS: dict[Pattern, tuple[str, str]] = {
    Pattern.PURGATORY: ("Pilot purgatory", "works, but does not move"),
    Pattern.OWNERSHIP_VACUUM: ("Ownership vacuum", "nobody can say yes"),
    Pattern.ROI_FOG: ("ROI fog", "nobody can say what it is worth"),
    Pattern.DEMO_TRAP: ("Demo trap", "good on chosen cases, unknown on real ones"),
    Pattern.INTEGRATION_CLIFF: ("Integration cliff", "not connected to anything people use"),
    Pattern.DATA_MISMATCH: ("Data mismatch", "the data is not the data it was shown on"),
    Pattern.NO_EVALUATION: ("No evaluation", "a change can make it worse unseen"),
    Pattern.NO_MLOPS: ("No MLOps", "nothing keeps the model alive"),
    Pattern.OPERATIONS_NOT_READY: ("Operations not ready", "nobody wakes up when it breaks"),
    Pattern.MONEY_NOT_COMMITTED: ("Money not committed", "nobody pays for running it"),
    Pattern.BIG_BANG: ("Big bang", "everybody at once, no way back"),
    Pattern.VALUE_DECAY: ("Value decay", "it ran, and nobody looks any more"),
}


@dataclass(frozen=True)
class Limit:
    """One threshold of a rule: how many of `unit` make which severity, and how a person says so."""

    name: str
    value: int
    severity: Severity
    words: str  # “{n} days after it was proven”
    unit: str = "days"


Limits = Mapping[str, int]


@dataclass(frozen=True)
class Look:
    """The day a rule looks, and the limits that hold in the pilot's program."""

    day: date
    limits: Limits


@dataclass(frozen=True)
class Hit:
    """What a rule found: how bad, counted from which day, since when over which limit.

    `details` are the plain values that its sentence is made of, kept as the flag's evidence.
    """

    severity: Severity
    since: date
    crossed_on: date
    limit: str
    details: Mapping[str, str | int] = field(default_factory=dict)
    serious_on: date | None = None  # the day it first was high: getting worse still does not restart it
    next_action: str = ""  # where the rule's own would be wrong for this pilot


@dataclass(frozen=True)
class Evidence:
    """A stored hit as its sentence is told on a later day."""

    since: date
    day: date
    limit: int
    details: Mapping[str, str | int]

    @property
    def days(self) -> int:
        return (self.day - self.since).days


def rule_key(code: str, subject: str) -> str:
    """Return a rule's name in addresses and settings: R-01, R-04-heard."""
    return f"{code}-{subject}" if subject else code


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One way to notice that a pilot is in trouble.

    `source` is the row of the requirements it comes from. `inputs` are the facts it reads.
    `eligible` says whom it can hit at all: the share of those it hits decides whether it is told per
    pilot or once for a program.
    """

    code: str
    subject: str = ""
    title: str
    kind: Kind
    pattern: Pattern
    source: str
    inputs: frozenset[str]
    limits: tuple[Limit, ...]
    eligible: Callable[[Facts], bool]
    judge: Callable[[Facts, Look], Hit | None]
    # Whether the pilot has been here long enough to be hit; the share of a program counts only those.
    could_hit: Callable[[Facts, Look], bool] = lambda facts, look: True
    # Whether nobody can call a pilot well that it hits hard, even where it is told once for the program.
    denies_health: bool = True
    # Whether it makes a pilot blocked: somebody wants to go on, and what it found is in the way.
    blocks: bool = False
    # The group of facts it reads beside the named ones (`Facts.known_to`); none is read for nothing.
    floor: type | None = None
    fact: Callable[[Evidence], str]
    shared: Callable[[int, int], str]  # (hit, eligible) → “31 of 40 pilots have no production owner”
    next_action: str
    clears_when: str
    unblockers: tuple[OwnerRole, ...]

    @cached_property
    def key(self) -> str:
        return rule_key(self.code, self.subject)

    @property
    def default_limits(self) -> dict[str, int]:
        return {limit.name: limit.value for limit in self.limits}


# What the form of the limits asks for beside them, and its buttons.
NOT_LIMITS = frozenset({"reason", "try", "back"})


class Registry:
    """The rules of all floors, by key. Upper floors add theirs when the site starts."""

    def __init__(self) -> None:
        self._rules: dict[str, Rule] = {}

    def add(self, *rules: Rule) -> None:
        for rule in rules:
            if rule.key in self._rules:
                raise ValueError(f"There is a rule {rule.key} already.")
            if taken := NOT_LIMITS.intersection(rule.default_limits):
                names = ", ".join(sorted(taken))
                raise ValueError(f"{rule.key} has a limit called {names}, as another field of its form is.")
            self._rules[rule.key] = rule

    def __iter__(self) -> Iterator[Rule]:
        return iter(sorted(self._rules.values(), key=lambda rule: rule.key))

    def __len__(self) -> int:
        return len(self._rules)

    def get(self, key: str) -> Rule | None:
        return self._rules.get(key)

    def of(self, code: str, subject: str) -> Rule | None:
        return self._rules.get(rule_key(code, subject))


RULES = Registry()


def floors_of(rules: Iterable[Rule]) -> frozenset[type]:
    """Return the groups of facts that these rules read."""
    return frozenset(rule.floor for rule in rules if rule.floor is not None)


def worst_passed(clock: date, look: Look, limits: tuple[Limit, ...], *, beyond: bool = False) -> Hit | None:
    """Return the most severe limit a clock has reached, or with `beyond` has passed by a day."""
    extra = timedelta(days=1 if beyond else 0)
    return worst_of(
        [
            Hit(limit.severity, clock, crossed, limit.name)
            for limit in limits
            if look.day >= (crossed := clock + timedelta(days=look.limits[limit.name]) + extra)
        ]
    )


def worst_of(hits: Sequence[Hit]) -> Hit | None:
    """Return the most severe of what a rule found on one pilot, which keeps the day it first was serious.

    Of equals the one that was passed first.
    """
    if not hits:
        return None
    serious = [hit.serious_on or hit.crossed_on for hit in hits if hit.severity in SERIOUS]
    worst = min(hits, key=lambda hit: (-hit.severity.rank, hit.crossed_on))
    return replace(worst, serious_on=min(serious, default=None))

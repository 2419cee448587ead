"""What is known of how a pilot is made to run: its connections, its steps to everybody, its model. Plain."""

from dataclasses import dataclass
from datetime import date

from pilots.rules.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Something it reads from or writes to. What `is_tested` is connected too."""

    name: str
    is_source: bool
    is_live: bool  # the real thing, and connected; not known is not live
    is_connected: bool
    is_tested: bool
    has_contract: bool
    is_checked: bool  # somebody looked at the quality of what comes from it


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step on the way to everybody; `share` is 0 to 100, of the real work it decides.

    `few_since` is the day from which it was measured with few before this step raised the share, as
    `pilots.rollout` counts the thirty days; None where the step raises nothing or no small group came before.
    `few_paused` is how many days since then it was held or frozen.
    """

    number: int
    share: int
    starts_on: date
    is_shadow: bool
    has_result: bool
    is_decided: bool
    is_rolled_back: bool
    few_since: date | None = None
    few_paused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderModel:
    """The live version of a model that a provider may change unasked, and when it was last evaluated."""

    label: str
    provider: str
    changed_on: date
    evaluated_on: date  # the newest evidence of an evaluation
    is_evaluated: bool  # the record says of this version that it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """What somebody wrote down of a pilot on its way to production and there."""

    links: tuple[Link, ...] = ()
    stands_alone: bool = False  # somebody said why it connects to nothing
    steps: tuple[Step, ...] = ()  # in the order of their numbers
    # The last day on which a step, or anything else, was decided, shifted by what paused the pilot since.
    decided_on: date | None = None
    model: ProviderModel | None = None
    let_pass: frozenset[str] = frozenset()  # requirements and gates with a waiver in force
    may_expand_early: bool = False  # the thirty days were waived, now or when a step began

    def is_let_pass(self, *subjects: str) -> bool:
        return any(subject in self.let_pass for subject in subjects)


def record(facts: Facts) -> Production:
    return facts.known_to(Production)

"""How a rollout may run: small first, larger only after a decision, thirty days with few. Plain rules.

Source rows S1-16, S3-18 and S3-24. The steps are those of one pilot in the order of their numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from pilots.calendar import Day
from pilots.design import RolloutKind, RolloutOutcome

EVERYBODY = 100
MEASURED_FOR = timedelta(days=30)
# More than this at once is told to be a big bang; ours.
LARGE_LEAP = 50
TOO_EARLY = "too-early"  # the one fault that can be waived
EXPAND_EARLY = "expand-early"  # what a waiver of it is called
SMALL = frozenset({RolloutKind.CANARY.value, RolloutKind.LIMITED.value})
LARGE = frozenset({RolloutKind.EXPANDED.value, RolloutKind.FULL.value})


class Step(Protocol):
    """What the rules read of a step. `share_percent` is 0 to 100, of the real work it decides."""

    number: int
    kind: str
    share_percent: int
    starts_on: date
    ends_on: date | None
    rollback_when: str
    outcome: str


@dataclass(frozen=True)
class Fault:
    """Why a step cannot be so; `field` is the one to put right."""

    sentence: str
    field: str
    code: str


def named(step: Step) -> str:
    return f"step {step.number}, {RolloutKind(step.kind).label.lower()}"


def faults_of_step(step: Step) -> list[Fault]:
    """Return what is wrong with a step by itself."""
    faults = _faults_of_share(step)
    if step.ends_on is not None and step.ends_on < step.starts_on:
        sentence = f"It ends on {Day(step.ends_on)}, before it starts on {Day(step.starts_on)}."
        faults.append(Fault(sentence, "ends_on", "order"))
    if step.kind in SMALL and not step.rollback_when:
        sentence = "Say at which sign you go back, such as: more than 2 % wrong in a week."
        faults.append(Fault(sentence, "rollback_when", "required"))
    return faults


def _faults_of_share(step: Step) -> list[Fault]:
    share = step.share_percent
    sentence, field, code = "", "share_percent", "share"
    if not 0 <= share <= EVERYBODY:
        sentence = "A share lies between 0 and 100 %."
    elif step.kind == RolloutKind.SHADOW.value and share:
        sentence = "A shadow run decides nothing, so its share is 0 %."
    elif step.kind != RolloutKind.SHADOW.value and not share:
        sentence = "In this step it decides something: write a share above 0 %."
    elif step.kind == RolloutKind.FULL.value and share < EVERYBODY:
        sentence = "Everybody is 100 %."
    elif step.kind != RolloutKind.FULL.value and share == EVERYBODY:
        sentence, field, code = "100 % is everybody. Choose that, or a smaller share.", "kind", "kind"
    return [Fault(sentence, field, code)] if sentence else []


def faults_in_order(
    steps: Sequence[Step], place: int, today: date, *, may_expand_early: bool = False
) -> list[Fault]:
    """Return what is wrong with the step at this place (from 0) because of those before it."""
    step, before = steps[place], steps[:place]
    if not before and step.share_percent >= EVERYBODY:
        sentence = "Nobody starts with everybody. Begin with a shadow run or a canary."
        return [Fault(sentence, "share_percent", "all-first")]
    faults = []
    if before:
        last = before[-1]
        if step.starts_on < last.starts_on:
            sentence = f"It cannot start before {named(last)}, which starts on {Day(last.starts_on)}."
            faults.append(Fault(sentence, "starts_on", "order"))
        faults += _faults_of_growth(step, last, today)
    if step.kind in LARGE and not may_expand_early:
        faults += _faults_of_haste(step, before)
    return faults


def _faults_of_growth(step: Step, last: Step, today: date) -> list[Fault]:
    """A larger share may be planned for a later day; it starts only after “go on”."""
    if step.share_percent <= last.share_percent or last.outcome == RolloutOutcome.PROCEED.value:
        return []
    if last.outcome:
        sentence = (
            f"After {named(last)}, it was decided: {RolloutOutcome(last.outcome).label.lower()}. "
            f"A share above {last.share_percent} % needs “go on” first."
        )
        return [Fault(sentence, "share_percent", "not-to-grow")]
    if step.starts_on > today and not step.outcome:
        return []
    sentence = (
        f"Nothing is decided yet after {named(last)}. Decide it first; "
        f"a share above {last.share_percent} % starts only after “go on”."
    )
    return [Fault(sentence, "share_percent", "undecided")]


def _faults_of_haste(step: Step, before: Sequence[Step]) -> list[Fault]:
    base = small_group(before)
    if base is None:
        sentence = "No small group comes before. Plan a canary or a limited group first, and 30 days with it."
        return [Fault(sentence, "kind", TOO_EARLY)]
    first = base.starts_on + MEASURED_FOR
    if step.starts_on >= first:
        return []
    sentence = (
        f"Thirty days with few come first: {named(base)}, starts on {Day(base.starts_on)}, "
        f"so this starts on {Day(first)} or later."
    )
    return [Fault(sentence, "starts_on", TOO_EARLY)]


def small_group(before: Sequence[Step]) -> Step | None:
    """Return the step whose start the thirty days count from.

    It is the first limited group, or else the first canary, since the last time it was rolled back.
    """
    found: Step | None = None
    for step in before:
        if step.outcome == RolloutOutcome.ROLLED_BACK.value:
            found = None
        elif step.kind in SMALL and (
            found is None
            or (found.kind == RolloutKind.CANARY.value and step.kind == RolloutKind.LIMITED.value)
        ):
            found = step
    return found


def leap(steps: Sequence[Step]) -> tuple[int, int] | None:
    """Return the shares before and after the first large leap; None where all steps are small enough."""
    share = 0
    for step in steps:
        if step.share_percent - share > LARGE_LEAP:
            return share, step.share_percent
        share = step.share_percent
    return None

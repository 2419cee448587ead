"""Judges facts by all rules, and says which rules hit so widely that they are told once. Plain functions."""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from datetime import date

from pilots.rules.facts import Facts
from pilots.rules.registry import Hit, Limits, Look, Rule

# On a real register of 1,178 active pilots, plain defaults flagged 1,156 of them. A rule that hits more
# than this share of a program says something of the program, not of the pilots. (docs/rules.md)
WIDESPREAD_PERCENT = 40
FEWEST = 10

Mark = tuple[int, str]  # a program's id and a rule's key
LimitsOf = Callable[[Rule, int], Limits]


@dataclass
class Verdict:
    """What the rules say of one pilot, by rule key; a rule that failed says nothing, good or bad."""

    hits: dict[str, Hit] = field(default_factory=dict)
    eligible: set[str] = field(default_factory=set)
    failed: dict[str, Exception] = field(default_factory=dict)


def judge(
    rules: Iterable[Rule],
    facts: Facts,
    day: date,
    limits_of: LimitsOf,
    *,
    stops: tuple[type[Exception], ...] = (),
) -> Verdict:
    """Return what each rule finds on one pilot on a day of its program.

    `stops` are raised: what ends the worker that asks is no fault of the rule it happens to be in.
    """
    verdict = Verdict()
    for rule in rules:
        try:
            if not rule.eligible(facts):
                continue
            look = Look(day, limits_of(rule, facts.program_id))
            hit, could_hit = rule.judge(facts, look), rule.could_hit(facts, look)
        except stops:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever one rule does wrong, the others go on
            verdict.failed[rule.key] = error
            continue
        if could_hit or hit is not None:
            verdict.eligible.add(rule.key)
        if hit is not None:
            verdict.hits[rule.key] = hit
    return verdict


@dataclass
class Count:
    """How many pilots a rule could hit, and how many it hits."""

    eligible: int = 0
    hit: int = 0

    def add(self, other: "Count") -> None:
        self.eligible += other.eligible
        self.hit += other.hit

    @property
    def is_widespread(self) -> bool:
        return self.eligible >= FEWEST and self.hit * 100 > self.eligible * WIDESPREAD_PERCENT


@dataclass
class Tally:
    """Counts by program and rule. Confidential pilots are in no aggregate, so they are not counted."""

    counts: dict[Mark, Count] = field(default_factory=dict)

    def add(self, facts: Facts, verdict: Verdict) -> None:
        if facts.is_confidential:
            return
        for key in verdict.eligible:
            count = self.counts.setdefault((facts.program_id, key), Count())
            count.eligible += 1
            count.hit += key in verdict.hits

    def widespread(self, alone: Container[int] = ()) -> set[Mark]:
        """Return where a rule is told once.

        Programs with fewer than ten eligible pilots are too small to tell by themselves, so they are
        looked at together; those in `alone` (the sample) never are.
        """
        found: set[Mark] = set()
        pools: dict[str, tuple[Count, set[Mark]]] = {}
        for mark, count in self.counts.items():
            if count.is_widespread:
                found.add(mark)
            elif count.eligible < FEWEST and mark[0] not in alone:
                pooled, members = pools.setdefault(mark[1], (Count(), set()))
                pooled.add(count)
                if count.hit:
                    members.add(mark)
        for pooled, members in pools.values():
            if pooled.is_widespread:
                found |= members
        return found

"""Tries limits on the past: reads the facts of every past day and counts what a rule would have found.

Pilots are taken in chunks, each over all days, so memory does not grow with their number; of a pilot that
was looked at only its episodes are kept. After each chunk it can pause, and go on at another time.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded

from pilots.limits import LimitsInForce
from pilots.models import Pilot, PilotQuerySet
from pilots.replays import Then
from pilots.rules.backtest import Backtest, Watch
from pilots.rules.backtest_kept import pack, unpack
from pilots.rules.facts import Facts
from pilots.rules.registry import Limits, Rule, floors_of

log = logging.getLogger(__name__)

CHUNK = 500  # a chunk that is begun when time is over is lost, so it must not take too long
FORM = 1  # of what is kept; what another release kept in another form is begun anew
Say = Callable[[int], None]


@dataclass
class Progress:
    """How far a backtest is: what was found on the pilots up to `after`, an id.

    `limits` are those in force when it began: what somebody sets meanwhile must not change it halfway.
    """

    limits: LimitsInForce
    found: Backtest
    after: int = 0
    done: int = 0  # pilots times days
    chunk: int = field(default_factory=lambda: CHUNK)
    failed: set[int] = field(default_factory=set)  # pilots the rule could not judge: in no figure
    programs: set[int] = field(default_factory=set)

    @classmethod
    def begin(cls, limits: LimitsInForce, *, first: date, last: date) -> "Progress":
        return cls(limits, Backtest(first, last))

    @classmethod
    def go_on(cls, kept: Mapping[str, Any], rule: Rule, *, first: date, last: date) -> "Progress | None":
        """Return what was kept of this rule; None where there is nothing to go on from."""
        if kept.get("form") != FORM:
            return None
        of_programs = {(program, rule.key): limits for program, limits in kept["of_programs"]}
        return cls(
            LimitsInForce({rule.key: kept["of_site"]}, of_programs),
            unpack(kept["found"], first=first, last=last),
            after=kept["after"],
            done=kept["done"],
            chunk=kept["chunk"],
            failed=set(kept["failed"]),
            programs=set(kept["programs"]),
        )

    def kept(self, rule: Rule) -> dict[str, Any]:
        """Return it as plain values."""
        of_programs = self.limits.of_programs.items()
        return {
            "form": FORM,
            "of_site": self.limits.for_site(rule),
            "of_programs": [[program, limits] for (program, key), limits in of_programs if key == rule.key],
            "found": pack(self.found),
            "after": self.after,
            "done": self.done,
            "chunk": self.chunk,
            "failed": sorted(self.failed),
            "programs": sorted(self.programs),
        }


def run_backtest(
    rule: Rule,
    limits: Limits,
    pilots: PilotQuerySet,
    *,
    program: int | None,
    in_force: LimitsInForce,
    first: date,
    last: date,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Return what a rule would have flagged by `limits`, and by those in force, as plain values.

    `limits` are tried for one program, or (None) wherever a program has none of its own: that one keeps
    its own. `say` is told after each day how many pilots times days were looked at; what it raises ends it.
    """
    return go_on(rule, limits, pilots, Progress.begin(in_force, first=first, last=last), program, say)


def go_on(
    rule: Rule, limits: Limits, pilots: PilotQuerySet, progress: Progress, program: int | None, say: Say
) -> dict[str, Any]:
    """Go on from where it is, and return the same as without a pause.

    `progress` is moved on after each chunk of pilots. What `say` raises loses the chunk that was begun.
    """
    first, last = progress.found.first, progress.found.last
    looking = _Looking(rule, limits, program, progress.limits)
    days = (last - first).days + 1
    while ids := _next(pilots, progress):
        then = Then(
            Pilot.objects.filter(pk__in=ids),
            first=first,
            last=last,
            floors=floors_of([rule]),
            from_history=True,
        )
        watches: dict[int, Watch] = {}
        for place in range(days):
            day = first + timedelta(days=place)
            for facts in then.on(day):
                watch = watches.get(facts.pilot_id)
                if watch is None:
                    watch = watches[facts.pilot_id] = Watch.begin(first)
                looking.look(watch, facts, day)
            say(progress.done + len(ids) * (place + 1))
        for pk, watch in watches.items():
            if pk not in looking.failed:
                progress.found.add(pk, watch)
        progress.failed |= looking.failed
        progress.programs |= looking.programs
        progress.done += len(ids) * days
        progress.after = ids[-1]
    apart = looking.apart(progress.programs)
    return progress.found.as_json() | {"failed": len(progress.failed), "programs_apart": apart}


def _next(pilots: PilotQuerySet, progress: Progress) -> Sequence[int]:
    """Return the ids of the next pilots; they are read before their days, so a day changes none of them."""
    rows = pilots.filter(pk__gt=progress.after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[: progress.chunk])


class _Looking:
    """One rule with the limits of every program, in force and proposed."""

    def __init__(self, rule: Rule, limits: Limits, program: int | None, in_force: LimitsInForce) -> None:
        self._rule, self._limits, self._program, self._in_force = rule, limits, program, in_force
        self._known: dict[int, tuple[Limits, Limits]] = {}
        self.failed: set[int] = set()  # pilots the rule could not judge on some day

    def look(self, watch: Watch, facts: Facts, day: date) -> None:
        if facts.pilot_id in self.failed:
            return
        in_force, proposed = self._of(facts.program_id)
        try:
            watch.see(self._rule, facts, day, in_force, proposed)
        except SoftTimeLimitExceeded:  # it is the worker's time that is over, no fault of the rule
            raise
        except Exception:  # one pilot must not cost the figures of all; it is counted and told
            log.exception("The rule %s failed on pilot %s for %s", self._rule.key, facts.pilot_id, day)
            self.failed.add(facts.pilot_id)

    def _of(self, program: int) -> tuple[Limits, Limits]:
        if program not in self._known:
            in_force = self._in_force.of(self._rule, program)
            keeps = self._program is None and (program, self._rule.key) in self._own
            self._known[program] = (in_force, in_force if keeps else self._limits)
        return self._known[program]

    @property
    def _own(self) -> set[tuple[int, str]]:
        return {mark for mark, limits in self._in_force.of_programs.items() if limits}

    @property
    def programs(self) -> set[int]:
        """The programs whose pilots were looked at."""
        return set(self._known)

    def apart(self, programs: set[int]) -> int:
        """Return how many of these programs keep limits of their own, whatever the site sets."""
        if self._program is not None:
            return 0
        return sum((program, self._rule.key) in self._own for program in programs)

"""Tries limits on the past: reads the facts of every past day and counts what a rule would have found.

Pilots are taken in chunks, each over all days, so memory does not grow with their number; of a pilot that
was looked at only its episodes are kept.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded

from pilots.limits import LimitsInForce
from pilots.models import Pilot, PilotQuerySet
from pilots.replays import Then
from pilots.rules.backtest import Backtest, Watch
from pilots.rules.facts import Facts
from pilots.rules.registry import Limits, Rule, floors_of

log = logging.getLogger(__name__)

CHUNK = 1000
Say = Callable[[int], None]


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
    looking = _Looking(rule, limits, program, in_force)
    found = Backtest(first, last)
    days = (last - first).days + 1
    done = 0
    for ids in _chunks(pilots):
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
            done += len(ids)
            say(done)
        for pk, watch in watches.items():
            if pk not in looking.failed:
                found.add(pk, watch)
    return found.as_json() | {"failed": len(looking.failed), "programs_apart": looking.programs_apart}


class _Looking:
    """One rule with the limits of every program, in force and proposed."""

    def __init__(self, rule: Rule, limits: Limits, program: int | None, in_force: LimitsInForce) -> None:
        self._rule, self._limits, self._program, self._in_force = rule, limits, program, in_force
        self._known: dict[int, tuple[Limits, Limits]] = {}
        self.failed: set[int] = set()  # pilots the rule could not judge on some day: in no figure

    def look(self, watch: Watch, facts: Facts, day: date) -> None:
        if facts.pilot_id in self.failed:
            return
        in_force, proposed = self._of(facts.program_id)
        try:
            watch.see(self._rule, facts, day, in_force, proposed)
        except SoftTimeLimitExceeded:  # it is the worker's time that is over, no fault of the rule
            raise
        except Exception:
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
    def programs_apart(self) -> int:
        """How many programs keep limits of their own, whatever the site sets."""
        if self._program is not None:
            return 0
        return sum((program, self._rule.key) in self._own for program in self._known)


def _chunks(pilots: PilotQuerySet) -> Iterator[list[int]]:
    """Yield the ids of these pilots, some at a time; they are read first, so a day changes none of them."""
    ids = list(pilots.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]

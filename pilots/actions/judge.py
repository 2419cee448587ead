"""Runs the rules over pilots and keeps their flags: opens, escalates, refreshes and closes.

`scan` looks at everybody and heals whatever a lost check left behind; `check_pilots` looks at those that
just changed; `replay` says what a past day would have shown and writes nothing. All three judge by
`rules.engine`. Flags and health never raise a pilot's version.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from django.db import transaction

from pilots.access.models import Program, Source
from pilots.actions.by import By
from pilots.actions.flag_giving import free_unseen
from pilots.actions.flag_rows import FlagRows, Found, OpenFlags
from pilots.facts import facts_on, facts_today
from pilots.floors import one_look
from pilots.limits import LimitsInForce, limits_in_force
from pilots.models import Flag, Pilot, PilotQuerySet, ProgramLine
from pilots.rules import RULES
from pilots.rules.asked import is_granted
from pilots.rules.engine import Mark, Tally, Verdict, judge
from pilots.rules.facts import NOT_REPLAYED, Facts
from pilots.rules.registry import rule_key

log = logging.getLogger(__name__)

# Pilots read, and locked, at a time. On SQLite nobody else writes meanwhile: 0.7 s where nothing changes,
# up to 1.6 s where every flag is new; writers wait up to 20 s (docs/performance.md).
CHUNK = 1000
STOPS = (SoftTimeLimitExceeded,)  # the time of the worker is over: no fault of the rule it is in
Progress = Callable[[int, int], None]


@dataclass
class RuleCount:
    """What one rule found and what became of its flags."""

    eligible: int = 0
    hit: int = 0
    opened: int = 0
    escalated: int = 0
    refreshed: int = 0
    closed: int = 0
    widespread: int = 0


@dataclass
class Outcome:
    """What one scan did. `written` is false for a replay."""

    as_of: date
    written: bool = True
    pilots: int = 0
    rules: dict[str, RuleCount] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    not_replayed: dict[str, str] = field(default_factory=dict)

    def of(self, key: str) -> RuleCount:
        return self.rules.setdefault(key, RuleCount())

    def total(self, what: str) -> int:
        return sum(getattr(count, what) for count in self.rules.values())

    def as_json(self) -> dict[str, Any]:
        totals = {name: self.total(name) for name in ("opened", "escalated", "refreshed", "closed")}
        return {
            "as_of": self.as_of.isoformat(),
            "written": self.written,
            "pilots": self.pilots,
            **totals,
            "rules": {key: asdict(count) for key, count in sorted(self.rules.items())},
            "failed": self.failed,
            "not_replayed": self.not_replayed,
        }

    def note(self, verdict: Verdict) -> None:
        for key in verdict.eligible:
            self.of(key).eligible += 1
        for key in verdict.hits:
            self.of(key).hit += 1
        self.note_failures(verdict)

    def note_failures(self, verdict: Verdict) -> None:
        for key, error in verdict.failed.items():
            if key not in self.failed:
                log.error("Rule %s failed", key, exc_info=error)
            self.failed[key] = f"{type(error).__name__}: {error}"


# --- The three ways to look ---------------------------------------------------------


@one_look()
def scan(*, at: datetime, program: Program | None = None, progress: Progress | None = None) -> Outcome:
    """Look at every pilot (of a program) as it is now, and keep flags, program lines and health true.

    Each chunk is locked, judged once and written, by what the last scan found widespread; so memory stays
    flat. What is widespread now is known when all are counted: where it is something else, the flags it
    concerns are told the other way in a second, small pass. Safe to run beside itself: the rows decide.
    Whoever was to see to a flag and does not see its pilot any longer is taken off it.
    What is logged meanwhile is left to the check after its own commit, and to the next scan.
    """
    judging = _Judging(at=at, outcome=Outcome(as_of=at.date()))
    every = judging.there.filter(program=program) if program else judging.there
    judging.widespread = before = _told_once()
    total, done = every.count(), 0
    # What is widespread is a matter of the whole site, so the count is never narrowed to one program.
    for ids in _chunks(judging.there.exclude(program=program)) if program else ():
        for facts, verdict in judging.look(facts_today(Pilot.objects.filter(pk__in=ids), at=at)):
            judging.tally.add(facts, verdict)
    for ids in _chunks(every):
        judging.settle(ids)
        done += len(ids)
        if progress:
            progress(done, total)
    judging.widespread = judging.tally.widespread(alone=judging.samples)
    changed = {mark for mark in before ^ judging.widespread if program is None or mark[0] == program.pk}
    for ids in _chunks(_told_wrongly(changed)) if changed else ():
        judging.retell(ids, changed)
    judging.note_widespread()
    _write_lines(judging.tally, judging.widespread, at=at, program=program)
    free_unseen(by=By(user=None, at=at, source=Source.JOB), program=program)
    return judging.outcome


@one_look()
def check_pilots(ids: Sequence[int], *, at: datetime) -> Outcome:
    """Look at some pilots that just changed. What is widespread stays as the last scan counted it."""
    judging = _Judging(at=at, outcome=Outcome(as_of=at.date()))
    judging.widespread = _told_once()
    for start in range(0, len(ids), CHUNK):
        judging.settle(ids[start : start + CHUNK])
    judging.note_widespread()
    return judging.outcome


@one_look()
def replay(day: date, *, at: datetime, program: Program | None = None) -> Outcome:
    """Return what the rules would have found at the end of a past day; writes nothing.

    `opened` counts what would be flagged one by one, `widespread` what a program line would tell.
    """
    outcome = Outcome(as_of=day, written=False, not_replayed=dict(NOT_REPLAYED))
    judging = _Judging(at=at, outcome=outcome, day=day)
    every = judging.there.filter(program=program) if program else judging.there
    tally = Tally()
    found: dict[Mark, int] = {}
    for ids in _chunks(every):
        for facts, verdict in judging.look(facts_on(Pilot.objects.filter(pk__in=ids), day)):
            tally.add(facts, verdict)
            outcome.note(verdict)
            outcome.pilots += 1
            for key in verdict.hits:
                mark = (facts.program_id, key)
                found[mark] = found.get(mark, 0) + 1
    widespread = tally.widespread(alone=judging.samples)
    for (program_id, key), hits in found.items():
        count = outcome.of(key)
        if (program_id, key) in widespread:
            count.widespread += hits
        else:
            count.opened += hits
    return outcome


def _chunks(pilots: PilotQuerySet) -> Iterator[list[int]]:
    last = 0
    while ids := list(pilots.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        yield ids
        last = ids[-1]


def _told_once() -> set[Mark]:
    """Return what the last scan found widespread."""
    lines = ProgramLine.objects.values_list("program_id", "rule", "subject")
    return {(program_id, rule_key(rule, subject)) for program_id, rule, subject in lines}


def _told_wrongly(changed: set[Mark]) -> PilotQuerySet:
    """Return the pilots that may have flags of these marks."""
    rules = [rule for rule in (RULES.get(key) for _, key in changed) if rule is not None]
    flagged = Flag.objects.open().filter(rule__in={rule.code for rule in rules})
    programs = {program_id for program_id, _ in changed}
    return Pilot.objects.filter(program__in=programs, pk__in=flagged.values("pilot"))


def _write_lines(tally: Tally, widespread: set[Mark], *, at: datetime, program: Program | None) -> None:
    """Put the lines of this count in place of the last ones; of one program, where only it was settled."""
    lines = []
    for program_id, key in sorted(widespread):
        rule, count = RULES.get(key), tally.counts[program_id, key]
        if rule is not None and (program is None or program.pk == program_id):
            lines.append(
                ProgramLine(
                    program_id=program_id,
                    rule=rule.code,
                    subject=rule.subject,
                    eligible=count.eligible,
                    hit=count.hit,
                    counted_at=at,
                )
            )
    with transaction.atomic():
        # Programs locked first, so that of two scans at once the later one finds the earlier one's lines.
        list(Program.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        counted = ProgramLine.objects.filter(program=program) if program else ProgramLine.objects.all()
        counted.delete()
        ProgramLine.objects.bulk_create(lines)


class _Judging:
    """One look at many pilots: its moment, the limits that hold, what is widespread, and the counts.

    `there` are the pilots it may find on its way: none that was logged after it began, and none of a program
    whose day it does not know.
    """

    def __init__(self, *, at: datetime, outcome: Outcome, day: date | None = None) -> None:
        self.at = at
        self.outcome = outcome
        self.widespread: set[Mark] = set()
        self.tally = Tally()
        self._hits: Counter[Mark] = Counter()
        self._limits: LimitsInForce = limits_in_force()
        self._rules = tuple(RULES)  # in their order, which would else be worked out for each pilot
        programs = list(Program.objects.order_by("pk"))
        self._days = {program.pk: day or program.today(at) for program in programs}
        self.samples = {program.pk for program in programs if program.is_sample}
        last = Pilot.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.there = Pilot.objects.filter(pk__lte=last, program__in=list(self._days))

    def look(self, found: Sequence[Facts]) -> Iterator[tuple[Facts, Verdict]]:
        for facts in found:
            yield facts, judge(self._rules, facts, self._days[facts.program_id], self._limits.of, stops=STOPS)

    def settle(self, ids: Sequence[int]) -> None:
        """Lock these pilots, judge them as they are now, and write what follows.

        As many statements for a thousand pilots as for ten.
        """
        granted = []
        with self._locked(ids) as (pilots, known, rows):
            for facts, verdict in self.look(
                facts_today(Pilot.objects.filter(pk__in=list(pilots)), at=self.at)
            ):
                self.outcome.note(verdict)
                self.outcome.pilots += 1
                self.tally.add(facts, verdict)
                self._compare(pilots[facts.pilot_id], verdict, known[facts.pilot_id], rows)
                if is_granted(facts):
                    granted.append(facts.pilot_id)
            if granted:
                Pilot.objects.filter(pk__in=granted).update(wanted_stage="", wanted_on=None)

    def retell(self, ids: Sequence[int], changed: set[Mark]) -> None:
        """Tell the flags of these marks as what is widespread now says; what was judged stays."""
        with self._locked(ids) as (pilots, known, rows):
            for pk, flags in known.items():
                for key, flag in flags.items():
                    mark = (pilots[pk].program_id, key)
                    if mark in changed and rows.retell(flag, is_widespread=mark in self.widespread):
                        self.outcome.of(key).refreshed += flag.opened_at < self.at

    def note_widespread(self) -> None:
        for mark, hits in self._hits.items():
            self.outcome.of(mark[1]).widespread += hits if mark in self.widespread else 0

    @contextmanager
    def _locked(self, ids: Sequence[int]) -> Iterator[tuple[dict[int, Pilot], OpenFlags, FlagRows]]:
        """Give these pilots, locked, with their open flags; write what was collected on the way out."""
        with transaction.atomic():
            locked = (
                Pilot.objects.filter(pk__in=ids)
                .select_related("program")
                .order_by("pk")
                .select_for_update(of=("self",), no_key=True)
            )
            pilots = {pilot.pk: pilot for pilot in locked}
            known: OpenFlags = {pk: {} for pk in pilots}
            for flag in Flag.objects.open().filter(pilot__in=list(pilots)).order_by("pk"):
                known[flag.pilot_id][flag.rule_key] = flag
            rows = FlagRows(By(user=None, at=self.at, source=Source.JOB), self._days)
            yield pilots, known, rows
            rows.write(pilots, known)

    def _compare(self, pilot: Pilot, verdict: Verdict, known: dict[str, Flag], rows: FlagRows) -> None:
        for key, hit in verdict.hits.items():
            rule = RULES.get(key)
            if rule is None:
                continue
            found = Found(
                rule=rule,
                hit=hit,
                limit=self._limits.of(rule, pilot.program_id)[hit.limit],
                is_widespread=(pilot.program_id, key) in self.widespread,
            )
            count = self.outcome.of(key)
            self._hits[pilot.program_id, key] += 1
            flag = known.get(key)
            if flag is None:
                known[key] = rows.open(pilot, found)
                count.opened += 1
            elif hit.severity.rank > flag.at_severity.rank:
                rows.escalate(flag, pilot, found)
                count.escalated += 1
            elif rows.refresh(flag, pilot, found):
                count.refreshed += 1
        for key in set(known) - set(verdict.hits) - set(verdict.failed):
            rows.close(known.pop(key), pilot)
            self.outcome.of(key).closed += 1

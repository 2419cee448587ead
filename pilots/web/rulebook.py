"""The rules as one reader finds them: limits in force, who set them, and how many pilots each flags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from pilots.access.models import Program, User
from pilots.chunks import in_chunks
from pilots.facts import facts_today
from pilots.floors import one_look
from pilots.limits import LimitsInForce, limits_in_force
from pilots.models import Flag, Pilot, PilotQuerySet, ProgramLine, RuleSetting
from pilots.rules import RULES
from pilots.rules.book import limit_words
from pilots.rules.engine import Count, judge
from pilots.rules.registry import Limit, Limits, Rule, floors_of, rule_key
from pilots.web.kept import kept_for


@dataclass
class Entry:
    """One rule. `limits` hold in the program asked for, else wherever a program set none of its own.

    `count` is of the countable pilots the reader sees; `lines` are the programs where it is told once;
    `history` is every setting the reader may know of, newest first.
    """

    rule: Rule
    limits: Limits
    program: Program | None = None
    count: Count = field(default_factory=Count)
    lines: list[ProgramLine] = field(default_factory=list)
    history: list[RuleSetting] = field(default_factory=list)

    @property
    def said_limits(self) -> list[tuple[Limit, str]]:
        """Each limit with “90 days since it was proven”."""
        return [(limit, limit_words(limit, self.limits[limit.name])) for limit in self.rule.limits]

    @property
    def setting(self) -> RuleSetting | None:
        """Who set what is in force here; None while it is what Headway proposes."""
        return (self.program and self.setting_of(self.program)) or self.setting_of(None)

    def setting_of(self, program: Program | None) -> RuleSetting | None:
        newest = next((row for row in self.history if row.program == program), None)
        return newest if newest and newest.limits else None

    @property
    def overrides(self) -> list[RuleSetting]:
        """The settings in force of single programs, by the program's name."""
        programs = {row.program for row in self.history if row.program}
        found = [self.setting_of(program) for program in sorted(programs, key=lambda program: program.name)]
        return [setting for setting in found if setting]


def read_rulebook(
    reader: User, *, at: datetime, program: Program | None = None, rules: Sequence[Rule] | None = None
) -> list[Entry]:
    """Return the rules as this reader finds them.

    Each thousand pilots cost a fixed number of queries; a second look counts none anew (`kept_for`).
    """
    asked = list(RULES) if rules is None else list(rules)
    limits = limits_in_force()
    entries = {
        rule.key: Entry(rule, limits.of(rule, program.pk) if program else limits.for_site(rule), program)
        for rule in asked
    }
    for row in _history(reader, list(entries)):
        entries[row.rule].history.append(row)
    pilots = Pilot.objects.visible_to(reader).countable(reader, of=program)
    for line in _lines(reader, program):
        key = rule_key(line.rule, line.subject)
        if key in entries:
            entries[key].lines.append(line)
    days = {
        pk: at.astimezone(ZoneInfo(zone)).date() for pk, zone in Program.objects.values_list("pk", "zone")
    }
    counts = kept_for(
        reader,
        "rulebook",
        (program.pk if program else None, sorted(days.items()), list(entries)),
        lambda: _counts(asked, pilots, days, limits),
    )
    for key, entry in entries.items():
        entry.count = counts[key]
    return list(entries.values())


def _history(reader: User, keys: list[str]) -> list[RuleSetting]:
    known = Q(program__isnull=True) | Q(program__in=Program.objects.visible_to(reader))
    rows = RuleSetting.objects.filter(known, rule__in=keys).select_related("program", "set_by")
    return list(rows.order_by("-pk"))


def _lines(reader: User, program: Program | None) -> list[ProgramLine]:
    """Return the lines of the programs whose pilots count for this reader."""
    if program is not None:
        programs = Program.objects.visible_to(reader).filter(pk=program.pk)
    else:
        counted = Pilot.objects.visible_to(reader).countable(reader)
        programs = Program.objects.visible_to(reader).filter(pk__in=counted.order_by().values("program"))
    lines = ProgramLine.objects.filter(program__in=programs).select_related("program")
    return list(lines.order_by("program__name", "pk"))


@one_look()
def _counts(
    rules: Sequence[Rule], pilots: PilotQuerySet, days: Mapping[int, date], limits: LimitsInForce
) -> dict[str, Count]:
    """Return how many of these pilots each rule could hit and flags, by its key; a thousand at a time."""
    counts = {rule.key: Count() for rule in rules}
    floors = floors_of(rules)
    for some in in_chunks(pilots):
        flags = Flag.objects.open().filter(pilot__in=some).values_list("pilot_id", "rule", "subject")
        flagged = {(pilot_id, rule_key(rule, subject)) for pilot_id, rule, subject in flags}
        for facts in facts_today(some, floors=floors):
            verdict = judge(rules, facts, days[facts.program_id], limits.of)
            for key, count in counts.items():
                is_hit = (facts.pilot_id, key) in flagged
                if is_hit or key in verdict.eligible:
                    count.eligible += 1
                    count.hit += is_hit
    return counts

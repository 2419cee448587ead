"""Program lines: what so many pilots share that it is said once, summed over the programs a reader sees."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.urls import reverse

from pilots.access.models import User
from pilots.models import Flag, PilotQuerySet, ProgramLine
from pilots.rules import RULES
from pilots.rules.registry import Rule, rule_key


@dataclass(frozen=True)
class SharedLine:
    """One rule told once. `eligible` is how many it could hit, of `active` pilots in those programs."""

    rule: Rule
    hit: int
    eligible: int
    active: int
    programs: list[str]
    url: str

    @property
    def title(self) -> str:
        return f"{self.rule.shared(self.hit, self.eligible)}: fix it once"

    @property
    def hit_said(self) -> str:
        return f"{self.hit:,}"

    @property
    def judged(self) -> str:
        """Return of how many it can tell at all.

        Of the others a day is not known, or it does not concern them: nobody says that they are well.
        """
        if self.active <= self.eligible:
            return ""
        return f"It can judge {self.eligible:,} of {self.active:,} active pilots there."

    @property
    def where(self) -> str:
        """Return which programs it sums up: their names, or how many they are."""
        if len(self.programs) > 3:
            return f"{len(self.programs)} programs"
        *others, last = self.programs
        return f"{', '.join(others)} and {last}" if others else last


def shared_lines(pilots: PilotQuerySet, reader: User, *, program: str = "") -> list[SharedLine]:
    """Return the lines of the programs these pilots are of, most widespread first; three queries.

    Hits are counted from the flags as they are now, so that a line says what its list holds; who could be
    hit was counted by the last scan. Confidential pilots and hidden samples are in neither number.
    """
    hits: dict[tuple[str, str, int], int] = {}
    flags = Flag.objects.open().filter(is_widespread=True, pilot__in=pilots)
    for rule, subject, program_id, count in flags.values_list("rule", "subject", "pilot__program").annotate(
        count=Count("pk")
    ):
        hits[rule, subject, program_id] = count
    known: dict[str, list[tuple[ProgramLine, int]]] = {}
    lines: QuerySet[ProgramLine] = ProgramLine.objects.visible_to(reader).select_related("program")
    for line in lines.order_by("program__name"):
        count = hits.get((line.rule, line.subject, line.program_id), 0)
        key = rule_key(line.rule, line.subject)
        if count and key in {rule.key for rule in RULES}:
            known.setdefault(key, []).append((line, count))
    active: dict[int, int] = {}
    if known:
        of_program = pilots.active().order_by().values_list("program").annotate(count=Count("pk"))
        active = dict(of_program)
    found = [_merged(key, members, active, program) for key, members in known.items()]
    return sorted(found, key=lambda line: (-line.hit, line.rule.key))


def _merged(
    key: str, members: list[tuple[ProgramLine, int]], active: dict[int, int], program: str
) -> SharedLine:
    rule = RULES.get(key)
    if rule is None:
        raise LookupError(key)
    hit = sum(count for _, count in members)
    query = {**({"program": program} if program else {}), "rule": key, "shared": "true"}
    return SharedLine(
        rule=rule,
        hit=hit,
        eligible=max(sum(line.eligible for line, _ in members), hit),
        active=sum(active.get(line.program_id, 0) for line, _ in members),
        programs=[line.program.name for line, _ in members],
        url=f"{reverse('pilots:pilot_list')}?{urlencode(query)}",
    )

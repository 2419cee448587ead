"""What waits for whom: open waits by function, longest first, and how long such waits have taken."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from statistics import median

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from pilots.access.permissions import OwnerRole
from pilots.gates import Playbook
from pilots.models import Pilot, Waiting
from pilots.playbook import PLAYBOOK
from pilots.readiness import playbooks_of
from pilots.web.scope import Scope
from pilots.web.spoken import days, number_word, spoken

SHOWN = 20  # of each function; the list of pilots has them all
FEWEST = 10  # ended waits, below which a median says nothing
LOOKED_BACK = timedelta(days=365)


@dataclass(frozen=True)
class WaitRow:
    """One requirement of one pilot that waits."""

    pilot: Pilot
    title: str
    since: str
    days: int
    note: str

    @property
    def waited(self) -> str:
        return days(self.days) if self.days else "since today"


@dataclass(frozen=True)
class Function:
    """What waits for one function. `took` says how long ended waits lasted, or that they are too few."""

    role: OwnerRole
    count: int
    rows: list[WaitRow]
    took: str

    @property
    def is_cut(self) -> bool:
        return self.count > len(self.rows)


class Waits:
    """Everything that waits in a scope, at a moment; six queries for any number of waits.

    Confidential pilots are in no total, so they are not on this page at all.
    """

    def __init__(self, scope: Scope, *, at: datetime) -> None:
        self.scope = scope
        self._at = at

    @cached_property
    def functions(self) -> list[Function]:
        """The functions something waits for, the one with most waits first."""
        rows = self._shown
        playbooks = playbooks_of({row.pilot.program_id for row in rows})
        found: dict[OwnerRole, list[WaitRow]] = {}
        for row in rows:
            told = self._row(row, playbooks)
            found.setdefault(OwnerRole(row.on_role), []).append(told)
        ended = self._ended
        return [
            Function(role, self._counts[role.value], found.get(role, []), took(ended.get(role.value, [])))
            for role in sorted(OwnerRole, key=lambda role: (-self._counts[role.value], role.label))
            if self._counts[role.value]
        ]

    @property
    def sentence(self) -> str:
        count = sum(self._counts.values())
        if not count:
            return "Nothing waits for anybody."
        waits = "requirement waits" if count == 1 else "requirements wait"
        return f"{number_word(count).capitalize()} {waits} for somebody."

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(self._open.values_list("on_role", flat=True))

    @property
    def _open(self) -> QuerySet[Waiting]:
        return Waiting.objects.open().filter(pilot__in=self.scope.counted.active()).order_by()

    @cached_property
    def _shown(self) -> list[Waiting]:
        place = Window(RowNumber(), partition_by=F("on_role"), order_by=[F("since").asc(), F("pk").asc()])
        rows = self._open.annotate(place=place).filter(place__lte=SHOWN)
        return list(rows.select_related("pilot__program").order_by("since", "pk"))

    @cached_property
    def _ended(self) -> Mapping[str, list[int]]:
        """Return how many days each wait that ended within a year took, by function."""
        ended = Waiting.objects.filter(
            pilot__in=self.scope.counted, until__gte=self._at.date() - LOOKED_BACK
        ).order_by()
        found: dict[str, list[int]] = {}
        for role, since, until in ended.values_list("on_role", "since", "until"):
            found.setdefault(role, []).append((until - since).days if until else 0)
        return found

    def _row(self, row: Waiting, playbooks: Mapping[int, Playbook]) -> WaitRow:
        today: date = row.pilot.program.today(self._at)
        known = playbooks[row.pilot.program_id].requirements.get(row.requirement)
        known = known or PLAYBOOK.get(row.requirement)
        return WaitRow(
            pilot=row.pilot,
            title=known.title if known else row.requirement,
            since=spoken(row.since, today),
            days=max((today - row.since).days, 0),
            note=row.note,
        )


def took(ended: list[int]) -> str:
    """Return how long waits that have ended took, or that they are too few to say."""
    if not ended:
        return "None has ended within a year, so nothing can be said of how long it takes."
    if len(ended) < FEWEST:
        count = number_word(len(ended)).capitalize()
        have = "has" if len(ended) == 1 else "have"
        return f"{count} {have} ended within a year: too few to say how long it takes."
    middle = median(ended)
    half = f"{middle:g} days" if middle != 1 else "1 day"
    return f"Half of the {len(ended):,} that ended within a year took {half} or less."

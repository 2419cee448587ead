"""Which pilots a pack is about: the funnel's address, read as its maker sees it at one moment."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from pilots.access.models import Program, User
from pilots.models import Decision, Pilot, PilotQuerySet
from pilots.models.decision import DecisionQuerySet
from pilots.models.stage import StageTransition
from pilots.web.spoken import months
from portfolio.dashboards import words
from portfolio.dashboards.address import Address, not_understood
from portfolio.dashboards.filters import DESCRIBED, FunnelFilterSet
from portfolio.steering.access import covered_by

LONGEST_QUERY = 2000
MANY = 12  # programs: a longer list of all of them is no filter, it is told as a number
DAYS = ("as_of", "known_at")


class Unreadable(Exception):
    """The address of the funnel cannot be read, so there is nothing to freeze; each sentence says why."""

    def __init__(self, sentences: list[str]) -> None:
        self.sentences = sentences
        super().__init__(" ".join(sentences))


@dataclass(frozen=True)
class Asker:
    """Stands where filters look for whoever sent a request."""

    user: User


@dataclass(frozen=True)
class PackScope:
    """What is frozen at `at`: the pilots of these filters in these programs. `filters` are valid."""

    maker: User
    filters: FunnelFilterSet
    programs: list[Program]
    at: datetime

    @property
    def program(self) -> Program | None:
        found: Program | None = self.filters.form.cleaned_data.get("program")
        return found

    @property
    def as_of(self) -> date:
        return self.filters.cohort.day

    @property
    def known_at(self) -> datetime:
        return self.filters.cohort.known_at or self.at

    @property
    def is_past(self) -> bool:
        """Whether the funnel is asked of a past day; decisions and what is stalled are always of today."""
        return self.as_of < timezone.localdate(self.at)

    @cached_property
    def pilots(self) -> PilotQuerySet:
        """What counts of the described pilots, whenever they started."""
        return self.filters.pilots

    @cached_property
    def decisions(self) -> DecisionQuerySet:
        """The questions that wait about these pilots.

        Those about a whole program are among them unless something else narrows the pilots.
        """
        found = Q(pilot__in=self.pilots.order_by().values("pk"))
        if not any(self.filters.form.cleaned_data.get(name) for name in DESCRIBED[1:]):
            found |= Q(pilot__isnull=True, program__in=[program.pk for program in self.programs])
        waiting = Decision.objects.visible_to(self.maker).waiting()
        return waiting.filter(found)

    @property
    def query(self) -> str:
        """The filters as the end of an address, without the days: packs of the same query are compared."""
        asked = Address.of(self.filters.form.cleaned_data).without(*DAYS)
        return Address(asked).query

    @property
    def named(self) -> list[list[str]]:
        """The filters in words: label and value, in the order of the funnel."""
        read, cohort = self.filters.form.cleaned_data, self.filters.cohort
        every = self.program is None and len(self.programs) > MANY
        names = ", ".join(program.name for program in self.programs)
        said = [["Programs", f"All {len(self.programs)}" if every else names]]
        said += [
            [str(self.filters.form.fields[name].label), self._value(name)]
            for name in DESCRIBED[1:]
            if read.get(name)
        ]
        said.append(["Entered", cohort.entry.label])
        if cohort.cohort_from or cohort.cohort_to:
            said.append(["Between", words.period(cohort.cohort_from, cohort.cohort_to)])
        if cohort.matured_months:
            said.append(["Matured", months(cohort.matured_months)])
        return said

    def _value(self, name: str) -> str:
        value = self.filters.form.cleaned_data[name]
        choices = dict(getattr(self.filters.form.fields[name], "choices", ()))
        return str(choices.get(value, value))


def read_scope(maker: User, asked: QueryDict, *, at: datetime) -> PackScope:
    """Read an address of the funnel; what is recorded after `at` is left out, or after what it asks.

    Where it asks of now the columns are read, as on the funnel's own page: history says the same, and takes
    many times as long.

    Raises `Unreadable` for a filter that is not known, or cannot be read.
    """
    problems = [problem.sentence for problem in not_understood(asked)]
    if problems:
        raise Unreadable(problems)
    data = asked.copy()
    visible = Pilot.objects.visible_to(maker)
    first = FunnelFilterSet(data, visible, request=Asker(maker))
    if not first.is_valid():
        raise Unreadable(_faults(first))
    if first.cohort.reads_history or not _is_all_of_now(timezone.localdate(at), at):
        data["as_of"] = data.get("as_of") or timezone.localdate(at).isoformat()
        data["known_at"] = data.get("known_at") or at.isoformat()
    programs = covered_by(maker, first.form.cleaned_data.get("program"))
    # An owner sees pilots of programs they do not: those stand in no pack, which others read too.
    among = visible.filter(program__in=[program.pk for program in programs])
    scope = PackScope(maker, FunnelFilterSet(data, among, request=Asker(maker)), programs, at)
    scope.filters.is_valid()
    if len(scope.query) > LONGEST_QUERY:
        raise Unreadable([f"These filters are longer than {LONGEST_QUERY:,} characters. Take some out."])
    return scope


def _is_all_of_now(today: date, at: datetime) -> bool:
    """Whether columns say what history as of `today` and known at `at` says: nothing came after either."""
    later = Q(recorded_at__gt=at) | Q(latest_on__gt=today)
    return timezone.localdate() == today and not StageTransition.objects.filter(later).exists()


def _faults(filters: FunnelFilterSet) -> list[str]:
    return [
        f"{filters.form.fields[name].label if name in filters.form.fields else name}: {error}"
        for name, errors in filters.form.errors.items()
        for error in errors
    ]

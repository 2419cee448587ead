"""What is stuck, for one reader and one address: program lines, then patterns, worst and oldest first."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from pilots.access.models import User
from pilots.health import Health
from pilots.models import Flag, Pilot, PilotQuerySet
from pilots.models.flag import SEVERITY_RANK, FlagQuerySet
from pilots.web.chips import without
from pilots.web.pages import wanted_page
from pilots.web.scope import Scope
from pilots.web.stalls import asleep
from pilots.web.unjudged import Unjudged, unjudged
from portfolio.desk.freshness import Freshness, freshness
from portfolio.desk.stalled.beside import (
    Link,
    Menu,
    Problem,
    how_many,
    how_many_of,
    pilots_by_rule,
    shared_blockers,
)
from portfolio.desk.stalled.filters import (
    BY_FLAG,
    FLAGGED,
    NOT_KNOWN,
    SHOWS,
    SNOOZED,
    STALLED,
    StalledFilterSet,
    Week,
    chip_words,
    name_of,
)
from portfolio.desk.stalled.lines import SharedLine, shared_lines
from portfolio.desk.stalled.menus import menus
from portfolio.desk.stalled.rows import BLOCKED, FIRST, Group, Row, Sum, group_rows, rows_of

PER_PAGE = 50
CONFIDENTIAL = Q(is_confidential=True)
UNDER = Case(When(health=Health.BLOCKED.value, then=Value(BLOCKED)), default=F("pattern"))


class StalledPage:
    """Each part costs a fixed number of queries, asked when it is first needed."""

    def __init__(self, reader: User, *, asked: QueryDict, now: datetime) -> None:
        self.reader = reader
        self.now = now
        self.path = reverse("stalled:stalled")
        self.asked = QueryDict(mutable=True)
        for name, values in asked.lists():
            if any(values):
                self.asked.setlist(name, [value for value in values if value])
        self.program = self.asked.get("program", "")
        self.scope = Scope(reader, self.program)
        self._filters = self._filtered(self.scope.pilots)

    # --- What is asked ------------------------------------------------------------------

    def _filtered(self, pilots: PilotQuerySet, *, show: str = "") -> StalledFilterSet:
        data = self.asked.copy()
        if show:
            data["show"] = show
        request = SimpleNamespace(user=self.reader)
        return StalledFilterSet(data, queryset=pilots, request=request)

    @property
    def show(self) -> str:
        return str(self._read.get("show") or STALLED)

    @property
    def is_asleep(self) -> bool:
        return self.show == SNOOZED

    @property
    def by_flag(self) -> bool:
        """Whether pilots stand here for a flag of theirs, whatever their health."""
        return self.show in BY_FLAG

    @property
    def _read(self) -> dict[str, object]:
        return self._filters.form.cleaned_data if self._filters.form.is_valid() else {}

    @property
    def week(self) -> Week | None:
        week = self._read.get("week")
        return week if isinstance(week, Week) else None

    @cached_property
    def problems(self) -> list[Problem]:
        known = {*StalledFilterSet.base_filters, "page"}
        found = [
            (name, f"This list has no filter “{name[:40]}”.") for name in self.asked if name not in known
        ]
        found += [
            (name, f"“{name}” stands in the address more than once. Leave one of them.")
            for name, values in self.asked.lists()
            if name in known and len(values) > 1
        ]
        for name, errors in self._filters.form.errors.items():
            label = self._filters.form.fields[name].label
            found += [(name, f"{label}: {error}") for error in errors]
        if not found and self._wanted_page is None:
            last = self._paginator.num_pages
            there = "There is one page only." if last == 1 else f"There are {last} pages."
            found.append(("page", f"There is no page “{self.asked['page'][:40]}”. {there}"))
        return [Problem(sentence, without(self.asked, name, path=self.path)) for name, sentence in found]

    @property
    def address(self) -> str:
        return f"{self.path}?{self.asked.urlencode()}" if self.asked else self.path

    @property
    def top(self) -> str:
        """The first page of this list: where one goes on after several were answered at once."""
        return self.with_()

    @property
    def first(self) -> str:
        return FIRST

    @property
    def query(self) -> str:
        """What is asked, without the page, as the end of an address that is about the whole list."""
        return without(self.asked, path="").removeprefix("?")

    def with_(self, **changes: str) -> str:
        query = self.asked.copy()
        query.pop("page", None)
        for name, value in changes.items():
            if value:
                query[name] = value
            else:
                query.pop(name, None)
        return f"{self.path}?{query.urlencode()}" if query else self.path

    # --- How fresh, how many -------------------------------------------------------------

    @cached_property
    def fresh(self) -> Freshness:
        return freshness(self.now)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many there are of each state, by the filters that are on: as lists and Today count them."""
        shown = [code for code, _ in SHOWS if code != FLAGGED or self.show == FLAGGED]
        return {code: self._filtered(self.scope.counted, show=code).qs.count() for code in shown}

    @cached_property
    def _healths(self) -> dict[str, int]:
        found = self._filtered(self.scope.counted, show=STALLED).qs.order_by()
        return dict(found.values_list("health").annotate(count=Count("pk")))

    @cached_property
    def active(self) -> int:
        """How many pilots these are of."""
        return self.scope.counted.active().count()

    @property
    def active_said(self) -> str:
        return f"{self.active:,}"

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return self._found.aggregate(all=Count("pk"), confidential=Count("pk", filter=CONFIDENTIAL))

    @property
    def total(self) -> int:
        return self._sizes["all"]

    @property
    def confidential(self) -> int:
        return self._sizes["confidential"]

    @property
    def sentence(self) -> str:
        if self.scope.is_empty:
            return ""
        healths = [self._healths.get(health.value, 0) for health in (Health.STALLED, Health.BLOCKED)]
        if any(name != "program" and value not in (None, "") for name, value in self._narrowing.items()):
            in_all = self.scope.counted.in_health(Health.STALLED, Health.BLOCKED).count()
            return how_many_of(*healths, in_all=in_all)
        return how_many(*healths, active=self.active, not_known=self.counts[NOT_KNOWN])

    @property
    def _narrowing(self) -> dict[str, object]:
        return {name: value for name, value in self._read.items() if name not in {"show", "week"}}

    @cached_property
    def unjudged(self) -> Unjudged:
        return unjudged(self.scope.counted, at=self.now, looked_at=self.fresh.at)

    @property
    def unjudged_said(self) -> str:
        return self.unjudged.said(timezone.localdate(self.now))

    @property
    def has_judged(self) -> bool:
        """Whether there are others than those of which nothing can be said."""
        return self.active > self.unjudged.count

    @property
    def not_known_url(self) -> str:
        """Where those stand of which nothing can be said: in this list, else among all that are active."""
        if self.counts[NOT_KNOWN]:
            return self.with_(show=NOT_KNOWN)
        program = {"program": self.program} if self.program else {}
        return f"{reverse('pilots:pilot_list')}?{urlencode({**program, 'state': 'active'})}"

    # --- The filters as shown --------------------------------------------------------------

    @property
    def states(self) -> list[Link]:
        return [
            Link(
                label,
                self.with_(show="" if code == STALLED else code),
                self.counts[code],
                is_on=code == self.show,
                note="in other states too" if code == SNOOZED and self.counts[code] else "",
            )
            for code, label in SHOWS
            if code in self.counts
        ]

    @property
    def elsewhere(self) -> list[Link]:
        """The other states under which these filters find something, where this one has nothing."""
        return [state for state in self.states if state.count and not state.is_on]

    @cached_property
    def menus(self) -> list[Menu]:
        return menus(self)

    def is_free(self, name: str) -> bool:
        """Whether nothing is asked by this filter yet."""
        return self._read.get(name) in (None, "")

    @cached_property
    def chips(self) -> list[tuple[str, str, str]]:
        """Each filter that is on: how its sentence begins, how it ends, the address without it."""
        found = []
        for name, value in self._read.items():
            if value in (None, "") or name in {"show", "week"}:
                continue
            says, told = chip_words(name, value, people=name_of(name, value, self.reader))
            found.append((says, told, without(self.asked, name, path=self.path)))
        return found

    @property
    def clear_url(self) -> str:
        query = {"show": self.show} if self.show != STALLED else {}
        return f"{self.path}?{urlencode(query)}" if query else self.path

    # --- What is shown ---------------------------------------------------------------------

    @cached_property
    def lines(self) -> list[SharedLine]:
        """Program lines; a list narrowed to one pattern, rule or owner speaks of its pilots only."""
        return shared_lines(self.scope.counted, self.reader, program=self.program)

    @cached_property
    def _found(self) -> PilotQuerySet:
        found: PilotQuerySet = self._filters.qs
        return found

    @property
    def _counted(self) -> PilotQuerySet:
        """Those of them that are in totals, as the sentence above the list counts them."""
        return self._found.filter(is_confidential=False).order_by()

    @property
    def _flags(self) -> FlagQuerySet:
        return asleep(self.now) if self.is_asleep else Flag.objects.counting(self.now)

    @cached_property
    def _ranked(self) -> QuerySet[Any]:
        """The pilots with severity and age of their worst flag, and the pattern they stand under."""
        flags = (
            self._filters.wish.narrow(self._flags.filter(pilot=OuterRef("pk")))
            .annotate(rank=SEVERITY_RANK, counted=Coalesce("serious_on", "crossed_on"))
            .order_by("-rank", "counted", "pk")
        )
        return self._found.annotate(
            worst=Subquery(flags.values("rank")[:1]),
            oldest=Coalesce("health_since", Subquery(flags.values("counted")[:1])),
            under=Subquery(flags.values("pattern")[:1]) if self.by_flag else UNDER,
        )

    @cached_property
    def _groups(self) -> dict[str, Sum]:
        """How many pilots each pattern has, in the order of the groups: worst, oldest, most."""
        rows = (
            self._ranked.order_by()
            .values("under")
            .annotate(
                count=Count("pk"),
                confidential=Count("pk", filter=CONFIDENTIAL),
                rank=Max("worst"),
                first=Min("oldest"),
            )
            .values_list("under", "count", "rank", "first", "confidential")
        )
        ranked = sorted(
            rows,
            key=lambda row: (
                -(row[2] if row[2] is not None else -1),
                row[3] is None,
                str(row[3] or ""),
                -row[1],
                row[0] or "",
            ),
        )
        return {
            code or "": Sum(count - confidential, confidential) for code, count, _, _, confidential in ranked
        }

    @property
    def everything(self) -> QuerySet[Any]:
        """All that is listed, on whatever page: worst and oldest first; the blocked by how long they are."""
        places = Case(
            *(When(under=code, then=Value(place)) for place, code in enumerate(self._groups)),
            default=Value(len(self._groups)),
            output_field=IntegerField(),
        )
        blocked = Coalesce("blocked_on", "health_since", "oldest")
        pilots: QuerySet[Any] = self._ranked.annotate(
            place=places,
            rank=Case(When(under=BLOCKED, then=Value(0)), default=F("worst")),
            began=Case(When(under=BLOCKED, then=blocked), default=F("oldest")),
        ).order_by("place", F("rank").desc(nulls_last=True), F("began").asc(nulls_last=True), "pk")
        return pilots.select_related("program")

    @cached_property
    def _paginator(self) -> "Paginator[Pilot]":
        paginator = Paginator(self.everything, PER_PAGE)
        paginator.count = self.total
        return paginator

    @cached_property
    def _wanted_page(self) -> int | None:
        return wanted_page(self.asked.get("page", "1"), self._paginator.num_pages)

    @cached_property
    def page(self) -> "Page[Pilot]":
        return self._paginator.page(self._wanted_page or 1)

    @cached_property
    def pilots(self) -> list[Pilot]:
        return [] if self.problems else list(self.page)

    @cached_property
    def rows(self) -> Sequence[Row]:
        return self.rows_of(self.pilots)

    def rows_of(self, pilots: Sequence[Pilot]) -> Sequence[Row]:
        """Return the rows of some of these pilots; the same queries for any number."""
        return rows_of(
            pilots,
            wish=self._filters.wish,
            is_asleep=self.is_asleep,
            by_flag=self.by_flag,
            address=self._address_of_rows,
        )

    @property
    def _address_of_rows(self) -> str:
        """This page; without its number where it may be gone once its one pilot is."""
        return self.top if len(self.pilots) == 1 else self.address

    @cached_property
    def flag_total(self) -> int:
        """How many rows its export has: one for each flag, and for each pilot without one."""
        flags = self._filters.wish.narrow(
            self._flags.filter(is_widespread=False, pilot__in=self._found.order_by())
        )
        without = self._found.exclude(Exists(self._flags.filter(pilot=OuterRef("pk"))))
        return flags.count() + without.count()

    @cached_property
    def groups(self) -> list[Group]:
        return group_rows(self.rows, self._groups, show=self.show, address=self.top, by_flag=self.by_flag)

    @property
    def may_snooze(self) -> bool:
        return any(row.snooze_url for row in self.rows)

    @property
    def is_not_known(self) -> bool:
        return self.show == NOT_KNOWN

    @cached_property
    def by_rule(self) -> list[Link]:
        """Which rules flag the pilots of this list that are in totals, most first; each leads to its own."""
        counts = pilots_by_rule(self._flags.filter(pilot__in=self._counted))
        return [Link(rule.title, self.with_(rule=rule.key), count, note=rule.key) for rule, count in counts]

    @cached_property
    def blockers(self) -> list[Link]:
        """Who or what blocks more than one of these pilots, of those that are in totals."""
        return [Link(by, "", count) for by, count in shared_blockers(self._counted)]

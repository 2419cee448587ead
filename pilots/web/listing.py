"""What the list of pilots shows: tabs, filters, order and page all stand in the address."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from pilots.access.models import Program
from pilots.calendar import Day, Precision
from pilots.lifecycle import Stage
from pilots.models import Ownership, Pilot, PilotQuerySet
from pilots.models.pilot import HAS_ENDED, UNDECIDED
from pilots.web.chips import Chip, chips, without
from pilots.web.http import UserRequest
from pilots.web.pages import wanted_page
from pilots.web.pilot_filters import PilotFilterSet
from pilots.web.pilot_order import ORDERS, leads_of, order_in_words, ordered
from pilots.web.scope import Scope
from pilots.web.spoken import ahead, brief, days, spoken

PER_PAGE = 50
FIRST_ORDER = "-moved"
TWO_YEARS = 730
# What the form behind “Filter” asks; everything else it passes on.
ASKED = (
    "search",
    "stage",
    "reached",
    "health",
    "pattern",
    "rule",
    "flagged",
    "unit",
    "vendor",
    "risk",
    "tag",
    "production_owner",
    "decide_by_before",
)


@dataclass(frozen=True)
class Tab:
    name: str
    label: str
    url: str
    count: int
    is_current: bool

    @property
    def count_said(self) -> str:
        return f"{self.count:,}"


@dataclass(frozen=True)
class Head:
    """One head of the table; `sorted` is “ascending”, “descending” or empty."""

    name: str
    label: str
    url: str = ""
    sorted: str = ""
    number: bool = False


@dataclass(frozen=True)
class Problem:
    """Something in the address that cannot be read, and the address without it."""

    sentence: str
    url: str


@dataclass(frozen=True)
class Row:
    """`decide_by` is empty where nobody has said when, and where it is not asked any more."""

    pilot: Pilot
    decide_by: str
    is_late: bool
    lead: str | None
    moved: str

    @property
    def stage(self) -> str:
        return self.pilot.at_stage.short_label

    @property
    def lacks_decide_by(self) -> bool:
        return self.pilot.at_stage is Stage.PILOTING and not self.decide_by


class Listing:
    """What one address shows to one person; parameters in `besides` are no business of the list."""

    def __init__(self, request: UserRequest, *, besides: Collection[str] = ()) -> None:
        self._user = request.user
        self._now = timezone.now()
        self.path = reverse("pilots:pilot_list")
        self.has_blanks = any(value == "" for values in request.GET.lists() for value in values[1])
        self.asked = _without_blanks(request.GET, besides)
        self._scope = Scope(request.user, self.asked.get("program", ""))
        self._filters = PilotFilterSet(self._effective, queryset=self._scope.pilots, request=request)

    @property
    def address(self) -> str:
        return without(self.asked, path=self.path) if "page" not in self.asked else self._address(self.asked)

    @property
    def query(self) -> str:
        """What is asked, without the page, as the end of an address that is about the whole list."""
        return without(self.asked, path="").removeprefix("?")

    def _address(self, query: QueryDict) -> str:
        return f"{self.path}?{query.urlencode()}" if query else self.path

    # --- What is asked ---------------------------------------------------------------

    @cached_property
    def _effective(self) -> QueryDict:
        """What is asked; the bare list means the active pilots."""
        asked = self.asked.copy()
        if not set(asked) - {"program", "ordering", "page"}:
            asked["state"] = "active"
        return asked

    @cached_property
    def ordering(self) -> str:
        return self.asked.get("ordering", FIRST_ORDER)

    @cached_property
    def problems(self) -> list[Problem]:
        """What is not understood in the address; then nothing is listed, rather than the wrong rows."""
        known = {*PilotFilterSet.base_filters, "ordering", "page"}
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
        if self.ordering.removeprefix("-") not in ORDERS:
            found.append(
                (
                    "ordering",
                    f"The list cannot be ordered by “{self.ordering[:40]}”. Known: {', '.join(ORDERS)}.",
                )
            )
        if not found and self._wanted_page is None:
            said, last = self.asked["page"][:40], self._paginator.num_pages
            there = "There is one page only." if last == 1 else f"There are {last} pages."
            found.append(("page", f"There is no page “{said}”. {there}"))
        return [Problem(sentence, without(self.asked, name, path=self.path)) for name, sentence in found]

    # --- What is there -----------------------------------------------------------------

    @property
    def hidden_samples(self) -> int:
        return self._scope.hidden_samples

    @cached_property
    def _counts(self) -> dict[str, int]:
        mine = Exists(Ownership.objects.accepted_by(self._user).filter(pilot=OuterRef("pk")))
        return self._scope.pilots.aggregate(
            all=Count("pk"),
            active=Count("pk", filter=~HAS_ENDED),
            mine=Count("pk", filter=~HAS_ENDED & Q(mine)),
            held=Count("pk", filter=Q(held_since__isnull=False)),
            ended=Count("pk", filter=HAS_ENDED),
        )

    @cached_property
    def tabs(self) -> list[Tab]:
        views: tuple[tuple[str, str, dict[str, str]], ...] = (
            ("active", "All active", {}),
            ("mine", "Mine", {"state": "active", "mine": "true"}),
            ("held", "On hold", {"on_hold": "true"}),
            ("ended", "Ended", {"state": "ended"}),
        )
        return [
            Tab(name, label, self._view(narrows), self._counts[name], name == self._tab)
            for name, label, narrows in views
        ]

    def _view(self, narrows: dict[str, str]) -> str:
        query = QueryDict(mutable=True)
        if "program" in self.asked:
            query["program"] = self._scope.program
        query.update(narrows)
        return self._address(query)

    @property
    def _tab(self) -> str:
        match tuple(self._effective.get(name, "") for name in ("state", "mine", "on_hold")):
            case ("active", "", ""):
                return "active"
            case ("active", "true", ""):
                return "mine"
            case ("", "", "true"):
                return "held"
            case ("ended", "", ""):
                return "ended"
        return ""

    @cached_property
    def chips(self) -> list[Chip]:
        if not self._filters.form.is_valid():
            return []
        shown_by_tab = {"state", "on_hold", "mine"} if self._tab else set()
        return chips(
            self._effective,
            self._filters.form.cleaned_data,
            hidden=shown_by_tab,
            reader=self._user,
            path=self.path,
        )

    @property
    def clear_url(self) -> str:
        return self._view({})

    # --- The form behind “Filter” --------------------------------------------------------

    @property
    def fields(self) -> list[object]:
        return [self._filters.form[name] for name in ASKED]

    @property
    def passed_on(self) -> list[tuple[str, str]]:
        return [
            (name, value)
            for name, values in self._effective.lists()
            for value in values
            if name not in {*ASKED, "page", "ordering"}
        ]

    @property
    def orders(self) -> list[tuple[str, str, bool]]:
        """Every order as value, words and whether it is the present one."""
        signed = [sign + name for name in ORDERS for sign in ("", "-")]
        return [(value, order_in_words(value).capitalize(), value == self.ordering) for value in signed]

    # --- What is shown -------------------------------------------------------------------

    @cached_property
    def _found(self) -> PilotQuerySet:
        found: PilotQuerySet = self._filters.qs
        return found

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return self._found.aggregate(
            all=Count("pk"), confidential=Count("pk", filter=Q(is_confidential=True))
        )

    @property
    def confidential(self) -> int:
        return self._sizes["confidential"]

    @property
    def total(self) -> int:
        return self._sizes["all"]

    @property
    def program(self) -> str:
        """The slug of the one program that is listed; "" for all of them."""
        return self._scope.program

    @property
    def pilots(self) -> PilotQuerySet:
        """All that is listed, on whatever page, in the order asked for."""
        return ordered(self._found, self.ordering).select_related("program")

    @cached_property
    def _paginator(self) -> "Paginator[Pilot]":
        paginator = Paginator(self.pilots, PER_PAGE)
        paginator.count = self._sizes["all"]  # counted with the confidential ones, in one query
        return paginator

    @cached_property
    def _wanted_page(self) -> int | None:
        return wanted_page(self.asked.get("page", "1"), self._paginator.num_pages)

    @cached_property
    def page(self) -> "Page[Pilot]":
        return self._paginator.page(self._wanted_page or 1)

    @cached_property
    def rows(self) -> list[Row]:
        pilots = list(self.page)
        leads = leads_of(pilots)
        today: dict[Program, date] = {}
        for pilot in pilots:
            today.setdefault(pilot.program, pilot.program.today(self._now))
        return [self._row(pilot, today[pilot.program], leads.get(pilot.pk)) for pilot in pilots]

    def _row(self, pilot: Pilot, today: date, lead: str | None) -> Row:
        is_late = pilot.is_undecided and pilot.decide_by is not None and pilot.decide_by < today
        return Row(
            pilot=pilot,
            decide_by=_decide_by(pilot, today, is_late=is_late),
            is_late=is_late,
            lead=lead,
            moved=_moved(pilot, today),
        )

    @property
    def order(self) -> str:
        return order_in_words(self.ordering)

    @property
    def size(self) -> str:
        """“25 of 41 active pilots”: how many are listed, out of how many."""
        kind, total = {
            "active": ("active ", self._counts["active"]),
            "ended": ("ended ", self._counts["ended"]),
        }.get(self._effective.get("state", ""), ("", self._counts["all"]))
        found = self._sizes["all"]
        out_of = f" of {total:,}" if found != total else ""
        noun = "pilot" if (found if not out_of else total) == 1 else "pilots"
        return f"{found:,}{out_of} {kind}{noun}"

    @property
    def heads(self) -> list[Head]:
        return [
            self._head("key", "Key"),
            self._head("name", "Pilot"),
            self._head("stage", "Stage"),
            Head("health", "Health"),
            self._head("decide_by", "Decide by"),
            self._head("owner", "Owner"),
            # It shows days since, which run the other way than the day itself.
            self._head("moved", "Last moved", number=True, runs_back=True),
        ]

    def _head(self, name: str, label: str, *, number: bool = False, runs_back: bool = False) -> Head:
        now, turned = "", name
        if self.ordering in {name, f"-{name}"}:
            is_down = self.ordering.startswith("-")
            now = "descending" if is_down != runs_back else "ascending"
            turned = name if is_down else f"-{name}"
        query = self.asked.copy()
        query.pop("page", None)
        query["ordering"] = turned
        return Head(name, label, self._address(query), now, number)


def _without_blanks(query: QueryDict, besides: Collection[str]) -> QueryDict:
    kept = QueryDict(mutable=True)
    for name, values in query.lists():
        filled = [value for value in values if value != ""]
        if filled and name not in besides:
            kept.setlist(name, filled)
    return kept


def _decide_by(pilot: Pilot, today: date, *, is_late: bool) -> str:
    """Return when it is to be decided; nothing once it was, as its stage then says."""
    if pilot.decide_by is None or pilot.at_stage not in UNDECIDED:
        return ""
    said = spoken(pilot.decide_by, today)
    return f"{said}, {ahead(pilot.decide_by, today)}" if is_late else said


def _moved(pilot: Pilot, today: date) -> str:
    """Return how long ago it moved; a day that is not known exactly is given as it is known."""
    moved: Day | None = Day(_day(pilot, pilot.moved_at)) if pilot.moved_at else pilot.since
    if moved is None:
        return ""
    if moved.precision is not Precision.DAY:
        return brief(moved, today)
    passed = (today - moved.first).days
    if passed >= TWO_YEARS:
        return f"{passed // 365} years"
    return days(passed) if passed > 0 else "today"


def _day(pilot: Pilot, moment: datetime) -> date:
    return pilot.program.today(moment)

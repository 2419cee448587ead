"""What the list of pilots shows: tabs, filters, order and page all stand in the address."""

from collections.abc import Collection
from datetime import datetime
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from pilots.models import Ownership, Pilot, PilotQuerySet
from pilots.models.cohort import Cohort
from pilots.models.pilot import ENDED, HAS_ENDED
from pilots.web.as_of import AsOf
from pilots.web.chips import Chip, chips, without
from pilots.web.cohort_filters import DAYS
from pilots.web.endings import WithEndings
from pilots.web.field_filters import PREFIX
from pilots.web.http import UserRequest
from pilots.web.list_columns import PARAMETER, ListColumn
from pilots.web.list_faults import ListFilterSet, faults, without_blanks
from pilots.web.list_rows import Row, rows_of
from pilots.web.list_shapes import Problem, ShownAs, Tab
from pilots.web.listing_columns import ListingColumns
from pilots.web.pages import wanted_page
from pilots.web.pilot_order import ORDERS, order_in_words, ordered
from pilots.web.saved_views import SavedViews, effective
from pilots.web.scope import Scope

__all__ = ["PER_PAGE", "Listing", "Problem"]

PER_PAGE = 50
TIMELINE = "pilots:pilot_timeline"
# The switch over the list: the same pilots as a table, as a board and on one axis of time.
SHOWN_AS = (
    ("pilots:pilot_list", "Table"),
    ("pilots:pilot_board", "By stage"),
    (TIMELINE, "Timeline"),
)
FIRST_ORDER = "-moved"
ORDERS_THEN = ("key", "name")  # what of a past day is in the columns too
# What the form behind “Filter” asks; everything else it passes on.
ASKED = (
    "search",
    "as_of",
    "stage",
    "reached",
    "health",
    "pattern",
    "rule",
    "flagged",
    "unit",
    "vendor",
    "risk",
    "waiting",
    "tag",
    "production_owner",
    "decide_by_before",
)


class Listing(ListingColumns, WithEndings):
    """What one address shows to one person; parameters in `besides` are no business of the list."""

    place = "pilots:pilot_list"
    has_order = True

    def __init__(
        self, request: UserRequest, *, asked: QueryDict | None = None, besides: Collection[str] = ()
    ) -> None:
        """Read the request's address, or what was `asked` where a form brought it along."""
        query = request.GET if asked is None else asked
        self._user = request.user
        self._now = timezone.now()
        self.path = reverse(self.place)
        self.has_blanks = any(
            value == "" or (name == PARAMETER and len(values) > 1)
            for name, values in query.lists()
            for value in values
        )
        self.asked = without_blanks(query, besides)
        self._scope = Scope(request.user, self.asked.get("program", ""))
        self._filters = ListFilterSet(self._effective, queryset=self._scope.pilots, request=request)
        self.views = SavedViews(request, self.asked, path=self.path)

    @property
    def now(self) -> datetime:
        """The moment all of it is about."""
        return self._now

    @property
    def address(self) -> str:
        return without(self.asked, path=self.path) if "page" not in self.asked else self._address(self.asked)

    @property
    def query(self) -> str:
        """What is asked, without the page, as the end of an address that is about the whole list."""
        return without(self.asked, path="").removeprefix("?")

    @property
    def switch(self) -> list[ShownAs]:
        return [self._shown_as(place, label) for place, label in SHOWN_AS]

    def _shown_as(self, place: str, label: str) -> ShownAs:
        """Plans are drawn as they stand today: from a past day the switch says so and leaves the day out."""
        if place == TIMELINE != self.place:
            said = f"{label}, as of today" if self.then else label
            return ShownAs(said, without(self.asked, *DAYS, path=reverse(place)), is_current=False)
        return ShownAs(label, without(self.asked, path=reverse(place)), place == self.place)

    def _address(self, query: QueryDict) -> str:
        return f"{self.path}?{query.urlencode()}" if query else self.path

    # --- What is asked ---------------------------------------------------------------

    @cached_property
    def _effective(self) -> QueryDict:
        """What is asked; the bare list means the active pilots."""
        return effective(self.asked)

    @cached_property
    def ordering(self) -> str:
        return self.asked.get("ordering", "key" if self.then else FIRST_ORDER)

    def orders_by(self, column: ListColumn) -> bool:
        """Whether the list can be ordered by a column; of a past day by few."""
        return bool(column.order) and (not self.then or column.order in ORDERS_THEN)

    @cached_property
    def then(self) -> Cohort | None:
        """The past day the address asks for; None for today."""
        return self._filters.replayed if self._filters.form.is_valid() else None

    @property
    def as_of(self) -> AsOf | None:
        """What stands over a list of a past day."""
        if self.then is None:
            return None
        return AsOf.of(self.then, today_url=without(self.asked, *DAYS, path=self.path))

    @cached_property
    def problems(self) -> list[Problem]:
        """What is not understood in the address; then nothing is listed, rather than the wrong rows."""
        found = faults(self.asked, self._filters)
        if not found and self.then and self.ordering.removeprefix("-") not in ORDERS_THEN:
            found.append(("ordering", "Of a past day the list is ordered by key or by name only."))
        if not found and self._wanted_page is None:
            said, last = self.asked["page"][:40], self._pages
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
        if self.then:
            return _counts_then(self.then.there(self._scope.pilots), mine)
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
        for name in DAYS:
            if name in self.asked:
                query[name] = self.asked.get(name, "")
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
        if self.then:
            shown_by_tab |= {*DAYS}  # the banner says it
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
        return [self._filters.form[name] for name in (*ASKED, *self._own)]

    @property
    def _own(self) -> list[str]:
        """The filters by fields of the program that is chosen, and by whatever the address names beside."""
        return [name for name in self._filters.filters if name.startswith(PREFIX)]

    @property
    def passed_on(self) -> list[tuple[str, str]]:
        return [
            (name, value)
            for name, values in self._effective.lists()
            for value in values
            if name not in {*ASKED, *self._own, "page", *(["ordering"] if self.has_order else [])}
        ]

    @property
    def orders(self) -> list[tuple[str, str, bool]]:
        """Every order as value, words and whether it is the present one; none where it is given."""
        if not self.has_order:
            return []
        names = [*ORDERS, *(column.order for column in self.columns if column.order.startswith(PREFIX))]
        known = self._filters.known_fields
        names = [name for name in names if not self.then or name in ORDERS_THEN]
        return [
            (sign + name, _capital(order_in_words(sign + name, known)), sign + name == self.ordering)
            for name in names
            for sign in ("", "-")
        ]

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
        return ordered(self._found, self.ordering, self._filters.known_fields).select_related("program")

    @cached_property
    def _paginator(self) -> "Paginator[Pilot]":
        paginator = Paginator(self.pilots, PER_PAGE)
        paginator.count = self._sizes["all"]  # counted with the confidential ones, in one query
        return paginator

    @cached_property
    def _wanted_page(self) -> int | None:
        return wanted_page(self.asked.get("page", "1"), self._pages)

    @property
    def _pages(self) -> int:
        return self._paginator.num_pages

    @cached_property
    def page(self) -> "Page[Pilot]":
        return self._paginator.page(self._wanted_page or 1)

    @cached_property
    def rows(self) -> list[Row]:
        return rows_of(list(self.page), self.columns, now=self._now, then=self.then)

    @property
    def order(self) -> str:
        return order_in_words(self.ordering, self._filters.known_fields)

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


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _counts_then(pilots: PilotQuerySet, mine: Exists) -> dict[str, int]:
    """Return how many there were on a past day, by tab; `pilots` come from `Cohort.there`."""
    parted = pilots.annotate(at=F("stage_then"), held=F("held_then"), is_mine=mine).order_by()
    rows = list(parted.values_list("at", "held", "is_mine").annotate(count=Count("pk")))
    active = [row for row in rows if row[0] not in ENDED]
    return {
        "all": sum(row[3] for row in rows),
        "active": sum(row[3] for row in active),
        "mine": sum(row[3] for row in active if row[2]),
        "held": sum(row[3] for row in active if row[1]),
        "ended": sum(row[3] for row in rows if row[0] in ENDED),
    }

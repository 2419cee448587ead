"""Saved questions beside the tabs of the list: each with how many pilots its reader finds by it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.db.models import Count, Q
from django.http import QueryDict

from pilots.models import Pilot, PilotQuerySet, SavedView
from pilots.web.chips import Chip, chips, without
from pilots.web.cohort_filters import DAYS
from pilots.web.list_columns import PARAMETER
from pilots.web.list_faults import ListFilterSet, faults
from pilots.web.pilot_filters import PilotFilterSet
from pilots.web.scope import Scope

# Each asks up to three questions of the database before it is counted, and all are counted in one.
MOST_COUNTED = 5
NO_FILTERS = frozenset({"program", "ordering", "page", PARAMETER, "view", *DAYS})


def effective(asked: QueryDict) -> QueryDict:
    """Return what an address asks; one without any filter means the active pilots."""
    meant = asked.copy()
    if not set(asked) - NO_FILTERS:
        meant["state"] = "active"
    return meant


def question(asked: QueryDict) -> str:
    """Return what a view keeps of an address: all but its page and the view it was opened from."""
    return without(asked, "view", path="").removeprefix("?")


@dataclass(frozen=True)
class ViewTab:
    """A saved view as a tab; `count` is None where it is not counted, or not understood any longer."""

    view: SavedView
    url: str
    count: int | None
    is_current: bool

    @property
    def count_said(self) -> str:
        return "" if self.count is None else f"{self.count:,}"


class SavedViews:
    """The views a person has and is shown, and the one the address was opened from."""

    def __init__(self, request: Any, asked: QueryDict, *, path: str) -> None:
        self._request, self._asked, self._path = request, asked, path

    @cached_property
    def _views(self) -> list[SavedView]:
        views = SavedView.objects.visible_to(self._request.user).in_order()
        return list(views.select_related("program", "owner"))

    @cached_property
    def current(self) -> SavedView | None:
        """The view the address names, if the reader has it; for others the address is only a question."""
        named = self._asked.get("view", "")
        return next((view for view in self._views if str(view.pk) == named), None)

    @property
    def tabs(self) -> list[ViewTab]:
        """The first few, and the present one wherever it stands."""
        return [self._tab(view, self._counts.get(view.pk)) for view in self._counted]

    @property
    def others(self) -> list[ViewTab]:
        counted = {view.pk for view in self._counted}
        return [self._tab(view, None) for view in self._views if view.pk not in counted]

    @property
    def is_changed(self) -> bool:
        """Whether the address asks something else than the view it was opened from."""
        current = self.current
        return current is not None and _parts(question(self._asked)) != _parts(current.query)

    @property
    def may_save(self) -> bool:
        return self.is_changed and self.current is not None and self.current.owner == self._request.user

    @property
    def question(self) -> str:
        return question(self._asked)

    @property
    def is_worth_saving(self) -> bool:
        """Whether the address asks anything beyond what the list shows by itself."""
        return bool(set(self._asked) - {"program", "page", "view"}) and (
            self.current is None or self.is_changed
        )

    @property
    def new_query(self) -> str:
        return f"query={quote(self.question)}"

    @cached_property
    def _counted(self) -> list[SavedView]:
        first = self._views[:MOST_COUNTED]
        if self.current is not None and self.current not in first:
            first = [*first[: MOST_COUNTED - 1], self.current]
        return first

    @cached_property
    def _counts(self) -> dict[int, int]:
        scopes: dict[str, PilotQuerySet] = {}
        counts: dict[str, Count] = {}
        for view in self._counted:
            asked = QueryDict(view.query)
            program = asked.get("program", "")
            if program not in scopes:
                scopes[program] = Scope(self._request.user, program).pilots
            filters = PilotFilterSet(effective(asked), queryset=scopes[program], request=self._request)
            if filters.is_valid():
                counts[f"view{view.pk}"] = Count("pk", filter=Q(pk__in=filters.qs.order_by().values("pk")))
        if not counts:
            return {}
        found = Pilot.objects.visible_to(self._request.user).aggregate(**counts)
        return {int(name.removeprefix("view")): count for name, count in found.items()}

    def _tab(self, view: SavedView, count: int | None) -> ViewTab:
        asked = f"{view.query}&view={view.pk}" if view.query else f"view={view.pk}"
        return ViewTab(view, f"{self._path}?{asked}", count, view == self.current)


def _parts(query: str) -> list[tuple[str, list[str]]]:
    return sorted(QueryDict(query).lists())


def _filters_of(request: Any, query: str) -> tuple[QueryDict, ListFilterSet]:
    asked = effective(QueryDict(query))
    return asked, ListFilterSet(asked, queryset=Pilot.objects.none(), request=request)


def canonical(query: str) -> str:
    """Return a question as a view keeps it."""
    return question(QueryDict(query))


def unreadable(request: Any, query: str) -> list[str]:
    """Return what the list would not understand of a question, in sentences."""
    asked, filters = _filters_of(request, query)
    return [sentence for _, sentence in faults(asked, filters)]


def asked_in_words(request: Any, query: str) -> list[Chip]:
    """Return the filters of a question as chips say them; none of one that cannot be read."""
    asked, filters = _filters_of(request, query)
    if not filters.is_valid():
        return []
    return chips(asked, filters.form.cleaned_data, hidden=(), reader=request.user, path="")

"""Which columns a list of pilots shows, and what the menu of columns offers."""

from abc import abstractmethod
from functools import cached_property

from django.http import QueryDict

from pilots.web.list_columns import ALWAYS, PARAMETER, ListColumn, known_columns, wanted_columns
from pilots.web.list_faults import ListFilterSet
from pilots.web.list_shapes import Head

MOST_IN_SIGHT = 9  # columns beside each other without scrolling


class ListingColumns:
    """The columns of a listing, by what its address asks."""

    asked: QueryDict
    _filters: ListFilterSet

    @cached_property
    @abstractmethod
    def ordering(self) -> str:
        """The order that is asked for."""

    @abstractmethod
    def orders_by(self, column: ListColumn) -> bool:
        """Return whether this list can be ordered by a column."""

    @abstractmethod
    def _address(self, query: QueryDict) -> str:
        """Return the address of this list with another query."""

    @cached_property
    def _known_columns(self) -> dict[str, ListColumn]:
        return known_columns(self._filters.known_fields)

    @cached_property
    def columns(self) -> list[ListColumn]:
        return wanted_columns(self.asked.get(PARAMETER, ""), self._known_columns)[0]

    @property
    def is_wide(self) -> bool:
        """Whether so many columns are chosen that the table scrolls by itself."""
        return len(self.columns) > MOST_IN_SIGHT

    @property
    def shown(self) -> set[str]:
        return {column.name for column in self.columns}

    @property
    def column_choices(self) -> list[tuple[ListColumn, bool]]:
        """Every column that can be chosen, and whether it is; retired fields only while they are."""
        chosen = self.shown
        return [
            (column, name in chosen)
            for name, column in self._known_columns.items()
            if name not in ALWAYS and (name in chosen or column.is_in_use)
        ]

    @property
    def has_custom_fields(self) -> bool:
        return any(field.is_active for field in self._filters.known_fields)

    @property
    def beside_columns(self) -> list[tuple[str, str]]:
        """What the menu of columns passes on."""
        return [
            (name, value)
            for name, values in self.asked.lists()
            for value in values
            if name not in {PARAMETER, "page"}
        ]

    @property
    def heads(self) -> list[Head]:
        return [self._head(column) for column in self.columns]

    def _head(self, column: ListColumn) -> Head:
        if not self.orders_by(column):
            return Head(column.name, column.label, number=column.is_number)
        now, turned = "", column.order
        if self.ordering in {column.order, f"-{column.order}"}:
            is_down = self.ordering.startswith("-")
            now = "descending" if is_down != column.runs_back else "ascending"
            turned = column.order if is_down else f"-{column.order}"
        query: QueryDict = self.asked.copy()
        query.pop("page", None)
        query["ordering"] = turned
        return Head(column.name, column.label, self._address(query), now, column.is_number)

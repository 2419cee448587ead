"""Pages through lists by position, so that a walk misses and repeats nothing that stood still."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from pilots.web.problems import BadQuery

DEFAULT_LIMIT, LARGEST_LIMIT = 50, 100
PARAMETERS = frozenset({"limit", "cursor", "count", "ordering"})
LONGEST_CURSOR = 1000
_BAD_CURSOR = "This cursor is not one this list gave out. Start again without it."


@dataclass(frozen=True)
class Position:
    """A place between two rows: after (or, backwards, before) the row with this value and id."""

    ordering: str
    value: Any
    pk: int
    is_backwards: bool


def read_limit(request: Request) -> int:
    text = request.query_params.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch("[0-9]{1,3}", text) or not 1 <= int(text) <= LARGEST_LIMIT:
        raise BadQuery.because(
            "limit", f"A page has 1 to {LARGEST_LIMIT} rows. Leave limit out for {DEFAULT_LIMIT}."
        )
    return int(text)


def read_count(request: Request) -> bool:
    text = request.query_params.get("count", "false")
    if text not in {"true", "false"}:
        raise BadQuery.because("count", "count is true or false.")
    return text == "true"


class KeysetPagination(BasePagination):
    """Answers `next`, `previous` and `results`, and `count` when asked for.

    A view names its `orderings`, columns that never change once a row is there, by their public
    names; the first is the default. Ties, and rows without a value, which stand last, go by id.
    """

    default_orderings: ClassVar[Mapping[str, str]] = {"id": "pk"}

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.limit = read_limit(request)
        self.ordering = self._read_ordering(view)
        self.count = queryset.order_by().count() if read_count(request) else None
        position = self._read_cursor(queryset)
        backwards = position is not None and position.is_backwards
        if position is not None:
            queryset = queryset.filter(self._beyond(position))
        found = list(queryset.order_by(*self._order(backwards=backwards))[: self.limit + 1])
        more = len(found) > self.limit
        rows = found[: self.limit]
        if backwards:
            rows.reverse()
        self.next = self._link(rows, is_backwards=False) if more or backwards else None
        self.previous = self._link(rows, is_backwards=True) if (more if backwards else position) else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        answer = {"next": self.next, "previous": self.previous, "results": data}
        if self.count is not None:
            answer["count"] = self.count
        return Response(answer)

    # --- Order ---

    @classmethod
    def orderings(cls, view: Any) -> Mapping[str, str]:
        found: Mapping[str, str] = getattr(view, "orderings", cls.default_orderings)
        return found

    def _read_ordering(self, view: Any) -> str:
        known = self.orderings(view)
        asked = self.request.query_params.get("ordering", next(iter(known)))
        self.column = known.get(asked.removeprefix("-"), "")
        if not self.column:
            names = ", ".join(f"{name}, -{name}" for name in known)
            raise BadQuery.because(
                "ordering", f"This list cannot be ordered by “{asked[:40]}”. Known: {names}."
            )
        return asked

    @property
    def is_descending(self) -> bool:
        return self.ordering.startswith("-")

    def _order(self, *, backwards: bool) -> Sequence[Any]:
        downwards = self.is_descending != backwards
        if self.column == "pk":
            return ["-pk" if downwards else "pk"]
        column, places = F(self.column), {"nulls_first": True} if backwards else {"nulls_last": True}
        return [column.desc(**places) if downwards else column.asc(**places), "-pk" if downwards else "pk"]

    def _beyond(self, position: Position) -> Q:
        """Return the condition for the rows on the asked side of a position."""
        side = "lt" if self.is_descending != position.is_backwards else "gt"
        later_id = Q(**{f"pk__{side}": position.pk})
        if self.column == "pk":
            return later_id
        empty = Q(**{f"{self.column}__isnull": True})
        if position.value is None:
            return (~empty | later_id) if position.is_backwards else (empty & later_id)
        # The first condition is implied by the second; it is the one an index can serve.
        beyond = Q(**{f"{self.column}__{side}e": position.value}) & (
            Q(**{f"{self.column}__{side}": position.value}) | later_id
        )
        return beyond if position.is_backwards else beyond | empty

    # --- Cursor ---

    @property
    def _signer(self) -> signing.Signer:
        """Sign for this list alone: a position in one says nothing in another."""
        return signing.Signer(salt=f"headway.cursor:{self.request.path}")

    def _read_cursor(self, queryset: QuerySet[Any]) -> Position | None:
        text = self.request.query_params.get("cursor")
        if text is None:
            return None
        try:
            if len(text) > LONGEST_CURSOR:
                raise signing.BadSignature
            position = Position(*self._signer.unsign_object(text))
            field = (
                queryset.model._meta.pk
                if self.column == "pk"
                else queryset.model._meta.get_field(self.column)
            )
            value = field.to_python(position.value)
        except (signing.BadSignature, ValidationError, ValueError, TypeError):
            raise BadQuery.because("cursor", _BAD_CURSOR, code="cursor") from None
        if position.ordering != self.ordering:
            raise BadQuery.because(
                "cursor", "This cursor belongs to another ordering. Start again without it."
            )
        return Position(position.ordering, value, position.pk, position.is_backwards)

    def _link(self, rows: Sequence[Any], *, is_backwards: bool) -> str | None:
        if not rows:
            return None
        row = rows[0] if is_backwards else rows[-1]
        value = None if self.column == "pk" else getattr(row, self.column)
        place = [
            self.ordering,
            value.isoformat() if isinstance(value, date) else value,
            row.pk,
            is_backwards,
        ]
        cursor = self._signer.sign_object(place)
        address = remove_query_param(self.request.build_absolute_uri(), "cursor")
        return replace_query_param(address, "cursor", cursor)

    # --- Schema ---

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": link | {"description": "The following page, or null at the end."},
                "previous": link | {"description": "The page before, or null at the beginning."},
                "results": schema,
                "count": {"type": "integer", "description": "How many rows there are; with count=true only."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = [sign + name for name in self.orderings(view) for sign in ("", "-")]
        return [
            parameter(
                "limit",
                f"Rows per page, {DEFAULT_LIMIT} unless told.",
                type="integer",
                minimum=1,
                maximum=LARGEST_LIMIT,
            ),
            parameter("cursor", "Where to go on; copied from next or previous.", type="string", minLength=1),
            parameter("count", "Also count all rows.", type="boolean"),
            parameter("ordering", f"{names[0]} unless told.", type="string", enum=names),
        ]


def parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}

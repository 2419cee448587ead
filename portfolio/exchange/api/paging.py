"""Pages through what an import has to say: a stored list, which stands still while the preview does."""

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from pilots.web.pagination import read_limit
from pilots.web.problems import BadQuery

PARAMETERS = frozenset({"limit", "cursor"})


def page_of(rows: Sequence[Any], request: Request) -> tuple[Sequence[Any], int, int]:
    """Return a page, where it starts and how long pages are; the cursor is the place it starts at."""
    limit, text = read_limit(request), request.query_params.get("cursor", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise BadQuery.because(
            "cursor", "This cursor is not one this list gave out. Start again without it.", code="cursor"
        )
    start = int(text)
    return rows[start : start + limit], start, limit


def answer_page(
    shapes: Sequence[dict[str, Any]], request: Request, start: int, limit: int, total: int
) -> Response:
    """Answer one page with the links to its neighbours."""
    after = start + limit if start + limit < total else None
    before = max(start - limit, 0) if start else None
    return Response({"next": _link(request, after), "previous": _link(request, before), "results": shapes})


def _link(request: Request, place: int | None) -> str | None:
    if place is None:
        return None
    address = remove_query_param(request.build_absolute_uri(), "cursor")
    return replace_query_param(address, "cursor", place) if place else address

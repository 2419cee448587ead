"""Rows by the hundred: what belongs to many pilots is asked of the database once for all of them."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

SIZE = 500
Item = TypeVar("Item", bound=Model)


def batches(rows: "QuerySet[Item, Any]", size: int = SIZE) -> Iterator[list[Item]]:
    """Yield all rows in their order, never more than `size` of them in memory."""
    left: Iterable[Item] = rows.iterator(chunk_size=size)
    left = iter(left)
    while batch := list(islice(left, size)):
        yield batch

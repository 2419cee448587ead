"""Takes pilots some at a time: memory stays flat, and no list of ids grows beyond what a database takes."""

from collections.abc import Iterator

from pilots.models.pilot import Pilot, PilotQuerySet

CHUNK = 1000  # SQLite takes 32,766 values in one statement


def in_chunks(pilots: PilotQuerySet, size: int | None = None) -> Iterator[PilotQuerySet]:
    """Yield these pilots in the order of their ids, a thousand at a time unless said; one query for each."""
    size, after = size or CHUNK, 0
    while ids := list(pilots.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:size]):
        yield Pilot.objects.filter(pk__in=ids)
        if len(ids) < size:
            return
        after = ids[-1]

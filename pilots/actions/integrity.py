"""Compares the derived columns with the rows they come from, and derives them again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from pilots.actions.columns import derive, last_words
from pilots.models import Pilot

CHUNK = 500


@dataclass(frozen=True)
class Difference:
    """A column that does not say what the rows say."""

    key: str
    column: str
    stored: Any
    derived: Any

    def __str__(self) -> str:
        return f"{self.key}: {self.column} is {self.stored!r}, its history says {self.derived!r}."


def rebuild_columns(*, write: bool) -> Iterator[Difference]:
    """Yield every column that differs from its rows, chunk by chunk; with `write`, set it right.

    Versions and events stay as they are: nothing about the pilots has changed.
    """
    last_pk = 0
    while True:
        with transaction.atomic():
            pilots = list(
                Pilot.objects.filter(pk__gt=last_pk)
                .select_related("program")
                .order_by("pk")
                .select_for_update(of=("self",))[:CHUNK]
            )
            if not pilots:
                return
            last_pk = pilots[-1].pk
            differences = list(_compare(pilots))
            if write and differences:
                columns = sorted({difference.column for difference in differences})
                Pilot.objects.bulk_update(pilots, columns, batch_size=200)
            elif not write:
                transaction.set_rollback(True)
        yield from differences


def _compare(pilots: list[Pilot]) -> Iterator[Difference]:
    words = last_words([pilot.pk for pilot in pilots])
    for pilot in pilots:
        yield from _differ(pilot, words[pilot.pk])
    values = derive(pilots)
    for pilot in pilots:
        yield from _differ(pilot, values[pilot.pk])


def _differ(pilot: Pilot, values: dict[str, Any]) -> Iterator[Difference]:
    for column, derived in values.items():
        stored = getattr(pilot, column)
        if stored != derived:
            yield Difference(pilot.key, column, stored, derived)
            setattr(pilot, column, derived)

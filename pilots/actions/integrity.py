"""Compares the derived columns with the rows they come from, and derives them again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from pilots.columns import Derived, derive, last_words, write_spans
from pilots.models import Pilot, StageSpan

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
                .select_for_update(of=("self",), no_key=True)[:CHUNK]
            )
            if not pilots:
                return
            last_pk = pilots[-1].pk
            found = derive(pilots)
            differences = [*_columns(pilots, found), *_spans(pilots, found)]
            if write and differences:
                columns = sorted({difference.column for difference in differences} - {"spans"})
                if columns:
                    Pilot.objects.bulk_update(pilots, columns, batch_size=200)
                write_spans(found.spans)
        yield from differences


def _columns(pilots: list[Pilot], found: Derived) -> Iterator[Difference]:
    words = last_words([pilot.pk for pilot in pilots])
    for pilot in pilots:
        yield from _differ(pilot, words[pilot.pk])
        yield from _differ(pilot, found.values[pilot.pk])


def _spans(pilots: list[Pilot], found: Derived) -> Iterator[Difference]:
    stored: dict[int, list[str]] = {pilot.pk: [] for pilot in pilots}
    for span in StageSpan.objects.filter(pilot__in=list(stored)).order_by("pk").values():
        stored[span["pilot_id"]].append(_say(span))
    for pilot in pilots:
        derived = [_say(span) for span in found.spans[pilot.pk]]
        if sorted(stored[pilot.pk]) != sorted(derived):
            yield Difference(pilot.key, "spans", stored[pilot.pk], derived)


def _say(span: Mapping[str, Any]) -> str:
    last = ", the last" if span["is_last"] else ""
    return f"{span['stage']} {span['entered_on']} to {span['left_on']}, held {span['held_days']}{last}"


def _differ(pilot: Pilot, values: dict[str, Any]) -> Iterator[Difference]:
    for column, derived in values.items():
        stored = getattr(pilot, column)
        if stored != derived:
            yield Difference(pilot.key, column, stored, derived)
            setattr(pilot, column, derived)

"""Replays how the pilots of a cohort stood on a past day, in one pass over their history.

Where nothing came after the day, the columns tell it and nobody comes here (`Cohort.settled`). The lists
behind the numbers ask the database for each pilot by itself (`Cohort.place`), which is right for a page of
fifty and slow for a hundred thousand; tests hold the two against each other.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter

from pilots.calendar import Precision
from pilots.lifecycle import Stage
from pilots.models import PilotQuerySet
from pilots.models.cohort import Cohort, Part, path_mask

MASKS = {stage.value: path_mask(stage) for stage in Stage}
DAY = Precision.DAY.value

# One row of history: pilot, imported, stage, first and last possible day, precision, in the order it counts.
Row = tuple[int, bool, str, date | None, date, str]


@dataclass(frozen=True, slots=True)
class Stood:
    """How one pilot stood. `entered`, `reached`: the first known days of the entry and of what was asked.

    `entered_by` is the last day on which it can have entered: another one where the entry date is rough.
    """

    pilot: int
    mask: int
    at: str
    is_held: bool
    is_imported: bool
    part: Part
    entered: date | None
    reached: tuple[date | None, ...]
    entered_by: date | None

    @property
    def days(self) -> tuple[int | None, ...]:
        """How many days after the entry each was reached; None where nobody knows."""
        start = self.entered
        return tuple((day - start).days if day and start else None for day in self.reached)


def stood_then(pilots: PilotQuerySet, cohort: Cohort, asked: Sequence[Stage]) -> Iterator[Stood]:
    """Replay the pilots that are not settled and had reached the entry stage; two queries."""
    moving = cohort.settled(pilots.filter(is_confidential=False), are=False).order_by()
    held = set(cohort.holds().filter(pilot__in=moving.values("pk")).values_list("pilot_id", flat=True))
    rows = (
        cohort.rows_of(moving)
        .order_by("-pilot_id", "latest_on", "id")  # the index of a pilot's history, read backwards
        .values_list("pilot_id", "pilot__is_imported", "to_stage", "happened_on", "latest_on", "precision")
    )
    return _replayed(rows.iterator(), held, cohort, asked)


def _replayed(rows: Iterable[Row], held: set[int], cohort: Cohort, asked: Sequence[Stage]) -> Iterator[Stood]:
    entry = cohort.entry
    parts: dict[tuple[date | None, date | None], Part] = {}
    for pilot, group in groupby(rows, key=itemgetter(0)):
        mask = 0
        first: dict[str, tuple[date, date]] = {}
        at, is_imported = "", False
        for row in group:
            _, is_imported, at, happened, latest, precision = row
            mask = max(mask, MASKS[at])
            if happened is not None and at not in first:
                first[at] = (happened, happened if precision == DAY else latest)
        if mask < entry.bit:
            continue
        entered = first.get(entry.value, (None, None))
        if entered not in parts:
            parts[entered] = cohort.part_of(*entered)
        reached = tuple(first[stage.value][0] if stage.value in first else None for stage in asked)
        yield Stood(
            pilot, mask, at, pilot in held, is_imported, parts[entered], entered[0], reached, entered[1]
        )


def grouped(stood: Iterable[Stood]) -> tuple[Counter[tuple[int, str, bool, bool, Part]], list[Stood]]:
    """Count pilots that stood alike; return the counts, and those of the cohort that moved on at all."""
    counts: Counter[tuple[int, str, bool, bool, Part]] = Counter()
    moved = []
    for one in stood:
        counts[one.mask, one.at, one.is_held, one.is_imported, one.part] += 1
        if one.part is Part.INSIDE:
            moved.append(one)
    return counts, moved

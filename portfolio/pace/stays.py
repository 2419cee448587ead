"""Reads the stays in each stage of the pilots of a cohort, as they are known on the day looked at.

Today they are read from the derived spans, a past day from history; tests hold both against each other.
Rough days count from the first day of their period. Ended holds are taken out of the days, and a hold
that lasts stops the clock on its first day; freezes are not taken out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import attrgetter, itemgetter

from django.db.models import Q

from pilots.columns import derived, span_rows
from pilots.lifecycle import MAIN_PATH, Stage, Standing, effective, stand
from pilots.models import Hold, PilotQuerySet, StageSpan, StageTransition
from pilots.models.cohort import Cohort
from pilots.pauses import Period
from pilots.replay import holds_then
from portfolio.dashboards.lives import inside
from portfolio.dashboards.silence import silent_days


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay. `entered` and `left` are None where nobody knows; `to` is None while it lasts."""

    pilot_id: int
    stage: Stage
    entered: date | None
    left: date | None
    to: Stage | None
    held_days: int
    held_since: date | None
    followed_until: date | None = None  # where nobody knows of it any later

    @property
    def is_forward(self) -> bool:
        """Whether it ended by moving on, not by going back or stopping."""
        if self.to is None or self.to not in MAIN_PATH or self.stage not in MAIN_PATH:
            return False
        return MAIN_PATH.index(self.to) > MAIN_PATH.index(self.stage)

    def days(self, day: date) -> int | None:
        """Return the days in the stage by a day, holds left out; None where they cannot be known."""
        if self.entered is None or (self.to is not None and self.left is None):
            return None
        last = min(day, self.followed_until or day, self.held_since or day)
        until = self.left if self.to is not None else last
        return max((until - self.entered).days - self.held_days, 0) if until else None


def read_stays(pilots: PilotQuerySet, cohort: Cohort) -> list[Stay]:
    """Return every stay, the stays of a pilot in their order; two queries today, four on a past day."""
    stays = _from_history(pilots, cohort) if cohort.reads_history else _from_spans(pilots, cohort)
    silent = silent_days(pilots, cohort)
    return [
        replace(stay, followed_until=silent[stay.pilot_id])
        if stay.to is None and stay.pilot_id in silent
        else stay
        for stay in stays
    ]


def _from_spans(pilots: PilotQuerySet, cohort: Cohort) -> Iterator[Stay]:
    rows = (
        StageSpan.objects.filter(pilot__in=inside(pilots, cohort).order_by())
        .order_by("pilot_id", "pk")
        .values_list("pilot_id", "stage", "entered_on", "left_on", "held_days", "pilot__held_since")
    )
    for _, group in groupby(rows.iterator(), key=itemgetter(0)):
        own = list(group)
        for row, following in zip(own, [*own[1:], None], strict=True):
            to = Stage(following[1]) if following else None
            yield Stay(row[0], Stage(row[1]), row[2], row[3], to, row[4], None if to else row[5])


def _from_history(pilots: PilotQuerySet, cohort: Cohort) -> Iterator[Stay]:
    found = inside(pilots, cohort).order_by()
    holds: dict[int, list[Period]] = {}
    for hold in Hold.objects.filter(pilot__in=found, since__lte=cohort.known_on).order_by("since", "pk"):
        holds.setdefault(hold.pilot_id, []).append(Period(hold.since, hold.until, hold.review_on))
    rows = StageTransition.objects.filter(pilot__in=found).order_by("pilot_id", "pk")
    if cohort.known_at is not None:
        rows = rows.filter(Q(recorded_at__lte=cohort.known_at))
    for pilot_id, group in groupby(rows.iterator(), key=attrgetter("pilot_id")):
        entries = [
            entry for entry in effective(row.as_entry() for row in group) if entry.latest_on <= cohort.day
        ]
        if entries:
            lasting = holds_then(holds.get(pilot_id, []), cohort.known_on)
            yield from _replayed(pilot_id, stand(entries), lasting)


def _replayed(pilot_id: int, standing: Standing, holds: list[Period]) -> Iterator[Stay]:
    held_since = derived(standing, holds, silence_from=None, moved_from=None)["held_since"]
    spans = span_rows(pilot_id, standing.spans, holds)
    for span, following in zip(spans, [*spans[1:], None], strict=True):
        to = Stage(following["stage"]) if following else None
        yield Stay(
            pilot_id,
            Stage(span["stage"]),
            span["entered_on"],
            span["left_on"],
            to,
            span["held_days"],
            None if to else held_since,
        )

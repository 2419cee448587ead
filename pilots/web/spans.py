"""The phases of a plan in days, as every drawing of it shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pilots.models import Phase, Plan
from pilots.pauses import Pauses

ONE = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """One phase: its planned days, later by the pauses until it was closed, and those it was worked on.

    `until` is None while nobody works on it. A phase that was closed before it was to begin may have
    begun after `until`.
    """

    phase: Phase
    first: date
    last: date
    began: date
    until: date | None

    @property
    def over(self) -> int:
        """How many days it went, or goes, beyond its last; less than zero while there are some left."""
        return (self.until - self.last).days if self.until else 0

    @property
    def actual(self) -> tuple[date, date] | None:
        """The days it was worked on as far as they were planned."""
        end = min(self.until, self.last) if self.until else None
        return (self.began, end) if end and end >= self.began else None

    @property
    def beyond(self) -> tuple[date, date] | None:
        """The days it was worked on beyond its last."""
        first = max(self.last + ONE, self.began)
        return (first, self.until) if self.until and self.until >= first else None


def spans(
    plan: Plan, phases: Sequence[Phase], pauses: Pauses, today: date, *, is_followed: bool
) -> list[Span]:
    """Return the phases, which come in their order; `today` is the pilot's own day."""
    first_open = next((phase for phase in phases if phase.finished_on is None), None)
    found, began = [], plan.start
    for phase in phases:
        runs = is_followed and (phase is first_open or phase.started_on is not None)
        first, last = (
            pauses.moved(day, plan.start, today, closed_on=phase.finished_on)
            for day in (phase.planned_start, phase.planned_end)
        )
        until = phase.finished_on or (today if runs else None)
        found.append(Span(phase, first, last, phase.started_on or began, until))
        began = phase.finished_on + ONE if phase.finished_on else phase.planned_start
    return found

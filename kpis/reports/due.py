"""Which reports are due when. Plain rules.

Sources: S1-17 (every month in production), S1-2 and S4-12 (12 and 36 months). What came due before a pilot
was logged here is asked of nobody.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from kpis.reports.periods import EARLY, MONTHS, sustained
from kpis.terms import ReportKind


@dataclass(frozen=True, kw_only=True)
class DueReview:
    """A sustain review: asked for from `asked_on`, due on the last day it looks back over."""

    kind: ReportKind
    asked_on: date
    due_on: date


def unreported_since(in_production: date, here_since: date, reported_to: date | None) -> date:
    """Return from which day on a monthly report is missed: the last one ends there, or there was none yet."""
    return max(in_production, here_since, reported_to or in_production)


def due_reviews(
    in_production: date,
    *,
    here_since: date,
    published: Collection[ReportKind],
    today: date,
    early: timedelta = EARLY,
) -> list[DueReview]:
    """Return the sustain reviews that are asked for now and not published, the oldest first.

    `early` is how long before its last day one is asked for.
    """
    found = []
    for kind, months in MONTHS.items():
        span = sustained(in_production, months)
        if span is None or kind in published or span.last < here_since:
            continue
        asked_on = max(span.last - early, here_since)
        if today >= asked_on:
            found.append(DueReview(kind=kind, asked_on=asked_on, due_on=span.last))
    return found

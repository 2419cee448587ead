"""What a dashboard says beside its charts: who is not in them, who looks, and as of when."""

from django.utils import timezone

from pilots.calendar import Day
from pilots.models.cohort import Cohort
from pilots.web.spoken import months
from portfolio.dashboards.funnel import Funnel
from portfolio.dashboards.words import Piece, pilots


def left_out(funnel: Funnel, cohort: Cohort) -> list[Piece]:
    """Return who is not in the charts, and why; empty when everybody is."""
    undated, young = funnel.undated, funnel.young
    pieces = []
    if undated:
        has_period = cohort.cohort_from or cohort.cohort_to
        why = "whose start date is not known well enough" if has_period else "without a start date"
        pieces.append(Piece(pilots(undated), f" {why}", {"undated": ("true",)}))
    if young and cohort.matured_months:
        ago = f" that started less than {months(cohort.matured_months)} ago"
        if pieces:
            pieces.append(Piece("", ", "))
        pieces.append(Piece(pilots(young), ago, {"young": ("true",)}))
    return [*pieces, Piece("", ". ")] if pieces else []


def told_as_of(cohort: Cohort) -> str:
    """Return the day looked at, in full; with the time while it is today."""
    day = str(Day(cohort.day))
    if cohort.as_of is None:
        day = f"{day}, {timezone.localtime():%H:%M}"
    if cohort.known_at is None:
        return day
    return f"{day}, as recorded by {timezone.localtime(cohort.known_at):%a %-d %b %Y, %H:%M}"

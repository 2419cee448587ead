"""The numbers of a pack: the funnel as its page and its API tell it, in words and to be drawn."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from portfolio.benchmarks.actions import shown
from portfolio.dashboards import words
from portfolio.dashboards.benchmarks import overlay
from portfolio.dashboards.beside import left_out
from portfolio.dashboards.funnel import Funnel, count_apart
from portfolio.dashboards.shape import shape_funnel
from portfolio.pace.reading import Reading
from portfolio.steering.scope import PackScope

Content = dict[str, Any]

# What the words of a pack mean; docs/glossary.md says more.
DEFINITIONS = (
    ("Ever", "Every pilot that reached the stage, whatever became of it."),
    ("Here or later", "Those that stand in the stage or in a later one on the day looked at."),
    ("Undecided", "Neither reached production nor ended, at work or on hold."),
    ("Stopped or retired", "Ended: before production it was stopped, after it was retired."),
    ("Newly stalled", "Passed a limit of a rule; a starting position from an import is no news."),
    ("Changed", "Moved, held or resumed in Headway; what an import brought is left out."),
    (
        "In production",
        "In the workflow, run by those who maintain it, governed, measured on a business outcome.",
    ),
    ("Value held", "For 12 months in production."),
    ("As of", "The day the numbers are of."),
    ("Known at", "What was recorded or corrected after this moment is left out."),
)


def read_funnel(scope: PackScope) -> tuple[Funnel, Content]:
    """Return the funnel and how a pack keeps it: what the API says of it, and the words of the page."""
    funnel = count_apart(scope.filters.pilots, scope.filters.cohort)
    shaped = shape_funnel(funnel, scope.filters.cohort, scope.maker)
    benchmarks = [
        {**figure, "said": words.percent(Decimal(str(figure["value"])))}
        for figure in shaped.pop("benchmarks")
    ]
    shaped["stages"] = [
        {**stage, "name": words.NAMES[bar.stage], "rest": _joined(words.rest_line(bar))}
        for stage, bar in zip(shaped["stages"], funnel.bars, strict=True)
    ]
    shaped["goal"] = funnel.goal.value if funnel.goal else None
    shaped["undecided"] = funnel.still_open if funnel.goal else None
    shaped["arrived"] = funnel.arrived if funnel.goal else None
    shaped["ended"] = sum(bar.ended for bar in funnel.bars)
    shaped["words"] = {
        "state": _joined(words.state(funnel)) if funnel.denominator else "",
        "finding": words.finding(funnel) if funnel.denominator else "",
        "rate": words.rate(funnel) if funnel.denominator else "",
        "method": words.method(funnel, scope.filters.cohort),
        "still_open": words.still_open(funnel),
        "nothing": "" if funnel.denominator else words.nothing(funnel, is_filtered=bool(scope.query)),
        "left_out": _joined(left_out(funnel, scope.filters.cohort)),
        "benchmark_absent": overlay(funnel, scope.filters.cohort, shown()).absent,
    }
    return funnel, {"funnel": shaped, "benchmarks": benchmarks}


def reading_of(scope: PackScope) -> Reading:
    """Return the same pilots at the same time for the sections of Pace."""
    return Reading(scope.maker, scope.filters)


def head_of(scope: PackScope) -> Content:
    """Return what a pack says of itself: which pilots, as of when, as recorded when, as seen by whom."""
    return {
        "format": 1,
        "as_of": scope.as_of.isoformat(),
        "known_at": scope.known_at.isoformat(),
        "frozen_on": timezone.localdate(scope.at).isoformat(),
        "filters": scope.named,
        "query": scope.query,
        "as_seen_by": str(scope.maker),
        "definitions": [list(pair) for pair in DEFINITIONS],
    }


def _joined(pieces: Any) -> str:
    return "".join(f"{piece.number}{piece.words}" for piece in pieces).strip()

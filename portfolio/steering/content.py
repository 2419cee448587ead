"""Reads everything a pack keeps, at one moment, from the same layer as the pages (docs/steering-pack.md)."""

from typing import Any

from portfolio.steering.lines import read_changes, read_decisions, read_stalled, since
from portfolio.steering.models import Pack
from portfolio.steering.numbers import head_of, read_funnel, reading_of
from portfolio.steering.pace import read_pace
from portfolio.steering.scope import PackScope


def read_content(scope: PackScope, before: Pack | None, *, has_pace: bool = True) -> dict[str, Any]:
    """Return the content of a pack as JSON takes it; what is news is measured from the pack `before`.

    Without `has_pace` it lacks the parts of Pace, which take nearly all of the time.

    Format 1: what `head_of`, `read_funnel` and `read_pace` return, and the lines with how many there are.
    No confidential pilot is in any of it.
    """
    news = since(before, at=scope.at)
    _, numbers = read_funnel(scope)
    decisions, decisions_total = read_decisions(scope)
    stalled = read_stalled(scope, news)
    return {
        **head_of(scope),
        **numbers,
        "since": {"on": news.day.isoformat(), "said": news.said},
        "decisions": decisions,
        "decisions_total": decisions_total,
        "stalled": stalled.lines,
        "stalled_total": stalled.total,
        "stalled_told": stalled.told,
        "changes": read_changes(scope, news),
        **(read_pace(reading_of(scope)) if has_pace else {}),
    }

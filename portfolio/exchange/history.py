"""What the dates of one row say about a pilot's past: plain rules, no database, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

from pilots.calendar import Day
from pilots.lifecycle import MAIN_PATH, Stage, implied_by
from portfolio.exchange.findings import CellWarning

UNKNOWN = "so the date stays unknown."


@dataclass(frozen=True)
class Step:
    """A pilot came to a stage: on a day, or by `latest_on` at the latest when nobody knows the day."""

    stage: Stage
    happened: Day | None
    latest_on: date
    supersedes: int | None = None


@dataclass(frozen=True)
class Dated:
    """A cell that was read as the day on which a pilot came to a stage."""

    column: str
    text: str
    enters: Stage
    day: Day


def may_have_reached(present: Stage) -> frozenset[Stage]:
    """Return the stages a pilot can have come to when it is now in `present` and never went back."""
    if present is Stage.STOPPED:
        return frozenset({*MAIN_PATH[: MAIN_PATH.index(Stage.PRODUCTION)], Stage.STOPPED})
    if present is Stage.RETIRED:
        return frozenset({*MAIN_PATH, Stage.RETIRED})
    return frozenset(implied_by(present))


def sound(
    row: int, dates: Iterable[Dated], present: Stage, as_of: date
) -> tuple[list[Dated], list[CellWarning]]:
    """Return the dates that fit the stage, the register's day and one another, and why others do not."""
    kept: list[Dated] = []
    warnings: list[CellWarning] = []
    for dated in dates:
        if dated.day.first > as_of:
            reason = f"It lies after {Day(as_of)}, the day the register speaks of, {UNKNOWN}"
        elif dated.enters not in may_have_reached(present):
            reason = f"It would mean {dated.enters.label}, but the row says {present.label}, {UNKNOWN}"
        else:
            kept.append(dated)
            continue
        warnings.append(CellWarning(row, dated.column, dated.text, reason))
    kept.sort(key=lambda dated: list(Stage).index(dated.enters))
    contradicted: dict[Dated, str] = {}
    for earlier, later in combinations(kept, 2):
        if later.day.latest < earlier.day.first:
            contradicted.setdefault(earlier, f"It comes after “{later.column}”")
            contradicted.setdefault(later, f"It comes before “{earlier.column}”")
    warnings += [
        CellWarning(row, dated.column, dated.text, f"{reason}, so both dates stay unknown.")
        for dated, reason in contradicted.items()
    ]
    return [dated for dated in kept if dated not in contradicted], warnings


def steps(dates: Sequence[Dated], present: Stage, as_of: date) -> tuple[Step, ...]:
    """Return a pilot's past as a row tells it: its dated stages, and the one it is in now.

    A stage known to the month was left, at the latest, when the next one was entered: that bounds
    `latest_on`, by which a history is ordered.
    """
    found = [Step(dated.enters, dated.day, min(dated.day.latest, as_of)) for dated in dates]
    for place in range(len(found) - 2, -1, -1):
        found[place] = replace(
            found[place], latest_on=min(found[place].latest_on, found[place + 1].latest_on)
        )
    if not found or found[-1].stage is not present:
        found.append(Step(present, None, as_of))
    return tuple(found)

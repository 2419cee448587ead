"""Reads the ways of the pilots of a cohort, and counts them by month (docs/flow-method.md)."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.db.models import F, Q

from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import Hold, PilotQuerySet
from pilots.models.cohort import Cohort, Part
from portfolio.dashboards.past import stood_then
from portfolio.flow.lives import End
from portfolio.flow.months import Flow, Lasting, Passage, Tally


def steps_to(goal: Stage, entry: Stage) -> tuple[Stage, ...]:
    """Return the stages after the entry, up to the goal.

    Raises `ValueError` for a goal that does not come after the entry.
    """
    steps = MAIN_PATH[MAIN_PATH.index(entry) + 1 : MAIN_PATH.index(goal) + 1]
    if not steps:
        raise ValueError(f"{goal.label} does not come after {entry.label}.")
    return steps


def read_flow(pilots: PilotQuerySet, cohort: Cohort, goal: Stage = Stage.PRODUCTION) -> Flow:
    """Count who came, went and was in progress at the ends of months; two queries, four on a past day."""
    steps = steps_to(goal, cohort.entry)
    holds = _holds(pilots, cohort)
    tally = Tally(cohort.day, len(steps))
    for pilot_id, passage in _passages(pilots, cohort, steps):
        tally.add(passage)
        if pilot_id in holds:
            tally.add_holds(passage, holds[pilot_id], known_on=cohort.known_on)
    return tally.flow()


def _passages(pilots: PilotQuerySet, cohort: Cohort, steps: Sequence[Stage]) -> Iterator[tuple[int, Passage]]:
    """Give each pilot's way: from its columns where nothing came after the day, else from its history."""
    asked = (Stage.STOPPED, *steps)
    if not cohort.reads_history:
        yield from _from_columns(cohort.place(pilots), asked)
        return
    if cohort.known_at is None:
        yield from _from_columns(cohort.place_settled(cohort.settled(pilots)), asked)
    for one in stood_then(pilots, cohort, asked):
        if one.part is Part.INSIDE and one.entered is not None:
            yield one.pilot, _way(one.entered, one.mask, one.at, one.reached, steps)


def _from_columns(placed: PilotQuerySet, asked: Sequence[Stage]) -> Iterator[tuple[int, Passage]]:
    rows = placed.filter(Q(part=Part.INSIDE.value)).order_by()
    columns = [f"reached_{stage.value}_on" for stage in asked]
    found = rows.values_list("pk", F("entered_first"), F("path_mask"), F("stage_then"), *columns)
    for pk, entered, mask, stage, *reached in found.iterator():
        yield pk, _way(entered, mask, stage, reached, asked[1:])


def _way(
    entered: date, mask: int, stage: str, reached: Sequence[date | None], steps: Sequence[Stage]
) -> Passage:
    """Return a way; `reached` are the first known days of stopping and of each step."""
    far = sum(mask >= step.bit for step in steps)
    if far == len(steps):
        return Passage(entered, tuple(reached[1:]), far, End.ARRIVED)
    if stage == Stage.STOPPED.value:
        return Passage(entered, tuple(reached[1:]), far, End.STOPPED, reached[0])
    return Passage(entered, tuple(reached[1:]), far, End.OPEN)


def _holds(pilots: PilotQuerySet, cohort: Cohort) -> dict[int, list[Lasting]]:
    rows = Hold.objects.filter(pilot__in=pilots.order_by(), since__lte=cohort.known_on)
    holds: dict[int, list[Lasting]] = {}
    for pilot_id, since, until in rows.order_by("since", "pk").values_list("pilot_id", "since", "until"):
        holds.setdefault(pilot_id, []).append((since, until))
    return holds

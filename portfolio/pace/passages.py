"""Reads the ways of the pilots of a cohort, and counts them by month (docs/flow-method.md)."""

from django.db.models import F

from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import Hold, PilotQuerySet
from pilots.models.cohort import Cohort
from pilots.replay import known_on
from portfolio.flow.lives import End
from portfolio.flow.months import Flow, Lasting, Passage, Tally
from portfolio.pace.lives import inside


def steps_to(goal: Stage, entry: Stage) -> tuple[Stage, ...]:
    """Return the stages after the entry, up to the goal.

    Raises `ValueError` for a goal that does not come after the entry.
    """
    steps = MAIN_PATH[MAIN_PATH.index(entry) + 1 : MAIN_PATH.index(goal) + 1]
    if not steps:
        raise ValueError(f"{goal.label} does not come after {entry.label}.")
    return steps


def read_flow(pilots: PilotQuerySet, cohort: Cohort, goal: Stage = Stage.PRODUCTION) -> Flow:
    """Count who came, went and was in progress at the ends of months; two queries for any number."""
    found, steps = inside(pilots, cohort), steps_to(goal, cohort.entry)
    holds = _holds(found, cohort)
    tally = Tally(cohort.day, len(steps))
    rows = found.order_by().values_list(
        "pk",
        F("entered_first"),
        F("path_mask"),
        F("stage_then"),
        cohort.reached_on(Stage.STOPPED),
        *(cohort.reached_on(step) for step in steps),
    )
    for pk, entered, mask, stage, stopped, *reached in rows.iterator():
        far = sum(mask >= step.bit for step in steps)
        end = End.OPEN
        if far == len(steps):
            end = End.ARRIVED
        elif stage == Stage.STOPPED.value:
            end = End.STOPPED
        passage = Passage(entered, tuple(reached), far, end, stopped if end is End.STOPPED else None)
        tally.add(passage)
        if pk in holds:
            tally.add_holds(passage, holds[pk], known_on=known_on(cohort))
    return tally.flow()


def _holds(found: PilotQuerySet, cohort: Cohort) -> dict[int, list[Lasting]]:
    rows = Hold.objects.filter(pilot__in=found.order_by(), since__lte=known_on(cohort)).order_by(
        "since", "pk"
    )
    holds: dict[int, list[Lasting]] = {}
    for pilot_id, since, until in rows.order_by("since", "pk").values_list("pilot_id", "since", "until"):
        holds.setdefault(pilot_id, []).append((since, until))
    return holds

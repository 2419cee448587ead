"""The rules about the course of a pilot, on the day before a limit, on it and after it."""

from datetime import date, timedelta

import pytest

from pilots.lifecycle import Stage
from pilots.rules import RULES
from pilots.rules.course_facts import Course, Held, Move
from pilots.rules.facts import RunningPlan
from pilots.rules.registry import Evidence, Kind
from tests.pilots.rules.test_time import CLOCK, LONG, facts, judged, severity

END = CLOCK + timedelta(days=89)
PLAN = RunningPlan(CLOCK, END, None)
KEYS = ("R-02", "R-05", "R-06", "R-09", "R-92")


def after(days: int) -> date:
    return CLOCK + timedelta(days=days)


def planned(*, plan: RunningPlan = PLAN, stage: Stage = Stage.TRANSITION, **known):
    more = {name: known.pop(name) for name in ("is_held", "reached") if name in known}
    return facts(stage, stage_clock=CLOCK, plan=plan, floors={Course: Course(**known)}, **more)


def moved(*days: int) -> tuple[Move, ...]:
    """Moves by so many days, ten days apart; the first on day 20."""
    return tuple(Move(after(20 + 10 * place), count) for place, count in enumerate(days))


@pytest.mark.parametrize(
    ("moves", "expected", "crossed"),
    [
        ((), None, None),
        ((30,), None, None),
        ((31,), "high", 20),
        ((1, 1), "high", 30),
        ((15, -40), None, None),  # brought forward once: nothing was put off twice
        ((30, -30, 1), "high", 40),  # what came nearer takes nothing back
        ((31, 5), "high", 20),
    ],
)
def test_end_that_is_put_off_twice_or_by_a_month_is_a_stall(moves, expected, crossed):
    found = judged("R-02", planned(moves=moved(*moves)), LONG)

    assert (found and found.severity.value) == expected
    if found:
        assert (found.since, found.crossed_on, found.serious_on) == (after(crossed),) * 3


def test_put_off_end_is_told_by_times_and_days():
    hit = judged("R-02", planned(moves=moved(5, 40)), LONG)

    assert RULES.get("R-02").fact(Evidence(hit.since, LONG, 2, hit.details)) == (
        "The end of its plan was put off twice, by 45 days in all (limit twice)."
    )
    hit = judged("R-02", planned(moves=moved(40)), LONG)
    assert RULES.get("R-02").fact(Evidence(hit.since, LONG, 31, hit.details)) == (
        "The end of its plan was put off once, by 40 days in all (limit 31 days)."
    )


@pytest.mark.parametrize(("day", "expected"), [(104, None), (105, None), (106, "high")])
def test_result_without_users_stalls_after_thirty_days(day, expected):
    """Integrated on day 75 of the plan, which ended on day 90."""
    assert severity("R-05", planned(staged_since=after(75)), after(day)) == expected


def test_plan_that_plans_to_wait_longer_is_followed_and_not_stalled():
    regulated = planned(plan=RunningPlan(CLOCK, after(181), None), staged_since=after(125))

    assert severity("R-05", regulated, after(181)) is None
    assert severity("R-05", regulated, after(182)) == "high"


def test_pilot_without_a_result_or_with_users_before_does_not_wait_in_staging():
    assert judged("R-05", planned(), LONG) is None
    was_live = Stage.TRANSITION.bit | Stage.LIMITED.bit
    assert judged("R-05", planned(staged_since=CLOCK, reached=was_live), LONG) is None


@pytest.mark.parametrize(("count", "expected"), [(0, None), (1, "warning"), (2, "warning"), (3, "high")])
def test_scope_that_moves_after_it_was_settled_is_a_risk(count, expected):
    changes = tuple(after(20 + number) for number in range(count))
    hit = judged("R-06", planned(scope_changes=changes), LONG)

    assert (hit and hit.severity.value) == expected
    if hit:
        assert (hit.since, hit.crossed_on) == (after(20), after(20 if count < 3 else 22))


@pytest.mark.parametrize(
    ("day", "review", "holds", "expected", "why"),
    [
        (30, 30, 1, None, None),
        (31, 30, 1, "warning", "review"),
        (60, 90, 1, None, None),
        (61, 90, 1, "warning", "held"),
        (0, 90, 2, "warning", "holds"),
    ],
)
def test_hold_is_overdue_long_or_not_the_first(day, review, holds, expected, why):
    held = planned(stage=Stage.PROVEN, is_held=True, hold=Held(CLOCK, after(review)), holds=holds)
    hit = judged("R-09", held, after(day))

    assert (hit and hit.severity.value) == expected
    assert (hit and hit.details["by"]) == why


def test_hold_is_told_by_what_is_wrong_with_it():
    def told(days, **details):
        return RULES.get("R-09").fact(Evidence(CLOCK, after(days), 60, details))

    assert told(3, by="review") == "Its hold was to be looked at on Mon 5 Jan 2026, 3 days ago."
    assert told(61, by="held") == "On hold for 61 days (limit 60 days)."
    assert told(1, by="holds", holds=2) == "On hold for the second time, since Mon 5 Jan 2026."


def test_only_what_is_on_hold_hides_there():
    hold = Held(CLOCK, CLOCK)
    for known in ({"is_held": False}, {"is_held": True, "stage": Stage.STOPPED}):
        assert judged("R-09", planned(hold=hold, holds=3, **known), LONG) is None


@pytest.mark.parametrize(
    ("days", "is_hard", "expected"),
    [(89, False, "info"), (90, False, None), (90, True, "info"), (152, True, "info"), (153, True, None)],
)
def test_plan_shorter_than_is_usual_is_only_told(days, is_hard, expected):
    plan = RunningPlan(CLOCK, after(days - 1), None)

    assert severity("R-92", planned(plan=plan, is_hard=is_hard), CLOCK) == expected


@pytest.mark.parametrize("key", [key for key in KEYS if key != "R-09"])
def test_who_rests_or_runs_no_plan_is_not_judged(key):
    course = {"moves": moved(50, 50), "staged_since": CLOCK, "scope_changes": (CLOCK,) * 3, "is_hard": True}
    hit, rule = judged(key, planned(**course), LONG), RULES.get(key)

    assert hit is not None
    assert rule.eligible(planned(**course))
    for other in (
        planned(**course, is_held=True),
        planned(**course, plan=None),
        planned(**course, stage=Stage.PROVEN),
    ):
        assert judged(key, other, LONG) is None
        assert not rule.eligible(other)


def test_pilot_of_which_only_stage_and_days_are_known_gets_none_of_them():
    for stage in Stage:
        for key in KEYS:
            assert judged(key, facts(stage, stage_clock=CLOCK, proven_clock=CLOCK), LONG) is None


def test_only_slips_and_waiting_can_stall():
    assert {key for key in KEYS if RULES.get(key).kind is Kind.STALL} == {"R-02", "R-05"}

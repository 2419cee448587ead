"""The rules of a rollout by themselves: which steps may follow which."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from pilots.rollout import faults_in_order, faults_of_step, leap, small_group

TODAY = date(2026, 11, 18)


@dataclass
class Step:
    kind: str
    share_percent: int
    starts_on: date = TODAY
    ends_on: date | None = None
    rollback_when: str = "2 % wrong"
    outcome: str = ""
    number: int = 1


def _steps(*steps: Step) -> list[Step]:
    for number, step in enumerate(steps, 1):
        step.number = number
    return list(steps)


def _codes(faults) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in faults]


@pytest.mark.parametrize(
    ("step", "faults"),
    [
        pytest.param(Step("canary", 5), [], id="fine"),
        pytest.param(Step("shadow", 0, rollback_when=""), [], id="a-shadow-needs-no-way-back"),
        pytest.param(Step("shadow", 5), [("share_percent", "share")], id="a-shadow-decides-nothing"),
        pytest.param(Step("canary", 0), [("share_percent", "share")], id="a-canary-decides-something"),
        pytest.param(Step("canary", 101), [("share_percent", "share")], id="more-than-all"),
        pytest.param(Step("full", 99), [("share_percent", "share")], id="everybody-is-all"),
        pytest.param(Step("expanded", 100), [("kind", "kind")], id="all-is-everybody"),
        pytest.param(Step("limited", 5, rollback_when=""), [("rollback_when", "required")], id="no-way-back"),
        pytest.param(
            Step("canary", 5, ends_on=TODAY - timedelta(1)), [("ends_on", "order")], id="ends-too-soon"
        ),
        pytest.param(Step("canary", 5, ends_on=TODAY), [], id="one-day"),
    ],
)
def test_a_step_by_itself(step, faults):
    assert _codes(faults_of_step(step)) == faults


@pytest.mark.parametrize(
    ("before", "step", "faults"),
    [
        pytest.param([], Step("full", 100), [("share_percent", "all-first")], id="everybody-first"),
        pytest.param([], Step("limited", 20), [], id="a-group-first"),
        pytest.param([], Step("expanded", 60), [("kind", "too-early")], id="no-small-group"),
        pytest.param(
            [Step("shadow", 0)], Step("canary", 5), [("share_percent", "undecided")], id="not-decided-yet"
        ),
        pytest.param(
            [Step("shadow", 0)],
            Step("canary", 5, TODAY + timedelta(1)),
            [],
            id="planned-for-later",
        ),
        pytest.param([Step("shadow", 0, outcome="proceed")], Step("canary", 5), [], id="after-go-on"),
        pytest.param(
            [Step("canary", 5, outcome="hold")],
            Step("limited", 20, TODAY + timedelta(9)),
            [("share_percent", "not-to-grow")],
            id="after-stay",
        ),
        pytest.param([Step("canary", 5, outcome="rolled_back")], Step("canary", 5), [], id="the-same-again"),
        pytest.param(
            [Step("canary", 5, outcome="rolled_back")],
            Step("canary", 6),
            [("share_percent", "not-to-grow")],
            id="larger-after-going-back",
        ),
        pytest.param(
            [Step("canary", 5, outcome="proceed")],
            Step("limited", 5, TODAY - timedelta(1)),
            [("starts_on", "order")],
            id="before-the-one-before",
        ),
        pytest.param(
            [Step("limited", 20, TODAY - timedelta(29), outcome="proceed")],
            Step("expanded", 60),
            [("starts_on", "too-early")],
            id="29-days",
        ),
        pytest.param(
            [Step("limited", 20, TODAY - timedelta(30), outcome="proceed")],
            Step("expanded", 60),
            [],
            id="30-days",
        ),
    ],
)
def test_a_step_after_others(before, step, faults):
    steps = _steps(*before, step)

    assert _codes(faults_in_order(steps, len(before), TODAY)) == faults


def test_the_waiver_lets_it_expand_but_never_start_with_everybody():
    early = _steps(Step("canary", 5, outcome="proceed"), Step("full", 100))
    first = _steps(Step("full", 100))

    assert faults_in_order(early, 1, TODAY, may_expand_early=True) == []
    assert _codes(faults_in_order(first, 0, TODAY, may_expand_early=True)) == [("share_percent", "all-first")]


@pytest.mark.parametrize(
    ("steps", "base"),
    [
        ([Step("shadow", 0)], None),
        ([Step("canary", 5), Step("canary", 10)], 0),
        ([Step("canary", 5), Step("limited", 20), Step("limited", 30)], 1),
        ([Step("limited", 20, outcome="rolled_back"), Step("canary", 5)], 1),
        ([Step("limited", 20), Step("limited", 20, outcome="rolled_back")], None),
    ],
)
def test_from_when_thirty_days_count(steps, base):
    found = small_group(_steps(*steps))

    assert found is (None if base is None else steps[base])


@pytest.mark.parametrize(
    ("shares", "found"),
    [([5, 20, 60, 100], None), ([5, 55, 100], None), ([5, 56], (5, 56)), ([60], (0, 60)), ([], None)],
)
def test_a_large_leap_is_told(shares, found):
    assert leap([Step("limited", share) for share in shares]) == found

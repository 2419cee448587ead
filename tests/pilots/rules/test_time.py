"""Each rule about time on the day before a limit, on it and after it; and where none applies."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilots.lifecycle import ENDS, MAIN_PATH, Stage
from pilots.rules import RULES
from pilots.rules.facts import Facts, OpenPhase, RunningPlan
from pilots.rules.registry import Evidence, Limit, Look, Severity, worst_passed

CLOCK = date(2026, 1, 5)  # a Monday
CLOCKS = ("stage_clock", "proven_clock", "silence_clock", "moved_clock", "decide_by")
OF_RULE = {
    "R-01": "proven_clock",
    "R-03": "stage_clock",
    "R-04-heard": "silence_clock",
    "R-04-moved": "moved_clock",
    "R-07": "stage_clock",
    "R-08": "stage_clock",
    "R-79": "decide_by",
    "R-10": "stage_clock",
}
STAGES = {
    "R-01": {Stage.PROVEN, Stage.TRANSITION},
    "R-03": {Stage.TRANSITION},
    "R-04-heard": set(MAIN_PATH) - {Stage.IDEA, Stage.CHARTERED},
    "R-04-moved": {Stage.PILOTING, Stage.PROVEN, Stage.TRANSITION, Stage.LIMITED},
    "R-07": {Stage.PROVEN},
    "R-08": {Stage.PILOTING},
    "R-79": {Stage.IDEA, Stage.CHARTERED, Stage.PILOTING},
    "R-10": {Stage.TRANSITION, Stage.LIMITED},
}
LONG = CLOCK + timedelta(days=1000)


def facts(stage: Stage, **known) -> Facts:
    """A pilot of which nothing is known but its stage and what is said here."""
    plain = dict.fromkeys(CLOCKS) | {
        "is_held": False,
        "is_confidential": False,
        "here_since": CLOCK,
        "quiet_until": None,
        "has_production_owner": False,
        "reached": stage.bit,
    }
    return Facts(pilot_id=1, program_id=1, stage=stage, **(plain | known))


def judged(key: str, found: Facts, day: date):
    rule = RULES.get(key)
    return rule.judge(found, Look(day, rule.default_limits))


def severity(key: str, found: Facts, day: date) -> str | None:
    hit = judged(key, found, day)
    return hit.severity.value if hit else None


@pytest.mark.parametrize(
    ("key", "stage", "passed", "expected"),
    [
        *[
            ("R-01", stage, days, found)
            for stage in (Stage.PROVEN, Stage.TRANSITION)
            for days, found in [
                (89, None),
                (90, "warning"),
                (134, "warning"),
                (135, "high"),
                (179, "high"),
                (180, "critical"),
            ]
        ],
        ("R-03", Stage.TRANSITION, 89, None),
        ("R-03", Stage.TRANSITION, 90, "critical"),
        # Every 14 days: due Mon 19 Jan, and after three working days it is Fri 23 Jan.
        ("R-04-heard", Stage.PILOTING, 17, None),
        ("R-04-heard", Stage.PILOTING, 18, "warning"),
        ("R-04-heard", Stage.PILOTING, 27, "warning"),
        ("R-04-heard", Stage.PILOTING, 28, "high"),
        # Every 7 days: due Mon 12 Jan, so Fri 16 Jan.
        ("R-04-heard", Stage.LIMITED, 10, None),
        ("R-04-heard", Stage.LIMITED, 11, "warning"),
        ("R-04-heard", Stage.LIMITED, 13, "warning"),
        ("R-04-heard", Stage.LIMITED, 14, "high"),
        # Every 30 days: due Wed 4 Feb, and over the weekend it is Tue 10 Feb.
        ("R-04-heard", Stage.PRODUCTION, 35, None),
        ("R-04-heard", Stage.PRODUCTION, 36, "warning"),
        ("R-04-heard", Stage.PRODUCTION, 59, "warning"),
        ("R-04-heard", Stage.PRODUCTION, 60, "high"),
        ("R-04-moved", Stage.PILOTING, 13, None),
        ("R-04-moved", Stage.PILOTING, 14, "warning"),
        ("R-04-moved", Stage.PILOTING, 29, "warning"),
        ("R-04-moved", Stage.LIMITED, 30, "high"),
        ("R-07", Stage.PROVEN, 30, None),
        ("R-07", Stage.PROVEN, 31, "high"),
        ("R-08", Stage.PILOTING, 90, None),
        ("R-08", Stage.PILOTING, 91, "warning"),
        ("R-08", Stage.PILOTING, 180, "warning"),
        ("R-08", Stage.PILOTING, 181, "high"),
        ("R-79", Stage.PILOTING, 0, None),
        ("R-79", Stage.PILOTING, 1, "warning"),
        ("R-79", Stage.IDEA, 7, "warning"),
        ("R-79", Stage.IDEA, 8, "high"),
    ],
)
def test_rule_hits_from_its_limit_on(key, stage, passed, expected):
    found = facts(stage, **{OF_RULE[key]: CLOCK})

    assert severity(key, found, CLOCK + timedelta(days=passed)) == expected


@pytest.mark.parametrize("key", OF_RULE)
@pytest.mark.parametrize("stage", Stage)
def test_rule_looks_at_its_stages_only(key, stage):
    found = facts(stage, **dict.fromkeys(CLOCKS, CLOCK))

    assert RULES.get(key).eligible(found) is (stage in STAGES[key])
    assert (judged(key, found, LONG) is not None) is (stage in STAGES[key])


@pytest.mark.parametrize("key", OF_RULE)
def test_unknown_day_accuses_nobody(key):
    for stage in STAGES[key]:
        known = dict.fromkeys(CLOCKS, CLOCK) | {OF_RULE[key]: None}
        assert not RULES.get(key).eligible(facts(stage, **known))
        assert judged(key, facts(stage, **known), LONG) is None


@pytest.mark.parametrize("key", OF_RULE)
def test_pilot_that_rests_is_left_alone(key):
    resting = [facts(stage, is_held=True, **dict.fromkeys(CLOCKS, CLOCK)) for stage in STAGES[key]]
    resting += [facts(stage, **dict.fromkeys(CLOCKS, CLOCK)) for stage in ENDS]

    assert [judged(key, found, LONG) for found in resting] == [None] * len(resting)


def test_pilot_that_had_users_once_waits_for_nobody():
    found = facts(Stage.PROVEN, proven_clock=CLOCK, reached=Stage.PROVEN.bit | Stage.LIMITED.bit)

    assert judged("R-01", found, LONG) is None


@pytest.mark.parametrize(("days", "expected"), [(90, "high"), (91, "critical")])
def test_worst_half_of_an_overrun_is_told(days, expected):
    phase = OpenPhase(1, "Scope and define", CLOCK, CLOCK + timedelta(days=14))
    plan = RunningPlan(CLOCK, CLOCK + timedelta(days=89), phase)
    found = facts(Stage.TRANSITION, stage_clock=CLOCK, plan=plan)

    assert severity("R-03", found, CLOCK + timedelta(days=days - 1)) == expected


def test_plan_of_26_weeks_is_judged_by_its_own_days():
    plan = RunningPlan(CLOCK, CLOCK + timedelta(days=181), None)
    found = facts(Stage.TRANSITION, stage_clock=CLOCK, plan=plan)

    assert severity("R-03", found, CLOCK + timedelta(days=181)) is None
    hit = judged("R-03", found, CLOCK + timedelta(days=182))
    told = Evidence(hit.since, CLOCK + timedelta(days=182), 90, hit.details)
    assert RULES.get("R-03").fact(told) == "Day 183 of a 182-day plan, and no limited go-live."


@pytest.mark.parametrize(
    ("beyond", "days", "expected"), [(False, 9, None), (False, 10, 10), (True, 10, None), (True, 11, 11)]
)
def test_limit_counts_from_its_day_or_from_the_next(beyond, days, expected):
    limits = (Limit("high", 10, Severity.HIGH, "days"),)

    hit = worst_passed(CLOCK, Look(CLOCK + timedelta(days=days), {"high": 10}), limits, beyond=beyond)

    assert (hit and (hit.crossed_on - CLOCK).days) == expected


@pytest.mark.parametrize("key", OF_RULE)
@given(data=st.data())
def test_severity_never_falls_as_days_pass(key, data):
    stage = data.draw(st.sampled_from(sorted(STAGES[key])))
    clock = CLOCK + timedelta(days=data.draw(st.integers(0, 400)))
    length = data.draw(st.integers(0, 60))
    phase = OpenPhase(1, "Scope", clock, clock + timedelta(days=length))
    plan = RunningPlan(clock, clock + timedelta(days=length + 60), phase)
    found = facts(stage, **dict.fromkeys(CLOCKS, clock), plan=plan)
    earlier, later = sorted(data.draw(st.tuples(st.integers(0, 400), st.integers(0, 400))))

    before = judged(key, found, clock + timedelta(days=earlier))
    after = judged(key, found, clock + timedelta(days=later))

    assert (after.severity.rank if after else -1) >= (before.severity.rank if before else -1)
    assert after == judged(key, found, clock + timedelta(days=later))
    for hit, day in ((before, earlier), (after, later)):
        assert hit is None or hit.since <= hit.crossed_on <= clock + timedelta(days=day)

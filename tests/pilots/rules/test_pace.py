from datetime import date, timedelta

import pytest

from pilots.lifecycle import Stage
from pilots.rules.engine import judge
from pilots.rules.facts import Facts
from pilots.rules.pace_facts import Pace, curve, told_pace
from pilots.rules.registry import RULES, Evidence, Severity

TODAY = date(2026, 11, 18)
RULE = RULES.get("R-98")


def facts(days=100, *, stage=Stage.PROVEN, pace=None, **fields):
    defaults = {
        "pilot_id": 1,
        "program_id": 1,
        "stage": stage,
        "reached": stage.bit,
        "is_held": False,
        "is_confidential": False,
        "here_since": date(2026, 1, 1),
        "stage_clock": TODAY - timedelta(days=days),
        "proven_clock": None,
        "silence_clock": None,
        "moved_clock": None,
        "decide_by": None,
        "quiet_until": None,
        "has_production_owner": True,
        "floors": {Pace: pace} if pace else {},
    }
    return Facts(**{**defaults, **fields})


def looked(fact, **limits):
    return judge([RULE], fact, TODAY, lambda rule, program: {**rule.default_limits, **limits})


def ended(*days):
    return {(day, True): 1 for day in days}


# Remission of 21 children under 6-mercaptopurine: E. J. Freireich et al., Blood 21 (1963), 699–716.
LEUKAEMIA = {
    (6, True): 3,
    (6, False): 1,
    (9, False): 1,
    (10, False): 1,
    (11, False): 1,
    (17, False): 1,
    (19, False): 1,
    (20, False): 1,
    (25, False): 1,
    (32, False): 2,
    (34, False): 1,
    (35, False): 1,
    **ended(7, 10, 13, 16, 22, 23),
}


def test_curve_gives_the_published_estimate():
    found = curve(LEUKAEMIA)

    assert [(day, round(float(1 - over), 3)) for day, over in zip(found.days, found.over, strict=True)] == [
        (6, 0.857),
        (7, 0.807),
        (10, 0.753),
        (13, 0.690),
        (16, 0.627),
        (22, 0.538),
        (23, 0.448),
    ]
    assert (found.moved_on, found.others) == (9, 12)
    assert (found.day_by(20), found.day_by(85)) == (10, None)
    assert found.at_risk == (21, 17, 15, 12, 11, 7, 6)
    assert (found.day_by(35), found.day_by(50)) == (16, None)  # fewer than ten were left by day 22


def test_curve_by_hand_counts_who_still_stays():
    # Four stays: 10 days, over; 20, lasting; 30, over; 40, lasting. 1 − 3/4 = 25 %; 1 − 3/4 · 1/2 = 62.5 %.
    found = curve({(10, True): 1, (20, False): 1, (30, True): 1, (40, False): 1})

    assert [float(over) for over in found.over] == [0.25, 0.625]
    assert curve({}).day_by(85) is None


# Of 210 ten moved on, the others stopped on the first days: by day 19 the curve rests on nobody.
MOSTLY_STOPPED = Pace(curve({**ended(*range(10, 20)), (5, False): 200}))
MOSTLY_OPEN = Pace(curve({**ended(*range(20)), (50, False): 80}))
# 170 of 200 had moved on by day 85; on day 95 twelve were left.
FULL = Pace(curve({(day, True): 2 for day in range(1, 101)}))


@pytest.mark.parametrize(
    ("days", "severity", "crossed"),
    [(85, None, None), (86, Severity.WARNING, 86), (95, Severity.WARNING, 86), (96, Severity.HIGH, 96)],
)
def test_who_is_slower_than_the_limits_is_told(days, severity, crossed):
    hit = looked(facts(days, pace=FULL)).hits.get("R-98")

    assert (hit and hit.severity) == severity
    if hit:
        assert hit.crossed_on == TODAY - timedelta(days=days - crossed)


def test_sentence_says_how_long_and_against_whom():
    hit = looked(facts(90, pace=FULL)).hits["R-98"]

    assert RULE.fact(Evidence(hit.since, TODAY, 85, hit.details)) == (
        "In Proven for 90 days; by day 85 an estimated 85 % in its program had moved on, stops left aside "
        "(200 moved on, 0 have not or not yet)."
    )


def test_sentence_of_a_flag_from_before_says_what_it_knows():
    details = {"stage": "proven", "by": 26, "stays": 210, "where": "on this site"}

    assert RULE.fact(Evidence(TODAY - timedelta(days=90), TODAY, 85, details)) == (
        "In Proven for 90 days; by day 26 an estimated 85 % on this site had moved on, stops left aside "
        "(of 210)."
    )


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param(facts(900), id="thin-history"),
        pytest.param(facts(900, pace=FULL, stage=Stage.PRODUCTION), id="nobody-is-to-leave"),
        pytest.param(facts(900, pace=FULL, is_held=True), id="held"),
        pytest.param(facts(900, pace=FULL, stage_clock=None), id="unknown-day"),
        pytest.param(facts(900, pace=MOSTLY_OPEN), id="never-reached"),
        pytest.param(facts(900, pace=MOSTLY_STOPPED), id="few-left-by-then"),
    ],
)
def test_what_cannot_be_compared_is_not_judged(fact):
    verdict = looked(fact)

    assert (verdict.hits, verdict.eligible) == ({}, set())


def test_pace_is_told_with_how_much_it_rests_on():
    assert told_pace(FULL.curve, (85, 95)) == (
        "Moved on by estimate, stops left aside: 85 % by day 85, 95 % by day 95 "
        "(200 moved on, 0 have not or not yet)."
    )
    assert told_pace(curve(ended(1, 2, 3)), (85, 95)) == (
        "History is thin (3 of 10 stays): the fixed limits stand."
    )
    assert told_pace(MOSTLY_OPEN.curve, (85,)) == (
        "Moved on by estimate, stops left aside: 85 % by a day nobody can tell yet "
        "(20 moved on, 80 have not or not yet)."
    )

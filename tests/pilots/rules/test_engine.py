"""Judging by all rules at once, isolating the broken one, and telling what is widespread once."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pilots.lifecycle import Stage
from pilots.rules import RULES
from pilots.rules.engine import Count, Tally, Verdict, judge
from pilots.rules.facts import Facts
from pilots.rules.registry import Hit, Registry, Severity

TODAY = date(2026, 11, 18)


def facts(pilot_id=1, program_id=1, **known):
    plain = {
        "stage": Stage.PROVEN,
        "reached": sum(stage.bit for stage in list(Stage)[:4]),
        "is_held": False,
        "is_confidential": False,
        "here_since": TODAY - timedelta(days=300),
        "stage_clock": TODAY - timedelta(days=200),
        "proven_clock": TODAY - timedelta(days=200),
        "silence_clock": TODAY,
        "moved_clock": TODAY,
        "decide_by": None,
        "quiet_until": None,
        "has_production_owner": False,
    }
    return Facts(pilot_id=pilot_id, program_id=program_id, **{**plain, **known})


def defaults(rule, program_id):
    return rule.default_limits


def test_every_rule_that_hits_is_told():
    verdict = judge(RULES, facts(), TODAY, defaults)

    assert {key: hit.severity for key, hit in verdict.hits.items()} == {
        "R-01": Severity.CRITICAL,
        "R-07": Severity.HIGH,
    }
    assert verdict.eligible == {"R-01", "R-04-heard", "R-04-moved", "R-07", "R-refused"}
    assert verdict.failed == {}


@pytest.mark.parametrize("rest", [{"is_held": True}, {"stage": Stage.STOPPED}])
def test_nothing_is_found_on_a_pilot_that_rests(rest):
    assert judge(RULES, facts(**rest), TODAY, defaults) == Verdict()


def test_limits_of_the_program_decide():
    def generous(rule, program_id):
        return {**rule.default_limits, "warning": 300, "high": 300, "critical": 300}

    assert judge(RULES, facts(), TODAY, generous).hits == {}


def test_broken_rule_is_isolated_and_says_nothing():
    def breaks(facts, look):
        raise ZeroDivisionError("no such clock")

    rules = Registry()
    rules.add(*(replace(rule, judge=breaks) if rule.key == "R-07" else rule for rule in RULES))

    verdict = judge(rules, facts(), TODAY, defaults)

    assert set(verdict.hits) == {"R-01"}
    assert {key: str(error) for key, error in verdict.failed.items()} == {"R-07": "no such clock"}
    assert "R-07" not in verdict.eligible


def test_what_ends_the_worker_is_raised_and_no_fault_of_a_rule():
    class TimeIsOver(Exception):
        pass

    def breaks(facts, look):
        raise TimeIsOver

    rules = [replace(rule, judge=breaks) for rule in RULES if rule.key == "R-07"]

    with pytest.raises(TimeIsOver):
        judge(rules, facts(), TODAY, defaults, stops=(TimeIsOver,))


def test_rule_is_registered_once():
    rules = Registry()
    rules.add(*RULES)

    with pytest.raises(ValueError, match="There is a rule R-01 already"):
        rules.add(RULES.get("R-01"))


@pytest.mark.parametrize(
    ("eligible", "hit", "expected"),
    [(10, 4, False), (10, 5, True), (40, 16, False), (40, 17, True), (9, 9, False), (10, 10, True)],
)
def test_widespread_is_more_than_two_in_five_of_ten_or_more(eligible, hit, expected):
    assert Count(eligible, hit).is_widespread is expected


def tally(*numbers, rule="R-10"):
    """Count for each (program, eligible, hit)."""
    found = Tally()
    hit = Hit(Severity.HIGH, TODAY, TODAY, "high")
    for program_id, eligible, hits in numbers:
        for place in range(eligible):
            verdict = Verdict(hits={rule: hit} if place < hits else {}, eligible={rule})
            found.add(facts(program_id=program_id), verdict)
    return found


def test_widespread_is_judged_program_by_program():
    assert tally((1, 10, 5), (2, 10, 4)).widespread() == {(1, "R-10")}


def test_small_programs_are_looked_at_together():
    assert tally((1, 6, 6), (2, 6, 0)).widespread() == {(1, "R-10")}
    assert tally((1, 6, 4), (2, 6, 0)).widespread() == set()
    assert tally((1, 6, 6)).widespread() == set()


def test_small_sample_is_never_counted_with_real_programs():
    assert tally((1, 6, 6), (2, 6, 0)).widespread(alone={1}) == set()


def test_confidential_pilots_are_in_no_count():
    found = Tally()
    found.add(facts(is_confidential=True), Verdict(eligible={"R-10"}))

    assert found.counts == {}

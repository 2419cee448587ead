"""R-10 by the day of the plan."""

from datetime import timedelta

import pytest

from pilots.lifecycle import Stage
from pilots.rules import RULES
from pilots.rules.registry import Evidence
from tests.pilots.rules.test_time import CLOCK, LONG, facts, judged, severity


@pytest.mark.parametrize(
    ("day", "expected"), [(0, None), (1, "warning"), (14, "warning"), (15, "high"), (90, "high")]
)
def test_nobody_accountable_rises_with_the_day_of_the_plan(day, expected):
    found = facts(Stage.TRANSITION, stage_clock=CLOCK)

    assert severity("R-10", found, CLOCK + timedelta(days=day - 1)) == expected


def test_nobody_accountable_for_real_users_is_critical_at_once():
    assert severity("R-10", facts(Stage.LIMITED, stage_clock=CLOCK), CLOCK) == "critical"


@pytest.mark.parametrize("stage", [Stage.TRANSITION, Stage.LIMITED])
def test_with_a_production_owner_all_is_well(stage):
    assert judged("R-10", facts(stage, stage_clock=CLOCK, has_production_owner=True), LONG) is None


def test_it_is_told_by_the_day_of_the_plan():
    evidence = Evidence(CLOCK, CLOCK + timedelta(days=18), 15, {})

    assert RULES.get("R-10").fact(evidence) == (
        "Day 19 of the plan, and nobody is accountable (limit day 15)."
    )

"""Rules about connections, the way to everybody and a provider's model: before, on and after a limit."""

from datetime import date, timedelta

import pytest

from pilots.lifecycle import MAIN_PATH, Stage
from pilots.rules import RULES
from pilots.rules.facts import RunningPlan
from pilots.rules.production_facts import Link, Production, ProviderModel, Step
from pilots.rules.registry import Evidence, Look
from tests.pilots.rules.test_time import CLOCK, CLOCKS, LONG, facts, judged, severity

KEYS = ("R-35-live", "R-40", "R-60", "R-61", "R-62", "R-63", "R-71")
PLAN = RunningPlan(CLOCK, CLOCK + timedelta(days=89), None)


def day(number: int) -> date:
    """Day 1 is the first of the plan."""
    return CLOCK + timedelta(days=number - 1)


def link(name="Case system", **known) -> Link:
    plain = dict.fromkeys(
        ("is_source", "is_live", "is_connected", "is_tested", "has_contract", "is_checked"), True
    )
    return Link(name=name, **(plain | known))


def step(number=1, share=5, since=CLOCK, **known) -> Step:
    plain = dict.fromkeys(("is_shadow", "has_result", "is_decided", "is_rolled_back"), False)
    return Step(number=number, share=share, starts_on=since, **(plain | known))


SHADOW = step(share=0, is_shadow=True, has_result=True)


def planned(**known):
    floors = {Production: Production(**known)}
    return facts(Stage.TRANSITION, stage_clock=CLOCK, plan=PLAN, floors=floors)


def limited(stage=Stage.LIMITED, **known):
    return facts(stage, stage_clock=CLOCK, floors={Production: Production(**known)})


def told(key, found, on):
    hit = judged(key, found, on)
    limit = RULES.get(key).default_limits[hit.limit]
    return RULES.get(key).fact(Evidence(hit.since, on, limit, hit.details))


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("stage", MAIN_PATH)
def test_register_of_names_stages_and_days_gets_none_of_them(key, stage):
    """But for those who stay with few users for long: that is a day too."""
    found = facts(stage, **dict.fromkeys(CLOCKS, CLOCK))

    assert (judged(key, found, LONG) is None) is ((key, stage) != ("R-63", Stage.LIMITED))


@pytest.mark.parametrize("key", KEYS)
def test_pilot_that_rests_is_left_alone(key):
    steps = (step(share=90), step(2, 99, few_since=CLOCK))
    for stage in (Stage.TRANSITION, Stage.LIMITED, Stage.STOPPED):
        floors = {Production: Production(steps=steps, model=swapped())}
        found = facts(stage, stage_clock=CLOCK, plan=PLAN, floors=floors, is_held=stage is not Stage.STOPPED)
        assert judged(key, found, day(20)) is judged(key, found, LONG) is None


# --- R-35 -------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "expected"), [(44, None), (45, "high")])
def test_live_data_is_asked_by_day_45(number, expected):
    assert severity("R-35-live", planned(), day(number)) == expected


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"links": (link(is_live=False),)}, "no live source is connected"),
        ({"links": (link(is_source=False),)}, "no live source is connected"),
        (
            {"links": (link(), link("ERP", has_contract=False))},
            "1 of 2 connections has no contract",
        ),
        ({"links": (link(is_checked=False),)}, "the one source was never checked for quality"),
        ({"links": (link(), link("ERP", is_source=False, is_checked=False))}, None),
        ({"links": (link(),)}, None),
        ({"let_pass": frozenset({"live-source"})}, None),
        ({"let_pass": frozenset({"G2"})}, None),
        ({"links": (link(has_contract=False),), "let_pass": frozenset({"contracts-agreed"})}, None),
    ],
)
def test_what_of_the_data_is_missing_is_named(known, says):
    found = planned(**known)

    assert severity("R-35-live", found, day(45)) == (says and "high")
    if says:
        assert told("R-35-live", found, day(45)) == f"Day 45 of the plan, and {says} (limit day 45)."


# --- R-40 -------------------------------------------------------------------------------

LISTED = link(is_connected=False, is_tested=False, is_live=False)
UNTESTED = link(is_tested=False)


@pytest.mark.parametrize(
    ("links", "number", "expected"),
    [
        ((), 14, None),
        ((), 15, "warning"),
        ((), 60, "high"),
        ((), 75, "critical"),
        ((LISTED,), 59, None),
        ((LISTED,), 60, "high"),
        ((link(), UNTESTED), 74, None),
        ((link(), UNTESTED), 75, "critical"),
        ((link(),), 90, None),
    ],
)
def test_connections_are_listed_connected_and_tested_by_their_days(links, number, expected):
    assert severity("R-40", planned(links=links), day(number)) == expected


@pytest.mark.parametrize(
    "known", [{"stands_alone": True}, {"let_pass": frozenset({"integrations-listed", "connections-tested"})}]
)
def test_what_stands_alone_or_is_waived_is_asked_for_no_connection(known):
    assert judged("R-40", planned(**known), day(90)) is None


@pytest.mark.parametrize(
    ("links", "says"),
    [
        ((), "no system it connects to is listed (limit day 75)."),
        ((LISTED,), "the one connection is not connected yet (limit day 75)."),
        ((LISTED, LISTED), "none of 2 connections is connected yet (limit day 75)."),
        ((link(), UNTESTED), "1 of 2 connections is not tested (limit day 75)."),
        ((link(), UNTESTED, UNTESTED), "2 of 3 connections are not tested (limit day 75)."),
    ],
)
def test_how_far_the_connections_are_is_said(links, says):
    assert told("R-40", planned(links=links), day(80)) == f"Day 80 of the plan, and {says}"


# --- R-62 -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((step(share=50),), None),
        ((step(share=51),), "high"),
        ((SHADOW, step(2, 100)), None),
        ((step(share=5), step(2, 100)), None),
        ((step(share=90, is_decided=True),), None),
        ((step(share=90, since=CLOCK + timedelta(days=1)),), None),
        ((), None),
    ],
)
@pytest.mark.parametrize("stage", [Stage.LIMITED, Stage.PRODUCTION])
def test_first_step_with_most_of_the_work_is_a_big_bang_until_it_is_decided(stage, steps, expected):
    assert severity("R-60", limited(stage, steps=steps), CLOCK) == expected
    assert judged("R-60", limited(Stage.TRANSITION, steps=steps), CLOCK) is None


@pytest.mark.parametrize(
    ("known", "number", "expected"),
    [
        ({}, 74, None),
        ({}, 75, "high"),
        ({"steps": (step(share=0, is_shadow=True),)}, 75, "high"),
        ({"steps": (SHADOW,)}, 75, None),
        ({"let_pass": frozenset({"shadow-result"})}, 75, None),
    ],
)
def test_shadow_run_has_a_result_by_day_75(known, number, expected):
    assert severity("R-61", planned(**known), day(number)) == expected


@pytest.mark.parametrize(
    ("raised", "on", "known", "expected"),
    [
        (29, 29, {}, "high"),
        (10, 29, {}, "high"),
        (10, 30, {}, None),  # the thirty days are over
        (30, 30, {}, None),
        (10, 9, {}, None),  # planned, not begun
        (10, 29, {"may_expand_early": True}, None),
    ],
)
def test_share_is_raised_after_thirty_days_with_few(raised, on, known, expected):
    larger = step(2, 40, CLOCK + timedelta(days=raised), few_since=CLOCK)

    assert severity("R-62", limited(steps=(step(), larger), **known), day(on + 1)) == expected


def test_step_that_was_rolled_back_is_no_haste():
    larger = step(2, 40, few_since=CLOCK, is_decided=True, is_rolled_back=True)

    assert judged("R-62", limited(steps=(step(), larger)), CLOCK) is None


# --- R-63 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("passed", "expected"), [(60, None), (61, "high")])
def test_limited_for_more_than_sixty_days_without_a_decision_is_stuck(passed, expected):
    decided = limited(decided_on=CLOCK + timedelta(days=30))

    assert severity("R-63", limited(), CLOCK + timedelta(days=passed)) == expected
    assert severity("R-63", decided, CLOCK + timedelta(days=passed)) is None
    assert severity("R-63", decided, CLOCK + timedelta(days=30 + passed)) == expected


def test_unknown_day_of_going_live_accuses_nobody():
    assert judged("R-63", facts(Stage.LIMITED), LONG) is None


# --- R-71 -------------------------------------------------------------------------------------


def swapped(evaluated=-1, **known) -> ProviderModel:
    plain = {"label": "v9", "provider": "Acme", "changed_on": CLOCK, "is_evaluated": False}
    return ProviderModel(evaluated_on=CLOCK + timedelta(days=evaluated), **(plain | known))


@pytest.mark.parametrize(
    ("model", "let_pass", "expected"),
    [
        (swapped(), (), "high"),
        (swapped(0), (), None),
        (swapped(is_evaluated=True), (), None),
        (swapped(), ("evaluation",), None),
        (swapped(), ("G3",), None),
        (None, (), None),
    ],
)
def test_model_that_its_provider_changed_is_evaluated_anew(model, let_pass, expected):
    found = limited(Stage.PRODUCTION, model=model, let_pass=frozenset(let_pass))

    assert severity("R-71", found, CLOCK) == expected


def test_what_is_told_says_how_long_ago():
    assert told("R-60", limited(steps=(step(share=90),)), CLOCK) == (
        "Its first step with users decides 90 % of the work, and no shadow run came before."
    )
    assert (
        told("R-61", planned(), day(80)) == "Day 80 of the plan, and no shadow run was made (limit day 75)."
    )
    larger = step(2, 40, CLOCK + timedelta(days=10), few_since=CLOCK)
    assert told("R-62", limited(steps=(step(), larger)), day(20)) == (
        "The share was raised to 40 % after 10 days with few users (limit 30 days)."
    )
    assert told("R-63", limited(), CLOCK + timedelta(days=70)) == (
        "In Limited go-live, and nothing was decided for 70 days (limit 60 days)."
    )
    assert told("R-71", limited(model=swapped()), day(3)) == (
        "Acme changed its model to v9 2 days ago, after the last evaluation."
    )


def test_plan_that_is_young_is_in_no_share_of_its_program():
    for key, number in (("R-35-live", 45), ("R-40", 15), ("R-61", 75)):
        rule = RULES.get(key)
        early, due = (Look(day(number - back), rule.default_limits) for back in (1, 0))
        assert (rule.could_hit(planned(), early), rule.could_hit(planned(), due)) == (False, True)

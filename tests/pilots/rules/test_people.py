"""The rules about people, on the day before a limit, on it and after it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pilots.access.roles import SEATS, OwnerRole
from pilots.lifecycle import Stage
from pilots.rules import RULES
from pilots.rules.facts import RunningPlan
from pilots.rules.people_facts import Holder, People, Question
from pilots.rules.registry import Evidence, Kind
from tests.pilots.rules.test_time import CLOCK, LONG, facts, judged, severity

KEYS = ("R-11", "R-12", "R-14", "R-15", "R-16", "R-17", "R-18")
PLAN = RunningPlan(CLOCK, CLOCK + timedelta(days=89), None)
LEAD = Holder(role=OwnerRole.PRODUCTION_OWNER, owner_id=1, since=CLOCK)
TRUSTED = replace(LEAD, has_authority=True)
RUN = Holder(role=OwnerRole.RUN_OWNER, owner_id=2, since=CLOCK)


def after(days: int) -> date:
    return CLOCK + timedelta(days=days)


def held(role: OwnerRole, owner: int = 1, **more) -> Holder:
    return Holder(role=role, owner_id=owner, since=CLOCK, **more)


def with_people(*holders: Holder, stage: Stage = Stage.TRANSITION, is_held: bool = False, **known):
    """A pilot in a plan, where its stage has one, whose stage began with it."""
    plan = PLAN if stage is Stage.TRANSITION else None
    people = {People: People(holders=holders, **{"has_plan": True} | known)}
    return facts(stage, stage_clock=CLOCK, plan=plan, is_held=is_held, floors=people)


# --- R-11 ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", [OwnerRole.BUILDER, OwnerRole.INFRASTRUCTURE])
def test_who_makes_it_and_owns_it_is_a_risk_from_the_later_day_on(role):
    found = with_people(LEAD, replace(held(role), since=after(9)))

    assert severity("R-11", found, after(8)) is None
    assert severity("R-11", found, after(9)) == "high"


def test_reason_for_it_is_told_and_held_against_nobody():
    hit = judged("R-11", with_people(LEAD, held(OwnerRole.BUILDER, reason="A team of two.")), CLOCK)

    assert hit.severity.value == "info"
    assert RULES.get("R-11").fact(Evidence(CLOCK, CLOCK, 0, hit.details)) == (
        "Its production owner is its builder too. The reason given: A team of two."
    )


def test_somebody_else_may_make_it():
    assert judged("R-11", with_people(LEAD, held(OwnerRole.BUILDER, 2)), LONG) is None
    assert judged("R-11", with_people(LEAD, held(OwnerRole.OPERATIONS)), LONG) is None
    assert judged("R-11", with_people(held(OwnerRole.BUILDER)), LONG) is None


# --- R-12 ----------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "expected"), [(14, None), (15, "high")])
def test_authority_is_written_down_by_day_15_of_the_plan(day, expected):
    assert severity("R-12", with_people(LEAD), after(day - 1)) == expected
    assert severity("R-12", with_people(TRUSTED), after(day - 1)) is None


def test_authority_is_held_against_nobody_before_they_were_named():
    late = replace(LEAD, since=after(30))

    assert judged("R-12", with_people(late), LONG).crossed_on == after(30)


def test_authority_is_asked_of_first_users_only_where_a_plan_was_here():
    assert severity("R-12", with_people(LEAD, stage=Stage.LIMITED), CLOCK) == "high"
    assert judged("R-12", with_people(LEAD, stage=Stage.LIMITED, has_plan=False), LONG) is None
    assert judged("R-12", with_people(LEAD, stage=Stage.PRODUCTION), LONG) is None


@pytest.mark.parametrize(
    ("stage", "day", "expected"),
    [
        (Stage.TRANSITION, 30, None),
        (Stage.TRANSITION, 31, "high"),
        (Stage.PRODUCTION, 60, None),  # twice the thirty days in which a check-in is due
        (Stage.PRODUCTION, 61, "high"),
    ],
)
def test_owner_who_is_not_seen_for_a_month_or_two_rhythms_is_away(stage, day, expected):
    assert severity("R-12", with_people(TRUSTED, stage=stage, lead_seen_on=CLOCK), after(day)) == expected


def test_owner_is_not_away_from_before_they_were_named():
    late = replace(TRUSTED, since=after(25))

    assert judged("R-12", with_people(late, lead_seen_on=CLOCK), after(55)) is None
    assert judged("R-12", with_people(TRUSTED), LONG) is None  # nobody can know: no account


def test_owner_who_was_here_before_they_took_it_over_is_not_said_to_have_been_here_then():
    late = replace(TRUSTED, since=after(25))

    def told(found, on):
        hit = judged("R-12", found, on)
        return RULES.get("R-12").fact(Evidence(hit.since, on, 30, hit.details))

    assert told(with_people(late, lead_seen_on=CLOCK), after(84)) == (
        "Its production owner was not here since they took it over 59 days ago (limit 30 days)."
    )
    assert told(with_people(late, lead_seen_on=after(25)), after(84)) == (
        "Its production owner was last here 59 days ago (limit 30 days)."
    )


def test_days_of_a_pause_do_not_count_since_an_owner_took_it_over():
    late = with_people(replace(TRUSTED, since=after(25)), lead_seen_on=CLOCK, lead_paused=11)

    assert [severity("R-12", late, after(day)) for day in (66, 67)] == [None, "high"]


def test_owner_who_went_is_told_where_no_other_rule_tells_it():
    gone = replace(LEAD, is_there=False)

    assert severity("R-12", with_people(gone, stage=Stage.PRODUCTION), CLOCK) == "high"
    assert judged("R-12", with_people(gone), LONG) is None  # R-10 says that nobody is accountable


# --- R-14 ----------------------------------------------------------------------------

COMPLETE = (held(OwnerRole.BUSINESS_OWNER, 3, has_budget=True), held(OwnerRole.TECHNICAL_LEAD, 4))


@pytest.mark.parametrize(("day", "expected"), [(0, None), (1, "warning"), (14, "warning"), (15, "high")])
def test_co_owners_are_missed_from_day_1_and_wanted_by_day_15(day, expected):
    assert severity("R-14", with_people(LEAD), after(day - 1)) == expected
    assert severity("R-14", with_people(*COMPLETE), after(day - 1)) is None


@pytest.mark.parametrize(
    ("holders", "let_pass", "lacks"),
    [
        ((), (), "a business owner, a technical lead and somebody who can release money"),
        (COMPLETE[:1], (), "a technical lead"),
        (COMPLETE[1:], ("business-owner",), "somebody who can release money"),
        ((replace(COMPLETE[0], is_there=False), COMPLETE[1]), ("G0",), "somebody who can release money"),
        ((*COMPLETE[1:], held(OwnerRole.SPONSOR, has_budget=True)), (), "a business owner"),
    ],
)
def test_what_is_missing_is_named(holders, let_pass, lacks):
    hit = judged("R-14", with_people(*holders, let_pass=frozenset(let_pass)), CLOCK)

    assert RULES.get("R-14").fact(Evidence(CLOCK, CLOCK, 1, hit.details)) == f"It lacks {lacks}."


def test_first_users_without_co_owners_are_serious_where_a_plan_was_here():
    assert severity("R-14", with_people(LEAD, stage=Stage.LIMITED), CLOCK) == "high"
    assert judged("R-14", with_people(LEAD, stage=Stage.LIMITED, has_plan=False), LONG) is None


# --- R-15 ----------------------------------------------------------------------------


def seated(*seats: OwnerRole) -> list[Holder]:
    return [held(seat, 5, has_deliverable=True) for seat in seats]


@pytest.mark.parametrize(("day", "expected"), [(0, None), (1, "warning"), (14, "warning"), (15, "high")])
def test_seats_are_missed_from_day_1_once_somebody_began(day, expected):
    found = with_people(*seated(OwnerRole.LEGAL), seats_since=CLOCK)

    assert severity("R-15", found, after(day - 1)) == expected
    assert judged("R-15", with_people(), LONG) is None


def test_seat_is_taken_by_a_deliverable_or_by_a_reason_why_not():
    legal, *others = sorted(SEATS)
    let_pass = frozenset({f"seat:{legal.value}"})

    assert judged("R-15", with_people(*seated(*others), let_pass=let_pass, seats_since=CLOCK), LONG) is None
    idle = [replace(holder, has_deliverable=False) for holder in seated(others[0])]
    hit = judged("R-15", with_people(*idle, *seated(*others[1:]), let_pass=let_pass, seats_since=CLOCK), LONG)
    assert RULES.get("R-15").fact(Evidence(CLOCK, LONG, 15, hit.details)) == (
        f"In 1 of 6 seats nobody is to deliver anything yet: {others[0].label.lower()}."
    )


# --- R-16 ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "needed", "expected"), [(14, None, None), (15, None, "high"), (15, 20, None), (21, 20, "high")]
)
def test_question_is_answered_within_a_fortnight_or_by_its_day(day, needed, expected):
    question = Question(asked_on=CLOCK, needed_by=after(needed) if needed else None)

    assert severity("R-16", with_people(questions=(question,)), after(day)) == expected


def test_oldest_question_is_told():
    questions = (Question(asked_on=CLOCK), Question(asked_on=after(3)))
    hit = judged("R-16", with_people(questions=questions), after(20))

    assert (hit.since, hit.crossed_on) == (CLOCK, after(15))
    assert judged("R-16", with_people(), LONG) is None


# --- R-17 ----------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "expected"), [(75, None), (76, "warning")])
def test_run_owner_is_named_by_day_76_of_the_plan(day, expected):
    assert severity("R-17", with_people(LEAD), after(day - 1)) == expected
    assert severity("R-17", with_people(RUN), after(day - 1)) is None


@pytest.mark.parametrize("let_pass", ["run-owner", "G6"])
def test_run_owner_that_was_let_pass_is_not_missed(let_pass):
    assert judged("R-17", with_people(LEAD, let_pass=frozenset({let_pass})), LONG) is None


def test_run_owner_is_missed_in_production_of_those_that_came_there_from_here():
    came = {"stage": Stage.PRODUCTION, "production_on": after(1)}

    assert severity("R-17", with_people(LEAD, **came), after(0)) is None
    assert severity("R-17", with_people(LEAD, **came), after(1)) == "critical"
    assert judged("R-17", with_people(LEAD, **came, run_left_on=after(40)), LONG).since == after(40)
    assert judged("R-17", with_people(**came), LONG) is None  # nobody is written down at all
    logged_live = {"stage": Stage.PRODUCTION, "production_on": CLOCK}
    assert judged("R-17", with_people(LEAD, **logged_live), LONG) is None
    assert severity("R-17", with_people(LEAD, stage=Stage.LIMITED), CLOCK) == "warning"


# --- R-18 ----------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "expected"), [(2, None), (3, "warning")])
def test_person_who_leads_three_pilots_is_told_from_the_third_on(count, expected):
    loads = tuple(after(number) for number in range(count))
    hit = judged("R-18", with_people(LEAD, lead_loads=loads), LONG)

    assert (hit and (hit.severity.value, hit.since)) == (expected and (expected, after(2)))
    assert judged("R-18", with_people(replace(LEAD, is_person=False), lead_loads=loads), LONG) is None
    if hit is not None:
        assert RULES.get("R-18").fact(Evidence(hit.since, LONG, 3, hit.details)) == (
            "Its production owner leads 3 pilots, all programs counted (limit 3)."
        )


def test_who_builds_it_and_runs_it_alone_is_told():
    builder = held(OwnerRole.BUILDER, RUN.owner_id)

    assert severity("R-18", with_people(RUN, builder), CLOCK) == "warning"
    for others in (
        (replace(RUN, has_deputy=True), builder),
        (RUN, replace(RUN, owner_id=9), builder),
        (RUN, replace(builder, owner_id=9)),
    ):
        assert judged("R-18", with_people(*others), LONG) is None


# --- All of them ------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
def test_who_rests_is_not_judged(key):
    holders = (LEAD, held(OwnerRole.BUILDER))
    known = {"seats_since": CLOCK, "questions": (Question(asked_on=CLOCK),), "lead_loads": (CLOCK,) * 3}

    assert judged(key, with_people(*holders, **known), LONG) is not None
    assert RULES.get(key).eligible(with_people(*holders, **known))
    for resting in (
        with_people(*holders, **known, is_held=True),
        with_people(*holders, **known, stage=Stage.STOPPED),
    ):
        assert judged(key, resting, LONG) is None
        assert not RULES.get(key).eligible(resting)


@pytest.mark.parametrize("key", KEYS)
def test_pilot_of_which_only_stage_days_and_an_owner_are_known_gets_none_of_them(key):
    for stage in Stage:
        for holders in ((), (LEAD,)):
            found = facts(stage, stage_clock=CLOCK, floors={People: People(holders=holders)})
            assert judged(key, found, LONG) is None


def test_none_of_them_can_stall():
    assert {RULES.get(key).kind for key in KEYS} == {Kind.RISK, Kind.GATE, Kind.HYGIENE}

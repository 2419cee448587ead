from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from pilots.access.models import Event, Program, Reach, Role, Source
from pilots.actions.account import add_member
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.job import take_run
from pilots.actions.limits import set_limits
from pilots.limits import limits_in_force
from pilots.models import JobRun, RuleSetting
from pilots.rules import RULES
from tests.conftest import NOW

PURGATORY = RULES.get("R-01")
OVERRUN = RULES.get("R-03")
PROPOSED = {"warning": 90, "high": 135, "critical": 180}


@pytest.fixture
def by_administrator(administrator, by):
    return By(user=administrator, at=by.at, source=by.source)


def reasons(refused):
    return [(reason.field, reason.code, reason.sentence) for reason in refused.value.reasons]


def holds(rule, program):
    return limits_in_force().of(rule, program.pk)


# --- What holds --------------------------------------------------------------------


def test_the_rules_are_asked_to_look_once_however_many_are_set(program, by):
    for high in (140, 150):
        set_limits(PURGATORY, {"high": high}, program=program, by=by)

    run = JobRun.objects.get()
    assert (run.job, run.due_at) == ("rules", by.at)
    take_run("rules", by.at)
    set_limits(PURGATORY, {"high": 160}, program=program, by=replace(by, at=by.at + timedelta(seconds=9)))
    assert JobRun.objects.count() == 2  # the look that is under way may have read the limits before


def test_a_program_goes_before_the_site_and_the_site_before_the_rule(
    program, other_program, by, by_administrator
):
    assert holds(PURGATORY, program) == PROPOSED

    set_limits(PURGATORY, {"high": 150}, program=None, by=by_administrator)
    assert holds(PURGATORY, program) == PROPOSED | {"high": 150}

    set_limits(PURGATORY, {"warning": 30}, program=program, by=by)
    assert holds(PURGATORY, program) == {"warning": 30, "high": 150, "critical": 180}
    assert holds(PURGATORY, other_program) == PROPOSED | {"high": 150}
    assert holds(RULES.get("R-08"), program) == {"warning": 90, "high": 180}


def test_a_setting_names_every_limit_so_the_site_moves_no_program_that_chose(program, by, by_administrator):
    set_limits(PURGATORY, {"warning": 30}, program=program, by=by)
    set_limits(PURGATORY, {"critical": 400}, program=None, by=by_administrator)

    assert RuleSetting.objects.get(program=program).limits == PROPOSED | {"warning": 30}
    assert holds(PURGATORY, program) == PROPOSED | {"warning": 30}


def test_taking_back_leaves_what_stands_below(program, by, by_administrator):
    set_limits(PURGATORY, {"high": 150}, program=None, by=by_administrator)
    set_limits(PURGATORY, {"high": 100}, program=program, by=by)

    set_limits(PURGATORY, {}, program=program, by=by)
    assert holds(PURGATORY, program) == PROPOSED | {"high": 150}

    set_limits(PURGATORY, {}, program=None, by=by_administrator)
    assert holds(PURGATORY, program) == PROPOSED


def test_every_setting_stays_and_the_newest_holds(program, by, by_administrator):
    for high in (100, 110, 120):
        set_limits(PURGATORY, {"high": high}, program=program, reason=f"to {high}", by=by)
        set_limits(PURGATORY, {"high": high + 50}, program=None, by=by_administrator)

    settings = RuleSetting.objects.filter(program=program).order_by("pk")
    assert [(row.limits["high"], row.reason, row.set_by, row.set_at) for row in settings] == [
        (high, f"to {high}", by.user, NOW) for high in (100, 110, 120)
    ]
    assert holds(PURGATORY, program)["high"] == 120
    assert limits_in_force().for_site(PURGATORY)["high"] == 170


def test_the_newest_holds_whatever_its_clock_says(program, by):
    set_limits(PURGATORY, {"high": 100}, program=program, by=by)
    earlier = By(user=by.user, at=by.at - timedelta(days=1), source=by.source)
    set_limits(PURGATORY, {"high": 110}, program=program, by=earlier)

    assert holds(PURGATORY, program)["high"] == 110


def test_a_setting_is_neither_changed_nor_deleted(program, by):
    setting = set_limits(PURGATORY, {"high": 100}, program=program, by=by)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RuleSetting.objects.filter(pk=setting.pk).update(limits={})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        setting.delete()


def test_a_setting_leaves_one_event(program, by):
    set_limits(PURGATORY, {"high": 100}, program=program, by=by)
    set_limits(PURGATORY, {}, program=program, reason=" Too early. ", by=by)

    first, second = Event.objects.filter(verb="rule.limits_set").order_by("pk")
    mine = PROPOSED | {"high": 100}
    assert (first.program, first.subject, first.actor, first.before, first.after) == (
        program,
        "R-01",
        by.user,
        {},
        mine,
    )
    assert (second.before, second.after, second.reason) == (mine, {}, "Too early.")


# --- Who ---------------------------------------------------------------------------


def test_managers_set_those_of_their_program_and_administrators_all(
    program, other_program, manager, contributor, viewer, executive, administrator, make_user, by_system
):
    sponsor = make_user("sponsor@example.com")
    add_member(program=other_program, user=sponsor, role=Role.VIEWER, by=by_system)
    may_set = {
        user.name: [may_do(user, where) for where in (program, other_program, None)]
        for user in (manager, contributor, viewer, executive, administrator, sponsor)
    }

    assert may_set == {
        "Maren": ["done", "unseen", "forbidden"],
        "Cora": ["forbidden", "unseen", "forbidden"],
        "Vic": ["forbidden", "unseen", "forbidden"],
        "Exe": ["forbidden", "forbidden", "forbidden"],
        "Ada": ["done", "done", "done"],
        "Sponsor": ["unseen", "forbidden", "forbidden"],
    }
    assert RuleSetting.objects.count() == Event.objects.filter(verb="rule.limits_set").count() == 4


def may_do(user, program):
    try:
        set_limits(PURGATORY, {"high": 100}, program=program, by=By(user=user, at=NOW, source=Source.WEB))
    except Forbidden:
        return "forbidden"
    except Program.DoesNotExist:
        return "unseen"
    return "done"


def test_a_token_reaches_no_further_than_its_limits(program, other_program, administrator, by):
    administrator.reach = Reach(programs=frozenset({program.pk}))
    limited = By(user=administrator, at=by.at, source=by.source)

    set_limits(PURGATORY, {"high": 100}, program=program, by=limited)
    with pytest.raises(Program.DoesNotExist):
        set_limits(PURGATORY, {"high": 100}, program=other_program, by=limited)
    with pytest.raises(Forbidden, match="an administrator can"):
        set_limits(PURGATORY, {"high": 100}, program=None, by=limited)


# --- What is refused -----------------------------------------------------------------


@pytest.mark.parametrize("value", [-1, 3651, 10**30, True, 1.5, "90", None])
def test_a_limit_is_a_whole_number_of_days_somebody_can_wait(program, by, value):
    with pytest.raises(Refused) as refused:
        set_limits(PURGATORY, {"high": value}, program=program, by=by)

    assert reasons(refused) == [("high", "out-of-range", "Write a whole number from 0 to 3,650 (days).")]
    assert not RuleSetting.objects.exists()


def test_the_ends_of_the_range_are_taken(program, by):
    set_limits(OVERRUN, {"grace": 0, "over_percent": 3650}, program=program, by=by)

    assert holds(OVERRUN, program) == {"grace": 0, "over_percent": 3650, "whole_plan": 90}


def test_unknown_limits_and_wrong_numbers_are_all_named(program, by):
    with pytest.raises(Refused) as refused:
        set_limits(PURGATORY, {"hihg": 100, "high": -1, "x" * 99: 1}, program=program, by=by)

    assert reasons(refused) == [
        ("hihg", "unknown", "R-01 has no limit called “hihg”. It has warning, high, critical."),
        ("high", "out-of-range", "Write a whole number from 0 to 3,650 (days)."),
        ("x" * 99, "unknown", f"R-01 has no limit called “{'x' * 40}”. It has warning, high, critical."),
    ]


def test_worse_never_begins_before_milder(program, by):
    with pytest.raises(Refused) as refused:
        set_limits(PURGATORY, {"warning": 200, "high": 190}, program=program, by=by)

    assert reasons(refused) == [
        (
            "high",
            "order",
            "High would begin at 190, before warning at 200 (days). Write a larger number.",
        ),
        (
            "critical",
            "order",
            "Critical would begin at 180, before high at 190 (days). Write a larger number.",
        ),
    ]
    set_limits(PURGATORY, {"warning": 200, "high": 200, "critical": 200}, program=program, by=by)


def test_order_is_held_against_what_the_site_set(program, by, by_administrator):
    set_limits(PURGATORY, {"high": 50, "warning": 20}, program=None, by=by_administrator)

    set_limits(PURGATORY, {"warning": 40}, program=program, by=by)
    with pytest.raises(Refused, match="High would begin at 50, before warning at 60"):
        set_limits(PURGATORY, {"warning": 60}, program=program, by=by)


def test_there_must_be_something_to_take_back(program, by):
    with pytest.raises(Refused) as refused:
        set_limits(PURGATORY, {}, program=program, by=by)

    assert reasons(refused) == [("", "nothing-set", "Nothing is set here that could be taken back.")]


@pytest.mark.parametrize(
    ("reason", "code"), [("x" * 501, "length"), ("a\x00b", "null-character")], ids=["long", "nul"]
)
def test_a_reason_must_fit(program, by, reason, code):
    with pytest.raises(Refused) as refused:
        set_limits(PURGATORY, {"high": 100}, program=program, reason=reason, by=by)

    assert [(reason.field, reason.code) for reason in refused.value.reasons] == [("reason", code)]


def test_a_reason_may_be_as_long_as_the_column(program, by):
    assert set_limits(PURGATORY, {"high": 100}, program=program, reason="x" * 500, by=by).reason == "x" * 500

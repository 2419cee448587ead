"""Limits that are tried on the past: who may ask, what is counted, and who has it in hand."""

from datetime import timedelta

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from pilots.access.models import Event, Membership, Program, Source
from pilots.actions import backtest_run, bell
from pilots.actions.backtest import ask_backtest
from pilots.actions.backtest_run import (
    BROKEN,
    DIED,
    LEASE,
    NO_LONGER,
    PAUSE,
    TOO_LONG,
    prune_backtests,
    take_backtest,
    work_off_backtests,
)
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.judge import scan
from pilots.actions.limits import set_limits
from pilots.actions.stage import Move, move_pilot
from pilots.backtests import CHUNK, run_backtest
from pilots.lifecycle import Stage
from pilots.limits import limits_in_force
from pilots.models import Backtest, Pilot
from pilots.models.backtest import State
from pilots.rules import RULES
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
UNPROVEN = RULES.get("R-08")  # so many days in Piloting
DAY = timedelta(days=1)


def ask(by, limits=None, *, program=None, days=100, rule=UNPROVEN):
    return ask_backtest(rule, {"high": 200} if limits is None else limits, program=program, days=days, by=by)


def work(now=NOW, **more):
    return work_off_backtests(lambda: now, **more)


def done(row):
    work()
    row.refresh_from_db()
    assert (row.error, row.is_over) == ("", True)
    return row.result


@pytest.fixture
def by_administrator(administrator, by):
    return By(user=administrator, at=by.at, source=by.source)


# --- Asking ------------------------------------------------------------------------


def test_what_is_asked_for_is_kept_with_what_holds_and_told(program, by):
    set_limits(UNPROVEN, {"warning": 80}, program=program, by=by)

    row = ask(by, program=program)

    assert (row.rule, row.program, row.asked_by, row.asked_at) == ("R-08", program, by.user, NOW)
    assert (row.limits, row.in_force) == ({"warning": 90, "high": 200}, {"warning": 80, "high": 180})
    assert (row.first_on, row.last_on, row.days) == (TODAY - 99 * DAY, TODAY, 100)
    assert row.state(NOW) is State.WAITING
    told = Event.objects.get(verb="rule.backtest_asked")
    assert (told.subject, told.program, told.actor) == ("R-08", program, by.user)
    assert told.after == {"limits": row.limits, "days": 100, "backtest": row.pk}


@pytest.mark.parametrize(
    ("limits", "days", "fields"),
    [
        ({"high": 20}, 100, ["high"]),
        ({"often": 20}, 100, ["often"]),
        ({"high": 99999}, 100, ["high"]),
        ({}, 27, ["days"]),
        ({"high": 20}, 1096, ["high", "days"]),
        ({}, True, ["days"]),
    ],
)
def test_what_could_not_be_set_is_not_tried(program, by, limits, days, fields):
    with pytest.raises(Refused) as refused:
        ask(by, limits, program=program, days=days)

    assert [reason.field for reason in refused.value.reasons] == fields
    assert not Backtest.objects.exists()


def test_who_may_not_set_limits_tries_none(program, other_program, manager, contributor, executive, by):
    acting = {user: By(user=user, at=NOW, source=Source.WEB) for user in (manager, contributor, executive)}

    for user, place in ((manager, None), (contributor, program), (executive, program), (executive, None)):
        with pytest.raises(Forbidden):
            ask(acting[user], program=place)
    with pytest.raises(Program.DoesNotExist):
        ask(acting[manager], program=other_program)
    assert not Backtest.objects.exists()


def test_backtests_are_seen_by_whoever_runs_the_program_or_the_site(
    program, other_program, manager, viewer, administrator, by, by_administrator
):
    own, site = ask(by, program=program), ask(by_administrator)
    other = ask(by_administrator, program=other_program)

    seen = {user: set(Backtest.objects.visible_to(user)) for user in (manager, viewer, administrator)}

    assert seen == {manager: {own}, viewer: set(), administrator: {own, site, other}}


def test_the_same_is_asked_for_once_and_five_wait_at_most(program, by):
    rows = [ask(by, {"high": 200 + more}, program=program) for more in (0, 1, 2, 3, 4, 0)]

    assert rows[0] == rows[5]
    assert Event.objects.filter(verb="rule.backtest_asked").count() == 5
    with pytest.raises(Refused, match="5 of your backtests wait already"):
        ask(by, {"high": 300}, program=program)


# --- What is counted ---------------------------------------------------------------


def test_past_is_counted_as_the_rule_would_have_judged_each_day(make_pilot, program, by):
    for place, since in enumerate((190, 130, 95, 20)):
        pilot = make_pilot(f"Pilot {place}", since=TODAY - since * DAY)
        if place == 1:
            move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="Too dear"), by=by)

    result = done(ask(by, {"warning": 120, "high": 190}, program=program))

    in_force, proposed = result["in_force"], result["proposed"]
    assert (result["looked_at"], in_force["flagged"], proposed["flagged"]) == (4, 3, 2)
    assert (in_force["days"]["warning"], in_force["days"]["high"]) == (90 + 39 + 5, 10)
    assert (in_force["from_before"], proposed["from_before"]) == (1, 0)
    last = Pilot.objects.get(name="Pilot 2").pk
    assert (result["newly"], result["no_longer"]) == ([], [[last, str(TODAY - 4 * DAY), "open"]])
    assert {name: count for name, count in proposed["became"].items() if count} == {"ended": 1, "open": 1}
    assert (proposed["lead_days"], proposed["lead_of"]) == (9, 1)


def test_it_is_held_against_what_is_in_force_when_it_begins(make_pilot, program, by):
    make_pilot(since=TODAY - 95 * DAY)
    row = ask(by, {"warning": 50}, program=program)
    set_limits(UNPROVEN, {"warning": 100}, program=program, by=by)

    result = done(row)

    assert (row.in_force, result["in_force"]["flagged"]) == ({"warning": 100, "high": 180}, 0)


def test_worker_is_rung_for_at_once(program, by, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(bell, "_RINGS", [lambda: rung.append(True)])

    with django_capture_on_commit_callbacks(execute=True):
        ask(by, program=program)

    assert rung == [True]


def test_confidential_pilots_and_those_of_other_programs_are_in_no_figure(
    make_pilot, program, other_program, by, by_administrator
):
    make_pilot("Plain")
    make_pilot("Secret", is_confidential=True)
    make_pilot("Other", program=other_program)

    own, site = ask(by, program=program), ask(by_administrator)

    assert (done(own)["looked_at"], done(site)["looked_at"]) == (1, 2)


def test_limits_of_the_site_move_no_program_that_has_its_own(
    make_pilot, program, other_program, by, by_administrator
):
    make_pilot("Own", since=TODAY - 60 * DAY)
    make_pilot("Site", program=other_program, since=TODAY - 60 * DAY)
    set_limits(UNPROVEN, {"warning": 300, "high": 400}, program=program, by=by)

    result = done(ask(by_administrator, {"warning": 30, "high": 90}))

    assert result["programs_apart"] == 1
    assert [pk for pk, *_ in result["newly"]] == [Pilot.objects.get(name="Site").pk]


def test_rule_that_fails_on_a_pilot_leaves_it_out(make_pilot, program, by, monkeypatch):
    broken = make_pilot("Broken")
    make_pilot("Whole")
    judge = UNPROVEN.judge

    def failing(facts, look):
        if facts.pilot_id == broken.pk:
            raise ZeroDivisionError
        return judge(facts, look)

    monkeypatch.setitem(UNPROVEN.__dict__, "judge", failing)

    result = done(ask(by, program=program))

    assert (result["looked_at"], result["failed"]) == (1, 1)


def test_end_of_the_workers_time_is_no_fault_of_the_rule(make_pilot, program, by, monkeypatch):
    make_pilot()
    row = ask(by, program=program)

    def run_on(_facts, _look):
        raise SoftTimeLimitExceeded

    monkeypatch.setitem(UNPROVEN.__dict__, "judge", run_on)

    with pytest.raises(SoftTimeLimitExceeded):
        work()
    with pytest.raises(SoftTimeLimitExceeded):
        scan(at=NOW)

    row.refresh_from_db()
    assert (row.is_over, row.lease_token, row.lease_until) == (False, None, NOW + PAUSE)


def test_more_pilots_than_one_chunk_are_counted_and_said(make_pilot, program, by, monkeypatch):
    monkeypatch.setattr("pilots.backtests.CHUNK", 1)
    pilots = [make_pilot(f"Pilot {place}", since=TODAY - 95 * DAY) for place in range(2)]
    said = []

    result = run_backtest(
        UNPROVEN,
        UNPROVEN.default_limits,
        Pilot.objects.all(),
        program=None,
        in_force=limits_in_force(),
        first=TODAY - 9 * DAY,
        last=TODAY,
        say=said.append,
    )

    assert (result["looked_at"], result["in_force"]["flagged"], len(pilots)) == (2, 2, 2)
    assert said == list(range(1, 21))


# --- Who has it in hand ------------------------------------------------------------


def test_worker_that_was_killed_is_taken_over_and_after_three_times_it_is_given_up(program, by):
    row = ask(by, program=program)
    at = NOW
    for attempt in (1, 2, 3):
        taken = take_backtest(at)
        assert (taken.pk, taken.attempts) == (row.pk, attempt)
        assert taken.state(at) is State.RUNNING
        assert take_backtest(at + LEASE - timedelta(seconds=1)) is None
        at += LEASE

    assert take_backtest(at) is None
    row.refresh_from_db()
    assert (row.state(at), row.error, row.lease_token) == (State.FAILED, DIED, None)


def test_who_comes_back_late_writes_nothing(make_pilot, program, by):
    make_pilot()
    row = ask(by, program=program)
    late = take_backtest(NOW)
    work(NOW + LEASE)
    row.refresh_from_db()
    whole = (row.finished_at, row.result)
    Backtest.objects.filter(pk=row.pk).update(finished_at=None)

    backtest_run.run_one(late, lambda: NOW + 2 * LEASE, lambda: False)

    row.refresh_from_db()
    assert (row.finished_at, row.result) == (None, whole[1])


def test_worker_that_is_told_to_end_gives_it_back_untouched(make_pilot, program, by):
    make_pilot()
    row = ask(by, program=program)
    asked = iter([False])

    work(should_stop=lambda: next(asked, True))

    row.refresh_from_db()
    assert (row.attempts, row.lease_token, row.state(NOW)) == (0, None, State.WAITING)
    work()
    row.refresh_from_db()
    assert row.state(NOW) is State.DONE


@pytest.mark.parametrize(("fault", "words"), [(KeyError, BROKEN), (SoftTimeLimitExceeded, TOO_LONG)])
def test_fault_is_tried_again_after_a_pause_and_given_up_after_three_times(
    program, by, monkeypatch, fault, words
):
    def fail(*_given, **_named):
        raise fault

    monkeypatch.setattr(backtest_run, "go_on", fail)
    row = ask(by, program=program)
    for attempt in range(3):
        try:
            work(NOW + attempt * PAUSE)
        except SoftTimeLimitExceeded:
            assert fault is SoftTimeLimitExceeded
        row.refresh_from_db()
        assert row.is_over is (attempt == 2)

    assert (row.state(NOW), row.error) == (State.FAILED, words)


def test_it_goes_on_where_its_time_was_over_and_comes_to_the_same(
    make_pilot, program, other_program, by, by_administrator, monkeypatch
):
    monkeypatch.setattr("pilots.backtests.CHUNK", 1)
    for place, since in enumerate((190, 130, 95, 20)):
        pilot = make_pilot(f"Pilot {place}", since=TODAY - since * DAY)
        if place == 1:
            move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="Too dear"), by=by)
    broken = make_pilot("Broken", program=other_program)
    set_limits(UNPROVEN, {"warning": 100}, program=program, by=by)
    judge = UNPROVEN.judge

    def failing(facts, look):
        if facts.pilot_id == broken.pk:
            raise ZeroDivisionError
        return judge(facts, look)

    monkeypatch.setitem(UNPROVEN.__dict__, "judge", failing)
    at_once = done(ask(by_administrator, {"warning": 50}))
    row = ask(by_administrator, {"warning": 60})
    Backtest.objects.filter(pk=row.pk).update(limits=UNPROVEN.default_limits | {"warning": 50})

    turns = 0
    while not row.is_over:
        looks = iter(range(1000))
        work(is_late=lambda looks=looks: next(looks) > 150)  # of 100 days each
        row.refresh_from_db()
        turns += 1
        set_limits(UNPROVEN, {"warning": 100 + turns}, program=None, by=by_administrator)

    assert turns == 5
    assert (row.result, row.attempts) == (at_once, 1)
    assert (at_once["failed"], at_once["programs_apart"], at_once["looked_at"]) == (1, 1, 4)


def test_where_not_even_one_chunk_fits_into_a_turn_the_next_takes_fewer(make_pilot, program, by):
    for place in range(4):
        make_pilot(f"Pilot {place}")
    row = ask(by, program=program)
    sizes = []
    for _ in range(3):
        looks = iter(range(1000))
        work(is_late=lambda looks=looks: next(looks) > 50)
        row.refresh_from_db()
        sizes.append(row.result["chunk"])

    assert sizes == [CHUNK // 2, CHUNK // 4, CHUNK // 8]
    assert (row.done, row.attempts, row.state(NOW)) == (0, 0, State.WAITING)


def test_who_lost_the_right_meanwhile_is_told_nothing_more(program, by):
    row = ask(by, program=program)
    Membership.objects.filter(user=by.user).delete()

    work()

    row.refresh_from_db()
    assert (row.state(NOW), row.error, row.result) == (State.FAILED, NO_LONGER, {})


def test_how_far_it_is_is_said_once_a_second_at_most(make_pilot, program, by, monkeypatch):
    make_pilot()
    row = ask(by, program=program)
    ticks = iter(range(1000))
    monkeypatch.setattr(backtest_run.time, "monotonic", lambda: next(ticks) * 0.4)
    said = []
    update = type(Backtest.objects.all()).update
    monkeypatch.setattr(
        type(Backtest.objects.all()),
        "update",
        lambda rows, **values: said.append(values.get("done")) or update(rows, **values),
    )

    work()

    assert said[0] == 0
    assert said[-1] == row.days
    assert 25 < len(said) < 50


def test_lease_is_renewed_as_long_as_somebody_is_at_it(make_pilot, program, by, monkeypatch):
    make_pilot()
    row = ask(by, program=program)
    clock, ticks, leases = [NOW], iter(range(1000)), []
    monkeypatch.setattr(backtest_run.time, "monotonic", lambda: next(ticks))
    update = type(Backtest.objects.all()).update

    def look(rows, **values):
        leases.append(values.get("lease_until"))
        return update(rows, **values)

    def later():
        clock[0] += timedelta(seconds=10)
        return clock[0]

    monkeypatch.setattr(type(Backtest.objects.all()), "update", look)

    work_off_backtests(later)

    row.refresh_from_db()
    renewed = [lease for lease in leases if lease]
    assert len(renewed) > 10
    assert renewed[-1] == clock[0] - timedelta(seconds=20) + LEASE
    assert clock[0] - NOW > LEASE
    assert row.is_over


def test_old_ones_are_forgotten(program, by):
    row = ask(by, program=program)

    assert prune_backtests(NOW + 90 * DAY) == 0
    assert prune_backtests(NOW + 91 * DAY) == 1
    assert not Backtest.objects.filter(pk=row.pk).exists()

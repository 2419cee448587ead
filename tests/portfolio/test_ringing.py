"""One ring: what is due is done once, and what fails takes nothing else along."""

from datetime import UTC, datetime, timedelta

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from pilots.access.models import Source
from pilots.actions.backtest import ask_backtest
from pilots.actions.by import By
from pilots.actions.job import LEASE, record_heartbeat, take_run
from pilots.models import Backtest, Flag, Heartbeat, JobRun
from pilots.models.backtest import State
from pilots.rules import RULES
from pilots.rules.backtest import Watch
from portfolio import jobs, ringing
from portfolio.outbox.deliver import Delivered
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Message
from portfolio.ringing import BUDGET, ring
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
UNPROVEN = RULES.get("R-08")


RUNS = [job.key(NOW) for job in jobs.JOBS]


def at(moment=NOW):
    return lambda: moment


def keys(*of):
    runs = JobRun.objects.filter(job__in=of) if of else JobRun.objects.all()
    return sorted(runs.values_list("key", flat=True))


def beats():
    return dict(Heartbeat.objects.order_by("job").values_list("job", "beat_at"))


def test_ring_does_all_that_is_due_and_leaves_heartbeats(make_pilot):
    make_pilot(since=NOW.date() - timedelta(days=120))

    rung = ring(at())

    assert rung.done == [
        "imports",
        "rules:2026-11-18T09",
        "integrity:2026-11-18",
        "silence:2026-11-18",
        "forecasts:2026-11-18",
        "digests",
        "outbox",
        "backtests",
    ]
    assert rung.failed == {}
    assert keys() == [
        "forecasts:2026-11-18",
        "integrity:2026-11-18",
        "rules:2026-11-18T09",
        "silence:2026-11-18",
    ]
    assert beats() == dict.fromkeys(
        ["backtests", "digests", "forecasts", "imports", "integrity", "outbox", "ring", "rules", "silence"],
        NOW,
    )
    assert Flag.objects.filter(rule="R-08").count() == 1
    outcomes = dict(JobRun.objects.values_list("job", "outcome"))
    assert (outcomes["rules"]["pilots"], outcomes["rules"]["opened"]) == (1, Flag.objects.count())
    assert outcomes["integrity"] == {"columns": {}, "guards": []}


def test_second_ring_of_the_hour_scans_no_second_time():
    ring(at())

    rung = ring(at(NOW + 59 * MINUTE))

    assert rung.done == ["imports", "digests", "outbox", "backtests"]
    assert beats()["rules"] == NOW
    assert beats()["ring"] == NOW + 59 * MINUTE
    assert ring(at(NOW + 60 * MINUTE)).done[1] == "rules:2026-11-18T10"


def test_missed_night_is_caught_up_by_one_scan():
    ring(at(datetime(2026, 11, 18, 19, 0, tzinfo=UTC)))

    ring(at(datetime(2026, 11, 19, 7, 12, tzinfo=UTC)))

    assert keys("rules", "integrity") == [
        "integrity:2026-11-18",
        "integrity:2026-11-19",
        "rules:2026-11-18T19",
        "rules:2026-11-19T07",
    ]


def test_hours_are_named_in_utc_wherever_the_clock_stands():
    ring(at(datetime.fromisoformat("2026-10-25T02:30:00+02:00")))
    ring(at(datetime.fromisoformat("2026-10-25T02:30:00+01:00")))

    assert keys() == [
        "forecasts:2026-10-25",
        "integrity:2026-10-25",
        "rules:2026-10-25T00",
        "rules:2026-10-25T01",
        "silence:2026-10-25",
    ]


@pytest.mark.parametrize(
    ("name", "code", "goes_on"),
    [
        (
            "enqueue_due",
            "digests",
            [
                "imports",
                "rules:2026-11-18T09",
                "integrity:2026-11-18",
                "silence:2026-11-18",
                "forecasts:2026-11-18",
                "outbox",
                "backtests",
            ],
        ),
        (
            "drain_events",
            "outbox",
            [
                "imports",
                "rules:2026-11-18T09",
                "integrity:2026-11-18",
                "silence:2026-11-18",
                "forecasts:2026-11-18",
                "digests",
                "backtests",
            ],
        ),
        (
            "deliver",
            "outbox",
            [
                "imports",
                "rules:2026-11-18T09",
                "integrity:2026-11-18",
                "silence:2026-11-18",
                "forecasts:2026-11-18",
                "digests",
                "backtests",
            ],
        ),
    ],
)
def test_step_that_fails_is_told_and_the_others_go_on(monkeypatch, caplog, name, code, goes_on):
    def fail(*_given, **_named):
        raise OSError("the disk is full\nand more")

    monkeypatch.setattr(ringing, name, fail)

    rung = ring(at())

    assert rung.done == goes_on
    assert rung.failed == {code: "OSError: the disk is full"}
    beat = Heartbeat.objects.get(job=code)
    assert (beat.beat_at, beat.failed_at, beat.error) == (None, NOW, "OSError: the disk is full")
    assert f"The step {code} of a ring failed" in caplog.messages


def test_backtest_that_takes_long_holds_up_neither_scan_nor_mail(make_pilot, program, manager, monkeypatch):
    monkeypatch.setattr("pilots.backtests.CHUNK", 1)
    for place, since in enumerate((20, 95, 190)):
        make_pilot(f"Pilot {place}", since=NOW.date() - timedelta(days=since))
    rule, by = UNPROVEN, By(user=manager, at=NOW, source=Source.WEB)
    row, other = (ask_backtest(rule, {"high": 200}, program=program, days=days, by=by) for days in (28, 29))
    ring(at())  # whatever a scan opens is opened
    row.refresh_from_db()
    at_once = row.result
    Backtest.objects.filter(pk=row.pk).update(finished_at=None, result={}, done=0, attempts=0)
    enqueue("test", key="a", at=NOW)
    clock, see = [NOW + 60 * MINUTE], Watch.see

    def slowly(*given):
        clock[0] += timedelta(seconds=1)
        return see(*given)

    monkeypatch.setattr(Watch, "see", slowly)
    sent = []
    monkeypatch.setattr(ringing, "deliver", lambda **_named: sent.append(clock[0]) or Delivered())

    rung = ring(lambda: clock[0])

    row.refresh_from_db()
    assert sent == [NOW + 60 * MINUTE]
    assert rung.done[1:] == ["rules:2026-11-18T10", "digests", "outbox", "backtests"]
    assert clock[0] == NOW + 60 * MINUTE + ringing.SHARE
    assert (row.is_over, row.done, row.attempts, row.state(clock[0])) == (False, 56, 0, State.RUNNING)

    ring(lambda: clock[0])

    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.is_over, row.result) == (True, at_once)
    assert (row.done, other.done) == (84, 0)  # one of them in each ring


def test_failure_that_cannot_even_be_noted_stops_nobody_else(monkeypatch, caplog):
    def fail(*_given, **_named):
        raise OSError("the disk is full")

    monkeypatch.setattr(ringing, "enqueue_due", fail)
    monkeypatch.setattr(ringing, "record_failure", fail)

    rung = ring(at())

    assert rung.failed == {"digests": "OSError: the disk is full"}
    assert "outbox" in rung.done
    assert "The failure of digests could not be noted" in caplog.messages


def test_scan_that_fails_is_tried_three_times_then_parked_until_the_next_hour(monkeypatch):
    calls = []

    def fail(**named):
        calls.append(named)
        raise ValueError("no such stage")

    monkeypatch.setattr(jobs, "scan", fail)
    for minute in range(5):
        rung = ring(at(NOW + minute * MINUTE))
        assert rung.done[-3:] == ["digests", "outbox", "backtests"]

    assert len(calls) == 3
    parked = JobRun.objects.parked(NOW + 5 * MINUTE).get()
    assert (parked.key, parked.last_error) == ("rules:2026-11-18T09", "ValueError: no such stage")
    assert beats()["rules"] is None

    monkeypatch.undo()
    assert "rules:2026-11-18T10" in ring(at(NOW + 60 * MINUTE)).done
    assert beats()["rules"] == NOW + 60 * MINUTE


def test_run_of_a_dead_worker_is_taken_over_when_its_lease_is_out():
    jobs.RULES.offer(NOW)
    take_run("rules", NOW)  # and dies

    assert "rules:2026-11-18T09" not in ring(at(NOW + MINUTE)).done
    assert "rules:2026-11-18T09" in ring(at(NOW + LEASE)).done


def test_deliver_gets_what_is_left_of_the_time_and_the_wish_to_stop(monkeypatch):
    given = {}

    def deliver(**named):
        given.update(named)
        return Delivered()

    moments = iter([NOW, NOW, NOW] + [NOW + timedelta(seconds=50)] * 99)
    monkeypatch.setattr(ringing, "deliver", deliver)

    ring(lambda: next(moments), should_stop=lambda: False)

    assert given["budget"] == BUDGET - timedelta(seconds=50)
    assert given["should_stop"]() is False


def test_ring_whose_time_is_over_leaves_the_rest_to_the_next():
    moments = iter([NOW, NOW] + [NOW + BUDGET] * 99)

    rung = ring(lambda: next(moments))

    assert rung.done == []
    assert keys() == []
    assert list(beats()) == ["ring"]


def test_worker_that_is_told_to_end_begins_nothing_more(monkeypatch):
    stopping = []
    monkeypatch.setattr(ringing, "enqueue_due", lambda _at: stopping.append(True))

    rung = ring(at(), should_stop=lambda: bool(stopping))

    assert rung.done == [
        "imports",
        "rules:2026-11-18T09",
        "integrity:2026-11-18",
        "silence:2026-11-18",
        "forecasts:2026-11-18",
        "digests",
    ]


def test_end_of_the_tasks_time_is_noted_and_ends_the_ring(monkeypatch):
    def run_on(**_named):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(jobs, "scan", run_on)

    with pytest.raises(SoftTimeLimitExceeded):
        ring(at())

    beat = Heartbeat.objects.get(job="rules")
    assert beat.error == "It took longer than a ring may last."
    assert JobRun.objects.get().attempts == 1
    assert take_run("rules", NOW).attempts == 2


def test_budget_ends_a_mail_before_the_tasks_soft_limit(settings):
    assert BUDGET.total_seconds() + settings.EMAIL_TIMEOUT < settings.CELERY_TASK_SOFT_TIME_LIMIT
    assert LEASE.total_seconds() > settings.CELERY_TASK_TIME_LIMIT


def test_broken_rule_is_told_keeps_its_flags_and_takes_no_other_along(make_pilot, monkeypatch):
    long_ago = By(user=None, at=NOW - timedelta(days=60), source=Source.COMMAND)
    make_pilot(since=NOW.date() - timedelta(days=120), by=long_ago)
    ring(at())
    opened = set(Flag.objects.open().values_list("rule", flat=True))
    assert {"R-08", "R-04"} <= opened

    def fail(_facts, _look):
        raise KeyError("warning")

    broken = {rule.key: rule for rule in RULES}["R-08"]
    object.__setattr__(broken, "judge", (was := broken.judge) and fail)
    try:
        ring(at(NOW + 60 * MINUTE))
    finally:
        object.__setattr__(broken, "judge", was)

    run = JobRun.objects.get(key="rules:2026-11-18T10")
    assert run.outcome["failed"] == {"R-08": "KeyError: 'warning'"}
    assert run.finished_at == NOW + 60 * MINUTE
    assert set(Flag.objects.open().values_list("rule", flat=True)) == opened
    assert run.outcome["rules"]["R-04-moved"]["eligible"] == 1


def test_task_rings_by_the_clock_of_this_machine():
    from portfolio.tasks import ring as task

    task()

    assert timezone.now() - beats()["ring"] < MINUTE


def test_integrity_check_counts_and_names_no_pilot(make_pilot):
    from pilots.models import Pilot

    pilot = make_pilot("Secret merger", is_confidential=True)
    Pilot.objects.filter(pk=pilot.pk).update(stage_clock_on=NOW.date())

    ring(at())

    outcome = JobRun.objects.get(job="integrity").outcome
    assert outcome == {"columns": {"stage_clock_on": 1}, "guards": []}
    assert jobs.INTEGRITY.words(outcome) == (
        "These columns do not follow from history: stage_clock_on of 1. manage.py rebuild_columns helps."
    )


@pytest.mark.parametrize(
    ("job", "due"),
    [
        (jobs.RULES, datetime(2026, 11, 18, 10, 0, tzinfo=UTC)),
        (jobs.INTEGRITY, datetime(2026, 11, 19, 0, 0, tzinfo=UTC)),
    ],
)
def test_next_run_is_due_at_the_next_hour_or_day(job, due):
    assert job.next_due(NOW + 59 * MINUTE) == due
    assert job.key(due) != job.key(NOW)
    assert job.key(due - MINUTE) == job.key(NOW)


def test_scan_by_hand_makes_the_rules_up_to_date():
    record_heartbeat(job="rules", at=NOW - timedelta(hours=9))

    jobs.scan_everybody(at=NOW)

    assert beats() == {"rules": NOW}


def test_ring_after_a_standstill_holds_what_was_queued_before_it():
    ring(at())
    enqueue("test", key="a", at=NOW)

    ring(at(NOW + timedelta(hours=2)))

    assert list(Message.objects.values_list("key", "state")) == [("a", "held")]

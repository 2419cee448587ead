from datetime import timedelta

import pytest
import time_machine

from pilots.access.models import Event
from pilots.actions import bell
from pilots.actions.job import fail_run, offer_run, record_failure, record_heartbeat, take_run
from pilots.models import JobRun
from portfolio.lateness import how_long
from portfolio.ringing import ring
from tests.conftest import NOW

URL = "/settings/jobs/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ada(client, administrator):
    client.force_login(administrator)
    return client


def look(client, at=NOW):
    with time_machine.travel(at, tick=False):
        return client.get(URL)


def lines(page):
    return {line.title: line for line in page.context["lines"]}


def park(key="rules:2026-11-18T08"):
    offer_run("rules", key, NOW - timedelta(hours=1))
    for _ in range(3):
        fail_run(take_run("rules", NOW), error="ValueError: no such stage\nTraceback")
    return JobRun.objects.get(key=key)


def test_jobs_tell_when_each_ended_what_is_next_and_what_it_did(ada, make_pilot):
    make_pilot()
    ring(lambda: NOW)

    told = lines(look(ada, NOW + 12 * MINUTE))

    assert list(told) == [
        "Rules",
        "Integrity check",
        "Silence",
        "Forecasts",
        "Ring",
        "Imports",
        "Digests",
        "Outbox",
        "Backtests",
    ]
    rules = told["Rules"]
    assert (rules.ended, rules.next_due, rules.late) == ("12 minutes ago", "in 48 minutes", "")
    assert rules.outcome.startswith("Looked at 1 pilot. Flags: ")
    assert told["Integrity check"].outcome == "Columns, history and triggers agree."
    assert (told["Ring"].late, told["Ring"].mark) == ("11 minutes late", "at_risk")
    assert (rules.mark, rules.error) == ("on_track", "")


def test_jobs_that_never_ran_say_so(ada):
    page = look(ada)

    assert {(line.ended, line.late) for line in page.context["lines"]} == {
        ("never yet", "has not ended well yet")
    }
    assert "Has not ended well yet." in page.content.decode()


def test_late_rules_tell_by_how_much(ada):
    record_heartbeat(job="rules", at=NOW)

    assert lines(look(ada, NOW + timedelta(hours=2)))["Rules"].late == ""
    assert lines(look(ada, NOW + timedelta(hours=5)))["Rules"].late == "4 hours late"


def test_step_that_failed_tells_its_error(ada):
    record_failure(job="outbox", at=NOW, error="OSError: <b>no route</b>\nTraceback")

    page = look(ada)

    assert (lines(page)["Outbox"].mark, lines(page)["Outbox"].error) == ("wrong", "OSError: <b>no route</b>")
    assert "Last failure: OSError: &lt;b&gt;no route&lt;/b&gt;" in page.content.decode()


def test_rule_that_failed_is_named_with_its_error(ada):
    ring(lambda: NOW)
    run = JobRun.objects.get(job="rules")
    run.outcome["failed"] = {"R-08": "KeyError: 'warning'\nmore", "R-99": "ValueError"}
    JobRun.objects.filter(pk=run.pk).update(outcome=run.outcome)

    page = look(ada)
    html = page.content.decode()

    assert lines(page)["Rules"].mark == "at_risk"
    assert lines(page)["Integrity check"].mark == "on_track"
    assert "2 rules could not be asked at the last scan." in html
    assert "<b>R-08 Never proven</b>: KeyError: &#x27;warning&#x27;" in html
    assert "<b>R-99 a rule of another release</b>: ValueError" in html


def test_parked_run_is_run_again_by_a_button(ada, administrator, monkeypatch):
    rung = []
    monkeypatch.setattr(bell, "ring_soon", lambda: rung.append(True))
    monkeypatch.setattr("portfolio.desk.settings_jobs.ring_soon", lambda: rung.append(True))
    run = park()
    html = look(ada).content.decode()
    assert "Due 60 minutes ago, tried three times. ValueError: no such stage" in html
    assert f'action="/settings/jobs/{run.pk}/retry/"' in html

    answer = ada.post(f"/settings/jobs/{run.pk}/retry/", follow=True)

    assert "rules:2026-11-18T08 runs again within a minute." in answer.content.decode()
    assert answer.context["parked"] == []
    assert rung == [True]
    assert take_run("rules", NOW).pk == run.pk
    assert Event.objects.get(verb="job.retried").actor == administrator


def test_run_that_somebody_else_ran_again_is_refused_in_words(ada):
    run = park()
    ada.post(f"/settings/jobs/{run.pk}/retry/")

    answer = ada.post(f"/settings/jobs/{run.pk}/retry/", follow=True)

    assert "rules:2026-11-18T08 is not parked: it is running, or done." in answer.content.decode()
    assert Event.objects.filter(verb="job.retried").count() == 1


def test_jobs_are_for_administrators(client, manager):
    run = park()
    client.force_login(manager)

    assert client.get(URL).status_code == 403
    assert client.post(f"/settings/jobs/{run.pk}/retry/").status_code == 403
    assert JobRun.objects.parked(NOW).exists()


def test_jobs_ask_the_same_queries_for_any_number_of_runs(ada, django_assert_num_queries):
    def count():
        with django_assert_num_queries(8):
            look(ada)

    ring(lambda: NOW)
    park("rules:a")
    look(ada)
    count()
    for number in range(30):
        park(f"rules:b{number}")
    count()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0.5, "less than a minute"),
        (1, "1 minute"),
        (1.7, "1 minute"),
        (60, "60 minutes"),
        (100, "100 minutes"),
        (120, "2 hours"),
        (47.9 * 60, "47 hours"),
        (48 * 60, "2 days"),
    ],
)
def test_spans_are_told_in_the_largest_unit_that_fits_twice(minutes, words):
    assert how_long(minutes * MINUTE) == words

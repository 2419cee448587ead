"""Trying limits on the past before they are set: from the page of the limits to what would have been."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache

from pilots.access.models import Role
from pilots.actions.account import add_member
from pilots.actions.backtest import ask_backtest
from pilots.actions.backtest_run import DIED, take_backtest, work_off_backtests
from pilots.actions.job import record_heartbeat
from pilots.lifecycle import Stage
from pilots.models import Backtest, Pilot, RuleSetting
from pilots.rules import RULES
from portfolio.desk.stalled import backtest_words
from portfolio.jobs import RING
from tests.conftest import NOW, TODAY

LIMITS = "/stalled/rules/R-08/?program=claims"
UNPROVEN = RULES.get("R-08")
TYPED = {"warning": "50", "high": "200", "reason": "", "try": "1"}
# Session, user, the backtest, two lists, whether somebody manages, the limits in force; five: the last word.
QUERIES = 12
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def at_that_hour():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def tried(make_pilot, program, by):
    """Limits that were tried: one pilot newly flagged, one flagged by both, one by neither."""
    for name, days in (("Newly", 70), ("Both", 120), ("Neither", 20)):
        make_pilot(name, since=TODAY - timedelta(days=days))
    make_pilot("Hidden", since=TODAY - timedelta(days=70), is_confidential=True)
    row = ask_backtest(UNPROVEN, {"warning": 50, "high": 200}, program=program, by=by)
    work_off_backtests(lambda: NOW)
    return Backtest.objects.get(pk=row.pk)


def test_typed_limits_are_tried_and_nothing_is_set(page, program, manager):
    answer = page.post(LIMITS, TYPED)

    row = Backtest.objects.get()
    assert (row.limits, row.program, row.asked_by) == ({"warning": 50, "high": 200}, program, manager)
    assert answer.url == row.get_absolute_url()
    assert not RuleSetting.objects.exists()
    html = page.get(answer.url).content.decode()
    assert "50 days in Piloting" in html
    assert "Waiting for the worker, and none is running." in html


def test_why_is_kept_while_they_are_tried_on_both_pages(page, client):
    address = page.post(LIMITS, TYPED | {"reason": "The board agreed."}).url
    row = Backtest.objects.get()
    Backtest.objects.filter(pk=row.pk).update(error=DIED, finished_at=NOW)

    assert page.get(address).context["form"]["reason"].value() == "The board agreed."
    assert page.get(f"{LIMITS}&tried={row.pk}").context["form"]["reason"].value() == "The board agreed."
    assert page.get(LIMITS).context["form"]["reason"].value() == ""


def test_limits_that_could_not_be_set_are_not_tried(page, program):
    answer = page.post(LIMITS, TYPED | {"high": "20"})

    assert "Write a larger number." in answer.content.decode()
    assert answer.context["form"]["high"].value() == "20"
    assert not Backtest.objects.exists()


def test_how_far_it_is_is_shown_without_a_script_and_asked_for_with_one(page, make_pilot):
    make_pilot()
    address = page.post(LIMITS, TYPED).url
    record_heartbeat(job=RING.code, at=NOW)
    assert "Waiting for the worker." in page.get(address).content.decode()
    Backtest.objects.filter(pk=take_backtest(NOW).pk).update(done=40, total=100)

    whole = page.get(address).content.decode()
    part = page.get(address, headers=HTMX).content.decode()
    shown = page.get(address, {"shown": "Looking at every past day. 40"}, headers=HTMX)

    for html in (whole, part):
        assert '<progress max="100" value="40"' in html
        assert f'<a class="link" href="{address}">Look again</a>' in html
    assert "<html" not in part
    assert shown.status_code == 204


def test_page_that_waits_is_sent_to_what_came_of_it(page, tried):
    answer = page.get(tried.get_absolute_url(), headers=HTMX)

    assert answer.headers["HX-Redirect"] == tried.get_absolute_url()


def test_result_says_how_many_what_became_of_them_and_which(page, tried):
    answer = page.get(tried.get_absolute_url())

    html = answer.content.decode()
    assert (
        "By these limits 2 of 3 pilots would have been flagged, 1 more than by those in force. "
        "Of these 2, 2 would be flagged still."
    ) in html
    assert "Pilots that both flag would be told 40 days earlier (median of 1)." in html
    newly, no_longer = answer.context["page"].apart
    assert [item.pilot.name for item in newly.pilots] == ["Newly"]
    assert (newly.count, newly.more, no_longer.count) == (1, 0, 0)
    assert newly.pilots[0].pilot.get_absolute_url() in html
    assert "in force: 90 days in Piloting" in html
    assert "%" not in "".join(line.proposed for line in answer.context["page"].figures)
    assert sum(int(line.proposed) for line in answer.context["page"].months) == 2


def test_days_on_which_nobody_said_a_word_are_told(page, tried, manager):
    assert page.get(tried.get_absolute_url()).context["page"].left_out == ""
    cache.clear()
    Pilot.objects.update(is_imported=True, heard_at=None, moved_at=None)

    later = backtest_words.BacktestPage(tried, UNPROVEN, reader=manager, at=NOW + timedelta(days=40))

    assert (
        later.left_out
        == "Nothing was said here after Thu 29 Oct 2026: what became of pilots since, nobody knows."
    )


def test_pilot_that_became_confidential_is_named_no_longer(page, tried):
    Pilot.objects.filter(name="Newly").update(is_confidential=True)

    answer = page.get(tried.get_absolute_url())

    [newly, _] = answer.context["page"].apart
    assert (newly.count, list(newly.pilots), newly.more) == (1, [], 1)
    assert answer.context["page"].period.endswith(" 2026")
    assert "Newly<" not in answer.content.decode()


@pytest.mark.parametrize("count", [1, 10])
def test_long_lists_are_cut_and_cost_no_more(
    page, tried, make_pilot, monkeypatch, django_assert_num_queries, count
):
    monkeypatch.setattr(backtest_words, "MOST_LISTED", 5)
    pilots = [make_pilot(f"More {place}") for place in range(count)]
    tried.result["newly"] = [[pilot.pk, "2026-11-01", "open"] for pilot in pilots]
    tried.save(update_fields=["result"])

    with django_assert_num_queries(QUERIES):
        html = page.get(tried.get_absolute_url()).content.decode()

    assert html.count("><bdi>More ") == min(count, 5)
    assert ("and 5 more" in html) is (count == 10)


def test_what_was_tried_is_set_with_a_reason(page, tried, program, manager):
    answer = page.post(tried.get_absolute_url(), {"reason": "It fits us."})

    assert answer.url == "/stalled/rules/?program=claims#R-08"
    row = RuleSetting.objects.get()
    assert (row.limits, row.program, row.set_by, row.reason) == (
        {"warning": 50, "high": 200},
        program,
        manager,
        "It fits us.",
    )


def test_limits_that_are_in_force_by_now_are_not_offered_again(page, tried):
    address = tried.get_absolute_url()
    before = page.get(address).content.decode()
    page.post(address, {"reason": ""})

    after = page.get(address).content.decode()

    assert before.index("Set these limits") < before.index("Newly flagged") < before.index("Side by side")
    assert before.index("Side by side") < before.index("month by month")
    assert "These limits are in force." not in before
    assert "These limits are in force." in after
    assert "Set these limits" not in after


@pytest.mark.parametrize(("flagged", "looked", "is_said"), [(9, 20, True), (8, 20, False), (9, 9, False)])
def test_what_so_many_share_is_said_to_be_told_once(page, tried, flagged, looked, is_said):
    tried.result["looked_at"], tried.result["proposed"]["flagged"] = looked, flagged
    tried.save(update_fields=["result"])

    assert ("told once for the program" in page.get(tried.get_absolute_url()).content.decode()) is is_said


@pytest.mark.parametrize(
    ("now", "then", "newly", "said"),
    [
        ((3, 10, 0), (10, 3, 0), [], "7 fall to warning."),
        ((3, 10, 0), (3, 9, 1), [], "1 rises to critical."),
        ((3, 10, 0), (3, 10, 0), [], ""),
        (
            (3, 10, 0),
            (5, 9, 0),
            [[1, None, "open"]],
            "At worst, high: 9 instead of 10; warning: 5 instead of 3.",
        ),
        ((0, 0, 0), (5, 0, 0), [[1, None, "open"]], ""),
    ],
)
def test_how_bad_is_told_where_it_changes(now, then, newly, said):
    sides = [
        dict(zip(("warning", "high", "critical"), side, strict=True)) | {"info": 0} for side in (now, then)
    ]
    result = {
        "in_force": {"worst": sides[0]},
        "proposed": {"worst": sides[1]},
        "newly": newly,
        "no_longer": [],
    }

    assert backtest_words.severity_words(result) == said


def test_limits_page_lists_what_was_tried_and_goes_on_from_it(page, tried):
    answer = page.get(LIMITS + f"&tried={tried.pk}")

    html = answer.content.decode()
    assert "Warning 50, High 200</a>: 2 of 3 flagged" in html
    assert answer.context["form"]["warning"].value() == 50
    assert page.get(LIMITS + "&tried=x").context["form"]["warning"].value() == 90


def test_failure_is_said_and_nothing_can_be_set_from_it(page, tried):
    Backtest.objects.filter(pk=tried.pk).update(error=DIED, result={})

    html = page.get(tried.get_absolute_url()).content.decode()

    assert DIED in html
    assert "Set these limits" not in html


def test_where_nobody_could_be_judged_it_says_so(page, program, by, make_pilot):
    make_pilot(stage=Stage.IDEA)
    row = ask_backtest(UNPROVEN, {"warning": 50}, program=program, by=by)
    work_off_backtests(lambda: NOW)

    html = page.get(row.get_absolute_url()).content.decode()

    assert "There was no pilot this rule could have judged in that time." in html


def test_rule_of_another_release_says_so(page, tried):
    Backtest.objects.filter(pk=tried.pk).update(rule="R-999")

    assert "no longer there" in page.get(f"/stalled/rules/R-999/backtests/{tried.pk}/").content.decode()


def test_nobody_else_knows_of_it(client, tried, viewer, executive, make_user, other_program, by_system):
    elsewhere = make_user("otto@example.com")
    add_member(program=other_program, user=elsewhere, role=Role.MANAGER, by=by_system)

    for user in (viewer, executive, elsewhere):
        client.force_login(user)
        assert client.get(tried.get_absolute_url()).status_code == 404
        assert client.post(tried.get_absolute_url(), {"reason": ""}).status_code == 404

"""The benchmark: made-up pilots that are always the same, and a report of what was measured on them."""

import json
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.transaction import atomic, set_rollback

from pilots.actions.judge import scan
from pilots.models import (
    Connection,
    Decision,
    Evidence,
    Flag,
    Hold,
    LogEntry,
    Pilot,
    Plan,
    RolloutStep,
    StageTransition,
)
from portfolio.bench import browser, growth, pages, tail
from portfolio.bench.portfolio import NOW, fill
from portfolio.bench.rows import ROWS, Ground, ratio, summed
from portfolio.bench.step import take
from portfolio.management.commands import bench


@pytest.fixture
def here(db, monkeypatch):
    """Let the steps run in this process, on the database of the tests."""

    @contextmanager
    def scratch():
        yield {}

    def run(_environment, *arguments):
        return take(*arguments[2:]) if arguments[0] == "-m" else ""

    monkeypatch.setattr(bench, "scratch", scratch)
    monkeypatch.setattr(bench, "run", run)


def test_report_of_30_pilots_says_what_was_measured_on_which_engine(here, tmp_path, capsys):
    out = tmp_path / "new" / "bench.json"

    call_command("bench", pilots=30, rounds=2, rows="6", out=out)

    report = json.loads(out.read_text())
    (row,) = report.pop("rows")
    assert {name: report[name] for name in ("pilots", "rounds", "seed")} == {
        "pilots": 30,
        "rounds": 2,
        "seed": 1,
    }
    assert row["flags"] == Flag.objects.open().count() > 0
    assert row["changed_next_hour"] == 0
    assert {what: len(took["each"]) for what, took in row["seconds"].items()} == {
        "one INSERT … SELECT per rule": 2,
        "first scan": 2,
        "scan of the next hour": 2,
    }
    assert "ratio" in row
    assert f"Written to {out}." in capsys.readouterr().out


GROUND = Ground(pilots=40, rounds=1, seed=1)


def test_pages_are_asked_for_in_turn_with_plain_ones_and_by_their_tail(db, monkeypatch):
    fill(GROUND.pilots, seed=GROUND.seed)
    for row in (pages, tail, growth):
        monkeypatch.setattr(row, "TIMES", 2)

    found = pages.measure(GROUND)
    slow = tail.measure(GROUND)

    kinds = {"list of pilots", "plain list", "page of a pilot", "plain page"}
    assert {what: len(took) for what, took in found.seconds.items()} == dict.fromkeys(kinds, 2)
    assert found.figures["ratio_of_page"] > 0
    assert slow.ratio == max(slow.figures["p95_to_p50"].values()) >= 1
    assert {"Funnel", "Pace", "Stalled"} <= slow.figures["p95_to_p50"].keys()


def test_growth_compares_with_a_portfolio_of_a_tenth(db, monkeypatch):
    fill(GROUND.pilots, seed=GROUND.seed)
    told = []

    @contextmanager
    def scratch():
        yield {}

    def run(_environment, *arguments):
        told.append(arguments[2])
        return json.dumps(dict.fromkeys(growth.FIRST, 0.001))

    monkeypatch.setattr(growth, "TIMES", 1)
    monkeypatch.setattr(growth, "scratch", scratch)
    monkeypatch.setattr(growth, "run", run)

    found = growth.measure(GROUND)

    assert told == ["-v0", "fill", "first-pages"]
    assert found.ratio == max(found.figures["exponent"].values())
    assert found.figures["far_behind"] > 0


def test_without_a_browser_row_13_says_what_it_needs(monkeypatch):
    monkeypatch.setattr(browser.shutil, "which", lambda _name: None)

    with pytest.raises(RuntimeError, match="needs Chromium"):
        browser.measure(GROUND)


def test_made_up_pilots_have_six_transitions_each_and_are_the_same_again(db):
    def made():
        with atomic():
            fill(60, seed=3)
            rows = Pilot.objects.order_by("pk").values_list("name", "stage", "stage_clock_on", "held_since")
            transitions = StageTransition.objects.count()
            found = list(rows), transitions, Plan.objects.count() > 0, Hold.objects.count() > 0
            set_rollback(True)
        return found

    first = made()

    pilots, transitions, has_plans, has_holds = first
    assert (transitions, has_plans, has_holds) == (6 * 60, True, True)
    assert len({stage for _, stage, _, _ in pilots}) >= 5
    assert made() == first


def test_made_up_pilots_live_and_every_kind_of_rule_judges_some(db):
    fill(500, seed=1)

    assert set(Pilot.objects.values_list("stage", flat=True)) >= {"limited", "production", "sustained"}
    assert Pilot.objects.filter(heard_at__isnull=False, moved_at__isnull=False).exists()
    for model in (Evidence, Decision, Connection, RolloutStep, LogEntry):
        assert model.objects.exists(), model
    judged = {key for key, count in scan(at=NOW).rules.items() if count.eligible}
    assert judged >= {"R-98", "R-35-live", "R-40", "R-61", "R-16"}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"rows": "6,99"}, f"There is no such row in “6,99”. There are: {', '.join(map(str, ROWS))}."),
        ({"pilots": 0}, "Write at least 1 for --pilots and --rounds."),
    ],
)
def test_what_cannot_be_measured_is_refused(options, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("bench", **options)


def test_middle_percentile_and_ratio_are_those_of_all_rounds():
    assert summed([3.0, 1.0, 2.0]) == {"median": 2.0, "p95": 3.0, "each": [3.0, 1.0, 2.0]}
    assert ratio({"ours": [4.0, 6.0, 5.0], "least": [2.0, 2.0, 9.0]}, "ours", "least") == 2.5

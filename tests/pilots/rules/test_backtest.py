"""Episodes, what became of the pilots, and the figures of a backtest: plain values in, plain values out."""

from collections import Counter
from datetime import date, timedelta

import pytest

from pilots.lifecycle import Stage
from pilots.rules import RULES
from pilots.rules.backtest import Backtest, Became, Fate, Track, Watch, share_words, verdict
from pilots.rules.facts import Facts
from pilots.rules.registry import Severity

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
RULE = RULES.get("R-08")  # so many days in Piloting
NOW, LATER = {"warning": 20, "high": 40}, {"warning": 30, "high": 60}


def day(number):
    return FIRST + timedelta(days=number - 1)


def facts(stage=Stage.PILOTING, *, since=FIRST, is_held=False):
    return Facts(
        pilot_id=1,
        program_id=1,
        stage=stage,
        reached=0,
        is_held=is_held,
        is_confidential=False,
        here_since=FIRST,
        stage_clock=since,
        proven_clock=None,
        silence_clock=None,
        moved_clock=None,
        decide_by=None,
        quiet_until=None,
        has_production_owner=False,
    )


def watched(*spans):
    """Watch one pilot; each span is how many days which facts hold, the last one until the end."""
    watch, today = Watch.begin(FIRST), FIRST
    for days, known in spans:
        for _ in range(days or (LAST - today).days + 1):
            watch.see(RULE, known, today, NOW, LATER)
            today += timedelta(days=1)
    return watch


def backtested(*watches):
    found = Backtest(FIRST, LAST)
    for pilot, watch in enumerate(watches, start=1):
        found.add(pilot, watch)
    return found


def test_days_without_a_break_are_one_episode_and_a_break_begins_another():
    track = Track(FIRST)
    for number, severity in ((2, "warning"), (3, "high"), (4, "high"), (6, "warning")):
        track.see(day(number), Severity(severity))

    one, other = track.episodes
    assert (one.first, one.last, one.severity) == (day(2), day(4), Severity.HIGH)
    assert one.escalated == [(day(3), Severity.HIGH)]
    assert one.days == Counter({Severity.HIGH: 2, Severity.WARNING: 1})
    assert (other.first, other.last, other.escalated) == (day(6), day(6), [])


def test_what_is_flagged_on_the_first_day_may_have_begun_long_before():
    track = Track(FIRST)
    track.see(FIRST, Severity.HIGH)

    assert track.episodes[0].is_from_before


@pytest.mark.parametrize(
    ("spans", "fate"),
    [
        pytest.param([(None, facts())], Fate(Became.OPEN), id="still"),
        pytest.param([(50, facts()), (None, facts(Stage.PROVEN))], Fate(Became.MOVED, day(51)), id="moved"),
        pytest.param([(50, facts()), (None, facts(Stage.STOPPED))], Fate(Became.ENDED, day(51)), id="ended"),
        pytest.param([(50, facts()), (None, facts(is_held=True))], Fate(Became.HELD), id="held"),
        pytest.param([(50, facts()), (None, facts(since=day(50)))], Fate(Became.OPEN), id="flagged-again"),
        pytest.param([(50, facts()), (None, facts(since=day(80)))], Fate(Became.CLEARED), id="cleared"),
        pytest.param([(50, facts()), (None, facts(Stage.IDEA))], Fate(Became.CLEARED), id="went-back"),
        pytest.param(
            [(50, facts()), (9, facts(Stage.PROVEN)), (None, facts(Stage.STOPPED))],
            Fate(Became.MOVED, day(51)),
            id="moved-and-ended-later",
        ),
        pytest.param(
            [(9, facts(Stage.PROVEN)), (50, facts()), (None, facts(is_held=True))],
            Fate(Became.HELD),
            id="was-further-before",
        ),
    ],
)
def test_what_became_of_a_pilot_counts_from_its_first_flag(spans, fate):
    found = backtested(watched(*spans))

    assert found.in_force.flagged == {1: fate}


def test_both_limits_are_counted_side_by_side():
    moved = watched((25, facts()), (None, facts(Stage.PROVEN)))  # flagged by those in force alone
    late = watched((50, facts()), (None, facts(Stage.STOPPED)))
    never = watched((None, facts(Stage.IDEA)))

    found = backtested(moved, late, never).as_json()

    assert (found["looked_at"], found["both"]) == (2, 1)
    assert (found["in_force"]["flagged"], found["proposed"]["flagged"]) == (2, 1)
    assert found["no_longer"] == [[1, "2026-01-22", "moved"]]
    assert found["newly"] == []
    assert (found["earlier_days"], found["earlier_of"]) == (-10, 1)
    in_force = found["in_force"]
    assert in_force["months"] == {"2026-01": 2, "2026-02": 0, "2026-03": 0}
    assert in_force["became"] == {"moved": 1, "ended": 1, "open": 0, "held": 0, "cleared": 0}
    assert in_force["worst"] == {"info": 0, "warning": 1, "high": 1, "critical": 0}
    assert in_force["days"] == {"info": 0, "warning": 24, "high": 9, "critical": 0}
    assert (in_force["escalations"], in_force["lead_days"], in_force["lead_of"]) == (1, 16, 2)


def test_flag_from_before_has_no_lead_and_no_month():
    long_ago = facts(since=FIRST - timedelta(days=100))

    found = backtested(watched((10, long_ago), (None, facts(Stage.PROVEN)))).as_json()["proposed"]

    assert (found["flagged"], found["from_before"], found["lead_days"]) == (1, 1, None)
    assert sum(found["months"].values()) == 0


def test_pilot_the_rule_could_not_judge_is_in_no_figure():
    found = backtested(watched((None, facts(Stage.IDEA)))).as_json()

    assert (found["looked_at"], found["in_force"]["flagged"]) == (0, 0)
    assert verdict(found) == "There was no pilot this rule could have judged in that time."


@pytest.mark.parametrize(
    ("watches", "sentence"),
    [
        (
            [[(25, facts()), (None, facts(Stage.PROVEN))]],
            "By these limits 0 of 1 pilot would have been flagged, 1 fewer than by those in force.",
        ),
        (
            [[(None, facts())]],
            (
                "By these limits 1 of 1 pilot would have been flagged, as many as by those in force. "
                "It would be flagged still."
            ),
        ),
        (
            [[(None, facts())], [(50, facts()), (None, facts(Stage.STOPPED))]],
            (
                "By these limits 2 of 2 pilots would have been flagged, as many as by those in force. "
                "Of these 2, 1 stopped or retired and 1 would be flagged still."
            ),
        ),
    ],
)
def test_outcome_is_said_in_a_sentence(watches, sentence):
    assert verdict(backtested(*(watched(*spans) for spans in watches)).as_json()) == sentence


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(3, 20, "15 %"), (3, 9, "no percentage of 9"), (0, 0, "no percentage"), (10, 10, "100 %")],
)
def test_share_of_few_is_not_told(part, whole, words):
    assert share_words(part, whole) == words

from datetime import date

import pytest

from pilots.calendar import Day, Precision
from pilots.lifecycle import Entry, Stage
from pilots.rules.scorecard import (
    Fate,
    Outcome,
    Score,
    Side,
    between,
    difference,
    outcome,
    sentence,
    verdict,
    was_there,
    wilson,
)


def row(stage, day=date(2026, 10, 1), *, known=True):
    return Entry(id=None, to_stage=stage, happened=Day(day) if known else None, latest_on=day)


YEAR = Day(date(2026, 1, 1), Precision.YEAR)


def side(moved_on=0, ended=0, still_there=0):
    return Side({Fate.MOVED_ON: moved_on, Fate.ENDED: ended, Fate.STILL_THERE: still_there})


# Newcombe, Stat. Med. 17 (1998), 857–872, table I, method 3.
@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(part, whole, low, high):
    found = wilson(part, whole)

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("part", "whole"), [(0, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_has_no_interval(part, whole):
    with pytest.raises(ValueError, match="no share"):
        wilson(part, whole)


# Newcombe, Stat. Med. 17 (1998), 873–890, table II, method 10.
@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_difference_gives_the_published_intervals(one, other, low, high):
    found = difference(*one, *other)

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("stage", "later", "expected"),
    [
        (Stage.PROVEN, [], Outcome(Fate.STILL_THERE)),
        (Stage.PROVEN, [row(Stage.PILOTING)], Outcome(Fate.STILL_THERE)),
        (Stage.PROVEN, [row(Stage.LIMITED)], Outcome(Fate.MOVED_ON, date(2026, 10, 1))),
        (Stage.PROVEN, [row(Stage.LIMITED, known=False)], Outcome(Fate.MOVED_ON)),
        (Stage.PROVEN, [row(Stage.STOPPED)], Outcome(Fate.ENDED, date(2026, 10, 1))),
        (Stage.PROVEN, [row(Stage.LIMITED), row(Stage.STOPPED)], Outcome(Fate.MOVED_ON, date(2026, 10, 1))),
        (Stage.PROVEN, [row(Stage.STOPPED), row(Stage.PROVEN)], Outcome(Fate.STILL_THERE)),
        # Production is only implied by being retired: nobody wrote down that it came there.
        (Stage.PROVEN, [row(Stage.RETIRED)], Outcome(Fate.ENDED, date(2026, 10, 1))),
    ],
)
def test_outcome_is_the_later_stage_else_the_end(stage, later, expected):
    assert outcome(stage, later) == expected


SEEN, DAY_BEFORE = date(2026, 9, 22), date(2026, 9, 21)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([], True),
        ([row(Stage.LIMITED, date(2026, 9, 23))], True),
        ([row(Stage.LIMITED, known=False)], False),
        ([Entry(id=None, to_stage=Stage.LIMITED, happened=YEAR, latest_on=YEAR.latest)], False),
        # It is still where it was; or somebody saw it there that day, or only the day before.
        ([row(Stage.PROVEN, known=False)], True),
        ([row(Stage.PROVEN, SEEN, known=False), row(Stage.LIMITED, known=False)], True),
        ([row(Stage.PROVEN, DAY_BEFORE, known=False), row(Stage.LIMITED, known=False)], False),
    ],
)
def test_a_pilot_that_may_have_moved_before_is_not_placed(history, expected):
    assert was_there(Stage.PROVEN, history, SEEN) is expected


def test_sentence_gives_numbers_shares_and_intervals():
    score = Score(flagged=side(5, 9, 20), spared=side(48, 10, 62))

    assert sentence(score, days=60) == (
        "Of 34 it flagged 60 days ago, 5 moved on since (15 %, 6–30 %), 9 stopped, 20 are still there; "
        "of 120 it did not flag, 48 moved on (40 %, 32–49 %)."
    )


@pytest.mark.parametrize(
    ("flagged", "spared", "expected"),
    [
        (side(), side(), "There was no pilot it could flag 60 days ago."),
        (
            side(1, 0, 8),
            side(20),
            (
                "60 days ago it flagged 9 of 29 it could flag. "
                "Of fewer than 10 that it flagged nothing can be said."
            ),
        ),
        (
            side(1, 0, 19),
            side(9),
            (
                "60 days ago it flagged 20 of 29 it could flag. "
                "Of fewer than 10 that it did not flag nothing can be said."
            ),
        ),
    ],
)
def test_few_pilots_are_refused_in_words(flagged, spared, expected):
    score = Score(flagged=flagged, spared=spared)

    assert sentence(score, days=60) == expected
    assert (score.apart(Fate.MOVED_ON), verdict(score)) == (None, "Too few to say.")


@pytest.mark.parametrize(
    ("flagged", "spared", "expected"),
    [
        (side(5, 0, 45), side(30, 0, 20), "Those it flagged moved on less often."),
        (
            side(30, 0, 20),
            side(5, 0, 45),
            "Those it flagged moved on more often: here it points the wrong way.",
        ),
        (side(50, 0, 450), side(60, 0, 440), "It tells nothing apart: both moved on about as often."),
        (side(5, 0, 45), side(6, 0, 44), "The difference can be chance: 10 % and 12 %."),
        (side(3, 0, 17), side(8, 0, 12), "The difference can be chance: 15 % and 40 %."),
    ],
)
def test_verdict_says_whether_a_rule_tells_pilots_apart(flagged, spared, expected):
    assert verdict(Score(flagged=flagged, spared=spared)) == expected


def test_verdict_on_the_last_stage_is_that_nobody_could_move_on():
    nobody = Score(flagged=side(0, 2, 18), spared=side(0, 0, 20), at_the_end=40)
    some = Score(flagged=side(0, 2, 18), spared=side(0, 0, 20), at_the_end=39)

    assert (verdict(nobody), verdict(some)) == (
        "Nobody could move on.",
        "The difference can be chance: 0 % and 0 %.",
    )


def test_lead_time_is_a_median_of_ten_or_more():
    assert Score(lead=list(range(9))).lead_days is None
    assert Score(lead=list(range(10))).lead_days == 4.5
    assert Score(lead=list(range(10))).lead_of == 10


def test_all_or_none_flagged_is_said_and_no_interval_is_rounded_away():
    some = Side({Fate.MOVED_ON: 0, Fate.ENDED: 0, Fate.STILL_THERE: 9_000})

    assert verdict(Score(flagged=some)) == "It flagged all of them, so there is nobody to compare with."
    assert verdict(Score(spared=some)) == "It flagged nobody."
    assert sentence(Score(flagged=some), days=60) == (
        "60 days ago it flagged all 9,000 it could flag: nobody to compare with."
    )
    assert sentence(Score(spared=some), days=60) == "60 days ago it flagged none of the 9,000 it could flag."
    assert between(wilson(9_000, 9_000)) == "99.96–100.00 %"
    assert between(wilson(0, 9_000)) == "0.00–0.04 %"

"""Time to production in words, table and picture: every number counted, every sentence grammatical."""

from collections import Counter
from itertools import pairwise
from types import SimpleNamespace

import plotly.graph_objects as go
import pytest

from pilots.access.models import Source
from pilots.actions.by import By
from pilots.lifecycle import Stage
from portfolio.benchmarks.actions import switch_benchmark
from portfolio.benchmarks.catalogue import CATALOGUE
from portfolio.dashboards.funnel import Funnel, Group
from portfolio.dashboards.lives import LivesRead
from portfolio.flow.incidence import cumulative_incidence
from portfolio.flow.lives import End
from portfolio.pace.sections import time, time_figure, time_words
from portfolio.pace.sections.counting import MONTH, day_of, months_of, whole_months
from portfolio.pace.sections.time_count import TimeCounted
from tests.conftest import NOW
from tests.portfolio.dashboards.test_charts import resolved

ARRIVED, STOPPED, OPEN = End.ARRIVED, End.STOPPED, End.OPEN


def told(lives, *, unknown=0, arrived_unknown=0, imported=0) -> TimeCounted:
    """Lives with the funnel that goes with them; the unknown ones stopped unless they arrived."""
    sums = Counter()
    for (_, end), count in lives.items():
        sums[end] += count
    sums[ARRIVED] += arrived_unknown
    sums[STOPPED] += unknown - arrived_unknown
    where = {
        ARRIVED: (Stage.PRODUCTION,) * 2,
        STOPPED: (Stage.PROVEN, Stage.STOPPED),
        OPEN: (Stage.PROVEN,) * 2,
    }
    groups = [
        Group(furthest=where[end][0], at=where[end][1], count=count, is_imported=imported >= count)
        for end, count in sums.items()
        if count
    ]
    read = LivesRead(lives, unknown, arrived_unknown)
    return TimeCounted(Stage.PILOTING, read, Funnel(Stage.PILOTING, groups, {}))


def cells(chart):
    return [[cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in chart.table.rows]


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


# 50 pilots: ten stopped by day 61, ten arrived at day 183, ten at day 335, twenty open for two years.
FIFTY = {(61, STOPPED): 10, (183, ARRIVED): 10, (335, ARRIVED): 10, (730, OPEN): 20}


def test_curve_says_what_happened_and_kaplan_meier_what_would_have():
    counted = told(FIFTY)
    chart, alone = time.incidence_chart(counted), time.alone_chart(counted)

    assert plain(chart.finding) == "40 % reached production within 24 months; one in five stopped"
    assert chart.sub.startswith("Share of pilots by months since they entered Piloting, n = 50. Estimated so")
    assert [plain(point) for point in chart.points] == [
        "40 % by month 12. 20 of 50 pilots got there within a year; the fastest took 6 months.",
        "Most stopping comes early. Half of the stopping within 24 months had come after 2 months.",
        "Counting 20 of 50 gives 40 % and treats 20 undecided as failures. This curve does not.",
    ]
    # With stops left aside 10 of 40 arrive, then 10 of 30: half of all.
    assert plain(alone.finding) == "Kaplan–Meier would say 50 % after 24 months, where 40 % arrive"
    assert alone.sub == (
        "It treats the ten stopped pilots as if they could still arrive, and lets those that are left stand "
        "for them; so it reads higher."
    )
    assert chart.table.head[0] == alone.table.head[0] == "Month"
    assert [row[:2] + row[3:4] + row[5:] for row in cells(chart)] == [
        ["0", "0 %", "0 %", "100 %", "50"],
        ["3", "0 %", "20 %", "80 %", "40"],
        ["6", "0 %", "20 %", "80 %", "40"],
        ["9", "20 %", "20 %", "60 %", "30"],
        ["12", "40 %", "20 %", "40 %", "20"],
        ["15", "40 %", "20 %", "40 %", "20"],
        ["18", "40 %", "20 %", "40 %", "20"],
        ["21", "40 %", "20 %", "40 %", "20"],
        ["24", "40 %", "20 %", "40 %", "20"],
    ]
    assert cells(alone)[-1][:2] + cells(alone)[-1][3:] == ["24", "50 %", "40 %", "20"]


def test_picture_names_its_curves_at_the_end_and_who_is_at_risk_below():
    counted = told(FIFTY)
    for chart in (time.incidence_chart(counted), time.alone_chart(counted)):
        go.Figure(resolved(chart.figure))
    figure = time.incidence_chart(counted).figure
    words = [plain(word["text"]) for word in figure["layout"]["annotations"]]

    point = cumulative_incidence(FIFTY).at(730)
    low, high = round(100 * point.stopped_low), round(100 * point.stopped_high)
    assert words[:2] == ["Stopped 20 %", f"95 % interval {low}–{high}"]
    assert words[2] == "In production 40 %"
    assert words[4:] == ["The other 40 % still open", "months since Piloting", "pilots at risk"]
    assert figure["layout"]["xaxis"]["ticktext"][0] == "0<br><br>50"
    assert figure["layout"]["xaxis"]["ticktext"][-1] == "24<br><br>20"
    stopped, arrived = figure["data"][-2:]
    assert (stopped["x"], stopped["y"]) == ([0, 61, 183, 335, 730], [0, 0.2, 0.2, 0.2, 0.2])
    assert arrived["y"] == pytest.approx([0, 0, 0.2, 0.4, 0.4])
    assert {trace["line"]["shape"] for trace in figure["data"]} == {"hv"}


def test_curve_ends_where_fewer_than_ten_are_left_to_watch():
    counted = told({(100, STOPPED): 1, (300, OPEN): 10, (600, ARRIVED): 9})

    assert (counted.until, counted.end.point.arrived) == (300, 0)
    assert plain(counted.alone.at(600).over and time_words.finding(counted)) == (
        "None reached production within 9.9 months; 5 % stopped"
    )
    assert (
        time_words.points(counted)[0]
        == "0\N{NO-BREAK SPACE}% by month 9. None of 20 pilots got there within 9 months."
    )


@pytest.mark.parametrize(
    ("lives", "finding"),
    [
        ({(100, OPEN): 12}, "None reached production within 3.3 months, and none stopped"),
        ({(100, ARRIVED): 12}, "All reached production within 3.3 months; none stopped"),
        (
            {(50, ARRIVED): 1, (50, STOPPED): 1, (90, OPEN): 18},
            "5 % reached production within 3 months; as many stopped",
        ),
        (
            {(50, ARRIVED): 2, (90, STOPPED): 6, (99, OPEN): 12},
            "One in ten reached production within 3.3 months; three times as many stopped",
        ),
        ({(30, OPEN): 15}, "None reached production within 30 days, and none stopped"),
    ],
)
def test_finding_is_worded_for_none_one_and_many(lives, finding):
    assert plain(time_words.finding(told(lives))) == finding


@pytest.mark.parametrize(
    ("lives", "words"),
    [
        ({}, "No pilot here has days to count. Headway draws a curve from ten on."),
        ({(40, OPEN): 1}, "One pilot is too few for a curve; Headway draws one from ten on."),
        ({(40, OPEN): 7}, "Seven pilots are too few for a curve; Headway draws one from ten on."),
        ({(40, OPEN): 9}, "Nine pilots are too few for a curve; Headway draws one from ten on."),
        (
            {(0, OPEN): 15},
            (
                "Of 15 pilots fewer than ten were watched for as much as a day; "
                "Headway draws a curve from ten on."
            ),
        ),
    ],
)
def test_too_few_are_refused_in_words(lives, words):
    counted = told(lives)

    assert (counted.is_enough, time_words.refusal(counted)) == (False, words)


def test_ten_are_enough():
    assert told({(40, OPEN): 10}).is_enough


@pytest.mark.parametrize(
    ("lives", "point"),
    [
        ({(100, STOPPED): 1, (200, OPEN): 11}, "One pilot stopped, after 3.3 months."),
        (
            {(30, STOPPED): 1, (100, STOPPED): 1, (200, OPEN): 11},
            "Two pilots stopped, the first after 30 days.",
        ),
        ({(200, OPEN): 11}, "No pilot stopped within 6.6 months."),
        (
            {(100, STOPPED): 10, (200, OPEN): 11},
            "Stopping is spread out. Half of the stopping within 6.6 months had come after 3.3 months.",
        ),
        (
            {(190, STOPPED): 10, (200, OPEN): 11},
            "Most stopping comes late. Half of the stopping within 6.6 months had come after 6.2 months.",
        ),
    ],
)
def test_stopping_is_told_by_how_many_and_when(lives, point):
    assert plain(time_words.points(told(lives))[1]) == point


def test_one_arrival_is_no_fastest():
    assert plain(time_words.points(told({(213, ARRIVED): 1, (400, OPEN): 11}))[0]) == (
        "8 % by month 12. One of 12 pilots got there within a year; it took 7 months."
    )


def test_those_in_no_curve_and_those_a_register_forgot_are_told():
    counted = told({(400, OPEN): 30}, unknown=2, arrived_unknown=1, imported=30)
    alone = told({(400, OPEN): 10}, unknown=1)

    lost = "reached production or stopped on a day nobody knows, so the funnel counts"
    survivors = (
        "32 of 32 came from a register. Registers list survivors: what was stopped long ago is often "
        "missing, so the real share that stopped is higher."
    )
    assert time_words.beside(counted) == [f"Two pilots {lost} them and no curve can.", survivors]
    assert time_words.beside(alone) == [f"One pilot {lost} it and no curve can."]


def test_published_times_stand_beside_as_text_while_they_are_shown(reading, administrator, today):
    def published(asked=""):
        titles = {aside.title: aside for aside in time.shown(reading(asked)).asides}
        return titles.get("Published elsewhere")

    aside = published()
    assert [plain(line.number) for line in aside.lines] == ["8 months", "6 to 18 months"]
    assert aside.lines[0].small.startswith("Stated by Gartner. An average over those that arrived")
    assert "no marks on them" in aside.closing
    assert published("entry=proven") is None
    by = By(user=administrator, at=NOW, source=Source.WEB)
    for code in ("months-on-average", "months-range"):
        switch_benchmark(CATALOGUE[code], is_on=False, by=by)
    assert published() is None


def test_from_production_on_nothing_is_waited_for():
    reading = SimpleNamespace(goal=None, funnel=None)

    (chart,) = time.shown(reading).charts

    assert (chart.figure, chart.refused) == (None, time_words.NO_GOAL_WHY)
    assert time.shape(reading) == {
        "goal": None,
        "enough": False,
        "n": None,
        "arrived": None,
        "stopped": None,
        "open": None,
        "end_not_known": None,
        "arrived_day_not_known": None,
        "imported": None,
        "curve": [],
        "steps": [],
    }


def test_ticks_stay_few_and_the_end_is_one_of_them():
    for until in (61, 100, 365, 548, 1200, 4000, 20000):
        marks = told({(until, OPEN): 20}).marks
        days = [mark.day for mark in marks]
        assert days[0] == 0
        assert days[-1] == until
        assert days == sorted(set(days))
        assert len(days) <= 10
        assert all(later - earlier > MONTH / 2 for earlier, later in pairwise(days))


def test_months_count_whole_days():
    assert [day_of(month) for month in (0, 1, 12, 18)] == [0, 30, 365, 547]
    assert [whole_months(day) for day in (0, 29, 30, 364, 365, 547)] == [0, 0, 1, 11, 12, 18]
    assert [months_of(day) for day in (1, 59, 60, 228, 365)] == [
        "1 day",
        "59 days",
        "2 months",
        "7.5 months",
        "12 months",
    ]


def test_no_stop_of_a_register_is_no_word_that_none_stopped():
    register = told({(200, ARRIVED): 6, (400, OPEN): 14}, imported=20)
    unknown = told({(200, ARRIVED): 6, (400, OPEN): 14}, unknown=1)

    for counted in (register, unknown):
        assert plain(time_words.finding(counted)).endswith("; no stop is on record with its day")
    assert plain(time_words.points(register)[1]) == "No pilot stopped within 13.1 months."
    assert plain(time_words.points(unknown)[1]) == "No pilot stopped on a known day within 13.1 months."
    assert time_words.alone_why(unknown).startswith("No pilot stopped on a known day, and")


def test_those_that_arrived_on_the_day_of_their_entry_are_counted_as_such():
    assert plain(time_words.points(told({(0, ARRIVED): 3, (400, OPEN): 11}))[0]).endswith(
        "Three of 14 pilots got there within a year; three on the day of their entry."
    )


def test_words_at_the_end_of_the_curves_never_cover_each_other():
    for lives in (
        {(200, ARRIVED): 30, (400, OPEN): 12},
        {(50, ARRIVED): 9, (60, STOPPED): 8, (99, OPEN): 11},
    ):
        figure = time_figure.incidence_figure(told(lives))
        axis, height = figure["layout"]["yaxis"]["range"], figure["layout"]["height"]
        a_word = 17 * (axis[1] - axis[0]) / height
        ends = {one["text"]: one["y"] for one in figure["layout"]["annotations"] if "%" in one["text"]}
        rest = next(y for text, y in ends.items() if "still open" in text)
        others = [y for text, y in ends.items() if "still open" not in text]

        assert all(abs(rest - other) > 1.5 * a_word for other in others), lives

"""Why pilots ended and how long they run: causes add up to the ended, curves to hand counts."""

from datetime import timedelta

import plotly.graph_objects as go
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.actions.ending import End, Legacy, end_pilot
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.stage import Past
from pilots.calendar import Day
from pilots.design import Cause
from pilots.lifecycle import Stage
from pilots.models import Origin
from portfolio.flow.lives import End as Ended
from portfolio.pace.sections import ends
from portfolio.pace.sections.ends_count import Causes, Runs, count_causes, count_runs
from portfolio.pace.sections.ends_words import causes_finding, runs_points
from tests.conftest import TODAY
from tests.portfolio.dashboards.test_charts import resolved


def ago(days):
    return Day(TODAY - timedelta(days=days))


def listed(program, name, *steps):
    """A pilot from a register: stages, and how many days ago it came there."""
    past = tuple(
        Past(stage=stage, happened=ago(days), latest_on=TODAY, origin=Origin.IMPORTED)
        for stage, days in steps
    )
    return NewPilot(program=program, name=name, problem="It takes days.", past=past)


def running(program, name, began, *then):
    """A pilot in production since so many days; then what came after."""
    return listed(program, name, (Stage.PILOTING, began + 100), (Stage.PRODUCTION, began), *then)


def test_causes_add_up_to_the_pilots_that_ended(program, make_pilot, by_system, reading, today):
    for name, cause in (("A", Cause.DATA), ("B", Cause.NO_OWNER), ("C", Cause.DATA)):
        end_pilot(
            End(pilot=make_pilot(name), reason="No.", legacy=Legacy(cause=cause), happened=ago(0)),
            by=by_system,
        )
    log_pilots([listed(program, "Imported", (Stage.PILOTING, 90), (Stage.STOPPED, 40))], by=by_system)
    make_pilot("Open")

    causes = count_causes(reading())
    chart = ends.causes_chart(causes, 5)

    assert causes == Causes(
        {(Cause.DATA, Stage.STOPPED): 2, (Cause.NO_OWNER, Stage.STOPPED): 1}, {Stage.STOPPED: 4}
    )
    assert (causes.total, causes.untold) == (4, 1)
    assert chart.finding == f"“{Cause.DATA.label}” is behind two of three ends that were explained"
    assert chart.sub == "4 of 5 pilots ended, stopped or retired; of one nobody said why."
    assert [[cell.text for cell in row] for row in chart.table.rows] == [
        [Cause.DATA.label, "2", "0", "2"],
        [Cause.NO_OWNER.label, "1", "0", "1"],
        ["Nobody said why", "1", "0", "1"],
        ["Ended", "4", "0", "4"],
    ]
    go.Figure(resolved(chart.figure))
    assert count_causes(reading(f"as_of={TODAY - timedelta(days=1)}")).total == 1


@pytest.mark.parametrize(
    ("told", "ended", "finding"),
    [
        ({}, {}, "None of nine has ended"),
        ({}, {Stage.STOPPED: 2}, "Two pilots ended, and nobody said why"),
        ({(Cause.DONE, Stage.RETIRED): 1}, {Stage.RETIRED: 1}, "The one end that was explained"),
        (
            {(Cause.DONE, Stage.RETIRED): 1, (Cause.DATA, Stage.STOPPED): 1},
            {Stage.RETIRED: 1, Stage.STOPPED: 1},
            "No cause stands out among two ends that were explained",
        ),
    ],
)
def test_finding_claims_no_more_than_was_told(told, ended, finding):
    causes = Causes(told, ended)

    assert causes_finding(causes, 9).startswith(finding)
    assert (ends.causes_chart(causes, 9).figure is None) == (not told)


def test_running_time_counts_what_still_runs_as_watched_so_long(program, by_system, reading, today):
    news = [running(program, f"Runs {number}", 400) for number in range(12)]
    news += [running(program, f"Gone {number}", 500, (Stage.RETIRED, 300)) for number in range(4)]
    log_pilots(news, by=by_system)

    runs = count_runs(reading())
    share, _, _, watched = runs.running(365)

    assert runs == Runs({(400, Ended.OPEN): 12, (200, Ended.STOPPED): 4}, 0, imported=16)
    assert (round(share, 9), watched) == (0.75, 12)  # 12 of 16 after a year, none was lost from sight before
    assert runs.running(1095) is None
    assert runs_points(runs)[1].startswith("How many run three years after cannot be told")
    assert runs_points(runs)[2].startswith("16 of them came from a register.")
    chart = ends.runs_chart(runs)
    assert chart.finding == "75\N{NO-BREAK SPACE}% still run a year after they reached production"
    go.Figure(resolved(chart.figure))
    assert ends.shape(reading())["running"]["after"][1]["share"] is None


def test_nine_running_pilots_are_too_few_for_a_curve():
    chart = ends.runs_chart(Runs({(400, Ended.OPEN): 9}, 0))

    assert (chart.figure, chart.table) == (None, None)
    assert chart.refused == "Nine pilots are too few for a curve; Headway draws one from ten on."


def test_queries_do_not_grow_with_pilots(program, by_system, reading, today):
    def asked():
        found = reading()
        with CaptureQueriesContext(connection) as queries:
            ends.shown(found)
        return len(queries)

    log_pilots([running(program, "One", 400)], by=by_system)
    one = asked()
    log_pilots([running(program, f"More {number}", 400) for number in range(60)], by=by_system)

    assert asked() == one


def test_a_long_axis_counts_years_that_keep_apart():
    def ticks(last):
        figure = ends.runs_chart(Runs({(last, Ended.OPEN): 12}, 0)).figure
        return figure["layout"]["xaxis"]["ticktext"]

    assert ticks(1200) == ["0 months", "12 months", "36 months"]
    assert ticks(6200) == ["0", "5 years", "10 years", "15 years"]
    assert ticks(16 * 365 * 2) == ["0", "10 years", "20 years", "30 years"]

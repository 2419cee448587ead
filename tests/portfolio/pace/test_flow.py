"""The flow of a cohort: the last level is the funnel, for any history, day and moment."""

from dataclasses import replace
from datetime import UTC, date, datetime

import plotly.graph_objects as go
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.stage import Past
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Origin, Pilot
from pilots.models.cohort import Cohort, Now
from portfolio.dashboards.funnel import count_funnel
from portfolio.dashboards.lives import read_lives
from portfolio.flow.little import Balance
from portfolio.flow.lives import End
from portfolio.pace.passages import read_flow, steps_to
from portfolio.pace.sections import flow_words as words
from portfolio.pace.sections.flow import SECTION
from tests.portfolio.dashboards.invented import TODAY, invent
from tests.portfolio.dashboards.test_charts import resolved

NOW = Cohort(today=TODAY)
ENTRIES = (Stage.IDEA, Stage.PILOTING, Stage.LIMITED)


def listed(client, url) -> int:
    """Return how many pilots the list behind a number has."""
    return client.get(url).context["listing"].page.paginator.count


@pytest.fixture
def tell(make_pilot):
    def told(name, since, *then):
        past = [
            Past(stage=stage, happened=Day(day) if day else None, latest_on=TODAY, origin=Origin.STATED)
            for stage, day in [(Stage.PILOTING, since), *then]
        ]
        return make_pilot(name, past=tuple(past), since=None)

    return told


@pytest.fixture
def few(tell, by_system):
    """Five pilots since July, one of them held in September and October."""
    begun = date(2026, 7, 6)
    held = tell("Held for a while", begun)
    said = NewHold(pilot=held, reason="Budget.", agreed_by="S. Keller", review_on=date(2026, 12, 1))
    hold_pilot(said, by=replace(by_system, at=datetime(2026, 9, 9, 9, tzinfo=UTC)))
    held.refresh_from_db()
    resume_pilot(Resume(pilot=held), by=replace(by_system, at=datetime(2026, 11, 2, 9, tzinfo=UTC)))
    tell("Arrived", begun, (Stage.LIMITED, date(2026, 8, 3)), (Stage.PRODUCTION, date(2026, 9, 7)))
    tell("Stopped", begun, (Stage.STOPPED, date(2026, 9, 30)))
    tell("Proven, nobody knows when", date(2026, 9, 1), (Stage.PROVEN, None))
    tell("Stopped, nobody knows when", date(2026, 10, 1), (Stage.STOPPED, None))


def test_flow_is_drawn_and_told(today, reading, few):
    shown = SECTION.shown(reading())
    bands, progress, turns = shown.charts

    assert bands.finding == (
        "Of five that came in, one reached production, one stopped, two are in progress and "
        "one left on a day nobody knows"
    )
    assert [[cell.text for cell in row] for row in bands.table.rows] == [
        ["Jun 2026", "0", "0", "0", "0", "0", "0", "0", "0"],
        ["Jul 2026", "3", "0", "0", "0", "0", "0", "0", "3"],
        ["Aug 2026", "3", "1", "1", "1", "0", "0", "0", "3"],
        ["Sep 2026", "4", "1", "1", "1", "1", "1", "0", "2"],
        ["Oct 2026", "5", "1", "1", "1", "1", "1", "1", "2"],
        ["18 Nov", "5", "1", "1", "1", "1", "1", "1", "2"],
        ["No day", "0", "1", "0", "0", "0", "1", "–", "–"],
        ["In all", "5", "2", "1", "1", "1", "2", "–", "2"],
    ]
    assert "Two days are not known" in bands.note
    assert [(line.text, line.number) for line in shown.asides[0].lines] == [("Proven", "1"), ("Stopped", "1")]
    assert progress.finding == "Two are in progress"
    assert bands.points == [
        "Fewer than twelve whole months are known: too few for a mean time by Little’s law."
    ]
    assert turns.finding == "Since Jul more start than leave: 5 in, 2 out"
    assert [[cell.text for cell in row] for row in turns.table.rows][-2:] == [
        ["Oct 2026", "1", "0", "0", "2", "1"],
        ["Nov 2026", "0", "0", "0", "2", "0"],
    ]
    for chart in shown.charts:
        go.Figure(resolved(chart.figure))


def test_words_begin_with_the_month_in_which_somebody_came(today, reading, few):
    flow = reading().flow
    quiet = [replace(turn, came=0, arrived=0, stopped=0) for turn in flow.turns]  # from July on
    busy = [replace(turn, came=2, arrived=1) for turn in quiet]

    def said(*turns):
        return words.lately(replace(flow, turns=turns))

    assert said(*quiet) == "Since Jul none came in and none left"
    assert said(*busy[:1], *quiet[1:]) == "Since Jul more start than leave: 2 in, 1 out"
    assert said(quiet[0], busy[1]) == "Since Aug more start than leave: 2 in, 1 out; none in the month before"
    assert said(*quiet[:3], busy[3]) == (
        "Since Oct more start than leave: 2 in, 1 out; none in the three months before"
    )


def test_too_few_for_a_mean_time_is_said_of_those_that_lack():
    over = "In the last twelve whole months 22 came and 7 left."
    assert words.littles_law(Balance(22, 7, 8, 23, 15)) == (
        f"{over} Too few left to tell how long it takes: it needs ten."
    )
    assert "Too few came to tell" in words.littles_law(Balance(7, 22, 23, 8, 15))


def test_who_went_back_stays_in_its_band(today, reading, tell):
    tell("Back", date(2026, 7, 6), (Stage.PROVEN, date(2026, 8, 3)), (Stage.PILOTING, date(2026, 9, 7)))
    tell("On", date(2026, 7, 6), (Stage.PROVEN, date(2026, 8, 3)))

    bands = SECTION.shown(reading()).charts[0]

    assert bands.table.rows[-1][2].text == "2"
    assert (
        "One went back: here it stays in the band of the last step reached; “Age of open work” counts it "
        "where it is now."
    ) in bands.note
    assert words.back(0) == ""


def test_numbers_lead_to_their_pilots(client, executive, today, reading, few):
    table = SECTION.shown(reading()).charts[0].table
    client.force_login(executive)

    linked = [cell for cell in table.rows[-1] if cell.url]

    assert [int(cell.text) for cell in linked] == [5, 2, 1, 1, 1, 2, 2]
    for cell in linked:
        assert listed(client, cell.url) == int(cell.text)


def test_flow_of_nobody_and_of_production_is_refused_in_words(today, reading, few):
    (nobody,) = SECTION.shown(reading("cohort_to=2020-01-01")).charts
    (beyond,) = SECTION.shown(reading("entry=production")).charts

    assert nobody.refused == (
        "No pilot with a known day has entered Piloting yet, so there is nothing to draw."
    )
    assert beyond.refused.startswith("These pilots are counted from production on")
    assert SECTION.shape(reading("entry=production"))["refused"] == beyond.refused


def test_api_tells_the_same_counts(today, reading, few):
    shaped = SECTION.shape(reading())

    assert shaped["levels"][-1] == {
        "day": "2026-11-18",
        "ever": {"piloting": 5, "proven": 1, "transition": 1, "limited": 1, "production": 1},
        "in_progress_at": {"piloting": 2, "proven": 0, "transition": 0, "limited": 0},
        "in_progress": 2,
        "on_hold": 0,
        "arrived": 1,
        "stopped": 1,
        "left_day_unknown": 1,
    }
    assert [month["came"] for month in shaped["months"]] == [3, 0, 1, 1, 0]
    assert shaped["day_unknown"] == {
        "piloting": 0, "proven": 1, "transition": 0, "limited": 0, "production": 0, "stopped": 1
    }  # fmt: skip
    assert shaped["little"] is None


@pytest.mark.parametrize("seed", [1, 2])
def test_last_level_is_the_funnel_on_any_day(program, seed):
    invent(program, seed=seed, size=50)
    past = date(2026, 9, 1)
    looks = (
        {},
        {"cohort_from": date(2024, 1, 1), "matured_months": 6},
        {"as_of": TODAY},
        {"as_of": past},
        {"as_of": past, "known_at": datetime(2026, 8, 1, tzinfo=UTC)},
        {"known_at": datetime(2026, 10, 1, tzinfo=UTC)},
    )
    pilots = Pilot.objects.all()
    for entry in ENTRIES:
        for look in looks:
            cohort = Cohort(today=TODAY, entry=entry, **look)
            flow, funnel, lives = (
                read_flow(pilots, cohort),
                count_funnel(pilots, cohort),
                read_lives(pilots, cohort),
            )
            reached = {bar.stage: bar.reached for bar in funnel.bars}
            for stage, known, unknown in zip(
                (entry, *steps_to(Stage.PRODUCTION, entry)), flow.last.ever, flow.unknown, strict=True
            ):
                assert known + unknown == reached.get(stage, known + unknown)
            assert flow.last.day == cohort.day
            assert flow.last.in_progress == funnel.still_open
            assert flow.last.on_hold == funnel.undecided(Now.ON_HOLD)
            assert flow.unplaced == lives.unknown
            assert flow.last.arrived == lives.ended(End.ARRIVED)
            assert flow.last.stopped == lives.ended(End.STOPPED)


def test_flow_costs_as_many_queries_for_any_number(program, by_system):
    def cost(cohort):
        with CaptureQueriesContext(connection) as queries:
            read_flow(Pilot.objects.all(), cohort)
        return len(queries)

    def log(count):
        since = Day(date(2026, 1, 1))
        news = [
            NewPilot(program=program, name=f"Pilot {n}", problem="Slow.", since=since) for n in range(count)
        ]
        log_pilots(news, by=by_system)

    log(1)
    assert (cost(NOW), cost(replace(NOW, as_of=TODAY))) == (2, 4)
    log(99)
    assert (cost(NOW), cost(replace(NOW, as_of=TODAY))) == (2, 4)

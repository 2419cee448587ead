"""Waits by function, and the patterns behind stuck pilots: counted, told, linked, looked back at."""

from datetime import timedelta

import plotly.graph_objects as go
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.roles import OwnerRole
from pilots.actions.stage import Move, move_pilot
from pilots.health import Health
from pilots.lifecycle import Stage
from pilots.models import Pilot, Waiting
from pilots.models.cohort import Cohort
from pilots.rules.registry import Pattern
from portfolio.dashboards.stuck import Behind, Stuck, stuck_by_pattern
from portfolio.pace.sections import waiting_words as words
from portfolio.pace.sections.waiting import SECTION
from portfolio.pace.waits import read_waits
from tests.conftest import TODAY
from tests.portfolio.dashboards.test_charts import resolved
from tests.portfolio.pace.test_flow import listed

LEGAL, SECURITY = OwnerRole.LEGAL, OwnerRole.SECURITY


def ago(days):
    return TODAY - timedelta(days=days)


@pytest.fixture
def note():
    """Note a wait: how many days ago it began, and how many it ended."""

    def noted(pilot, role, since, until=None):
        return Waiting.objects.create(
            pilot=pilot,
            requirement=f"{role.value}-{since}-{until}",
            on_role=role.value,
            since=ago(since),
            until=None if until is None else ago(until),
        )

    return noted


@pytest.fixture
def waits(make_pilot, note, by_system):
    """Three open waits for legal of two pilots, one for security, and twenty that legal ended."""
    one, two, gone = make_pilot("One"), make_pilot("Two"), make_pilot("Gone")
    for pilot, since in ((one, 41), (one, 3), (two, 12)):
        note(pilot, LEGAL, since)
    note(two, SECURITY, 5)
    for place in range(20):
        note(one, LEGAL, 60 + place, 60 - 2 * place)
    note(gone, SECURITY, 20)
    move_pilot(Move(pilot=gone, to=Stage.STOPPED, reason="too few cases"), by=by_system)


def test_waits_are_told_by_function(client, executive, today, reading, waits):
    shown = SECTION.shown(reading())
    chart = shown.charts[0]

    assert chart.finding == "Most waits for legal: three of four open waits, the longest for 41 days"
    assert chart.sub == ("Four open waits of 2 pilots, by whom a requirement waits for; 20 more have ended.")
    # Ended after 0, 3, 6 … 57 days, open for 3, 12 and 41: 21/23 · 17/20 · 10/16 is the first below a half.
    assert [[cell.text for cell in row] for row in chart.table.rows] == [
        ["Legal", "3", "2", "41", "30", "20", "27"],
        ["Security", "1", "1", "5", "too few", "0", "none"],
    ]
    assert "One wait that nobody ended is left out" in chart.note
    assert words.NOT_NOTED in chart.note
    go.Figure(resolved(chart.figure))
    client.force_login(executive)
    for row in chart.table.rows:
        assert listed(client, row[2].url) == int(row[2].text)
    assert client.get(shown.asides[0].lines[0].url).status_code == 200


def test_waits_of_a_past_day_are_replayed_by_their_days(today, reading, waits):
    past = reading(f"as_of={ago(20)}")
    chart, patterns = SECTION.shown(past).charts

    # The pilot that is gone by now had not ended then, and began to wait on that very day.
    rows = [[cell.text for cell in row[:4]] for row in chart.table.rows]
    assert rows == [["Legal", "1", "1", "21"], ["Security", "1", "1", "0"]]
    assert not any(cell.url for row in chart.table.rows for cell in row)
    assert words.REPLAYED in chart.note
    assert (patterns.figure, patterns.refused) == (None, words.TODAY_ONLY)
    assert SECTION.shown(past).asides == []
    assert SECTION.shape(past)["stuck"] is None


def test_today_by_its_date_is_today(client, executive, today, reading, waits):
    chart = SECTION.shown(reading(f"as_of={TODAY}")).charts[0]

    client.force_login(executive)
    assert listed(client, chart.table.rows[0][2].url) == 2


def test_nothing_that_waits_is_said(today, reading, make_pilot, note):
    pilot = make_pilot()
    nothing = SECTION.shown(reading()).charts[0]
    note(pilot, LEGAL, 9, 2)
    ended = SECTION.shown(reading()).charts[0]

    assert (nothing.refused, nothing.table) == (words.NOBODY_WAITS, None)
    assert ended.refused == "The table has those that ended."
    assert [cell.text for cell in ended.table.rows[0]][1:4] == ["0", "0", "–"]


def test_waits_cost_one_query_for_any_number(make_pilot, note):
    pilot = make_pilot()

    def cost():
        with CaptureQueriesContext(connection) as queries:
            found = read_waits(Pilot.objects.all(), Cohort(today=TODAY))
        return len(queries), found.open

    note(pilot, LEGAL, 1)
    assert cost() == (1, 1)
    for since in range(2, 101):
        note(pilot, LEGAL, since)
    assert cost() == (1, 100)


# --- Patterns ---------------------------------------------------------------------------


def judge(pilot, health, pattern=None):
    Pilot.objects.filter(pk=pilot.pk).update(health=health.value, pattern=pattern.value if pattern else "")


def test_stuck_pilots_are_counted_as_the_list_of_stalled_ones_counts_them(
    client, executive, today, reading, make_pilot
):
    for name, health, pattern in (
        ("A", Health.STALLED, Pattern.PURGATORY),
        ("B", Health.BLOCKED, Pattern.PURGATORY),
        ("C", Health.STALLED, Pattern.ROI_FOG),
        ("D", Health.AT_RISK, Pattern.ROI_FOG),
        ("E", Health.BLOCKED, None),
        ("F", Health.NOT_KNOWN, None),
        ("G", Health.ON_TRACK, None),
        ("Secret", Health.STALLED, Pattern.PURGATORY),
    ):
        judge(make_pilot(name, is_confidential=name == "Secret"), health, pattern)

    chart = SECTION.shown(reading()).charts[1]

    assert chart.finding == "Pilot purgatory is behind two of four stuck pilots"
    assert chart.sub == (
        "Four pilots of 7 active ones are stalled or blocked, by the pattern behind their worst flag. "
        "Of one more nobody can say how it is."
    )
    assert [[cell.text for cell in row] for row in chart.table.rows] == [
        ["Pilot purgatory", "2", "2", "–"],
        ["ROI fog", "1", "3", "–"],
        ["Blocked", "1", "4", "–"],
    ]
    assert chart.figure["data"][0]["hovertext"][0] == (
        "Pilot purgatory, works, but does not move. Both piloting."
    )
    client.force_login(executive)
    assert [row[1].url for row in chart.table.rows][2] == ""
    for row in chart.table.rows[:2]:
        assert client.get(row[1].url).context["page"].total == int(row[1].text)
    go.Figure(resolved(chart.figure))
    assert [row["count"] for row in SECTION.shape(reading())["stuck"]["patterns"]] == [2, 1, 1]
    # The list of stalled pilots knows no unit, so it is not offered for one.
    narrowed = SECTION.shown(reading("unit=north")).charts[1]
    assert narrowed.refused == "No pilot is active, so none is stuck."


def test_no_list_is_offered_that_would_show_others():
    row = Behind(Pattern.ROI_FOG, {Stage.PROVEN: 1})

    assert row.url({"program": "claims"}) == "/stalled/?pattern=roi_fog&program=claims"
    assert row.url({"unit": "North"}) == ""


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ({Stage.PROVEN: 2, Stage.TRANSITION: 2}, "Two proven, two in the 90-day plan"),
        ({Stage.PILOTING: 1, Stage.PROVEN: 1}, "One piloting, one proven"),
        ({Stage.TRANSITION: 2}, "Both in the 90-day plan"),
        ({Stage.IDEA: 3}, "All three ideas"),
        ({Stage.LIMITED: 1}, "In limited go-live"),
        ({}, ""),
    ],
)
def test_where_pilots_are_is_said(at, told):
    assert Behind(None, at).where == told


def stuck(*counts, by_word=0, active=50, not_known=0):
    rows = [Behind(pattern, {Stage.PROVEN: count}) for pattern, count in zip(Pattern, counts, strict=False)]
    return Stuck([*rows, *([Behind(None, {Stage.PROVEN: by_word})] if by_word else [])], active, not_known)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (stuck(4, 2, 2, 1, 1), "Pilot purgatory and ownership vacuum are behind six of ten stuck pilots"),
        (stuck(5, 3), "Pilot purgatory is behind five of eight stuck pilots"),
        (stuck(1), "Pilot purgatory is behind the only stuck pilot"),
        (stuck(2, 2, 2, 2, 2), "Three patterns are behind six of ten stuck pilots"),
        (stuck(by_word=2), "Two stuck pilots are blocked by a word alone"),
        (stuck(1, by_word=5), "Pilot purgatory is behind one of six stuck pilots"),
    ],
)
def test_pattern_finding_names_the_fewest_that_make_half(found, told):
    assert words.pattern_finding(found) == told


def test_share_is_told_from_ten_on():
    few, many = stuck(4, 5), stuck(4, 6)

    assert words.label(few.rows[0], 4, few) == "4"
    assert words.label(many.rows[0], 4, many) == "4, 40\N{NO-BREAK SPACE}% so far"


def test_nothing_stuck_is_no_good_news_where_nobody_knows():
    assert words.nothing_stuck(Stuck([], 0, 0)) == "No pilot is active, so none is stuck."
    assert words.nothing_stuck(Stuck([], 3, 3)).startswith("Nobody can say yet")
    assert words.nothing_stuck(Stuck([], 12, 2)) == (
        "None of twelve active pilots is stalled or blocked. Of two of them nobody can say how they are."
    )


def test_patterns_cost_one_query(make_pilot):
    for name in "ABC":
        judge(make_pilot(name), Health.STALLED, Pattern.ROI_FOG)

    with CaptureQueriesContext(connection) as queries:
        found = stuck_by_pattern(Pilot.objects.all())

    assert (len(queries), found.count) == (1, 3)


def test_ties_are_no_leader(today, reading, make_pilot, note):
    pilot = make_pilot()
    note(pilot, LEGAL, 2)
    assert SECTION.shown(reading()).charts[0].finding == "One requirement waits for legal, for 2 days"
    note(pilot, SECURITY, 4)

    assert SECTION.shown(reading()).charts[0].finding == "Two functions have one open wait each, the most"

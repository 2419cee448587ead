"""The scorecard on its page, beside the rules, as a file and for machines: the same numbers everywhere."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pilots.access.models.user import Reach
from pilots.actions.account import create_token
from pilots.actions.job import record_heartbeat
from pilots.actions.limits import set_limits
from pilots.lifecycle import Stage
from pilots.models import Pilot, StageTransition
from pilots.models.stage import Origin
from pilots.replays import Then
from pilots.rules import RULES
from pilots.rules.scorecard import Fate, Score, Side, verdict
from pilots.web.scorecard import UnreadableIndexDay, index_day, read_scorecard
from portfolio.desk.stalled.scorecard import ScoreWords
from tests.conftest import NOW

TODAY = date(2026, 11, 18)
INDEX = TODAY - timedelta(days=60)
URL = "/stalled/scorecard/"
OLD, YOUNG = date(2026, 2, 1), date(2026, 9, 1)


@pytest.fixture(autouse=True)
def at_that_hour():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def many(make_pilot):
    """Log pilots in Piloting since a day; `moved` of them were proven since the index day."""

    def make(count, since, *, moved=0, **fields):
        pilots = [make_pilot(f"Pilot {since} {place}", since=since, **fields) for place in range(count)]
        for pilot in pilots[:moved]:
            write_down(pilot, Stage.PROVEN, date(2026, 10, 20))
        return pilots

    return make


def write_down(pilot, stage, day):
    """Add a row of history as an import does; None for a day nobody knows."""
    StageTransition.objects.create(
        pilot=pilot,
        to_stage=stage.value,
        happened_on=day,
        precision="day" if day else "",
        latest_on=day or date(2026, 10, 20),
        recorded_at=NOW,
        origin=Origin.IMPORTED.value,
    )


def counts(side):
    return (side.of, side.moved_on, side.ended, side.still_there)


def test_both_groups_are_followed_from_the_index_day(viewer, many):
    many(12, OLD, moved=3)
    many(11, YOUNG, moved=6)
    many(2, date(2026, 10, 1))  # began after the index day

    score = read_scorecard(viewer, at=NOW).scores["R-08"]

    assert (counts(score.flagged), counts(score.spared)) == ((12, 3, 0, 9), (11, 6, 0, 5))


def test_who_may_have_moved_before_the_index_day_is_in_neither_group(viewer, many):
    for pilot in many(3, OLD):
        write_down(pilot, Stage.PROVEN, None)

    score = read_scorecard(viewer, at=NOW).scores["R-08"]

    assert (score.eligible, score.unplaced) == (0, 3)


def test_confidential_pilots_are_in_nothing(viewer, executive, many):
    Pilot.objects.filter(pk__in=[pilot.pk for pilot in many(2, OLD)]).update(is_confidential=True)

    card = read_scorecard(executive, at=NOW)

    assert (card.pilots, card.scores["R-08"].eligible) == (0, 0)


def test_flags_that_were_ever_disputed_are_counted(viewer, many, make_flag):
    one, other = many(2, OLD)
    make_flag(one, "R-08", dispute_reason="It was proven long ago.")
    make_flag(other, "R-08")

    score = read_scorecard(viewer, at=NOW).scores["R-08"]

    assert (score.disputed, score.opened) == (1, 2)


def test_any_number_of_pilots_costs_the_same(viewer, many):
    many(1, OLD, moved=1)
    with CaptureQueriesContext(connection) as one:
        read_scorecard(viewer, at=NOW)
    many(9, YOUNG, moved=3)
    with CaptureQueriesContext(connection) as ten:
        read_scorecard(viewer, at=NOW)

    assert len(one) == len(ten)


def test_pilots_are_taken_some_at_a_time_and_come_to_the_same(viewer, many, monkeypatch):
    many(3, OLD, moved=1)
    many(4, YOUNG, moved=3)
    at_once = read_scorecard(viewer, at=NOW)
    cache.clear()
    monkeypatch.setattr("pilots.chunks.CHUNK", 3)
    sizes = []
    monkeypatch.setattr(
        "pilots.web.scorecard.Then", lambda some, **named: sizes.append(some.count()) or Then(some, **named)
    )

    assert read_scorecard(viewer, at=NOW) == at_once
    assert sizes == [3, 3, 1]


def test_second_look_costs_nothing_until_something_changes(viewer, program, many, make_flag, by_system):
    pilot, _ = many(2, OLD)
    first = read_scorecard(viewer, at=NOW)

    with CaptureQueriesContext(connection) as queries:
        again = read_scorecard(viewer, at=NOW)
    assert (again, len(queries)) == (first, 3)

    many(1, OLD)
    assert read_scorecard(viewer, at=NOW).pilots == 3
    set_limits(RULES.get("R-08"), {"warning": 2000, "high": 3000}, program=program, by=by_system)
    assert read_scorecard(viewer, at=NOW).scores["R-08"].flagged.of == 0
    make_flag(pilot, "R-08")  # as a scan does, which tells no event but that it looked
    record_heartbeat(job="rules", at=NOW)
    assert read_scorecard(viewer, at=NOW).scores["R-08"].opened == 1


def test_nobody_gets_the_figures_of_another_reader(viewer, stranger, executive, program, other_program, many):
    many(2, OLD)
    many(3, YOUNG, program=other_program)

    for _ in range(2):
        seen = [read_scorecard(reader, at=NOW).pilots for reader in (viewer, executive, stranger)]
        assert seen == [2, 5, 0]
    executive.reach = Reach(programs=frozenset({program.pk}))
    assert read_scorecard(executive, at=NOW).pilots == 2
    assert read_scorecard(viewer, at=NOW, program=other_program).pilots == 0
    assert read_scorecard(viewer, at=NOW, day=YOUNG - timedelta(days=90)).pilots == 2
    executive.is_executive, executive.reach = False, None
    assert read_scorecard(executive, at=NOW).pilots == 0


def test_cache_that_is_not_there_keeps_nobody_from_the_figures(viewer, many, monkeypatch, caplog):
    def gone(*_given):
        raise ConnectionError("nobody listens")

    many(2, OLD)
    monkeypatch.setattr(cache, "get", gone)
    assert read_scorecard(viewer, at=NOW).pilots == 2
    monkeypatch.undo()
    monkeypatch.setattr(cache, "set", gone)
    assert read_scorecard(viewer, at=NOW).pilots == 2
    assert caplog.messages == ["The cache could not be read", "The cache could not be written"]


def test_page_rules_file_and_api_say_the_same(client, viewer, many, by_system):
    many(12, OLD, moved=3)
    many(11, YOUNG, moved=6)
    client.force_login(viewer)
    _, secret = create_token(user=viewer, name="test", scopes={"read"}, by=by_system)
    bearer = {"Authorization": f"Bearer {secret}"}

    page = client.get(URL)
    rules = client.get("/stalled/rules/").content.decode()
    file = client.get(f"{URL}export/?format=csv").getvalue().decode("utf-8-sig")
    answer = Client().get("/api/v1/rules/scorecard/", headers=bearer).json()

    said = (
        "Of 12 it flagged 60 days ago, 3 moved on since (25 %, 9–53 %), 0 stopped, 9 are still there; "
        "of 11 it did not flag, 6 moved on (55 %, 28–79 %)."
    )
    [row] = [row for row in page.context["page"].rows if row.rule.key == "R-08"]
    [told] = [result for result in answer["results"] if result["rule"] == "R-08"]
    assert (row.sentence, told["sentence"]) == (said, said)
    assert said in rules
    assert "3 (25 %, 9–53 %)" in page.content.decode()
    assert "R-08,Never proven,12,3,25,8.9,53.2,0,0,0,24.2,9,75," in file
    assert told["flagged"]["moved_on"]["share"] == 0.25
    assert told["verdict"] == "The difference can be chance: 25 % and 55 %."
    assert (told["lead_days"], told["lead_of"]) == (None, 3)
    assert "Left out,Rule failed,What it says,Median days to move or end,Median of how" in file


def test_register_left_alone_is_followed_to_the_last_word_on_it(client, viewer, many, by_system):
    pilots = many(12, date(2024, 8, 1))
    write_down(pilots[0], Stage.PROVEN, date(2024, 12, 16))
    Pilot.objects.update(is_imported=True, heard_at=None, moved_at=None)
    client.force_login(viewer)
    _, secret = create_token(user=viewer, name="test", scopes={"read"}, by=by_system)

    page = client.get(URL).context["page"]
    answer = Client().get("/api/v1/rules/scorecard/", headers={"Authorization": f"Bearer {secret}"}).json()
    file = client.get(f"{URL}export/?format=csv").getvalue().decode("utf-8-sig")

    card, last = page.card, "Followed to Mon 16 Dec 2024, the last day anything was said here."
    assert (card.day, card.until, page.said.endswith(last)) == (date(2024, 10, 17), date(2024, 12, 16), True)
    assert (answer["day"], answer["until"], answer["days"]) == ("2024-10-17", "2024-12-16", 60)
    assert "2024-10-17,2024-12-16" in file
    assert "On Thu 17 Oct 2024 it " in next(row.sentence for row in page.rows if row.rule.key == "R-08")
    cache.clear()
    Pilot.objects.filter(pk=pilots[1].pk).update(heard_at=NOW)
    assert read_scorecard(viewer, at=NOW).until == TODAY


def test_median_says_how_many_left_and_how_many_are_still_there():
    flagged = Side({Fate.MOVED_ON: 8, Fate.ENDED: 3, Fate.STILL_THERE: 200})
    some = ScoreWords(RULES.get("R-08"), Score(flagged=flagged, lead=[40] * 10), days=60)
    all_known = ScoreWords(RULES.get("R-08"), Score(flagged=flagged, lead=[40] * 11), days=60)

    said = "Median 40 days from its limit to the move or the end, of {}; 200 are still there."
    assert some.lead == said.format("10 of the 11 that left")
    assert all_known.lead == said.format("the 11 that left")


def test_pilots_on_which_a_rule_fails_are_counted_and_told(client, viewer, many, monkeypatch):
    def fails(facts):
        raise ZeroDivisionError

    many(3, OLD)
    broken = replace(RULES.get("R-08"), eligible=fails)
    monkeypatch.setitem(RULES._rules, "R-08", broken)
    client.force_login(viewer)

    page = client.get(URL)

    [row] = [row for row in page.context["page"].rows if row.rule.key == "R-08"]
    assert (row.score.eligible, row.score.failed) == (0, 3)
    assert "Not judged, since the rule failed by a fault in Headway: 3." in page.content.decode()


def test_nobody_moves_on_from_the_last_stage(viewer, many):
    many(2, OLD, stage=Stage.SUSTAINED)
    of_all = replace(RULES.get("R-08"), eligible=lambda facts: True)

    score = read_scorecard(viewer, at=NOW, rules=[of_all]).scores["R-08"]

    assert (score.at_the_end, verdict(score)) == (2, "Nobody could move on.")
    many(1, OLD)
    score = read_scorecard(viewer, at=NOW, rules=[of_all]).scores["R-08"]
    assert (score.at_the_end, verdict(score)) == (2, "Too few to say.")


def test_rules_without_a_verdict_are_folded_with_their_counts(client, viewer, many):
    many(12, OLD, moved=3)
    client.force_login(viewer)

    response = client.get(URL)
    page, content = response.context["page"], response.content.decode()

    [row] = [row for row in page.without_verdict if row.rule.key == "R-08"]
    assert row.verdict == "It flagged all of them, so there is nobody to compare with."
    assert row.counted == "12 flagged: 3 moved on, 0 stopped or retired, 9 still there"
    assert page.with_verdict == []
    assert f"Rules without a verdict ({len(page.without_verdict)})</summary>" in content
    assert "No rule has a verdict yet" in content
    many(11, YOUNG, moved=6)
    assert '<td class="num" data-label="Moved on">3 (25 %, 9–53 %)</td>' in client.get(URL).content.decode()


def test_page_says_what_it_does_not_understand(client, viewer):
    client.force_login(viewer)

    page = client.get(f"{URL}?days=abc&colour=red")

    assert [problem.sentence for problem in page.context["page"].problems] == [
        "The scorecard has no filter “colour”.",
        "This is not a whole number from 1 to 3,650.",
    ]
    assert client.get(f"{URL}export/?days=abc").status_code == 302
    assert client.get(f"{URL}?program=nowhere").status_code == 404


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, INDEX),
        ({"days": "90"}, date(2026, 8, 20)),
        ({"day": "2026-01-31"}, date(2026, 1, 31)),
    ],
)
def test_index_day_is_named_either_way(asked, expected):
    assert index_day(**{"days": "", "day": "", **asked}, today=TODAY) == expected


@pytest.mark.parametrize(
    "asked",
    [
        {"days": "0"},
        {"days": "3651"},
        {"days": "٣"},
        {"days": "9" * 5000},
        {"day": "2026-11-18"},
        {"day": "1999-01-01"},
        {"day": "20260105"},
        {"day": "2026-02-30"},
        {"days": "60", "day": "2026-01-01"},
    ],
)
def test_index_day_that_is_none_is_refused(asked):
    with pytest.raises(UnreadableIndexDay):
        index_day(**{"days": "", "day": "", **asked}, today=TODAY)


def test_rules_page_says_how_long_stages_take_or_that_history_is_thin(client, viewer, many):
    many(12, OLD, moved=3)
    client.force_login(viewer)

    paces = dict(client.get("/stalled/rules/").context["paces"])

    assert paces["Piloting"] == "History is thin (0 of 10 stays): the fixed limits stand."
    assert list(paces) == ["Piloting", "Proven", "90-day plan", "Limited go-live"]

"""One query layer: for the same filters and time every door tells the same numbers, over random filters."""

import csv
import io
import json
import random
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.db.models import F
from django.http import QueryDict
from django.test import Client, RequestFactory

from pilots.actions.account import create_token
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import Pilot, RiskTier
from pilots.models.cohort import Now
from pilots.web.listing import Listing
from portfolio.dashboards import words
from portfolio.dashboards.filters import FunnelFilterSet
from portfolio.dashboards.funnel import count_funnel
from portfolio.digests.compose import compose
from portfolio.pace.page import PacePage
from portfolio.pace.reading import Reading
from portfolio.pace.sections import stages, time
from portfolio.steering.content import read_content
from portfolio.steering.numbers import read_funnel, reading_of
from portfolio.steering.scope import read_scope
from tests.conftest import NOW
from tests.portfolio.dashboards.invented import TODAY, at, invent
from tests.portfolio.exchange.export.reading import body

ROUNDS = 25
PERCENT = "\N{NO-BREAK SPACE}%"


@pytest.fixture
def house(program, other_program, executive, by_system, today):
    """Two programs with every oddity, and an executive with a session, a token and a list."""
    invent(program, seed=21, size=60)
    invent(other_program, seed=22, size=40)
    _, secret = create_token(user=executive, name="test", scopes={"read"}, by=by_system)
    client = Client()
    client.force_login(executive)
    session, bearer = client.session, {"Authorization": f"Bearer {secret}"}
    known = {}

    def listed(url):
        if url not in known:
            request = RequestFactory().get(url)
            request.user, request.session = executive, session
            listing = Listing(request)
            assert not listing.problems, (url, listing.problems)
            known[url] = listing.total
        return known[url]

    def file(path):
        text = body(client.get(path)).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline="")))

    return SimpleNamespace(
        user=executive,
        listed=listed,
        get=client.get,
        api=lambda path: Client().get(f"/api/v1/{path}", headers=bearer).json(),
        file=file,
    )


def asked_at_random(rng):
    """Return the parameters of an address; each narrows now and then."""
    day = TODAY - timedelta(days=rng.randrange(0, 220))
    choices = {
        "program": (0.3, lambda: rng.choice(["claims", "finance"])),
        "unit": (0.15, lambda: rng.choice(["North", "South"])),
        "vendor": (0.15, lambda: rng.choice(["Acme", "Globex"])),
        "risk": (0.15, lambda: rng.choice(list(RiskTier)).value),
        "tag": (0.15, lambda: rng.choice(["voice", "text"])),
        "entry": (0.5, lambda: rng.choice(MAIN_PATH).value),
        "cohort_from": (0.3, lambda: f"{rng.choice([2024, 2025])}-{rng.randrange(1, 13):02}-01"),
        "cohort_to": (0.2, lambda: f"2026-0{rng.randrange(1, 9)}-28"),
        "matured_months": (0.3, lambda: str(rng.choice([3, 8, 18]))),
        "as_of": (0.4, day.isoformat),
        "known_at": (0.2, lambda: (at(TODAY) - timedelta(days=rng.randrange(60))).isoformat()),
    }
    return urlencode({name: made() for name, (chance, made) in choices.items() if rng.random() < chance})


def test_every_door_tells_the_same_numbers_for_the_same_filters(house):
    rng = random.Random(8)
    drawn = 0
    for place in range(ROUNDS):
        query = asked_at_random(rng) if place else ""
        page = house.get(f"/funnel/?{query}").context["page"]
        assert page is not None, query
        the_funnel_agrees(house, query, page)
        drawn += the_pace_agrees(house, query, page.funnel)
        the_pack_agrees(house, query, page.funnel)
    assert drawn >= ROUNDS // 4  # curves were compared, not only refusals


def the_funnel_agrees(house, query, page):
    """Page, picture, table, file, API and the list behind each number."""
    shown = [(row.bar.stage.value, row.ever.count, *(cell.count for cell in row.cells)) for row in page.rows]
    told = house.api(f"funnel/?{query}")
    assert told["denominator"] == page.funnel.denominator == page.everyone.count, query
    assert told["undated"] == page.funnel.undated
    assert told["young"] == page.funnel.young
    assert told["undecided"] == (page.funnel.still_open if page.funnel.goal else None), query
    assert told["sentence"] == (page.finding if page.funnel.denominator else page.nothing), query
    if page.rates:
        estimated = told["estimate"]
        said = f"{estimated['share'] * 100:.0f}{PERCENT}" if estimated else "–"
        assert page.rates[2].value == said, query
    steps = [*told["stages"][1:], None]
    assert shown == [
        (
            stage["stage"],
            stage["reached"],
            stage["there_now"],
            following["reached"] if following else 0,
            stage["open"],
            stage["on_hold"],
            stage["ended"],
        )
        for stage, following in zip(told["stages"], steps, strict=True)
    ], query
    if page.funnel.denominator:
        bars = [tuple(bar) for bar in zip(*(trace["x"] for trace in page.figure["data"]), strict=True)]
        assert bars == [row[3:] for row in shown], query
    lines = house.file(f"/funnel/export/?{query}")
    start = lines.index([])
    for said in (["Pilots counted", page.funnel.denominator], ["Undecided", page.funnel.still_open]):
        assert [said[0], str(said[1])] in lines[:start] or page.funnel.goal is None, query
    head, *rows = lines[start + 1 :]
    assert head[1:7] == ["Ever", "Here or later", "Moved on", "Still open", "On hold", "Ended"]
    assert [[int(cell) for cell in row[1:7]] for row in rows] == [list(row[1:]) for row in shown], query
    linked = [page.everyone, *page.sums, *(cell for row in page.rows for cell in (row.ever, *row.cells))]
    leading = [cell for cell in linked if cell.url]
    # A dozen of each round, so that over all rounds every number's list is counted several times.
    for cell in random.Random(query).sample(leading, min(len(leading), 12)):
        assert house.listed(cell.url) == cell.count, cell.url
    for said in [*page.left_out, *page.state]:
        if said.url:
            assert house.listed(said.url) == int(said.number.split()[0].replace(",", "")), said.url


def the_pace_agrees(house, query, funnel):
    """Reading, page, table, file, API and the list behind each number; return whether a curve was drawn."""
    page = PacePage(house.user, reading_for(house, query).filters, "time")
    reading = page.reading
    told = house.api(f"pace/?{query}&view=time".replace("?&", "?"))
    assert (told["denominator"], told["undated"], told["young"]) == (
        funnel.denominator,
        funnel.undated,
        funnel.young,
    ), query
    counted = told["sections"]["time"]
    if reading.goal is None:
        assert counted["curve"] == []
        assert counted["n"] is None
    else:
        assert counted["n"] == reading.lives.total
        assert counted["n"] + counted["end_not_known"] == funnel.denominator, query
        assert counted["arrived"] + counted["arrived_day_not_known"] == funnel.arrived, query
        assert counted["open"] == funnel.still_open, query
        for line in time.shown(reading).asides[0].lines:
            if line.url:
                assert house.listed(line.url) == int(line.number.replace(",", "")), line.url
    the_stages_agree(house, reading)
    return the_curve_agrees(house, query, reading, counted)


def the_curve_agrees(house, query, reading, counted):
    if not counted["enough"]:
        assert all(chart.figure is None and chart.refused for chart in time.shown(reading).charts)
        return False
    chart = time.shown(reading).charts[0]
    lines = house.file(f"/pace/export/?{query}&view=time".replace("?&", "?"))
    start = next(place for place, line in enumerate(lines) if line[:1] == ["Time to production"])
    assert lines[start][1] == chart.finding
    assert ["Pilots counted", str(reading.funnel.denominator)] in lines
    rows = lines[start + 2 : start + 2 + len(chart.table.rows)]
    assert len(rows) == len(counted["curve"]) == len(chart.table.rows)
    ends = {trace["name"]: trace["y"][-1] for trace in chart.figure["data"]}
    last = counted["curve"][-1]
    assert last["arrived"] == pytest.approx(ends["in production"], abs=1e-4), query
    assert last["stopped"] == pytest.approx(ends["stopped"], abs=1e-4), query
    for row, point, cells in zip(rows, counted["curve"], chart.table.rows, strict=True):
        assert [cell.text.removesuffix(PERCENT) for cell in cells] == row, query
        assert int(row[-1]) == point["at_risk"]
        for place, name in ((1, "arrived"), (3, "stopped")):
            if row[place][0] not in "<>":
                assert float(row[place]) == pytest.approx(100 * point[name], abs=0.06), query
    return True


def the_stages_agree(house, reading):
    chart = stages.shown(reading).charts[0]
    inside = dict.fromkeys((stage.value for stage in Stage), 0)
    for stage in reading.inside.order_by().values_list(F("stage_then"), flat=True):
        inside[stage] += 1
    for row, shaped in zip(chart.table.rows, stages.shape(reading)["stages"], strict=True):
        assert int(row[4].text) == shaped["still_there"] == inside[shaped["stage"]]
        if row[4].url:
            assert house.listed(row[4].url) == shaped["still_there"], row[4].url


def the_pack_agrees(house, query, funnel):
    scope = read_scope(house.user, QueryDict(query), at=NOW)
    _, kept = read_funnel(scope)
    told = kept["funnel"]
    assert [told["denominator"], told["undated"]] == [funnel.denominator, funnel.undated], query
    assert [(stage["stage"], stage["reached"], stage["there_now"]) for stage in told["stages"]] == [
        (bar.stage.value, bar.reached, bar.there_now) for bar in funnel.bars
    ], query
    assert [[stage[now.value] for now in Now] for stage in told["stages"]] == [
        [bar.resting(now) for now in Now] for bar in funnel.bars
    ], query
    assert time.shape(reading_of(scope)) == time.shape(reading_for(house, query)), query


def reading_for(house, query):
    """Return what the page of Pace reads for an address, apart from the page."""
    request = RequestFactory().get(f"/pace/?{query}")
    request.user = house.user
    filters = FunnelFilterSet(request.GET, Pilot.objects.visible_to(house.user), request=request)
    assert filters.is_valid(), filters.errors
    return Reading(house.user, filters)


def test_frozen_pack_and_digest_tell_what_the_pages_tell(house):
    page = house.get("/funnel/").context["page"]
    state = "".join(f"{said.number}{said.words}" for said in page.state)
    content = json.loads(json.dumps(read_content(read_scope(house.user, QueryDict(""), at=NOW), None)))
    pace = house.api("pace/")["sections"]

    assert content["funnel"]["words"]["state"] == state == words_of(house)
    assert content["funnel"]["words"]["finding"] == page.finding
    assert content["time"]["numbers"] == pace["time"]
    assert content["age"]["numbers"] == json.loads(json.dumps(pace["age"]))
    digest = compose(house.user, NOW)
    assert digest.conversion in {"", state}
    active = Pilot.objects.visible_to(house.user).active().filter(is_confidential=False)
    assert sum(total.count for total in digest.totals) == active.count()
    for total in digest.totals:
        assert total.count == active.filter(health=total.health).count()


def words_of(house):
    """The state as the query layer counts it without any page."""
    reading = reading_for(house, "")
    counted = count_funnel(reading.filters.pilots, reading.cohort)
    return "".join(f"{piece.number}{piece.words}" for piece in words.state(counted))


def test_pace_leaves_as_a_workbook_too(house):
    answer = house.get("/pace/export/?view=stages&format=xlsx&program=claims")

    assert answer.status_code == 200
    assert "headway-pace-stages-claims" in answer.headers["Content-Disposition"]
    assert body(answer)[:2] == b"PK"

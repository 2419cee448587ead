"""The page of Pace: its views, its address, who is in it and who is not."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from pilots.models import Pilot
from pilots.web.pilot_filters import PilotFilterSet
from portfolio.pace.sections.all import SECTIONS
from tests.portfolio.dashboards.invented import invent
from tests.portfolio.pace.lived import TEN, live


@pytest.fixture
def visit(client, today, executive):
    """Open the page as an executive, or as somebody else."""

    def get(asked="", *, user=executive, **headers):
        client.force_login(user)
        return client.get(f"/pace/{asked}", headers=headers)

    return get


def text(response):
    said = html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode().split('<div id="pace">')[1]))
    return " ".join(said.split())


def test_nothing_to_count_says_so_and_fetches_nothing_to_draw(visit):
    page = visit()

    assert "No pilot has entered Piloting yet" in text(page)
    assert "plotly.min.js" in page.content.decode().split("data-plotly")[1]
    assert 'rel="preload" href="/static/vendor/plotly' not in page.content.decode()


def test_few_pilots_are_drawn_or_refused_in_words_on_every_view(visit, make_pilot):
    make_pilot("Voice bot", since=None)
    make_pilot("Roof <b>condition</b>")
    for section in SECTIONS:
        page = visit(f"?view={section.code}")
        body = page.content.decode()
        assert page.status_code == 200
        assert f'aria-current="page">{section.label}</a>' in body
        assert "Not in these charts: 1 pilot without a start date." in text(page)
        assert "<b>condition" not in body
        assert 'data-figure="' in body or "refused" in body
    age = visit()
    assert "One open pilot, and too few have moved on to say which are slow" in text(age)
    assert "No band where fewer than ten have moved on: Piloting (0)" in text(age)
    assert "/pilots/?entry=piloting&amp;at=piloting&amp;now=open" in age.content.decode()
    assert "Three pilots" not in text(age)
    assert 'rel="preload" href="/static/vendor/plotly' in age.content.decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("?stage=proven", "Pace has no filter “stage”."),
        ("?view=speed", "Pace has no view “speed”. Known: age, time, flow, stages, forecast, waiting, ends."),
        ("?view=age&view=flow", "“view” stands in the address more than once."),
        ("?as_of=2027-01-01", "has not come yet"),
        ("?program=none", "Program"),
    ],
)
def test_address_that_cannot_be_read_counts_nothing(visit, make_pilot, asked, said):
    make_pilot("Voice bot")
    page = text(visit(asked))

    assert said in page
    assert "Age of open work" not in page


def test_filters_keep_the_view_and_a_swap_pushes_the_plain_address(visit, make_pilot):
    make_pilot("Voice bot", vendor="Acme")
    body = visit("?view=flow&vendor=acme").content.decode()

    assert 'href="/pace/?view=stages&amp;vendor=acme"' in body
    assert 'href="/pace/?vendor=acme"' in body
    assert 'href="/pace/?view=flow"' in body  # the chip that takes the vendor out
    assert '<input type="hidden" name="view" value="flow">' in body
    swapped = visit("?view=flow&vendor=acme&unit=", **{"HX-Request": "true"})
    assert swapped.headers["HX-Push-Url"] == "/pace/?view=flow&vendor=acme"
    assert swapped.content.decode().lstrip().startswith('<div id="pace">')
    assert "HX-Request" in swapped.headers["Vary"]


def test_pilots_that_somebody_may_not_see_are_not_there(
    visit, make_pilot, other_program, manager, viewer, executive
):
    make_pilot("Secret scoring", is_confidential=True)
    make_pilot("Finance forecast", program=other_program)
    make_pilot("Claims triage")
    for user, seen in ((manager, 1), (viewer, 1), (executive, 2)):
        page = visit(user=user).content.decode()
        assert "Secret scoring" not in page
        assert ("Finance forecast" in page) is (seen == 2)
        assert f"{seen} open pilot" in page


def test_counting_ages_takes_as_many_queries_for_one_as_for_many(program, by, make_pilot, reading, today):
    make_pilot("Voice bot")
    with CaptureQueriesContext(connection) as few:
        SECTIONS[0].shown(reading())
    invent(program, seed=3, size=40)
    live(program, today - timedelta(days=1), TEN, by=by)
    with CaptureQueriesContext(connection) as many:
        shown = SECTIONS[0].shown(reading())
    assert len(many) == len(few) <= 7
    shape = SECTIONS[0].shape(reading())
    assert [row[1].text for row in shown.charts[0].table.rows] == [
        str(row["open"]) for row in shape["stages"]
    ]
    for row in shown.charts[0].table.rows:
        for cell in row[1:3]:
            if cell.url:
                assert _behind(cell.url, reading) == int(cell.text)


def _behind(url, reading):
    """Count the pilots of the list at an address, as its page does."""
    request = reading().filters.request
    found = PilotFilterSet(
        QueryDict(url.partition("?")[2]), Pilot.objects.visible_to(request.user), request=request
    )
    assert found.is_valid()
    return found.qs.count()

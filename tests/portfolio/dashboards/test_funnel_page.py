import csv
import html
import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from kpis.models import FeedbackLoop
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.owner import Contact
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, log_pilots
from pilots.actions.stage import Correction, Move, Past, correct_transition, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Origin, Pilot
from pilots.web.spoken import number_word
from portfolio.dashboards.funnel import Funnel, Group
from portfolio.dashboards.words import deployed
from tests.portfolio.dashboards.invented import TODAY, invent
from tests.thrift import unwritten

# Session, user, 2 for the frame, programs, any real pilot?, groups, days, only deployed, first day,
# decisions, 3 for what changed, the last visit, lives for the estimate, where pilots are stuck,
# published figures, of how many imported ones nobody has spoken.
QUERIES = 21


def links(response):
    """Return address and text of every link to the list of pilots in the page, the rail left out."""
    page = response.content.decode().split('<div id="funnel">')[1]
    found = re.findall(r'<a[^>]* href="(/pilots/\?[^"]*)"[^>]*>([^<]*)</a>', page)
    return [(html.unescape(address), text.strip()) for address, text in found]


def number(text):
    """Read “36”, “2,133”, “+3”, “10 pilots” or “two”."""
    digits = re.search(r"\d[\d,]*", text)
    if digits:
        return int(digits[0].replace(",", ""))
    return next(count for count in range(13) if number_word(count) == text)


def listed(client, address):
    with unwritten():
        listing = client.get(address).context_data["listing"]
    assert listing.problems == []
    return listing.page.paginator.count


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?matured_months=8",
        "?entry=idea&cohort_from=2025-01-01&cohort_to=2026-03-31",
        "?entry=limited",
        "?as_of=2026-06-30&matured_months=18",
        "?as_of=2026-11-01&known_at=2026-10-25T08:00:00Z&vendor=acme",
        "?risk=high",
        "?program=claims&unit=north&tag=voice",
    ],
)
def test_every_number_opens_exactly_its_pilots(program, manager, visit, client, query):
    invent(program, seed=7, size=30)

    shown = links(visit(manager, f"/funnel/{query}"))

    assert len(shown) >= 8
    said = {(address, number(text)) for address, text in shown}  # several numbers open the same list
    assert said == {(address, listed(client, address)) for address, _ in said}


def test_parts_of_the_bars_open_exactly_their_pilots(program, manager, visit, client):
    invent(program, seed=8, size=60)

    page = visit(manager, "/funnel/?as_of=2026-08-01").content.decode()
    figure = json.loads(re.search(r'<script id="funnel-figure"[^>]*>(.*?)</script>', page)[1])

    parts = [
        (count, address)
        for trace in figure["data"]
        for count, address in zip(trace["x"], trace["customdata"], strict=True)
        if count
    ]
    assert len(parts) >= 8
    for count, address in parts:
        assert (address, listed(client, address)) == (address, count)


@pytest.mark.parametrize("query", ["", "?matured_months=8&entry=idea", "?as_of=2026-08-01&vendor=Acme"])
def test_page_and_api_say_the_same(program, manager, visit, client, query):
    invent(program, seed=9, size=60)

    funnel = visit(manager, f"/funnel/{query}").context["page"].funnel
    answer = client.get(f"/api/v1/funnel/{query}").json()

    assert (answer["denominator"], answer["undated"]) == (funnel.denominator, funnel.undated)
    assert [
        (bar["stage"], bar["reached"], bar["there_now"], bar["open"], bar["on_hold"], bar["ended"])
        for bar in answer["stages"]
    ] == [
        (bar.stage.value, bar.reached, bar.there_now, bar.open, bar.on_hold, bar.ended) for bar in funnel.bars
    ]


def test_page_shows_sentence_chart_and_table(make_pilot, manager, visit, by):
    make_pilot("Open")
    move_pilot(Move(pilot=make_pilot("Shown"), to=Stage.PROVEN, evidence="91 %"), by=by)
    make_pilot("Nobody knows when", since=None)

    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", visit(manager).content.decode()))

    assert "2 piloted, 1 proven, none reached limited go-live yet; 2 undecided." in page
    assert "None of two reached production yet; all are undecided" in page
    assert "0 % reached production, 2 undecided. 2 pilots that entered Piloting, by furthest stage." in page
    assert "Not in this chart: 1 pilot without a start date. Of so few pilots, a share says little." in page
    assert "As seen by Maren, as of Wed 18 Nov 2026, 09:00." in page
    assert "1 not proven: 1 open" in page


def test_those_only_deployed_are_told_apart_and_listed(make_pilot, manager, visit, client):
    running = [
        make_pilot(f"Runs {place}", stage=Stage.PRODUCTION, since=date(2026, 5, 1)) for place in range(3)
    ]
    # Since when this one is in production nobody knows: it stands beside the funnel, and in no number of it.
    running.append(make_pilot("Held", stage=Stage.SUSTAINED, since=date(2026, 6, 1)))
    running.append(make_pilot("Proven", stage=Stage.PROVEN))
    for pilot in running[1:]:
        FeedbackLoop.objects.create(pilot=pilot)

    response = visit(manager, "/funnel/?entry=production&program=claims")
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))

    assert "3 ever, 3 now here or later, two of them only deployed" in page
    assert "Of the three in production, 2 are only deployed: a part of the feedback loop is missing." in page
    shown = [(address, text) for address, text in links(response) if "deployed=true" in address]
    assert [number(text) for _, text in shown] == [2, 2]
    assert {listed(client, address) for address, _ in shown} == {2}
    said = {
        bar["stage"]: bar["deployed"]
        for bar in client.get("/api/v1/funnel/?entry=production").json()["stages"]
    }
    assert said["production"] == 2
    assert {count for stage, count in said.items() if stage != "production"} == {None}
    rows = b"".join(client.get("/funnel/export/?format=csv&entry=production").streaming_content).decode()
    lines = list(csv.reader(io.StringIO(rows.removeprefix("\ufeff"))))
    head, first = lines[lines.index([]) + 1 :][:2]
    assert first[head.index("Only deployed")] == "2"

    past = visit(manager, "/funnel/?entry=production&as_of=2026-11-17")
    assert past.context["page"].funnel.deployed is None
    assert "Which of those in production were only deployed on a past day, nobody kept." in past.text
    bars = client.get("/api/v1/funnel/?as_of=2026-11-17").json()["stages"]
    assert {bar["deployed"] for bar in bars} == {None}


@pytest.mark.parametrize(
    ("there", "count", "said"),
    [
        (0, 0, ""),
        (1, 0, "The one in production is not known to be only deployed."),
        (1, 1, "The one in production is only deployed: a part of the feedback loop is missing."),
        (3, 0, "Of the three in production, none is known to be only deployed."),
        (3, 1, "Of the three in production, 1 is only deployed: a part of the feedback loop is missing."),
        (3, None, "Which of those in production were only deployed on a past day, nobody kept."),
    ],
)
def test_those_only_deployed_are_said_in_words(there, count, said):
    group = Group(furthest=Stage.PRODUCTION, at=Stage.PRODUCTION, count=there)
    told = deployed(Funnel(Stage.PILOTING, [group], {}, count))
    assert "".join(f"{piece.number}{piece.words}" for piece in told) == said


def test_what_people_typed_is_text(make_pilot, manager, visit, by):
    pilot = make_pilot("<b>Bold</b>", vendor="<i>Acme</i>")
    move_pilot(Move(pilot=pilot, to=Stage.PROVEN, evidence="91 %"), by=by)

    page = visit(manager, "/funnel/?vendor=%3Ci%3EAcme%3C/i%3E").content.decode()

    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert "&lt;i&gt;Acme&lt;/i&gt;" in page
    assert "<b>Bold" not in page
    assert "<i>Acme" not in page


def test_confidential_pilot_leaves_no_trace(make_pilot, manager, visit, by):
    secret = make_pilot("Merger")
    move_pilot(Move(pilot=secret, to=Stage.PROVEN, evidence="91 %"), by=by)
    make_pilot("Ordinary")
    assert "Merger" in visit(manager).content.decode()

    secret.refresh_from_db()
    edit_pilot(Edit(pilot=secret, fields={"is_confidential": True}), by=by)
    response = visit(manager)

    assert "Merger" not in response.content.decode()
    assert response.context["page"].funnel.denominator == 1


def test_matured_cohort_says_who_is_too_young_and_marks_the_disputed_rate(visit, manager, make_pilot):
    for _ in range(10):
        make_pilot(since=date(2025, 6, 2))
    make_pilot(since=date(2026, 10, 5))

    response = visit(manager, "/funnel/?matured_months=8")

    assert "1 pilot</a> that started less than 8 months ago." in response.content.decode()
    notes = response.context["page"].figure["layout"]["annotations"]
    assert [note["text"] for note in notes] == ["published, disputed: 12\xa0%"]


def test_chart_is_read_before_what_changed(visit, manager, make_pilot):
    make_pilot()

    page = visit(manager).content.decode()

    assert (
        page.index('data-chart="funnel-figure"')
        < page.index("What changed in 30 days")
        < page.index("Where pilots are stuck")
    )


# --- What the address says --------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("as_of=20026-01-01", "as_of", "This is not a day. Write it like 2026-10-05."),
        ("as_of=2026-02-30", "as_of", "This is not a day. Write it like 2026-10-05."),
        ("as_of=2026-11-19", "as_of", "Thu 19 Nov 2026 has not come yet. Choose a day up to today."),
        ("as_of=1066-10-14", "as_of", "The year is outside 1990 to 2100."),
        (
            "cohort_from=2026-02-01&cohort_to=2026-01-31",
            "cohort_to",
            "This is before Sun 1 Feb 2026, where the period starts.",
        ),
        ("matured_months=0", "matured_months", "Write a whole number of months, from 1 to 600."),
        ("matured_months=1e9", "matured_months", "Write a whole number of months, from 1 to 600."),
        ("entry=nowhere", "entry", "“nowhere” is not known here. Known: idea, chartered, piloting, proven,"),
        ("program=finance", "program", "There is no program “finance” that you can see."),
        ("known_at=2027-01-01", "known_at", "This moment has not come yet. Choose an earlier one."),
    ],
)
def test_unreadable_address_shows_the_field_and_no_number(
    make_pilot, other_program, manager, visit, query, field, sentence
):
    make_pilot()

    response = visit(manager, f"/funnel/?{query}")

    page = html.unescape(response.content.decode())
    assert response.status_code == 200
    assert re.search(rf'id="id_{field}_error">\s*<p class="error">.*?{re.escape(sentence)}', page, re.DOTALL)
    assert "funnel-figure" not in page
    assert "piloted" not in page


def test_swap_is_the_fragment_with_a_clean_address(make_pilot, manager, visit):
    make_pilot(vendor="Acme")

    whole = visit(manager, "/funnel/?vendor=Acme")
    swap = visit(manager, "/funnel/?vendor=Acme&unit=&risk=", **{"HX-Request": "true"})

    assert whole.content.decode().count(swap.content.decode().strip()) == 1
    assert swap.headers["HX-Push-Url"] == "/funnel/?vendor=Acme"
    assert "HX-Request" in swap.headers["Vary"]
    assert "<html" not in swap.content.decode()


def test_way_back_in_the_browser_gets_the_whole_page(make_pilot, manager, visit):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}

    assert "<html" in visit(manager, **headers).content.decode()


def test_chosen_filters_stand_in_chips_and_forms(make_pilot, program, manager, visit):
    make_pilot(vendor="Acme")
    query = "?vendor=Acme&cohort_from=2026-01-01&cohort_to=2026-10-31&matured_months=2&program=claims"

    page = visit(manager, f"/funnel/{query}").context["page"]

    controls = page.controls
    assert [(chip.says, chip.value) for chip in controls.chips] == [
        ("Program is", "Claims AI"),
        ("Vendor is", "Acme"),
    ]
    assert controls.chips[1].url == (
        "/funnel/?program=claims&cohort_from=2026-01-01&cohort_to=2026-10-31&matured_months=2"
    )
    assert (controls.period, controls.maturity) == ("Jan 2026 to Oct 2026", "2 months")
    assert [choice.label for choice in controls.maturities] == [
        "Any age",
        "2 months",
        "8 months",
        "18 months",
    ]
    assert [choice.label for choice in controls.quarters[:3]] == ["Any time", "Q4 2026", "Q3 2026"]
    assert "cohort_from=2026-10-01&cohort_to=2026-12-31" in controls.quarters[1].url
    assert set(controls.besides_period) == {"program", "vendor", "matured_months"}


def test_as_of_today_is_today(make_pilot, manager, visit):
    make_pilot()

    page = visit(manager, "/funnel/?as_of=2026-11-18").context["page"]

    assert page.cohort.as_of is None
    assert page.as_of == "Wed 18 Nov 2026, 09:00"


def test_past_day_says_so_and_leads_back(make_pilot, manager, visit):
    make_pilot(since=date(2026, 3, 1))

    page = visit(manager, "/funnel/?as_of=2026-05-01&known_at=2026-11-01T08:00:00Z&entry=piloting").context[
        "page"
    ]

    assert page.as_of == "Fri 1 May 2026, as recorded by Sun 1 Nov 2026, 08:00"
    assert page.controls.recorded_by == "Sun 1 Nov 2026, 08:00"
    assert page.controls.recorded.url == "/funnel/?entry=piloting&as_of=2026-05-01"
    as_known = visit(manager, page.controls.recorded.url).context["page"].controls
    assert (as_known.recorded_by, as_known.recorded.label) == ("", "Show it as recorded by that day")
    then = visit(manager, as_known.recorded.url).context["page"]
    assert then.as_of == "Fri 1 May 2026, as recorded by Sat 2 May 2026, 00:00"
    assert visit(manager).context["page"].controls.recorded is None
    assert page.controls.today_url == "/funnel/?entry=piloting"


# --- Nothing, little, much ----------------------------------------------------------


def test_empty_funnel_offers_one_way_out(program, manager, visit):
    page = visit(manager).content.decode()

    assert "No pilot has entered Piloting yet" in page
    assert f'href="{reverse("pilots:pilot_list")}"' in page
    assert "funnel-figure" not in page


def test_filters_that_fit_nothing_can_be_cleared(make_pilot, manager, visit):
    make_pilot()

    page = visit(manager, "/funnel/?vendor=nobody").content.decode()

    assert "No pilot fits" in page
    assert "Clear the filters" in page


def test_undated_pilots_alone_are_named(make_pilot, manager, visit, client):
    make_pilot("Somewhen", since=None)

    response = visit(manager)

    assert "Nothing to count yet" in response.content.decode()
    assert [(text, listed(client, address)) for address, text in links(response)] == [
        ("1 pilot", 1),
        ("one", 1),
    ]


@pytest.mark.parametrize("count", [1, 100])
def test_page_costs_the_same_for_any_number_of_pilots(
    program, manager, visit, client, by_system, django_assert_num_queries, count
):
    past = tuple(
        Past(stage=stage, happened=Day(day), latest_on=TODAY, origin=Origin.IMPORTED)
        for stage, day in ((Stage.PILOTING, date(2025, 1, 1)), (Stage.PRODUCTION, date(2025, 6, 1)))
    )
    log_pilots(
        [
            NewPilot(program=program, name=f"Pilot {place}", problem="Slow.", past=past)
            for place in range(count)
        ],
        by=by_system,
    )
    visit(manager)

    with django_assert_num_queries(QUERIES):
        response = client.get("/funnel/")

    assert response.context["page"].funnel.denominator == count


# --- What changed ---------------------------------------------------------------------


def test_changes_are_what_people_did_here_lately(make_pilot, manager, visit, client, by, by_system, program):
    lately = replace(by, at=datetime(2026, 11, 10, 9, tzinfo=UTC))
    earlier = replace(by, at=datetime(2026, 10, 18, 9, tzinfo=UTC))
    for name, at in (("Lately", lately), ("Long ago", earlier)):
        move_pilot(Move(pilot=make_pilot(name), to=Stage.PROVEN, evidence="91 %"), by=at)
    move_pilot(Move(pilot=make_pilot("Ended"), to=Stage.STOPPED, reason="too few cases"), by=lately)
    held = make_pilot("Held")
    hold_pilot(
        NewHold(pilot=held, reason="no budget", agreed_by="S. Keller", review_on=date(2026, 12, 1)),
        by=earlier,
    )
    resume_pilot(Resume(pilot=held), by=lately)
    imported = Past(
        stage=Stage.LIMITED, happened=Day(date(2026, 11, 5)), latest_on=TODAY, origin=Origin.IMPORTED
    )
    log_pilots([NewPilot(program=program, name="Brought", problem="Slow.", past=(imported,))], by=by_system)

    page = visit(manager).context["page"]

    assert [(line.sign, line.label, line.names) for line in page.changes] == [
        ("+1", "Proven", "Lately"),
        ("+1", "Stopped", "Ended"),
        ("−1", "On hold", "Held"),
    ]
    for line in page.changes:
        listing = client.get(line.url).context["listing"]
        assert [row.pilot.name for row in listing.rows] == [line.names]


def test_corrected_move_is_still_news_and_a_taken_back_one_is_not(make_pilot, manager, visit, by):
    for name, happened in (("Dated anew", Day(date(2026, 11, 1))), ("Taken back", None)):
        pilot = move_pilot(Move(pilot=make_pilot(name), to=Stage.PROVEN, evidence="91 %"), by=by)
        row = pilot.transitions.get(to_stage="proven")
        correct_transition(Correction(transition=row, happened=happened, reason="a slip"), by=by)

    assert [(line.sign, line.names) for line in visit(manager).context["page"].changes] == [
        ("+1", "Dated anew")
    ]


# --- The sample -------------------------------------------------------------------------


def test_sample_leaves_the_funnel_when_a_real_pilot_exists(
    make_pilot, program, other_program, executive, visit, client
):
    other_program.is_sample = True
    other_program.save(update_fields=["is_sample"])
    make_pilot("Invented", program=other_program)
    assert visit(executive).context["page"].funnel.denominator == 1

    make_pilot("Real one", owner=Contact(name="Tomasz"))
    make_pilot("Real two")

    assert visit(executive).context["page"].funnel.denominator == 2
    sample = visit(executive, "/funnel/?program=finance")
    assert sample.context["page"].funnel.denominator == 1
    assert listed(client, links(sample)[0][0]) == 1
    assert Pilot.objects.count() == 3


def test_refused_filter_leads_back_without_it(make_pilot, manager, visit):
    make_pilot()

    page = html.unescape(visit(manager, "/funnel/?as_of=2099-01-01&vendor=Acme&by=unit").content.decode())

    main = page[page.index('<div id="funnel">') :]
    assert main.count("<label") == 1
    assert 'name="vendor" value="Acme"' in main
    assert 'href="/funnel/?vendor=Acme&by=unit"' in main
    assert "Clear the filters" in main
    assert "Clear the filters" not in html.unescape(visit(manager, "/funnel/?as_of=2099-01-01").text)


def test_active_and_blocked_lead_to_their_pilots_where_the_list_is_exact(client, make_pilot, manager, visit):
    make_pilot("Well")
    said = make_pilot("Said", vendor="Acme")
    Pilot.objects.update(health="on_track")
    Pilot.objects.filter(pk=said.pk).update(health="blocked")
    client.force_login(manager)

    def shown(query=""):
        page = visit(manager, f"/funnel/{query}").context["page"]
        return page.stuck_lines[0], page.stuck_of

    line, of = shown()
    assert (line.label, listed(client, line.url)) == ("Blocked", 1)
    assert (of.before, of.number, listed(client, of.url)) == ("One of ", "two", 2)
    line, of = shown("?vendor=Acme")
    assert (listed(client, line.url), listed(client, of.url)) == (1, 1)
    hidden = make_pilot("Hidden", is_confidential=True)
    Pilot.objects.filter(pk=hidden.pk).update(health="blocked")
    line, of = shown()
    assert (line.count, line.url, of.number, of.url) == (1, "", "two", "")

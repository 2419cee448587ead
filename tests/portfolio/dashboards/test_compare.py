"""Cohorts side by side: one table, whichever door it leaves by, and a list behind each of its numbers."""

import csv
import io
import random
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pilots.access.roles import OwnerRole
from pilots.actions.account import create_token
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.calendar import Day, Precision
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import Owner, Ownership, Pilot, RiskTier
from pilots.models.cohort import Cohort
from pilots.rules.scorecard import wilson
from pilots.web.listing import Listing
from portfolio.dashboards.compare import CompareBy, compare
from tests.portfolio.dashboards.invented import TODAY, at, invent
from tests.portfolio.exchange.export.reading import body
from tests.portfolio.pace.lived import live

PERCENT = "\N{NO-BREAK SPACE}%"
ARRIVED, STOPPED, OPEN = (100, Stage.PRODUCTION), (90, Stage.STOPPED), (200, None)


@pytest.fixture
def house(program, other_program, by_system):
    """Twelve pilots of Acme, some written another way, nine of Globex, two of nobody."""
    acme = [ARRIVED] * 3 + [STOPPED] * 4 + [OPEN] * 4
    live(program, TODAY, acme, by=by_system, vendor="Acme", tags=("voice", "text"), risk=RiskTier.HIGH)
    live(program, TODAY, [OPEN], by=by_system, vendor="ACME", name="Shouted")
    live(other_program, TODAY, [ARRIVED] * 8 + [OPEN], by=by_system, vendor="Globex", tags=("voice",))
    live(other_program, TODAY, [OPEN] * 2, by=by_system, name="Nobody's")
    live(other_program, TODAY, [OPEN], by=by_system, vendor="Acme", is_confidential=True, name="Secret")


@pytest.fixture
def listed(executive, today):
    """Return how many pilots the list at an address has."""
    client = Client()
    client.force_login(executive)
    session = client.session

    def count(url):
        request = RequestFactory().get(url)
        request.user, request.session = executive, session
        listing = Listing(request)
        assert not listing.problems, (url, listing.problems)
        return listing.total

    return count


def told(rows):
    return [(row.value, row.label, row.denominator, row.reached, row.still_open, row.ended) for row in rows]


def numbers(line):
    return [line.everyone, *([line.reached] if line.reached else []), line.still_open, line.ended]


def test_cohorts_stand_side_by_side_with_a_rate_from_ten_on(house, executive, visit, listed):
    page = visit(executive, "/funnel/?by=vendor").context["page"]

    assert told(page.comparison.compared) == [
        ("Acme", "Acme", 12, 3, 5, 4),
        ("Globex", "Globex", 9, 8, 1, 0),
        ("", "No vendor", 2, 0, 2, 0),
    ]
    acme, globex, nobody = page.comparison.lines
    expected = wilson(3, 12)
    assert (acme.share, acme.interval) == (
        "25\N{NO-BREAK SPACE}%",
        "9\N{NO-BREAK SPACE}% to 53\N{NO-BREAK SPACE}%",
    )
    assert (acme.rate, acme.low) == (25.0, round(100 * expected.low, 2))
    assert (globex.share, globex.interval, globex.rate, globex.wide) == ("too few", "", None, None)
    assert [listed(number.url) for line in (acme, globex) for number in numbers(line) if number.url] == [
        *(12, 3, 5, 4),
        *(9, 8, 1),
    ]
    assert not any(number.url for number in numbers(nobody))  # no list finds those without a vendor
    assert [number.count for number in numbers(page.comparison.total)] == [23, 11, 8, 4]
    assert "proves no cause" in " ".join(page.comparison.notes)


def test_each_way_to_compare_has_its_names_and_its_warnings(house, executive, visit):
    def look(by):
        return visit(executive, f"/funnel/?by={by}").context["page"].comparison

    assert told(look("program").compared) == [
        ("claims", "Claims AI", 12, 3, 5, 4),
        ("finance", "Finance AI", 11, 8, 3, 0),
    ]
    assert [row[:3] for row in told(look("risk").compared)] == [
        ("high", RiskTier.HIGH.label, 11),
        ("", "No risk tier", 12),
    ]
    tags = look("tag")
    assert [row[:3] for row in told(tags.compared)] == [
        ("voice", "voice", 20),
        ("text", "text", 11),
        ("", "No tag", 3),
    ]
    assert "in two rows" in tags.notes[0]
    quarters = look("quarter")
    assert [row[:3] for row in told(quarters.compared)] == [
        ("2026-04-01", "Q2 2026", 8),
        ("2026-01-01", "Q1 2026", 15),
    ]
    assert "no trend" in quarters.notes[-1]
    older = visit(executive, "/funnel/?by=quarter&matured_months=3").context["page"].comparison
    assert "no trend" not in older.notes[-1]


def test_day_that_may_lie_in_two_quarters_is_in_none(program, by_system, executive, visit, listed):
    begun = [
        Day(date(2025, 8, 4)),
        Day(date(2025, 7, 1), Precision.QUARTER),
        Day(date(2025, 1, 1), Precision.YEAR),
        None,
    ]
    log_pilots(
        [
            NewPilot(program=program, name=f"{day}", problem="Slow.", stage=Stage.PILOTING, since=day)
            for day in begun
        ],
        by=by_system,
    )

    for query in ("", "&as_of=2026-11-17"):
        page = visit(executive, f"/funnel/?by=quarter{query}").context["page"]
        assert [row[:3] for row in told(page.comparison.compared)] == [
            ("2025-07-01", "Q3 2025", 2),
            ("", "No quarter known", 1),
        ], query
        known, unknown = page.comparison.lines
        assert listed(known.everyone.url) == 2
        assert unknown.everyone.url == ""
        assert "lie in two quarters" in page.comparison.notes[0]


def test_beyond_25_cohorts_make_one_row(program, by_system, executive, visit):
    for place in range(28):
        live(
            program,
            TODAY,
            [OPEN] * (2 if place < 27 else 1),
            by=by_system,
            unit=f"Unit {place:02}",
            name=f"U{place}",
        )

    comparison = visit(executive, "/funnel/?by=unit").context["page"].comparison

    assert told(comparison.compared)[-1] == (None, "3 others", 5, 0, 5, 0)
    assert len(comparison.compared) == 26
    assert sum(row.denominator for row in comparison.compared) == 55
    assert comparison.lines[-1].everyone.url == ""
    assert comparison.notes[0] == "The 25 largest have a row each, the others one together."


def test_nothing_follows_value_held(make_pilot, executive, visit):
    make_pilot("Held", stage=Stage.SUSTAINED)

    comparison = visit(executive, "/funnel/?entry=sustained&by=program").context["page"].comparison

    assert told(comparison.compared) == [("claims", "Claims AI", 1, None, 1, 0)]
    assert comparison.goal == ""


def test_who_only_owns_a_pilot_cannot_ask_for_its_program(make_pilot, make_user, visit):
    owner = make_user("owner@example.org")
    pilot = make_pilot()
    Ownership.objects.create(
        pilot=pilot,
        owner=Owner.objects.create(program=pilot.program, name="Ola", user=owner),
        role=OwnerRole.SPONSOR.value,
        since=date(2026, 9, 1),
        accepted_on=date(2026, 9, 1),
    )

    (line,) = visit(owner, "/funnel/?by=program").context["page"].comparison.lines

    assert (line.label, line.everyone.count, line.everyone.url) == ("Claims AI", 1, "")


def test_page_says_what_it_compares_by_and_what_not(house, executive, visit):
    plain = visit(executive, "/funnel/?vendor=Acme")
    assert plain.context["page"].comparison.compared == []
    assert b'href="/funnel/?vendor=Acme&amp;by=quarter"' in plain.content
    asked = visit(executive, "/funnel/?vendor=Acme&by=tag").content.decode()
    assert 'aria-current="true">Tag</a>' in asked
    assert 'href="/funnel/export/?by=tag&amp;vendor=Acme&amp;format=csv"' in asked
    assert 'href="/funnel/export/?vendor=Acme&amp;format=csv"' in asked
    assert f'href="{reverse("steering:pack_list")}?vendor=Acme"' in asked
    assert 'style="' not in asked

    wrong = visit(executive, "/funnel/?by=colour&vendor=Acme")
    assert wrong.context["page"] is None
    assert "Cohorts cannot be compared by “colour”. Choose quarter, program, unit, vendor, risk or tag." in (
        wrong.content.decode()
    )
    assert [problem.url for problem in wrong.context["refusal"].problems] == ["/funnel/?vendor=Acme"]
    assert visit(executive, "/funnel/export/?by=colour").status_code == 400


def test_api_refuses_what_cohorts_cannot_be_compared_by(house, executive, by_system, today):
    _, secret = create_token(user=executive, name="test", scopes={"read"}, by=by_system)
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    refused = client.get("/api/v1/funnel/?by=colour")

    assert refused.status_code == 400
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in refused.json()["errors"]] == ["?by"]
    assert "comparison" not in client.get("/api/v1/funnel/").json()


# --- One table, three doors ------------------------------------------------------------------


def random_query(rng):
    choices = {
        "program": (0.2, lambda: rng.choice(["claims", "finance"])),
        "vendor": (0.15, lambda: rng.choice(["Acme", "Globex"])),
        "tag": (0.2, lambda: rng.choice(["voice", "text"])),
        "entry": (0.5, lambda: rng.choice(MAIN_PATH).value),
        "cohort_from": (0.4, lambda: f"{rng.choice([2024, 2025])}-{rng.randrange(1, 13):02}-15"),
        "cohort_to": (0.2, lambda: f"2026-0{rng.randrange(1, 9)}-10"),
        "matured_months": (0.2, lambda: str(rng.choice([3, 8]))),
        "as_of": (0.4, lambda: (TODAY - timedelta(days=rng.randrange(0, 220))).isoformat()),
        "known_at": (0.2, lambda: (at(TODAY) - timedelta(days=rng.randrange(60))).isoformat()),
    }
    return urlencode({name: made() for name, (chance, made) in choices.items() if rng.random() < chance})


def test_page_file_api_and_lists_agree(program, other_program, executive, by_system, visit, listed):
    invent(program, seed=31, size=40)
    invent(other_program, seed=32, size=20)
    Pilot.objects.filter(vendor="Acme", pk__in=range(1, 99, 7)).update(vendor="acme")
    _, secret = create_token(user=executive, name="test", scopes={"read"}, by=by_system)
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    rng = random.Random(9)
    client = Client()
    client.force_login(executive)
    for by in CompareBy:
        for query in ("", random_query(rng)):
            address = f"?by={by}&{query}".rstrip("&")
            page = visit(executive, f"/funnel/{address}").context["page"]
            rows = page.comparison.compared
            the_sums_reconcile(page, by, rows, address)
            told_by_api = api.get(f"/api/v1/funnel/{address}").json()["comparison"]
            assert [tuple(one.values())[:6] for one in told_by_api] == told(rows), address
            text = body(client.get(f"/funnel/export/{address}")).decode("utf-8-sig")
            lines = list(csv.reader(io.StringIO(text, newline="")))
            file = lines[lines.index([]) + 2 :]
            assert [[line[0], *(int(cell or 0) for cell in line[1:5])] for line in file] == [
                [row.label, row.denominator, row.reached or 0, row.still_open, row.ended] for row in rows
            ], address
            for row, line, one in zip(rows, file, told_by_api, strict=True):
                assert (row.rate, bool(line[5]), one["rate"] is None) == (
                    one["rate"],
                    row.rate is not None,
                    row.denominator < 10 or row.reached is None,
                )
            linked = [number for line in page.comparison.lines for number in numbers(line) if number.url]
            assert linked or not any(row.value for row in rows)
            for number in rng.sample(linked, min(len(linked), 5)):
                assert listed(number.url) == number.count, number.url


def the_sums_reconcile(page, by, rows, address):
    funnel = page.funnel
    whole = [funnel.denominator, funnel.arrived, funnel.still_open if funnel.goal else None]
    sums = [sum(row.denominator for row in rows), sum(row.reached or 0 for row in rows)]
    sums.append(sum(row.still_open for row in rows) if funnel.goal else None)
    if by.is_disjoint:
        assert sums == whole, address
    else:
        assert sums[0] >= whole[0], address


# --- Cost --------------------------------------------------------------------------------------


def test_more_pilots_take_no_more_queries(program, by_system, today):
    def costs(**asked):
        found = []
        for by in CompareBy:
            with CaptureQueriesContext(connection) as taken:
                assert compare(Pilot.objects.all(), Cohort(today=TODAY, **asked), by)
            found.append(len(taken))
        return found

    for lives in ([OPEN], [OPEN, STOPPED] * 40):
        live(program, TODAY, lives, by=by_system, vendor="Acme", tags=("voice", "text"), name=f"{len(lives)}")
        assert costs() == [1] * 6
        # A quarter needs no description.
        assert costs(as_of=TODAY - timedelta(days=2)) == [3, 4, 4, 4, 4, 4]

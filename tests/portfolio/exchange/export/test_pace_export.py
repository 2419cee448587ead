"""Pace as files: what was counted, the tables as they stand on the page, and who took them."""

from datetime import date
from itertools import pairwise

import pytest
from django.utils.html import escape

from pilots.access.models import Event
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.calendar import Day
from tests.portfolio.exchange.export.reading import body, csv_rows, sheets

PACE = "/pace/export/"


@pytest.fixture
def twelve(program, by_system):
    news = [
        NewPilot(
            program=program,
            name=f"Pilot {number}",
            problem="Slow.",
            vendor="=Acme",
            since=Day(date(2026, 1, 1)),
        )
        for number in range(12)
    ]
    return log_pilots(news, by=by_system)


def test_file_says_what_was_counted_and_holds_the_tables_of_the_page(client, twelve):
    rows = csv_rows(
        body(client.get(f"{PACE}?view=time&vendor=%3DAcme&cohort_from=2025-12-01&matured_months=3"))
    )

    assert rows[:9] == [
        ["Pace"],
        ["As of", "Wed 18 Nov 2026, 09:00"],
        ["As seen by", "Maren"],
        ["Entry stage", "Piloting"],
        ["Vendor", "'=Acme"],
        ["Entered", "since Dec 2025"],
        ["Entered at least", "3 months before"],
        ["Pilots counted", "12"],
        ["Without a day of entry", "0"],
    ]
    assert rows[9] == ["Entered too recently", "0"]
    assert rows[10:14] == [
        [],
        ["Time to production", "None reached production within 10.5 months, and none stopped"],
        [
            "Month",
            "In production, %",
            "95 % interval",
            "Stopped, %",
            "95 % interval of stopped",
            "Still open, %",
            "At risk",
        ],
        ["0", "0", "0.0–24.2", "0", "0.0–24.2", "100", "12"],
    ]
    again = next(place for place, row in enumerate(rows[12:], start=12) if row[:1] == ["Time to production"])
    assert rows[again + 1][0:2] == ["Month", "Kaplan–Meier, %"]


def test_workbook_has_a_sheet_for_each_table(client, twelve):
    book = sheets(body(client.get(f"{PACE}?view=time&format=xlsx")))

    assert list(book) == ["Pace", "Time to production", "Time to production 2"]
    assert book["Pace"][4] == ["Pilots counted", 12]
    assert book["Time to production"][1] == [0, 0, "0.0–24.2", 0, "0.0–24.2", 100, 12]
    stages = sheets(body(client.get(f"{PACE}?view=stages&format=xlsx")))["Time in stage"]
    assert stages[1] == ["Piloting", 0, 0, 0, 12, 0, "too few", "too few", "too few"]


def test_too_few_leave_as_words(client, make_pilot):
    make_pilot()

    rows = csv_rows(body(client.get(f"{PACE}?view=time")))

    assert rows[-1] == [
        "Too few pilots to tell how long they take to production",
        "One pilot is too few for a curve; Headway draws one from ten on.",
    ]


def test_all_views_leave_in_one_file_where_none_is_named(client, twelve):
    rows = csv_rows(body(client.get(PACE)))

    titles = [row[0] for before, row in pairwise(rows) if before == []]
    assert {"Time to production", "Time in stage"} <= set(titles)
    assert "headway-pace-2026-11-18.csv" in client.get(PACE).headers["Content-Disposition"]


def test_who_took_it_is_written_down(client, twelve):
    body(client.get(f"{PACE}?view=stages&program=claims"))

    event = Event.objects.get(verb="list.exported")
    assert (event.subject, event.program.slug) == ("pace", "claims")
    assert event.after == {"rows": 4, "format": "csv", "asked": "view=stages&program=claims"}


@pytest.mark.parametrize("query", ["view=speed", "as_of=2027-01-01", "stage=idea", "vendor=a&vendor=b"])
def test_address_that_is_not_understood_makes_no_file_and_leads_to_the_page(client, program, query):
    answer = client.get(f"{PACE}?{query}&format=csv")

    assert answer.status_code == 400
    assert "No file was made" in answer.text
    assert f'href="/pace/?{escape(query)}"' in answer.text
    assert not Event.objects.filter(verb="list.exported").exists()
    assert client.get(f"{PACE}?format=pdf").status_code == 400


def test_stranger_signs_in_first(client, program):
    client.logout()

    assert client.get(PACE).status_code == 302

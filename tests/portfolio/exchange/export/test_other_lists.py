"""Exports of what is stuck, of people and of the funnel's table."""

import html
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Role
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.stage import Past
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import LogEntry, Origin, Owner, Pilot
from pilots.rules.registry import Severity
from portfolio.desk.people import page as people_page
from portfolio.desk.stalled import page as stalled_page
from tests.conftest import NOW
from tests.portfolio.exchange.export.reading import body, csv_rows, records, sheets

STALLED, PEOPLE, FUNNEL = "/stalled/export/", "/people/export/", "/funnel/export/"


@pytest.fixture
def stuck(make_pilot, make_flag):
    def make(name="Sorting", *, rule="R-01", severity=Severity.HIGH, crossed_on=date(2026, 11, 3), **fields):
        pilot = make_pilot(name, **fields)
        make_flag(
            pilot,
            rule=rule,
            severity=severity,
            crossed_on=crossed_on,
            since=date(2026, 6, 30),
            health="stalled",
        )
        Pilot.objects.update(quiet_until=None)
        return pilot

    return make


# --- What is stuck -------------------------------------------------------------------------------


def test_stuck_pilot_goes_out_with_each_flag_in_words(exported, exported_sheet, stuck):
    stuck(owner=Contact(name="Tomasz"))

    (row,) = exported(STALLED)

    assert {title: text for title, text in row.items() if text} == {
        "Key": "CLM-1",
        "Name": "Sorting",
        "Program": "Claims AI",
        "Health": "Stalled",
        "Pattern": "Pilot purgatory",
        "Rule": "Proven, no users",
        "Rule key": "R-01",
        "Class": "Stall",
        "Severity": "High",
        "Reason": "Proven 141 days ago, no go-live (limit 180 days).",
        "Since": "2026-11-03",
        "Counted from": "2026-06-30",
        "Days": "15",
        "Flagged on": "2026-11-18",
        "Limit passed": "180 days since it was proven",
        "Clears when": "It comes to Limited go-live, is stopped, or goes on hold.",
        "Next action": "Start the 90-day plan with one accountable owner, or decide to stop",
        "Who can take it": "Tomasz",
        "Production owner": "Tomasz",
        "Starting position": "no",
        "Confidential": "no",
    }
    (typed,) = exported_sheet(STALLED)
    assert (typed["Days"], typed["Flagged on"]) == (15, date(2026, 11, 18))


def test_each_flag_of_the_list_is_a_row_with_who_sees_to_it_and_why_it_rests(
    client, exported, stuck, make_flag, manager
):
    pilot = stuck()
    make_flag(pilot, rule="R-10", severity=Severity.CRITICAL, assignee=manager)
    rest = {"snoozed_until": NOW + timedelta(days=1), "snooze_reason": "=Freeze", "snoozed_by": manager}
    make_flag(pilot, rule="R-08", **rest)

    counting, resting = exported(STALLED), exported(f"{STALLED}?show=snoozed")

    assert [(row["Rule key"], row["Seen to by"], row["Snoozed until"]) for row in counting + resting] == [
        ("R-01", "", ""),
        ("R-10", "Maren", ""),
        ("R-08", "", "2026-11-19"),
    ]
    assert resting[0]["Snoozed because"] == "'=Freeze"
    assert [row["Rule key"] for row in exported(f"{STALLED}?assignee=me")] == ["R-10"]
    rows = [event.after["rows"] for event in Event.objects.filter(verb="list.exported").order_by("pk")]
    assert rows == [2, 1, 1]


def test_blocked_pilot_goes_out_with_the_words_of_who_said_so(exported, make_pilot, manager):
    pilot = make_pilot("Waits")
    LogEntry.objects.create(
        pilot=pilot, kind="check_in", author=manager, going="blocked", text="=No DPIA yet", written_at=NOW
    )
    Pilot.objects.update(health="blocked", blocked_on=date(2026, 11, 9), blocked_by="Legal", quiet_until=None)

    (row,) = exported(STALLED)

    assert (row["Pattern"], row["Rule"], row["In their words"]) == ("Blocked", "", "'=No DPIA yet")
    assert row["Said by"].startswith(f"{manager}, ")


def test_stalled_export_lists_what_all_pages_show(client, exported, stuck, monkeypatch):
    monkeypatch.setattr(stalled_page, "PER_PAGE", 1)
    stuck("Later")
    stuck("Worst", severity=Severity.CRITICAL)
    stuck("Hidden", is_confidential=True, crossed_on=date(2026, 9, 1))
    stuck("Other rule", rule="R-10")

    rows = exported(f"{STALLED}?rule=R-01&page=9")

    pages = [client.get(f"/stalled/?rule=R-01&page={page}").context["page"] for page in (1, 2, 3)]
    assert [row["Name"] for row in rows] == [row.pilot.name for page in pages for row in page.rows]
    assert [row["Name"] for row in rows] == ["Worst", "Hidden", "Later"]
    event = Event.objects.get(verb="list.exported")
    assert (event.subject, event.after) == ("stalled", {"rows": 3, "format": "csv", "asked": "rule=R-01"})


def test_confidential_pilots_are_stuck_only_for_those_who_see_them(client, exported, stuck, viewer):
    stuck("Open")
    stuck("Hidden", is_confidential=True)
    client.force_login(viewer)

    assert [row["Name"] for row in exported(STALLED)] == ["Open"]


def test_stalled_export_costs_the_same_for_any_number(client, stuck):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            body(client.get(STALLED))
        return len(queries)

    stuck("First", owner=Contact(name="Ann"))
    cost()  # what is remembered between requests
    few = cost()
    for number in range(5):
        stuck(f"Pilot {number}", owner=Contact(name=f"Person {number}"))

    assert cost() == few


def test_stalled_address_that_is_not_understood_goes_to_the_page_that_says_so(client, other_program):
    answer = client.get(f"{STALLED}?rule=R-99&format=csv")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/stalled/?rule=R-99")
    assert client.get(f"{STALLED}?program=finance").status_code == 404


# --- People ----------------------------------------------------------------------------------------


def test_people_go_out_as_the_page_shows_them(client, exported, program, make_pilot, by_system, monkeypatch):
    monkeypatch.setattr(people_page, "PER_PAGE", 1)
    pilot = make_pilot()
    for name, address in (("@Ann", "ann@example.com"), ("Bob", "")):
        contact = Contact(name=name, email=address)
        role = OwnerRole.SPONSOR if address else OwnerRole.LEGAL
        add_owner(NewOwnership(pilot=pilot, contact=contact, role=role), by=by_system)
    Owner.objects.create(program=program, name="Idle team", kind="team")

    rows = exported(PEOPLE)

    assert [tuple(row.values()) for row in rows] == [
        ("'@Ann", "ann@example.com", "person", "", "", "yes", "Claims AI", "not invited", "1"),
        ("Bob", "", "person", "", "", "yes", "Claims AI", "no address", "1"),
        ("Idle team", "", "team", "", "", "yes", "Claims AI", "a team", "0"),
    ]
    assert [row["Name"] for row in exported(f"{PEOPLE}?show=no-pilots&program=claims")] == ["Idle team"]
    event = Event.objects.filter(verb="list.exported").order_by("-pk")[0]
    assert event.after == {"rows": 1, "format": "csv", "asked": "program=claims&show=no-pilots"}


def test_addresses_and_people_go_out_to_those_who_may_know_them(
    client, exported, make_pilot, program, viewer, by_system
):
    for name, is_confidential in (("Ann", False), ("Secret", True)):
        pilot = make_pilot(name, is_confidential=is_confidential)
        contact = Contact(name=name, email=f"{name}@example.com".lower())
        add_owner(NewOwnership(pilot=pilot, contact=contact, role=OwnerRole.SPONSOR), by=by_system)
    client.force_login(viewer)

    assert [(row["Name"], row["E-mail"]) for row in exported(PEOPLE)] == [("Ann", "")]


def test_program_nobody_knows_is_not_in_the_name_of_the_file(client, other_program):
    named = client.get(f"{PEOPLE}?program=finance").headers["Content-Disposition"]
    forged = client.get(PEOPLE, {"program": 'x"\r\nSet-Cookie: a=b'}).headers["Content-Disposition"]

    assert named == forged == 'attachment; filename="headway-people-2026-11-18.csv"'


# --- The funnel --------------------------------------------------------------------------------------


def funnel_file(client, query=""):
    """Return what a CSV of the funnel says of itself, and its rows."""
    lines = csv_rows(body(client.get(f"{FUNNEL}{query}")))
    start = lines.index([])
    return dict(lines[1:start]), records(lines[start + 1 :])


def test_funnel_goes_out_as_numbers_with_what_they_are_of(client, make_pilot):
    for number, stage in enumerate([Stage.PILOTING, Stage.PROVEN, Stage.PRODUCTION]):
        past = tuple(
            Past(stage=reached, happened=Day(day), latest_on=day, origin=Origin.IMPORTED)
            for reached, day in ((Stage.PILOTING, date(2026, 6, 1)), (stage, date(2026, 9, 1)))
        )
        make_pilot(f"Pilot {number}", stage=stage, since=None, past=past)
    make_pilot("Hidden", is_confidential=True)

    about, rows = funnel_file(client)

    assert about == {
        "As of": "Wed 18 Nov 2026, 09:00",
        "As seen by": "Maren",
        "Entry stage": "Piloting",
        "Pilots counted": "3",
        "Undecided": "2",
        "Without a day of entry": "0",
    }
    assert list(rows[0])[2:9] == [
        *("Here or later", "Moved on", "Still open", "On hold", "Ended", "Of previous, %", "Of the 3, %"),
    ]
    assert list(rows[1].values())[:11] == [
        *("Proven", "2", "2", "1", "1", "0", "0", "66.67", "66.67", "92", "1"),
    ]
    assert [row["Ever"] for row in rows] == ["3", "2", "1", "1", "0"]
    pages = sheets(body(client.get(FUNNEL, {"format": "xlsx", "matured_months": "1", "vendor": "Acme"})))
    assert list(pages) == ["About", "Funnel"]
    assert [row for row in pages["About"] if row[0] in {"Vendor", "Entered at least"}] == [
        ["Vendor", "Acme"],
        ["Entered at least", "1 month before"],
    ]
    assert sheets(body(client.get(FUNNEL, {"format": "xlsx"})))["Funnel"][1][:9] == [
        *("Piloted", 3, 3, 2, 1, 0, 0, "", 100),
    ]


def test_funnel_of_one_program_is_counted_and_named_so(client, make_pilot, other_program, manager, by_system):
    add_member(program=other_program, user=manager, role=Role.VIEWER, by=by_system)
    make_pilot("Ours")
    make_pilot("Theirs", program=other_program)

    about, rows = funnel_file(client, "?program=finance&entry=idea&format=csv")

    assert about["Program"] == str(other_program)
    assert rows[0]["Stage"] == "Ideas"
    event = Event.objects.get(verb="list.exported")
    assert (event.subject, event.program) == ("funnel", other_program)
    assert event.after["asked"] == "program=finance&entry=idea"


def test_funnel_address_that_is_not_understood_makes_no_file_and_says_why(client, program):
    answer = client.get(f"{FUNNEL}?entry=nothing&foo=1&format=xlsx")

    assert answer.status_code == 400
    page = html.unescape(answer.content.decode())
    assert "Entered: “nothing” is not known here." in page
    assert "The funnel has no filter “foo”." in page
    assert 'href="/funnel/?entry=nothing&foo=1"' in page
    assert not Event.objects.filter(verb="list.exported").exists()


@pytest.mark.parametrize("page", ["/stalled/", "/people/", "/funnel/"])
def test_page_links_to_its_export(client, stuck, page, by_system):
    pilot = stuck()
    contact = Contact(name="Ann")
    add_owner(NewOwnership(pilot=pilot, contact=contact, role=OwnerRole.SPONSOR), by=by_system)

    content = client.get(f"{page}?program=claims").content.decode()

    assert f'href="{page}export/?program=claims&amp;format=csv"' in content
    assert f'href="{page}export/?program=claims&amp;format=xlsx"' in content

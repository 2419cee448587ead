from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Role
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.custom import FieldEdit, NewField, define_fields, edit_field
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.owner_end import end_ownership
from pilots.actions.stage import Correction, correct_transition
from pilots.calendar import month
from pilots.custom import FieldKind
from pilots.lifecycle import Stage
from pilots.models import Milestone, Owner
from pilots.web import listing
from portfolio.exchange.columns import STANDARD_COLUMNS, template_titles
from portfolio.exchange.export import batches
from tests.portfolio.exchange.export.reading import body, csv_rows

URL = "/pilots/export/"


def keys(rows) -> list[str]:
    return [row["Key"] for row in rows]


FULL = {
    "Key": "CLM-1",
    "Name": "'=Triage",
    "Program": "Claims AI",
    "Unit": "Motor claims",
    "Problem": "It takes nine days\nto sort a claim.",
    "Stage": "Proven",
    "In this stage since": "2026-09-01",
    "Reached Piloting": "2024-05",
    "Reached Proven": "2026-09-01",
    "On hold since": "2026-11-18",
    "Health": "On hold",
    "Decide by": "2026-12-01",
    "Risk tier": "High risk",
    "How built": "Bought and configured",
    "Vendor": "Acme",
    "Contract": "C-7",
    "Confidential": "no",
    "Tags": "claims; fraud",
    "Sponsor": "Sina Keller",
    "Sponsor e-mail": "sina@example.com",
    "Business": "Ann; Bob",
    "Business e-mail": "; bob@example.com",
    "KPI": "'-Time",
    "KPI baseline": "14",
    "KPI target": "9.5",
    "KPI unit": "min",
    "Milestone": "Works council heard",
    "Milestone due": "2027-01-04",
    "Updated": "2026-11-18 09:00",
}


def test_csv_holds_all_that_is_kept_of_a_pilot(exported, full):
    (row,) = exported(URL)

    assert {title: text for title, text in row.items() if text} == FULL


def test_xlsx_holds_the_same_with_days_and_numbers_of_their_own_kind(exported_sheet, full):
    (row,) = exported_sheet(URL)

    found = {title: value for title, value in row.items() if value != ""}
    typed = {title: value for title, value in found.items() if not isinstance(value, str)}
    assert list(found) == list(FULL)
    assert {title: value for title, value in FULL.items() if title not in typed} == {
        title: value for title, value in found.items() if title not in typed
    }
    assert typed.keys() == {
        "In this stage since",
        "Reached Proven",
        "On hold since",
        "Decide by",
        "KPI baseline",
        "KPI target",
        "Milestone due",
        "Updated",
    }
    assert (typed["Decide by"], typed["KPI target"]) == (date(2026, 12, 1), 9.5)


def test_header_is_that_of_the_standard_columns_with_the_roles_that_occur(client, full):
    header = csv_rows(body(client.get(URL)))[0]

    standard = [column.title for column in STANDARD_COLUMNS]
    assert header == [title for title in standard if title in header]
    left_out = set(standard) - set(header)
    roles = {role.label for role in OwnerRole} - {"Sponsor", "Business"}
    assert left_out == roles | {f"{role} e-mail" for role in roles}
    assert set(template_titles()) - set(header) <= left_out


def test_export_lists_what_all_pages_of_the_list_show_in_their_order(
    client, exported, make_pilot, other_program, by_system, manager, monkeypatch
):
    monkeypatch.setattr(listing, "PER_PAGE", 2)
    add_member(program=other_program, user=manager, role=Role.VIEWER, by=by_system)
    for name in ("A", "B", "C", "D", "E"):
        make_pilot(name)
    make_pilot("Idea", stage=Stage.IDEA)
    make_pilot("Foreign", program=other_program)
    make_pilot("Ended", stage=Stage.STOPPED)
    query = "program=claims&stage=piloting&ordering=-name"

    pages = [client.get(f"/pilots/?{query}&page={page}").context["listing"] for page in (1, 2, 3)]

    assert keys(exported(f"{URL}?{query}")) == [row.pilot.key for page in pages for row in page.rows]
    assert keys(exported(f"{URL}?{query}&page=7")) == ["CLM-5", "CLM-4", "CLM-3", "CLM-2", "CLM-1"]
    assert len(exported(URL)) == 7  # the bare list is that of the active pilots
    assert keys(exported(f"{URL}?state=ended")) == ["CLM-7"]


def test_page_links_to_the_export_of_what_it_shows(client, make_pilot):
    make_pilot()

    page = client.get("/pilots/?stage=piloting&search=claims+%26+more&page=1").content.decode()

    assert 'href="/pilots/export/?stage=piloting&amp;search=claims+%26+more&amp;format=xlsx"' in page
    assert 'href="/pilots/export/?stage=piloting&amp;search=claims+%26+more&amp;format=csv"' in page


def test_confidential_pilots_and_addresses_go_out_to_those_who_may_know_them(
    client, exported, make_pilot, program, make_user, by_system
):
    for name, is_confidential in (("Open", False), ("Hidden", True)):
        pilot = make_pilot(name, is_confidential=is_confidential)
        for role, address in ((OwnerRole.SPONSOR, "sina@example.com"), (OwnerRole.LEGAL, "vera@example.com")):
            contact = Contact(name=address.split("@")[0].capitalize(), email=address)
            add_owner(NewOwnership(pilot=pilot, contact=contact, role=role), by=by_system)
    assert [(row["Name"], row["Legal e-mail"]) for row in exported(f"{URL}?ordering=key")] == [
        ("Open", "vera@example.com"),
        ("Hidden", "vera@example.com"),
    ]
    vera = make_user("vera@example.com")
    add_member(program=program, user=vera, role=Role.VIEWER, by=by_system)
    Owner.objects.filter(name="Vera").update(user=vera)
    client.force_login(vera)

    (row,) = exported(URL)

    assert (row["Name"], row["Sponsor"], row["Sponsor e-mail"]) == ("Open", "Sina", "")
    assert row["Legal e-mail"] == "vera@example.com"  # their own


def test_owner_who_left_and_contact_that_is_closed_are_not_in_it(exported, make_pilot, by_system):
    pilot = make_pilot()
    contacts = {"Gone": OwnerRole.SPONSOR, "Closed": OwnerRole.LEGAL, "Here": OwnerRole.SECURITY}
    rows = {
        name: add_owner(NewOwnership(pilot=pilot, contact=Contact(name=name), role=role), by=by_system)
        for name, role in contacts.items()
    }
    end_ownership(rows["Gone"], by=by_system)
    Owner.objects.filter(name="Closed").update(is_active=False)

    (row,) = exported(URL)

    assert (row["Security"], "Sponsor" in row, "Legal" in row) == ("Here", False, False)


def test_day_that_was_corrected_goes_out_as_it_counts(exported, make_pilot, by_system):
    pilot = make_pilot(since=date(2026, 3, 1))
    better = Correction(
        transition=pilot.transitions.get(), happened=month(2026, 9), reason="The minutes say so."
    )
    correct_transition(better, by=by_system)

    (row,) = exported(URL)

    assert (row["Reached Piloting"], row["In this stage since"]) == ("2026-09", "2026-09")


def test_last_milestone_that_was_done_stands_where_none_waits(exported, make_pilot):
    pilot = make_pilot()
    for title, day in (("First", 1), ("Last", 9), ("Second", 5)):
        Milestone.objects.create(pilot=pilot, title=title, done_on=date(2026, 10, day))

    (row,) = exported(URL)

    assert (row["Milestone"], row["Milestone due"], row["Milestone done"]) == ("Last", "", "2026-10-09")


def test_fields_of_programs_are_columns_of_their_own(
    exported, exported_sheet, make_pilot, program, other_program, manager, by_system
):
    add_member(program=other_program, user=manager, role=Role.VIEWER, by=by_system)
    fields = define_fields(
        [
            NewField(program=program, label="Cost centre", kind=FieldKind.TEXT),
            NewField(program=program, label="Budget", kind=FieldKind.MONEY),
            NewField(program=program, label="Vendor", kind=FieldKind.YES_NO),
            NewField(program=program, label="Audited", kind=FieldKind.DATE),
            NewField(program=program, label="Not used", kind=FieldKind.TEXT),
            NewField(program=other_program, label="Cost  Centre", kind=FieldKind.NUMBER),
        ],
        by=by_system,
    )
    edit_field(FieldEdit(field=fields[4], fields={"is_active": False}), by=by_system)
    code = {field.label: field.code for field in fields[:5]}
    values = {
        "Cost centre": "00123",
        "Budget": "12500.5",
        "Vendor": True,
        "Audited": "2026-03-04",
        "Not used": "x",
    }
    ours = make_pilot(
        "Ours", custom={code[label]: value for label, value in values.items() if label != "Not used"}
    )
    make_pilot("Theirs", program=other_program, custom={fields[5].code: "7"})

    rows = exported(f"{URL}?ordering=key")
    header = list(rows[0])
    (sheet_row, _) = exported_sheet(f"{URL}?ordering=key")

    assert header[-4:] == ["Cost centre", "Budget", "Vendor (custom)", "Audited"]
    assert [[row[title] for title in header[-4:]] for row in rows] == [
        ["00123", "12500.5", "yes", "2026-03-04"],
        ["7", "", "", ""],
    ]
    assert [sheet_row[title] for title in header[-4:]] == ["00123", 12500.5, "yes", date(2026, 3, 4)]
    assert ours.key == rows[0]["Key"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_costs_the_same_for_any_number_of_pilots(client, full, make_pilot, by_system, kind):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            body(client.get(URL, {"format": kind}))
        return len(queries)

    cost()  # what is remembered between requests
    few = cost()
    for number in range(9):
        pilot = make_pilot(f"Pilot {number}", tags=("many",))
        contact = Contact(name=f"Person {number}")
        add_owner(NewOwnership(pilot=pilot, contact=contact, role=OwnerRole.SPONSOR), by=by_system)

    assert cost() == few


def test_rows_beyond_a_batch_follow_in_order(exported, make_pilot, monkeypatch):
    monkeypatch.setattr(batches.batches, "__defaults__", (2,))
    for name in ("E", "A", "D", "B", "C"):
        make_pilot(name, tags=(name,))

    rows = exported(f"{URL}?ordering=name")

    assert [(row["Name"], row["Tags"]) for row in rows] == [(name, name) for name in "ABCDE"]


def test_file_is_named_for_list_program_and_day_and_kept_by_nobody(client, program):
    csv, xlsx = client.get(URL), client.get(URL, {"format": "xlsx", "program": "claims", "state": "active"})

    assert csv.headers["Content-Disposition"] == 'attachment; filename="headway-pilots-2026-11-18.csv"'
    assert csv.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert (
        xlsx.headers["Content-Disposition"] == 'attachment; filename="headway-pilots-claims-2026-11-18.xlsx"'
    )
    assert xlsx.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert {answer.headers["Cache-Control"] for answer in (csv, xlsx)} == {"private, no-store"}
    assert {answer.headers["X-Content-Type-Options"] for answer in (csv, xlsx)} == {"nosniff"}
    assert int(xlsx.headers["Content-Length"]) == len(body(xlsx))


def test_who_took_which_list_is_written_down(client, manager, program, make_pilot):
    make_pilot()
    before = Event.objects.count()

    body(client.get(URL, {"format": "xlsx", "program": "claims", "stage": "piloting"}))

    event = Event.objects.order_by("-pk")[0]
    assert Event.objects.count() == before + 1
    assert (event.verb, event.actor, event.source, event.subject) == (
        "list.exported",
        manager,
        "web",
        "pilots",
    )
    assert (event.program, event.movement) == (program, "")
    assert event.after == {"rows": 1, "format": "xlsx", "asked": "program=claims&stage=piloting"}


@pytest.mark.parametrize(
    "query", ["stage=nothing", "no_such=1", "stage=idea&stage=proven", "program=finance"]
)
def test_address_that_is_not_understood_goes_to_the_page_that_says_so(client, other_program, query):
    answer = client.get(f"{URL}?{query}&format=csv")

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/pilots/?{query}")
    assert client.get(answer.headers["Location"]).context["listing"].problems
    assert not Event.objects.filter(verb="list.exported").exists()


def test_unknown_format_is_refused_and_nothing_written_down(client):
    assert client.get(URL, {"format": "pdf"}).status_code == 400
    assert not Event.objects.filter(verb="list.exported").exists()


def test_times_are_those_of_the_reader(client, exported, manager, make_pilot):
    make_pilot()
    manager.zone = "Asia/Tokyo"
    manager.save()

    (row,) = exported(URL)

    assert row["Updated"] == "2026-11-18 18:00"

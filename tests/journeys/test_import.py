"""From a messy workbook to the funnel and back: a manager brings the file people really keep."""

import re

import pytest
import xlsxwriter
from django.utils import timezone
from playwright.sync_api import expect

from pilots.models import Owner, Ownership, Pilot
from portfolio.exchange.models import Import, SavedMapping, Step
from portfolio.exchange.work import work_off
from tests.journeys.conftest import PHONE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

HEAD = [
    "Ref",
    "Pilot name",
    "What is wrong today",
    "Current state",
    "Owner",
    "Owner mail",
    "Pilot since",
    "Comments",
]
ROWS = [
    ["Claims"],
    [
        *("M-01", "Motor damage triage", "Every third claim waits four days.", "Pilot running"),
        *("Tomasz Zieliński", "tomasz@aldermere.example", "3/4/2024", "steering in November"),
    ],
    [
        *("M-02", "Repair-invoice plausibility", "Invoices are checked by sample.", "Shown to work"),
        *("Ann Lee; Bo Berg", "ai-team@aldermere.example", "14/5/2024", ""),
    ],
    [
        "M-03",
        "Fraud letters",
        "A letter takes a day.",
        "Waits for Marketing",
        "n/a",
        "",
        "5/6/2024",
        "no budget",
    ],
    ["Underwriting"],
    [
        *("M-04", "Wording comparison", "Two people compare 60 pages by eye.", "Live"),
        *("Aoife Brennan", "ai-team@aldermere.example", "2024-02-01", ""),
    ],
    [
        "M-05",
        "Loss-run reading",
        "",
        "Pilot running",
        "Ines Caldeira",
        "ai-team@aldermere.example",
        "Q3 2024",
        "",
    ],
    ["M-06", "Roof condition", "Surveys cost 400 a house.", "", "", "", "", ""],
]


@pytest.fixture
def workbook(tmp_path):
    """Titles above the headings, sections between the rows, a hidden sheet, dates in five ways."""
    path = tmp_path / "AI register 2026-11.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Register")
        sheet.merge_range("A1:H1", "AI pilots at Aldermere Mutual")
        sheet.write("A2", "as discussed in the steering group")
        for place, row in enumerate([HEAD, *ROWS], start=2):
            sheet.write_row(place, 0, row)
        hidden = book.add_worksheet("Lists")
        hidden.write_column("A1", ["Pilot running", "Live"])
        hidden.hide()
        beside = book.add_worksheet("KPIs")
        beside.write_row("A1", ["Pilot", "KPI", "Baseline", "Target", "Unit"])
        beside.write_row("A2", ["M-01", "Handling time", 14, 9, "min"])
    return path


@pytest.fixture
def worker():
    """Do what a worker does with whatever was asked."""

    def work():
        assert work_off(timezone.now) == 1

    return work


def bring(visitor, workbook):
    """Choose the file on the page and have it read; land on the sheet, of which one is hidden."""
    page = visitor.page
    page.get_by_label(re.compile("^File ")).set_input_files(workbook)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where do the headings stand?")


def drop_a_file(page):
    """Let a file fall on the place around the button; it is the one that is chosen."""
    files = page.evaluate_handle(
        "() => { const it = new DataTransfer(); it.items.add(new File(['x'], 'dropped.csv')); return it; }"
    )
    page.locator("[data-drop] p").dispatch_event("drop", {"dataTransfer": files})
    name = page.get_by_label(re.compile("^File ")).evaluate("input => input.files[0].name")
    assert name == "dropped.csv"


def choose_the_sheet(visitor):
    page = visitor.page
    visitor.look()
    expect(page.get_by_role("link", name=re.compile("^Lists hidden"))).to_be_visible()
    expect(page.get_by_role("radio", name="Line 3 holds the headings")).to_be_checked()
    page.get_by_role("radio", name="The business unit of the rows below it").check()
    page.get_by_role("button", name="Continue").click()


def choose_the_columns(visitor):
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text("What do the columns mean?")
    visitor.look()
    expect(page.get_by_label("Ref", exact=True)).to_have_value("reference")
    expect(page.get_by_label("Pilot name", exact=True)).to_have_value("name")
    expect(page.get_by_label("Current state", exact=True)).to_have_value("stage")
    page.get_by_label("What is wrong today", exact=True).select_option(label="Name")
    page.get_by_role("button", name="Continue").click()
    wrong = page.get_by_label("What is wrong today", exact=True)
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("“Pilot name” says that too. Only one column can be “Name”.")).to_be_visible()
    visitor.look()
    wrong.select_option(label="Problem statement")
    page.get_by_label("Owner", exact=True).select_option(label="Business owner")
    page.get_by_label("Owner mail", exact=True).select_option(label="Business owner, e-mail")
    page.get_by_label("Pilot since", exact=True).select_option(label="Day it came to Piloting")
    page.get_by_role("button", name="Continue").click()


def settle_the_words(visitor):
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text("What do the words mean?")
    visitor.look()
    row = page.get_by_role("row", name=re.compile("^Waits for Marketing"))
    expect(row).to_contain_text("line 7, Fraud letters")
    both_ways = page.get_by_role("table", name="Dates of the file, read either way")
    expect(both_ways).to_contain_text("3/4/2024 line 5Wed 3 Apr 2024Mon 4 Mar 2024")
    expect(page.get_by_text(re.compile("^ai-team@aldermere.example stands beside"))).to_be_visible()
    page.get_by_label("The day", exact=True).check()
    page.get_by_role("button", name="See the preview").click()
    expect(row).to_contain_text("Say which stage “Waits for Marketing” is, or refuse these rows.")
    visitor.look()
    page.get_by_label("Waits for Marketing", exact=True).select_option(label="Approved")
    page.get_by_label("Shown to work", exact=True).select_option(label="Proven")
    page.get_by_label(re.compile("^Their stage")).select_option(label="Idea")
    page.get_by_label(re.compile("^Their problem")).fill("Not written down in the register.")
    page.get_by_role("button", name="See the preview").click()
    expect(page.get_by_role("status").first).to_contain_text("Waiting for the worker")
    visitor.look()


def wait_for(visitor, worker, sentence):
    """See that it waits, let the worker work, and see the page go on by itself."""
    page = visitor.page
    expect(page.get_by_role("status").first).to_contain_text("Waiting for the worker")
    worker()
    expect(page.get_by_role("heading", level=2).first).to_contain_text(sentence)


def test_messy_workbook_becomes_pilots_twice_the_same_and_goes_again(
    visitor, manager, workbook, worker, make_pilot
):
    visitor.sign_in("maren@example.com")
    page = visitor.page
    page.get_by_role("link", name="Choose a file…").click()
    visitor.look()
    bring(visitor, workbook)
    choose_the_sheet(visitor)
    choose_the_columns(visitor)
    settle_the_words(visitor)

    by_hand = make_pilot("Fraud letters", since=None)  # somebody logs it in the meantime
    wait_for(visitor, worker, "But 1 question is open, so nothing can be written yet.")
    import_button = page.get_by_role("button", name="Import", exact=True)
    expect(import_button).to_be_disabled()
    expect(page.get_by_text("One question is open, under “To decide”.")).to_be_visible()
    visitor.look()
    page.get_by_label(re.compile("^What to do with Fraud letters")).select_option(
        label=f"It is {by_hand.key} Fraud letters"
    )
    page.get_by_role("button", name=re.compile("^Save the answers")).click()
    wait_for(visitor, worker, "But 2 questions are open, so nothing can be written yet.")
    page.get_by_label("All 2 of this kind").select_option(label="Take it from the file")
    visitor.look()
    page.get_by_role("button", name=re.compile("^Save the answers")).click()
    wait_for(visitor, worker, "5 pilots will be logged in Claims AI, 1 will be changed")
    page.get_by_role("link", name=re.compile("^Not understood")).click()
    visitor.look()
    assert Pilot.objects.count() == 1

    page.get_by_role("button", name=re.compile("^Import 6 pilots")).click()
    wait_for(visitor, worker, "5 pilots were logged in Claims AI")
    expect(page.get_by_role("heading", level=1)).to_have_text("Imported")
    expect(page.get_by_role("heading", name=re.compile("owners get no mail yet$"))).to_be_visible()
    visitor.look()
    assert Pilot.objects.count() == 6
    assert Ownership.objects.filter(pilot__name="Repair-invoice plausibility").count() == 2
    assert not Owner.objects.filter(email="ai-team@aldermere.example").exists()
    assert Pilot.objects.get(name="Motor damage triage").kpis.get().name == "Handling time"

    page.get_by_role("link", name="See the pilots").click()
    for name in ("Motor damage triage", "Wording comparison", "Roof condition"):
        expect(page.get_by_role("link", name=name)).to_be_visible()
    visitor.open("/funnel/")
    expect(page.locator(".state")).to_contain_text("1 reached production")
    see_the_same_file_change_nothing(visitor, workbook, worker)
    take_it_back(visitor, worker)


def see_the_same_file_change_nothing(visitor, workbook, worker):
    assert SavedMapping.objects.count() == 1
    page = visitor.open("/pilots/import/")
    page.get_by_label(re.compile("^File ")).set_input_files(workbook)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_label("What is wrong today", exact=True)).to_have_value("problem")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Waits for Marketing", exact=True)).to_have_value("chartered")
    page.get_by_role("button", name="See the preview").click()
    wait_for(visitor, worker, "6 stay as they are")
    second = Import.objects.order_by("-pk").first()
    assert [second.summary[key] for key in ("new", "changed", "same")] == [0, 0, 6]
    page.get_by_role("button", name="Close this import").click()
    expect(page.get_by_text(re.compile("was given up. Nothing was written."))).to_be_visible()
    visitor.look()


def take_it_back(visitor, worker):
    page = visitor.page
    page.get_by_role("link", name=re.compile("^Undo… AI register")).click()
    expect(page.get_by_text("5 pilots go, with their history.")).to_be_visible()
    visitor.look()
    page.get_by_role("button", name="Undo the import").click()
    wait_for(visitor, worker, "This import was undone.")
    visitor.look()
    assert list(Pilot.objects.values_list("name", flat=True)) == ["Fraud letters"]
    assert Import.objects.order_by("pk").first().at_step is Step.UNDONE


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "pilots.csv"
    path.write_text("Name,Problem,Stage\nClaims triage,Nine days a claim.,Piloting\n", encoding="utf-8")
    return path


def test_file_is_imported_without_a_mouse(visitor, manager, small, worker):
    visitor.sign_in("maren@example.com")
    page = visitor.open("/pilots/import/")
    page.get_by_label(re.compile("^File ")).set_input_files(small)  # no key opens a file for a test

    def press(name: str):
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.innerText") == name:
                page.keyboard.press("Enter")
                return
        raise AssertionError(f"Tab never came to “{name}” on {page.url}.")

    press("Read the file")
    expect(page.get_by_role("heading", level=1)).to_have_text("What do the columns mean?")
    press("Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("What do the words mean?")
    press("See the preview")
    wait_for(visitor, worker, "1 pilot will be logged in Claims AI")
    press("Import 1 pilot")
    wait_for(visitor, worker, "1 pilot was logged in Claims AI")
    assert [pilot.name for pilot in Pilot.objects.all()] == ["Claims triage"]


def test_steps_hold_on_a_phone_and_in_the_dark(make_visitor, manager, workbook):
    visitor = make_visitor(viewport=PHONE, scheme="dark")
    visitor.sign_in("maren@example.com")
    page = visitor.open("/pilots/import/")
    drop_a_file(page)
    bring(visitor, workbook)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("What is wrong today", exact=True).select_option(label="Problem statement")
    page.get_by_role("button", name="Continue").click()
    pk = Import.objects.get().pk

    for place in ("file", "sheet", "columns", "values", "preview"):
        visitor.open(f"/pilots/import/{pk}/{place}/")
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{place} scrolls sideways by {width} px"

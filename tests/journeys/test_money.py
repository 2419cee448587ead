"""What a pilot costs and brings: planned, spent, claimed, checked by somebody else, and added up for all."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from playwright.sync_api import Page, expect

from kpis.models import LedgerEntry, Rate
from pilots.lifecycle import Stage
from tests.journeys.conftest import choose, fill, press

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

MONEY = "/pilots/CLM-1/money/"
OCTOBER = {"From": "1 Oct 2026", "Up to and including": "31 Oct 2026"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 11, 18, 9, 30, tzinfo=UTC)) as traveller:
        yield traveller


@pytest.fixture
def pilots(make_pilot):
    """Two of them, so that a number that opens its pilots can open the wrong one."""
    return [make_pilot("Glass-repair invoice check", stage=Stage.LIMITED), make_pilot("Letters")]


def write_down(visitor, kind: str, amount: str, *, chosen: dict[str, str], said: dict[str, str]) -> Page:
    page = visitor.page
    page.goto(f"{visitor.address}{MONEY}new/?kind={kind}")
    choose(page, chosen)
    fill(page, {"Amount": amount, **said, **OCTOBER})
    press(page, "Write it down")
    return page


def set_a_budget_aside(desk):
    page = write_down(desk, "budget", "60000", chosen={"What part": "Way to production"}, said={})
    expect(page.get_by_text("EUR 60,000 is written down.")).to_be_visible()
    page.locator("#budgets").get_by_role("link", name=re.compile("^Decide")).click()
    desk.look()
    page.get_by_label("Committed: the money is there").check()
    fill(page, {"Who decided": "The board"})
    press(page, "Save")
    expect(page.locator("#budgets")).to_contain_text("EUR 60,000 set aside: EUR 60,000 committed")
    expect(page.locator("#budgets")).to_contain_text("by The board")


def spend(desk):
    compute = {"What it is spent on": "Compute", "What part": "Pilot"}
    page = write_down(desk, "cost", "-5", chosen=compute, said={})
    expect(page.locator("main [aria-invalid=true]").first).to_be_visible()
    desk.look()
    assert not LedgerEntry.objects.filter(kind="cost").exists()

    write_down(desk, "cost", "8000", chosen={**compute, "Planned or actual": "It is planned"}, said={})
    page = write_down(desk, "cost", "10000", chosen={**compute, "Planned or actual": "It is spent"}, said={})
    expect(page.locator("#costs")).to_contain_text("25 % over plan")


def claim(own):
    saving = {"What kind of benefit": "Cost saving", "Planned or actual": "It has come", "What part": "Pilot"}
    for amount in ("15000", "5000"):
        page = write_down(own, "benefit", amount, chosen=saving, said={})
        expect(page.get_by_text("is written down.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Check…"))).to_have_count(0)  # the two are Cora's own


def be_refused_as_the_author(own):
    """Whoever writes a benefit down does not say that it came, not even by its address."""
    claimed = LedgerEntry.objects.get(kind="benefit", amount=15000)
    own.page.goto(f"{own.address}{MONEY}{claimed.pk}/check/")
    forbidden(own, "You may not")


def forbidden(visitor, sentence: str):
    """The page says so, and the browser notes the answer 403 and nothing else."""
    expect(visitor.page.get_by_role("main")).to_contain_text(sentence)
    assert [line for line in visitor.complaints if "403" not in line] == []
    assert visitor.complaints
    visitor.complaints.clear()


def verify(desk):
    page = desk.open(MONEY)
    page.get_by_role("link", name=re.compile("^Check… EUR 15,000")).click()
    page.get_by_label("It came: it counts in ROI").check()
    fill(page, {"Where you saw it": "Ledger of October"})
    desk.look()
    press(page, "Save")
    expect(page.get_by_text("EUR 15,000 is checked.")).to_be_visible()
    expect(page.locator("#sum")).to_contain_text("ROI 50 %, 75 % of claimed benefit verified.")
    desk.look()


def check_ones_own(desk):
    saving = {"What kind of benefit": "Efficiency", "Planned or actual": "It has come", "What part": "Pilot"}
    page = write_down(desk, "benefit", "777", chosen=saving, said={})
    expect(page.get_by_role("link", name=re.compile("^Check… EUR 777"))).to_have_count(0)
    own = LedgerEntry.objects.get(amount=777)
    page.goto(f"{desk.address}{MONEY}{own.pk}/check/")
    forbidden(desk, "Nobody checks what they entered themselves: ask another of those who may.")
    assert LedgerEntry.objects.get(pk=own.pk).finding == ""
    page.goto(f"{desk.address}{MONEY}{own.pk}/remove/")
    press(page, "Remove it")
    expect(page.get_by_text("EUR 777 is out of the ledger.")).to_be_visible()


def pay_in_dollars(desk):
    """What has no rate is named and in no sum, until somebody enters one."""
    licences = {"What it is spent on": "Licences", "Planned or actual": "It is spent", "What part": "Pilot"}
    page = write_down(desk, "cost", "2000", chosen=licences, said={"Currency": "usd"})
    expect(page.locator("#sum")).to_contain_text("USD 2,000 could not be added")
    expect(page.locator("#sum")).to_contain_text("ROI is not known: USD 2,000 has no rate.")
    value = desk.open("/value/")
    expect(value.get_by_text("Not added to any sum, since no rate is entered: USD 2,000.")).to_be_visible()

    page = desk.open("/settings/programs/claims/money/")
    for label, text in {"Currency": "usd", "One unit is worth": "1.00", "Since": "1 Jan 2026"}.items():
        page.locator("form", has_text="Enter rate").get_by_label(re.compile(f"^{label}")).fill(text)
    press(page, "Enter rate")
    expect(page.locator("#rates")).to_contain_text("1 USD is 1 EUR")
    desk.look()
    assert Rate.objects.count() == 1


def see_it_added_up(desk, tmp_path):
    page = desk.open(MONEY)
    expect(page.locator("#sum")).to_contain_text("ROI 25 %, 75 % of claimed benefit verified.")
    expect(page.locator("#sum")).not_to_contain_text("could not be added")

    page = desk.open("/value/")
    expect(page.locator("h1 + .state")).to_contain_text("ROI 25 %")
    spent = page.get_by_role("table", name="Actual cost by where the pilots are").get_by_role("link")
    expect(spent).to_have_text("EUR 12,000")
    spent.click()
    table = page.locator("#pilots tbody tr")
    expect(table).to_have_count(1)
    expect(table).to_contain_text("Glass-repair invoice check")
    expect(table).to_contain_text("EUR 12,000")
    desk.look()

    page.locator("#pilots").get_by_text("Export").click()
    assert [line for line in downloaded(page, "CSV", tmp_path) if "EUR" in line and "CLM-1" in line]

    page.goto(f"{desk.address}{MONEY}")
    assert len(downloaded(page, "As CSV", tmp_path)) == 1 + LedgerEntry.objects.count()


def downloaded(page: Page, link: str, folder) -> list[str]:
    with page.expect_download() as waited:
        page.get_by_role("link", name=link, exact=True).click()
    file = folder / waited.value.suggested_filename
    waited.value.save_as(file)
    return file.read_text(encoding="utf-8-sig").splitlines()


def test_money_is_spent_claimed_verified_and_added_up(make_visitor, manager, contributor, pilots, tmp_path):
    desk, own = make_visitor(), make_visitor()
    desk.sign_in(manager.email)
    own.sign_in(contributor.email)
    desk.open(MONEY)
    set_a_budget_aside(desk)
    spend(desk)
    claim(own)
    be_refused_as_the_author(own)
    verify(desk)
    check_ones_own(desk)
    pay_in_dollars(desk)
    see_it_added_up(desk, tmp_path)

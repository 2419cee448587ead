"""The money of a pilot in the browser: what it came to, and writing it down."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.text import slugify

from kpis.models import Kpi, LedgerEntry, Measurement
from pilots.access.models import Event
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.conftest import NOW, TODAY

PAGE = "/pilots/CLM-1/money/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot(stage=Stage.PROVEN, since=date(2026, 9, 18))


@pytest.fixture
def enter(pilot, contributor):
    def enter(kind="cost", category="compute", amount=12_000, **fields):
        known = {
            "phase": "pilot",
            "basis": "planned" if kind == "budget" else "actual",
            "currency": "EUR",
            "period_from": date(2026, 10, 1),
            "period_to": date(2026, 10, 31),
            "entered_at": NOW,
            "entered_by": contributor,
        }
        return LedgerEntry.objects.create(
            pilot=pilot, kind=kind, category=category, amount=Decimal(amount), **known | fields
        )

    return enter


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return lambda url="": client.get(PAGE + url)


@pytest.fixture
def send(client, manager):
    client.force_login(manager)

    def send(url, **fields):
        fields.setdefault("version", Pilot.objects.get(key="CLM-1").version)
        return client.post(PAGE + url, fields, follow=True)

    return send


def text(response):
    return " ".join(response.content.decode().split())


def test_the_page_says_in_one_sentence_what_it_came_to(page, enter):
    enter(amount=120_000)
    enter("benefit", "cost_saving", 40_000, finding="verified", checked_on=TODAY)
    enter("benefit", "efficiency", 80_000)
    assert page().context["money"].lead == (
        "It has cost EUR 120,000 and brought EUR 40,000 that somebody verified: ROI −67 %, "
        "33 % of claimed benefit verified."
    )

    enter(currency="USD")
    shown = page()

    assert shown.context["money"].lead == (
        "It has cost EUR 120,000 (and USD 12,000, no rate entered) and brought EUR 40,000 that somebody "
        "verified. ROI is not known: USD 12,000 has no rate."
    )
    assert shown.context["money"].unconverted == "USD 12,000"
    assert "USD 12,000 could not be added" in text(shown)


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([], "No money is written down yet, so what it costs and brings is not known."),
        (
            [("budget", "", 5_000)],
            "What it has cost is not known: no actual cost is written down. No benefit is claimed either.",
        ),
        (
            [("benefit", "impact", 5_000)],
            (
                "What it has cost is not known: no actual cost is written down. EUR 5,000 of benefit is "
                "claimed, 0 % of it verified."
            ),
        ),
        (
            [("cost", "people", 10)],
            "It has cost EUR 10, and no benefit is written down. ROI is not known: nothing checked yet.",
        ),
        (
            [("cost", "people", 10), ("benefit", "impact", 5_000)],
            (
                "It has cost EUR 10 and brought nothing that somebody verified. ROI is not known: "
                "nothing checked yet."
            ),
        ),
        (
            [("cost", "people", 0)],
            "It has cost EUR 0, and no benefit is written down. ROI is not known: no actual cost.",
        ),
    ],
    ids=["nothing", "budget", "claim", "cost", "cost-and-claim", "no-cost"],
)
def test_what_is_missing_is_said(page, enter, entries, sentence):
    for entry in entries:
        enter(*entry)

    assert page().context["money"].lead == sentence


def test_costs_stand_against_their_plan(page, enter):
    enter(amount=20_000, basis="planned")
    enter(amount=35_000)
    enter(category="people", amount=500, phase="run")

    money = page().context["money"]

    assert [(row.name, row.planned, row.actual, row.over, row.is_over) for row in money.cost_rows] == [
        ("Pilot", "EUR 20,000", "EUR 35,000", "75 % over plan", True),
        ("Compute", "EUR 20,000", "EUR 35,000", "75 % over plan", True),
        ("Running it", "none", "EUR 500", "nothing planned", False),
        ("People", "none", "EUR 500", "nothing planned", False),
    ]
    assert money.overspent == "Over plan by more than a tenth: Pilot 75 %."
    assert (money.cost_total.planned, money.cost_total.actual) == ("EUR 20,000", "EUR 35,500")


def test_benefits_say_who_checked_them(page, enter, manager):
    enter("benefit", "cost_saving", finding="verified", checked_on=TODAY, checked_by=manager)
    enter("benefit", "impact", finding="rejected", checked_on=TODAY, checked_note="Counted twice.")
    enter("benefit", "efficiency")

    states = {row.label: row.state.words for row in page().context["money"].entry_rows}

    assert states == {
        "Benefit: Cost saving, pilot": "Verified Wed 18 Nov by Maren",
        "Benefit: Business impact, pilot": "Rejected Wed 18 Nov: Counted twice.",
        "Benefit: Efficiency, pilot": "Claimed, not checked",
    }


def test_budgets_of_an_answer_are_held_or_breached(page, pilot):
    for name, value, direction in (
        ("Slow", 950, "lower"),
        ("Slow, no way stated", 950, ""),
        ("Quick", 300, "lower"),
        ("Unread", None, "lower"),
    ):
        kpi = Kpi.objects.create(
            pilot=pilot,
            code=slugify(name),
            name=name,
            kind="latency",
            unit="ms",
            threshold=800,
            direction=direction,
        )
        if value is not None:
            Measurement.objects.create(
                kpi=kpi, value=value, provenance="shadow", measured_at=NOW, entry="form", recorded_at=NOW
            )

    rows = page().context["money"].limit_rows

    assert [(row.kpi.name, row.threshold, row.latest, row.state.words) for row in rows] == [
        ("Quick", "800 ms", "300 ms, Wed 18 Nov", "Within budget"),
        ("Slow", "800 ms", "950 ms, Wed 18 Nov", "Breached"),
        ("Slow, no way stated", "800 ms", "950 ms, Wed 18 Nov", "Breached"),
        ("Unread", "800 ms", "none", "Not known: no reading on real data"),
    ]


def test_waiting_is_shown_with_its_assumptions_or_what_is_missing(page, enter):
    assert "What it should bring in a month is not known" in text(page())

    ahead = {"period_from": date(2027, 1, 1), "period_to": date(2027, 12, 31)}
    enter("benefit", "cost_saving", 240_000, basis="planned", phase="run", **ahead)

    shown = text(page())
    assert "Waiting has cost about EUR 40,000." in shown
    assert "EUR 20,000 a month." in shown


def test_budgets_of_an_ended_pilot_that_nobody_released_are_named(page, enter, pilot):
    enter("budget", "", 5_000)
    enter("budget", "", 7_000, commitment="released", decided_on=TODAY)
    Pilot.objects.update(stage="stopped", reached_stopped_on=TODAY)

    assert page().context["money"].still_open == (
        "It is stopped, and 1 budget is not released or redirected: say what became of the money."
    )


def test_the_page_costs_the_same_for_any_number_of_entries(page, enter, manager):
    counts = []
    for number in (1, 99):
        for _ in range(number):
            enter("benefit", "impact", finding="verified", checked_on=TODAY, checked_by=manager)
        with CaptureQueriesContext(connection) as queries:
            assert page().status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_more_than_a_page_of_entries_is_paged(page, enter):
    for number in range(101):
        enter(amount=number)

    assert len(page().context["money"].entry_rows) == 100
    assert len(page("?page=2").context["money"].entry_rows) == 1


COST = {
    "category": "compute",
    "basis": "actual",
    "amount": "12 500.50",
    "currency": "eur",
    "phase": "pilot",
    "period_from": "1 Oct 2026",
    "period_to": "31 Oct 2026",
    "note": "Invoice",
}


def test_a_cost_is_written_down(send, pilot):
    answer = send("new/?kind=cost", **COST)

    row = LedgerEntry.objects.get()
    assert answer.redirect_chain == [(PAGE, 302)]
    assert (row.kind, row.amount, row.currency, row.period_to) == (
        "cost",
        Decimal("12500.50"),
        "EUR",
        date(2026, 10, 31),
    )


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"amount": "-5"}, "amount", "An amount is no less than 0"),
        ({"amount": "1e400"}, "amount", "is not a number"),
        ({"amount": "NaN"}, "amount", "is not a number"),
        ({"amount": "1,5"}, "amount", "can be read in two ways"),
        ({"amount": "0.001"}, "amount", "2 decimals"),
        ({"amount": ""}, "amount", "Write the amount"),
        ({"currency": "EURO"}, "currency", "in three letters"),
        ({"currency": "ZZZ"}, "currency", "no currency of ISO 4217"),
        ({"period_to": "1 Sep 2026"}, "period_to", "Choose that day or a later one"),
        ({"period_from": "1 Dec 2026", "period_to": "2 Dec 2026"}, "period_from", "has not come yet"),
        ({"category": "efficiency"}, "category", "Choose one of the list"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_cannot_be_kept_is_said_beside_its_field_and_what_was_typed_stays(
    send, pilot, fields, field, sentence
):
    answer = send("new/?kind=cost", **COST | fields)

    form = answer.context["form"]
    assert sentence in str(form.errors[field])
    assert form["note"].value() == "Invoice"
    assert not LedgerEntry.objects.exists()


def test_somebody_was_faster_and_what_was_typed_stays(send, pilot):
    answer = send("new/?kind=cost", **COST | {"version": 99})

    assert (answer.status_code, answer.context["form"]["amount"].value()) == (409, "12 500.50")
    assert not LedgerEntry.objects.exists()


def test_an_entry_is_edited_and_removed(send, page, enter):
    row = enter()

    assert page(f"{row.pk}/edit/").context["form"].initial["amount"] == "12000.00"
    send(f"{row.pk}/edit/", **COST | {"amount": "13000"})
    assert LedgerEntry.objects.get().amount == 13_000
    send(f"{row.pk}/remove/")
    assert not LedgerEntry.objects.exists()


def test_a_benefit_is_checked(send, enter):
    row = enter("benefit", "impact")

    refused = send(f"{row.pk}/check/", finding="rejected", checked_note="")
    assert "Write why it is rejected" in str(refused.context["form"].errors["checked_note"])
    send(f"{row.pk}/check/", finding="verified", checked_note="Seen.")

    row.refresh_from_db()
    assert (row.finding, row.checked_note) == ("verified", "Seen.")


def test_ones_own_entry_offers_no_check_and_refuses_it(send, page, enter, manager):
    row = enter("benefit", "impact", entered_by=manager)

    assert [entry.may_check for entry in page().context["money"].entry_rows] == [False]
    for answer in (page(f"{row.pk}/check/"), send(f"{row.pk}/check/", finding="verified")):
        assert answer.status_code == 403
        assert "Nobody checks what they entered themselves" in text(answer)
        assert "pilots/pilot_forbidden.html" in [template.name for template in answer.templates]


def test_a_claim_one_changed_offers_no_check_either(send, page, enter):
    changed, other = enter("benefit", "impact"), enter("benefit", "impact")
    entry = {name: value for name, value in COST.items() if name != "category"}
    send(f"{changed.pk}/edit/", **entry, category="impact")

    offered = {row.entry.pk: row.may_check for row in page().context["money"].entry_rows}
    assert offered == {changed.pk: False, other.pk: True}
    assert page(f"{changed.pk}/check/").status_code == 403
    assert page(f"{other.pk}/check/").status_code == 200


def test_a_budget_is_decided_about(send, enter):
    row = enter("budget", "", 5_000)
    decision = {"commitment": "deferred", "decided_by": "Board", "decided_on": "16 Nov 2026"}

    refused = send(f"{row.pk}/decide/", **decision)
    assert "Write why it is deferred" in str(refused.context["form"].errors["decided_because"])
    send(f"{row.pk}/decide/", **decision, decided_because="ROI not shown.")

    row.refresh_from_db()
    assert (row.commitment, row.decided_on, row.decided_because) == (
        "deferred",
        date(2026, 11, 16),
        "ROI not shown.",
    )


@pytest.mark.parametrize("url", ["new/", "{}/edit/", "{}/remove/", "{}/check/", "{}/decide/"])
def test_a_viewer_reads_and_writes_nothing(client, viewer, enter, url):
    row = enter("benefit", "impact")
    client.force_login(viewer)

    assert client.get(PAGE).status_code == 200
    assert client.get(PAGE + url.format(row.pk)).status_code == 403


def test_a_kind_nobody_knows_and_an_entry_of_another_pilot_are_not_there(page, enter, make_pilot):
    other = make_pilot("Other")
    row = enter()
    LedgerEntry.objects.update(pilot=other)

    assert page("new/?kind=gift").status_code == 404
    assert page(f"{row.pk}/edit/").status_code == 404


def test_the_ledger_leaves_as_csv_and_as_a_workbook(page, enter):
    enter(amount="12000.50", note="=1+1")
    enter(currency="USD")

    answer = page("export/")
    rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()

    assert len(rows) == 3
    assert rows[0].startswith(
        "Key,Pilot,Program,Kind,Category,Phase,Planned or actual,Amount,Currency,Converted"
    )
    assert "CLM-1,Claims triage,Claims AI,Cost,Compute,Pilot,Actual,12000.5,EUR,12000.5,EUR" in rows[1]
    assert "'=1+1" in rows[1]
    assert "USD,,EUR" in rows[2]
    assert b"".join(page("export/?format=xlsx").streaming_content)[:2] == b"PK"
    event = Event.objects.filter(verb="list.exported").latest("pk")
    assert (event.subject, event.after["rows"]) == ("money", 2)

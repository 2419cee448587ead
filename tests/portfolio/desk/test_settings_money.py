"""In which currency a program adds up, and its rates, in the browser."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from kpis.models import ProgramMoney, Rate
from pilots.access.models import Event
from pilots.web.told import tell
from tests.conftest import NOW

PAGE = "/settings/programs/claims/money/"
RATE = {
    "what": "rate",
    "rate-currency": "usd",
    "rate-rate": "0.92",
    "rate-since": "1 Oct 2026",
    "rate-note": "Central bank",
}


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def send(client, manager):
    client.force_login(manager)
    return lambda url="", **fields: client.post(PAGE + url, fields, follow=True)


def test_a_manager_enters_and_removes_a_rate(send, client, program):
    answer = send(**RATE)

    row = Rate.objects.get()
    assert (row.currency, row.rate, row.since, row.note) == (
        "USD",
        Decimal("0.92"),
        date(2026, 10, 1),
        "Central bank",
    )
    assert "1 USD is 0.92 EUR" in answer.content.decode()
    assert tell(Event.objects.latest("pk")).what == "entered the rate of USD: 0.92, since 2026-10-01"
    send(f"rates/{row.pk}/remove/")
    assert not Rate.objects.exists()
    assert "removed already" in send(f"rates/{row.pk}/remove/").content.decode()


def test_a_program_chooses_its_currency(send, program):
    send(what="own", currency="chf")

    assert ProgramMoney.objects.get().currency == "CHF"
    assert tell(Event.objects.latest("pk")).what == "set that the program adds up in CHF"


def test_rates_hold_the_currency(send, program):
    send(**RATE)

    answer = send(what="own", currency="CHF")

    assert "Its rates say what others are worth in EUR" in str(answer.context["own"].errors["currency"])
    assert not ProgramMoney.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"rate-rate": "0"}, "rate", "A rate is more than 0"),
        ({"rate-rate": "1e3"}, "rate", "Write a rate in digits"),
        ({"rate-rate": "0,92"}, "rate", "Write a rate in digits"),
        ({"rate-since": "1 Dec 2026"}, "since", "has not come yet"),
        ({"rate-currency": "EUR"}, "currency", "adds up in EUR itself"),
        ({"rate-currency": "ZZZ"}, "currency", "no currency of ISO 4217"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_is_said_beside_its_field(send, program, fields, field, sentence):
    answer = send(**RATE | fields)

    assert sentence in str(answer.context["rate"].errors[field])
    assert answer.context["rate"]["note"].value() == "Central bank"
    assert not Rate.objects.exists()


def test_who_may(client, contributor, program, make_user):
    client.force_login(contributor)
    assert client.get(PAGE).status_code == 403
    client.force_login(make_user("stranger@example.com"))
    assert client.get(PAGE).status_code == 404


def test_the_page_of_the_program_leads_there(client, manager, program):
    client.force_login(manager)

    assert PAGE in client.get("/settings/programs/claims/").content.decode()
